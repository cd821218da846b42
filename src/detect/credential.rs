//! Secrets and accounts that need no label, since their form says it: hashes of passwords, `//user:secret@host`,
//! commands that take a secret as an argument, lines of a password file, of a web log.

use std::ops::Range;

use super::secret::line_end;
use super::{Scene, token};
use crate::model::{CELL_END, Candidate, Evidence, Form, ROW_END, Signals};

/// How far back the beginning of an address is looked for.
const URL: usize = 256;

fn push<'a>(scene: &Scene<'_, 'a>, rule: Option<u16>, range: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    if let Some(rule) = rule {
        let signals = Signals::NONE.with(Evidence::Pattern);
        scene.push(out, rule, range, Form::Pattern, signals, Candidate::NO_LABEL);
    }
}

/// At a `$`: `$6$salt$hash` and its like, as shadow and htpasswd files hold them.
pub(super) fn crypt<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let rest = scene
        .bytes
        .get(at + 1..scene.bytes.len().min(at + 300))
        .unwrap_or_default();
    let name = rest
        .iter()
        .position(|&b| b == b'$')
        .filter(|&length| length <= 14);
    let name = name.and_then(|length| rest.get(..length)).unwrap_or_default();
    let known = matches!(
        name,
        b"1" | b"2"
            | b"2a"
            | b"2b"
            | b"2x"
            | b"2y"
            | b"5"
            | b"6"
            | b"7"
            | b"y"
            | b"gy"
            | b"apr1"
            | b"argon2i"
            | b"argon2d"
            | b"argon2id"
            | b"scrypt"
            | b"pbkdf2-sha256"
            | b"pbkdf2-sha512"
            | b"pbkdf2"
            | b"sha1"
            | b"8"
            | b"9"
            | b"md5"
    );
    // phpass and Drupal have no second mark.
    let short = matches!(rest.get(..2), Some(b"P$" | b"H$" | b"S$"));
    let inside = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'$' | b'=' | b',' | b'+' | b'-' | b'_')
    };
    let length = 1 + rest.iter().take_while(|b| inside(**b)).count();
    let digits = rest.get(..length - 1).unwrap_or_default();
    let mixed = digits.iter().any(u8::is_ascii_digit) && digits.iter().any(u8::is_ascii_uppercase);
    let before = at.checked_sub(1).map_or(b' ', |before| scene.bytes[before]);
    if (known || short) && length >= 28 && mixed && !before.is_ascii_alphanumeric() && before != b'$' {
        push(scene, scene.engine.index.secret, at..at + length, out);
        listed_account(scene, at, out);
    }
}

/// The name before a hash, where the lines around are of the same form: one of a list of accounts.
fn listed_account<'a>(scene: &Scene<'_, 'a>, hash: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(name) = line_head(scene, hash) else {
        return;
    };
    let next = line_end(scene, hash) + 1;
    let like = |line: &str| {
        line.split_once(":$")
            .is_some_and(|(name, _)| token::account(name) || name == "root")
    };
    let above = name.start.checked_sub(1).map(|end| {
        let floor = end.saturating_sub(200);
        let before = scene.bytes.get(floor..end).unwrap_or_default();
        let start = before
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(floor, |at| floor + at + 1);
        scene.text(start..end)
    });
    let below = scene.text(next..line_end(scene, next.min(scene.bytes.len())).max(next));
    if above.is_some_and(like) || like(below) {
        push(scene, scene.engine.index.account, name, out);
    }
}

/// The name before the first colon of a line, up to `at`.
fn line_head(scene: &Scene<'_, '_>, at: usize) -> Option<Range<usize>> {
    let end = at.checked_sub(1).filter(|&end| scene.bytes[end] == b':')?;
    let floor = end.saturating_sub(40);
    let before = scene.bytes.get(floor..end)?;
    let start = match before
        .iter()
        .rposition(|b| matches!(*b, b'\n' | CELL_END | ROW_END))
    {
        Some(place) => floor + place + 1,
        None if floor == 0 => 0,
        None => return None,
    };
    token::account(scene.text(start..end)).then_some(start..end)
}

