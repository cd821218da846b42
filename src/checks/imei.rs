//! Numbers of mobile equipment and of SIM cards (3GPP TS 23.003, ITU-T E.118): lengths, beginnings, Luhn digit.

use super::luhn;

/// Whether the digit values are an IMEI: fifteen digits, Luhn digit right, not all alike.
pub fn valid(digits: &[u8]) -> bool {
    digits.len() == 15 && digits.iter().any(|digit| *digit != digits[0]) && luhn::valid(digits)
}

/// Whether the first two digits are a body that gives out numbers of equipment: nearly all devices have one of them.
pub fn known_body(digits: &[u8]) -> bool {
    let two = digits.first().copied().unwrap_or(0) * 10 + digits.get(1).copied().unwrap_or(0);
    matches!(two, 1 | 10 | 30 | 33 | 35 | 44 | 45 | 49..=54 | 86 | 91 | 98 | 99)
}

/// Whether the digit values are the number of a SIM card: `89`, nineteen or twenty digits, Luhn digit right.
pub fn valid_sim(digits: &[u8]) -> bool {
    matches!(digits, [8, 9, ..]) && matches!(digits.len(), 19 | 20) && luhn::valid(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{digits, luhn};

    fn of(text: &str) -> Vec<u8> {
        let (digits, count) = digits::<20>(text.as_bytes()).unwrap();
        digits[..count].to_vec()
    }

    #[test]
    fn equipment_and_cards() {
        assert!(valid(&of("49-015420-323751-8")) && known_body(&of("490154203237518")));
        assert!(!valid(&of("490154203237519")) && !valid(&of("000000000000000")));
        let mut card = of("894607012345678901");
        card.push(luhn::check_digit(&card));
        assert!(valid_sim(&card));
        card[18] = (card[18] + 1) % 10;
        assert!(!valid_sim(&card) && !valid_sim(&of("8946070123")));
    }
}
