//! Runs of readable characters in binary records.
//!
//! Comments, links and property sets of the binary formats are written in dozens of record shapes; what matters in
//! them is text, and text can be seen without knowing the shape.

use super::prose::Prose;
use super::{Flow, Outlet};
use crate::text::Encoding;

/// Shorter runs are chance.
const SHORTEST: usize = 4;
/// In bytes of any kind, runs shorter than this are.
const LONG: usize = 6;
/// How much is looked through at a time.
const CHUNK: usize = 1 << 20;

/// Appends the runs of UTF-16LE text in `bytes`, a line each.
pub(super) fn wide(bytes: &[u8], out: &mut String) {
    let mut at = 0;
    while at + 2 * SHORTEST <= bytes.len() {
        let units = bytes.get(at..).unwrap_or_default().as_chunks::<2>().0;
        let run = units
            .iter()
            .take_while(|&&unit| readable(u16::from_le_bytes(unit)))
            .count();
        if run < SHORTEST {
            at += 1;
            continue;
        }
        let text: Vec<u16> = units
            .iter()
            .take(run)
            .map(|&unit| u16::from_le_bytes(unit))
            .collect();
        at += run * 2;
        let text = String::from_utf16_lossy(&text);
        if is_writing(&text) {
            out.push_str(text.trim().replace('\r', "\n").as_str());
            out.push('\n');
        }
    }
}

/// Appends the runs of one-byte text in `bytes`, a line each, decoded by `decode`.
pub(super) fn narrow(bytes: &[u8], decode: &dyn Fn(&[u8]) -> String, out: &mut String) {
    let readable = |byte: &u8| matches!(byte, 0x20..0x7f | b'\t' | 0xa0..);
    for run in bytes
        .split(|byte| !readable(byte))
        .filter(|run| run.len() >= SHORTEST)
    {
        out.push_str(decode(run).trim());
        out.push('\n');
    }
}

/// Appends what looks like words in bytes of any kind: longer runs, nearly all of it letters, digits and spaces.
pub(super) fn words(bytes: &[u8], encoding: Encoding, out: &mut String) {
    let readable =
        |byte: &u8| matches!(byte, 0x20..0x7f | b'\t') || (*byte >= 0x80 && encoding.is_letter(*byte));
    for run in bytes
        .split(|byte| !readable(byte))
        .filter(|run| run.len() >= LONG)
    {
        let plain = run
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric() || **byte == b' ')
            .count();
        if plain * 4 >= run.len() * 3 {
            out.push_str(encoding.string(run).trim());
            out.push('\n');
        }
    }
}

/// Tells the text in a stream nobody knows the shape of: what is wide, and where an encoding is given, what is not.
pub(super) fn tell(bytes: &[u8], narrow: Option<Encoding>, name: &str, out: &mut dyn Outlet) -> Flow {
    let mut prose = Prose::part(name);
    let mut rest = bytes;
    while !rest.is_empty() {
        // A chunk ends between texts, where there is such a place.
        let zeros = |at: usize| rest.get(at..at + 2) == Some(&[0, 0]);
        let end = (CHUNK..CHUNK + 4096).step_by(2).find(|&at| zeros(at));
        let (chunk, behind) = rest
            .split_at_checked(end.unwrap_or(CHUNK) + 2)
            .unwrap_or((rest, &[]));
        let mut text = String::new();
        wide(chunk, &mut text);
        if let Some(encoding) = narrow {
            words(chunk, encoding, &mut text);
        }
        prose.push_str(&text);
        if prose.flow(out).is_stop() || out.tick().is_stop() {
            return Flow::Stop;
        }
        rest = behind;
    }
    prose.finish(out)
}

/// Whether characters are writing and not chance: more than half of them letters of one script, digits and spaces.
fn is_writing(text: &str) -> bool {
    let all = text.chars().count();
    let of = |script: fn(char) -> bool| {
        let common = |c: char| c.is_ascii_digit() || c == ' ' || script(c);
        text.chars().filter(|&c| common(c)).count() * 2 > all
    };
    of(|c| c.is_ascii_alphabetic() || matches!(c, 'À'..='ÿ'))
        && text.chars().any(|c| c.is_ascii_alphanumeric())
        || of(|c| matches!(c, 'А'..='я'))
        || of(|c| matches!(c, 'Ά'..='ώ'))
}

/// Latin, Greek, Cyrillic and punctuation: other scripts are rarer here than chance is.
fn readable(unit: u16) -> bool {
    matches!(unit, 0x09 | 0x0a | 0x0d | 0x20..0x7f | 0xa0..0x0530 | 0x1e00..0x2000 | 0x2010..0x2030 | 0x20ac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_seen_between_binary() {
        let mut bytes = vec![1, 0, 0, 0, 9];
        bytes.extend("anna@öst.se".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend([0, 0, 3, 250, 0]);
        let mut out = String::new();
        wide(&bytes, &mut out);
        assert_eq!(out, "anna@öst.se\n");
        out.clear();
        narrow(
            b"\x01\x02mailto:bo@example.se\0ab\0",
            &|run| String::from_utf8_lossy(run).into(),
            &mut out,
        );
        assert_eq!(out, "mailto:bo@example.se\n");
    }
}
