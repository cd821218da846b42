//! E-mail addresses at an `@`, and those written round about.

use std::ops::Range;

use super::{Detector, Scene};
use crate::checks::email;
use crate::model::{Candidate, Evidence, Form, Signals};
use crate::rules::WordRole;

/// Tried at an `@`.
pub(super) struct Plain;

/// Tried at the `%` of `%40` and at the bracket of `(at)`.
pub(super) struct Obscured;

/// RFC 5321: at most 64 bytes before the `@`, 254 in all.
const LOCAL: usize = 64;
const WHOLE: usize = 254;

impl Detector for Plain {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let Some(rule) = scene.engine.index.email else {
            return;
        };
        let Some(local) = local_before(scene, at) else {
            return spaced(scene, rule, at, out);
        };
        let Some(domain) = domain_after(scene, at + 1) else {
            return;
        };
        if domain.end - local.start > WHOLE || not_an_address(scene, &local, at, &domain) {
            return;
        }
        report(scene, rule, local, domain, Form::Email, out);
    }
}

impl Detector for Obscured {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let Some(rule) = scene.engine.index.email else {
            return;
        };
        let rest = scene.bytes.get(at..).unwrap_or_default();
        let Some(length) = sign_at(rest) else { return };
        let (mut before, mut after) = (at, at + length);
        if matches!(rest.first(), Some(b'(' | b'[')) {
            before -= spaces_before(scene, at);
            after += spaces_after(scene, after);
        }
        let (Some(mut local), Some(domain)) = (local_before(scene, before), domain_after(scene, after))
        else {
            return;
        };
        // "bo (dot) ek (at) …".
        while let Some(earlier) =
            spelled_dot_before(scene, local.start).and_then(|end| local_before(scene, end))
        {
            if local.end - earlier.start > LOCAL {
                break;
            }
            local.start = earlier.start;
        }
        report(scene, rule, local, domain, Form::EmailObscured, out);
    }
}

/// What stands for an `@`, and how long it is: `%40`, `&#64;`, `＠`, "(at)", "[at]", "(a)", "(snabel-a)".
fn sign_at(rest: &[u8]) -> Option<usize> {
    for sign in [&b"%40"[..], b"&#64;", b"&#x40;", b"&commat;", "＠".as_bytes()] {
        if rest.starts_with(sign) {
            return Some(sign.len());
        }
    }
    if !matches!(rest.first(), Some(b'(' | b'[')) {
        return None;
    }
    spelled(rest, &["at", "a", "snabel-a", "snabela", "snabel a", "@"])
}

/// One of the words in brackets: how long it is with them.
fn spelled(rest: &[u8], words: &[&str]) -> Option<usize> {
    let close = rest.iter().take(12).position(|&b| b == b')' || b == b']')?;
    let word = rest.get(1..close)?.trim_ascii();
    words
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
        .then_some(close + 1)
}

const DOTS: &[&str] = &["dot", "punkt", "."];

/// " (dot) ", "[punkt]": how long it is with the spaces around it.
fn spelled_dot(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let open = at + spaces_after(scene, at);
    let rest = scene.bytes.get(open..)?;
    if !matches!(rest.first(), Some(b'(' | b'[')) {
        return None;
    }
    let end = open + spelled(rest, DOTS)?;
    Some(end + spaces_after(scene, end) - at)
}

/// The same before `at`: where what stands before it ends.
fn spelled_dot_before(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let close = at - spaces_before(scene, at);
    if !matches!(scene.bytes.get(close.checked_sub(1)?), Some(b')' | b']')) {
        return None;
    }
    let from = close.saturating_sub(10);
    let open = from
        + scene
            .bytes
            .get(from..close)?
            .iter()
            .rposition(|&b| b == b'(' || b == b'[')?;
    (spelled(scene.bytes.get(open..)?, DOTS)? == close - open).then(|| open - spaces_before(scene, open))
}

