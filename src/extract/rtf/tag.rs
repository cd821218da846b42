//! What tags of HTML say beside the text: where links lead, what pictures are.
//!
//! Mail that was written in HTML keeps its tags in rtf, so that the HTML can be made again.

use crate::extract::escapes::entity_char;

/// Attributes that hold words or addresses.
const ATTRIBUTES: &[&str] = &[
    "href", "src", "alt", "title", "content", "value", "cite", "action",
];

/// Names of characters are shorter.
const LONGEST_ENTITY: usize = 32;

/// The texts of the attributes in a piece of HTML, and its comments, a line each.
pub(super) fn text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        rest = match tag.strip_prefix("!--") {
            Some(comment) => {
                let (comment, rest) = comment.split_once("-->").unwrap_or((comment, ""));
                // Those in brackets speak to programs.
                if !comment.starts_with('[') {
                    line(comment, &mut out);
                }
                rest
            }
            None => attributes(tag, &mut out),
        };
    }
    out
}

/// Reads a tag to its end, and gives what follows.
fn attributes<'h>(tag: &'h str, out: &mut String) -> &'h str {
    let mut rest = tag;
    while let Some(at) = rest.find(['=', '>']) {
        let (before, behind) = rest.split_at(at);
        let Some(value) = behind.strip_prefix('=') else {
            return behind.get(1..).unwrap_or_default();
        };
        let value = value.trim_start();
        let quoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote).map(|inner| (quote, inner)));
        let (value, behind) = match quoted {
            Some((quote, inner)) => inner.split_once(quote).unwrap_or((inner, "")),
            None => value
                .find(|c: char| c.is_whitespace() || c == '>')
                .map_or((value, ""), |end| value.split_at(end)),
        };
        let name = before.split_whitespace().next_back().unwrap_or_default();
        if ATTRIBUTES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            line(value, out);
        }
        rest = behind;
    }
    ""
}

/// Adds a text with its entities read.
fn line(text: &str, out: &mut String) {
    let mut rest = text.trim();
    if rest.is_empty() {
        return;
    }
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        rest = behind;
        let end = behind.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';');
        let named = end.and_then(|end| {
            let (name, behind) = behind.split_at_checked(end)?;
            Some((character(name)?, behind.strip_prefix(';')?))
        });
        match named {
            Some((c, behind)) => {
                out.push(c);
                rest = behind;
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out.push('\n');
}

fn character(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return entity_char(name);
    };
    let number = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    number.ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_comments_are_said() {
        let html = "<a class=x HREF=\"mailto:bo@example.se?a&amp;b\" id=1><img alt='&Aring;sa &#62; x' src=a.png>y<br><!-- 811228-9874 --><!--[if mso]>";
        assert_eq!(
            text(html),
            "mailto:bo@example.se?a&b\nÅsa > x\na.png\n811228-9874\n"
        );
        assert_eq!(text("</a>"), "");
        assert_eq!(text("<a href=\"x"), "x\n");
    }
}
