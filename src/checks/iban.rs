//! International bank account numbers (ISO 13616): a country's length and the check digits of modulus 97.

/// Countries of the SWIFT IBAN registry with the length of their numbers.
const LENGTHS: &[(&[u8; 2], u8)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Bank identifiers of Swedish numbers (digits 5 to 7), as the banks registered them.
const SWEDISH_BANKS: &[u16] = &[
    120, 230, 300, 500, 600, 800, 900, 902, 904, 906, 907, 908, 910, 912, 913, 914, 915, 916, 917, 918, 919,
    923, 925, 926, 927, 928, 930, 939, 940, 946, 947, 950, 955, 957, 958, 959, 961, 963, 964, 965, 966, 967,
    968, 970, 971, 975, 978, 988, 989, 995,
];

/// The longest number of all countries.
pub const LONGEST: usize = 34;

/// How long a number of the country is.
pub fn length(country: [u8; 2]) -> Option<usize> {
    let country = country.map(|letter| letter.to_ascii_uppercase());
    LENGTHS
        .binary_search_by(|(code, _)| (**code).cmp(&country))
        .ok()
        .and_then(|at| LENGTHS.get(at))
        .map(|&(_, length)| usize::from(length))
}

/// Whether the letters and digits, without anything between them, are a valid number of its country.
pub fn valid(number: &[u8]) -> bool {
    let Some((head, rest)) = number.split_at_checked(4) else {
        return false;
    };
    let checked = head
        .get(2..)
        .is_some_and(|two| two.iter().all(u8::is_ascii_digit));
    let country = [head[0], head[1]];
    checked && length(country) == Some(number.len()) && remainder(rest.iter().chain(head)) == Some(1)
}

/// The remainder of the number modulo 97, letters counted as 10 to 35.
fn remainder<'n>(number: impl Iterator<Item = &'n u8>) -> Option<u32> {
    number.into_iter().try_fold(0u32, |sum, byte| match byte {
        b'0'..=b'9' => Some((sum * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((sum * 100 + u32::from(byte - b'A') + 10) % 97),
        b'a'..=b'z' => Some((sum * 100 + u32::from(byte - b'a') + 10) % 97),
        _ => None,
    })
}

/// Whether a valid Swedish number names a bank that is known.
pub fn swedish_bank(number: &[u8]) -> bool {
    let id = number.get(4..7).map_or(0, |three| {
        three
            .iter()
            .fold(0u16, |id, b| id * 10 + u16::from(b.wrapping_sub(b'0') % 10))
    });
    SWEDISH_BANKS.binary_search(&id).is_ok()
}

/// Whether it is one of the registry's published examples, found in manuals and test data.
pub fn is_example(number: &[u8]) -> bool {
    const EXAMPLES: &[&[u8]] = &[
        b"SE4550000000058398257466",
        b"SE3550000000054910000003",
        b"GB29NWBK60161331926819",
        b"GB82WEST12345698765432",
        b"DE89370400440532013000",
        b"NO9386011117947",
        b"DK5000400440116243",
        b"FI2112345600000785",
        b"FR1420041010050500013M02606",
        b"NL91ABNA0417164300",
    ];
    EXAMPLES
        .iter()
        .any(|example| number.eq_ignore_ascii_case(example))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_registry_are_valid() {
        for number in [
            "SE4550000000058398257466",
            "SE3550000000054910000003",
            "GB29NWBK60161331926819",
            "DE89370400440532013000",
            "NO9386011117947",
            "DK5000400440116243",
            "FI2112345600000785",
            "FR1420041010050500013M02606",
            "NL91ABNA0417164300",
            "MT84MALT011000012345MTLCAST001S",
            "be68539007547034",
        ] {
            assert!(valid(number.as_bytes()), "{number}");
        }
        for number in [
            "SE4650000000058398257466",
            "SE455000000005839825746",
            "XX4550000000058398257466",
            "SE",
            "",
            "SEAA50000000058398257466",
            "SE4550000000058398å57466",
        ] {
            assert!(!valid(number.as_bytes()), "{number}");
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(LENGTHS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(SWEDISH_BANKS.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(length(*b"se"), Some(24));
        assert!(LENGTHS.iter().all(|&(_, length)| usize::from(length) <= LONGEST));
        assert!(swedish_bank(b"SE4550000000058398257466") && !swedish_bank(b"SE4510000000058398257466"));
    }
}