/// Up to two spaces before `at`.
fn spaces_before(scene: &Scene<'_, '_>, at: usize) -> usize {
    (0..2)
        .take_while(|n| at > *n && scene.bytes[at - n - 1] == b' ')
        .count()
}

fn spaces_after(scene: &Scene<'_, '_>, at: usize) -> usize {
    (0..2).take_while(|n| scene.byte(at + n) == b' ').count()
}

/// `jonas @ example.se`: only where a label or the start of a line says that it is no "at".
fn spaced<'a>(scene: &Scene<'_, 'a>, rule: u16, at: usize, out: &mut Vec<Candidate<'a>>) {
    if at == 0 || scene.bytes[at - 1] != b' ' || scene.byte(at + 1) != b' ' {
        return;
    }
    let (Some(local), Some(domain)) = (local_before(scene, at - 1), domain_after(scene, at + 2)) else {
        return;
    };
    let whole = local.start..domain.end;
    if email::doubtful_tld(scene.text(domain.clone())) || scene.byte(domain.end) == b'@' {
        return;
    }
    if scene.begins_line(local.start) || scene.spoken(&whole, rule).labelled() {
        report(scene, rule, local, domain, Form::EmailObscured, out);
    }
}

/// `In-Reply-To: <…>`, `References:` and the like: what stands in angle brackets names a message, not a person.
fn names_a_message(scene: &Scene<'_, '_>, start: usize, rule: u16) -> bool {
    if start == 0 || scene.bytes[start - 1] != b'<' {
        return false;
    }
    let floor = start.saturating_sub(800);
    let Some(before) = scene.bytes.get(floor..start) else {
        return false;
    };
    // Folded header lines go on after a space.
    let mut line = before;
    for part in before.rsplit(|&b| b == b'\n').take(12) {
        line = part;
        if !matches!(part.first(), Some(b' ' | b'\t')) {
            break;
        }
    }
    let name = line.split(|&b| b == b':').next().unwrap_or_default();
    let words = scene.engine.rules.vocabulary();
    name.len() < line.len()
        && name.len() <= 32
        && words
            .phrase(name, rule)
            .is_some_and(|met| met.role == WordRole::Negative)
}

fn report<'a>(
    scene: &Scene<'_, 'a>,
    rule: u16,
    local: Range<usize>,
    domain: Range<usize>,
    form: Form,
    out: &mut Vec<Candidate<'a>>,
) {
    let (local_text, domain_text) = (scene.text(local.clone()), scene.text(domain.clone()));
    let spoken = scene.spoken(&(local.start..domain.end), rule);
    let mut signals: Signals = spoken.signals.with(Evidence::Syntax).with(Evidence::KnownTld);
    if names_a_message(scene, local.start, rule) {
        signals = signals.without(Evidence::Label).with(Evidence::OtherLabel);
    }
    signals.add_if(email::is_role(local_text), Evidence::RoleAddress);
    signals.add_if(email::is_free_mail(domain_text), Evidence::FreeMail);
    signals.add_if(email::doubtful_tld(domain_text), Evidence::OtherContext);
    scene.push(out, rule, local.start..domain.end, form, signals, spoken.label);
}

/// The part before the `@`, which stands at `end`.
fn local_before(scene: &Scene<'_, '_>, end: usize) -> Option<Range<usize>> {
    let mut start = end;
    while start > 0 && end - start <= LOCAL + 8 && is_local(scene, start - 1) {
        start -= 1;
    }
    // Quotation marks and punctuation around the address are not part of it.
    while start < end
        && (matches!(
            scene.bytes[start],
            b'.' | b'\''
                | b'`'
                | b'/'
                | b'='
                | b'*'
                | b'{'
                | b'|'
                | b'?'
                | b'&'
                | b'!'
                | b'#'
                | b'$'
                | b'%'
                | b'^'
                | b'~'
                | b'-'
        ))
    {
        start += 1;
    }
    let local = scene.bytes.get(start..end)?;
    let fits = !local.is_empty()
        && local.len() <= LOCAL
        && local.last() != Some(&b'.')
        && !local.windows(2).any(|pair| pair == b"..");
    let has_letter = local.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    // "mail=bo@example.se", "href='mailto?to=bo@…": what stands before the last "=" is a name, not the address.
    let cut = local
        .iter()
        .rposition(|&b| matches!(b, b'=' | b'|' | b'?' | b'&' | b'/' | b'{' | b'}' | b'*' | b'`'))
        .map_or(0, |p| p + 1);
    // `epost='bo@…'`: the quotation mark that opens after the name.
    let quotes = local.get(cut..)?.iter().take_while(|&&b| b == b'\'').count();
    let cut = cut + quotes;
    (fits && has_letter && cut < local.len()).then_some(start + cut..end)
}

