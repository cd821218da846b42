//! Office documents that are zips of XML: Word, PowerPoint, OpenDocument, EPUB, and others made the same way.
//!
//! Most letters, contracts, minutes and presentations of an office are such documents, and what is personal in them
//! often lies beside the body: in headers, comments, deleted text, notes, properties and link targets. So all parts
//! are read, by one streaming pass ([`prose`]) that joins runs to paragraphs and knows tables.
//!
//! Where things stand is told in these words:
//!
//! | | |
//! |---|---|
//! | Word | `document`, `header 2`, `footer 1`, `footnotes`, `endnotes`, `comments`, `building blocks`, `settings` |
//! | PowerPoint | page = number of the slide as shown; `notes of slide 3`, `comments on slide 3`, `chart on slide 3`, `slide layout 2`, `slide master 1` |
//! | OpenDocument | `document` or page = number of the slide; `headers and footers`, `slide masters`, `notes of slide 3`, `object 1` |
//! | EPUB | `chapter 4`, `contents` |
//! | all | `deleted text`, `authors`, `links`, `document properties/creator`, `custom data 1/…`, `chart 1`, `diagram 1`; tables as `table 2`, `table 1 on page 3`, `table 1 in header 2` with the cell in them |
//!
//! Lines of a part are its paragraphs, a row of a table being one; those of deleted text are the lines of the
//! document where it stood.
//!
//! Embedded documents are members. Pictures, sounds, fonts and macros are not: nobody counts the logo of a letter as
//! a document that could not be read.

mod book;
mod deleted;
mod docx;
mod embedded;
mod epub;
mod grid;
mod names;
mod odf;
mod other;
mod pptx;
mod properties;
mod prose;
mod roles;
mod running;
mod shared;
#[cfg(test)]
mod tests;

pub(crate) use docx::Docx;
pub(crate) use epub::Epub;
pub(super) use names::is_no_text;
pub(crate) use odf::{Odp, Odt};
pub(crate) use other::{Other, WordXml};
pub(crate) use pptx::Pptx;
