//! The pictures of a page that is nothing but pictures, as files that text recognition reads.
//!
//! What is a file format already (JPEG, JPEG 2000) is passed through untouched; fax data gets a TIFF header;
//! samples become PNM. No picture is decoded unless it is wanted, and none larger than a page can be.

use std::borrow::Cow;

use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use lopdf::dictionary;

use super::content::Matrix;
use super::sound;
use crate::extract::{Outlet, Picture};

/// What the samples of one picture may come to: an A4 page in colour at 600 dots an inch.
const SAMPLES_LIMIT: usize = 128 << 20;
/// Pictures of one page that are handed on.
pub(super) const MAX_PICTURES: usize = 64;
/// A picture with fewer pixels than this a side holds no text.
const SMALLEST: u32 = 16;

/// A picture so many times smaller than the largest of its page stands beside it.
const SMALL_BESIDE: f64 = 4.0;

/// A picture where it is shown.
pub(super) struct Shown<'a> {
    pub(super) stream: Stream<'a>,
    pub(super) ctm: Matrix,
}

/// A picture as a file.
struct File<'a> {
    bytes: Cow<'a, [u8]>,
    extension: &'static str,
}

/// Hands the pictures of a page on, which is turned by `rotation` degrees; whether the text of all was recognised but
/// for small ones beside them: the logo of who made the scan says nothing.
pub(super) fn tell(page: u32, rotation: i32, pictures: &[Shown<'_>], out: &mut dyn Outlet) -> bool {
    let (mut all, mut any) = (true, false);
    let worthwhile: Vec<&Shown<'_>> = pictures
        .iter()
        .filter(|shown| size(shown.stream.dict()).is_none_or(|(w, h)| w.min(h) >= SMALLEST))
        .collect();
    let largest = worthwhile
        .iter()
        .map(|shown| area(&shown.ctm).abs())
        .fold(0.0, f64::max);
    for (number, shown) in (1..).zip(worthwhile) {
        if out.tick().is_stop() {
            return false;
        }
        let area = area(&shown.ctm);
        let counts = area.abs() * SMALL_BESIDE >= largest;
        // Nobody recognises mirror writing.
        let file = if area < 0.0 { None } else { file(&shown.stream) };
        let recognised = file.is_some_and(|file| {
            out.picture(Picture {
                page,
                number: if counts { number } else { 0 },
                bytes: &file.bytes,
                extension: file.extension,
                turn: turn(&shown.ctm, rotation),
            })
        });
        any |= recognised;
        all &= recognised || !counts;
    }
    all && any
}

/// The area that a picture takes, below zero where it is shown in a mirror.
fn area(ctm: &Matrix) -> f64 {
    let [xx, xy, yx, yy, ..] = *ctm;
    xx * yy - xy * yx
}

/// By how much a picture is turned clockwise where the page shows it.
fn turn(ctm: &Matrix, rotation: i32) -> u16 {
    let [xx, xy, ..] = *ctm;
    let quarters = rotation / 90 - (xy.atan2(xx).to_degrees() / 90.0).round() as i32;
    match quarters.rem_euclid(4) {
        1 => 90,
        2 => 180,
        3 => 270,
        _ => 0,
    }
}

fn size(dict: &Dict<'_>) -> Option<(u32, u32)> {
    let side = |long, short| dict.get::<u32>(long).or_else(|| dict.get::<u32>(short));
    Some((side("Width", "W")?, side("Height", "H")?))
}

/// The picture as a file, if there is a format for it.
fn file<'a>(stream: &Stream<'a>) -> Option<File<'a>> {
    let filters = stream.filters();
    let before = filters.len().saturating_sub(1);
    match filters.last() {
        Some(Filter::DctDecode) => Some(File {
            bytes: unpacked(stream, before)?,
            extension: "jpg",
        }),
        Some(Filter::JpxDecode) => Some(File {
            bytes: unpacked(stream, before)?,
            extension: "jp2",
        }),
        Some(Filter::CcittFaxDecode) => fax(stream.dict(), &unpacked(stream, before)?),
        // A JBIG2 stream inside a PDF is no file, and no free-standing reader takes its parts.
        Some(Filter::Jbig2Decode) => None,
        _ => samples(stream.dict(), &unpacked(stream, filters.len())?),
    }
}

