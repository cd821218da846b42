//! Numbers of cells as the digits a person meant.
//!
//! A spreadsheet keeps an identity or telephone number typed without an apostrophe as a float: the leading zero
//! is gone, the hyphen lives in the number format, and a date format turns the number into nonsense.

use std::fmt::Write as _;
use std::rc::Rc;

/// What a number format does to the digits of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing that matters here.
    Plain,
    /// It shows the number as a date or a time.
    Date,
    /// It sets digits into fixed slots: `0000000000`, `000000-0000`. Shared by all the cell formats that use it.
    Digits(Rc<[Slot]>),
}

/// One place of a digit format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// `0`: a digit, or a zero.
    Zero,
    /// `#`: a digit, or nothing.
    Hash,
    /// A character that is shown as it is.
    Literal(char),
}

/// The first and last day number a spreadsheet can show as a date.
const DAYS: std::ops::Range<f64> = 1.0..2_958_466.0;
/// Days between the two epochs a workbook may count from.
const MAC_EPOCH: f64 = 1462.0;
/// Characters of a number format; a spreadsheet takes no more.
const LONGEST: usize = 255;
/// Integers below this are exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Form {
    /// Reads a number format; only its first section counts, which is the one for positive numbers.
    pub(super) fn parse(code: &str) -> Self {
        if code.is_empty()
            || code.chars().nth(LONGEST).is_some()
            || ["general", "standard", "@"]
                .iter()
                .any(|g| code.eq_ignore_ascii_case(g))
        {
            return Self::Plain;
        }
        let mut slots = Vec::new();
        let mut plain = false;
        let mut chars = code.chars();
        while let Some(c) = chars.next() {
            match c {
                ';' => break,
                '\\' => slots.extend(chars.next().and_then(literal)),
                '_' | '*' => drop(chars.next()),
                '"' => slots.extend(chars.by_ref().take_while(|&c| c != '"').filter_map(literal)),
                '[' => {
                    let inside: String = chars.by_ref().take_while(|&c| c != ']').collect();
                    let elapsed = inside
                        .chars()
                        .all(|c| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's'));
                    if elapsed && !inside.is_empty() {
                        return Self::Date;
                    }
                    // A condition: which section shows a number depends on the number.
                    plain |= inside.contains(['<', '>', '=']);
                }
                '0' => slots.push(Slot::Zero),
                '#' => slots.push(Slot::Hash),
                '-' | ' ' | '(' | ')' | '+' | ':' | '\u{a0}' => slots.push(Slot::Literal(c)),
                'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' | 'å' | 'Å' => return Self::Date,
                _ => plain = true,
            }
        }
        let zeros = slots.iter().filter(|&&slot| slot == Slot::Zero).count();
        let places = zeros + slots.iter().filter(|&&slot| slot == Slot::Hash).count();
        let hyphen = slots.contains(&Slot::Literal('-'));
        if plain || !(2..=32).contains(&places) || (zeros < 2 && !hyphen) {
            return Self::Plain;
        }
        Self::Digits(slots.into())
    }
}

fn literal(c: char) -> Option<Slot> {
    let shown = c.is_ascii_digit() || matches!(c, '-' | ' ' | '(' | ')' | '+' | ':' | '/' | '.' | '\u{a0}');
    shown.then_some(Slot::Literal(c))
}

/// The readings of one number: what comes first, and a second one where both may be meant (empty if none).
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// What a person reads, or the digits meant.
    pub(super) first: String,
    /// The raw number, where the first reading is something else.
    pub(super) second: String,
}

impl Readings {
    /// Reads a number under its format. The old readings are overwritten, so that one pair serves a whole sheet.
    pub(super) fn read(&mut self, value: f64, form: &Form, mac_epoch: bool) {
        self.first.clear();
        self.second.clear();
        match form {
            Form::Date if DAYS.contains(&value) => {
                let days = if mac_epoch { value + MAC_EPOCH } else { value };
                if date(days, &mut self.first) {
                    plain(value, &mut self.second);
                } else {
                    plain(value, &mut self.first);
                }
            }
            Form::Digits(slots) if (0.0..EXACT).contains(&value) && value.fract() == 0.0 => {
                plain(value, &mut self.second);
                slotted(slots, &self.second, &mut self.first);
                let free = |c: char| c.is_ascii_digit() || c == '-';
                if self.first.chars().all(free) || self.first == self.second {
                    self.second.clear();
                }
            }
            _ => plain(value, &mut self.first),
        }
    }
}

/// Writes a number without exponent: integers exactly, others to the fifteen digits a spreadsheet keeps.
pub(super) fn plain(value: f64, out: &mut String) {
    if !value.is_finite() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = if value.fract() == 0.0 && value.abs() < EXACT {
        write!(out, "{}", value as i64)
    } else if value.abs() >= 1e21 || value.abs() < 1e-9 {
        write!(out, "{value:e}")
    } else {
        let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
        write!(out, "{rounded}")
    };
}

