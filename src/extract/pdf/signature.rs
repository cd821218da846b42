//! Who signed: the names in the certificates of a digital signature.
//!
//! The certificate of a person holds the name and, in Sweden, the personal identity number. It lies in the signature as
//! DER; the few attributes that are wanted are found by their identifiers, without reading all of its structure.

use memchr::memmem;

/// Attributes of one signature that are told.
const MAX_ATTRIBUTES: usize = 64;
/// `2.5.4`, the attributes of a directory, as an identifier of three bytes.
const DIRECTORY: &[u8] = &[0x06, 0x03, 0x55, 0x04];
/// `1.2.840.113549.1.9.1`, an e-mail address.
const EMAIL: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01];
/// Common name, surname, serial number, given name.
const NAMES: [u8; 4] = [3, 4, 5, 42];

/// Names, serial numbers and e-mail addresses in a signature, each once.
pub(super) fn names(der: &[u8]) -> Vec<String> {
    let directory = memmem::find_iter(der, DIRECTORY)
        .filter(|at| {
            der.get(at + DIRECTORY.len())
                .is_some_and(|kind| NAMES.contains(kind))
        })
        .map(|at| at + DIRECTORY.len() + 1);
    let email = memmem::find_iter(der, EMAIL).map(|at| at + EMAIL.len());
    let mut found: Vec<String> = Vec::new();
    for at in directory.chain(email) {
        let value = der.get(at..).and_then(value);
        if found.len() < MAX_ATTRIBUTES
            && let Some(value) = value.filter(|value| !found.contains(value))
        {
            found.push(value);
        }
    }
    found
}

/// The string that begins here: tag, length, bytes.
fn value(der: &[u8]) -> Option<String> {
    let (tag, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let bytes = rest.get(..usize::from(*length)).filter(|_| *length < 0x80)?;
    let text = match tag {
        // UTF-8, printable, IA5.
        0x0C | 0x13 | 0x16 => std::str::from_utf8(bytes).ok()?.to_string(),
        0x14 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        0x1E => encoding_rs::UTF_16BE
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
        _ => return None,
    };
    let clean = !text.trim().is_empty() && !text.chars().any(char::is_control);
    clean.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_certificate_is_found() {
        let mut der = vec![0x30, 0x82, 0, 0];
        for (kind, tag, text) in [
            (3_u8, 0x0C, "Eva Åtest"),
            (5, 0x13, "198112289874"),
            (6, 0x13, "SE"),
        ] {
            der.extend_from_slice(DIRECTORY);
            der.extend_from_slice(&[kind, tag, text.len() as u8]);
            der.extend_from_slice(text.as_bytes());
        }
        der.extend_from_slice(EMAIL);
        der.extend_from_slice(b"\x16\x0Eeva@example.se");
        der.extend_from_slice(DIRECTORY);
        assert_eq!(names(&der), ["Eva Åtest", "198112289874", "eva@example.se"]);
    }
}