/// The data of a stream after its first `count` filters, none of which is a picture's own.
pub(super) fn unpacked<'a>(stream: &Stream<'a>, count: usize) -> Option<Cow<'a, [u8]>> {
    let raw = stream.raw_data();
    let (mut names, mut parameters): (Vec<lopdf::Object>, Vec<lopdf::Object>) = (Vec::new(), Vec::new());
    for (index, filter) in stream.filters().iter().take(count).enumerate() {
        if *filter == Filter::Crypt {
            continue;
        }
        names.push(lopdf::Object::Name(sound::name(*filter)?.to_vec()));
        parameters.push(parameters_of(stream.dict(), index).into());
    }
    if names.is_empty() {
        return (raw.len() <= SAMPLES_LIMIT).then_some(raw);
    }
    let dict = dictionary! { "Filter" => names, "DecodeParms" => parameters };
    let packed = lopdf::Stream::new(dict, raw.into_owned());
    packed
        .decompressed_content_with_limit(SAMPLES_LIMIT)
        .ok()
        .map(Cow::Owned)
}

/// The parameters of a stream's filter that say how its samples are predicted.
fn parameters_of(dict: &Dict<'_>, index: usize) -> lopdf::Dictionary {
    let mut found = lopdf::Dictionary::new();
    if let Some(parameters) = filter_parameters(dict, index) {
        for key in [
            "Predictor",
            "Colors",
            "BitsPerComponent",
            "Columns",
            "EarlyChange",
        ] {
            if let Some(number) = parameters.get::<i32>(key).filter(|n| (0..=1_048_576).contains(n)) {
                found.set(key, i64::from(number));
            }
        }
    }
    found
}

fn filter_parameters<'a>(dict: &Dict<'a>, index: usize) -> Option<Dict<'a>> {
    let value = ["DecodeParms", "DP"]
        .iter()
        .find_map(|key| dict.get::<Object<'a>>(*key))?;
    match value {
        Object::Dict(parameters) => Some(parameters),
        Object::Array(all) => all.iter::<Object<'a>>().nth(index)?.into_dict(),
        _ => None,
    }
}

