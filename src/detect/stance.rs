//! Whether what follows a label stands as a value does: what a name, a number or a secret must be like to be one in a
//! form, in a sentence, behind an equals sign, in code.

use std::ops::Range;

use super::field::begins;
use super::secret::{How, line_end, line_start};
use super::{Scene, token};

/// Whether the text around is source code.
pub(super) fn codelike(scene: &Scene<'_, '_>, at: usize) -> bool {
    const SIGNS: &[&[u8]] = &[
        b"();",
        b") {",
        b"){",
        b"def ",
        b"return ",
        b"self.",
        b"import ",
        b"fn ",
        b"let ",
        b"const ",
        b"function",
        b"public ",
        b"private ",
        b"class ",
        b"#include",
        b"#define",
        b"#[",
        b"->",
        b"&&",
        b"||",
        b"==",
        b"!=",
        b"if (",
        b"= new ",
        b"assert",
        b"println",
        b"printf(",
        b"None",
        b"elif ",
        b"):\n",
        b"');",
        b"\");",
        b"this.",
        b"&self",
        b"::new",
        b".unwrap()",
        b"Some(",
        b"static ",
        b">>> ",
        b"struct ",
        b"endif",
        b"int ",
        b"void ",
        b"}\n}",
        b"*/",
        b":param",
        b"@param",
        b"pub ",
        b"unsafe ",
        b";\n",
        b"c_int",
        b"u32",
        b"&[",
        b"::",
    ];
    let from = at.saturating_sub(500);
    let until = scene.bytes.len().min(at + 300);
    let window = scene.bytes.get(from..until).unwrap_or_default();
    // Colons stand in a row in files of accounts, too.
    let met = SIGNS.iter().flat_map(|sign| {
        let colons = *sign == b"::";
        memchr::memmem::find_iter(window, sign).filter(move |place| {
            !colons || !matches!(window.get(place + 2), Some(b':' | b'\n' | b' ') | None)
        })
    });
    met.take(4).count() == 4
}

pub(super) fn secret_stands(
    scene: &Scene<'_, '_>,
    label: &Range<usize>,
    value: &Range<usize>,
    how: How,
    code: bool,
    alone: bool,
) -> bool {
    let text = scene.text(value.clone());
    let strong = token::strong(text);
    let digits = text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit());
    let swedish = !scene.text(label.clone()).is_ascii() || swedish(scene.text(label.clone()));
    match how {
        How::Quoted(_) => {
            !(code && (token::dull(text) || !strong)) && (!token::capitalised(text) || swedish && alone)
        }
        How::Named(mark) => {
            let sql = !identified(scene, label) || mark == b'\'' || user_before(scene, label.start);
            !code && mark != b'`' && sql && !token::capitalised(text)
        }
        How::Markup { named } => !token::capitalised(text) || !named && !code,
        // In code only a string is a value; whatever else stands there is a name.
        _ if code => {
            let taken = text.starts_with(['&', '*']) || text.contains(['[', '(', '{']);
            strong && token::marked(text) && !taken && how != How::Bare
        }
        How::Assigned { spaced } => {
            strong || digits && alone || alone && (!spaced || swedish || paired(scene, label.start))
        }
        How::Told => {
            strong && (alone || token::marked(text))
                || alone && (digits || swedish || paired(scene, label.start))
        }
        How::Prose => strong || digits,
        How::Bare => {
            let sure = alone || swedish || token::marked(text) || command(scene, label);
            strong && sure && !identified(scene, label)
        }
        How::Option => strong,
        How::Beside => strong && alone,
    }
}

fn swedish(label: &str) -> bool {
    label
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("losen"))
        || label
            .get(label.len().saturating_sub(8)..)
            .is_some_and(|end| end.eq_ignore_ascii_case("losenord"))
}

/// Words of commands and configuration that are followed by the secret itself, and `temporary passcode`.
fn command(scene: &Scene<'_, '_>, label: &Range<usize>) -> bool {
    let word = scene.text(label.clone());
    ["requirepass", "masterauth", "passcode", "authtoken"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// SQL's `IDENTIFIED BY 'secret'`, and everybody's "identified by".
fn identified(scene: &Scene<'_, '_>, label: &Range<usize>) -> bool {
    scene.text(label.clone()).eq_ignore_ascii_case("identified by")
}

/// `ALTER USER rapport IDENTIFIED BY "…"`: Oracle's secrets stand in double quotes.
fn user_before(scene: &Scene<'_, '_>, at: usize) -> bool {
    let line = scene
        .bytes
        .get(line_start(scene, at).max(at.saturating_sub(80))..at)
        .unwrap_or_default();
    line.windows(5).any(|word| word.eq_ignore_ascii_case(b"USER "))
}

/// Whether the line before or after names an account, a server or an address: then this one is no prose.
fn paired(scene: &Scene<'_, '_>, at: usize) -> bool {
    const BESIDE: &str = "\
        user login usr uid host server url smtp imap database db account användar konto inlogg email \
        e-mail e-post port ssid wifi nätverk";
    let start = line_start(scene, at);
    let end = line_end(scene, at);
    let before = start
        .checked_sub(1)
        .map(|end| scene.text(line_start(scene, end)..end));
    let mut next = end;
    while matches!(scene.byte(next), b'\r' | b'\n') && next < end + 2 {
        next += 1;
    }
    let own = scene.text(start..at);
    let pair = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '-', '*', '"', '\'', '#', '[', '<', '>']);
        let known = BESIDE.split_ascii_whitespace().any(|word| {
            line.get(..word.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(word))
        });
        known && line.contains([':', '='])
    };
    before.is_some_and(pair) || pair(scene.text(next..line_end(scene, next))) || pair(own)
}

