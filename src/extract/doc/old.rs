//! Documents of Word before it used compound files, and of Write: Word 2 for Windows, Word for DOS, Word 4 and
//! 5 for the Mac.
//!
//! They come from archives that were copied from server to server for thirty years, and they are short: a head and
//! the text.

use std::collections::HashSet;

use super::deleted::Changes;
use super::fib::Fib;
use super::speaker::Speaker;
use crate::extract::compound::{u16_at, u32_at};
use crate::extract::prose::Prose;
use crate::extract::{Flow, Outlet};
use crate::model::Reason;
use crate::text::Encoding;

/// Whether bytes begin like such a document.
pub(in crate::extract) fn is_old(head: &[u8]) -> bool {
    matches!(
        head,
        [0xdb | 0xdc | 0x9b | 0x9c, 0xa5, _, 0, ..]
            | [0x31 | 0x32, 0xbe, 0, 0, 0, 0xab, ..]
            | [0xfe, 0x37, 0, 0x1c | 0x20 | 0x23, ..]
    )
}

/// Reads a document that is not in a compound file.
pub(in crate::extract) fn old(bytes: &[u8], out: &mut dyn Outlet) -> Result<Flow, Reason> {
    if bytes.get(1) == Some(&0xbe) {
        return dos(bytes, out);
    }
    if bytes.get(1) == Some(&0x37) {
        let offset = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize);
        let (start, end) = offset(20).zip(offset(24)).ok_or(Reason::Damaged)?;
        let text = bytes.get(start..end.min(bytes.len())).ok_or(Reason::Damaged)?;
        return Ok(plain(text, Encoding::MacRoman, out));
    }
    let fib = Fib::of(bytes).ok_or(Reason::Damaged)?;
    if fib.encrypted {
        return Err(Reason::Encrypted);
    }
    Ok(super::document(&fib, bytes, bytes, out))
}

/// Text from the second block on. Write says how many blocks there are, Word for DOS does not.
fn dos(bytes: &[u8], out: &mut dyn Outlet) -> Result<Flow, Reason> {
    let end = u32_at(bytes, 14).ok_or(Reason::Damaged)? as usize;
    let text = bytes.get(128..end.min(bytes.len())).ok_or(Reason::Damaged)?;
    let write = u16_at(bytes, 96).is_some_and(|blocks| blocks != 0);
    let encoding = if write {
        Encoding::Windows1252
    } else {
        Encoding::Cp850
    };
    Ok(plain(text, encoding, out))
}

fn plain(text: &[u8], encoding: Encoding, out: &mut dyn Outlet) -> Flow {
    let rows = HashSet::new();
    let changes = Changes::default();
    let mut speaker = Speaker::new(encoding, &rows, &changes);
    let mut prose = Prose::part("document");
    if speaker.piece(text, 0, false, &mut prose, out).is_stop() {
        return Flow::Stop;
    }
    prose.finish(out)
}
