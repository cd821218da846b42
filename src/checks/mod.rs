//! Pure validators: given digits or text, do they obey the published rules? No I/O, no context, no verdict.
//!
//! A passing check is one witness among others; what it is worth is decided in `classify`.

pub mod account;
pub mod card;
pub mod date;
pub mod day;
pub mod email;
pub mod giro;
pub mod iban;
pub mod imei;
pub mod ip;
pub mod luhn;
pub mod mac;
pub mod mrz;
pub mod names;
pub mod ocr;
pub mod orgnr;
pub mod personnummer;
pub mod phone;
pub mod plate;
pub mod postcode;
pub mod property;

/// The digits of `text`, without anything between them, into a fixed array; `None` when there are more than `N`.
///
/// Returns the array and how many digits it holds. Values are 0 to 9.
pub fn digits<const N: usize>(text: &[u8]) -> Option<([u8; N], usize)> {
    let mut found = [0u8; N];
    let mut count = 0;
    for &byte in text {
        if byte.is_ascii_digit() {
            *found.get_mut(count)? = byte - b'0';
            count += 1;
        }
    }
    Some((found, count))
}

/// A check that a rule can name in its `check` field.
pub fn by_name(name: &str) -> Option<fn(&str) -> bool> {
    Some(match name {
        "luhn" => |text| digits::<32>(text.as_bytes()).is_some_and(|(d, n)| n > 1 && luhn::valid(&d[..n])),
        "personnummer" => |text| personnummer::parse(text, None).is_some_and(|p| p.is_valid()),
        "interim" => |text| personnummer::parse_interim(text),
        "organisationsnummer" => |text| orgnr::valid(text),
        "phone" => |text| phone::parse(text).is_some(),
        "email" => |text| email::known_tld(text.rsplit('@').next().unwrap_or_default()),
        "bankgiro" => |text| with_digits(text, giro::bankgiro),
        "plusgiro" => |text| with_digits(text, giro::plusgiro),
        "card" => |text| with_digits(text, card::valid),
        "ocr" => |text| with_digits(text, ocr::valid),
        "imei" => |text| with_digits(text, imei::valid),
        "iccid" => |text| with_digits(text, imei::valid_sim),
        "iban" => |text| iban::valid(text.replace([' ', '-'], "").as_bytes()),
        "plate" => |text| plate::valid(text.replace(' ', "").as_bytes()),
        "mixed" => mixed,
        "account" => account,
        _ => return None,
    })
}

fn with_digits(text: &str, valid: fn(&[u8]) -> bool) -> bool {
    digits::<32>(text.as_bytes()).is_some_and(|(d, n)| valid(&d[..n]))
}

/// The name of an account: letters, and what joins them, and no number.
fn account(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && text.starts_with(|c: char| c.is_alphanumeric())
}

/// Letters and digits, eight characters at least, and not the form of a passport's number: a key and no word.
fn mixed(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let passport = text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    text.chars().count() >= 8 && digits > 0 && letters > 1 && !passport
}

/// Names of the checks, for error messages.
pub const NAMES: &[&str] = &[
    "luhn",
    "personnummer",
    "interim",
    "organisationsnummer",
    "phone",
    "email",
    "bankgiro",
    "plusgiro",
    "card",
    "ocr",
    "imei",
    "iccid",
    "iban",
    "plate",
    "mixed",
    "account",
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_named_check_exists() {
        for name in super::NAMES {
            assert!(super::by_name(name).is_some(), "{name}");
        }
        assert!(super::by_name("nope").is_none());
    }
}
