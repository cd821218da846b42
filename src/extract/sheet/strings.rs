//! The shared strings and the number formats of a workbook, as its cells point to them.
//!
//! One arena holds all strings: a million strings of their own would cost a million allocations. Which of them a cell
//! uses is remembered, since a string that no cell uses any more is what somebody deleted.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::number::Form;
use super::rows::Limits;
use crate::extract::package::decoded::Decoded;
use crate::extract::package::parts::{push, resolve};
use crate::extract::package::source::XmlSource;
use crate::extract::package::{Package, attribute, lenient};
use crate::extract::{Flow, Outlet, reason_of};
use crate::model::{Place, Reason};

/// Text that stands in no cell is pushed when there is this much of it.
const GATHER: usize = 64 * 1024;
/// Cell formats and number formats that are kept; a workbook has at most 65,490.
const FORMATS: usize = 1 << 16;
/// Faults of the markup after which a part is given up.
pub(super) const FAULTS: usize = 64;

/// The shared strings.
#[derive(Default)]
pub(super) struct Strings {
    part: String,
    text: String,
    ends: Vec<usize>,
    used: Vec<bool>,
    beside: String,
    /// There was no room for a string: it and those behind it were pushed and not kept.
    spilled: bool,
    /// Cells that point to no string.
    missing: u64,
}

impl Strings {
    /// Reads the part, if there is one. Those that do not fit in `memory` are pushed at once, as text of the part.
    pub(super) fn read(
        &mut self,
        package: &mut Package<'_>,
        part: &str,
        memory: u64,
        limits: &mut Limits,
        out: &mut dyn Outlet,
    ) -> Result<Flow, Reason> {
        let Some(index) = package.find(part) else {
            return Ok(Flow::Continue);
        };
        part.clone_into(&mut self.part);
        let room = usize::try_from(memory).unwrap_or(usize::MAX);
        let mut reader = Reader::from_reader(XmlSource::counted(Decoded::new(package.read(index)?)));
        lenient(&mut reader);
        let mut buffer = Vec::new();
        let (mut faults, mut in_text, mut phonetic) = (0, false, false);
        let (mut preserve, mut stopped) = (false, false);
        let (mut begun, mut first) = (0, 0);
        let mut one = String::new();
        let result = loop {
            buffer.clear();
            reader.get_mut().token();
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Text(text)) if in_text => one.push_str(&text),
                Ok(Event::CData(text)) if in_text => one.push_str(&text),
                Ok(Event::GeneralRef(entity)) if in_text => one.push_str(&resolve(&entity)),
                Ok(Event::Start(element)) => match element.local_name().as_ref() {
                    "t" => {
                        in_text = true;
                        preserve = element.attributes_raw().contains("preserve");
                        begun = one.len();
                    }
                    "rPh" => {
                        phonetic = true;
                        first = one.len();
                    }
                    _ => {}
                },
                Ok(Event::End(element)) => match element.local_name().as_ref() {
                    "t" => {
                        in_text = false;
                        if !preserve {
                            trim_from(&mut one, begun);
                        }
                    }
                    "rPh" if phonetic => {
                        phonetic = false;
                        let heard = one.split_off(first.min(one.len()));
                        // How a name is read is no part of it.
                        stopped |= self.aside(&heard, limits, out).is_stop();
                    }
                    // `sstItem` in a beta of Office 2007.
                    "si" | "sstItem" => {
                        stopped |= self.keep(&mut one, room, limits, out).is_stop();
                        in_text = false;
                    }
                    _ => {}
                },
                Ok(Event::Empty(element)) if element.local_name().as_ref() == "si" => {
                    stopped |= self.keep(&mut one, room, limits, out).is_stop();
                }
                Ok(Event::Eof) => break Ok(Flow::Continue),
                Ok(_) => {}
                Err(quick_xml::Error::Io(error)) => break Err(reason_of(&error)),
                Err(_) => {
                    faults += 1;
                    if faults > FAULTS {
                        break Err(Reason::Damaged);
                    }
                    // The reader has given up; a new one goes on where it stood.
                    reader = Reader::from_reader(reader.into_inner());
                    lenient(&mut reader);
                }
            }
            // One string without end is pushed in pieces.
            if one.len() > 4 << 20 && !phonetic {
                stopped |= self.aside(&one, limits, out).is_stop();
                one.clear();
                begun = 0;
            }
            if stopped {
                break Ok(Flow::Stop);
            }
        };
        if !one.is_empty() {
            stopped |= self.keep(&mut one, room, limits, out).is_stop();
        }
        self.used = vec![false; self.ends.len()];
        match result {
            _ if stopped && !limits.reached() => Ok(Flow::Stop),
            Ok(_) if faults > 0 => Err(Reason::PartlyDamaged),
            Ok(_) => Ok(Flow::Continue),
            Err(reason) => Err(reason),
        }
    }

    fn keep(&mut self, one: &mut String, room: usize, limits: &mut Limits, out: &mut dyn Outlet) -> Flow {
        unescape(one);
        if !limits.may_keep(self.ends.len()) {
            return Flow::Stop;
        }
        let taken = self.text.len() + self.ends.len() * (size_of::<usize>() + 1);
        // A later one that fits would have the wrong number.
        self.spilled |= taken.saturating_add(one.len()) > room;
        let flow = if self.spilled {
            self.aside(one, limits, out)
        } else {
            self.text.push_str(one);
            self.ends.push(self.text.len());
            limits.step(out)
        };
        one.clear();
        flow
    }

    /// Text that no cell shows.
    fn aside(&mut self, text: &str, limits: &mut Limits, out: &mut dyn Outlet) -> Flow {
        if text.trim().is_empty() {
            return limits.step(out);
        }
        if !limits.may_say(text.len()) {
            return Flow::Stop;
        }
        self.beside.push_str(text);
        self.beside.push('\n');
        if self.beside.len() < GATHER {
            return Flow::Continue;
        }
        self.tell(out)
    }

    fn tell(&mut self, out: &mut dyn Outlet) -> Flow {
        if self.beside.is_empty() {
            return Flow::Continue;
        }
        let place = Place::Part {
            name: self.part.as_str().into(),
        };
        let flow = push(&self.beside, &place, None, out);
        self.beside.clear();
        flow
    }

    /// The string of a number, which is used then.
    pub(super) fn get(&mut self, index: usize) -> Option<&str> {
        match self.used.get_mut(index) {
            Some(used) => *used = true,
            None => self.miss(),
        }
        self.at(index)
    }

    /// A cell points to no string.
    pub(super) fn miss(&mut self) {
        // One that was not kept was pushed.
        self.missing += u64::from(!self.spilled);
    }

    /// How many cells point to no string.
    pub(super) fn missing(&self) -> u64 {
        self.missing
    }

    fn at(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// Pushes the strings that no cell used.
    pub(super) fn tell_unused(&mut self, limits: &mut Limits, out: &mut dyn Outlet) -> Flow {
        let used = std::mem::take(&mut self.used);
        for (index, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
            let Some(text) = self.at(index).map(str::to_owned) else {
                continue;
            };
            if self.aside(&text, limits, out).is_stop() {
                let flow = self.tell(out);
                return if limits.reached() { flow } else { Flow::Stop };
            }
        }
        self.tell(out)
    }
}

