//! Telling values apart without keeping them: a keyed hash over the normalised value.
//!
//! There are only some 46 million personnummer; a hash without a key is reversed in seconds.

use crate::checks::date::Date;
use crate::checks::{personnummer, phone};
use crate::model::Kind;

/// The key of a run.
#[derive(Clone)]
pub struct Key {
    bytes: [u8; 32],
}

impl Key {
    /// A key of this run alone, from the system's source of randomness.
    pub fn random() -> Option<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        Some(Self { bytes })
    }

    /// A key from the content of a key file; `None` when it is shorter than 32 bytes.
    pub fn from_material(material: &[u8]) -> Option<Self> {
        (material.len() >= 32).then(|| Self {
            bytes: blake3::derive_key("datakarta 2026 key file", material),
        })
    }

    /// A short name of the key, to tell whether two inventories were made with the same one; it does not tell
    /// the key.
    pub fn id(&self) -> String {
        let id = blake3::derive_key("datakarta 2026 key id", &self.bytes);
        // Six bytes as one number of twelve hexadecimal digits.
        let number = id
            .iter()
            .take(6)
            .fold(0u64, |number, &byte| number << 8 | u64::from(byte));
        format!("{number:012x}")
    }

    /// The fingerprint of a normalised value of a kind.
    pub fn fingerprint(&self, kind: Kind, normalised: &str) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.bytes);
        // Coordination and personal numbers share one number space, and a person keeps the digits.
        hasher.update(&[if kind == Kind::Samordningsnummer {
            Kind::Personnummer as u8
        } else {
            kind as u8
        }]);
        hasher.update(normalised.as_bytes());
        let mut first = [0u8; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

/// Debug output never shows the key.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

/// Appends the one form that all ways of writing a value share.
pub fn normalise(kind: Kind, value: &str, today: Date, into: &mut String) {
    use std::fmt::Write as _;
    // Where the value as it stands is none, a spreadsheet took its leading zero.
    let restored = || format!("0{value}");
    let written = match kind {
        Kind::Personnummer | Kind::Samordningsnummer => personnummer::parse(value, Some(today))
            .or_else(|| personnummer::parse(&restored(), Some(today)))
            .map(|parsed| write!(into, "{:012}", parsed.normalised())),
        Kind::PhoneNumber | Kind::SwishNumber => phone::parse(value)
            .or_else(|| phone::parse(&restored()))
            .map(|number| write!(into, "+46{}", number.national)),
        _ => None,
    };
    if written.is_none() {
        into.extend(
            value
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, '@' | '.' | '+'))
                .flat_map(char::to_lowercase),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date {
        year: 2026,
        month: 11,
        day: 23,
    };

    fn id(kind: Kind, value: &str) -> u64 {
        let mut text = String::new();
        normalise(kind, value, TODAY, &mut text);
        Key { bytes: [7; 32] }.fingerprint(kind, &text)
    }

    #[test]
    fn one_person_has_one_fingerprint_however_written() {
        let all = [
            "811228-9874",
            "19811228-9874",
            "198112289874",
            "8112289874",
            "811228–9874",
        ];
        assert!(
            all.iter()
                .all(|value| id(Kind::Personnummer, value) == id(Kind::Personnummer, all[0]))
        );
        assert_ne!(
            id(Kind::Personnummer, "811228-9874"),
            id(Kind::Personnummer, "811228+9874")
        );
        assert_eq!(
            id(Kind::Personnummer, "107082393"),
            id(Kind::Personnummer, "010708-2393")
        );
        assert_eq!(
            id(Kind::PhoneNumber, "070-174 06 05"),
            id(Kind::PhoneNumber, "+46 (0)70 174 06 05")
        );
        assert_eq!(
            id(Kind::PhoneNumber, "406280483"),
            id(Kind::PhoneNumber, "040-628 04 83")
        );
        assert_eq!(
            id(Kind::EmailAddress, "Bo.Ek@Example.SE"),
            id(Kind::EmailAddress, "bo.ek@example.se")
        );
    }

    #[test]
    fn another_key_gives_another_fingerprint() {
        let one = Key::from_material(&[1; 32]).unwrap();
        let two = Key::from_material(&[2; 32]).unwrap();
        assert_ne!(one.fingerprint(Kind::Name, "a"), two.fingerprint(Kind::Name, "a"));
        assert_ne!(one.id(), two.id());
        assert!(Key::from_material(&[1; 31]).is_none());
    }
}
