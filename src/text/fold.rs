//! Recognising the dashes and spaces that word processors put in place of the plain ones.

/// Length of the dash at `i`: `-`, U+2010..U+2015, U+2212.
pub fn dash_at(bytes: &[u8], i: usize) -> Option<usize> {
    match bytes.get(i..) {
        Some([b'-', ..]) => Some(1),
        Some([0xE2, 0x80, 0x90..=0x95, ..] | [0xE2, 0x88, 0x92, ..]) => Some(3),
        _ => None,
    }
}

/// Length of the space at `i`: ` `, U+00A0, U+2007, U+2009, U+202F.
pub fn space_at(bytes: &[u8], i: usize) -> Option<usize> {
    match bytes.get(i..) {
        Some([b' ', ..]) => Some(1),
        Some([0xC2, 0xA0, ..]) => Some(2),
        Some([0xE2, 0x80, 0x87 | 0x89 | 0xAF, ..]) => Some(3),
        _ => None,
    }
}

/// Length of the dash that ends right before `i`.
pub fn dash_before(bytes: &[u8], i: usize) -> Option<usize> {
    [1, 3]
        .into_iter()
        .find(|&n| i >= n && dash_at(bytes, i - n) == Some(n))
}

/// Length of the space that ends right before `i`.
pub fn space_before(bytes: &[u8], i: usize) -> Option<usize> {
    [1, 2, 3]
        .into_iter()
        .find(|&n| i >= n && space_at(bytes, i - n) == Some(n))
}
