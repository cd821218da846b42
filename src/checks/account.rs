//! Swedish bank accounts: clearing numbers, lengths and check digits.
//!
//! Source: Bankgirot, "Bankernas kontonummer och clearingnummer" (BG910, the account number structures of the
//! banks). Type 1 accounts have seven digits and a check digit of modulus 11, over the last three digits of the
//! clearing number (1A) or all four (1B); type 2 accounts stand for themselves.

use super::luhn;

/// How the check digit of a bank's accounts is reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Structure {
    /// Seven digits, modulus 11 with the last three digits of the clearing number.
    Type1A,
    /// Seven digits, modulus 11 with all four digits of the clearing number.
    Type1B,
    /// Ten digits, Luhn.
    Ten,
    /// Nine digits (eight in older accounts), modulus 11.
    Nine,
    /// Up to ten digits, Luhn; a five-digit clearing number ends in a Luhn digit of its own (Swedbank).
    Savings,
    /// Two to ten digits, Luhn (Plusgirot).
    Giro,
    /// Seven digits; how they are checked is not published here.
    Seven,
}

use Structure::{Giro, Nine, Savings, Seven, Ten, Type1A, Type1B};

/// First and last clearing number of each range, in order, and the structure of its accounts.
const RANGES: &[(u16, u16, Structure)] = &[
    (1100, 1199, Type1A),  // Nordea
    (1200, 1399, Type1A),  // Danske Bank
    (1400, 2099, Type1A),  // Nordea
    (2300, 2399, Type1B),  // Ålandsbanken
    (2400, 2499, Type1A),  // Danske Bank
    (3000, 3299, Type1A),  // Nordea
    (3300, 3300, Ten),     // Nordea, personal accounts: the owner's personnummer
    (3301, 3399, Type1A),  // Nordea
    (3400, 3409, Type1A),  // Länsförsäkringar Bank
    (3410, 3781, Type1A),  // Nordea
    (3782, 3782, Ten),     // Nordea, personal accounts
    (3783, 3999, Type1A),  // Nordea
    (4000, 4999, Type1B),  // Nordea
    (5000, 5999, Type1A),  // SEB
    (6000, 6999, Nine),    // Handelsbanken
    (7000, 7999, Type1A),  // Swedbank
    (8000, 8999, Savings), // Swedbank and savings banks
    (9020, 9029, Type1B),  // Länsförsäkringar Bank
    (9040, 9049, Type1B),  // Citibank
    (9060, 9069, Type1A),  // Länsförsäkringar Bank
    (9070, 9079, Type1A),  // Multitude Bank
    (9100, 9109, Type1B),  // Nordnet Bank
    (9120, 9124, Type1A),  // SEB
    (9130, 9149, Type1A),  // SEB
    (9150, 9169, Type1B),  // Skandiabanken
    (9170, 9179, Type1A),  // Ikano Bank
    (9180, 9189, Ten),     // Danske Bank
    (9190, 9199, Type1B),  // DNB Bank
    (9230, 9239, Type1A),  // Marginalen Bank
    (9250, 9259, Type1A),  // SBAB
    (9260, 9269, Type1B),  // DNB Bank
    (9270, 9279, Type1A),  // ICA Banken
    (9280, 9289, Type1A),  // Resurs Bank
    (9300, 9349, Ten),     // Swedbank (formerly Sparbanken Öresund)
    (9390, 9399, Type1B),  // Landshypotek
    (9400, 9449, Type1A),  // Forex Bank
    (9460, 9469, Type1A),  // Santander Consumer Bank
    (9470, 9479, Type1B),  // BNP Paribas
    (9500, 9549, Giro),    // Nordea, Plusgirot
    (9550, 9569, Type1B),  // Avanza Bank
    (9570, 9579, Ten),     // Sparbanken Syd
    (9580, 9589, Type1A),  // Aion Bank
    (9590, 9599, Type1B),  // Erik Penser Bank
    (9610, 9619, Seven),   // Volvofinans Bank
    (9630, 9639, Type1A),  // Lån & Spar Bank
    (9640, 9649, Type1B),  // Nordax Bank
    (9650, 9659, Type1B),  // MedMera Bank
    (9660, 9669, Type1B),  // Svea Bank
    (9670, 9679, Type1B),  // JAK Medlemsbank
    (9680, 9689, Type1A),  // Bluestep Finans
    (9700, 9709, Type1B),  // Ekobanken
    (9710, 9719, Type1B),  // Lunar Bank
    (9750, 9759, Type1B),  // Northmill Bank
    (9780, 9789, Type1B),  // Klarna Bank
    (9880, 9889, Type1B),  // Riksgälden
    (9890, 9899, Ten),     // Riksgälden
    (9960, 9969, Giro),    // Nordea, Plusgirot
];

