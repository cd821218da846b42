//! The bytes of one document: a file, a member's stream, or memory.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

use crate::model::Reason;

/// Something that can be read and searched.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

enum Body<'a> {
    File(&'a File),
    Memory(&'a [u8]),
    Stream(&'a mut dyn Read),
}

/// The content of a document, before anything is known of its format.
///
/// It can be read once: as a stream, as a searchable reader, or whole. A member's stream is buffered in
/// memory only for formats that must search.
pub struct Input<'a> {
    head: Cow<'a, [u8]>,
    body: Body<'a>,
    size: Option<u64>,
    extension: String,
    stem: Option<String>,
    memory_limit: u64,
}

/// How many bytes identification looks at.
pub(crate) const HEAD: usize = 64 * 1024;

impl<'a> Input<'a> {
    /// A file opened for reading, at its start. `size` is its length when it was opened.
    pub fn file(file: &'a File, size: u64, extension: &str) -> Self {
        Self::new(Body::File(file), Some(size), extension)
    }

    /// Bytes in memory.
    pub fn memory(bytes: &'a [u8], extension: &str) -> Self {
        Self::new(Body::Memory(bytes), Some(bytes.len() as u64), extension)
    }

    /// A stream that can be read once.
    pub fn stream(reader: &'a mut dyn Read, size: Option<u64>, extension: &str) -> Self {
        Self::new(Body::Stream(reader), size, extension)
    }

    fn new(body: Body<'a>, size: Option<u64>, extension: &str) -> Self {
        Self {
            head: Cow::Borrowed(&[]),
            body,
            size,
            extension: extension.to_ascii_lowercase(),
            stem: None,
            memory_limit: 512 << 20,
        }
    }

    /// Sets how many bytes may lie in memory for formats that must be read whole.
    #[must_use]
    pub fn with_memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Sets the name without its extension: what a compressed stream's content is called.
    #[must_use]
    pub fn with_stem(mut self, stem: String) -> Self {
        self.stem = Some(stem).filter(|stem| !stem.is_empty());
        self
    }

    /// Its name without the extension, where it has one.
    pub fn stem(&self) -> Option<&str> {
        self.stem.as_deref()
    }

    /// The file itself, where it is one: what reads it elsewhere begins at its start.
    pub fn handle(&self) -> Option<&'a File> {
        match self.body {
            Body::File(file) => Some(file),
            Body::Memory(_) | Body::Stream(_) => None,
        }
    }

    /// The extension of its name, lower case, without the dot.
    pub fn extension(&self) -> &str {
        &self.extension
    }

    /// Its length, where it is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The first bytes (up to 64 KiB; fewer only when the document is shorter). Nothing is consumed.
    pub fn head(&mut self) -> Result<&[u8], Reason> {
        if self.head.is_empty() {
            match &mut self.body {
                Body::Memory(bytes) => self.head = Cow::Borrowed(bytes.get(..HEAD).unwrap_or(bytes)),
                Body::File(file) => self.head = Cow::Owned(head_of_file(file, self.size)?),
                Body::Stream(reader) => self.head = Cow::Owned(read_up_to(reader, HEAD)?),
            }
        }
        Ok(&self.head)
    }

    /// The whole content as a stream, from its first byte.
    pub fn into_stream(self) -> Box<dyn Read + 'a> {
        match self.body {
            Body::Memory(bytes) => Box::new(bytes),
            // No further than the length it had when it was opened: a log that grows would never end. A file that is
            // all in its head costs no further read.
            Body::File(file) => match self.size.map(|size| size.saturating_sub(self.head.len() as u64)) {
                Some(0) => Box::new(Cursor::new(self.head)),
                Some(rest) => Box::new(Cursor::new(self.head).chain(file.take(rest))),
                None => Box::new(Cursor::new(self.head).chain(file)),
            },
            Body::Stream(reader) => Box::new(Cursor::new(self.head).chain(reader)),
        }
    }

    /// The whole content as a searchable reader. A stream is first read into memory, up to the limit.
    pub fn into_seekable(self) -> Result<Box<dyn ReadSeek + 'a>, Reason> {
        if let Body::File(file) = self.body {
            let mut reader = BufReader::with_capacity(64 * 1024, file);
            reader.seek(SeekFrom::Start(0)).map_err(|e| reason_of(&e))?;
            return Ok(Box::new(reader));
        }
        Ok(Box::new(Cursor::new(self.into_bytes()?)))
    }

    /// The whole content in memory, up to the limit ([`Reason::MemoryLimit`] beyond it).
    pub fn into_bytes(self) -> Result<Cow<'a, [u8]>, Reason> {
        let limit = self.memory_limit;
        if self.size.is_some_and(|size| size > limit) {
            return Err(Reason::MemoryLimit);
        }
        let (head, mut rest): (_, Box<dyn Read + 'a>) = match self.body {
            Body::Memory(bytes) => return Ok(Cow::Borrowed(bytes)),
            Body::File(file) => (self.head, Box::new(file)),
            Body::Stream(reader) => (self.head, Box::new(reader)),
        };
        let mut bytes = head.into_owned();
        let room = (limit + 1).saturating_sub(bytes.len() as u64);
        rest.by_ref()
            .take(room)
            .read_to_end(&mut bytes)
            .map_err(|e| reason_of(&e))?;
        if bytes.len() as u64 > limit {
            return Err(Reason::MemoryLimit);
        }
        Ok(Cow::Owned(bytes))
    }
}

