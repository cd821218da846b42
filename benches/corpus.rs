//! Text to measure with, made from a seed: the same bytes on every machine, and nobody's data.
//!
//! Three kinds, since a scanner's speed is three numbers: ordinary prose with a hit here and there, tables that
//! are hits from end to end, and digits that only look like hits.
//!
//! All identities are invented: the serial numbers 238x and 239x are those set aside for tests, the telephone
//! numbers come from the series kept free for fiction, the addresses are of streets that do not exist.

#![allow(dead_code)] // each bench uses its own part

use std::fmt::Write as _;

/// A small generator of numbers (SplitMix64): a bench needs repeatable, not good, randomness.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.below(words.len() as u64)).unwrap_or(0);
        words.get(at).copied().unwrap_or_default()
    }
}

const FIRST: &[&str] = &[
    "Alva", "Björn", "Cecilia", "Dag", "Elsa", "Folke", "Gunilla", "Håkan", "Åsa", "Östen",
];
const LAST: &[&str] = &[
    "Provsson",
    "Testberg",
    "Exempelström",
    "Påhittqvist",
    "Låtsaslund",
    "Diktén",
];
const STREETS: &[&str] = &[
    "Påhittsgatan",
    "Exempelvägen",
    "Provstigen",
    "Låtsasgränd",
    "Diktaregatan",
];
const TOWNS: &[(&str, &str)] = &[
    ("114 55", "Stockholm"),
    ("411 05", "Göteborg"),
    ("211 22", "Malmö"),
    ("903 26", "Umeå"),
];

const WHO: &[&str] = &[
    "Kommittén",
    "Föreningen",
    "Vår leverantör",
    "Den nya chefen",
    "Personalen",
    "Gruppen",
];
const DOES: &[&str] = &[
    "diskuterade",
    "godkände",
    "sköt upp",
    "granskade",
    "förberedde",
    "återkom till",
];
const WHAT: &[&str] = &[
    "förslaget",
    "budgeten för nästa år",
    "underhållet av taket",
    "protokollet",
    "avtalet",
];
const WHEN: &[&str] = &[
    "under mötet",
    "före sommaren",
    "utan att någon hade invändningar",
    "efter en lång genomgång",
    "i går",
];
const LEVELS: &[&str] = &["INFO", "DEBUG", "WARN"];
const EVENTS: &[&str] = &[
    "request served",
    "cache refreshed",
    "connection closed by peer",
    "job queued",
    "retry scheduled",
];

/// Prose and log lines with about one piece of personal data in 10 KiB.
pub fn prose(bytes: usize, seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut text = String::with_capacity(bytes + 256);
    let mut next = 2_000;
    while text.len() < bytes {
        if text.len() >= next {
            next += 5_000 + usize::try_from(dice.below(10_000)).unwrap_or(0);
            personal_sentence(&mut text, &mut dice);
        } else if dice.below(5) == 0 {
            log_line(&mut text, &mut dice);
        } else {
            sentence(&mut text, &mut dice);
        }
    }
    cut(text, bytes)
}

/// Rows of customers, `;` between the cells: nearly every cell is personal data.
pub fn dense_csv(bytes: usize, seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut text = String::with_capacity(bytes + 256);
    text.push_str("Kundnr;Personnr;Förnamn;Efternamn;Adress;Postnr;Ort;Telefon;E-post\r\n");
    let mut customer = 100_000;
    while text.len() < bytes {
        customer += 1 + dice.below(7);
        let identity = personnummer(&mut dice);
        let (first, last) = (dice.pick(FIRST), dice.pick(LAST));
        let (street, postcode, town) = address(&mut dice);
        let (phone, email) = (phone(&mut dice), email(&mut dice));
        let _ = write!(
            text,
            "{customer};{identity};{first};{last};{street};{postcode};{town};{phone};{email}\r\n"
        );
    }
    cut(text, bytes)
}

/// Times, addresses of machines, digests, identifiers and measurements: full of digits, and nobody in it.
pub fn digit_noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut text = String::with_capacity(bytes + 512);
    while text.len() < bytes {
        noise_line(&mut text, &mut dice);
    }
    cut(text, bytes)
}

/// A character at the end may be cut in two, as at the end of any block read from a file.
fn cut(text: String, bytes: usize) -> Vec<u8> {
    let mut bytes_of = text.into_bytes();
    bytes_of.truncate(bytes);
    bytes_of
}

fn sentence(text: &mut String, dice: &mut Dice) {
    let (who, does, what, when) = (dice.pick(WHO), dice.pick(DOES), dice.pick(WHAT), dice.pick(WHEN));
    let end = if dice.below(6) == 0 { "\n\n" } else { " " };
    let _ = write!(text, "{who} {does} {what} {when}.{end}");
}

fn log_line(text: &mut String, dice: &mut Dice) {
    let (level, event) = (dice.pick(LEVELS), dice.pick(EVENTS));
    let _ = write!(
        text,
        "\n{} {level} [worker-{}] {event} in {} ms\n",
        time(dice),
        dice.below(16),
        dice.below(900)
    );
}

