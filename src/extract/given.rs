//! What programs write where people write too: names they give, and codes of fields.
//!
//! A document holds hundreds of them. One rule says which of them say nothing, for all formats: what is silent in one
//! must not be told in another.

use std::borrow::Cow;

/// Fields that count, repeat or format: their arguments are numbers, switches and names of styles.
const COUNTING: &[&str] = &[
    "EQ",
    "NUMPAGES",
    "PAGE",
    "PAGEREF",
    "SECTION",
    "SECTIONPAGES",
    "SEQ",
    "STYLEREF",
    "SYMBOL",
    "TOC",
];

/// Fields that say nothing on their own: some programs put the text of a form field there, and people name bookmarks.
const ALONE: &[&str] = &["FORMCHECKBOX", "FORMDROPDOWN", "FORMTEXT", "NOTEREF", "REF"];

/// Whether a name is one that programs give: `Picture 3`, `Platshållare för innehåll 2`, `_GoBack`.
pub(super) fn is_given(name: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let counted = bare.len() < name.len() && !bare.contains(|c: char| c.is_ascii_digit());
    name.starts_with('_') || counted && name.len() - bare.len() <= 4
}

/// Whether a name holds a number or an address: of the hundreds of names of styles and lists, only these are told.
pub(super) fn has_number(name: &str) -> bool {
    name.contains('@') || name.bytes().filter(u8::is_ascii_digit).count() > 5
}

/// What the code of a field says, if it says something.
pub(super) fn said_by_code(code: &str) -> Option<Cow<'_, str>> {
    let mut words = code.split_whitespace();
    let word = words.next()?;
    let is_one_of = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    if word.eq_ignore_ascii_case("EQ") {
        let laid_over = laid_over(code);
        if !laid_over.is_empty() {
            return Some(Cow::Owned(laid_over));
        }
    }
    // Bookmarks of tables of contents are numbers too.
    let mut own = words.filter(|word| !word.trim_start_matches('"').starts_with('_'));
    let says = |word: &str| !word.starts_with(['\\', '*']) && word != "MERGEFORMAT";
    let silent = is_one_of(COUNTING) && !own.clone().any(has_number) || is_one_of(ALONE) && !own.any(says);
    (!silent).then_some(Cow::Borrowed(code))
}

/// The texts of a formula that lays one over another, a line each: that is how words are annotated with how they are
/// read. Other formulas are numbers that say nothing.
fn laid_over(code: &str) -> String {
    let mut out = String::new();
    if !code.contains("\\o") {
        return out;
    }
    let mut rest = code.chars().peekable();
    let mut depth = 0u32;
    while let Some(c) = rest.next() {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            ',' | ';' => {}
            '\\' => {
                let mut is_switch = false;
                while rest.next_if(char::is_ascii_alphabetic).is_some() {
                    is_switch = true;
                }
                if is_switch {
                    while rest.next_if(|&c| c.is_ascii_digit() || c == ' ').is_some() {}
                } else if let Some(c) = rest.next().filter(|_| depth > 0) {
                    out.push(c);
                }
                continue;
            }
            _ if depth > 0 => {
                out.push(c);
                continue;
            }
            _ => continue,
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_programs_give_are_known() {
        for name in [
            "Picture 3",
            "Platshållare för innehåll 2",
            "Text1",
            "_GoBack",
            "12",
        ] {
            assert!(is_given(name), "{name}");
        }
        for name in ["Anna Andersson", "811228-9874", "Kund 811228-9874", "logga.png"] {
            assert!(!is_given(name), "{name}");
        }
    }

    #[test]
    fn codes_that_count_are_silent_until_they_hold_a_number() {
        for code in [
            "",
            " PAGE \\* MERGEFORMAT ",
            "PAGEREF _Toc123456789 \\h",
            "TOC \\o \"1-3\" \\h",
            "SEQ Tabell \\* ARABIC",
            "STYLEREF \"Rubrik 1\"",
            "REF _Ref811228987 \\h",
            " FORMTEXT ",
            r"EQ \f(1;2)",
        ] {
            assert_eq!(said_by_code(code), None, "{code}");
        }
        for code in [
            "FORMTEXT 811228-9874",
            "REF Anna \\h",
            "PAGEREF Anna811228_9874",
            "SEQ 811228-9874",
            r"EQ \f(811228-9874;2)",
            "HYPERLINK \"mailto:asa@example.se\"",
        ] {
            assert_eq!(said_by_code(code).as_deref(), Some(code));
        }
    }

    #[test]
    fn what_is_laid_over_is_said() {
        let ruby = r#"EQ \* jc3 \* "Font:Serif" \* hps12 \o\al(\s\up 10(Ruby 811228-9874),ord)"#;
        assert_eq!(said_by_code(ruby).as_deref(), Some("Ruby 811228-9874\nord\n"));
    }
}
