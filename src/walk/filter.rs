//! `--include` and `--exclude`: which paths below a root are scanned.
//!
//! The patterns are read as in a `.gitignore`, since that is the notation people already know.

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};

use super::WalkError;

/// The compiled filters of one run.
#[derive(Default)]
pub(super) struct Filter {
    include: Option<Globs>,
    exclude: Option<Globs>,
}

impl Filter {
    /// Compiles the patterns; a pattern that is no glob is an error before anything is scanned.
    pub(super) fn new(include: &[String], exclude: &[String]) -> Result<Self, WalkError> {
        let mut filter = Self::default();
        if !include.is_empty() {
            let mut globs = Builder::new("--include");
            include.iter().try_for_each(|pattern| globs.include(pattern))?;
            filter.include = Some(globs.build()?);
        }
        if !exclude.is_empty() {
            let mut globs = Builder::new("--exclude");
            exclude.iter().try_for_each(|pattern| globs.exclude(pattern))?;
            filter.exclude = Some(globs.build()?);
        }
        Ok(filter)
    }

    /// Whether a file (or anything that is no folder) is left out.
    pub(super) fn omits_file(&self, relative: &[u8]) -> bool {
        let path = Candidate::from_bytes(below_root(relative));
        self.exclude
            .as_ref()
            .is_some_and(|globs| globs.any.is_match_candidate(&path))
            || self
                .include
                .as_ref()
                .is_some_and(|globs| !globs.any.is_match_candidate(&path))
    }

    /// Whether a folder is left out with all that is in it.
    pub(super) fn omits_folder(&self, relative: &[u8]) -> bool {
        let path = Candidate::from_bytes(below_root(relative));
        self.exclude.as_ref().is_some_and(|globs| {
            globs.any.is_match_candidate(&path) || globs.folders.is_match_candidate(&path)
        })
    }

    /// Whether a folder above this path is left out. The walk prunes such folders; a path out of a list has to
    /// be asked about them.
    pub(super) fn omits_parent(&self, relative: &[u8]) -> bool {
        let path = below_root(relative);
        self.exclude.is_some()
            && path
                .iter()
                .enumerate()
                .any(|(at, &byte)| byte == b'/' && self.omits_folder(&path[..at]))
    }
}

/// A list may hold absolute paths; their patterns are matched from the top of the file system.
fn below_root(relative: &[u8]) -> &[u8] {
    relative.strip_prefix(b"/").unwrap_or(relative)
}

struct Globs {
    any: GlobSet,
    folders: GlobSet,
}

struct Builder {
    option: &'static str,
    any: GlobSetBuilder,
    folders: GlobSetBuilder,
}

impl Builder {
    fn new(option: &'static str) -> Self {
        Self {
            option,
            any: GlobSetBuilder::new(),
            folders: GlobSetBuilder::new(),
        }
    }

    /// `--include` selects files only; `hr/` means the files in such folders.
    fn include(&mut self, pattern: &str) -> Result<(), WalkError> {
        let shape = Shape::of(pattern);
        let body = if shape.folder {
            format!("{}/**", shape.body)
        } else {
            shape.body.to_owned()
        };
        let glob = self.glob(pattern, &body, shape.anchored)?;
        self.any.add(glob);
        Ok(())
    }

    /// `--exclude` prunes: `hr/**` leaves out the folder too, so that it is told once and not per file.
    fn exclude(&mut self, pattern: &str) -> Result<(), WalkError> {
        let shape = Shape::of(pattern);
        let glob = self.glob(pattern, shape.body, shape.anchored)?;
        if shape.folder {
            self.folders.add(glob);
            return Ok(());
        }
        self.any.add(glob);
        if let Some(folder) = shape.body.strip_suffix("/**") {
            let glob = self.glob(pattern, folder, shape.anchored)?;
            self.folders.add(glob);
        }
        Ok(())
    }

