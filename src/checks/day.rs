//! Days as people write them: `1985-03-12`, `850312`, `12/3 1985`, `12 mars 1985`, `March 12, 1985`.
//!
//! Which of day and month stands first is a matter of custom; a date is read if one custom makes a real one.

use super::date::Date;

/// Months by their first three letters, Swedish and English.
const MONTHS: &[(&[u8; 3], u8)] = &[
    (b"jan", 1),
    (b"feb", 2),
    (b"mar", 3),
    (b"apr", 4),
    (b"maj", 5),
    (b"may", 5),
    (b"jun", 6),
    (b"jul", 7),
    (b"aug", 8),
    (b"sep", 9),
    (b"okt", 10),
    (b"oct", 10),
    (b"nov", 11),
    (b"dec", 12),
];

/// Their whole names; a longer word that only begins like a month is none.
const NAMES: &[&str] = &[
    "januari",
    "january",
    "februari",
    "february",
    "febr",
    "mars",
    "march",
    "april",
    "juni",
    "june",
    "juli",
    "july",
    "augusti",
    "august",
    "sept",
    "september",
    "oktober",
    "october",
    "november",
    "december",
];

/// The month of that name (letters only, any case).
pub fn month(name: &[u8]) -> Option<u8> {
    let begins = |first: &[u8; 3]| {
        name.get(..3)
            .is_some_and(|three| three.eq_ignore_ascii_case(first))
    };
    let &(_, number) = MONTHS.iter().find(|(first, _)| begins(first))?;
    let whole = name.len() == 3
        || NAMES
            .iter()
            .any(|full| name.eq_ignore_ascii_case(full.as_bytes()));
    whole.then_some(number)
}

/// The day of year, month and day as numbers, the year with two or four digits; two mean the latest year that is
/// not after `today`.
pub fn of(year: u16, short: bool, month: u8, day: u8, today: Date) -> Option<Date> {
    let year = if short {
        let year = today.year / 100 * 100 + year;
        if Date::new(year, month, day)? > today {
            year - 100
        } else {
            year
        }
    } else {
        year
    };
    Date::new(year, month, day).filter(|date| date.year >= 1900 && *date <= today)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date {
        year: 2026,
        month: 11,
        day: 23,
    };

    #[test]
    fn months_by_name() {
        assert_eq!(month(b"mars"), Some(3));
        assert_eq!(month(b"March"), Some(3));
        assert_eq!(month(b"MAJ"), Some(5));
        assert_eq!(month(b"okt"), Some(10));
        assert!(month(b"marsvin").is_none() && month(b"ma").is_none() && month(b"may be").is_none());
    }

    #[test]
    fn two_digits_of_a_year_mean_the_latest_past_one() {
        assert_eq!(of(85, true, 3, 12, TODAY).unwrap().year, 1985);
        assert_eq!(of(26, true, 3, 12, TODAY).unwrap().year, 2026);
        assert_eq!(of(26, true, 12, 1, TODAY).unwrap().year, 1926);
        assert!(of(2026, false, 12, 1, TODAY).is_none() && of(1899, false, 1, 1, TODAY).is_none());
        assert!(of(2001, false, 2, 29, TODAY).is_none());
    }
}
