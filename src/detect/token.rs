//! What secrets, codes and names of accounts look like, and what stands where one would and is none.

use super::value::placeholder;
use crate::rules::Shape;

/// Whether the text of a whole cell is one.
pub(super) fn cell(text: &str, shape: Shape) -> bool {
    let one = !text.contains(char::is_whitespace);
    match shape {
        Shape::Pin => pin(text),
        Shape::Login => one && account(text) && (!capitalised(text) || text.contains(['.', '-', '_'])),
        _ => one && secret(text) && !dated(text) && text.len() >= 4,
    }
}

/// How much of a text is left when what ends a sentence is cut off.
pub(super) fn trimmed(text: &str) -> usize {
    let mut body = text.trim_end_matches(['.', ',', ';', '"', '\'']);
    for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
        while body.ends_with(close) && !body.contains(open) {
            body = body.get(..body.len() - 1).unwrap_or_default();
        }
    }
    body.len()
}

/// One token that is no placeholder, no type, no call and no reference to where the secret is.
pub(super) fn secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    let only = |marks: &[u8]| bytes.iter().all(|b| marks.contains(b));
    (3..=160).contains(&text.len())
        && !text.contains(char::is_whitespace)
        && (!placeholder(text) || crypt(text))
        && !only(b"*xX.-_#?+=/\\~:;,")
        && !text.contains("***")
        && !text.contains(['•', '●', '…', '<', '>'])
        && !boolean(text)
        && !meant(text)
        && !refers(text)
        && !address(text)
}

/// `$6$…`, `{SSHA}…`: a hash and no variable.
fn crypt(text: &str) -> bool {
    text.starts_with('$') && text.matches('$').count() >= 3
        || text.starts_with('{') && text.contains('}') && text.len() > 20
}

/// A variable, a call, a path, a format: where the secret is, and not what it is.
fn refers(text: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':');
    let called = text.find(['(', '[']).is_some_and(|open| {
        let head = text.get(..open).unwrap_or_default();
        head.chars().all(name)
            && head.chars().any(char::is_alphabetic)
            && !head.chars().any(|c| c.is_ascii_digit())
    });
    let variable = text.starts_with(['$', '%', '@', '&'])
        && text
            .chars()
            .skip(1)
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '%' | '.' | ':'));
    let path = text.starts_with(['/', '~']) && text.matches('/').count() >= 1
        || text.starts_with("./")
        || text.starts_with("../")
        || text.contains("://")
        || text.matches('/').count() >= 3 && !text.ends_with('=');
    let dots = text.matches('.').count() + text.matches("->").count() + text.matches("::").count();
    let members = dots >= 1
        && text.split(['.', ':', '>', '-']).all(|part| {
            part.is_empty() || part.chars().all(|c| c.is_alphabetic() || c == '_') && part.len() > 1
        });
    let format = [
        "%s", "%d", "{}", "{0}", "%(", "{{", "\\n", "\\w", "[^", "\\u", "\\x", "@entry", "${", "#{", "<%",
    ]
    .iter()
    .any(|sign| text.contains(sign));
    !crypt(text) && (called || variable || path || members || format)
}

/// E-mail addresses and dates stand under labels of others, too.
fn address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        local.len() > 1 && domain.contains('.') && !domain.ends_with(['!', '?'])
    })
}

/// `2024-02-28`, `2024-02-28T10:00`.
pub(super) fn dated(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8
        && bytes
            .get(..4)
            .is_some_and(|year| year.iter().all(u8::is_ascii_digit))
        && matches!(bytes.get(4), Some(b'-' | b'/' | b'.'))
        && bytes
            .get(5..7)
            .is_some_and(|month| month.iter().all(u8::is_ascii_digit))
}

