//! Values that a line break inside a table cell tears apart, put together again.
//!
//! A narrow cell holds `19811218-` on one line and `9876` on the next; no detector that respects lines can see
//! the number. What is joined is given as a text of its own beside the page's text. So that nothing is counted
//! twice, a hit belongs to a join only if it *starts* in the torn word of the upper line (the range `own`), and
//! a join is made only where that word alone is no whole value: neither a complete e-mail address nor ten digits.

use std::ops::Range;

use super::layout::{Fragment, Layout};

/// Lines that one torn value may take.
const MAX_LINES: usize = 4;
/// A group of so many digits is a value of its own.
const WHOLE_NUMBER: usize = 10;

/// A torn value with its surroundings.
#[derive(Debug, PartialEq)]
pub(super) struct Join {
    /// The lines, joined; newlines before them make the line numbers of the page.
    pub(super) text: String,
    /// Where the torn word begins and the upper line ended.
    pub(super) own: Range<usize>,
}

/// The joins of a page.
pub(super) fn joins(layout: &Layout) -> Vec<Join> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < layout.fragments.len() {
        let (join, used) = join_from(layout, at);
        found.extend(join);
        at += used.max(1);
    }
    found
}

/// The join that begins in fragment `at`, if there is one, and how many fragments before the last it used up.
fn join_from(layout: &Layout, at: usize) -> (Option<Join>, usize) {
    let mut lines = layout.fragments.get(at..).unwrap_or_default().windows(2);
    let Some(first) = layout.fragments.get(at) else {
        return (None, 1);
    };
    let upper = text_of(layout, first);
    let own_start = torn_from(upper);
    let mut text = upper.to_string();
    let (mut own_end, mut used, mut worth) = (0, 0, false);
    while let Some([above, below]) = lines.next()
        && used + 1 < MAX_LINES
        && above.continues_in(below)
    {
        let (over, under) = (text_of(layout, above), text_of(layout, below));
        let Some(glue) = glue(over, under, above.width(), below.width()) else {
            break;
        };
        own_end = if used == 0 { text.len() } else { own_end };
        used += 1;
        worth |= glue == " " || is_digit_seam(over, under);
        text.push_str(glue);
        text.push_str(under);
        // Only a line that is all one word can be torn at both ends.
        if under.contains(char::is_whitespace) {
            break;
        }
    }
    let torn = text
        .get(own_start..)
        .and_then(|tail| tail.split_whitespace().next());
    if used == 0 || !(worth || torn.is_some_and(is_address)) {
        return (None, used.max(1));
    }
    let mut padded = "\n".repeat(first.line);
    let shift = padded.len();
    padded.push_str(&text);
    let join = Join {
        text: padded,
        own: own_start + shift..own_end + shift,
    };
    (Some(join), used)
}

fn text_of<'l>(layout: &'l Layout, fragment: &Fragment) -> &'l str {
    layout.text.get(fragment.text.clone()).unwrap_or_default()
}

/// What to put between two lines of a cell if a word was torn between them.
fn glue(over: &str, under: &str, over_width: f64, under_width: f64) -> Option<&'static str> {
    let (last, next) = (over.chars().next_back()?, under.chars().next()?);
    if last.is_whitespace() || next.is_whitespace() {
        return None;
    }
    let word = over.split_whitespace().next_back()?;
    let head = under.split_whitespace().next()?;
    let (digits, head_digits) = (count_digits(word), count_digits(head));
    let torn_visibly = is_hyphen(last)
        || matches!(last, '@' | '.' | '_' | '/' | '+')
        || matches!(next, '@' | '.' | '_')
        || (is_hyphen(next) && head_digits > 0);
    if torn_visibly {
        let whole = is_address(word) && !is_hyphen(last) && !matches!(last, '.' | '_') && next != '.';
        return (!whole && digits < 2 * WHOLE_NUMBER).then_some("");
    }
    if is_address(word) || is_address(head) || digits >= WHOLE_NUMBER {
        return None;
    }
    let alone = over.split_whitespace().nth(1).is_none();
    let numbers = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let list = numbers(word) && numbers(head) && word.len() == head.len();
    // A word is torn in its middle only where it fills its line: the lower part cannot be wider. A label above
    // its value must not run into it, so letters are joined only to an address, and not where they are a title.
    let full = over_width + 0.6 >= under_width;
    let title = word.starts_with(char::is_uppercase);
    let address = word.contains('@') || (head.contains('@') && !title);
    let number = last.is_ascii_digit() && next.is_ascii_digit();
    if alone && full && !list && (number || (address && last.is_alphanumeric() && next.is_alphanumeric())) {
        return Some("");
    }
    // Groups of digits were broken at the space between two of them: a telephone number, or a personal identity
    // number before its last four. Any other two numbers may just as well be a flat and a postcode.
    let tail = over.get(torn_from(over)..)?;
    let count = count_digits(tail);
    let telephone = tail.starts_with(['0', '+', '(']) && count + head_digits <= 15;
    let identity = matches!(count, 6 | 8) && head_digits == 4;
    (!alone && number && count < WHOLE_NUMBER && (telephone || identity)).then_some(" ")
}

/// Where the torn word begins; groups of digits before it belong to it.
fn torn_from(upper: &str) -> usize {
    let mut start = upper.len();
    for word in upper.split_whitespace().rev() {
        let here = word.as_ptr() as usize - upper.as_ptr() as usize;
        let grouped = word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '-' | '/'));
        if start != upper.len() && !grouped {
            break;
        }
        start = here;
        if !grouped {
            break;
        }
    }
    start
}

/// Whether digits meet at the seam of two lines.
fn is_digit_seam(over: &str, under: &str) -> bool {
    let bare = |c: &char| !is_hyphen(*c) && !matches!(c, '/' | '+' | '.');
    let last = over.chars().rev().find(bare);
    let next = under.chars().find(bare);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    (digit(last) || over.ends_with('+')) && digit(next)
}

/// Whether a word looks like a whole e-mail address.
fn is_address(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else {
        return false;
    };
    let Some((name, top)) = domain.rsplit_once('.') else {
        return false;
    };
    !local.is_empty() && !name.is_empty() && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}')
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}
