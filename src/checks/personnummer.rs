//! Personnummer, samordningsnummer and interim numbers.
//!
//! Sources: Folkbokföringslagen (1991:481) 18 §; Skatteverket SKV 704 and SKV 707; law 2022:1697 on coordination
//! numbers; Skatteverket's Navet description for month 00 and day 60 (birth date partly unknown); the ten letters
//! of interim numbers as published by the personnummer project.

use super::date::Date;
use super::{date, luhn};

/// What was read from a text that has the shape of an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    /// Year of birth with its century.
    pub year: u16,
    /// Month, 0 where unknown.
    pub month: u8,
    /// Day of the month, 0 where unknown; 60 has been taken off.
    pub day: u8,
    /// The four last digits.
    pub last: u16,
    /// 60 was added to the day.
    pub coordination: bool,
    /// The century was written.
    pub century_written: bool,
    /// The check digit is right.
    pub checksum: bool,
    /// The calendar has the day, and it is not in the future.
    pub real_date: bool,
    /// Month 00 or day 60: a coordination number of someone whose birth date is not known in full.
    pub unknown_date: bool,
}

impl Parsed {
    /// Check digit and date are right.
    pub fn is_valid(&self) -> bool {
        self.checksum && (self.real_date || self.unknown_date) && self.last >= 10
    }

    /// The twelve digits as a number (`YYYYMMDDNNNC`, day with its 60): the normalised value.
    pub fn normalised(&self) -> u64 {
        let day = u64::from(self.day) + if self.coordination { 60 } else { 0 };
        ((u64::from(self.year) * 100 + u64::from(self.month)) * 100 + day) * 10_000 + u64::from(self.last)
    }

    /// The serial lies where Skatteverket takes its published test numbers from (238, 239; 980, 981 for people
    /// born 1924 or before). Real people have these too: a hint, no proof.
    pub fn is_test_series(&self) -> bool {
        matches!(self.last / 10, 238 | 239)
            || (self.year <= 1924 && matches!(self.last / 10, 980 | 981))
            || (self.last == 1212 && self.month == 12 && self.day == 12)
    }
}

/// Reads 10 or 12 digits (anything between the digits is passed over; `+` before the last four says that the
/// person is 100 or more). `today` bounds the date and infers the century; `None` means no bound.
///
/// Returns `None` when the text has not the shape at all; what is wrong otherwise stands in the result.
pub fn parse(text: &str, today: Option<Date>) -> Option<Parsed> {
    let (d, n) = super::digits::<12>(text.as_bytes())?;
    let ten: [u8; 10] = match n {
        12 => d[2..12].try_into().ok()?,
        10 => d[..10].try_into().ok()?,
        _ => return None,
    };
    let century = (n == 12).then(|| u16::from(d[0]) * 10 + u16::from(d[1]));
    let plus = text.bytes().any(|b| b == b'+');
    Some(from_ten(&ten, century, plus, today))
}

/// The same from digits (values 0 to 9) already taken apart.
pub fn from_ten(ten: &[u8; 10], century: Option<u16>, plus: bool, today: Option<Date>) -> Parsed {
    let pair = |i: usize| ten[i] * 10 + ten[i + 1];
    let (yy, month, raw_day) = (u16::from(pair(0)), pair(2), pair(4));
    let coordination = raw_day >= 60;
    let day = if coordination { raw_day - 60 } else { raw_day };
    let last = ten[6..].iter().fold(0u16, |sum, &d| sum * 10 + u16::from(d));
    let year = match century {
        Some(century) => century * 100 + yy,
        None => infer_year(yy, month, day, plus, today),
    };
    let unknown_date = coordination && (month == 0 || day == 0) && month <= 12 && day <= 31;
    let real_date = Date::new(year, month, day).is_some_and(|date| today.is_none_or(|today| date <= today))
        && century.is_none_or(|c| matches!(c, 18..=20));
    // Skatteverket gives out coordination numbers whose day the month does not have; 31 always passes.
    let odd_day = coordination && day == 31 && matches!(month, 2 | 4 | 6 | 9 | 11);
    Parsed {
        year,
        month,
        day,
        last,
        coordination,
        century_written: century.is_some(),
        checksum: luhn::valid(ten),
        real_date: real_date || (odd_day && century.is_none_or(|c| matches!(c, 18..=20))),
        unknown_date: unknown_date && century.is_none_or(|c| matches!(c, 18..=20)),
    }
}

/// Ten digits mean the youngest age below 100, or with `+` the youngest of 100 or more.
fn infer_year(yy: u16, month: u8, day: u8, plus: bool, today: Option<Date>) -> u16 {
    let today = today.unwrap_or(Date {
        year: 2099,
        month: 12,
        day: 31,
    });
    let mut year = today.year - today.year % 100 + yy;
    // An unknown month or day counts as the first: the number was given out in any case.
    let born = Date {
        year,
        month: month.max(1),
        day: day.max(1),
    };
    if born > today {
        year -= 100;
    }
    if plus && today.year - year < 100 {
        year -= 100;
    }
    year
}

