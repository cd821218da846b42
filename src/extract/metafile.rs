//! Text in pictures that are lists of what to draw: the metafiles of Windows.
//!
//! A table or a chart that was put into a document is often there as a picture only, and its numbers are plain text in
//! it. What is drawn beside each other is parted by tabs, or joined where no gap is between; what is drawn below stands
//! on a line of its own.
//!
//! Source: the published formats \[MS-EMF\], \[MS-EMFPLUS\] and \[MS-WMF\] of Microsoft.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::{GzDecoder, ZlibDecoder};
use memchr::memmem;

use super::compound::{u16_at, u32_at};
use super::package::parts::{has_extension, push};
use super::{Extractor, Flow, Input, Outlet, Trust, carry, reason_of};
use crate::model::{Issue, Place, Reason};
use crate::text::Encoding;

/// A picture says no more than this.
const MOST: usize = 4 << 20;
/// Of a record no more than this is looked at.
const RECORD: u64 = 1 << 20;
/// A packed picture unpacks to no more than this: as a bitmap, it would be one of 9,000 by 9,000 points.
const UNPACKED: u64 = 256 << 20;
/// Records between two looks at the clock.
const OFTEN: u32 = 4096;
/// Shares of a character's width: less of a gap than this is none, and less than that one space.
const NO_GAP: f64 = 0.4;
const ONE_SPACE: f64 = 1.6;
/// Heights that differ by less are one: all but the youngest records count in whole numbers.
const LEVEL: f64 = 0.5;

/// Reads emf and wmf.
pub(crate) struct Metafile;

impl Extractor for Metafile {
    fn trust(&self) -> Trust {
        Trust::Streams
    }

    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        tell(input.into_stream(), "picture", out).map(drop)
    }
}

/// Whether a file that begins so is a metafile.
pub(super) fn is_metafile(head: &[u8]) -> bool {
    is_enhanced(head) || head.starts_with(PLACED) || is_windows(head)
}

/// Whether a part (its name in lower case) is called as metafiles are, packed ones too.
pub(super) fn is_named_so(lower: &str) -> bool {
    has_extension(lower, &["emf", "wmf", "emz", "wmz"])
}

/// Tells the text of a picture, packed or not; what is no metafile says nothing.
pub(super) fn tell(picture: impl Read, name: &str, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    let (start, picture) = begun(picture).map_err(|error| reason_of(&error))?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return drawn(Unpacked::new(GzDecoder::new(picture)), name, out);
    }
    drawn(picture, name, out)
}

/// Tells the text of the metafiles among the pictures that Word and PowerPoint of old keep in a stream, each packed
/// behind a head of its own (\[MS-ODRAW\] 2.2.24 and 2.2.25).
pub(super) fn tell_pictures(stream: &[u8], out: &mut dyn Outlet) -> Flow {
    const HEADS: [([u8; 4], usize); 4] = [
        ([0x40, 0x3d, 0x1a, 0xf0], 16),
        ([0x50, 0x3d, 0x1a, 0xf0], 32),
        ([0x60, 0x21, 0x1b, 0xf0], 16),
        ([0x70, 0x21, 0x1b, 0xf0], 32),
    ];
    let mut found: Vec<(usize, usize)> = HEADS
        .iter()
        .flat_map(|(head, digests)| memmem::find_iter(stream, head).map(move |at| (at, 8 + digests)))
        .collect();
    found.sort_unstable();
    for ((at, head), number) in found.into_iter().zip(1u32..) {
        let Some(said) = stream.get(at + head..) else {
            continue;
        };
        let length = u32_at(said, 28).unwrap_or(0) as usize;
        let (Some(data), Some(packed)) = (said.get(34..), said.get(32)) else {
            continue;
        };
        let data = data.get(..length).unwrap_or(data);
        let name = format!("picture {number}");
        let result = match packed {
            0 => drawn(Unpacked::new(ZlibDecoder::new(data)), &name, out),
            _ => drawn(data, &name, out),
        };
        match result {
            Ok(Flow::Stop) => return Flow::Stop,
            Ok(Flow::Continue) => {}
            Err(Reason::Damaged) => out.issue(Issue::once(Reason::PartlyDamaged)),
            Err(reason) => out.issue(Issue::once(reason)),
        }
    }
    Flow::Continue
}

/// The text that a metafile in memory draws.
pub(super) fn text(picture: &[u8]) -> String {
    let mut pass = Pass::default();
    // What is in memory cannot fail to be read.
    let _: io::Result<Flow> = pass.run(picture, &mut || Flow::Continue);
    pass.text()
}

