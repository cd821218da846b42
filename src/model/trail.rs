//! Where a document is: a path below the scanned root, then a trail through containers.

use std::fmt;

/// The trail to a document: `backup.zip!/mail/jan.mbox!/17/lön.xlsx`.
///
/// The part before the first `!/` is the path of a file relative to the scanned root, always with `/`;
/// each further part names a member of the container before it. Names are kept as the bytes they were
/// found as, since a file name need not be UTF-8; they are data, and never used to open anything.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trail {
    bytes: Vec<u8>,
    depth: u8,
}

impl Trail {
    /// A file of the scanned tree, by its path relative to the root.
    pub fn file(relative: &[u8]) -> Self {
        Self {
            bytes: relative.to_vec(),
            depth: 0,
        }
    }

    /// A member of this container.
    #[must_use]
    pub fn member(&self, name: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 2 + name.len());
        bytes.extend_from_slice(&self.bytes);
        bytes.extend_from_slice(b"!/");
        bytes.extend_from_slice(name);
        Self {
            bytes,
            depth: self.depth.saturating_add(1),
        }
    }

    /// How many containers this document lies in; 0 for a file of the tree.
    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// The raw bytes, containers and all.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The extension of the last name, lower-cased, without its dot; empty when there is none.
    pub fn extension(&self) -> String {
        let name = self.bytes.rsplit(|&b| b == b'/').next().unwrap_or_default();
        match name.iter().rposition(|&b| b == b'.') {
            Some(dot) if dot > 0 && name.len() - dot <= 12 => {
                String::from_utf8_lossy(&name[dot + 1..]).to_ascii_lowercase()
            }
            _ => String::new(),
        }
    }
}

/// Debug output shows only the depth and length: a file name can be personal data.
impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trail({} bytes, depth {})", self.bytes.len(), self.depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_grows_by_members_and_knows_its_extension() {
        let zip = Trail::file(b"a/backup.ZIP");
        assert_eq!(zip.extension(), "zip");
        let inner = zip.member(b"x/lon.Xlsx");
        assert_eq!(inner.as_bytes(), b"a/backup.ZIP!/x/lon.Xlsx");
        assert_eq!((inner.depth(), inner.extension().as_str()), (1, "xlsx"));
        assert_eq!(Trail::file(b".bashrc").extension(), "");
        assert!(!format!("{inner:?}").contains("lon"));
    }
}
