//! The texts of an XML document with the names of the elements and attributes they stand in.
//!
//! Metadata and XFA form data need no more of XML than this.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::losses::Losses;

/// More texts than this are not read from one document.
const MAX_LEAVES: usize = 100_000;
/// Elements without an end that one end closes.
const MAX_UNCLOSED: usize = 16;
/// Errors in one document behind which reading goes on.
const MAX_ERRORS: usize = 100;

/// A text of a document.
pub(super) struct Leaf {
    /// The name, without its prefix, of the element or attribute it stands in.
    pub(super) name: String,
    /// The text.
    pub(super) text: String,
    /// The name of the element below the root that it stands in.
    pub(super) packet: String,
    pub(super) is_attribute: bool,
}

/// All text of a document of marked-up text, in one line.
pub(super) fn text(xml: &[u8], losses: &Losses) -> String {
    let leaves = leaves(xml, losses).into_iter().filter(|leaf| !leaf.is_attribute);
    leaves.map(|leaf| leaf.text).collect::<Vec<_>>().join(" ")
}

/// Every element and attribute that has a text. Behind an error it goes on with the next element.
pub(super) fn leaves(xml: &[u8], losses: &Losses) -> Vec<Leaf> {
    let xml = super::strings::text_string(xml);
    let mut found = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut rest = xml.as_str();
    let mut errors = 0;
    while let Err(at) = read(rest, &mut names, &mut found) {
        errors += 1;
        let next = memchr::memchr(b'<', rest.as_bytes().get(at..).unwrap_or_default());
        match next.and_then(|next| rest.get(at + next..)) {
            Some(behind) if errors < MAX_ERRORS => rest = behind,
            _ => break,
        }
    }
    if errors > 0 {
        losses.damaged();
    }
    if found.len() >= MAX_LEAVES {
        losses.cut();
    }
    found
}

/// Reads up to the end, or up to an error: `Err` says from where to look for the next element.
fn read(xml: &str, names: &mut Vec<String>, found: &mut Vec<Leaf>) -> Result<(), usize> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut text = String::new();
    while found.len() < MAX_LEAVES {
        let begin = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                flush(&mut text, names, found);
                attributes(&start, names, found);
                names.push(start.local_name().as_ref().to_string());
            }
            Ok(Event::Empty(empty)) => attributes(&empty, names, found),
            Ok(Event::End(end)) => {
                flush(&mut text, names, found);
                // An end of nothing ends nothing.
                let name = end.local_name();
                let open = names
                    .iter()
                    .rev()
                    .take(MAX_UNCLOSED)
                    .position(|open| *open == *name.as_ref());
                if let Some(inner) = open {
                    names.truncate(names.len() - inner - 1);
                }
            }
            Ok(Event::Text(part)) => text.push_str(&part),
            Ok(Event::CData(part)) => text.push_str(&part),
            Ok(Event::GeneralRef(entity)) => match entity.resolve_char_ref() {
                Ok(Some(c)) => text.push(c),
                _ => text.push_str(match &*entity {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    _ => " ",
                }),
            },
            // A text whose end is missing is one all the same.
            Ok(Event::Eof) => {
                flush(&mut text, names, found);
                break;
            }
            Err(_) => {
                flush(&mut text, names, found);
                let at = begin.max(reader.error_position());
                return Err(usize::try_from(at).unwrap_or(usize::MAX).saturating_add(1));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Tells the text that was gathered, under the nearest name that is not the mere list syntax of RDF.
fn flush(text: &mut String, names: &[String], found: &mut Vec<Leaf>) {
    let value = text.trim();
    if !value.is_empty() {
        let listed = |name: &&String| !matches!(name.as_str(), "li" | "Seq" | "Bag" | "Alt");
        let name = names.iter().rev().find(listed).cloned().unwrap_or_default();
        found.push(Leaf {
            name,
            text: value.to_string(),
            packet: names.get(1).cloned().unwrap_or_default(),
            is_attribute: false,
        });
    }
    text.clear();
}

fn attributes(start: &BytesStart<'_>, names: &[String], found: &mut Vec<Leaf>) {
    for attribute in start.attributes().with_checks(false).flatten() {
        let key = attribute.key;
        let technical = key.as_ref().starts_with("xml") || key.as_ref().starts_with("rdf:");
        // One that is not escaped as it should be says what stands there.
        let value = quick_xml::escape::unescape(&attribute.value).unwrap_or(Cow::Borrowed(&*attribute.value));
        if !technical && !value.trim().is_empty() {
            found.push(Leaf {
                name: key.local_name().as_ref().to_string(),
                text: value.trim().to_string(),
                packet: names.get(1).cloned().unwrap_or_default(),
                is_attribute: true,
            });
        }
    }
}
