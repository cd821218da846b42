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
/// No number that is torn has fewer digits.
const SHORT_NUMBER: usize = 8;

/// Characters before a value that are given with it.
const MAX_BEFORE: usize = 100;
/// Lines are counted so far: each join has the newlines of all before it.
const LAST_LINE: usize = 2000;

/// Fragments between the two lines of a cell.
const FARTHEST: usize = 24;
/// Two lines of a cell are at most so far apart, in em.
const WIDEST_LEADING: f64 = 2.2;
/// No account number (IBAN) is longer.
const LONGEST_ACCOUNT: usize = 34;
/// A Swedish one is as long as this; a shorter one may go on.
const WHOLE_ACCOUNT: usize = 24;

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
    let mut used = vec![false; layout.fragments.len()];
    for at in 0..layout.fragments.len() {
        if !used.get(at).copied().unwrap_or(true) {
            found.extend(join_from(layout, at, &mut used));
        }
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

/// The join that begins in fragment `at`, if there is one. Fragments between its first and its last are `used` up.
fn join_from(layout: &Layout, at: usize, used: &mut [bool]) -> Option<Join> {
    let first = layout.fragments.get(at)?;
    let upper = text_of(layout, first);
    let mut own_start = torn_from(upper);
    let mut text = upper.to_string();
    let (mut lines, mut worth) = (1, false);
    let mut last = at;
    while lines < MAX_LINES
        && let Some((next, loose)) = below(layout, last)
    {
        let (Some(above), Some(below)) = (layout.fragments.get(last), layout.fragments.get(next)) else {
            break;
        };
        let (over, under) = (text_of(layout, above), text_of(layout, below));
        let seam = Seam {
            text: &text,
            over,
            under,
            full: above.width() + 0.6 >= below.width(),
            torn_before: lines > 1,
            loose,
        };
        let Some(glue) = seam.glue() else {
            break;
        };
        if lines == 1 && seam.continues_account() {
            own_start = account_from(upper).unwrap_or(own_start);
        }
        if let Some(used) = used.get_mut(last).filter(|_| lines > 1) {
            *used = true;
        }
        lines += 1;
        last = next;
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
    if lines == 1 || !(worth || torn.is_some_and(is_address)) {
        return None;
    }
    let mut padded = newlines(first);
    let shift = padded.len();
    padded.push_str(&text);
    let own = own_start + shift..upper.len() + shift;
    Some(Join { text: padded, own })
}

/// The fragment below that at `at`, and whether only its edges or its middle say that it belongs to the same cell:
/// mostly it is the next one, but rows may be written line by line, with other cells between.
fn below(layout: &Layout, at: usize) -> Option<(usize, bool)> {
    let above = layout.fragments.get(at)?;
    if layout
        .fragments
        .get(at + 1)
        .is_some_and(|next| above.continues_in(next))
    {
        return Some((at + 1, false));
    }
    let near = layout.fragments.iter().enumerate().skip(at + 1).take(FARTHEST);
    near.filter_map(|(at, next)| Some((at, above.leading_to(next)?)))
        .filter(|(_, leading)| *leading <= WIDEST_LEADING)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(at, _)| (at, true))
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
    /// All so far, with what was joined before.
    text: &'s str,
    over: &'s str,
    under: &'s str,
    /// Whether the upper line has no room for more: a word is torn in its middle only there.
    full: bool,
    torn_before: bool,
    /// Whether the lower line may be another cell: then what is torn has to show it.
    loose: bool,
}

impl Seam<'_> {
    fn glue(&self) -> Option<Glue> {
        let (last, next) = (self.over.chars().next_back()?, self.under.chars().next()?);
        if next.is_whitespace() {
            return None;
        }
        if self.continues_account() || (!self.loose && self.continues_groups()) {
            return Some(Glue::Groups);
        }
        if last.is_whitespace() {
            return None;
        }
        let head = self.under.split_whitespace().next()?;
        let word = self.text.split_whitespace().next_back().unwrap_or_default();
        let digits = count_digits(word);
        let torn_visibly = is_hyphen(last)
            || matches!(last, '@' | '.' | '_' | '/' | '+')
            || matches!(next, '@' | '.' | '_')
            || (is_hyphen(next) && count_digits(head) > 0);
        if torn_visibly {
            let open_end = is_hyphen(last) || matches!(last, '.' | '_') || next == '.';
            let whole = is_address(word) && !open_end;
            return (!whole && (!self.loose || self.shows_value(word, head)) && digits < 2 * WHOLE_NUMBER)
                .then_some(Glue::Word);
        }
        if self.torn_before && word.contains('@') {
            // `bo@` and `mail.exam` look whole together, but go on where the line was full.
            let goes_on = next.is_lowercase() && count_digits(head) == 0;
            return (self.full && goes_on).then_some(Glue::Word);
        }
        if self.full && is_open_account(word) && all_digits(head) {
            return Some(Glue::Word);
        }
        if is_address(word) || is_address(head) || digits >= WHOLE_NUMBER {
            return None;
        }
        let alone = self.over.split_whitespace().nth(1).is_none();
        let list = all_digits(word) && all_digits(head) && word.len() == head.len();
        // A label above its value must not run into it: letters are joined only to an address, and not where
        // they are a title.
        let title = word.starts_with(char::is_uppercase);
        let address = word.contains('@') || (head.contains('@') && !title);
        let number = !self.loose && last.is_ascii_digit() && next.is_ascii_digit();
        let joined = number || (address && last.is_alphanumeric() && next.is_alphanumeric());
        (alone && self.full && !list && joined).then_some(Glue::Word)
    }

    /// Whether what is torn can be a number or an address, and no range of pages or end of a sentence.
    fn shows_value(&self, word: &str, head: &str) -> bool {
        let number = self.over.ends_with(is_hyphen)
            && head.starts_with(|c: char| c.is_ascii_digit())
            && count_digits(word) + count_digits(head) >= SHORT_NUMBER;
        let goes_on = head.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit() || c == '.');
        let address = word.contains('@') && goes_on && !is_address(word.trim_end_matches('.'));
        number || address || head.starts_with('@')
    }

    /// Whether an account number (IBAN) was broken between two of its groups.
    fn continues_account(&self) -> bool {
        let Some(start) = account_from(self.text) else {
            return false;
        };
        let tail = self.text.get(start..).unwrap_or_default();
        let before: usize = tail.split_whitespace().map(str::len).sum();
        let mut after = 0;
        for group in self.under.split_whitespace() {
            if !all_digits(group) || group.len() > 4 {
                break;
            }
            after += group.len();
            if group.len() < 4 {
                break;
            }
        }
        // Only a last group is shorter than four.
        let groups = after >= 4 || (after > 0 && before >= 12);
        groups && before < WHOLE_ACCOUNT && before + after <= LONGEST_ACCOUNT
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

/// Where an account number begins that a text ends with, or the first groups of one.
fn account_from(text: &str) -> Option<usize> {
    let most = LONGEST_ACCOUNT / 4;
    for word in text.split_whitespace().rev().take(most) {
        if word.len() != 4 {
            return None;
        }
        if starts_account(word) {
            return Some(word.as_ptr() as usize - text.as_ptr() as usize);
        }
        if !all_digits(word) {
            return None;
        }
    }
    None
}

/// Whether a word begins with the two letters and two digits of an account number.
fn starts_account(word: &str) -> bool {
    let head = word.as_bytes().first_chunk::<4>();
    head.is_some_and(|[a, b, c, d]| {
        [a, b].into_iter().all(u8::is_ascii_uppercase) && [c, d].into_iter().all(u8::is_ascii_digit)
    })
}

/// Whether a word is an account number that has room for more.
fn is_open_account(word: &str) -> bool {
    let rest = word.bytes().skip(4);
    starts_account(word)
        && (8..WHOLE_ACCOUNT).contains(&word.len())
        && rest.into_iter().all(|byte| byte.is_ascii_digit())
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
