//! Bankgiro and plusgiro numbers: their lengths and the Luhn digit at their end (Bankgirot: "10-modulen";
//! Nordea: Plusgirot, technical manual).

use super::luhn;

/// Whether the digit values can be a bankgiro number: seven or eight digits, the first not zero, Luhn digit right.
pub fn bankgiro(digits: &[u8]) -> bool {
    matches!(digits.len(), 7 | 8) && plausible(digits)
}

/// Whether the digit values can be a plusgiro number: two to eight digits, the first not zero, Luhn digit right.
pub fn plusgiro(digits: &[u8]) -> bool {
    (2..=8).contains(&digits.len()) && plausible(digits)
}

fn plausible(digits: &[u8]) -> bool {
    digits.first().is_some_and(|&first| first != 0)
        && digits.iter().any(|digit| Some(digit) != digits.first())
        && luhn::valid(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::digits;

    fn of(text: &str) -> Vec<u8> {
        let (digits, count) = digits::<8>(text.as_bytes()).unwrap();
        digits[..count].to_vec()
    }

    #[test]
    fn published_numbers() {
        assert!(bankgiro(&of("5402-9681")) && bankgiro(&of("991-2346")));
        assert!(plusgiro(&of("28 65 43-4")));
        assert!(!bankgiro(&of("5402-9682")) && !bankgiro(&of("0402-9681")) && !bankgiro(&of("28 65 43")));
        assert!(!plusgiro(&of("28 65 43-5")) && !plusgiro(&of("0")) && !plusgiro(&of("0000")));
    }
}
