//! The texts of an XML document with the names of the elements and attributes they stand in.
//!
//! Metadata and XFA form data need no more of XML than this.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// More texts than this are not read from one document.
const MAX_LEAVES: usize = 100_000;

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
pub(super) fn text(xml: &[u8]) -> String {
    let leaves = leaves(xml).into_iter().filter(|leaf| !leaf.is_attribute);
    leaves.map(|leaf| leaf.text).collect::<Vec<_>>().join(" ")
}

/// Every element and attribute that has a text. Stops at the first error: what came before it is kept.
pub(super) fn leaves(xml: &[u8]) -> Vec<Leaf> {
    let xml = super::strings::text_string(xml);
    let mut reader = Reader::from_str(&xml);
    let mut found = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut text = String::new();
    while found.len() < MAX_LEAVES {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                flush(&mut text, &names, &mut found);
                attributes(&start, &names, &mut found);
                names.push(start.local_name().as_ref().to_string());
            }
            Ok(Event::Empty(empty)) => attributes(&empty, &names, &mut found),
            Ok(Event::End(_)) => {
                flush(&mut text, &names, &mut found);
                names.pop();
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
            Ok(Event::Eof) | Err(_) => {
                // A text whose end is missing is one all the same.
                flush(&mut text, &names, &mut found);
                break;
            }
            Ok(_) => {}
        }
    }
    found
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
    for attribute in start.attributes().flatten() {
        let key = attribute.key;
        let technical = key.as_ref().starts_with("xml") || key.as_ref().starts_with("rdf:");
        let value = quick_xml::escape::unescape(&attribute.value).unwrap_or_default();
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
