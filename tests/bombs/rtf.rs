//! Rich Text that nests, counts and lies.

use super::make::PERSON;
use super::{Bomb, Expect};

fn rtf(head: &str, middle: &str, times: usize, tail: &str) -> Vec<u8> {
    let mut out =
        format!("{{\\rtf1\\ansi\\ansicpg1252{{\\fonttbl{{\\f0 Arial;}}}}\\f0 pnr {PERSON}\\par {head}")
            .into_bytes();
    out.extend(middle.repeat(times).bytes());
    out.extend(tail.bytes());
    out
}

pub fn all() -> Vec<Bomb> {
    let closed = "}".repeat(1_000_001);
    vec![
        Bomb::new(
            "grupper.rtf",
            rtf("", "{", 1_000_000, &format!("djupt{closed}")),
            Expect::Any,
        )
        .found(),
        Bomb::new("öppna.rtf", rtf("", "{\\b ", 1_000_000, ""), Expect::Any).found(),
        Bomb::new(
            "för många slut.rtf",
            rtf("", "}", 1_000_000, &format!("pnr {PERSON}")),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "bin.rtf",
            rtf("{\\pict\\bin2147483647 ", "abc", 100, "}\\par}"),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "bin minus.rtf",
            rtf("{\\pict\\bin-2147483648 ", "abc", 100, "}\\par}"),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "många bin.rtf",
            rtf("", "{\\pict\\bin4294967295 }", 100_000, "}"),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "objekt.rtf",
            rtf(
                "{\\object\\objemb{\\*\\objdata ",
                "0105000002000000",
                2_000_000,
                "}}}",
            ),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "objekt i objekt.rtf",
            rtf("", "{\\object{\\*\\objdata 01050000", 200_000, ""),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "lögn i objekt.rtf",
            rtf(
                "{\\object\\objemb{\\*\\objdata 0105000002000000ffffff7f",
                "41",
                1000,
                "}}}",
            ),
            Expect::Any,
        )
        .found(),
        Bomb::new("ord.rtf", rtf("", "\\b0\\i0", 3_000_000, "}"), Expect::Any).found(),
        Bomb::new(
            "uc.rtf",
            rtf("\\uc2147483647 \\u229 ", "a", 2_000_000, "}"),
            Expect::Any,
        )
        .found(),
        Bomb::new("siffror.rtf", rtf("\\u", "9", 5_000_000, "}"), Expect::Any).found(),
        Bomb::new("namn.rtf", rtf("\\", "a", 5_000_000, "}"), Expect::Any).found(),
        Bomb::new(
            "typsnitt.rtf",
            rtf("{\\fonttbl", "{\\f99999\\fcharset204 X;}", 300_000, "}}"),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "tabell.rtf",
            rtf("", "\\trowd\\intbl\\itap99999\\nestcell\\cell", 200_000, "\\row}"),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "fält.rtf",
            rtf("", "{\\field{\\*\\fldinst{HYPERLINK \"", 100_000, ""),
            Expect::Any,
        )
        .found(),
    ]
}