pub(super) fn pin_stands(
    scene: &Scene<'_, '_>,
    value: &Range<usize>,
    how: How,
    code: bool,
    alone: bool,
) -> bool {
    let rest = scene.text(value.end..line_end(scene, value.end)).trim_start();
    const UNITS: &[&str] = &[
        "siffr", "teck", "digit", "char", "kr", "st", "byte", "bit", "%", "sek", "min", "gång",
    ];
    let counted = UNITS.iter().any(|unit| rest.starts_with(unit));
    let longer = rest.starts_with([':', '/']) || rest.starts_with('-') && !rest.starts_with("- ");
    if counted || longer || code && !matches!(how, How::Quoted(_)) {
        return false;
    }
    let length = value.len();
    match how {
        How::Bare => length >= 4,
        How::Beside => length >= 4 && alone,
        How::Option => false,
        _ => true,
    }
}

pub(super) fn account_stands(
    scene: &Scene<'_, '_>,
    label: &Range<usize>,
    value: &Range<usize>,
    how: How,
    code: bool,
    alone: bool,
) -> bool {
    let text = scene.text(value.clone());
    let word = scene.text(label.clone());
    // Labels that can stand before nothing but the name of an account.
    let exact = ["namn", "name", "namnet", "id", "login", "uid"]
        .iter()
        .any(|end| word.to_lowercase().ends_with(end));
    let marked = token::with_digit(text) || text.contains(['_', '\\', '.']);
    let capital = token::capitalised(text);
    let lower = word.to_lowercase();
    let sure = lower.starts_with("anv")
        || lower == "username"
        || lower.ends_with(" as")
        || lower.ends_with(" som")
        || lower == "user" && begins(scene, label.start) && text.starts_with(|c: char| c.is_alphabetic());
    let shouted = !marked && !text.contains('-') && !text.contains(char::is_lowercase) && !sure;
    if code || shouted {
        return false;
    }
    match how {
        How::Quoted(mark) => mark != b'`' && (exact || !capital),
        How::Named(mark) => {
            mark != b'`' && (sure || spoken_of(scene, label.start) || acts(scene, value.end + 1))
        }
        How::Markup { .. } => exact || !capital,
        How::Assigned { spaced } => {
            let small = !spaced && !text.contains(char::is_uppercase);
            (exact || !capital) && (alone || marked || small)
        }
        How::Told => (exact || !capital) && (alone || marked),
        How::Prose | How::Option => token::with_digit(text) || text.contains('_'),
        How::Bare => {
            let swedish = word.to_lowercase().starts_with("anv");
            let named = swedish && alone && !token::inflected(text) && !capital;
            let scheme = (6..=8).contains(&text.len()) && before(scene, label.start, &["som ", "avser "]);
            let rest = scene.text(value.end..line_end(scene, value.end)).trim_start();
            let rest = rest.trim_start_matches([',', '/', ';', ' ']);
            let before_secret = ["password ", "pass ", "lösenord ", "lösenordet ", "lösen ", "pwd "]
                .iter()
                .find_map(|next| rest.strip_prefix(next))
                .and_then(|rest| rest.split_whitespace().next())
                .is_some_and(token::strong);
            before_secret
                || (token::with_digit(text) || text.contains(['_', '\\']) || sure && text.contains('.'))
                    && (sure || spoken_of(scene, label.start))
                || named && (exact && text.len() >= 5 || scheme)
        }
        How::Beside => marked && alone,
    }
}

/// "user 'hlinde2' authenticated".
fn acts(scene: &Scene<'_, '_>, end: usize) -> bool {
    const DOINGS: &[&str] = &[
        " authenticated",
        " logged",
        " connected",
        " disconnected",
        " signed",
        " loggade",
        " succeeded",
        " failed",
    ];
    let rest = scene.text(end..line_end(scene, end));
    DOINGS.iter().any(|doing| rest.starts_with(doing))
}

/// "for user anna01", "av användare anna01".
fn spoken_of(scene: &Scene<'_, '_>, label: usize) -> bool {
    before(scene, label, &["for ", "för ", "by ", "av ", "från "])
}

fn before(scene: &Scene<'_, '_>, at: usize, words: &[&str]) -> bool {
    let from = (at.saturating_sub(8)..=at).find(|&from| scene.batch.text.is_char_boundary(from));
    let text = scene.text(from.unwrap_or(at)..at);
    words.iter().any(|word| text.ends_with(word))
}

/// Whether a value stands after a label that may mean something else: `pass`, `secret`, `token`.
pub(super) fn weakly(scene: &Scene<'_, '_>, label: &Range<usize>, text: &str, how: How, alone: bool) -> bool {
    match how {
        How::Quoted(_) | How::Markup { .. } | How::Option => true,
        How::Assigned { spaced } => !spaced || alone,
        How::Told => alone && !text.contains('/') && (label.len() > 6 || paired(scene, label.start)),
        _ => false,
    }
}