fn boolean(word: &str) -> bool {
    ["true", "false", "ja", "nej", "yes", "no", "on", "off"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Words that speak of secrets: put together of nothing else, a value is one that says "here stands the password".
const META: &str = "\
    my your the a an new old current db user username test testing secret secrets password passwords \
    passwd pass pwd pw psw passphrase passcode login here example sample dummy fake some any this that \
    is not real very super top key token value string str changeme changeit change me replace insert \
    enter foo bar baz qux foobar abc xyz default null invalid wrong bad correct incorrect plain \
    plaintext text cleartext hash hashed encrypted api apikey access client auth bearer private public \
    hidden redacted removed masked placeholder todo lösenord lösen losenord ditt mitt nytt gammalt skriv \
    ange här int integer bytes byte char varchar number numeric bool boolean object array none undefined \
    required optional obligatoriskt obligatorisk valfritt krävs saknas missing empty self args config \
    env input getpass request prompt file files stdin compat systemd minst minimum maximum or and of in \
    to for with see se if when it type field name option only all also mandatory confirm confirmation \
    repeat again reset forgot forgotten glömt glömd visa dölj show hide basic digest ssl tls utf sha md \
    bcrypt scrypt argon crypt algorithm salt protected expired disabled enabled locked unknown okänt \
    anges hemlig separat brev bifogas skickas sms something whatever anything everything nothing \
    mysecret mypassword yourpassword letmein opensesame sesame swordfish certificate kerberos ldap pam \
    nis publickey utan inget ingen ja nej fel rätt ändrat bytt utgånget spärrat låst aktiv kennwort \
    passwort contraseña senha parola wachtwoord hasło salasana heslo parole clave adgangskode passord \
    kodeord lozinka slaptažodis parool jelszó geslo şifre motdepasse пароль mot passe credential \
    credentials";

fn in_list(word: &str, list: &str) -> bool {
    let lower = word.to_lowercase();
    list.split_ascii_whitespace().any(|known| known == lower)
}

/// Whether a value is put together of words that speak of secrets: `password`, `your_password_here`.
pub(super) fn meant(text: &str) -> bool {
    parts(text).all(|part| in_list(part, META))
}

/// What tests and manuals call secrets: the same with numbers behind, or three letters.
pub(super) fn dull(text: &str) -> bool {
    let stripped = |part: &str| part.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    text.len() < 4
        || parts(text).all(|part| {
            let head = part.get(..stripped(part)).unwrap_or_default();
            head.is_empty() || head.len() == 1 || in_list(head, META)
        })
        || text
            .chars()
            .all(|c| c.is_lowercase() || matches!(c, '_' | '-' | '.'))
            && text.contains(['_', '-', '.'])
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
}

/// Letters and digits, or letters and marks, and not the name of an algorithm.
pub(super) fn strong(text: &str) -> bool {
    let letter = text.chars().any(char::is_alphabetic);
    let digit = with_digit(text);
    text.chars().count() >= 5 && letter && (digit || inner_mark(text)) && !algorithm(text) && !dated(text)
}

/// A mark that no name in a program has, within the word.
pub(super) fn marked(text: &str) -> bool {
    text.contains(['!', '#', '%', '?', '+', '$', '&', '@', '^', '='])
        && text.chars().any(char::is_alphanumeric)
}

fn inner_mark(text: &str) -> bool {
    let inner = text.trim_matches(|c: char| !c.is_alphanumeric());
    inner.contains(['!', '#', '%', '?', '+', '$', '&', '@', '^', '*', '='])
        || text.ends_with(['!', '#', '$', '%', '&'])
}

pub(super) fn with_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// `sha256`, `utf-8`, `128-bit`, `RFC2307`, `v1.2`: no secrets, though they hold letters and digits.
fn algorithm(text: &str) -> bool {
    const NAMES: &str = "\
        sha sha1 sha2 sha3 sha224 sha256 sha384 sha512 md4 md5 base64 base32 utf8 utf oauth2 oauth x509 \
        pbkdf2 argon2 argon2id argon2i 2fa ipv4 ipv6 http2 aes aes128 aes256 rc4 des 3des rfc iso latin1 \
        ascii mschapv2 mschap ntlm ntlmv2 wpa2 wpa3 pkcs pkcs11 pkcs12 pkcs8 tls1 ssl3 crypt3 bit bits \
        byte char characters tecken krb5 kerberos5 smtp pop3 imap4 ldap3 vigenere chapter";
    let lower = text.to_lowercase();
    let first = lower
        .split(['-', '_', '/', '.', ':', '('])
        .next()
        .unwrap_or_default();
    let letters = first.trim_start_matches('v');
    let version = !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_digit());
    in_list(first, NAMES)
        || version
            && lower
                .split(['-', '_', '.'])
                .skip(1)
                .any(|part| in_list(part, NAMES))
        || version
            && lower
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'v' | b'.' | b'-'))
}

