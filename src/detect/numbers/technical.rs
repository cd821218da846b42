//! Addresses of networks and numbers of equipment.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::groups::Groups;
use super::{Need, put};
use crate::checks::imei;
use crate::checks::ip::{self, Class};
use crate::checks::mac as macs;
use crate::detect::Scene;
use crate::model::{Candidate, Evidence, Form, Kind, Signals};

/// A v4 address whose first number begins at `at`.
pub(super) fn ipv4<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let Some((address, end)) = dotted(scene.bytes, at) else {
        return;
    };
    let class = ip::v4(address);
    if class == Class::Special || part_of_more(scene, at, end) {
        return;
    }
    if let Some(prefix) = prefix_after(scene, end)
        && ip::v4_network(address, prefix)
    {
        return;
    }
    // `::ffff:203.0.113.7` is one address.
    let mapped = at >= 7
        && scene
            .bytes
            .get(at - 7..at)
            .is_some_and(|b| b.eq_ignore_ascii_case(b"::ffff:"));
    let start = if mapped { at - 7 } else { at };
    // 1.2.3.4: of real addresses one in a hundred has three such small numbers, of sections and versions most.
    let small = address.octets().iter().filter(|&&octet| octet < 32).count() >= 3;
    let form = if small && class == Class::Public {
        Form::Bare
    } else {
        Form::Printed
    };
    let mut own = Signals::NONE.with(Evidence::Syntax);
    own.add_if(class == Class::Documentation, Evidence::TestNumber);
    let need = if form == Form::Bare {
        Need::Word
    } else {
        Need::Nothing
    };
    put(scene, out, Kind::IpAddress, start..end, form, own, need);
}

fn dotted(bytes: &[u8], at: usize) -> Option<(Ipv4Addr, usize)> {
    let mut octets = [0u8; 4];
    let mut i = at;
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            (bytes.get(i) == Some(&b'.')).then_some(())?;
            i += 1;
        }
        let run = bytes
            .get(i..)?
            .iter()
            .take(4)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let digits = bytes.get(i..i + run)?;
        if !(1..=3).contains(&run) || run > 1 && digits[0] == b'0' {
            return None;
        }
        *octet = u8::try_from(digits.iter().fold(0u16, |sum, b| sum * 10 + u16::from(b - b'0'))).ok()?;
        i += run;
    }
    Some((Ipv4Addr::from(octets), i))
}

/// A longer dotted number, a version behind a product's name or a comparison.
fn part_of_more(scene: &Scene<'_, '_>, at: usize, end: usize) -> bool {
    let back = |n: usize| at.checked_sub(n).map_or(0, |i| scene.byte(i));
    let before = match back(1) {
        b'.' => scene.word_at(at.wrapping_sub(2)),
        b'-' => !back(2).is_ascii_digit() && back(2) != b' ',
        b'/' => back(2).is_ascii_alphanumeric() || back(2) == b')',
        b'=' => matches!(back(2), b'=' | b'>' | b'<' | b'~' | b'!'),
        b'_' | b'^' | b'~' | b'#' | b'+' => true,
        _ => false,
    };
    let next = scene.byte(end + 1);
    let after = match scene.byte(end) {
        b'.' => next.is_ascii_alphanumeric(),
        b'-' => next.is_ascii_alphabetic() || next.is_ascii_digit() && dotted(scene.bytes, end + 1).is_none(),
        b'_' | b'+' => true,
        _ => scene.word_at(end),
    };
    before || after
}

/// The length of a prefix: `/24`.
fn prefix_after(scene: &Scene<'_, '_>, end: usize) -> Option<u32> {
    let run = scene
        .bytes
        .get(end + 1..)?
        .iter()
        .take(4)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let digits = scene.bytes.get(end + 1..end + 1 + run)?;
    (scene.byte(end) == b'/' && (1..=3).contains(&run))
        .then(|| digits.iter().fold(0, |sum, b| sum * 10 + u32::from(b - b'0')))
}

/// A v6 address that begins at `at`: all that are given out begin with 2 or 3.
pub(super) fn ipv6<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let four = scene.bytes.get(at..at + 5).unwrap_or_default();
    let begins = matches!(four, [a, b, c, d, b':'] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit));
    if !begins || at > 0 && matches!(scene.byte(at - 1), b':' | b'.' | b'-') {
        return;
    }
    let mut end = at;
    while end < at + 40 && (scene.byte(end).is_ascii_hexdigit() || scene.byte(end) == b':') {
        end += 1;
    }
    if scene.byte(end - 1) == b':' && scene.byte(end - 2) != b':' {
        end -= 1;
    }
    let Ok(address) = scene.text(at..end).parse::<Ipv6Addr>() else {
        return;
    };
    let class = ip::v6(address);
    let network = || prefix_after(scene, end).is_some_and(|prefix| ip::v6_network(address, prefix));
    if class == Class::Special || scene.word_at(end) || network() {
        return;
    }
    let mut own = Signals::NONE.with(Evidence::Syntax);
    own.add_if(class == Class::Documentation, Evidence::TestNumber);
    put(
        scene,
        out,
        Kind::IpAddress,
        at..end,
        Form::Printed,
        own,
        Need::Nothing,
    );
}

