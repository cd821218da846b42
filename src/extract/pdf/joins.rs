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

/// Characters before a value that are given with it.
const MAX_BEFORE: usize = 100;
/// Lines are counted so far: each join has the newlines of all before it.
const LAST_LINE: usize = 2000;

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
    found.extend(layout.fragments.iter().flat_map(|at| closed_up(layout, at)));
    found
}

/// What the spaced characters of a fragment say, each behind what stands before it.
fn closed_up<'l>(layout: &'l Layout, fragment: &'l Fragment) -> impl Iterator<Item = Join> {
    fragment.spaced.iter().map(move |(offset, said)| {
        let before = text_of(layout, fragment).get(..*offset).unwrap_or_default();
        let first = before.char_indices().rev().nth(MAX_BEFORE - 1);
        let mut text = newlines(fragment);
        text.push_str(before.get(first.map_or(0, |(at, _)| at)..).unwrap_or_default());
        let start = text.len();
        text.push_str(said);
        let own = start..text.len();
        Join { text, own }
    })
}

/// The join that begins in fragment `at`, if there is one, and how many fragments before the last it used up.
fn join_from(layout: &Layout, at: usize) -> (Option<Join>, usize) {
    let lines = layout.fragments.get(at..).unwrap_or_default();
    let Some(first) = lines.first() else {
        return (None, 1);
    };
    let upper = text_of(layout, first);
    let own_start = torn_from(upper);
    let mut text = upper.to_string();
    let (mut used, mut worth) = (0, false);
    for pair in lines.windows(2).take(MAX_LINES - 1) {
        let [above, below] = pair else {
            break;
        };
        let over = text_of(layout, above);
        let under = text_of(layout, below);
        let seam = Seam {
            word: text.split_whitespace().next_back().unwrap_or_default(),
            over,
            under,
            full: above.width() + 0.6 >= below.width(),
            torn_before: used > 0,
        };
        let Some(glue) = seam.glue().filter(|_| above.continues_in(below)) else {
            break;
        };
        used += 1;
        worth |= glue == Glue::Groups || is_digit_seam(over, under);
        if glue == Glue::Groups && !text.ends_with(' ') {
            text.push(' ');
        }
        text.push_str(under);
        // Only a line that is all one word, or all digits, can be torn at both ends.
        if under.trim_end().contains(char::is_whitespace) && !under.split_whitespace().all(is_group) {
            break;
        }
    }
    let torn = text
        .get(own_start..)
        .and_then(|tail| tail.split_whitespace().next());
    if used == 0 || !(worth || torn.is_some_and(is_address)) {
        return (None, used.max(1));
    }
    let mut padded = newlines(first);
    let shift = padded.len();
    padded.push_str(&text);
    let own = own_start + shift..upper.len() + shift;
    (Some(Join { text: padded, own }), used)
}

/// Newlines that stand for the lines before a fragment.
fn newlines(fragment: &Fragment) -> String {
    "\n".repeat(fragment.line.min(LAST_LINE))
}

fn text_of<'l>(layout: &'l Layout, fragment: &Fragment) -> &'l str {
    layout.text.get(fragment.text.clone()).unwrap_or_default()
}

/// How two lines are put together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Glue {
    /// A word goes on.
    Word,
    /// Groups of digits go on, with the space between them.
    Groups,
}

/// Two lines of a cell.
struct Seam<'s> {
    /// The last word so far, with what was joined before.
    word: &'s str,
    over: &'s str,
    under: &'s str,
    /// Whether the upper line has no room for more: a word is torn in its middle only there.
    full: bool,
    torn_before: bool,
}

impl Seam<'_> {
    fn glue(&self) -> Option<Glue> {
        let (last, next) = (self.over.chars().next_back()?, self.under.chars().next()?);
        if next.is_whitespace() {
            return None;
        }
        if self.continues_groups() {
            return Some(Glue::Groups);
        }
        if last.is_whitespace() {
            return None;
        }
        let head = self.under.split_whitespace().next()?;
        let digits = count_digits(self.word);
        let torn_visibly = is_hyphen(last)
            || matches!(last, '@' | '.' | '_' | '/' | '+')
            || matches!(next, '@' | '.' | '_')
            || (is_hyphen(next) && count_digits(head) > 0);
        if torn_visibly {
            let open_end = is_hyphen(last) || matches!(last, '.' | '_') || next == '.';
            let whole = is_address(self.word) && !open_end;
            return (!whole && digits < 2 * WHOLE_NUMBER).then_some(Glue::Word);
        }
        if self.torn_before && self.word.contains('@') {
            // `bo@` and `mail.exam` look whole together, but go on where the line was full.
            let goes_on = next.is_lowercase() && count_digits(head) == 0;
            return (self.full && goes_on).then_some(Glue::Word);
        }
        if is_address(self.word) || is_address(head) || digits >= WHOLE_NUMBER {
            return None;
        }
        let alone = self.over.split_whitespace().nth(1).is_none();
        let list = all_digits(self.word) && all_digits(head) && self.word.len() == head.len();
        // A label above its value must not run into it: letters are joined only to an address, and not where
        // they are a title.
        let title = self.word.starts_with(char::is_uppercase);
        let address = self.word.contains('@') || (head.contains('@') && !title);
        let number = last.is_ascii_digit() && next.is_ascii_digit();
        let joined = number || (address && last.is_alphanumeric() && next.is_alphanumeric());
        (alone && self.full && !list && joined).then_some(Glue::Word)
    }

    /// Whether groups of digits were broken at the space between two of them: a telephone number, or a personal
    /// identity number before its last four. Any other two numbers may as well be a flat and a postcode.
    fn continues_groups(&self) -> bool {
        let over = self.over.trim_end();
        let tail = over.get(torn_from(over)..).unwrap_or_default();
        let head: Vec<&str> = self
            .under
            .split_whitespace()
            .take_while(|word| is_group(word))
            .collect();
        let (count, more) = (
            count_digits(tail),
            head.iter().map(|group| count_digits(group)).sum::<usize>(),
        );
        let several = head.len() > 1 || tail.contains(' ') || over.len() < self.over.len();
        let started = self.torn_before && self.over.split_whitespace().all(is_group);
        let telephone = (tail.starts_with(['0', '+', '(']) || started) && count + more <= 15;
        let identity = matches!(count, 6 | 8) && more == 4;
        let met = tail.ends_with(|c: char| c.is_ascii_digit())
            && head.first().is_some_and(|group| all_digits(group));
        met && several && count < WHOLE_NUMBER && more < WHOLE_NUMBER && (telephone || identity)
    }
}

fn all_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word is a group of a written number.
fn is_group(word: &str) -> bool {
    word.chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '-' | '/'))
}

/// Where the torn word begins; groups of digits before it belong to it.
fn torn_from(upper: &str) -> usize {
    let mut start = upper.len();
    for word in upper.split_whitespace().rev() {
        let here = word.as_ptr() as usize - upper.as_ptr() as usize;
        let grouped = is_group(word);
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
