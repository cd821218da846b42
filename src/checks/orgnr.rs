//! Organisation numbers (law 1974:174; Skatteverket SKV 709) and Swedish VAT numbers.

use super::luhn;

/// Whether `text` holds the ten digits of a legal person's organisation number: third digit 2 or more, Luhn digit
/// right. Twelve digits with the prefix `16` (Skatteverket) or `00` (Bankgirot) are taken too.
pub fn valid(text: &str) -> bool {
    let Some((d, n)) = super::digits::<12>(text.as_bytes()) else {
        return false;
    };
    match n {
        10 => valid_ten(&d[..10]),
        12 => matches!((d[0], d[1]), (1, 6) | (0, 0)) && valid_ten(&d[2..12]),
        _ => false,
    }
}

/// The same for ten digit values. First digit 1 (estates), 2 (state, municipalities), 3 (foreign), 5 (limited
/// companies), 6 (simple partnerships), 7 (economic associations), 8 (non-profit), 9 (partnerships).
pub fn valid_ten(d: &[u8]) -> bool {
    d.len() == 10 && d[2] >= 2 && !matches!(d[0], 0 | 4) && luhn::valid(d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_persons_and_others() {
        for text in [
            "556624-1674",
            "212000-0142",
            "5566241674",
            "165566241674",
            "005566241674",
        ] {
            assert!(valid(text), "{text}");
        }
        for text in [
            "811228-9874",
            "556624-1675",
            "056624-1674",
            "195566241674",
            "55662416745",
        ] {
            assert!(!valid(text), "{text}");
        }
    }
}
