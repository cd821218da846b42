//! Personnummer and samordningsnummer at a run of digits.

use std::ops::Range;

use super::scene::Spoken;
use super::{Detector, Scene};
use crate::checks::personnummer::{self, Parsed};
use crate::model::{Candidate, Counted, Evidence, Form};
use crate::rules::WordRole;
use crate::text::fold::{dash_at, dash_before, space_at};

/// Tried at a run of `length` digits that does not follow a letter or digit.
pub(super) struct Digits {
    pub(super) length: usize,
}

/// Tried at a long run of digits that begins a line: an Autogiro record.
pub(super) struct Autogiro {
    pub(super) length: usize,
}

/// How many digits the record of a new mandate has up to its last field.
pub(super) const MANDATE: usize = 56;

impl Detector for Autogiro {
    /// Record type 04 (Bankgirot, 80 columns): payee 3-12, payer number 13-28 padded with zeros, account 29-44, and
    /// in columns 45-56 the identity number, run together with what stands before it.
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let value = at + MANDATE - 12..at + MANDATE;
        let record = scene.bytes.get(at..value.end).unwrap_or_default();
        let begins = at == 0 || matches!(scene.bytes[at - 1], b'\n' | b'\r');
        let padded = record.get(12..16) == Some(b"0000");
        if self.length < MANDATE || !begins || !padded || !record.starts_with(b"04") {
            return;
        }
        let Some(rule) = scene.engine.index.personnummer else {
            return;
        };
        let read = scene.bytes.get(value.clone()).and_then(read_token);
        let Some((ten, Some(century))) = read else { return };
        let parsed = personnummer::from_ten(&ten, Some(century), false, Some(scene.engine.today));
        if parsed.is_valid() && !parsed.coordination {
            let mut signals = dated(crate::model::Signals::NONE, &parsed)
                .with(Evidence::Checksum)
                .with(Evidence::Century)
                .with(Evidence::Context);
            signals.add_if(parsed.is_test_series(), Evidence::TestNumber);
            scene.push(out, rule, value, Form::Twelve, signals, Candidate::NO_LABEL);
        }
    }
}

/// Digits, where they end, and how they are written.
struct Shape {
    ten: [u8; 10],
    century: Option<u16>,
    end: usize,
    form: Form,
    plus: bool,
    spaced: bool,
}

impl Detector for Digits {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let index = &scene.engine.index;
        let (Some(person), Some(coordination)) = (index.personnummer, index.samordningsnummer) else {
            return;
        };
        let Some(shape) = read(scene, at, self.length) else {
            if let Some(form) = counted(scene, at, self.length) {
                scene.count(at, Counted::identity(form), false);
            }
            return;
        };
        let parsed = personnummer::from_ten(&shape.ten, shape.century, shape.plus, Some(scene.engine.today));
        if !scene.word_at(shape.end) && !shape.spaced {
            scene.count(at, Counted::identity(shape.form), parsed.is_valid());
        }
        if parsed.last < 10 || !(parsed.real_date || parsed.unknown_date) {
            return;
        }
        let rule = if parsed.coordination { coordination } else { person };
        if scene.word_at(shape.end)
            || (shape.form == Form::TenBare || shape.form == Form::Twelve) && decimal(scene, at, shape.end)
        {
            return;
        }
        if !parsed.checksum {
            suspect(scene, at, &shape, &parsed, rule, out);
            return;
        }
        let spoken = heard(scene, at, &shape, rule);
        if shape.form == Form::ZeroLost && !spoken.labelled() && !vote_possible(scene, at) {
            return;
        }
        // A space between date and serial is written only where a label explains it.
        if shape.spaced && !spoken.labelled() && !spoken.signals.has(Evidence::Context) {
            return;
        }
        let mut signals = evidence(scene, at, &shape, &parsed, spoken);
        signals.add(Evidence::Checksum);
        scene.push(out, rule, at..shape.end, shape.form, signals, spoken.label);
    }
}

