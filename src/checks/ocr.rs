//! OCR references of payments (Bankgirot: "OCR-referenskontroll"): the last digit is a Luhn digit, and the one
//! before it may tell the length.

use super::luhn;

/// Whether the digit values can be a reference: 2 to 25 digits, Luhn digit right.
pub fn valid(digits: &[u8]) -> bool {
    (2..=25).contains(&digits.len()) && digits.iter().any(|&digit| digit != 0) && luhn::valid(digits)
}

/// Whether the second last digit is the last digit of the length.
pub fn tells_length(digits: &[u8]) -> bool {
    let count = digits.len();
    count >= 3
        && digits
            .get(count - 2)
            .is_some_and(|&digit| usize::from(digit) == count % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        assert!(valid(&[1, 2, 3, 0]) && valid(&[1, 2, 3, 5, 1]) && valid(&[1, 2, 3, 0, 6, 7]));
        assert!(
            tells_length(&[1, 2, 3, 5, 1])
                && !tells_length(&[1, 2, 3, 0])
                && tells_length(&[1, 2, 3, 0, 6, 7])
        );
        assert!(!valid(&[1, 2, 3, 1]) && !valid(&[0, 0, 0]) && !valid(&[1]) && !valid(&[1; 26]));
    }
}
