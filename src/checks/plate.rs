//! Swedish registration plates (Transportstyrelsen): three letters, two digits and a digit or, since 2019, a letter.

/// Whether the six characters are a plate: letters without I, Q, V, Å, Ä and Ö; the last letter is no O either.
pub fn valid(plate: &[u8]) -> bool {
    let [a, b, c, d, e, f] = plate else { return false };
    let last = f.to_ascii_uppercase();
    [a, b, c].into_iter().all(|&l| letter(l))
        && d.is_ascii_digit()
        && e.is_ascii_digit()
        && (f.is_ascii_digit() || letter(last) && last != b'O')
        && !(*d == b'0' && *e == b'0' && *f == b'0')
}

/// Whether plates have this letter.
pub fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() && !matches!(byte.to_ascii_uppercase(), b'I' | b'Q' | b'V')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_plates() {
        for plate in ["ABC123", "ABC12D", "mkr482", "UDZ066"] {
            assert!(valid(plate.as_bytes()), "{plate}");
        }
        for plate in [
            "ABI123", "QBC123", "ABC12O", "ABC1234", "AB1234", "ABC000", "ABC12-",
        ] {
            assert!(!valid(plate.as_bytes()), "{plate}");
        }
    }
}