/// The form of a number without a date where a date would be, for the count of those that pass.
fn counted(scene: &Scene<'_, '_>, at: usize, length: usize) -> Option<Form> {
    let form = match length {
        10 => Form::TenBare,
        12 => Form::Twelve,
        6 if scene.byte(at + 6) == b'-' => {
            let serial = scene
                .bytes
                .get(at + 7..)?
                .iter()
                .take(5)
                .take_while(|b| b.is_ascii_digit());
            (serial.count() == 4).then_some(Form::TenSeparated)?
        }
        _ => return None,
    };
    let end = at + length + if length == 6 { 5 } else { 0 };
    (!scene.word_at(end)).then_some(form)
}

/// A label that promises an identity number, and a wrong check digit: worth a second look, no more.
fn suspect<'a>(
    scene: &Scene<'_, 'a>,
    at: usize,
    shape: &Shape,
    parsed: &Parsed,
    rule: u16,
    out: &mut Vec<Candidate<'a>>,
) {
    let spoken = heard(scene, at, shape, rule);
    if spoken.labelled() && !spoken.contradicted() && shape.form != Form::ZeroLost {
        let signals = evidence(scene, at, shape, parsed, spoken);
        scene.push(
            out,
            rule,
            at..shape.end,
            Form::LabelOnly,
            dated(signals, parsed).with(Evidence::BadChecksum),
            spoken.label,
        );
    }
}

/// What is said around the number; a certificate's `serialNumber` is its holder's number, not a device's.
fn heard(scene: &Scene<'_, '_>, at: usize, shape: &Shape, rule: u16) -> Spoken {
    let mut spoken = scene.spoken(&(at..shape.end), rule);
    if spoken.contradicted() && in_certificate(scene, at, shape.end) {
        spoken.signals = spoken.signals.without(Evidence::OtherLabel).with(Evidence::Label);
    }
    spoken
}

/// `serialNumber=199102252385,CN=…`: the attribute of a distinguished name (X.520), among others of its kind.
fn in_certificate(scene: &Scene<'_, '_>, at: usize, end: usize) -> bool {
    const NAME: &[u8] = b"serialNumber=";
    let before = scene.bytes.get(at.saturating_sub(160)..at).unwrap_or_default();
    let after = scene
        .bytes
        .get(end..scene.bytes.len().min(end + 120))
        .unwrap_or_default();
    let named = before
        .get(before.len().saturating_sub(NAME.len())..)
        .is_some_and(|name| name.eq_ignore_ascii_case(NAME));
    let others = |text: &[u8]| {
        text.windows(4)
            .any(|w| matches!(w[0], b' ' | b',' | b'/' | b'+') && matches!(&w[1..], b"CN=" | b"SN=" | b"GN="))
            || text.windows(3).any(|w| w == b"CN=" || w == b"C=S")
    };
    named && (others(before) || others(after))
}

fn dated(mut signals: crate::model::Signals, parsed: &Parsed) -> crate::model::Signals {
    signals.add(if parsed.unknown_date {
        Evidence::UnknownDate
    } else {
        Evidence::Date
    });
    signals
}

