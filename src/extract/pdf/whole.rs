//! Tells whether a file that could be opened is all there.
//!
//! Both parsers are forgiving: a file cut in half opens with the pages that stand before the cut, and without this
//! would count as read. Junk behind the end and a missing last line break are common and harmless.

use std::collections::HashSet;

use lopdf::xref::XrefEntry;
use lopdf::{Document, Object, ObjectId};
use memchr::memmem;

use super::open::is_rebuilt;

/// Objects that are looked through for references to what is missing.
const MAX_VISITED: usize = 2_000_000;

/// How many things show that something is missing from `doc`, which was read from `bytes`.
pub(super) fn flaws(doc: &Document, bytes: &[u8]) -> u64 {
    // Junk in front of the header makes every place in the table wrong, which takes nothing away.
    let rebuilt = is_rebuilt(doc) && bytes.starts_with(b"%PDF-");
    u64::from(is_cut(bytes) || rebuilt) + missing(doc)
}

/// Whether the file ends before its end: no end mark, or an object behind the last one.
fn is_cut(bytes: &[u8]) -> bool {
    let mark = memmem::rfind(bytes, b"%%EOF").map(|at| at + 5);
    // Some writers forget the mark, but say where the table is.
    let table = memmem::rfind(bytes, b"startxref").filter(|at| {
        let number = bytes.get(at + 9..).unwrap_or_default().trim_ascii_start();
        number.first().is_some_and(u8::is_ascii_digit)
    });
    match mark.max(table) {
        Some(end) => has_object(bytes.get(end..).unwrap_or_default()),
        None => true,
    }
}

/// Whether an object begins in `bytes`: two numbers and `obj`.
pub(super) fn has_object(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b" obj").any(|at| {
        let before = bytes.get(..at).unwrap_or_default();
        let line = before
            .iter()
            .rev()
            .take_while(|byte| !matches!(byte, b'\n' | b'\r'));
        let mut numbers = 0;
        let mut inside = false;
        for byte in line.take(20) {
            match byte {
                b'0'..=b'9' if !inside => (numbers, inside) = (numbers + 1, true),
                b'0'..=b'9' => {}
                b' ' => inside = false,
                _ => break,
            }
        }
        numbers >= 2
    })
}

/// How many objects the document points to that its table promises and that could not be read. What the table calls
/// free, or does not know, is nothing by definition, and common.
fn missing(doc: &Document) -> u64 {
    let promised = doc.reference_table.entries.iter();
    let lost: HashSet<u32> = promised
        .filter(|(number, entry)| match entry {
            XrefEntry::Normal { offset, generation } => {
                *offset > 0 && !doc.objects.contains_key(&(**number, *generation))
            }
            XrefEntry::Compressed { .. } => !doc.objects.contains_key(&(**number, 0)),
            XrefEntry::Free | XrefEntry::UnusableFree => false,
        })
        .map(|(number, _)| *number)
        .collect();
    if lost.is_empty() {
        return 0;
    }
    let mut pointed_to = HashSet::new();
    let mut visited: HashSet<ObjectId> = HashSet::new();
    let mut open: Vec<&Object> = doc.trailer.iter().map(|(_, value)| value).collect();
    while let Some(object) = open.pop() {
        match object {
            Object::Reference(id) => match doc.objects.get(id) {
                Some(object) if visited.len() < MAX_VISITED && visited.insert(*id) => open.push(object),
                None if lost.contains(&id.0) => _ = pointed_to.insert(*id),
                _ => {}
            },
            Object::Array(items) => open.extend(items),
            Object::Dictionary(dict) => open.extend(dict.iter().map(|(_, value)| value)),
            Object::Stream(stream) => open.extend(stream.dict.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    pointed_to.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_with_its_end_mark_and_cut_without_it() {
        let whole: [&[u8]; 5] = [
            b"1 0 obj endobj xref trailer startxref\n9\n%%EOF",
            b"1 0 obj endobj startxref 9\n%%EOF\n",
            b"1 0 obj endobj startxref\n9\n",
            b"1 0 obj endobj startxref\n9\n%%EOF<!-- served by a proxy: an obj -->\0\0\0",
            b"1 0 obj endobj startxref\n9\n%%EOF\n2 0 obj endobj startxref\n30\n%%EOF\n",
        ];
        for bytes in whole {
            assert!(!is_cut(bytes), "{}", String::from_utf8_lossy(bytes));
        }
        let cut: [&[u8]; 4] = [
            b"1 0 obj endobj",
            b"1 0 obj endobj startxref\n",
            b"1 0 obj endobj startxref\n9\n%%EOF\n2 0 obj <</Length 9>> stream",
            b"",
        ];
        for bytes in cut {
            assert!(is_cut(bytes), "{}", String::from_utf8_lossy(bytes));
        }
    }
}
