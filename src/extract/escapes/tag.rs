//! Tags: those that tear a word disappear, those that end a line or a block become a space.
//!
//! Openings that may carry a label or a value (`<PersonNr>`, `<a href=...>`, `<input value=...>`) and all that are
//! not known here stay as they are.

use super::{Reading, keys};

/// A longer tag stays; it is less than what is seen of a text beyond a stretch.
const LONGEST: usize = 1024;

/// Elements that end a line.
const BREAKS: [u64; 2] = keys([b"br", b"hr"]);
/// Elements inside a line.
const INLINE: [u64; 24] = keys([
    b"a", b"b", b"i", b"u", b"s", b"em", b"tt", b"strong", b"span", b"font", b"small", b"big", b"sub",
    b"sup", b"mark", b"wbr", b"ins", b"del", b"abbr", b"acronym", b"code", b"nobr", b"strike", b"bdi",
]);
/// Elements that stand apart from what comes behind them.
const BLOCKS: [u64; 26] = keys([
    b"p", b"div", b"td", b"th", b"tr", b"li", b"ul", b"ol", b"dl", b"dt", b"dd", b"h1", b"h2", b"h3", b"h4",
    b"h5", b"h6", b"table", b"tbody", b"thead", b"option", b"select", b"section", b"article", b"address",
    b"label",
]);
/// Attributes that say how, not what.
const STYLE: [u64; 9] = keys([
    b"style",
    b"lang",
    b"xml:lang",
    b"dir",
    b"color",
    b"size",
    b"face",
    b"align",
    b"width",
]);

/// Attributes that may be a label, but not in the middle of a word.
const NAMES: [u64; 2] = keys([b"class", b"id"]);

/// The tag at the start of `rest`, which is a `<`; whether a letter or digit stands before it.
pub(super) fn read(rest: &[u8], in_word: bool) -> (usize, Reading) {
    let kept = (1, Reading::Kept);
    let near = rest.get(..LONGEST).unwrap_or(rest);
    let closing = near.get(1) == Some(&b'/');
    let after = near.get(1 + usize::from(closing)..).unwrap_or_default();
    let (name, inside) = name_of(after);
    let breaks = !closing && BREAKS.contains(&name);
    let inline = INLINE.contains(&name);
    // None is longer than a key.
    let known = breaks || inline || (closing && BLOCKS.contains(&name));
    if !known {
        return kept;
    }
    let Some((attributes, end)) = attributes(inside) else {
        return kept;
    };
    let length = near.len() - inside.len() + end;
    let reading = if breaks || !inline {
        Reading::Char(' ')
    } else if closing || only_style(attributes, in_word && goes_on(rest, length)) {
        Reading::Gone
    } else {
        return kept;
    };
    (length, reading)
}

/// What stands between the name and the end of a tag, and the offset behind it. A tag over several lines is left
/// alone, since its lines count.
fn attributes(inside: &[u8]) -> Option<(&[u8], usize)> {
    if !matches!(inside.first()?, b'>' | b'/' | b' ' | b'\t') {
        return None;
    }
    let mut quote = None;
    for (at, &byte) in inside.iter().enumerate() {
        match (quote, byte) {
            // A character of more bytes would upset the columns.
            (_, b'\n' | b'\r' | 0x80..) => return None,
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'<') => return None,
            (None, b'>') => return Some((inside.get(..at)?, at + 1)),
            _ => {}
        }
    }
    None
}

/// The key of the name at the start, whatever its case, and what comes behind it.
fn name_of(bytes: &[u8]) -> (u64, &[u8]) {
    let (mut name, mut length) = (0u64, 0);
    for byte in bytes {
        if !byte.is_ascii_alphanumeric() && *byte != b'-' && *byte != b':' {
            break;
        }
        if length == 8 {
            return (0, bytes);
        }
        name = name << 8 | u64::from(byte.to_ascii_lowercase());
        length += 1;
    }
    (name, bytes.get(length..).unwrap_or_default())
}

/// Whether a word goes on at an offset.
fn goes_on(rest: &[u8], at: usize) -> bool {
    rest.get(at)
        .is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
}

/// Whether all attributes say only how the text looks.
fn only_style(mut attributes: &[u8], in_word: bool) -> bool {
    loop {
        attributes = attributes.trim_ascii_start();
        if matches!(attributes, b"" | b"/") {
            return true;
        }
        let (name, rest) = name_of(attributes);
        let silent = STYLE.contains(&name) || (in_word && NAMES.contains(&name));
        if !silent {
            return false;
        }
        let Some(value) = rest.strip_prefix(b"=") else {
            attributes = rest;
            continue;
        };
        let end = if let Some((quote @ (b'"' | b'\''), value)) = value.split_first() {
            value.iter().position(|b| b == quote).map(|at| at + 2)
        } else {
            value.iter().position(u8::is_ascii_whitespace)
        };
        attributes = end.and_then(|end| value.get(end..)).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_tear_disappear_and_those_that_part_are_a_space() {
        let (gone, space) = (Reading::Gone, Reading::Char(' '));
        for (tag, read_as) in [
            ("<b>", gone),
            ("</b>", gone),
            ("</B >", gone),
            ("<STRONG>", gone),
            ("<span style='mso-spacerun: yes' lang=SV>", gone),
            ("<span style=\"a > b\">", gone),
            ("</span>", gone),
            ("</a>", gone),
            ("<wbr/>", gone),
            ("<font color=red>", gone),
            ("<br>", space),
            ("<BR />", space),
            ("<br class=\"x\">", space),
            ("</td>", space),
            ("</H1>", space),
        ] {
            assert_eq!(
                read(format!("{tag} x>").as_bytes(), true),
                (tag.len(), read_as),
                "{tag}"
            );
        }
    }

    #[test]
    fn what_may_carry_a_label_or_a_value_stays() {
        for tag in [
            "<PersonNr>",
            "</PersonNr>",
            "<a href=\"mailto:bo@example.com\">",
            "<a name=x>",
            "<span title=\"Bo\">",
            "<span class=\"personnummer\">",
            "<span style=\"x\" data-phone=\"070-174 06 05\">",
            "<input value=\"x\">",
            "<p>",
            "<td class=x>",
            "<b\n>",
            "<b",
            "<b x=\"",
            "<b<i>",
            "<bo@example.com>",
            "<i-x>",
            "< b>",
            "<>",
            "</>",
            "<",
            "<!-- b -->",
            "<br\u{e5}>",
            "<b style=\"\u{e5}\">",
        ] {
            assert_eq!(read(tag.as_bytes(), true), (1, Reading::Kept), "{tag}");
        }
        let long = format!("<b style=\"{}\">", "x".repeat(LONGEST));
        assert_eq!(read(long.as_bytes(), true), (1, Reading::Kept));
        let marked = "<span class=\"hit\">";
        let within = |after| read(format!("{marked}{after}").as_bytes(), true);
        assert_eq!(within("gatan"), (marked.len(), Reading::Gone));
        assert_eq!(within("égatan"), (marked.len(), Reading::Gone));
        assert_eq!(within(" gatan"), (1, Reading::Kept));
        assert_eq!(
            read(format!("{marked}gatan").as_bytes(), false),
            (1, Reading::Kept)
        );
    }
}