fn drawn(picture: impl Read, name: &str, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    let mut pass = Pass::default();
    let result = pass.run(picture, &mut || out.tick());
    if pass.drawn.cut {
        out.issue(Issue::once(Reason::ContentLimit));
    }
    let flow = push(&pass.text(), &Place::Part { name: name.into() }, None, out);
    match result {
        Ok(Flow::Continue) => Ok(flow),
        Ok(Flow::Stop) => Ok(Flow::Stop),
        Err(error) => Err(reason_of(&error)),
    }
}

/// The first bytes of a picture, and all of it.
fn begun<R: Read>(mut picture: R) -> io::Result<(Vec<u8>, impl Read)> {
    let mut start = Vec::new();
    picture.by_ref().take(44).read_to_end(&mut start)?;
    Ok((start.clone(), Cursor::new(start).chain(picture)))
}

/// What comes out of a packed picture, up to a limit.
struct Unpacked<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Unpacked<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            left: UNPACKED,
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(carry(Reason::ExpansionLimit));
        }
        let count = self.inner.read(into)?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

/// A walk over the records of a metafile.
#[derive(Default)]
struct Pass {
    drawn: Drawn,
    /// What the younger records of an enhanced metafile say. Programs write each picture twice, for readers of two
    /// ages; few write it for the younger ones alone.
    plus: Drawn,
    description: String,
    record: Vec<u8>,
}

impl Pass {
    fn text(self) -> String {
        let older = !self.drawn.text.trim().is_empty();
        self.description + if older { &self.drawn.text } else { &self.plus.text }
    }

    fn run(&mut self, picture: impl Read, tick: &mut dyn FnMut() -> Flow) -> io::Result<Flow> {
        let (start, picture) = begun(picture)?;
        let mut picture = BufReader::with_capacity(64 * 1024, picture);
        let enhanced = is_enhanced(&start);
        let head = if enhanced {
            0
        } else if start.starts_with(PLACED) {
            PLACED_HEAD + HEAD
        } else if is_windows(&start) {
            HEAD
        } else {
            return Ok(Flow::Continue);
        };
        skip(&mut picture, head)?;
        let mut records = 0u32;
        loop {
            records = records.wrapping_add(1);
            if records.is_multiple_of(OFTEN) && tick().is_stop() {
                return Ok(Flow::Stop);
            }
            self.record.clear();
            let own = if enhanced { 8 } else { 6 };
            picture.by_ref().take(own).read_to_end(&mut self.record)?;
            let Some((kind, size)) = kind_and_size(&self.record, enhanced) else {
                return Ok(Flow::Continue);
            };
            // A record shorter than its own head ends the picture.
            let Some(rest) = size.checked_sub(own) else {
                return Ok(Flow::Continue);
            };
            let wanted = if enhanced { ENHANCED_TEXTS } else { WINDOWS_TEXTS };
            let kept = if wanted.contains(&kind) {
                rest.min(RECORD)
            } else {
                0
            };
            picture.by_ref().take(kept).read_to_end(&mut self.record)?;
            skip(&mut picture, rest - kept)?;
            if kept == 0 {
                continue;
            }
            let _: Option<()> = if enhanced {
                self.enhanced(kind)
            } else {
                self.windows(kind)
            };
        }
    }

    fn enhanced(&mut self, kind: u32) -> Option<()> {
        let record = &self.record;
        match kind {
            NARROW => long_text(record, 1, &mut self.drawn),
            WIDE => long_text(record, 2, &mut self.drawn),
            SMALL => small_text(record, &mut self.drawn),
            COMMENT if record.get(12..16)? == b"EMF+" => plus_records(record.get(16..)?, &mut self.plus),
            HEADER => {
                self.description = description(record)?;
                Some(())
            }
            _ => None,
        }
    }

    fn windows(&mut self, kind: u32) -> Option<()> {
        match kind {
            TEXT => plain_text(&self.record, &mut self.drawn),
            _ => spaced_text(&self.record, &mut self.drawn),
        }
    }
}

/// The kind of a record and its size in bytes.
fn kind_and_size(head: &[u8], enhanced: bool) -> Option<(u32, u64)> {
    if enhanced {
        return Some((u32_at(head, 0)?, u64::from(u32_at(head, 4)?)));
    }
    Some((u32::from(u16_at(head, 4)?), u64::from(u32_at(head, 0)?) * 2))
}

fn skip(picture: &mut impl Read, count: u64) -> io::Result<()> {
    io::copy(&mut picture.take(count), &mut io::sink()).map(drop)
}

