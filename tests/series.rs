//! Skatteverket's test numbers, as far as they are known by rule: every day from 1890 to 2023 with the serials 238 and 239
//! (980 and 981 for those born up to 1924), each written in eight ways, and coordination numbers with month 00 and day 60.
//!
//! Source of the rule: Skatteverket's published series of test personnummer; the serials stand in digits 9 to 11.

use datakarta::checks::date::{Date, days_in_month};
use datakarta::checks::luhn;
use datakarta::detect::Engine;
use datakarta::model::{Confidence, Kind};
use datakarta::rules::RuleSet;
use datakarta::scan::prove;

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 23,
};

/// Twelve digits with the right check digit.
fn twelve(year: u16, month: u8, day: u8, serial: u16) -> String {
    let text = format!("{year:04}{month:02}{day:02}{serial:03}");
    let ten: Vec<u8> = text.bytes().skip(2).map(|b| b - b'0').collect();
    format!("{text}{}", luhn::check_digit(&ten))
}

/// The eight ways a number is written: what stands in the text, and what is to be found in it.
fn written(number: &str) -> [(String, String); 8] {
    let (day, serial) = number.split_at(8);
    let short = &day[2..];
    let year: u16 = number[..4].parse().unwrap();
    let sign = if TODAY.year - year >= 100 { '+' } else { '-' };
    let plain = |value: String| (format!("Ärendet gäller {value} och ingen annan."), value);
    let labelled = |value: String| (format!("Personnummer: {value}"), value);
    [
        plain(format!("{day}-{serial}")),
        plain(format!("{short}{sign}{serial}")),
        labelled(number.to_owned()),
        labelled(format!("{short}{serial}")),
        labelled(format!("{day} {serial}")),
        labelled(format!("{short}\u{a0}{serial}")),
        plain(format!("{day}\u{2013}{serial}")),
        labelled(format!("{short}\u{2011}{serial}")),
    ]
}

/// Ten digits without a plus are read as those of somebody younger than 100, for whom 980 and 981 are no test serials.
fn aged(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
        && ["980", "981"]
            .iter()
            .any(|serial| text[text.len() - 4..].starts_with(serial))
}

/// What of the numbers is not found, exactly and as a test number.
fn missed(rules: &RuleSet, kind: Kind, numbers: &[String]) -> Vec<String> {
    let engine = Engine::new(rules, TODAY);
    let mut missed = Vec::new();
    for (text, value) in numbers.iter().flat_map(|number| written(number)) {
        let found = prove::text(&engine, &text, None);
        let seen = found.iter().any(|f| {
            f.kind == kind
                && f.value == value
                && f.confidence >= Confidence::Medium
                && (aged(&text) || f.evidence.iter().any(|evidence| evidence == "test-number"))
        });
        if !seen {
            missed.push(format!("{text:?} came out as {found:?}"));
        }
    }
    missed
}

#[test]
fn every_test_number_is_found_in_eight_ways() {
    let rules = datakarta::rules::load_builtin().unwrap();
    let mut years: Vec<u16> = (1890..=2023).collect();
    // The numbers of odd years are tried on one thread, those of even years on another.
    let odd = years.split_off(years.len() / 2);
    let of = |years: &[u16]| {
        let mut numbers = Vec::new();
        for &year in years {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    numbers.extend([238, 239].map(|serial| twelve(year, month, day, serial)));
                    if year <= 1924 {
                        numbers.extend([980, 981].map(|serial| twelve(year, month, day, serial)));
                    }
                }
            }
        }
        numbers
    };
    let (one, other) = (of(&years), of(&odd));
    assert!(
        one.len() + other.len() > 120_000,
        "{} numbers",
        one.len() + other.len()
    );
    let wrong = std::thread::scope(|scope| {
        let first = scope.spawn(|| missed(&rules, Kind::Personnummer, &one));
        let mut wrong = missed(&rules, Kind::Personnummer, &other);
        wrong.extend(first.join().unwrap());
        wrong
    });
    assert!(
        wrong.is_empty(),
        "{} missed, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

#[test]
fn coordination_numbers_with_unknown_month_and_day_are_found_in_eight_ways() {
    let rules = datakarta::rules::load_builtin().unwrap();
    let mut numbers = Vec::new();
    for year in 1930..=2023 {
        for (month, day) in [
            (0, 60),
            (0, 72),
            (0, 91),
            (3, 60),
            (12, 60),
            (4, 91),
            (1, 61),
            (10, 63),
            (2, 88),
        ] {
            numbers.extend([238, 239].map(|serial| twelve(year, month, day, serial)));
        }
    }
    let wrong = missed(&rules, Kind::Samordningsnummer, &numbers);
    assert!(
        wrong.is_empty(),
        "{} missed, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}
