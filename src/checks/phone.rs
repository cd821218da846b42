//! The Swedish telephone numbering plan (PTS, the national plan for telephony after ITU-T E.164).

use std::sync::LazyLock;

/// What a number is by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// 070, 072, 073, 076, 079.
    Mobile,
    /// An area code.
    Geographic,
    /// 010: bound to no place; mostly at work.
    NonGeographic,
    /// 020, 077, 0900 and the like: nobody's own number.
    Service,
    /// Machines: 0719 and 0378 telematics, 0710 mobile broadband.
    Machine,
}

/// A number read against the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    /// The digits after the trunk zero, as a number; with `+46` before it, the E.164 number.
    pub national: u64,
    /// What it is.
    pub class: Class,
    /// Length of the area code including its zero.
    pub code: u8,
    /// One of the ranges PTS set aside for fiction (2020).
    pub fiction: bool,
}

/// The 243 four-character area codes (with their zero), as prefix and set of last digits.
const AREAS: &str = "012[01235] 014[01234] 015[01256789] 017[13456] 022[01234567] 024[013678] 025[0138] 027[018] \
    028[01] 029[0123457] 030[01234] 032[0125] 034[056] 037[012] 038[0123] 039[023] 041[01345678] \
    043[0135] 045[145679] 047[01246789] 048[0156] 049[012345689] 050[0123456] 051[012345] \
    052[01234568] 053[01234] 055[012345] 056[0345] 057[013] 058[012345679] 059[01] 061[123] \
    062[01234] 064[023457] 065[01237] 066[0123] 067[012] 068[0247] 069[012356] 091[01234568] \
    092[0123456789] 093[02345] 094[0123] 095[01234] 096[01] 097[0135678] 098[01]";

/// The 20 three-character area codes; Stockholm's 08 is the only shorter one.
const CITIES: &[u16] = &[
    11, 13, 16, 18, 19, 21, 23, 26, 31, 33, 35, 36, 40, 42, 44, 46, 54, 60, 63, 90,
];

static AREA: LazyLock<[bool; 1000]> = LazyLock::new(|| {
    let mut table = [false; 1000];
    // "012[01235]": the zero is the trunk digit, so the key is "12" and one digit of the set.
    for entry in AREAS.split(']') {
        let mut digits = entry
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|b| usize::from(b - b'0'))
            .skip(1);
        let (Some(a), Some(b)) = (digits.next(), digits.next()) else {
            continue;
        };
        for c in digits {
            table[a * 100 + b * 10 + c] = true;
        }
    }
    table
});

/// Reads a number as written: national with its zero, `+46`, `0046`, `46…` or `+46(0)…`, anything between the
/// digits passed over. `None` when the plan has no such number.
pub fn parse(text: &str) -> Option<Number> {
    let plus = text.trim_start().starts_with('+');
    let (d, n) = super::digits::<17>(text.as_bytes())?;
    from_digits(&d[..n], plus)
}

/// The same from digit values.
pub fn from_digits(digits: &[u8], plus: bool) -> Option<Number> {
    let significant = match digits {
        [0, 0, 4, 6, rest @ ..] => strip_zero(rest),
        [4, 6, rest @ ..] if plus || digits.len() >= 10 => strip_zero(rest),
        [0, rest @ ..] if !plus => rest,
        _ => return None,
    };
    significant_number(significant)
}

/// `+46 (0)70` and the wrong but common `+46070` both carry the trunk zero.
fn strip_zero(digits: &[u8]) -> &[u8] {
    match digits {
        [0, rest @ ..] => rest,
        _ => digits,
    }
}

/// Reads the digits after the trunk zero.
pub fn significant_number(d: &[u8]) -> Option<Number> {
    if d.len() < 6 || d.len() > 13 || d[0] == 0 {
        return None;
    }
    let total = d.len() + 1;
    let national = d.iter().fold(0u64, |sum, &digit| sum * 10 + u64::from(digit));
    let three = usize::from(d[0]) * 100 + usize::from(d[1]) * 10 + usize::from(d[2]);
    let (class, code) = match (d[0], d[1]) {
        (7, 0 | 2 | 3 | 6 | 9) => (Class::Mobile, 3),
        (7, 1) => (Class::Machine, 4),
        (7, 4 | 5 | 7 | 8) | (2, 0) | (9, 9) => (Class::Service, 3),
        (1, 0) => (Class::NonGeographic, 3),
        (8, _) => (Class::Geographic, 2),
        _ if matches!(three, 900 | 939 | 944) => (Class::Service, 4),
        _ if three == 378 => (Class::Machine, 4),
        _ if CITIES.contains(&(u16::from(d[0]) * 10 + u16::from(d[1]))) => (Class::Geographic, 3),
        _ if AREA[three] => (Class::Geographic, 4),
        _ => return None,
    };
    let fits = match class {
        Class::Mobile | Class::NonGeographic => total == 10,
        // Subscriber numbers have five digits or more and never begin with the trunk zero.
        Class::Geographic => {
            let subscriber = usize::from(code) - 1;
            total >= 5 + usize::from(code).max(3)
                && total <= 10
                && d.get(subscriber).is_some_and(|&first| first != 0)
        }
        Class::Service => (6..=10).contains(&total),
        Class::Machine => (9..=14).contains(&total),
    };
    fits.then_some(Number {
        national,
        class,
        code,
        fiction: is_fiction(national),
    })
}

/// The ranges PTS reserved for use in fiction.
fn is_fiction(national: u64) -> bool {
    matches!(national,
        701_740_605..=701_740_699
        | 846_500_400..=846_500_499
        | 313_900_600..=313_900_699
        | 406_280_400..=406_280_499
        | 980_319_200..=980_319_299)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_has_264_area_codes() {
        let areas = AREA.iter().filter(|&&set| set).count();
        assert_eq!(areas + CITIES.len() + 1, 264);
    }

    #[test]
    fn every_way_of_writing_is_one_number() {
        for text in [
            "070-174 06 05",
            "0701740605",
            "+46 70 174 06 05",
            "+46(0)701740605",
            "0046701740605",
            "46701740605",
            "+46 070 174 06 05",
        ] {
            let number = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (number.national, number.class, number.fiction),
                (701_740_605, Class::Mobile, true),
                "{text}"
            );
        }
    }

    #[test]
    fn landlines_by_area() {
        for (text, code) in [
            ("08-465 004 01", 2),
            ("031-390 06 00", 3),
            ("0980-31 92 00", 4),
            ("040-6280400", 3),
            ("+4608-4111240", 2),
        ] {
            let number = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((number.class, number.code), (Class::Geographic, code), "{text}");
        }
    }

    #[test]
    fn what_the_plan_does_not_have() {
        for text in [
            "0121",
            "070-174 06 0",
            "070-174 06 055",
            "0371-0372",
            "010-123",
            "080",
            "0799",
            "+47 70 174 06 05",
            "012-345 67",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
        assert_eq!(parse("020-123 456").unwrap().class, Class::Service);
    }
}
