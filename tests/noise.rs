//! Texts without anything personal: how much is said of them, and how long they take.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::harness::Run;
use datakarta::checks::date::Date;
use datakarta::detect::Engine;
use datakarta::model::Confidence;
use datakarta::model::{Batch, Seen};
use datakarta::scan::prove;

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 23,
};

/// Steele and Vigna's SplitMix64: the same noise on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + self.below(10) as u8))
            .collect()
    }
}

fn moment(r: &mut Random) -> String {
    format!(
        "{:04}{:02}{:02}{:02}{:02}",
        2015 + r.below(11),
        1 + r.below(12),
        1 + r.below(28),
        r.below(24),
        r.below(60)
    )
}

fn filled(seed: u64, mut line: impl FnMut(&mut Random, &mut String)) -> String {
    let mut random = Random(seed);
    let mut text = String::new();
    while text.len() < 1 << 20 {
        line(&mut random, &mut text);
        text.push('\n');
    }
    text
}

/// Findings at medium or above per MiB that each sort of noise may give.
#[test]
fn noise_stays_below_its_ceilings() {
    let rules = datakarta::rules::load_builtin().unwrap();
    let engine = Engine::new(&rules, TODAY);
    let noise: [(&str, usize, String); 9] = [
        (
            "digits of any length",
            25,
            filled(1, |r, t| {
                for _ in 0..8 {
                    let n = 1 + r.below(20) as usize;
                    let _ = write!(t, "{} ", r.digits(n));
                }
            }),
        ),
        (
            "twelve digits",
            2,
            filled(2, |r, t| {
                for _ in 0..6 {
                    let _ = write!(t, "{} ", r.digits(12));
                }
            }),
        ),
        (
            "ten digits",
            2,
            filled(3, |r, t| {
                for _ in 0..6 {
                    let _ = write!(t, "{} ", r.digits(10));
                }
            }),
        ),
        (
            "timestamps",
            5,
            filled(4, |r, t| {
                let _ = write!(t, "{} job {} done in {} ms", moment(r), moment(r), r.below(9000));
            }),
        ),
        (
            "epochs",
            2,
            filled(5, |r, t| {
                let _ = write!(
                    t,
                    "{} {}",
                    1_500_000_000 + r.below(200_000_000),
                    1_500_000_000_000 + r.below(200_000_000_000)
                );
            }),
        ),
        (
            "EAN and IBAN",
            2,
            filled(6, |r, t| {
                let _ = write!(t, "{} SE{} {}", r.digits(13), r.digits(2), r.digits(20));
            }),
        ),
        (
            "hex and UUID",
            2,
            filled(7, |r, t| {
                let a = r.next();
                let b = r.next();
                let _ = write!(
                    t,
                    "{a:016x} {:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                    a >> 32,
                    a & 0xFFFF,
                    b >> 48,
                    b & 0xFFFF,
                    b & 0xFFFF_FFFF_FFFF
                );
            }),
        ),
        (
            "part numbers like telephone numbers",
            40,
            filled(8, |r, t| {
                let _ = write!(
                    t,
                    "{}-{} {} {}",
                    r.digits(3),
                    r.digits(4),
                    r.digits(6),
                    r.digits(5)
                );
            }),
        ),
        (
            "amounts and dates",
            2,
            filled(9, |r, t| {
                let _ = write!(
                    t,
                    "2024-{:02}-{:02} {} {},{} kr {}.{}",
                    1 + r.below(12),
                    1 + r.below(28),
                    r.digits(3),
                    r.digits(4),
                    r.digits(2),
                    r.digits(2),
                    r.digits(2)
                );
            }),
        ),
    ];
    let mut above = Vec::new();
    for (name, ceiling, text) in &noise {
        let found = prove::text(&engine, text, None);
        let mut told: Vec<_> = found
            .iter()
            .filter(|f| f.confidence >= Confidence::Medium)
            .collect();
        println!("{name:<40} {:>5} per MiB, ceiling {ceiling}", told.len());
        if told.len() > *ceiling {
            told.truncate(5);
            above.push(format!("{name}: {told:?}"));
        }
    }
    assert!(above.is_empty(), "{}", above.join("\n"));
}

