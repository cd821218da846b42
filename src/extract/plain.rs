//! Running text: notes, logs, source, and everything that is written in characters and has no reader of its own.
//!
//! JSON, XML, HTML and SQL come through here as they stand: what matters in them stands between their marks. Only
//! their escapes are read as the characters they stand for.

use crate::model::{Reason, Segment};
use crate::text::{detect, stretches};

use super::escapes::Escapes;
use super::input::HEAD;
use super::{Extractor, Flow, Input, Outlet, Trust, reason_of};

/// The reader of running text.
pub(crate) struct Plain;

impl Extractor for Plain {
    fn trust(&self) -> Trust {
        Trust::Streams
    }

    fn extract(&self, mut input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let head = input.head()?;
        let (encoding, mark) = detect(head, head.len() < HEAD).ok_or(Reason::Unsupported)?;
        let extension = input.extension().to_owned();
        let mut escapes = Escapes::new(&extension);
        let mut stream = input.into_stream();
        let outcome = stretches(&mut stream, encoding, mark, &mut |stretch| {
            let text = escapes.read(stretch);
            // The end of a document may be the rest of a mark.
            text.own.is_empty() || out.segment(&Segment::Text(&text)) == Flow::Continue
        });
        outcome.map(|_| ()).map_err(|error| reason_of(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::super::carry;
    use super::super::heard::Heard;
    use super::*;

    fn heard(bytes: &[u8]) -> Heard {
        let mut heard = Heard::default();
        Plain.extract(Input::memory(bytes, "txt"), &mut heard).unwrap();
        heard
    }

    #[test]
    fn text_is_pushed_with_its_place_whatever_its_encoding() {
        let said = "Åsa Ek på Ängsvägen 7\n811228-9874\n";
        let utf16: Vec<u8> = said.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [
            said.as_bytes(),
            &utf16,
            b"\xC5sa Ek p\xE5 \xC4ngsv\xE4gen 7\n811228-9874\n",
        ] {
            assert_eq!(heard(bytes).texts, [(said.to_owned(), 1, 1)]);
        }
        assert!(heard(b"").texts.is_empty());
    }

    #[test]
    fn escapes_are_read_across_the_stretches_of_a_long_document() {
        let line = r#"{"gata": "Linn\u00e9gatan 25\n302 43 Halmstad"}"#;
        let document = format!("[{}]", vec![line; 20_000].join(","));
        let mut heard = Heard::default();
        Plain
            .extract(Input::memory(document.as_bytes(), "txt"), &mut heard)
            .unwrap();
        assert!(heard.texts.len() > 1);
        let said: String = heard.texts.iter().map(|(own, ..)| own.as_str()).collect();
        let expected = r#"{"gata": "Linnégatan 25 302 43 Halmstad"}"#;
        assert_eq!(said, format!("[{}]", vec![expected; 20_000].join(",")));
    }

    #[test]
    fn a_long_text_keeps_count_of_its_lines() {
        let text = "en rad till\n".repeat(50_000);
        let heard = heard(text.as_bytes());
        assert!(heard.texts.len() > 1);
        let mut line = 1;
        for (own, first, column) in &heard.texts {
            assert_eq!((*first, *column), (line, 1));
            line += own.matches('\n').count() as u64;
        }
        assert_eq!(line, 50_001);
    }

    #[test]
    fn binary_is_refused_and_a_stop_is_heeded() {
        let mut heard = Heard::default();
        let binary = Input::memory(&[0, 1, 2, 3, 0, 0, 0, 9], "txt");
        assert_eq!(Plain.extract(binary, &mut heard), Err(Reason::Unsupported));
        let mut heard = Heard::stopping_after(1);
        let text = "en rad till\n".repeat(50_000);
        assert_eq!(
            Plain.extract(Input::memory(text.as_bytes(), ""), &mut heard),
            Ok(())
        );
        assert_eq!(heard.texts.len(), 1);
    }

    #[test]
    fn a_reader_that_fails_midway_is_a_reason() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(carry(Reason::ExpansionLimit))
            }
        }
        let text = "en rad till\n".repeat(10_000);
        let mut reader = text.as_bytes().chain(Fails);
        let mut heard = Heard::default();
        let outcome = Plain.extract(Input::stream(&mut reader, None, "log"), &mut heard);
        assert_eq!(outcome, Err(Reason::ExpansionLimit));
        assert_eq!(heard.texts[0].0, text);
    }
}
