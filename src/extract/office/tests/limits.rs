//! Broken, deep and endless documents.

use super::{TYPES, expect, paragraph, word};
use crate::extract::office::Docx;
use crate::extract::sheet::testing::{hear, zip};
use crate::extract::{Extractor, Input};
use crate::model::Reason;

#[test]
fn one_broken_part_costs_that_part_and_a_lost_directory_nothing() {
    let heard = word(
        &paragraph("hel"),
        &[
            ("word/header1.xml", "<w:hdr><w:p><w:t>början</w:t></w:p><w:p a=\""),
            ("word/footer1.xml", "<w:p><w:t>fot</w:t></w:p>"),
        ],
    );
    expect(&heard, &["document: hel", "header 1: början", "footer 1: fot"]);
    assert_eq!(heard.issues, [Reason::PartlyDamaged]);
    let body = format!("<w:document>{}</w:document>", paragraph("räddad"));
    let bytes = zip(&[
        TYPES,
        ("word/document.xml", &body),
        ("word/footer1.xml", "<w:p><w:t>fot</w:t></w:p>"),
    ]);
    let cut = bytes.len() - 150;
    let (result, heard) = hear(&Docx, bytes.get(..cut).unwrap());
    assert_eq!(result, Ok(()));
    expect(&heard, &["document: räddad", "footer 1: fot"]);
    assert_eq!(heard.issues, [Reason::PartlyDamaged]);
    assert_eq!(hear(&Docx, b"PK\x03\x04 nothing").0, Err(Reason::Damaged));
}

#[test]
fn depth_entities_and_endless_lines_cost_little() {
    let deep = format!("{}<w:p><w:t>djupt</w:t></w:p>", "<a>".repeat(1_000_000));
    assert!(word(&deep, &[]).has("document: djupt"));
    for element in [
        "w:p",
        "w:tbl",
        "w:tc",
        "mc:AlternateContent",
        "w:txbxContent",
        "w:del",
        "w:instrText",
        "text:note",
    ] {
        let deep = format!(
            "{}<w:p><w:t>djupt</w:t></w:p>",
            format!("<{element}>").repeat(200_000)
        );
        let heard = word(&deep, &[]);
        assert!(heard.mentions("djupt") || element == "w:instrText", "{element}");
    }
    let runs = format!("<w:p>{}</w:p>", "<w:r><w:t>x1 åäö </w:t></w:r>".repeat(400_000));
    let heard = word(&runs, &[]);
    let read: usize = heard
        .lines
        .iter()
        .map(|line| line.len() - "document: ".len())
        .sum();
    assert_eq!(read, "x1 åäö ".len() * 400_000);
    let bomb = "<!DOCTYPE l [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><w:p><w:t>&b;</w:t></w:p>";
    let (_, heard) = hear(&Docx, &zip(&[TYPES, ("word/document.xml", bomb)]));
    assert_eq!(heard.lines, ["document: &b;"]);
}

#[test]
fn long_parts_come_in_stretches_with_their_lines_counted_on() {
    #[derive(Default)]
    struct Lines(Vec<(u64, u64)>);
    impl crate::extract::Outlet for Lines {
        fn segment(&mut self, segment: &crate::model::Segment<'_>) -> crate::extract::Flow {
            if let crate::model::Segment::Text(text) = segment
                && let crate::model::Place::Stretch { line, .. } = text.place
            {
                let own = text.text.get(text.own.clone()).unwrap();
                // Each paragraph says its number: the first whole one of the stretch tells the line.
                let partial = u64::from(text.own.start > 0);
                let first = own.lines().nth(partial as usize).unwrap();
                self.0.push((line + partial, first.trim().parse().unwrap()));
            }
            crate::extract::Flow::Continue
        }
        fn member(&mut self, _: crate::extract::Member<'_>) -> crate::extract::Flow {
            crate::extract::Flow::Continue
        }
        fn unread_member(&mut self, _: &[u8], _: u64, _: Reason) -> crate::extract::Flow {
            crate::extract::Flow::Continue
        }
        fn issue(&mut self, _: crate::model::Issue) {}
        fn tick(&mut self) -> crate::extract::Flow {
            crate::extract::Flow::Continue
        }
    }
    let body: String = (1..=400_000)
        .map(|number| paragraph(&format!("{number:>9}")))
        .collect();
    let bytes = zip(&[
        TYPES,
        ("word/document.xml", &format!("<w:document>{body}</w:document>")),
    ]);
    let mut lines = Lines::default();
    Docx.extract(Input::memory(&bytes, "docx"), &mut lines).unwrap();
    assert!(lines.0.len() >= 4, "{}", lines.0.len());
    for (line, number) in lines.0 {
        assert_eq!(line, number);
    }
}