/// 64 MiB of it through the whole road: what an auditor is told of numbers that are nobody's.
#[test]
fn digit_noise_stays_below_its_rates() {
    const MIB: usize = 64;
    let mut random = Random(64);
    let mut text = String::with_capacity((MIB << 20) + 256);
    while text.len() < MIB << 20 {
        match random.below(8) {
            0 => (0..8).for_each(|_| {
                let n = 1 + random.below(20) as usize;
                let _ = write!(text, "{} ", random.digits(n));
            }),
            1 => (0..6).for_each(|_| {
                let n = [10, 12][random.below(2) as usize];
                let _ = write!(text, "{} ", random.digits(n));
            }),
            2 => {
                let _ = write!(
                    text,
                    "{} {} ",
                    moment(&mut random),
                    1_500_000_000 + random.below(200_000_000)
                );
            }
            3 => {
                let _ = write!(
                    text,
                    "{}-{} {}-{} ",
                    random.digits(6),
                    random.digits(4),
                    random.digits(8),
                    random.digits(4)
                );
            }
            4 => {
                let _ = write!(text, "{:016x} {:08x} ", random.next(), random.next() >> 32);
            }
            5 => {
                let _ = write!(
                    text,
                    "{} {} {} ",
                    random.digits(13),
                    random.digits(16),
                    random.digits(15)
                );
            }
            6 => {
                let _ = write!(
                    text,
                    "{}-{} {} {} ",
                    random.digits(3),
                    random.digits(4),
                    random.digits(5),
                    random.digits(7)
                );
            }
            _ => {
                let n = random.digits(4);
                let _ = write!(
                    text,
                    "{} {n} {} {} ",
                    random.digits(4),
                    random.digits(4),
                    random.digits(4)
                );
            }
        }
        if random.below(3) == 0 {
            text.push('\n');
        }
    }
    let ran = Run::new()
        .file("noise.log", &text)
        .args(["scan", "tree", "--format", "json"])
        .run();
    let inventory = ran.code(0).inventory();
    let (mut high, mut medium, mut others) = (0, 0, 0);
    for kind in inventory["kinds"].as_array().unwrap() {
        let of = |band: &str| kind["findings"][band].as_u64().unwrap();
        let (name, sure, likely) = (kind["kind"].as_str().unwrap(), of("high"), of("medium"));
        println!(
            "{name:<24} {:.3} high and {:.3} medium per MiB",
            sure as f64 / MIB as f64,
            likely as f64 / MIB as f64
        );
        match name {
            "personnummer" | "samordningsnummer" => {
                high += sure;
                medium += likely;
            }
            _ => others += sure + likely,
        }
    }
    let rate = |count: u64| count as f64 / MIB as f64;
    assert!(
        rate(high) <= 0.05 && rate(medium) <= 0.5 && rate(others) <= 0.5,
        "{high} {medium} {others}"
    );
}

/// Processor time of this thread where the system tells it, so that a busy machine does not matter.
fn used() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Inputs that make a careless scanner look at everything once per byte.
#[test]
fn awkward_texts_take_linear_time() {
    let rules = datakarta::rules::load_builtin().unwrap();
    let engine = Engine::new(&rules, TODAY);
    let letters = "a".repeat(4000) + "@";
    for part in [
        "@",
        "0 ",
        "a.",
        "1",
        "c/o ",
        "c/o Ek, ",
        "Box 1 ",
        "(",
        "1/",
        "a@",
        "(at)",
        " ",
        "Storgatan 1 ",
        "811228-9874 ",
        "0701740605,",
        "'0701740605',",
        "811228-9874;",
        "a\t0701740605\n",
        "(0701740605,",
        ",('0701740605'",
        "<a@b.se>",
        "\n b@c.se",
        letters.as_str(),
        "070 174 06 05 ",
        "198112289874 ",
        "172 70 Ö ",
        "VALUES (",
        "12 12 12 - 1212 ",
        "x (dot) ",
        "&",
        "%40",
        "Norra ",
        "a1",
        "kund1",
        "samtycke1",
        "sjukskriv1",
        ";Rosa",
        "//Rosa",
        "A\u{100}",
        "1xcancer",
        "kort",
        "Norra 1:2 ",
        "S:3",
        "02:1a:",
        "1.2.3.4 ",
        "SE45 5000 ",
        "4111 1111 ",
        "konto 8214-9 ",
        "I<SWE8503127F8503127",
        "f. 12/3 85 ",
        "ABC 123 ",
    ] {
        let time = |bytes: usize, rounds: u32| {
            let text = part.repeat(bytes / part.len() + 1);
            (0..rounds)
                .map(|_| {
                    let mut seen = Seen::default();
                    let batch = Batch {
                        text: &text,
                        own: 0..text.len(),
                        cells: &[],
                        columns: &[],
                        label: None,
                    };
                    let start = used();
                    engine.detect(&batch, &mut seen);
                    used().saturating_sub(start)
                })
                .min()
                .unwrap_or_default()
        };
        let (small, large) = (time(64 << 10, 5), time(512 << 10, 2));
        // Eight times the text; quadratic would be 64 times. Below a few milliseconds the clock says little.
        let floor = small.max(Duration::from_millis(8));
        assert!(large < floor * 28, "{part:?}: {small:?} became {large:?}");
    }
}