/// Text as it is drawn.
#[derive(Default)]
struct Drawn {
    text: String,
    /// There was more than [`MOST`].
    cut: bool,
    /// Of what was drawn last: its height, where it ended, and how wide the widest character on its line was.
    last: Option<(f64, Option<f64>, f64)>,
}

impl Drawn {
    /// What one record draws: where it begins, how high, and how wide it is.
    fn say(&mut self, text: &str, (x, y): (f64, f64), width: Option<f64>) {
        let text = text.trim_matches('\0');
        let characters = text.chars().count();
        self.cut |= self.text.len() + text.len() > MOST;
        if characters == 0 || self.cut {
            return;
        }
        let width = width.filter(|width| *width > 0.0);
        let each = width.map_or(0.0, |width| width / characters as f64);
        let widest = match self.last {
            Some((height, _, before)) if is_level(height, y) => each.max(before),
            _ => each,
        };
        let last = self.last.replace((y, width.map(|width| x + width), widest));
        if let Some((height, ended, _)) = last {
            let gap = ended.map_or(f64::INFINITY, |ended| (x - ended) / widest);
            self.text.push_str(match gap {
                _ if !is_level(height, y) => "\n",
                gap if gap.abs() < NO_GAP => "",
                gap if (0.0..ONE_SPACE).contains(&gap) => " ",
                _ => "\t",
            });
        }
        self.text.push_str(text);
    }
}

fn is_level(before: f64, height: f64) -> bool {
    (before - height).abs() < LEVEL
}

/// What a metafile of 32-bit Windows begins with, and what stands in its head.
const ENHANCED: &[u8] = &[1, 0, 0, 0];
const ENHANCED_MARK: &[u8] = b" EMF";

fn is_enhanced(picture: &[u8]) -> bool {
    picture.starts_with(ENHANCED)
        && picture
            .get(40..)
            .is_some_and(|rest| rest.starts_with(ENHANCED_MARK))
}

/// What its maker wrote of it in its head: the program, and the name of the picture.
fn description(head: &[u8]) -> Option<String> {
    let length = (u32_at(head, 60)? as usize).checked_mul(2)?;
    let words = head.get(u32_at(head, 64)? as usize..)?.get(..length.min(MOST))?;
    let words = Encoding::Utf16Le.string(words);
    let words: String = words
        .split('\0')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .flat_map(|word| [word, "\n"])
        .collect();
    Some(words)
}

fn number(bytes: &[u8], at: usize) -> f64 {
    u32_at(bytes, at).map_or(0.0, |bits| f64::from(bits.cast_signed()))
}

/// Records of the 32-bit form.
const HEADER: u32 = 1;
const COMMENT: u32 = 70;
const NARROW: u32 = 83;
const WIDE: u32 = 84;
const SMALL: u32 = 108;
const ENHANCED_TEXTS: &[u32] = &[HEADER, COMMENT, NARROW, WIDE, SMALL];

/// The option that says that numbers of glyphs stand in place of characters, which only the font knows.
const GLYPHS: u32 = 0x10;

/// A record with a text, of characters of so many bytes.
fn long_text(record: &[u8], width: usize, drawn: &mut Drawn) -> Option<()> {
    if u32_at(record, 52)? & GLYPHS != 0 {
        return None;
    }
    let count = u32_at(record, 44)? as usize;
    let text = record.get(u32_at(record, 48)? as usize..)?;
    let text = text.get(..count.checked_mul(width)?)?;
    let steps = u32_at(record, 72).and_then(|start| {
        let steps = record.get(start as usize..)?.get(..count.checked_mul(4)?)?;
        let steps = steps.as_chunks::<4>().0;
        Some(
            steps
                .iter()
                .map(|step| f64::from(i32::from_le_bytes(*step)))
                .sum(),
        )
    });
    let encoding = if width == 2 {
        Encoding::Utf16Le
    } else {
        Encoding::Windows1252
    };
    let spot = (number(record, 36), number(record, 40));
    drawn.say(&encoding.string(text), spot, steps);
    Some(())
}

/// The short form, without widths.
fn small_text(record: &[u8], drawn: &mut Drawn) -> Option<()> {
    const WITHOUT_BOX: u32 = 0x100;
    const ONE_BYTE: u32 = 0x200;
    let count = u32_at(record, 16)? as usize;
    let options = u32_at(record, 20)?;
    if options & GLYPHS != 0 {
        return None;
    }
    let text = record.get(if options & WITHOUT_BOX == 0 { 52 } else { 36 }..)?;
    let (width, encoding) = match options & ONE_BYTE {
        0 => (2, Encoding::Utf16Le),
        _ => (1, Encoding::Windows1252),
    };
    let text = text.get(..count.checked_mul(width)?)?;
    drawn.say(
        &encoding.string(text),
        (number(record, 8), number(record, 12)),
        None,
    );
    Some(())
}