/// A hardware address one of whose digits begins at `at`; it is tried at the first of them.
pub(super) fn mac<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let mut start = at;
    while start > 0 && at - start < 18 {
        match scene.bytes[start - 1] {
            b'a'..=b'f' | b'A'..=b'F' | b':' | b'-' | b'.' => start -= 1,
            b'0'..=b'9' => return,
            _ => break,
        }
    }
    // A separator before the first pair belongs to what stands before it.
    let lead = scene.bytes.get(start..at).map_or(0, |run| {
        run.iter().take_while(|b| matches!(b, b':' | b'-' | b'.')).count()
    });
    start += lead;
    let Some(length) = scene.bytes.get(start..).and_then(macs::length) else {
        return;
    };
    let end = start + length;
    let text = scene.bytes.get(start..end).unwrap_or_default();
    let longer =
        lead > 0 && start > lead && scene.word_at(start - lead - 1) || start > 0 && scene.word_at(start - 1);
    let after = matches!(scene.byte(end), b':' | b'-' | b'.') && scene.byte(end + 1).is_ascii_hexdigit();
    if longer || after || scene.word_at(end) || !macs::of_a_device(text) {
        return;
    }
    let decimal = !text.iter().any(u8::is_ascii_alphabetic);
    // 05-12-18-23-31-34 may be six numbers.
    let form = if decimal && text[2] != b':' && !text.starts_with(b"00") {
        Form::Bare
    } else {
        Form::Printed
    };
    let mut own = Signals::NONE.with(Evidence::Syntax);
    let folded = |i: usize| text.get(i).copied().unwrap_or(0).to_ascii_uppercase();
    let documentation = [0, 1, 3, 4, 6, 7, 9, 10, 12, 13].map(folded) == *b"00005E0053";
    own.add_if(documentation, Evidence::TestNumber);
    let need = if form == Form::Bare {
        Need::Word
    } else {
        Need::Nothing
    };
    put(scene, out, Kind::MacAddress, start..end, form, own, need);
}

/// How the number of a telephone and that of a SIM card are printed.
const IMEI_GROUPS: &[&[usize]] = &[
    &[2, 6, 6, 1],
    &[6, 2, 6, 1],
    &[8, 6, 1],
    &[2, 6, 7],
    &[3, 3, 3, 3, 3],
    &[15],
];

/// Numbers of telephones and of SIM cards.
pub(super) fn equipment<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    if matches!(groups.first(), 2 | 3 | 6 | 8 | 15)
        && let Some(end) = IMEI_GROUPS.iter().find_map(|sizes| groups.sized(sizes))
    {
        let digits = groups.digits(15);
        if imei::valid(digits) && !super::payment::ends_inside(scene, end) && !scene.tied_before(at) {
            let mut own = Signals::NONE.with(Evidence::Checksum);
            own.add_if(imei::known_body(digits), Evidence::Issuer);
            own.add_if(
                digits == [4, 9, 0, 1, 5, 4, 2, 0, 3, 2, 3, 7, 5, 1, 8],
                Evidence::TestNumber,
            );
            put(scene, out, Kind::Imei, at..end, Form::Bare, own, Need::Word);
        }
    }
    if groups.digits(2) != [8, 9] {
        return;
    }
    let part = groups.parts().iter().find(|part| matches!(part.upto, 19 | 20));
    let Some(part) = part.filter(|part| imei::valid_sim(groups.digits(part.upto))) else {
        return;
    };
    if super::payment::ends_inside(scene, part.end) || scene.tied_before(at) {
        return;
    }
    // Swedish operators have 00 to 29; a number without a label is in fours or run together.
    let printed = groups.sized(&[4, 4, 4, 4, 3]).or(groups.sized(&[4, 4, 4, 4, 4])) == Some(part.end);
    let swedish = matches!(groups.digits(5), [8, 9, 4, 6, 0..=2]) && (printed || groups.first() == part.upto);
    let mut own = Signals::NONE.with(Evidence::Checksum);
    own.add_if(swedish, Evidence::Issuer);
    put(
        scene,
        out,
        Kind::Iccid,
        at..part.end,
        Form::Bare,
        own,
        if swedish { Need::Nothing } else { Need::Word },
    );
}