fn evidence(
    scene: &Scene<'_, '_>,
    at: usize,
    shape: &Shape,
    parsed: &Parsed,
    spoken: Spoken,
) -> crate::model::Signals {
    let mut signals = dated(spoken.signals, parsed);
    signals.add_if(parsed.century_written, Evidence::Century);
    signals.add_if(!parsed.century_written, Evidence::CenturyInferred);
    signals.add_if(
        shape.form == Form::TenSeparated || shape.end - at > self_digits(shape),
        Evidence::Separator,
    );
    signals.add_if(parsed.is_test_series(), Evidence::TestNumber);
    signals.add_if(shape.form == Form::ZeroLost, Evidence::ZeroRestored);
    if parsed.century_written && personnummer::looks_like_timestamp(parsed) {
        signals.add(Evidence::Timestamp);
    }
    if !parsed.century_written && shape.form == Form::TenBare && personnummer::looks_like_timestamp(parsed) {
        signals.add(Evidence::Timestamp);
    }
    // 20230615-0018: a date and a running number. People born in this century have such numbers too.
    let serial = shape.end - at > self_digits(shape)
        && !parsed.coordination
        && parsed.year >= 2000
        && parsed.last < 400;
    signals.add_if(
        serial || parsed.year >= 2000 && dated_again(scene, at, shape.end, parsed),
        Evidence::Serial,
    );
    // "Bokningsnr 20220930…": document numbers carry the date they were issued on, so only recent years are doubted.
    let issued = spoken.numbered && parsed.year >= 1995;
    let crowd = || {
        scene.among_failures(&(at..shape.end), |token| {
            read_token(token).is_some_and(|(ten, century)| {
                personnummer::from_ten(&ten, century, false, Some(scene.engine.today)).is_valid()
            })
        })
    };
    if !spoken.labelled() && (issued || crowd()) {
        signals.add(Evidence::OtherContext);
    }
    let clearing = personal_account(scene, at);
    if scene.tied_before(at) && !clearing || scene.tied_after(shape.end) {
        signals.add(Evidence::OtherContext);
    }
    if clearing {
        signals.add(Evidence::Context);
    }
    // A sole trader's organisation number is the owner's personnummer.
    if !spoken.labelled()
        && signals.has(Evidence::Context)
        && let Some(org) = scene.engine.index.organisation
    {
        let around = scene.before(scene.bounds(at).start, at, org);
        let header = scene.outer_label(at).is_some_and(|labels| labels.is_label(org));
        signals.add_if(
            header || around.direct.is_some_and(|met| met.role == WordRole::Label),
            Evidence::SoleTrader,
        );
    }
    signals
}

fn self_digits(shape: &Shape) -> usize {
    match (shape.form, shape.century) {
        (Form::ZeroLost, _) => 9,
        (_, Some(_)) => 12,
        _ => 10,
    }
}

/// Whether the same day stands beside it as a date (`20231005-0790;2023-10-05`): the day of an order, not of a birth.
fn dated_again(scene: &Scene<'_, '_>, at: usize, end: usize, parsed: &Parsed) -> bool {
    let mut date = *b"00-00-00";
    let parts = [parsed.year % 100, u16::from(parsed.month), u16::from(parsed.day)];
    for (slot, part) in date.chunks_mut(3).zip(parts) {
        slot[0] += (part / 10) as u8;
        slot[1] += (part % 10) as u8;
    }
    let beside = |range: Range<usize>| {
        scene
            .bytes
            .get(range)
            .is_some_and(|near| near.windows(8).any(|w| w == date))
    };
    beside(at.saturating_sub(28)..at) || beside(end..scene.bytes.len().min(end + 28))
}

/// Ten or twelve digits of a token, with its century.
fn read_token(token: &[u8]) -> Option<([u8; 10], Option<u16>)> {
    let (digits, count) = crate::checks::digits::<12>(token)?;
    let ten = digits.get(count.checked_sub(10)?..count)?.try_into().ok()?;
    let century = (count == 12).then(|| u16::from(digits[0]) * 10 + u16::from(digits[1]));
    Some((ten, century))
}

/// `3300-8112289874`: Nordea's personal accounts (clearing 3300 and 3782) have the owner's number.
fn personal_account(scene: &Scene<'_, '_>, at: usize) -> bool {
    let dash = dash_before(scene.bytes, at).or_else(|| crate::text::fold::space_before(scene.bytes, at));
    dash.is_some_and(|length| {
        let end = at - length;
        let clearing = end.checked_sub(4).and_then(|start| scene.bytes.get(start..end));
        matches!(clearing, Some(b"3300" | b"3782")) && (end == 4 || !scene.word_at(end - 5))
    })
}

/// Part of a number with decimals: `811228.9874`, `3.8112289874`.
fn decimal(scene: &Scene<'_, '_>, at: usize, end: usize) -> bool {
    let before = at >= 2 && scene.bytes[at - 1] == b'.' && scene.bytes[at - 2].is_ascii_digit();
    let after = scene.byte(end) == b'.' && scene.byte(end + 1).is_ascii_digit();
    before || after
}

/// A cell of nine digits under no header at all may still be voted for by its column.
fn vote_possible(scene: &Scene<'_, '_>, at: usize) -> bool {
    scene.cell(at).is_some_and(|cell| cell.end - cell.start == 9)
}

/// Up to twelve digits, read from one or two runs.
#[derive(Default)]
struct Read {
    digits: [u8; 12],
    count: usize,
}