/// At an `@`: the secret of `scheme://user:secret@host`.
pub(super) fn in_url<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let floor = at.saturating_sub(URL);
    let before = scene.bytes.get(floor..at).unwrap_or_default();
    let outside = |b: &u8| {
        matches!(
            *b,
            b' ' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\n' | b'\r' | b'\t' | CELL_END | ROW_END
        )
    };
    let begin = before.iter().rposition(outside).map_or(0, |place| place + 1);
    let word = before.get(begin..).unwrap_or_default();
    let Some(slashes) = memchr::memmem::rfind(word, b"://") else {
        return;
    };
    let scheme = slashes > 0 && word[slashes - 1].is_ascii_alphanumeric();
    let start = floor + begin + slashes + 3;
    let Some(inside) = scene.bytes.get(start..at) else {
        return;
    };
    let Some(colon) = inside.iter().position(|&b| b == b':') else {
        return;
    };
    let host = scene
        .bytes
        .get(at + 1..scene.bytes.len().min(at + 120))
        .unwrap_or_default();
    let host_end = host
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(*b, b'.' | b'-' | b'_')))
        .unwrap_or(host.len());
    // A later @ is the one before the host.
    if !scheme || host_end == 0 || host.get(host_end) == Some(&b'@') || inside.contains(&b'/') {
        return;
    }
    let host = host.get(..host_end).unwrap_or_default().to_ascii_lowercase();
    let user = scene.text(start..start + colon);
    let range = start + colon + 1..at;
    let secret = scene.text(range.clone());
    let manual = token::dull(secret) && (manual_host(&host) || token::meant(secret) && secret.len() > 4);
    let shown = ["user", "username", "foo", "me", "name"].contains(&user)
        && [
            &b"example.com"[..],
            b"example.org",
            b"example.net",
            b"company.com",
        ]
        .iter()
        .any(|end| host.ends_with(end));
    let manual = manual || token::dull(secret) && shown;
    // `:pserver:anoncvs@`: what stands before the host has three parts.
    let same = user == secret && manual_host(&host) || user.is_empty() && secret.contains(':');
    if url_secret(secret) && !manual && !same && !user.contains(['{', '$', '<', '%', '[', '(']) {
        push(scene, scene.engine.index.secret, range, out);
    }
}

fn url_secret(secret: &str) -> bool {
    let only = |marks: &[u8]| secret.bytes().all(|b| marks.contains(&b));
    secret.len() >= 3
        && !only(b"*xX.-_#")
        && !secret.contains(['<', '>', '{', '}', '(', '|', '…', '\\'])
        && !secret.contains("***")
        && !secret.starts_with(['$', '[', '%', ':', '@'])
        && !secret.contains("${")
        // A host and its port, not an account and its secret.
        && !(secret.contains('.') && secret.contains(':'))
        && !secret.chars().all(|c| c.is_uppercase() || c == '_')
}

/// The hosts of manuals and tests.
fn manual_host(host: &[u8]) -> bool {
    const HOSTS: &[&[u8]] = &[
        b"example.com",
        b"www.example.com",
        b"example.org",
        b"www.example.org",
        b"example.net",
        b"localhost",
        b"host",
        b"hostname",
        b"server",
        b"domain",
        b"domain.com",
        b"foo.com",
        b"127.0.0.1",
        b"foo",
        b"bar",
        b"test",
        b"a",
        b"b",
        b"h",
        b"proxy",
        b"address",
        b"domain.tld",
        b"mydomain.com",
        b"host.com",
        b"example",
        b"url",
        b"site.com",
        b"foo.bar",
        b"foobar.com",
        b"ip",
        b"github.com",
        b"test.com",
        b"myhost",
        b"hello.world",
        b"world",
        b"x.com",
        b"foo.example.com",
        b"bar.com",
        b"host.tld",
        b"some.host",
        b"proxy.com",
        b"1.2.3.4",
        b"hostname.com",
        b"website.com",
    ];
    HOSTS.contains(&host)
}

/// At the digits of `name:1001:<32 hex>:<32 hex>:::` and of `name:x:1001:`.
pub(super) fn in_accounts<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    let colon = |at: usize| scene.byte(at) == b':';
    if at < 2 || !colon(at - 1) || !colon(at + length) {
        return;
    }
    let hash = |from: usize| {
        scene
            .bytes
            .get(from..from + 32)
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    let first = at + length + 1;
    let lm = hash(first)
        || scene
            .bytes
            .get(first..)
            .is_some_and(|rest| rest.starts_with(b"NO PASSWORD"));
    if lm && colon(first + 32) && hash(first + 33) {
        push(scene, scene.engine.index.secret, first + 33..first + 65, out);
        if let Some(name) = line_head(scene, at) {
            push(scene, scene.engine.index.account, name, out);
        }
    } else if length >= 4
        && scene.bytes.get(at.saturating_sub(3)..at) == Some(b":x:")
        && let Some(name) = line_head(scene, at - 2)
    {
        push(scene, scene.engine.index.account, name, out);
    }
}

/// At the bracket of `192.0.2.1 - anna [12/May/2025:08:00:00 +0200]`.
pub(super) fn in_web_log<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let date = scene.bytes.get(at + 1..at + 13).unwrap_or_default();
    let dated = matches!(date, [d, e, b'/', m, _, _, b'/', y, .., b':']
        if d.is_ascii_digit() && e.is_ascii_digit() && m.is_ascii_uppercase() && y.is_ascii_digit());
    if !dated || at < 8 || scene.bytes[at - 1] != b' ' {
        return;
    }
    let floor = at.saturating_sub(64);
    let before = scene.bytes.get(floor..at - 1).unwrap_or_default();
    let Some(space) = before.iter().rposition(|&b| b == b' ') else {
        return;
    };
    let name = floor + space + 1..at - 1;
    if before
        .get(..space)
        .is_some_and(|rest| rest.ends_with(b" -") || rest.contains(&b' '))
        && token::account(scene.text(name.clone()))
    {
        push(scene, scene.engine.index.account, name, out);
    }
}