fn personal_sentence(text: &mut String, dice: &mut Dice) {
    let _ = match dice.below(4) {
        0 => write!(
            text,
            "Ärendet gäller kund med personnummer {}. ",
            personnummer(dice)
        ),
        1 => write!(text, "Ring {} om något är oklart. ", phone(dice)),
        2 => write!(text, "Svar skickas till {} före fredag. ", email(dice)),
        _ => {
            let (street, postcode, town) = address(dice);
            write!(text, "Leveransen går till {street}, {postcode} {town}. ")
        }
    };
}

fn personnummer(dice: &mut Dice) -> String {
    let (year, month, day) = (1930 + dice.below(80), 1 + dice.below(12), 1 + dice.below(28));
    let nine = format!("{:02}{month:02}{day:02}{}", year % 100, 238 + dice.below(2));
    let short = nine.get(..6).unwrap_or_default();
    let serial = nine.get(6..).unwrap_or_default();
    let check = luhn(nine.as_bytes());
    let century = year / 100;
    match dice.below(4) {
        0 => format!("{century}{short}{serial}{check}"),
        1 => format!("{century}{short}-{serial}{check}"),
        _ => format!("{short}-{serial}{check}"),
    }
}

/// The digit that makes the digits before it pass the Luhn check.
fn luhn(digits: &[u8]) -> u32 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            if at % 2 == 0 {
                value * 2 / 10 + value * 2 % 10
            } else {
                value
            }
        })
        .sum();
    (10 - sum % 10) % 10
}

fn phone(dice: &mut Dice) -> String {
    let last = 5 + dice.below(95);
    match dice.below(3) {
        0 => format!("+46 70 174 06 {last:02}"),
        1 => format!("07017406{last:02}"),
        _ => format!("070-174 06 {last:02}"),
    }
}

fn email(dice: &mut Dice) -> String {
    let name = format!("{}.{}", dice.pick(FIRST), dice.pick(LAST)).to_lowercase();
    let plain: String = name
        .chars()
        .map(|c| match c {
            'å' | 'ä' => 'a',
            'ö' => 'o',
            'é' => 'e',
            other => other,
        })
        .collect();
    format!("{plain}{}@example.com", dice.below(1_000_000))
}

fn address(dice: &mut Dice) -> (String, &'static str, &'static str) {
    let at = usize::try_from(dice.below(TOWNS.len() as u64)).unwrap_or(0);
    let (postcode, town) = TOWNS.get(at).copied().unwrap_or_default();
    (
        format!("{} {}", dice.pick(STREETS), 1 + dice.below(140)),
        postcode,
        town,
    )
}

fn time(dice: &mut Dice) -> String {
    format!(
        "20{:02}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        10 + dice.below(16),
        1 + dice.below(12),
        1 + dice.below(28),
        dice.below(24),
        dice.below(60),
        dice.below(60),
        dice.below(1000)
    )
}

fn noise_line(text: &mut String, dice: &mut Dice) {
    let _ = match dice.below(8) {
        0 => writeln!(
            text,
            "{} 10.{}.{}.{}",
            time(dice),
            dice.below(256),
            dice.below(256),
            dice.below(256)
        ),
        1 => writeln!(
            text,
            "sha256:{:016x}{:016x}{:016x}{:016x}",
            dice.roll(),
            dice.roll(),
            dice.roll(),
            dice.roll()
        ),
        2 => {
            let (a, b) = (dice.roll(), dice.roll());
            let (one, two, three) = (a >> 32, a >> 16 & 0xffff, a & 0xfff);
            writeln!(
                text,
                "{one:08x}-{two:04x}-4{three:03x}-a{:03x}-{:012x}",
                b >> 52,
                b & 0xffff_ffff_ffff
            )
        }
        3 => {
            base64(text, dice);
            writeln!(text)
        }
        4 => writeln!(text, "ean {}", ean(dice)),
        5 => writeln!(
            text,
            "{{\"id\":{},\"value\":{}.{:06},\"at\":{}}}",
            dice.below(10_000_000_000),
            dice.below(1000),
            dice.below(1_000_000),
            1_500_000_000_000 + dice.below(300_000_000_000)
        ),
        // A time run together has the very form of an identity number of twelve digits.
        6 => {
            let run = time(dice).replace(['-', ':', 'T'], "");
            let digits = if dice.below(2) == 0 { 12 } else { 14 };
            writeln!(text, "backup_{}.tar.gz", run.get(..digits).unwrap_or_default())
        }
        _ => writeln!(
            text,
            "{:>12} {:>10} {:>8}",
            dice.below(1 << 39),
            dice.below(1 << 32),
            dice.below(1 << 24)
        ),
    };
}

fn base64(text: &mut String, dice: &mut Dice) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for _ in 0..72 {
        let at = usize::try_from(dice.below(64)).unwrap_or(0);
        text.push(char::from(LETTERS[at & 63]));
    }
}

fn ean(dice: &mut Dice) -> String {
    let twelve = format!("73{:010}", dice.below(10_000_000_000));
    let sum: u32 = twelve
        .bytes()
        .enumerate()
        .map(|(at, digit)| u32::from(digit.wrapping_sub(b'0')) * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{twelve}{}", (10 - sum % 10) % 10)
}