/// The records of the younger form, which lie in comments of the older one.
fn plus_records(mut records: &[u8], drawn: &mut Drawn) -> Option<()> {
    const STRING: u16 = 0x401c;
    const PLACED_CHARACTERS: u16 = 0x4036;
    loop {
        let size = u32_at(records, 4)? as usize;
        let data = records.get(12..size)?;
        let real = |at: usize| f64::from(f32::from_bits(u32_at(data, at).unwrap_or(0)));
        match u16_at(records, 0)? {
            STRING => {
                let count = (u32_at(data, 8)? as usize).checked_mul(2)?;
                let text = Encoding::Utf16Le.string(data.get(28..)?.get(..count)?);
                drawn.say(&text, (real(12), real(16)), None);
            }
            // Characters, not glyphs, where the first option is set.
            PLACED_CHARACTERS if u32_at(data, 4)? & 1 != 0 => {
                let count = (u32_at(data, 12)? as usize).checked_mul(2)?;
                let text = Encoding::Utf16Le.string(data.get(16..)?.get(..count)?);
                drawn.say(&text, (real(16 + count), real(20 + count)), None);
            }
            _ => {}
        }
        records = records.get(size..)?;
    }
}

/// A head of its own that may stand before the one that every metafile of 16-bit Windows has.
const PLACED: &[u8] = &[0xd7, 0xcd, 0xc6, 0x9a];
const PLACED_HEAD: u64 = 22;
const HEAD: u64 = 18;

fn is_windows(picture: &[u8]) -> bool {
    // In memory or on disk; the words of its head; its version, 1 or 3.
    matches!(u16_at(picture, 0), Some(1 | 2))
        && u16_at(picture, 2) == Some(9)
        && matches!(u16_at(picture, 4), Some(0x100 | 0x300))
}

/// Records of the 16-bit form.
const TEXT: u32 = 0x0521;
const SPACED_TEXT: u32 = 0x0a32;
const WINDOWS_TEXTS: &[u32] = &[TEXT, SPACED_TEXT];

fn short(bytes: &[u8], at: usize) -> f64 {
    u16_at(bytes, at).map_or(0.0, |bits| f64::from(bits.cast_signed()))
}

fn plain_text(record: &[u8], drawn: &mut Drawn) -> Option<()> {
    let count = usize::from(u16_at(record, 6)?);
    let text = record.get(8..)?.get(..count)?;
    // An odd number of characters is filled up to an even one.
    let behind = 8 + count + count % 2;
    let spot = (short(record, behind + 2), short(record, behind));
    drawn.say(&Encoding::Windows1252.string(text), spot, None);
    Some(())
}

