//! Swedish registration plates (Transportstyrelsen): three letters, two digits and a digit or, since 2019, a letter.

/// Whether the six characters are a plate: letters without I, Q, V, Å, Ä and Ö; the last letter is no O either.
pub fn valid(plate: &[u8]) -> bool {
    let Some((&[first, second, third], &[tens, ones, last])) = plate
        .split_first_chunk::<3>()
        .and_then(|(letters, rest)| Some((letters, <&[u8; 3]>::try_from(rest).ok()?)))
    else {
        return false;
    };
    [first, second, third].into_iter().all(letter)
        && tens.is_ascii_digit()
        && ones.is_ascii_digit()
        && (last.is_ascii_digit() || letter(last) && !last.eq_ignore_ascii_case(&b'O'))
        && [tens, ones, last] != *b"000"
}

/// Whether plates have this letter.
pub fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() && !matches!(byte.to_ascii_uppercase(), b'I' | b'Q' | b'V')
}

/// Three letters that stand before three digits as something else: makes of cars, currencies, standards, airlines.
const ABBREVIATIONS: &[&[u8; 3]] = &[
    b"BMW", b"MAN", b"DAF", b"KTM", b"SEK", b"EUR", b"USD", b"GBP", b"NOK", b"DKK", b"CHF", b"EAN", b"SKU",
    b"RAL", b"ART", b"TEL", b"FAX", b"BOX", b"KAP", b"SAS", b"DHL", b"UPS", b"REF", b"REG", b"LOT", b"ROT",
    b"RUT", b"MAX", b"AVG", b"SUM", b"TOT", b"ANT", b"ORG", b"JAN", b"FEB", b"MAR", b"APR", b"MAJ", b"JUN",
    b"JUL", b"AUG", b"SEP", b"OKT", b"DEC", b"ERR", b"LED", b"USB", b"CPU", b"GPS", b"PER", b"RUM", b"SAL",
    b"PLU", b"NRS", b"FOR", b"THE", b"AND", b"OCH", b"PCS", b"ROW", b"TAB", b"PSA", b"ABB", b"SKF",
];

/// Whether the first three characters usually are an abbreviation of something else.
pub fn is_abbreviation(plate: &[u8]) -> bool {
    ABBREVIATIONS.iter().any(|known| {
        plate
            .get(..3)
            .is_some_and(|three| three.eq_ignore_ascii_case(*known))
    })
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
        assert!(is_abbreviation(b"BMW320") && !is_abbreviation(b"MKR482"));
    }
}
