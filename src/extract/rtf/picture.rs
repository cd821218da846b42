//! Text in pictures that are lists of what to draw: metafiles.
//!
//! A table or a chart that was put into a document is often there as a picture only, and its numbers are plain text in
//! it.

use crate::extract::compound::{u16_at, u32_at};
use crate::text::Encoding;

/// A picture says no more than this.
const MOST: usize = 4 << 20;

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of 16-bit Windows.
    Windows,
    /// Of 32-bit Windows.
    Enhanced,
}

/// The text that is drawn: what stands beside each other is parted by tabs, what stands below by lines.
pub(super) fn text(picture: &[u8], kind: Kind) -> String {
    let mut out = String::new();
    match kind {
        Kind::Windows => windows(picture, &mut out),
        Kind::Enhanced => enhanced(picture, &mut out),
    };
    out
}

/// What one record draws, at its height.
fn say(text: &str, height: u32, before: &mut Option<u32>, out: &mut String) {
    let text = text.trim_matches(['\0', ' ']);
    if text.is_empty() || out.len() + text.len() > MOST {
        return;
    }
    if let Some(before) = before.replace(height) {
        out.push(if before == height { '\t' } else { '\n' });
    }
    out.push_str(text);
}

fn windows(picture: &[u8], out: &mut String) -> Option<()> {
    const TEXT: u16 = 0x0521;
    const SPACED_TEXT: u16 = 0x0a32;
    // A head of its own may stand before the one every picture has.
    let mut at = if picture.starts_with(&[0xd7, 0xcd, 0xc6, 0x9a]) {
        40
    } else {
        18
    };
    let mut before = None;
    loop {
        let size = (u32_at(picture, at)? as usize).checked_mul(2)?;
        if size < 6 {
            return None;
        }
        let record = picture.get(at..)?;
        let record = record.get(..size).unwrap_or(record);
        let (count, text, height) = match u16_at(record, 4)? {
            TEXT => {
                let count = usize::from(u16_at(record, 6).unwrap_or(0));
                // An odd number of characters is filled up to an even one.
                let height = u16_at(record, 8 + count + count % 2);
                (count, 8, height)
            }
            SPACED_TEXT => {
                let count = u16_at(record, 10).unwrap_or(0);
                let in_box = u16_at(record, 12).unwrap_or(0) & 6 != 0;
                (
                    usize::from(count),
                    if in_box { 22 } else { 14 },
                    u16_at(record, 6),
                )
            }
            _ => (0, 0, None),
        };
        if let Some(text) = record.get(text..).and_then(|rest| rest.get(..count)) {
            let height = u32::from(height.unwrap_or(0));
            say(&Encoding::Windows1252.string(text), height, &mut before, out);
        }
        at = at.checked_add(size)?;
    }
}

fn enhanced(picture: &[u8], out: &mut String) -> Option<()> {
    const NARROW: u32 = 83;
    const WIDE: u32 = 84;
    let mut at = 0;
    let mut before = None;
    loop {
        let size = u32_at(picture, at + 4)? as usize;
        if size < 8 {
            return None;
        }
        let record = picture.get(at..)?;
        let record = record.get(..size).unwrap_or(record);
        let kind = u32_at(record, 0)?;
        if matches!(kind, NARROW | WIDE) {
            let (width, encoding) = if kind == WIDE {
                (2, Encoding::Utf16Le)
            } else {
                (1, Encoding::Windows1252)
            };
            let height = u32_at(record, 40).unwrap_or(0);
            let length = (u32_at(record, 44).unwrap_or(0) as usize).saturating_mul(width);
            let start = u32_at(record, 48).unwrap_or(0) as usize;
            if let Some(text) = record.get(start..).and_then(|rest| rest.get(..length)) {
                say(&encoding.string(text), height, &mut before, out);
            }
        }
        at = at.checked_add(size)?;
    }
}
