//! The Gregorian calendar, as far as identity numbers need it.

/// A day of the Gregorian calendar. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, 1800 or later in practice.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

impl Date {
    /// The date, if the calendar has it.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        (day >= 1 && day <= days_in_month(year, month)).then_some(Self { year, month, day })
    }

    /// The day on which a moment falls, in UTC; `seconds` since 1970-01-01.
    #[allow(
        clippy::cast_sign_loss,
        reason = "remainders of Euclidean division and a clamped year are not negative"
    )]
    pub fn from_unix(seconds: i64) -> Self {
        // Days to civil date by era arithmetic (proleptic Gregorian, 400-year eras starting 0000-03-01).
        let days = seconds.div_euclid(86_400) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u8;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        } as u8;
        let year = (year_of_era + era * 400 + i64::from(month <= 2)).clamp(0, 9999) as u16;
        Self { year, month, day }
    }

    /// `YYYY-MM-DD`.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// How many days the month has; 0 for a month that does not exist.
pub fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_knows_its_leap_years() {
        assert!(Date::new(2000, 2, 29).is_some());
        assert!(Date::new(1900, 2, 29).is_none());
        assert!(Date::new(2001, 2, 29).is_none());
        assert!(Date::new(2024, 2, 29).is_some());
        assert!(
            Date::new(2024, 13, 1).is_none()
                && Date::new(2024, 4, 31).is_none()
                && Date::new(2024, 1, 0).is_none()
        );
    }

    #[test]
    fn unix_seconds_become_days() {
        for (seconds, iso) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (-1, "1969-12-31"),
            (1_795_392_000, "2026-11-23"),
        ] {
            assert_eq!(Date::from_unix(seconds).iso(), iso);
        }
    }
}
