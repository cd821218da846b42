//! Text recognition: pictures of text are given to tesseract, a program of its own, where it is wanted and installed.
//!
//! No recogniser is part of this program: its models would weigh more than everything else. Swedish together with
//! English, since the Swedish model alone takes `@` for `Q`.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::extract::identify::{self, Format};
use crate::extract::{Flow, Picture};
use crate::model::{Place, Reason, Segment, Text};

/// The program, looked for along `PATH`.
const PROGRAM: &str = "tesseract";
/// The languages that are wanted, in order.
const WANTED: [&str; 2] = ["swe", "eng"];
/// No page holds more text.
const MOST_TEXT: u64 = 4 << 20;
/// A page that says anything has so many words.
const FEW_WORDS: usize = 3;
/// How long one picture may take: thirty times what a page takes.
const LONGEST: Duration = Duration::from_mins(2);
/// How often it is looked at.
const PATIENCE: Duration = Duration::from_millis(20);

/// Text recognition that was found to work.
#[derive(Debug, Clone)]
pub struct Ocr {
    languages: String,
    /// It can find out how a page is turned.
    turns: bool,
}

/// Why there is no text recognition.
#[derive(Debug, thiserror::Error)]
pub enum OcrError {
    /// The program is not there.
    #[error(
        "--ocr needs the program `tesseract`, which cannot be started here; install it (Debian: tesseract-ocr and tesseract-ocr-swe), or leave --ocr out"
    )]
    Missing,
    /// None of the wanted languages is there.
    #[error(
        "`tesseract` has neither the Swedish nor the English model; install them (Debian: tesseract-ocr-swe, tesseract-ocr-eng)"
    )]
    NoLanguage,
}

impl Ocr {
    /// Looks whether the program is there, and in which languages it reads.
    pub fn find() -> Result<Self, OcrError> {
        let told = command(["--list-langs"]).stdin(Stdio::null()).output();
        let told = told.map_err(|_| OcrError::Missing)?;
        let listed =
            String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
        let has = |language: &str| listed.lines().any(|line| line.trim() == language);
        let languages: Vec<&str> = WANTED.into_iter().filter(|language| has(language)).collect();
        if languages.is_empty() {
            return Err(OcrError::NoLanguage);
        }
        Ok(Self {
            languages: languages.join("+"),
            turns: has("osd"),
        })
    }

    /// Whether it reads both languages that are wanted.
    pub fn is_complete(&self) -> bool {
        self.languages.split('+').count() == WANTED.len()
    }

    /// Whether files of a format are pictures that it reads.
    pub(super) fn reads(format: &Format) -> bool {
        let pictures = [
            &identify::PNG,
            &identify::JPEG,
            &identify::GIF,
            &identify::TIFF,
            &identify::BMP,
            &identify::WEBP,
        ];
        pictures.iter().any(|known| known.id == format.id)
    }

    /// The text of a picture. `turned` says that its page is shown turned: nothing but nonsense comes of that where
    /// nothing finds out how a page is turned. Asks `tick` now and then whether to go on.
    pub fn read(
        &self,
        picture: &[u8],
        turned: bool,
        tick: &mut dyn FnMut() -> Flow,
    ) -> Result<String, Reason> {
        if turned && !self.turns {
            return Err(Reason::NeedsOcr);
        }
        // 1: find out first how it is turned, since papers are laid upside down into scanners; 3: a page as it stands.
        let layout = if self.turns { "1" } else { "3" };
        let mut child = command(["-", "-", "-l", &self.languages, "--psm", layout])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| Reason::NeedsOcr)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // A program that ends before it has read everything has said why by its exit code.
                let _ = input.map(|mut input| input.write_all(picture));
            });
            let reading = scope.spawn(move || {
                let mut text = Vec::new();
                let _ = output.map(|output| output.take(MOST_TEXT).read_to_end(&mut text));
                text
            });
            let ended = watch(&mut child, tick);
            let text = reading.join().unwrap_or_default();
            match ended {
                Ok(true) => Ok(String::from_utf8_lossy(&text).into_owned()),
                Ok(false) => Err(Reason::NeedsOcr),
                Err(reason) => Err(reason),
            }
        })
    }
}

/// Waits for the program to end, and ends it when it takes too long; true where it was content.
fn watch(child: &mut Child, tick: &mut dyn FnMut() -> Flow) -> Result<bool, Reason> {
    // Patience, not the clock: the scan may have been suspended, and its programs with it.
    let mut waited = Duration::ZERO;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if waited < LONGEST && !tick().is_stop() => {
                std::thread::sleep(PATIENCE);
                waited += PATIENCE;
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(Reason::NeedsOcr);
            }
        }
    }
}

fn command<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).env_clear().env("OMP_THREAD_LIMIT", "1");
    // With threads of its own it takes three times the work for one page.
    for name in ["PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "HOME", "SYSTEMROOT"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Whether what came of a picture may be its text. A page is scanned for what stands on it: one of no words was not
/// recognised, or is blank. A picture that is a file can be of a landscape, and a small one beside others a logo.
pub fn is_recognised(picture: &Picture<'_>, text: &str) -> bool {
    let is_page = !picture.extension.is_empty() && picture.number > 0;
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().nth(1).is_some());
    !is_page || words.take(FEW_WORDS).count() == FEW_WORDS
}

/// Shows recognised text page by page, beginning with page `first`: files of several pictures give several pages.
pub fn tell_pages(text: &str, first: u32, see: &mut dyn FnMut(&Segment<'_>) -> Flow) -> Flow {
    for (page, text) in (first..).zip(text.split('\u{c}')) {
        if text.trim().is_empty() {
            continue;
        }
        if see(&Segment::Text(&Text::whole(text, Place::Page { page }))).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_feed_begins_the_next_page() {
        let mut told = Vec::new();
        let flow = tell_pages("ett\n\u{c}\u{c}tre\n\u{c}", 4, &mut |segment| {
            if let Segment::Text(text) = segment
                && let Place::Page { page } = text.place
            {
                told.push((page, text.text.to_owned()));
            }
            Flow::Continue
        });
        assert!(!flow.is_stop());
        assert_eq!(told, [(4, "ett\n".to_owned()), (6, "tre\n".to_owned())]);
    }

    #[test]
    fn a_page_of_hardly_any_words_is_not_recognised() {
        let picture = |extension| Picture {
            page: 1,
            number: 1,
            bytes: &[],
            extension,
            turn: 0,
        };
        for (text, expected) in [("", false), (" | ~ a.\n_ 7", false), ("Kund: Vera Lind", true)] {
            assert_eq!(is_recognised(&picture("jpg"), text), expected);
            assert!(is_recognised(&picture(""), text));
        }
    }

    #[test]
    fn pictures_are_known_by_their_format() {
        assert!(Ocr::reads(&identify::PNG) && Ocr::reads(&identify::TIFF));
        assert!(!Ocr::reads(&identify::PDF) && !Ocr::reads(&identify::HEIF));
    }
}