/// What the check of an account says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The length fits and the check digit is right.
    Right,
    /// The length fits, and the bank's accounts have no published check digit.
    Unchecked,
    /// The length or the check digit is wrong.
    Wrong,
}

/// How accounts of the bank with this clearing number (its first four digits) are built.
pub fn structure(clearing: u16) -> Option<Structure> {
    let at = RANGES.partition_point(|&(_, last, _)| last < clearing);
    RANGES
        .get(at)
        .filter(|&&(first, ..)| first <= clearing)
        .map(|&(.., structure)| structure)
}

/// Whether a fifth digit belongs to a clearing number: Swedbank's own check digit, Luhn over all five.
pub fn fifth_digit(clearing: u16, fifth: u8) -> bool {
    let four = digits_of(clearing);
    (8000..9000).contains(&clearing) && luhn::valid(&[four[0], four[1], four[2], four[3], fifth])
}

/// Checks an account number (digit values, without its clearing number).
pub fn check(clearing: u16, number: &[u8]) -> Verdict {
    let Some(structure) = structure(clearing) else {
        return Verdict::Wrong;
    };
    if number.iter().all(|&digit| digit == 0) {
        return Verdict::Wrong;
    }
    let [a, b, c, d] = digits_of(clearing);
    let right = match (structure, number.len()) {
        (Structure::Type1A, 7) => eleven([b, c, d].iter().chain(number)),
        (Structure::Type1B, 7) => eleven([a, b, c, d].iter().chain(number)),
        (Structure::Ten, 10) => luhn::valid(number),
        (Structure::Nine, 8 | 9) => eleven(number.iter()),
        (Structure::Savings, 6..=10) => luhn::valid(number),
        (Structure::Giro, 5..=10) => luhn::valid(number),
        (Structure::Seven, 7) => return Verdict::Unchecked,
        _ => false,
    };
    if right { Verdict::Right } else { Verdict::Wrong }
}

fn digits_of(clearing: u16) -> [u8; 4] {
    [1000, 100, 10, 1].map(|place| (clearing / place % 10) as u8)
}

/// Modulus 11 with the weights 1, 2 … 10, 1 from the right.
fn eleven<'d>(digits: impl DoubleEndedIterator<Item = &'d u8>) -> bool {
    digits
        .rev()
        .enumerate()
        .map(|(place, &digit)| u32::from(digit) * (place as u32 % 10 + 1))
        .sum::<u32>()
        .is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::digits;

    fn verdict(clearing: u16, number: &str) -> Verdict {
        let (digits, count) = digits::<12>(number.as_bytes()).unwrap();
        check(clearing, &digits[..count])
    }

    #[test]
    fn published_accounts() {
        for (clearing, number) in [
            (1200, "1111126"),
            (9100, "1111135"),
            (6000, "301 286 698"),
            (8214, "923 472 612-4"),
            (3300, "811228-9874"),
        ] {
            assert_eq!(verdict(clearing, number), Verdict::Right, "{clearing} {number}");
        }
        for (clearing, number) in [
            (1200, "1111127"),
            (1200, "11111260"),
            (6000, "301 286 699"),
            (2200, "1111126"),
            (8214, "923 472 612-5"),
            (5000, "0000000"),
        ] {
            assert_eq!(verdict(clearing, number), Verdict::Wrong, "{clearing} {number}");
        }
        assert_eq!(verdict(9610, "1234567"), Verdict::Unchecked);
    }

    #[test]
    fn swedbanks_fifth_digit_is_a_luhn_digit() {
        assert!(fifth_digit(8214, 9));
        assert!(!fifth_digit(8214, 8) && !fifth_digit(6214, 9));
    }

    #[test]
    fn the_ranges_are_in_order_and_do_not_overlap() {
        assert!(RANGES.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(structure(9999).is_none() && structure(1000).is_none() && structure(2200).is_none());
        assert_eq!(structure(9969), Some(Structure::Giro));
    }
}