impl Read {
    fn take(&mut self, bytes: &[u8], at: usize, count: usize) -> Option<()> {
        let run = bytes.get(at..at + count)?;
        for (slot, byte) in self
            .digits
            .get_mut(self.count..self.count + count)?
            .iter_mut()
            .zip(run)
        {
            *slot = byte.wrapping_sub(b'0');
            if *slot > 9 {
                return None;
            }
        }
        self.count += count;
        Some(())
    }

    fn shape(&self, end: usize, form: Form, plus: bool, spaced: bool) -> Option<Shape> {
        let d = &self.digits;
        let (century, ten): (_, [u8; 10]) = match self.count {
            12 => (
                Some(u16::from(d[0]) * 10 + u16::from(d[1])),
                d[2..12].try_into().ok()?,
            ),
            10 => (None, d[..10].try_into().ok()?),
            _ => return None,
        };
        // The cheap sieve first: most runs of ten digits have no month where one should be.
        let (month, day) = (ten[2] * 10 + ten[3], ten[4] * 10 + ten[5]);
        let no_day = day == 0 || day > 91 || (32..60).contains(&day);
        if month > 12 || no_day || century.is_some_and(|c| !(18..=20).contains(&c)) {
            return None;
        }
        Some(Shape {
            ten,
            century,
            end,
            form,
            plus,
            spaced,
        })
    }
}

/// Reads the shapes an identity number is written in.
fn read(scene: &Scene<'_, '_>, at: usize, length: usize) -> Option<Shape> {
    let bytes = scene.bytes;
    let mut digits = Read::default();
    match length {
        12 | 10 => {
            digits.take(bytes, at, length)?;
            digits.shape(
                at + length,
                if length == 12 { Form::Twelve } else { Form::TenBare },
                false,
                false,
            )
        }
        9 => {
            let cell = scene.cell(at)?;
            if cell.start != at || cell.end != at + 9 {
                return None;
            }
            digits.count = 1;
            digits.take(bytes, at, 9)?;
            digits.shape(at + 9, Form::ZeroLost, false, false)
        }
        6 | 8 => {
            let (gap, plus, spaced) = separator(bytes, at + length)?;
            let tail = at + length + gap;
            let run = bytes
                .get(tail..)?
                .iter()
                .take(5)
                .take_while(|b| b.is_ascii_digit())
                .count();
            if run != 4 {
                return None;
            }
            digits.take(bytes, at, length)?;
            digits.take(bytes, tail, 4)?;
            let form = if length == 8 {
                Form::Twelve
            } else {
                Form::TenSeparated
            };
            digits.shape(tail + 4, form, plus, spaced)
        }
        2 | 4 => in_boxes(scene, at, length),
        _ => None,
    }
}

/// `85 03 12 - 2395`, `1985 03 12-2395`: the boxes of a form. Taken only under a label.
fn in_boxes(scene: &Scene<'_, '_>, at: usize, length: usize) -> Option<Shape> {
    let bytes = scene.bytes;
    let month = at + length + space_at(bytes, at + length)?;
    let day = month + 2 + space_at(bytes, month + 2)?;
    let (gap, plus, _) = separator(bytes, day + 2)?;
    let tail = day + 2 + gap;
    if scene.byte(tail + 4).is_ascii_digit() {
        return None;
    }
    let mut digits = Read::default();
    for (start, count) in [(at, length), (month, 2), (day, 2), (tail, 4)] {
        digits.take(bytes, start, count)?;
    }
    digits.shape(tail + 4, Form::TenSeparated, plus, true)
}

/// `-`, `+`, a space, or a dash with spaces around it: length, whether it is a plus, whether it is a bare space.
fn separator(bytes: &[u8], at: usize) -> Option<(usize, bool, bool)> {
    if bytes.get(at) == Some(&b'+') {
        return Some((1, true, false));
    }
    let mut i = at;
    let before = space_at(bytes, i).unwrap_or(0);
    i += before;
    match dash_at(bytes, i) {
        Some(dash) => {
            i += dash;
            i += space_at(bytes, i).unwrap_or(0);
            Some((i - at, false, false))
        }
        None if before > 0 => Some((before, false, true)),
        None => None,
    }
}