/// At a word that brings a secret with it: `curl -u anna:secret`, `mysql -psecret`, `{SSHA}…`, `Authorization: Basic …`.
pub(super) fn at_keyword<'a>(scene: &Scene<'_, 'a>, word: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    let line = scene.text(word.end..line_end(scene, word.end));
    let name = scene.text(word.clone()).to_ascii_lowercase();
    let before = scene.text(word.start.saturating_sub(24)..word.start);
    let found = match name.as_str() {
        "sha" | "ssha" | "smd5" | "crypt" | "ssha256" | "ssha512" | "pbkdf2" => {
            return scheme(scene, word, out);
        }
        "basic" if before.to_ascii_lowercase().contains("authorization") => basic(line),
        "curl" => {
            option(line, &["-u", "--user", "--proxy-user", "-U"]).and_then(|range| after_colon(line, range))
        }
        "mysql" | "mysqldump" | "mysqladmin" | "mariadb" => glued(line, "-p"),
        "sshpass" => option(line, &["-p"]).or_else(|| glued(line, "-p")),
        "plink" | "pscp" | "putty" => option(line, &["-pw"]),
        "ldapsearch" | "ldapadd" | "ldapmodify" => option(line, &["-w"]).or_else(|| glued(line, "-w")),
        "psexec" | "xfreerdp" => option(line, &["-p"]).or_else(|| glued(line, "/p:")),
        _ => None,
    };
    if let Some(range) = found
        && line
            .get(range.clone())
            .is_some_and(|secret| token::secret(secret) && !token::dull(secret))
    {
        push(
            scene,
            scene.engine.index.secret,
            word.end + range.start..word.end + range.end,
            out,
        );
    }
}

/// `{SSHA}` and the base64 after it.
fn scheme<'a>(scene: &Scene<'_, 'a>, word: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    let open = word.start.checked_sub(1).filter(|&at| scene.bytes[at] == b'{');
    let Some(open) = open.filter(|_| scene.byte(word.end) == b'}') else {
        return;
    };
    let rest = scene.bytes.get(word.end + 1..).unwrap_or_default();
    let inside = |b: &u8| b.is_ascii_alphanumeric() || matches!(*b, b'+' | b'/' | b'=' | b'.' | b'$');
    let length = rest.iter().take(200).take_while(|b| inside(b)).count();
    if length >= 20 {
        push(scene, scene.engine.index.secret, open..word.end + 1 + length, out);
        listed_account(scene, open, out);
    }
}

/// The base64 of `user:secret`.
fn basic(line: &str) -> Option<Range<usize>> {
    let start = line.len() - line.trim_start_matches([' ', ':', '"', '\'']).len();
    let rest = line.get(start..)?;
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
    let mixed = rest.get(..length)?;
    let fits = length >= 12
        && length % 4 == 0
        && mixed.chars().any(char::is_lowercase)
        && mixed.chars().any(char::is_uppercase);
    fits.then_some(start..start + length)
}

/// The word after one of the options.
fn option(line: &str, options: &[&str]) -> Option<Range<usize>> {
    options.iter().find_map(|option| {
        let at = line.find(&format!(" {option} ")).map(|at| at + option.len() + 2);
        let at = at.or_else(|| line.find(&format!(" {option}=")).map(|at| at + option.len() + 2))?;
        argument(line, at)
    })
}

/// What is glued to an option: `-psecret`.
fn glued(line: &str, option: &str) -> Option<Range<usize>> {
    let at = line.find(&format!(" {option}"))? + option.len() + 1;
    let next = line.get(at..)?.chars().next()?;
    (!next.is_whitespace() && !matches!(next, ':' | '=' | '|' | ',' | '.')).then(|| argument(line, at))?
}

/// The argument at `at`, without its quotation marks.
fn argument(line: &str, at: usize) -> Option<Range<usize>> {
    let rest = line.get(at..)?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let start = at + usize::from(quote.is_some());
    let body = line.get(start..)?;
    let length = match quote {
        Some(quote) => body.find(quote)?,
        None => body
            .find(|c: char| c.is_whitespace() || matches!(c, '`' | '<' | '"'))
            .unwrap_or(body.len()),
    };
    (length >= 3).then_some(start..start + length)
}

fn after_colon(line: &str, range: Range<usize>) -> Option<Range<usize>> {
    let colon = line.get(range.clone())?.find(':')?;
    (colon > 0 && range.start + colon + 3 < range.end).then(|| range.start + colon + 1..range.end)
}
