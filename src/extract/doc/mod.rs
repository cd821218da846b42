//! doc, the documents of Word 2 to 2003.
//!
//! Letters, contracts and minutes of three decades are in this format, and all of their text (notes, comments, what was
//! deleted with changes tracked, codes of fields) lies in one stream; it is told part by part.
//!
//! Parts: `document`, `footnotes`, `headers and footers`, `comments`, `endnotes`, `text boxes`,
//! `text boxes in headers`, `deleted text`, `earlier versions` (what saving fast left behind), `tracked changes` (its authors), `saved by`, `drawings`, `document properties/...`.

mod deleted;
mod fib;
mod old;
mod pieces;
mod properties;
mod rows;
mod speaker;
mod tables;

use std::ops::Range;

use super::compound::Ole;
use super::prose::Prose;
use super::{Flow, Outlet, carve};
use crate::model::{Issue, Reason};
use crate::text::Encoding;
use deleted::Changes;
use fib::{Fib, Ranges};
use pieces::Piece;
use speaker::Speaker;

pub(super) use old::{is_old, old};

/// Streams of a document that are read here.
pub(super) const STREAMS: &[&str] = &["WordDocument", "0Table", "1Table"];

/// Reads the text of a document.
pub(super) fn read(ole: &Ole<'_>, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    let main = ole.named("WordDocument").ok_or(Reason::Damaged)?;
    let Some(fib) = Fib::of(&main) else {
        return match carve::tell(&main, Some(Encoding::Windows1252), "document", out) {
            Flow::Stop => Ok(Flow::Stop),
            Flow::Continue => Err(Reason::Damaged),
        };
    };
    if fib.encrypted {
        return Err(Reason::Encrypted);
    }
    let table = if fib.modern {
        ole.named(fib.table).or_else(|| {
            // The wrong one is told in some files.
            ole.named(if fib.table == "0Table" { "1Table" } else { "0Table" })
        })
    } else {
        None
    };
    let table = if fib.modern {
        table.as_deref().unwrap_or_default()
    } else {
        &main
    };
    Ok(document(&fib, &main, table, out))
}

fn document(fib: &Fib, main: &[u8], table: &[u8], out: &mut dyn Outlet) -> Flow {
    let Some(pieces) = pieces::of(fib, main, table) else {
        out.issue(Issue::once(Reason::PartlyDamaged));
        return carve::tell(main, Some(Encoding::Windows1252), "document", out);
    };
    let rows = rows::ends(fib, main, table);
    let changes = Changes::of(fib, main, table);
    let total = pieces.last().map_or(0, |piece| piece.characters.end);
    let mut parts = fib.parts(total);
    tables::split_comments(&mut parts, fib, table);
    let old = (!fib.modern).then(|| tables::encoding_of_fonts(fib, table, there(main, &fib.text)));
    let encoding = old.flatten().unwrap_or(fib.encoding);
    let mut speaker = Speaker::new(encoding, &rows, &changes);
    let mut reader = Reader {
        main,
        pieces: &pieces,
        // Pieces may share their bytes; a hostile table lets thousands of them do so.
        left: main.len().saturating_mul(4),
        missing: false,
    };
    let mut prose = Prose::part("document");
    let mut name = "document";
    for part in &parts {
        if part.name != name {
            speaker.end(&mut prose);
            if prose.finish(out).is_stop() {
                return Flow::Stop;
            }
            prose = Prose::part(part.name);
            name = part.name;
        }
        if let Some(author) = &part.author {
            prose.push_str(author);
            prose.line();
        }
        if reader
            .part(&part.characters, &mut speaker, &mut prose, out)
            .is_stop()
        {
            return Flow::Stop;
        }
    }
    speaker.end(&mut prose);
    if prose.finish(out).is_stop() {
        return Flow::Stop;
    }
    if reader.left == 0 {
        out.issue(Issue::once(Reason::ContentLimit));
    }
    if reader.missing {
        out.issue(Issue::once(Reason::PartlyDamaged));
    }
    for gap in deleted::left_behind(fib, &pieces, main) {
        if carve::tell(there(main, &gap), Some(encoding), "earlier versions", out).is_stop() {
            return Flow::Stop;
        }
    }
    tables::tell(fib, table, out)
}

struct Reader<'r> {
    main: &'r [u8],
    pieces: &'r [Piece],
    left: usize,
    missing: bool,
}

impl Reader<'_> {
    /// Tells the characters of a part to the speaker.
    fn part(
        &mut self,
        characters: &Ranges,
        speaker: &mut Speaker<'_>,
        prose: &mut Prose,
        out: &mut dyn Outlet,
    ) -> Flow {
        let first = self
            .pieces
            .partition_point(|piece| piece.characters.end <= characters.start);
        for piece in self.pieces.get(first..).unwrap_or_default() {
            if piece.characters.start >= characters.end || self.left == 0 {
                break;
            }
            let range =
                piece.characters.start.max(characters.start)..piece.characters.end.min(characters.end);
            let Some(bytes) = piece.bytes(&range) else {
                continue;
            };
            let there = there(self.main, &bytes);
            self.missing |= there.len() < bytes.len();
            self.left = self.left.saturating_sub(there.len());
            if speaker
                .piece(there, bytes.start, piece.wide, prose, out)
                .is_stop()
            {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}

/// What is there of a range.
fn there<'m>(main: &'m [u8], range: &Range<usize>) -> &'m [u8] {
    let rest = main.get(range.start..).unwrap_or_default();
    rest.get(..range.len()).unwrap_or(rest)
}

#[cfg(test)]
mod tests;
