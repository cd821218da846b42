//! Payment cards (ISO/IEC 7812): the issuer's beginning, the lengths it gives out, and the Luhn digit.
//!
//! Ranges are those the schemes publish for merchants (Visa, Mastercard, American Express, Diners, JCB, Discover,
//! UnionPay, Maestro).

use super::luhn;

/// Whether the digit values are a card number of a known issuer, with the right length and check digit.
pub fn valid(digits: &[u8]) -> bool {
    issued(digits) && luhn::valid(digits)
}

/// Whether an issuer gives out numbers of this beginning and length.
pub fn issued(digits: &[u8]) -> bool {
    let Some(six) = digits.get(..6) else { return false };
    let six = six.iter().fold(0u32, |sum, &digit| sum * 10 + u32::from(digit));
    let length = digits.len();
    match six {
        340_000..=349_999 | 370_000..=379_999 => length == 15,
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => length == 14,
        352_800..=358_999 => (16..=19).contains(&length),
        400_000..=499_999 => matches!(length, 13 | 16 | 19),
        510_000..=559_999 | 222_100..=272_099 => length == 16,
        601_100..=601_199 | 622_126..=622_925 | 644_000..=659_999 => (16..=19).contains(&length),
        620_000..=629_999 => (16..=19).contains(&length),
        500_000..=509_999
        | 560_000..=589_999
        | 602_200..=602_299
        | 630_400..=630_499
        | 639_000..=639_099
        | 670_000..=679_999 => (13..=19).contains(&length),
        _ => false,
    }
}

/// Numbers the schemes and payment providers publish for tests.
const TESTS: &[u64] = &[
    4_111_111_111_111_111,
    4_012_888_888_881_881,
    4_222_222_222_222,
    4_242_424_242_424_242,
    4_000_000_000_000_002,
    4_000_056_655_665_556,
    4_000_000_000_003_220,
    4_000_002_500_003_155,
    4_917_610_000_000_000,
    4_581_090_000_000_008,
    4_508_750_015_741_019,
    4_444_333_322_221_111,
    4_581_097_032_112_345,
    4_263_982_640_269_299,
    5_555_555_555_554_444,
    5_105_105_105_105_100,
    5_200_828_282_828_210,
    5_454_545_454_545_454,
    5_425_233_430_109_903,
    5_436_031_030_606_378,
    5_431_111_111_111_111,
    2_223_003_122_003_222,
    2_222_420_000_001_113,
    2_223_000_048_410_010,
    2_221_000_000_000_009,
    378_282_246_310_005,
    371_449_635_398_431,
    378_734_493_671_000,
    374_245_455_400_126,
    343_434_343_434_343,
    370_000_000_000_002,
    30_569_309_025_904,
    38_520_000_023_237,
    36_227_206_271_667,
    3_056_930_009_020_004,
    6_011_111_111_111_117,
    6_011_000_990_139_424,
    6_011_000_000_000_004,
    3_530_111_333_300_000,
    3_566_002_020_360_505,
    6_200_000_000_000_005,
    6_759_649_826_438_453,
    6_304_000_000_000_000,
    6_799_990_100_000_000_019,
    5_019_717_010_103_742,
    6_331_101_999_990_016,
];

/// Whether it is a number published for tests.
pub fn is_test(digits: &[u8]) -> bool {
    let number = digits.iter().fold(0u64, |sum, &digit| {
        sum.wrapping_mul(10).wrapping_add(u64::from(digit))
    });
    digits.len() <= 19 && TESTS.contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::digits;

    fn of(text: &str) -> Vec<u8> {
        let (digits, count) = digits::<19>(text.as_bytes()).unwrap();
        digits[..count].to_vec()
    }

    #[test]
    fn published_test_numbers() {
        for number in [
            "4111 1111 1111 1111",
            "5555 5555 5555 4444",
            "3782 822463 10005",
            "2223003122003222",
            "30569309025904",
            "6011111111111117",
            "3530111333300000",
        ] {
            assert!(valid(&of(number)) && is_test(&of(number)), "{number}");
        }
        for number in [
            "4111 1111 1111 1112",
            "1111 1111 1111 1117",
            "4111 1111 1111 111",
            "0000000000000000",
            "9111 1111 1111 1111",
            "4",
        ] {
            assert!(!valid(&of(number)), "{number}");
        }
        assert!(!is_test(&of("4539 1488 0343 6467")) && valid(&of("4539 1488 0343 6467")));
    }
}