/// Letters, digits and RFC 5322's atom characters; Swedish letters are in use too.
fn is_local(scene: &Scene<'_, '_>, i: usize) -> bool {
    let byte = scene.bytes[i];
    byte.is_ascii_alphanumeric()
        || b".!#$%&'*+/=?^_{|}~-".contains(&byte)
        || (byte >= 0x80 && scene.word_at(i))
}

/// The longest domain from `start` whose last label is a top-level domain.
fn domain_after(scene: &Scene<'_, '_>, start: usize) -> Option<Range<usize>> {
    let mut best = None;
    let mut i = start;
    let mut labels = 0;
    loop {
        let label_start = i;
        while i - label_start < 64
            && (scene.byte(i).is_ascii_alphanumeric()
                || scene.byte(i) == b'-'
                || (scene.byte(i) >= 0x80 && scene.word_at(i)))
        {
            i += 1;
        }
        let label = scene.bytes.get(label_start..i)?;
        if label.is_empty()
            || label.first() == Some(&b'-')
            || label.last() == Some(&b'-')
            || i - start > WHOLE
        {
            break;
        }
        labels += 1;
        if labels >= 2
            && label.iter().all(|b| !b.is_ascii_digit())
            && email::known_tld(scene.text(label_start..i))
        {
            best = Some(i);
        }
        if let Some(length) = spelled_dot(scene, i) {
            i += length;
            continue;
        }
        if scene.byte(i) != b'.' {
            // Something unusual glued to the last label: the address ends elsewhere, or is none.
            if matches!(scene.byte(i), b'_' | b'@') {
                return None;
            }
            break;
        }
        i += 1;
    }
    best.map(|end| start..end)
}

/// What has an `@` and a domain but is no address.
fn not_an_address(scene: &Scene<'_, '_>, local: &Range<usize>, at: usize, domain: &Range<usize>) -> bool {
    let before = &scene.bytes[..local.start];
    // A second @ on either side: `a@b@c`, `foo@@bar.se`.
    if before.last() == Some(&b'@') || scene.byte(domain.end) == b'@' || scene.byte(at + 1) == b'@' {
        return true;
    }
    // Credentials and users in URLs: `//user:secret@host`, `ssh://git@host`.
    if url_authority(before) {
        return true;
    }
    // `git@host:path` is an scp address.
    let local_text = scene.text(local.clone());
    if local_text == "git" && matches!(scene.byte(domain.end), b':' | b'/') {
        return true;
    }
    // Retina images: `logo@2x.app`.
    let first = scene
        .bytes
        .get(domain.start..domain.start + 3)
        .unwrap_or_default();
    matches!(first, [b'1'..=b'4', b'x', b'.'])
}

/// Whether what stands before is the start of a URL's authority: `scheme://` and no slash since.
fn url_authority(before: &[u8]) -> bool {
    let tail = before.get(before.len().saturating_sub(80)..).unwrap_or_default();
    let token = tail
        .iter()
        .rposition(|b| {
            b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'(' | 0x1E | 0x1F)
        })
        .map_or(tail, |p| tail.get(p + 1..).unwrap_or_default());
    token
        .windows(3)
        .rposition(|w| w == b"://")
        .is_some_and(|p| !token.get(p + 3..).unwrap_or_default().contains(&b'/'))
}
