//! The Luhn check digit (ISO/IEC 7812-1 annex B), used by Swedish identity, organisation and payment numbers.

/// Whether the last of `digits` (values 0 to 9) is the right check digit of those before it.
pub fn valid(digits: &[u8]) -> bool {
    sum(digits).is_multiple_of(10)
}

fn sum(digits: &[u8]) -> u32 {
    digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| {
            let value = u32::from(digit) << (place & 1);
            if value > 9 { value - 9 } else { value }
        })
        .sum()
}

/// The check digit that belongs after `digits`.
pub fn check_digit(digits: &[u8]) -> u8 {
    let mut total = 0;
    for (place, &digit) in digits.iter().rev().enumerate() {
        let value = u32::from(digit) << (1 - (place & 1));
        total += if value > 9 { value - 9 } else { value };
    }
    ((10 - total % 10) % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        assert_eq!(check_digit(&[8, 1, 1, 2, 2, 8, 9, 8, 7]), 4);
        assert!(valid(&[8, 1, 1, 2, 2, 8, 9, 8, 7, 4]));
        assert!(!valid(&[8, 1, 1, 2, 2, 8, 9, 8, 7, 5]));
        assert!(valid(&[4, 9, 0, 1, 5, 4, 2, 0, 3, 2, 3, 7, 5, 1, 8]));
    }

    proptest::proptest! {
        #[test]
        fn exactly_one_digit_fits(digits in proptest::collection::vec(0u8..10, 1..20)) {
            let fitting: Vec<u8> = (0..10).filter(|&c| {
                let mut all = digits.clone();
                all.push(c);
                valid(&all)
            }).collect();
            proptest::prop_assert_eq!(fitting, vec![check_digit(&digits)]);
        }
    }
}