/// Takes white space away from both ends of what was added to a text since an offset.
pub(super) fn trim_from(text: &mut String, from: usize) {
    let white = [' ', '\t', '\r', '\n'];
    let Some(added) = text.get(from..) else { return };
    let end = from + added.trim_end_matches(white).len();
    text.truncate(end);
    let Some(added) = text.get(from..) else { return };
    let start = added.len() - added.trim_start_matches(white).len();
    if start > 0 {
        text.drain(from..from + start);
    }
}

/// Replaces `_x000D_` by what it stands for.
pub(super) fn unescape(text: &mut String) {
    if memchr::memmem::find(text.as_bytes(), b"_x").is_none() {
        return;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("_x") {
        plain.push_str(before);
        let code = after
            .split_once('_')
            .filter(|(code, _)| code.len() == 4)
            .and_then(|(code, after)| {
                let code = u32::from_str_radix(code, 16).ok()?;
                Some((char::from_u32(code)?, after))
            });
        if let Some((c, after)) = code {
            plain.push(c);
            rest = after;
        } else {
            plain.push_str("_x");
            rest = after;
        }
    }
    plain.push_str(rest);
    *text = plain;
}

/// What each cell format does to the digits of a number.
pub(super) fn forms(package: &mut Package<'_>, styles: &str) -> Vec<Form> {
    let mut codes: HashMap<u32, Form> = HashMap::new();
    let mut forms = Vec::new();
    let mut in_cells = false;
    package.elements(styles, &mut |element| {
        let number = |name| attribute(element, name).and_then(|id| id.trim().parse::<u32>().ok());
        match element.local_name().as_ref() {
            "numFmt" if codes.len() < FORMATS => {
                if let (Some(id), Some(code)) = (number("numFmtId"), attribute(element, "formatCode")) {
                    codes.insert(id, Form::parse(&code));
                }
            }
            "cellXfs" => in_cells = true,
            "cellStyles" | "dxfs" | "cellStyleXfs" => in_cells = false,
            "xf" if in_cells => {
                let id = number("numFmtId").unwrap_or(0);
                forms.push(match codes.get(&id) {
                    Some(form) => form.clone(),
                    None if matches!(id, 14..=22 | 45..=47) => Form::Date,
                    None => Form::Plain,
                });
            }
            _ => {}
        }
        forms.len() < FORMATS
    });
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_come_back() {
        for (written, meant) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_xyz_ _x", "_xyz_ _x"),
            ("plain", "plain"),
        ] {
            let mut text = written.to_owned();
            unescape(&mut text);
            assert_eq!(text, meant);
        }
    }

    #[test]
    fn only_what_was_added_is_trimmed() {
        let mut text = "a  \n b ".to_owned();
        trim_from(&mut text, 2);
        assert_eq!(text, "a b");
    }
}