fn spaced_text(record: &[u8], drawn: &mut Drawn) -> Option<()> {
    const IN_BOX: u16 = 6;
    let count = usize::from(u16_at(record, 10)?);
    let options = u16_at(record, 12)?;
    if u32::from(options) & GLYPHS != 0 {
        return None;
    }
    let start = if options & IN_BOX == 0 { 14 } else { 22 };
    let text = record.get(start..)?.get(..count)?;
    let steps = record.get(start + count + count % 2..).and_then(|rest| {
        let steps = rest.get(..count.checked_mul(2)?)?.as_chunks::<2>().0;
        Some(
            steps
                .iter()
                .map(|step| f64::from(i16::from_le_bytes(*step)))
                .sum(),
        )
    });
    let spot = (short(record, 8), short(record, 6));
    drawn.say(&Encoding::Windows1252.string(text), spot, steps);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::heard::Heard;
    use std::io::Write as _;

    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn record(kind: u32, mut data: Vec<u8>) -> Vec<u8> {
        data.resize(data.len().next_multiple_of(4), 0);
        [words(&[kind, data.len() as u32 + 8]), data].concat()
    }

    /// A record with a text at a spot, each character ten wide.
    fn shown(text: &str, (x, y): (u32, u32), options: u32) -> Vec<u8> {
        let count = text.encode_utf16().count() as u32;
        let text = wide(text);
        let steps = 76 + text.len().next_multiple_of(4) as u32;
        let mut data = vec![0; 28];
        data.extend(words(&[x, y, count, 76, options, 0, 0, 0, 0, steps]));
        data.extend(&text);
        data.resize(steps as usize - 8, 0);
        data.extend(words(&vec![10; count as usize]));
        record(WIDE, data)
    }

    fn picture(records: &[Vec<u8>]) -> Vec<u8> {
        let mut head = vec![0; 32];
        head.extend(b" EMF");
        head.extend(words(&[0, 0, 0, 0, 5, 108]));
        head.resize(100, 0);
        head.extend(wide("App\0T\0"));
        [record(HEADER, head), records.concat()].concat()
    }

    #[test]
    fn what_is_drawn_is_parted_as_it_stands() {
        let picture = picture(&[
            shown("Pnr 1981", (0, 0), 0),
            shown("1228-9874", (80, 0), 0),
            shown("Åsa", (175, 0), 0),
            shown("Ek", (216, 0), 0),
            shown("12", (400, 0), 0),
            shown("nästa", (0, 20), 0),
            shown("\u{3}\u{4}", (0, 40), GLYPHS),
        ]);
        assert_eq!(text(&picture), "App\nT\nPnr 19811228-9874 Åsa Ek\t12\nnästa");
    }

    #[test]
    fn the_younger_records_are_read_where_the_older_say_nothing() {
        let said = wide("Bo Ek");
        let mut plus = words(&[0x401c, 28 + 12 + said.len() as u32, 28 + said.len() as u32]);
        plus.extend(words(&[0, 0, 5, 0, 0, 0, 0]));
        plus.extend(said);
        let comment = |plus: &[u8]| {
            let size = words(&[plus.len() as u32 + 4]);
            record(COMMENT, [&size, &b"EMF+"[..], plus].concat())
        };
        assert_eq!(text(&picture(&[comment(&plus)])), "App\nT\nBo Ek");
        let both = picture(&[comment(&plus), shown("Bo Ek", (0, 0), 0)]);
        assert_eq!(text(&both), "App\nT\nBo Ek");
    }

    fn short(numbers: &[u16]) -> Vec<u8> {
        numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    fn windows_picture() -> Vec<u8> {
        let spaced = [&short(&[7, 3, 2, 0])[..], b"\xc5s", &short(&[10, 10])].concat();
        let plain = [&short(&[3])[..], b"Bo!\0", &short(&[9, 5])].concat();
        let record = |kind: u32, data: Vec<u8>| {
            let size = data.len() as u32 / 2 + 3;
            [&size.to_le_bytes()[..], &(kind as u16).to_le_bytes(), &data].concat()
        };
        let head = short(&[1, 9, 0x300, 0, 0, 0, 0, 0, 0]);
        [head, record(SPACED_TEXT, spaced), record(TEXT, plain)].concat()
    }

    #[test]
    fn pictures_of_16_bit_windows_are_read_with_and_without_a_head_of_their_own() {
        let picture = windows_picture();
        assert_eq!(text(&picture), "Ås\nBo!");
        let mut placed = PLACED.to_vec();
        placed.resize(22, 0);
        placed.extend(&picture);
        assert_eq!(text(&placed), "Ås\nBo!");
        assert_eq!(text(b"\x89PNG\r\n\x1a\n"), "");
    }

    fn packed(picture: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(picture).unwrap();
        encoder.finish().unwrap()
    }

    fn in_drawing(data: &[u8]) -> Vec<u8> {
        let mut drawing = vec![0x70, 0x21, 0x1b, 0xf0, 0, 0, 0, 0];
        drawing.resize(8 + 32 + 28, 0);
        drawing.extend(words(&[data.len() as u32]));
        drawing.extend([0, 0xfe]);
        [&drawing, data, &[7; 30]].concat()
    }

    #[test]
    fn pictures_of_old_documents_are_unpacked_and_cut_ones_told() {
        let whole = in_drawing(&packed(&windows_picture()));
        let mut heard = Heard::default();
        assert_eq!(
            tell_pictures(&[vec![1; 99], whole].concat(), &mut heard),
            Flow::Continue
        );
        assert_eq!(heard.texts, [("Ås\nBo!".to_owned(), 0, 0)]);
        let packed = packed(&windows_picture());
        let mut heard = Heard::default();
        let cut = in_drawing(packed.get(..packed.len() / 2).unwrap_or_default());
        assert_eq!(tell_pictures(&cut, &mut heard), Flow::Continue);
        assert_eq!(heard.issues, [Issue::once(Reason::PartlyDamaged)]);
    }
}