/// Sets digits into the slots of a format, from the right, as a spreadsheet does.
fn slotted(slots: &[Slot], digits: &str, out: &mut String) {
    let places = slots
        .iter()
        .filter(|slot| !matches!(slot, Slot::Literal(_)))
        .count();
    let hyphen = slots.contains(&Slot::Literal('-'));
    let mut missing = places.saturating_sub(digits.len());
    let mut spare = digits.len().saturating_sub(places);
    // `######-####` shows a number with a lost zero as nobody would write it; the zero was meant.
    let restore = hyphen && missing == 1 && matches!(places, 10 | 12);
    let mut rest = digits.chars();
    let mut begun = false;
    for &slot in slots {
        match slot {
            Slot::Literal(c) if begun || missing == 0 || matches!(c, '+' | '(') || c.is_ascii_digit() => {
                out.push(c);
            }
            Slot::Literal(_) => {}
            Slot::Zero | Slot::Hash if missing > 0 => {
                missing -= 1;
                if slot == Slot::Zero || begun || restore {
                    out.push('0');
                    begun = true;
                }
            }
            Slot::Zero | Slot::Hash => {
                out.extend(rest.by_ref().take(spare + 1));
                spare = 0;
                begun = true;
            }
        }
    }
}

/// Writes a day number (from 1899-12-30) as an ISO date, with the time where there is one.
fn date(serial: f64, out: &mut String) -> bool {
    let mut seconds = ((serial - serial.floor()) * 86_400.0).round() as i64;
    let mut days = serial.floor() as i64;
    if seconds >= 86_400 {
        days += 1;
        seconds = 0;
    }
    // Spreadsheets believe in 29 February 1900: the days before it are one off, and day 60 itself never was.
    if days == 60 {
        return false;
    }
    if days < 60 {
        days += 1;
    }
    // Days to civil date, after Howard Hinnant's public-domain algorithm; the shift moves the epoch to 0000-03-01.
    let shifted = days + 693_899;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // Writing to a String cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
    if seconds > 0 {
        let _ = write!(
            out,
            " {:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: f64, code: &str) -> (String, String) {
        let mut readings = Readings::default();
        readings.read(value, &Form::parse(code), false);
        (readings.first, readings.second)
    }

    fn first(value: f64, code: &str) -> String {
        read(value, code).0
    }

    #[test]
    fn numbers_are_written_without_exponent_and_without_float_dust() {
        assert_eq!(first(198_507_099_805.0, "General"), "198507099805");
        assert_eq!(first(0.1 + 0.2, "0.00"), "0.3");
        assert_eq!(first(1234.5, "#,##0"), "1234.5");
        assert_eq!(first(-7.0, "General"), "-7");
        assert_eq!(first(5_500_001_234_567_890.0, "0"), "5500001234567890");
        assert_eq!(first(1e300, "General"), "1e300");
        assert_eq!(first(f64::NAN, "General"), "");
    }

    #[test]
    fn zeros_lost_to_a_number_format_come_back() {
        assert_eq!(first(101_010_004.0, "0000000000"), "0101010004");
        assert_eq!(first(101_010_004.0, "000000-0000"), "010101-0004");
        assert_eq!(first(101_010_004.0, "000000\\-0000"), "010101-0004");
        assert_eq!(first(8_507_099_805.0, "[$-41D]000000\"-\"0000;@"), "850709-9805");
        assert_eq!(first(8_507_099_805.0, "######-####"), "850709-9805");
        assert_eq!(first(101_010_004.0, "######-####"), "010101-0004");
        assert_eq!(first(198_507_099_805.0, "000000-0000"), "19850709-9805");
        assert_eq!(
            read(701_740_605.0, "000-000 00 00"),
            ("070-174 06 05".into(), "701740605".into())
        );
        assert_eq!(first(11_455.0, "000 00"), "114 55");
        assert_eq!(first(46_701_740_605.0, "\"+\"00"), "+46701740605");
    }

    #[test]
    fn other_formats_leave_the_digits_alone() {
        for code in [
            "0",
            "0.00",
            "#,##0",
            "# ##0",
            "0%",
            "0.00E+00",
            "[<=9999]0000;00-00",
            "_-* # ##0\\ \"kr\"_-",
        ] {
            assert_eq!(first(1_234_567.0, code), "1234567", "{code}");
        }
    }

    #[test]
    fn a_date_is_read_both_ways_and_what_is_no_date_stays_a_number() {
        assert_eq!(
            read(45_000.0, "yyyy-mm-dd"),
            ("2023-03-15".into(), "45000".into())
        );
        assert_eq!(read(45_000.5, "d/m/yy h:mm").0, "2023-03-15 12:00:00");
        assert_eq!(read(1.0, "mm-dd-yy").0, "1900-01-01");
        assert_eq!(read(59.0, "mm-dd-yy").0, "1900-02-28");
        assert_eq!(read(60.0, "mm-dd-yy"), ("60".into(), String::new()));
        assert_eq!(read(61.0, "mm-dd-yy").0, "1900-03-01");
        assert_eq!(read(2_958_465.0, "ÅÅÅÅMMDD").0, "9999-12-31");
        for code in ["yyyymmdd", "ÅÅÅÅMMDD", "[h]:mm:ss"] {
            assert_eq!(
                read(198_507_099_805.0, code),
                ("198507099805".into(), String::new())
            );
        }
        let mut mac = Readings::default();
        mac.read(43_538.0, &Form::Date, true);
        assert_eq!((mac.first.as_str(), mac.second.as_str()), ("2023-03-15", "43538"));
    }
}