/// The head of a file whose length is known: one read for most files, since a regular file gives fewer bytes than asked
/// for only at its end.
fn head_of_file(mut file: &File, size: Option<u64>) -> Result<Vec<u8>, Reason> {
    let wanted = size.map_or(HEAD, |size| {
        usize::try_from(size).map_or(HEAD, |size| size.min(HEAD))
    });
    let mut bytes = vec![0; wanted];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(reason_of(&error)),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn read_up_to(mut reader: impl Read, wanted: usize) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    reader
        .by_ref()
        .take(wanted as u64)
        .read_to_end(&mut bytes)
        .map_err(|e| reason_of(&e))?;
    Ok(bytes)
}

/// The reason an I/O error stands for. The error's own text is never kept: it can quote a name.
///
/// A reader further up (the engine's budget) may carry a [`Reason`] inside an `io::Error`; it is taken out here.
pub fn reason_of(error: &io::Error) -> Reason {
    if let Some(carried) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<CarriedReason>())
    {
        return carried.0;
    }
    match error.kind() {
        io::ErrorKind::NotFound => Reason::NotFound,
        io::ErrorKind::PermissionDenied => Reason::PermissionDenied,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            Reason::Damaged
        }
        _ => Reason::IoError,
    }
}

/// A [`Reason`] on its way through a library that only knows `io::Error`.
#[derive(Debug)]
pub struct CarriedReason(pub Reason);

impl std::fmt::Display for CarriedReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.id())
    }
}

impl std::error::Error for CarriedReason {}

/// Wraps a reason as an I/O error; [`reason_of`] takes it out again.
pub fn carry(reason: Reason) -> io::Error {
    io::Error::other(CarriedReason(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_at_the_head_consumes_nothing() {
        let bytes: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
        let mut reader: &[u8] = &bytes;
        let mut input = Input::stream(&mut reader, None, "BIN");
        assert_eq!(input.head().unwrap().len(), HEAD);
        assert_eq!(input.extension(), "bin");
        let mut back = Vec::new();
        input.into_stream().read_to_end(&mut back).unwrap();
        assert!(back == bytes);
    }

    #[test]
    fn a_file_that_grows_is_read_to_the_length_it_had() {
        for length in [10usize, HEAD, HEAD + 10] {
            let mut file = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut file, &vec![7; length + 100]).unwrap();
            file.seek(SeekFrom::Start(0)).unwrap();
            let mut input = Input::file(&file, length as u64, "");
            assert_eq!(input.head().unwrap().len(), length.min(HEAD));
            let mut back = Vec::new();
            input.into_stream().read_to_end(&mut back).unwrap();
            assert_eq!(back.len(), length);
        }
    }

    #[test]
    fn memory_is_bounded_for_streams_that_do_not_tell_their_size() {
        let mut endless = io::repeat(7);
        let input = Input::stream(&mut endless, None, "").with_memory_limit(1000);
        assert_eq!(input.into_bytes().unwrap_err(), Reason::MemoryLimit);
    }

    #[test]
    fn a_carried_reason_comes_out_again() {
        assert_eq!(reason_of(&carry(Reason::ExpansionLimit)), Reason::ExpansionLimit);
    }
}