/// Fax data as a TIFF of one strip.
fn fax(dict: &Dict<'_>, data: &[u8]) -> Option<File<'static>> {
    let (_, height) = size(dict)?;
    let last = dict
        .get::<Array<'_>>("Filter")
        .map_or(0, |filters| filters.raw_iter().count().saturating_sub(1));
    let parameters = filter_parameters(dict, last).unwrap_or_default();
    // No TIFF reader knows rows that begin on a byte in this coding.
    if parameters.get::<bool>("EncodedByteAlign").unwrap_or(false) {
        return None;
    }
    let columns = parameters.get::<u32>("Columns").unwrap_or(1728);
    let k = parameters.get::<i32>("K").unwrap_or(0);
    let (compression, options) = match k {
        ..0 => (4, None),
        0 => (3, Some(0)),
        _ => (3, Some(1)),
    };
    let black_is_one = parameters.get::<bool>("BlackIs1").unwrap_or(false);
    let inverted = black_is_one != is_inverted(dict);
    let mut entries = vec![
        (256, columns),
        (257, height),
        (258, 1),
        (259, compression),
        (262, u32::from(inverted)),
        (273, 0),
        (277, 1),
        (278, height),
        (279, u32::try_from(data.len()).ok()?),
    ];
    entries.extend(options.map(|options| (292, options)));
    let count = entries.len();
    let start = u32::try_from(8 + 2 + count * 12 + 4).ok()?;
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend_from_slice(&u16::try_from(count).ok()?.to_le_bytes());
    for (tag, value) in entries {
        let value = if tag == 273 { start } else { value };
        bytes.extend_from_slice(&u16::to_le_bytes(tag));
        // All are long numbers: 4, one of them.
        bytes.extend_from_slice(&[4, 0, 1, 0, 0, 0]);
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(data);
    Some(File {
        bytes: Cow::Owned(bytes),
        extension: "tif",
    })
}

/// Whether `Decode` turns light and dark around.
fn is_inverted(dict: &Dict<'_>) -> bool {
    ["Decode", "D"]
        .iter()
        .find_map(|key| dict.get::<Array<'_>>(*key)?.iter::<Number>().next())
        .is_some_and(|first| first.as_f64() > 0.5)
}

/// How the samples of a picture become light.
enum Colours {
    Gray,
    Rgb,
    Cmyk,
    /// More ink is darker.
    Ink,
    Palette(Vec<[u8; 3]>),
}

/// Samples as PNM.
fn samples(dict: &Dict<'_>, data: &[u8]) -> Option<File<'static>> {
    let (width, height) = size(dict)?;
    let (columns, rows) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let mask = dict
        .get::<bool>("ImageMask")
        .or_else(|| dict.get::<bool>("IM"))
        .unwrap_or(false);
    let bits = if mask {
        1
    } else {
        dict.get::<usize>("BitsPerComponent")
            .or_else(|| dict.get::<usize>("BPC"))
            .unwrap_or(8)
    };
    let space = dict
        .get::<Object<'_>>("ColorSpace")
        .or_else(|| dict.get::<Object<'_>>("CS"));
    let components = |each: usize| {
        columns
            .checked_mul(bits)?
            .checked_mul(each)?
            .div_ceil(8)
            .checked_mul(rows)
    };
    let colours = colours(space.as_ref()).unwrap_or_else(|| {
        // A name of the page's, or a space of many words: how much there is tells how many components it has.
        match (components(4), components(3)) {
            (Some(four), _) if data.len() >= four => Colours::Cmyk,
            (_, Some(three)) if data.len() >= three => Colours::Rgb,
            _ => Colours::Gray,
        }
    });
    let each = match colours {
        Colours::Rgb => 3,
        Colours::Cmyk => 4,
        _ => 1,
    };
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) || columns.checked_mul(rows)?.checked_mul(3)? > SAMPLES_LIMIT {
        return None;
    }
    let row = columns.checked_mul(bits * each)?.div_ceil(8).max(1);
    let inverted = is_inverted(dict);
    if bits == 1 && matches!(colours, Colours::Gray | Colours::Ink) {
        // In PBM a one is black, here a zero is, as is paint where the picture is a mask.
        let flip = matches!(colours, Colours::Gray) != inverted;
        let mut bytes = format!("P4\n{width} {height}\n").into_bytes();
        let pixels = data.iter().map(|byte| if flip { !byte } else { *byte });
        bytes.extend(pixels.take(row.checked_mul(rows)?));
        return Some(padded(
            bytes,
            "pbm",
            row * rows + format!("P4\n{width} {height}\n").len(),
        ));
    }
    let gray = matches!(colours, Colours::Gray | Colours::Ink);
    let head = format!("{}\n{width} {height}\n255\n", if gray { "P5" } else { "P6" });
    let mut bytes = head.clone().into_bytes();
    for line in data.chunks(row).take(rows) {
        let mut values = Samples { line, bits, at: 0 };
        for _ in 0..columns {
            let mut next = |scaled: bool| {
                let value = values.next(scaled && !matches!(colours, Colours::Palette(_)));
                if inverted && scaled { 255 - value } else { value }
            };
            match &colours {
                Colours::Gray => bytes.push(next(true)),
                Colours::Ink => bytes.push(255 - next(true)),
                Colours::Rgb => bytes.extend([next(true), next(true), next(true)]),
                Colours::Cmyk => {
                    let ink = [next(true), next(true), next(true)];
                    let black = u16::from(255 - next(true));
                    bytes.extend(ink.map(|ink| (u16::from(255 - ink) * black / 255) as u8));
                }
                Colours::Palette(colours) => {
                    let index = usize::from(next(false));
                    bytes.extend(colours.get(index).copied().unwrap_or([255; 3]));
                }
            }
        }
    }
    let pixels = columns * rows * if gray { 1 } else { 3 };
    Some(padded(
        bytes,
        if gray { "pgm" } else { "ppm" },
        head.len() + pixels,
    ))
}

/// A file of `length` bytes: what is missing of its picture is white.
fn padded(mut bytes: Vec<u8>, extension: &'static str, length: usize) -> File<'static> {
    bytes.resize(length, if extension == "pbm" { 0 } else { 255 });
    File {
        bytes: Cow::Owned(bytes),
        extension,
    }
}

/// Reads the samples of a line, eight bits of each.
struct Samples<'l> {
    line: &'l [u8],
    bits: usize,
    at: usize,
}

impl Samples<'_> {
    fn next(&mut self, scaled: bool) -> u8 {
        let bit = self.at * self.bits;
        self.at += 1;
        let byte = self.line.get(bit / 8).copied().unwrap_or(255);
        if self.bits >= 8 {
            return byte;
        }
        let most = (1_u8 << self.bits) - 1;
        let value = (byte >> (8 - self.bits - bit % 8)) & most;
        if scaled { value * (255 / most) } else { value }
    }
}

/// How a colour space is read; `None` where it does not say by itself.
fn colours(space: Option<&Object<'_>>) -> Option<Colours> {
    let Some(space) = space else {
        return Some(Colours::Gray);
    };
    match space {
        Object::Name(name) => named(name.as_ref()),
        Object::Array(parts) => {
            let mut parts = parts.iter::<Object<'_>>();
            let kind = parts.next()?.into_name()?;
            match kind.as_ref() {
                b"Indexed" | b"I" => {
                    let base = parts.next()?;
                    parts.next()?;
                    palette(&base, &parts.next()?)
                }
                b"ICCBased" => match parts.next()?.into_stream()?.dict().get::<u32>("N")? {
                    1 => Some(Colours::Gray),
                    3 => Some(Colours::Rgb),
                    4 => Some(Colours::Cmyk),
                    _ => None,
                },
                b"Separation" => Some(Colours::Ink),
                b"Lab" => Some(Colours::Rgb),
                name => named(name),
            }
        }
        _ => None,
    }
}

fn named(name: &[u8]) -> Option<Colours> {
    match name {
        b"DeviceGray" | b"G" | b"CalGray" => Some(Colours::Gray),
        b"DeviceRGB" | b"RGB" | b"CalRGB" => Some(Colours::Rgb),
        b"DeviceCMYK" | b"CMYK" | b"CalCMYK" => Some(Colours::Cmyk),
        _ => None,
    }
}

fn palette(base: &Object<'_>, table: &Object<'_>) -> Option<Colours> {
    let table: Cow<'_, [u8]> = match table {
        Object::String(bytes) => Cow::Owned(bytes.as_bytes().to_vec()),
        Object::Stream(stream) => unpacked(stream, stream.filters().len())?,
        _ => return None,
    };
    let entry = |light: &[u8]| -> Option<[u8; 3]> {
        match *light {
            [gray] => Some([gray; 3]),
            [red, green, blue] => Some([red, green, blue]),
            [cyan, magenta, yellow, key] => {
                let black = u16::from(255 - key);
                Some([cyan, magenta, yellow].map(|ink| (u16::from(255 - ink) * black / 255) as u8))
            }
            _ => None,
        }
    };
    let each = match colours(Some(base)) {
        Some(Colours::Gray | Colours::Ink) => 1,
        Some(Colours::Cmyk) => 4,
        _ => 3,
    };
    Some(Colours::Palette(
        table.chunks_exact(each).take(256).filter_map(entry).collect(),
    ))
}

/// Whether a stream is a picture by its own word.
pub(super) fn is_picture(stream: &Stream<'_>) -> bool {
    stream
        .dict()
        .get::<Name<'_>>("Subtype")
        .is_some_and(|kind| kind.as_ref() == b"Image")
}
