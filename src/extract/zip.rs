//! zip archives: every member in the order of the directory.

use super::{Extractor, Input, Member, Outlet, reason_of};
use crate::model::{Issue, Reason};

/// Reads zip archives.
pub(crate) struct Zip;

impl Extractor for Zip {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let reader = input.into_seekable()?;
        let mut archive = zip::ZipArchive::new(reader).map_err(|error| reason(&error))?;
        let count = archive.len();
        // How many members may be opened is the engine's to say.
        for index in 0..count {
            if out.tick().is_stop() {
                return Ok(());
            }
            let Ok(entry) = archive.by_index_raw(index) else {
                out.issue(Issue::once(Reason::PartlyDamaged));
                continue;
            };
            let (name, size) = (entry.name_raw().to_vec(), entry.size());
            let (folder, encrypted) = (entry.is_dir(), entry.encrypted());
            drop(entry);
            if folder {
                continue;
            }
            let name = utf8_name(name);
            if encrypted {
                if out.unread_member(&name, size, Reason::Encrypted).is_stop() {
                    return Ok(());
                }
                continue;
            }
            let flow = match archive.by_index(index) {
                Ok(mut entry) => {
                    let extension = extension_of(&name);
                    let content = Input::stream(&mut entry, Some(size), &extension);
                    out.member(Member { name: &name, content })
                }
                Err(error) => out.unread_member(&name, size, reason(&error)),
            };
            if flow.is_stop() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Names without the UTF-8 flag are in an old code page: CP437 by the standard, CP850 from Swedish Windows. The two
/// agree on å, ä and ö.
fn utf8_name(raw: Vec<u8>) -> Vec<u8> {
    if std::str::from_utf8(&raw).is_ok() {
        return raw;
    }
    crate::text::decode_head(&raw, crate::text::Encoding::Cp850, 0).into_bytes()
}

fn extension_of(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let file = name.rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.')
        .map_or_else(String::new, |(_, extension)| extension.to_ascii_lowercase())
}

fn reason(error: &zip::result::ZipError) -> Reason {
    match error {
        zip::result::ZipError::Io(error) => reason_of(error),
        zip::result::ZipError::UnsupportedArchive(text) if text.contains("assword") => Reason::Encrypted,
        zip::result::ZipError::UnsupportedArchive(_) => Reason::Unsupported,
        _ => Reason::Damaged,
    }
}
