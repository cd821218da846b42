//! A workbook inside a document that is one XML file, taken out to be a member of it.
//!
//! Its cells are read by the reader of workbooks then, at their places and with the digits meant, as they are where
//! the workbook is a file of its own.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};

use crate::extract::package::attribute;
use crate::extract::{Flow, Input, Member, Outlet, reason_of};
use crate::model::Reason;

/// A workbook inside a document is cut here.
const MOST: usize = 64 << 20;

/// Whether an element that is not the first is such a workbook.
pub(super) fn is_workbook(element: &BytesStart<'_>) -> bool {
    element.local_name().as_ref() == "document"
        && attribute(element, "mimetype").is_some_and(|mime| mime.contains("opendocument.spreadsheet"))
}

/// Reads up to the end of the workbook that begins with `first`, and hands it on; what is cut off as far as it goes.
pub(super) fn hand_on(
    reader: &mut Reader<impl BufRead>,
    first: BytesStart<'_>,
    name: &str,
    out: &mut dyn Outlet,
) -> Result<Flow, Reason> {
    let mut workbook = Writer::new(Vec::new());
    let mut result = workbook
        .write_event(Event::Start(first))
        .map_err(|e| reason_of(&e));
    let mut buffer = Vec::new();
    let (mut depth, mut events) = (1u64, 0u64);
    while depth > 0 {
        buffer.clear();
        events += 1;
        if events.is_multiple_of(4096) && out.tick().is_stop() {
            return Ok(Flow::Stop);
        }
        let event = match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) => {
                result = Err(reason_of(&error));
                break;
            }
            Err(_) => {
                result = Err(Reason::Damaged);
                break;
            }
        };
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if workbook.get_ref().len() > MOST {
            result = Err(Reason::ContentLimit);
        } else if result.is_ok() {
            result = workbook.write_event(event).map_err(|e| reason_of(&e));
        }
    }
    let flow = out.member(Member {
        name: name.as_bytes(),
        content: Input::memory(workbook.get_ref(), ""),
    });
    if flow.is_stop() {
        return Ok(Flow::Stop);
    }
    result.map(|()| Flow::Continue)
}
