//! `--files-from`: a list of paths in place of, or beside, the roots.
//!
//! The list comes from `find -print0`, from an editor or from a spreadsheet, so its line ends are guessed.

use std::path::{Component, Path, PathBuf};

use memchr::memchr;

use super::system;

/// The paths of a list: separated by NUL if there is any NUL in it, else by line ends (`\n` or `\r\n`).
///
/// Empty lines are passed over, as is a byte order mark at the start.
pub fn parse_list(bytes: &[u8]) -> Vec<PathBuf> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines = memchr(0, bytes).is_none();
    let separator = if lines { b'\n' } else { 0 };
    bytes
        .split(|&byte| byte == separator)
        .map(|name| {
            if lines {
                name.strip_suffix(b"\r").unwrap_or(name)
            } else {
                name
            }
        })
        .filter(|name| !name.is_empty())
        .map(system::path_of)
        .collect()
}

/// The name under which a listed path is reported: as it stands in the list, without `./` and doubled slashes.
///
/// Files of a list have no root of their own; were only their last names kept, they could not be told apart.
pub(super) fn listed_name(path: &Path) -> Vec<u8> {
    let mut name = Vec::new();
    for component in path.components() {
        match component {
            Component::RootDir => name.push(b'/'),
            Component::CurDir => {}
            other => {
                if !name.is_empty() && name.last() != Some(&b'/') {
                    name.push(b'/');
                }
                name.extend_from_slice(other.as_os_str().as_encoded_bytes());
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_any_way_and_empty_ones_are_skipped() {
        let paths = parse_list(b"\xef\xbb\xbfa b.txt\r\n\nc/d\n  e\r\n\r\n");
        assert_eq!(paths, [Path::new("a b.txt"), Path::new("c/d"), Path::new("  e")]);
        assert!(parse_list(b"").is_empty());
    }

    #[test]
    fn one_nul_makes_it_a_nul_list_so_that_names_may_hold_newlines() {
        let paths = parse_list(b"a\nb\0c\r\0\0d");
        assert_eq!(paths, [Path::new("a\nb"), Path::new("c\r"), Path::new("d")]);
    }

    #[cfg(unix)]
    #[test]
    fn any_bytes_are_a_name() {
        let paths = parse_list(b"l\xf6n.txt\n");
        assert_eq!(listed_name(&paths[0]), b"l\xf6n.txt");
    }

    #[test]
    fn listed_names_are_tidied_but_not_shortened() {
        for (given, name) in [
            ("./a//b/./c", "a/b/c"),
            ("/srv/a", "/srv/a"),
            ("../a", "../a"),
            (".", ""),
            ("/", "/"),
            ("a/", "a"),
        ] {
            assert_eq!(listed_name(Path::new(given)), name.as_bytes(), "{given}");
        }
    }
}