    fn glob(&self, pattern: &str, body: &str, anchored: bool) -> Result<globset::Glob, WalkError> {
        if body.is_empty() {
            return Err(self.error(pattern, "it is empty"));
        }
        let full = if anchored {
            body.to_owned()
        } else {
            format!("**/{body}")
        };
        GlobBuilder::new(&full)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| self.error(pattern, &error.kind().to_string()))
    }

    fn build(self) -> Result<Globs, WalkError> {
        let many = |error: &globset::Error| self.error("", &error.kind().to_string());
        Ok(Globs {
            any: self.any.build().map_err(|error| many(&error))?,
            folders: self.folders.build().map_err(|error| many(&error))?,
        })
    }

    fn error(&self, pattern: &str, problem: &str) -> WalkError {
        WalkError::Glob {
            option: self.option,
            glob: pattern.to_owned(),
            problem: problem.to_owned(),
        }
    }
}

/// What the slashes of a pattern say.
struct Shape<'a> {
    body: &'a str,
    anchored: bool,
    folder: bool,
}

impl<'a> Shape<'a> {
    fn of(pattern: &'a str) -> Self {
        let (rest, folder) = pattern
            .strip_suffix('/')
            .map_or((pattern, false), |rest| (rest, true));
        let body = rest.strip_prefix('/').unwrap_or(rest);
        Self {
            body,
            anchored: rest.contains('/'),
            folder,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> Filter {
        let owned = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect::<Vec<_>>();
        Filter::new(&owned(include), &owned(exclude)).unwrap()
    }

    #[test]
    fn a_pattern_without_a_slash_matches_the_name_at_any_depth() {
        let f = filter(&[], &["*.log"]);
        for path in [
            &b"a.log"[..],
            b"x/y/a.log",
            b"/abs/a.log",
            b".log",
            b"a\nb.log",
            b"\xff.log",
        ] {
            assert!(f.omits_file(path), "{path:?}");
        }
        assert!(!f.omits_file(b"a.log/b"));
        assert!(f.omits_folder(b"a.log"));
    }

    #[test]
    fn a_slash_anchors_and_a_star_stays_within_a_folder() {
        let f = filter(&[], &["/top.txt", "a/*.txt"]);
        assert!(f.omits_file(b"top.txt"));
        assert!(!f.omits_file(b"x/top.txt"));
        assert!(f.omits_file(b"a/b.txt"));
        assert!(!f.omits_file(b"a/b/c.txt"));
        assert!(!f.omits_file(b"x/a/b.txt"));
    }

    #[test]
    fn a_trailing_slash_means_folders_only() {
        let f = filter(&[], &["cache/"]);
        assert!(f.omits_folder(b"x/cache"));
        assert!(!f.omits_file(b"x/cache"));
        assert!(f.omits_parent(b"x/cache/y/z"));
        assert!(!f.omits_parent(b"x/y/cache"));
        let f = filter(&["hr/"], &[]);
        assert!(!f.omits_file(b"x/hr/y/z.txt"));
        assert!(f.omits_file(b"x/hr"));
        assert!(!f.omits_folder(b"x"));
    }

    #[test]
    fn all_below_a_folder_leaves_out_the_folder_itself() {
        let f = filter(&[], &["foo/**", "**/bar/**"]);
        assert!(f.omits_folder(b"foo"));
        assert!(!f.omits_folder(b"x/foo"));
        assert!(f.omits_folder(b"x/bar"));
        assert!(f.omits_folder(b"bar"));
        assert!(!f.omits_file(b"foo"));
    }

    #[test]
    fn include_selects_files_and_exclude_wins() {
        let f = filter(&["*.{pdf,docx}", "/only/**"], &["draft*"]);
        assert!(!f.omits_file(b"a/b.pdf"));
        assert!(!f.omits_file(b"only/b/c.txt"));
        assert!(f.omits_file(b"a/b.txt"));
        assert!(f.omits_file(b"a/draft.pdf"));
        assert!(!f.omits_folder(b"a"));
        let all = filter(&["**"], &[]);
        assert!(!all.omits_file(b"a"));
        assert!(!all.omits_file(b"a/b"));
    }

    #[test]
    fn a_bad_pattern_is_named_with_its_option_and_what_to_do() {
        for glob in ["[a", "{a,b", "", "/", "//"] {
            let error = Filter::new(&[], &[glob.to_owned()]).err().unwrap();
            let text = error.to_string();
            assert!(
                text.contains(&format!("`{glob}`")) && text.contains("--exclude"),
                "{text}"
            );
        }
    }
}