/// The letters an interim number may have in place of its first serial digit.
pub const INTERIM_LETTERS: &[u8] = b"TRSUWXJKLMN";

/// Whether `text` is an interim number such as `000101-T220`: a real date, one of the letters, three digits of
/// which the last is the Luhn digit with the letter counted as 1.
pub fn parse_interim(text: &str) -> bool {
    let mut digits = [0u8; 12];
    let (mut n, mut letter_at) = (0usize, None);
    for byte in text.bytes() {
        let digit = match byte.to_ascii_uppercase() {
            b'0'..=b'9' => byte - b'0',
            upper if INTERIM_LETTERS.contains(&upper) && letter_at.is_none() => {
                letter_at = Some(n);
                1
            }
            b'-' | b'+' | b' ' => continue,
            // Dashes and spaces outside ASCII.
            0x80.. => continue,
            _ => return false,
        };
        let Some(slot) = digits.get_mut(n) else {
            return false;
        };
        *slot = digit;
        n += 1;
    }
    let start = match n {
        10 => 0,
        12 => 2,
        _ => return false,
    };
    let Some(Ok(ten)) = digits.get(start..n).map(<[u8; 10]>::try_from) else {
        return false;
    };
    let century = (start == 2).then(|| u16::from(digits[0]) * 10 + u16::from(digits[1]));
    letter_at == Some(start + 6) && {
        let parsed = from_ten(&ten, century, false, None);
        parsed.checksum && parsed.real_date && !parsed.coordination
    }
}

/// How a date-like prefix and its last four look when they are no identity number but a moment:
/// `YYYYMMDDHHMM` with a valid clock time.
pub fn looks_like_timestamp(parsed: &Parsed) -> bool {
    let (hour, minute) = (parsed.last / 100, parsed.last % 100);
    !parsed.coordination && hour < 24 && minute < 60 && parsed.year >= 1990
}

/// Whether the month is one that exists or is unknown, and the day one that could be: a cheap first sieve.
pub fn date_shape(month: u8, raw_day: u8) -> bool {
    month <= 12 && (1..=91).contains(&raw_day) && date::days_in_month(2000, month.max(1)) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Option<Date> = Some(Date {
        year: 2026,
        month: 11,
        day: 23,
    });

    #[test]
    fn published_examples_are_valid() {
        for text in [
            "811228-9874",
            "198112289874",
            "19910924-2397",
            "9201232387",
            "200109022392",
            "701063-2391",
            "171160-2399",
        ] {
            let parsed = parse(text, TODAY).unwrap();
            assert!(parsed.is_valid(), "{text} {parsed:?}");
        }
        assert!(parse("701063-2391", TODAY).unwrap().coordination);
    }

    #[test]
    fn what_must_not_pass() {
        for text in [
            "19900305-2398",
            "010229-1234",
            "811228-0008",
            "556900-1000",
            "165569001000",
        ] {
            assert!(!parse(text, TODAY).unwrap().is_valid(), "{text}");
        }
        assert!(parse("8112289", TODAY).is_none());
        assert!(parse("1234567890123", TODAY).is_none());
    }

    #[test]
    fn centuries_are_inferred_as_the_law_has_it() {
        assert_eq!(parse("900305+2397", TODAY).unwrap().year, 1890);
        assert_eq!(parse("900305-2392", TODAY).unwrap().year, 1990);
        assert_eq!(parse("110925-2385", TODAY).unwrap().year, 2011);
        assert_eq!(
            parse("261124-2380", TODAY).unwrap().year,
            1926,
            "tomorrow is not born yet"
        );
        assert_eq!(parse("811228-9874", TODAY).unwrap().normalised(), 198_112_289_874);
        assert_eq!(
            parse("198112289874", TODAY).unwrap().normalised(),
            198_112_289_874
        );
    }

    #[test]
    fn unknown_month_and_day_are_coordination_numbers() {
        let month = parse("191500722390", TODAY).unwrap();
        assert!(month.coordination && month.unknown_date && month.is_valid());
        let day = parse("171160-2399", TODAY).unwrap();
        assert!(day.coordination && day.unknown_date && day.is_valid());
    }

    #[test]
    fn interim_numbers() {
        assert!(parse_interim("000101-T220"));
        assert!(parse_interim("20000101-T220"));
        for wrong in [
            "000101-A220",
            "000101-P220",
            "000101-T221",
            "001301-T220",
            "000101-2T20",
        ] {
            assert!(!parse_interim(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_clock_time_is_a_timestamp_suspect() {
        assert!(looks_like_timestamp(&parse("202402291359", TODAY).unwrap()));
        assert!(!looks_like_timestamp(&parse("198112289874", TODAY).unwrap()));
    }
}