/// A capital and then small letters only: a word of a menu, a name.
pub(super) fn capitalised(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.all(|c| c.is_lowercase() || c == '-')
}

/// Four to eight digits, or twice four; a card's three.
pub(super) fn pin(text: &str) -> bool {
    let same = |text: &str| text.bytes().all(|b| b == b'0');
    (3..=8).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && !(same(text) && text.len() < 4)
}

/// The accounts of systems and of manuals, which are nobody's, and what is said instead of a name.
const NOBODY: &str = "\
    root www-data nobody daemon postgres mysql nginx apache node system sys bin sshd systemd redis git \
    mail postfix ubuntu debian vagrant docker jenkins nologin user username users login test tester \
    testuser foo bar baz alice bob carol example demo anonymous someone me myuser youruser octocat name \
    password passwd string str int integer number text varchar char object array bool boolean uuid none \
    null undefined unknown okänd required optional obligatoriskt krävs saknas missing active inactive \
    aktiv inaktiv spärrad låst locked enabled disabled deleted borttagen ok success succeeded failed \
    failure error denied page form button required self this request args config env input new default \
    current all any alla in to for the a an and or with as is se via med på har till id type role group \
    email e-post mail host local remote public private true false yes no ja nej on off session sessions \
    account accounts system_u service networkservice localservice saml oauth ldap sso bankid token \
    cannot must may should can not already exists invalid taken field lösenord användarnamn användare är \
    ska som av för inte finns anges visas eller och kan får måste pass abc xyz ditto likewise usage \
    option options switch rewrite specified added removed deprecated defined documented mandatory nodejs \
    length value fix fixed changed updated see now standard gäst nytt ditt mitt hans hennes samma \
    separat daily weekly only";

/// The name of an account: letters, and digits and marks between them.
pub(super) fn account(text: &str) -> bool {
    let (domain, name) = text.rsplit_once('\\').unwrap_or(("", text));
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let edges =
        name.starts_with(|c: char| c.is_alphanumeric()) && name.ends_with(|c: char| c.is_alphanumeric());
    (2..=40).contains(&name.len())
        && (letters >= 2 || letters == 1 && name.len() >= 4)
        && name.chars().all(fits)
        && domain.trim_end_matches('\\').chars().all(fits)
        && edges
        && !in_list(name, NOBODY)
        && !boolean(name)
        && !hexadecimal(name)
        && !file(name)
        && !dated(name)
        && !algorithm(name)
        && !name.ends_with("_t")
        && !name.starts_with("0x")
        && name.matches('-').count() < 4
}

/// A hash, a UUID, a number of a session.
fn hexadecimal(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.len() >= 12 && digits >= 4 && name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// `login.php`, `user.name`, `www.example.org`.
fn file(name: &str) -> bool {
    const ENDS: &str = "\
        .php .html .htm .js .ts .py .rs .conf .cfg .ini .txt .xml .json .yml .yaml .toml .md .sh .exe \
        .dll .db .sql .log .name .id .com .org .net .se .login .email .username .user .local";
    let lower = name.to_lowercase();
    [
        "www.",
        "options.",
        "self.",
        "args.",
        "config.",
        "settings.",
        "os.",
        "this.",
    ]
    .iter()
    .any(|start| lower.starts_with(start))
        || ENDS.split_ascii_whitespace().any(|end| lower.ends_with(end))
}

/// Endings of ordinary words.
pub(super) fn inflected(text: &str) -> bool {
    [
        "s", "ar", "er", "ade", "ades", "en", "et", "ing", "tion", "ed", "ly", "lig", "ligt", "ande",
    ]
    .iter()
    .any(|end| text.ends_with(end))
}
