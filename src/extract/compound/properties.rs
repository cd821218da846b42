//! Property sets: who wrote a document, who saved it last, its title, and what the organisation adds of its own.
//!
//! The author of a document is a person, and is forgotten there more often than in the text.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Ole, u16_at, u32_at};
use crate::extract::package::parts::push;
use crate::extract::{Flow, Outlet, carve};
use crate::model::{Issue, Place, Reason};
use crate::text::Encoding;

/// Properties of a set that are looked at.
const MOST: usize = 4096;
/// Texts of one property that are looked at: the titles of a presentation's slides are one property.
const MOST_TEXTS: usize = 100_000;
/// Values in values.
const DEEPEST: u32 = 3;
/// How many bytes of text one byte of a stream becomes at most; what tells more tells the same bytes again.
const WIDEST: usize = 3;

/// One property: its name in the owner's words, the label for what it holds, and its texts, one a line.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::extract) struct Property {
    pub(in crate::extract) name: Cow<'static, str>,
    pub(in crate::extract) label: Cow<'static, str>,
    pub(in crate::extract) text: String,
}

/// The properties of a document.
#[derive(Default)]
pub(in crate::extract) struct Properties {
    list: Vec<Property>,
    /// They say more than the stream they stand in.
    cut: bool,
}

/// Pushes properties, each a part of its own.
pub(in crate::extract) fn tell(properties: &Properties, out: &mut dyn Outlet) -> Flow {
    if properties.cut {
        out.issue(Issue::once(Reason::ContentLimit));
    }
    for property in &properties.list {
        let place = Place::Part {
            name: Cow::Owned(format!("document properties/{}", property.name)),
        };
        let label = Some(&*property.label).filter(|label| !label.is_empty());
        if push(&property.text, &place, label, out).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

/// The properties of a document, of all its sets.
pub(in crate::extract) fn properties(ole: &Ole<'_>) -> Properties {
    let mut found = Properties::default();
    for (_, entry) in ole.inside(ole.root()) {
        if is_set(&entry.name) {
            read(&ole.stream(entry), &mut found);
        }
    }
    // Of a damaged directory.
    if found.list.is_empty() {
        for name in ["\u{5}SummaryInformation", "\u{5}DocumentSummaryInformation"] {
            read(&ole.named(name).unwrap_or_default(), &mut found);
        }
    }
    found
}

/// Whether a stream is a property set, by its name.
pub(super) fn is_set(name: &str) -> bool {
    name.starts_with('\u{5}')
}

/// Reads the sets of a stream; of one that is damaged, what looks like words.
fn read(stream: &[u8], found: &mut Properties) {
    let before = found.list.len();
    read_sets(stream, found);
    if found.list.len() > before {
        return;
    }
    let mut text = String::new();
    carve::wide(stream, &mut text);
    carve::words(stream, Encoding::Windows1252, &mut text);
    if !text.is_empty() {
        let (name, label) = ("other".into(), "".into());
        found.list.push(Property { name, label, text });
    }
}

/// Two bytes of order, two of version, eight of system and sixteen of class stand before
/// the number of sets.
fn read_sets(stream: &[u8], found: &mut Properties) {
    if u16_at(stream, 0) != Some(0xfffe) {
        return;
    }
    let count = u32_at(stream, 24).unwrap_or(0).min(4) as usize;
    let mut room = stream.len() * WIDEST;
    for set in 0..count {
        let at = 28 + set * 20;
        let (Some(class), Some(offset)) = (stream.get(at..at + 16), u32_at(stream, at + 16)) else {
            break;
        };
        if let Some(section) = stream.get(offset as usize..) {
            let mut set = Set::of(class, section, room);
            let whole = set.read(&mut found.list);
            found.cut |= whole.is_none();
            room = set.room;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Summary,
    Document,
    Custom,
}

struct Set<'s> {
    sort: Sort,
    bytes: &'s [u8],
    encoding: Encoding,
    /// Bytes that may still be read: properties may all point to one text, and values may lie in each other.
    room: usize,
}

impl<'s> Set<'s> {
    fn of(class: &[u8], bytes: &'s [u8], room: usize) -> Self {
        let sort = match class {
            [0xe0, 0x85, 0x9f, 0xf2, ..] => Sort::Summary,
            [0x02, 0xd5, 0xcd, 0xd5, ..] => Sort::Document,
            _ => Sort::Custom,
        };
        Self {
            sort,
            bytes,
            encoding: Encoding::Windows1252,
            room,
        }
    }

    /// Reads the properties; `None` where there is no room for all.
    fn read(&mut self, found: &mut Vec<Property>) -> Option<()> {
        let count = (u32_at(self.bytes, 4).unwrap_or(0) as usize).min(MOST);
        let table: Vec<(u32, usize)> = (0..count)
            .map_while(|i| {
                let at = 8 + i * 8;
                Some((u32_at(self.bytes, at)?, u32_at(self.bytes, at + 4)? as usize))
            })
            .collect();
        if let Some(&(_, at)) = table.iter().find(|&&(id, _)| id == 1) {
            self.encoding = u16_at(self.bytes, at + 4).map_or(Encoding::Windows1252, |number| {
                Encoding::of_code_page(u32::from(number))
            });
        }
        let names = table
            .iter()
            .find(|&&(id, _)| id == 0)
            .map(|&(_, at)| self.names(at))
            .unwrap_or_default();
        for &(id, at) in table.iter().filter(|&&(id, _)| id > 1) {
            let Some((name, label)) = self.name(id, &names) else {
                continue;
            };
            self.spend(name.len())?;
            let mut text = String::new();
            self.value(at, DEEPEST, &mut text);
            let text = text.trim().to_owned();
            if !text.is_empty() {
                found.push(Property { name, label, text });
            }
        }
        (self.room > 0).then_some(())
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        let left = self.room.checked_sub(bytes);
        self.room = left.unwrap_or(0);
        left.map(|_| ())
    }

    /// The names of an organisation's own properties.
    fn names(&self, at: usize) -> HashMap<u32, String> {
        let mut names = HashMap::new();
        let mut next = at + 4;
        for _ in 0..u32_at(self.bytes, at).unwrap_or(0).min(MOST as u32) {
            let (Some(id), Some(count)) = (u32_at(self.bytes, next), u32_at(self.bytes, next + 4)) else {
                break;
            };
            let wide = self.encoding == Encoding::Utf16Le;
            let length = (count as usize).saturating_mul(if wide { 2 } else { 1 });
            let Some(name) = self.bytes.get(next + 8..).and_then(|rest| rest.get(..length)) else {
                break;
            };
            names.insert(id, self.encoding.string(name).trim_matches('\0').to_owned());
            next += 8 + length;
            if wide {
                next = next.next_multiple_of(4);
            }
        }
        names
    }

    fn name(&self, id: u32, names: &HashMap<u32, String>) -> Option<(Cow<'static, str>, Cow<'static, str>)> {
        let (name, label) = match (self.sort, id) {
            (Sort::Summary, 2) => ("title", "title"),
            (Sort::Summary, 3) => ("subject", "subject"),
            (Sort::Summary, 4) => ("author", "author"),
            (Sort::Summary, 5) => ("keywords", "keywords"),
            (Sort::Summary, 6) => ("comments", "comments"),
            (Sort::Summary, 7) => ("template", "template"),
            (Sort::Summary, 8) => ("last saved by", "author"),
            (Sort::Document, 2) => ("category", "category"),
            (Sort::Document, 13) => ("titles of parts", "title"),
            (Sort::Document, 14) => ("manager", "manager"),
            (Sort::Document, 15) => ("company", "company"),
            (Sort::Document, 26) => ("content type", "category"),
            (Sort::Document, 27) => ("content status", "status"),
            // Version numbers, counts, pictures.
            (Sort::Summary | Sort::Document, _) => return None,
            (Sort::Custom, id) => {
                let name = names.get(&id).filter(|name| !name.is_empty());
                return Some(match name.map(String::as_str) {
                    Some("_PID_HLINKS") => ("links".into(), "link".into()),
                    Some(name) => (Cow::Owned(name.to_owned()), Cow::Owned(name.to_owned())),
                    None => ("other".into(), "".into()),
                });
            }
        };
        Some((name.into(), label.into()))
    }

    /// Appends a value that is text, or holds text; where the value behind it starts.
    fn value(&mut self, at: usize, depth: u32, text: &mut String) -> Option<usize> {
        let kind = u16_at(self.bytes, at)?;
        self.typed(kind, at + 4, depth, text)
    }

    fn typed(&mut self, kind: u16, at: usize, depth: u32, text: &mut String) -> Option<usize> {
        self.spend(1)?;
        match kind {
            0x00 | 0x01 => Some(at),
            0x02 | 0x03 | 0x04 | 0x0b | 0x0a | 0x12 | 0x13 | 0x16 | 0x17 => {
                // A number of the organisation's own may be a customer's.
                if self.sort == Sort::Custom && kind == 0x03 && depth == DEEPEST {
                    text.push_str(&u32_at(self.bytes, at)?.cast_signed().to_string());
                }
                Some(at + 4)
            }
            0x05 if self.sort == Sort::Custom && depth == DEEPEST => {
                text.push_str(&super::f64_at(self.bytes, at)?.to_string());
                Some(at + 8)
            }
            0x05 | 0x06 | 0x07 | 0x14 | 0x15 | 0x40 => Some(at + 8),
            0x08 | 0x1e | 0x1f => {
                let count = u32_at(self.bytes, at)? as usize;
                let wide = kind == 0x1f;
                let length = count.saturating_mul(if wide { 2 } else { 1 });
                let rest = self.bytes.get(at + 4..)?;
                let bytes = rest.get(..length).unwrap_or(rest);
                self.spend(bytes.len())?;
                let encoding = if wide { Encoding::Utf16Le } else { self.encoding };
                let value = encoding.string(bytes);
                text.push_str(value.split('\0').next().unwrap_or_default().trim());
                text.push('\n');
                Some((at + 4).checked_add(length)?.next_multiple_of(4))
            }
            // Links are kept in a block of bytes that is a list of values.
            0x41 => {
                let length = u32_at(self.bytes, at)? as usize;
                if depth > 1 && self.sort == Sort::Custom {
                    self.list(0x0c, at + 4, depth - 1, text);
                }
                (at + 4).checked_add(length)
            }
            0x1000.. if kind & 0x1000 != 0 && depth > 0 => self.list(kind & 0xfff, at, depth - 1, text),
            _ => None,
        }
    }

    fn list(&mut self, kind: u16, at: usize, depth: u32, text: &mut String) -> Option<usize> {
        let count = u32_at(self.bytes, at)? as usize;
        let mut next = at + 4;
        for _ in 0..count.min(MOST_TEXTS) {
            let before = next;
            next = if kind == 0x0c {
                self.value(next, depth, text)?
            } else {
                let next = self.typed(kind, next, depth, text)?;
                // Texts in a list stand close together in sets of one-byte code pages.
                if kind == 0x1e && self.encoding != Encoding::Utf16Le {
                    before + 4 + u32_at(self.bytes, before)? as usize
                } else {
                    next
                }
            };
            if next <= before {
                return None;
            }
        }
        Some(next)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::testing::compound;
    use super::*;

    /// A set with texts (in windows-1252) by their number, and names for them.
    pub(crate) fn set(class: [u8; 4], texts: &[(u32, &str)], names: &[(u32, &str)]) -> Vec<u8> {
        let mut values: Vec<(u32, Vec<u8>)> = vec![(1, [2u32, 1252].map(u32::to_le_bytes).concat())];
        if !names.is_empty() {
            let mut dictionary = (names.len() as u32).to_le_bytes().to_vec();
            for (id, name) in names {
                dictionary.extend(id.to_le_bytes());
                dictionary.extend((name.len() as u32 + 1).to_le_bytes());
                dictionary.extend(name.bytes().chain([0]));
            }
            values.push((0, dictionary));
        }
        for (id, text) in texts {
            let bytes: Vec<u8> = text.chars().map(|c| c as u8).chain([0]).collect();
            let mut value = [0x1eu32, bytes.len() as u32].map(u32::to_le_bytes).concat();
            value.extend(bytes);
            values.push((*id, value));
        }
        let mut section = [0, values.len() as u32].map(u32::to_le_bytes).concat();
        let mut at = 8 + values.len() * 8;
        for (id, value) in &values {
            section.extend([*id, at as u32].map(u32::to_le_bytes).concat());
            at += value.len().next_multiple_of(4);
        }
        for (_, value) in values {
            section.extend(value);
            section.resize(section.len().next_multiple_of(4), 0);
        }
        let mut stream = vec![0xfe, 0xff, 0, 0];
        stream.resize(24, 0);
        stream.extend(1u32.to_le_bytes());
        stream.extend(class);
        stream.extend([0; 12]);
        stream.extend(48u32.to_le_bytes());
        stream.extend(section);
        stream
    }

    #[test]
    fn properties_are_told_in_words() {
        let summary = set(
            [0xe0, 0x85, 0x9f, 0xf2],
            &[(4, "Åsa Ek"), (8, "Bo Öst"), (19, "x")],
            &[],
        );
        let custom = set([5, 0xd5, 0xcd, 0xd5], &[(2, "811228-9874")], &[(2, "Personnr")]);
        let bytes = compound(&[
            ("\u{5}SummaryInformation", &summary),
            ("\u{5}DocumentSummaryInformation", &custom),
        ]);
        let found = properties(&Ole::open(&bytes).unwrap());
        assert!(!found.cut);
        let told: Vec<_> = found
            .list
            .iter()
            .map(|p| format!("{}[{}]: {}", p.name, p.label, p.text))
            .collect();
        assert_eq!(
            told,
            [
                "author[author]: Åsa Ek",
                "last saved by[author]: Bo Öst",
                "Personnr[Personnr]: 811228-9874"
            ]
        );
    }

    #[test]
    fn of_a_damaged_set_the_words_are_told() {
        let mut set = set([0xe0, 0x85, 0x9f, 0xf2], &[(4, "asa@example.se")], &[]);
        set[0] = 0;
        let mut found = Properties::default();
        read(&set, &mut found);
        assert_eq!(found.list[0].text, "asa@example.se\n");
    }

    #[test]
    fn a_text_that_all_properties_point_to_is_not_kept_for_each() {
        let long = "ord och ".repeat(2000);
        let mut bytes = set([5, 0xd5, 0xcd, 0xd5], &[], &[]);
        bytes.truncate(48);
        bytes.extend([0u32, 1000].map(u32::to_le_bytes).concat());
        bytes.extend([3u32, 8 + 1000 * 8].map(u32::to_le_bytes).concat().repeat(1000));
        bytes.extend([0x1e, long.len() as u32].map(u32::to_le_bytes).concat());
        bytes.extend(long.bytes());
        let mut found = Properties::default();
        read(&bytes, &mut found);
        let kept: usize = found.list.iter().map(|property| property.text.len()).sum();
        assert!(found.cut);
        assert!((long.len() - 1..bytes.len() * WIDEST).contains(&kept), "{kept}");
    }

    #[test]
    fn nonsense_is_passed_over() {
        let whole = set([5, 0xd5, 0xcd, 0xd5], &[(2, "a"), (3, "b")], &[(2, "n")]);
        for length in 0..whole.len() {
            read(&whole[..length], &mut Properties::default());
        }
        for at in 24..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] = 0xff;
            read(&bytes, &mut Properties::default());
        }
    }
}
