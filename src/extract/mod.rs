//! Reading: from the bytes of a document to segments of text and rows of tables.
//!
//! Extractors *push* what they read into an [`Outlet`], and hand members of containers to it too; they never
//! call each other. One file per format, one line per format in [`identify::FORMATS`].

mod carve;
mod compound;
mod delimited;
mod dialect;
mod doc;
mod escapes;
mod given;
mod gzip;
#[cfg(test)]
pub(crate) mod heard;
pub mod identify;
mod input;
mod metafile;
mod office;
mod ole;
mod package;
mod pdf;
mod percent;
mod plain;
mod ppt;
mod prose;
mod rtf;
mod sheet;
mod table;
mod zip;
mod zipped;

use crate::model::{Issue, Reason, Segment};

pub use input::{CarriedReason, ContentLimits, Input, ReadSeek, carry, reason_of};

/// Whether to go on after a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop now and return `Ok(())`: a budget ran out or the run was interrupted; it has been recorded.
    Stop,
}

impl Flow {
    /// Whether to stop.
    pub fn is_stop(self) -> bool {
        self == Self::Stop
    }
}

/// A member of a container, on its way into the engine.
pub struct Member<'a> {
    /// Its name inside the container, as bytes; a label, never a path to open.
    pub name: &'a [u8],
    /// Its content.
    pub content: Input<'a>,
}

/// A picture that shows a page, in a file format that text recognition reads.
pub struct Picture<'a> {
    /// The page, from 1.
    pub page: u32,
    /// Its number on the page, from 1, in the order in which the page shows its pictures; 0 for a small one beside
    /// others, of which no words are expected.
    pub number: u32,
    /// The content of the picture's file.
    pub bytes: &'a [u8],
    /// The extension of that format: `jpg`, `jp2`, `tif`, `pbm`, `pgm` or `ppm`.
    pub extension: &'static str,
    /// By how many degrees it is to be turned clockwise to stand as the page shows it: 0, 90, 180 or 270.
    pub turn: u16,
}

/// Where extractors push what they read.
pub trait Outlet {
    /// A stretch of text or a row.
    fn segment(&mut self, segment: &Segment<'_>) -> Flow;
    /// A member of a container; the engine identifies it and goes into it.
    fn member(&mut self, member: Member<'_>) -> Flow;
    /// A member that could not be opened, and why; it counts as a document met.
    fn unread_member(&mut self, name: &[u8], size: u64, reason: Reason) -> Flow;
    /// Something to tell about the document itself.
    fn issue(&mut self, issue: Issue);
    /// Called now and then by long work that pushes nothing (every few thousand steps): checks time and interrupt.
    fn tick(&mut self) -> Flow;
    /// Whether pictures of pages are wanted; where not, none is decoded.
    fn wants_pictures(&self) -> bool {
        false
    }
    /// A picture of a page that has no text. `true` where its text was recognised (and told): a page of which that
    /// holds for every picture needs no text recognition any more.
    fn picture(&mut self, _picture: Picture<'_>) -> bool {
        false
    }
}

/// How far a reader can be trusted with a hostile document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Our own code, that keeps no more than a stretch of the document in memory.
    Streams,
    /// Our own code, or a library that was measured to keep within bounds; a panic is the worst.
    Bounded,
    /// A library that can take all memory or never end, and the process with it.
    Foreign,
}

/// A reader of one format.
pub trait Extractor: Sync {
    /// How far it can be trusted: decides in which process it runs.
    fn trust(&self) -> Trust {
        Trust::Bounded
    }

    /// Reads `input` and pushes what it says into `out`.
    ///
    /// An error means that the document could not be read (or not further): what was pushed before stays.
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason>;
}
