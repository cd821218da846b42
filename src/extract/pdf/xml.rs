//! The texts of an XML document with the names of the elements and attributes they stand in.
//!
//! Metadata and XFA form data need no more of XML than this.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// More texts than this are not read from one document.
const MAX_LEAVES: usize = 100_000;

/// Name (without its prefix) and text of every element and attribute that has one. Stops at the first error:
/// what came before it is kept.
pub(super) fn leaves(xml: &[u8]) -> Vec<(String, String)> {
    let xml = super::strings::text_string(xml);
    let mut reader = Reader::from_str(&xml);
    let mut found = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut text = String::new();
    while found.len() < MAX_LEAVES {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                flush(&mut text, &names, &mut found);
                attributes(&start, &mut found);
                names.push(start.local_name().as_ref().to_string());
            }
            Ok(Event::Empty(empty)) => attributes(&empty, &mut found),
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
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    found
}

/// Tells the text that was gathered, under the nearest name that is not the mere list syntax of RDF.
fn flush(text: &mut String, names: &[String], found: &mut Vec<(String, String)>) {
    let value = text.trim();
    if !value.is_empty() {
        let listed = |name: &&String| !matches!(name.as_str(), "li" | "Seq" | "Bag" | "Alt");
        let name = names.iter().rev().find(listed).cloned().unwrap_or_default();
        found.push((name, value.to_string()));
    }
    text.clear();
}

fn attributes(start: &BytesStart<'_>, found: &mut Vec<(String, String)>) {
    for attribute in start.attributes().flatten() {
        let key = attribute.key;
        let technical = key.as_ref().starts_with("xml") || key.as_ref().starts_with("rdf:");
        let value = quick_xml::escape::unescape(&attribute.value).unwrap_or_default();
        if !technical && !value.trim().is_empty() {
            found.push((key.local_name().as_ref().to_string(), value.trim().to_string()));
        }
    }
}
