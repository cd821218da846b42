//! What is lost of the texts beside the pages: cut by a limit, or damaged. Both are told once, with how many there were.
//!
//! The library that reads these streams hands out what it could decode, and does not say whether that is all.

use std::cell::Cell;

use lopdf::{DecompressError, Dictionary, Document, Error, Object, Stream};

use super::{guard, inflate};
use crate::extract::Outlet;
use crate::model::{Issue, Reason};

/// Counts what is lost.
#[derive(Default)]
pub(super) struct Losses {
    cut: Cell<u64>,
    damaged: Cell<u64>,
}

impl Losses {
    /// Something is left out, since there is too much of it.
    pub(super) fn cut(&self) {
        self.cut.set(self.cut.get() + 1);
    }

    /// Something is not whole.
    pub(super) fn damaged(&self) {
        self.damaged.set(self.damaged.get() + 1);
    }

    /// The content of a stream, up to `limit`; what is wrong with it is counted.
    pub(super) fn decoded(&self, doc: &Document, stream: &Stream, limit: usize) -> Option<Vec<u8>> {
        match self.content(doc, stream, limit) {
            Ok(content) => Some(content),
            Err(Reason::ExpansionLimit) => {
                self.cut();
                None
            }
            Err(_) => {
                self.damaged();
                None
            }
        }
    }

    /// The content of a stream, up to `limit`, or why there is none. One that breaks off is counted.
    pub(super) fn content(&self, doc: &Document, stream: &Stream, limit: usize) -> Result<Vec<u8>, Reason> {
        let mut filters = guard::filters(doc, &stream.dict);
        // It names the key that the content was encrypted with, and is done with when the file is open.
        let is_crypt = filters.first().is_some_and(|name| *name == b"Crypt");
        if is_crypt {
            filters.remove(0);
        }
        let plain = if filters.is_empty() {
            if stream.content.len() > limit {
                return Err(Reason::ExpansionLimit);
            }
            stream.content.clone()
        } else if stream.filters().is_ok_and(|named| named == filters) {
            decompressed(stream, limit)?
        } else {
            // The library takes no short names, and no names that stand elsewhere: the content would pass for plain.
            let names = filters.iter().map(|name| Object::Name(name.to_vec()));
            let mut dict = Dictionary::new();
            dict.set("Filter", Object::Array(names.collect()));
            for key in [b"DecodeParms".as_slice(), b"DP"] {
                match stream.dict.get(key).and_then(|value| doc.dereference(value)) {
                    Ok((_, Object::Array(all))) => {
                        let own = all.iter().skip(usize::from(is_crypt));
                        dict.set("DecodeParms", own.cloned().collect::<Vec<_>>());
                    }
                    Ok((_, parameters)) => dict.set("DecodeParms", parameters.clone()),
                    Err(_) => {}
                }
            }
            decompressed(&Stream::new(dict, stream.content.clone()), limit)?
        };
        if filters.first().is_some_and(|name| *name == b"FlateDecode") && !inflate::is_whole(&stream.content)
        {
            self.damaged();
        }
        Ok(plain)
    }

    /// Tells what was counted.
    pub(super) fn tell(&self, out: &mut dyn Outlet) {
        let told = [
            (Reason::ContentLimit, &self.cut),
            (Reason::PartlyDamaged, &self.damaged),
        ];
        for (reason, count) in told {
            let count = count.get();
            if count > 0 {
                out.issue(Issue { reason, count });
            }
        }
    }
}

fn decompressed(stream: &Stream, limit: usize) -> Result<Vec<u8>, Reason> {
    stream
        .get_plain_content_with_limit(limit)
        .map_err(|error| match error {
            Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Reason::ExpansionLimit,
            Error::Unimplemented(_) => Reason::Unsupported,
            _ => Reason::Damaged,
        })
}
