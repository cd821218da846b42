//! A number written in groups of digits.

use crate::text::fold::{dash_at, space_at};

/// What stands before a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// The first group.
    Start,
    /// A space.
    Space,
    /// A dash, with or without spaces around it.
    Dash,
    /// A comma or a slash, with or without a space after it.
    Comma,
}

/// One group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// What stands before it.
    pub(super) gap: Gap,
    /// Its digits.
    pub(super) size: usize,
    /// Digits up to its end.
    pub(super) upto: usize,
    /// Offset behind it.
    pub(super) end: usize,
}

/// Up to eight groups that follow each other on a line.
pub(super) struct Groups {
    digits: [u8; 40],
    parts: [Part; Self::MOST],
    count: usize,
}

impl Groups {
    const MOST: usize = 8;

    /// Reads the groups from `at`, where a run of `length` digits begins.
    pub(super) fn read(bytes: &[u8], at: usize, length: usize) -> Self {
        let mut found = Self {
            digits: [0; 40],
            parts: [Part {
                gap: Gap::Start,
                size: 0,
                upto: 0,
                end: at,
            }; Self::MOST],
            count: 0,
        };
        let (mut i, mut size, mut gap, mut upto) = (at, length, Gap::Start, 0);
        while found.count < Self::MOST {
            let (Some(run), Some(slots)) = (bytes.get(i..i + size), found.digits.get_mut(upto..upto + size))
            else {
                break;
            };
            for (slot, byte) in slots.iter_mut().zip(run) {
                *slot = byte.wrapping_sub(b'0');
            }
            upto += size;
            i += size;
            found.parts[found.count] = Part {
                gap,
                size,
                upto,
                end: i,
            };
            found.count += 1;
            let Some((next, width)) = gap_at(bytes, i) else {
                break;
            };
            size = bytes.get(i + width..).map_or(0, |rest| {
                rest.iter().take(32).take_while(|b| b.is_ascii_digit()).count()
            });
            if size == 0 {
                break;
            }
            gap = next;
            i += width;
        }
        found
    }

    /// The groups.
    pub(super) fn parts(&self) -> &[Part] {
        self.parts.get(..self.count).unwrap_or_default()
    }

    /// The digit values of the first `count` digits.
    pub(super) fn digits(&self, count: usize) -> &[u8] {
        self.digits.get(..count).unwrap_or_default()
    }

    /// How long the first run is.
    pub(super) fn first(&self) -> usize {
        self.parts[0].size
    }

    /// Whether the groups have these sizes, with one and the same gap (a space or a dash) between them; where they end.
    pub(super) fn sized(&self, sizes: &[usize]) -> Option<usize> {
        let parts = self.parts().get(..sizes.len())?;
        let gap = parts.get(1).map_or(Gap::Space, |part| part.gap);
        let fits = parts.iter().zip(sizes).all(|(part, size)| part.size == *size)
            && parts
                .iter()
                .skip(1)
                .all(|part| part.gap == gap && gap != Gap::Comma);
        fits.then(|| parts.last().map(|part| part.end)).flatten()
    }
}

fn gap_at(bytes: &[u8], at: usize) -> Option<(Gap, usize)> {
    let space = space_at(bytes, at).unwrap_or(0);
    if let Some(dash) = dash_at(bytes, at + space) {
        let width = space + dash;
        // A dash with a space on one side only parts two things.
        return match (space > 0, space_at(bytes, at + width)) {
            (true, Some(after)) => Some((Gap::Dash, width + after)),
            (false, None) => Some((Gap::Dash, width)),
            _ => None,
        };
    }
    if space > 0 {
        return Some((Gap::Space, space));
    }
    match bytes.get(at)? {
        b',' | b'/' => Some((Gap::Comma, 1 + space_at(bytes, at + 1).unwrap_or(0))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(text: &str) -> Vec<(Gap, usize)> {
        let first = text.bytes().take_while(u8::is_ascii_digit).count();
        let groups = Groups::read(text.as_bytes(), 0, first);
        groups.parts().iter().map(|part| (part.gap, part.size)).collect()
    }

    #[test]
    fn groups_are_read_to_the_end_of_the_number() {
        use Gap::{Comma, Dash, Space, Start};
        assert_eq!(
            sizes("8214-9, 923 472 612-4 kr"),
            [
                (Start, 4),
                (Dash, 1),
                (Comma, 3),
                (Space, 3),
                (Space, 3),
                (Dash, 1)
            ]
        );
        assert_eq!(sizes("1200 - 1111126\n12"), [(Start, 4), (Dash, 7)]);
        assert_eq!(sizes("12 -3"), [(Start, 2)]);
        assert_eq!(sizes("4111\u{a0}1111 x"), [(Start, 4), (Space, 4)]);
        assert_eq!(sizes("1"), [(Start, 1)]);
    }
}
