//! What xlsx and xlsb have in common beside their cells: other parts and embedded documents.
//!
//! Much that people think they have deleted lies there: comments, links, the caches of pivot tables.

use std::collections::{HashMap, HashSet};

use crate::extract::metafile;
use crate::extract::office::is_no_text;
use crate::extract::package::Package;
use crate::extract::package::notes::Notes;
use crate::extract::package::parts::{TextPass, has_extension, is_control};
use crate::extract::{Flow, Outlet};
use crate::model::Reason;

/// Reads the parts that hold no cells, and hands embedded documents on.
pub(super) fn others(
    package: &mut Package<'_>,
    sheets: &[(String, String)],
    done: &HashSet<String>,
    notes: &mut Notes,
    out: &mut dyn Outlet,
) -> Flow {
    let mut commented: HashMap<String, &str> = HashMap::new();
    let mut known = HashSet::new();
    for (name, path) in sheets.iter().filter(|(_, path)| known.insert(path.as_str())) {
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        for relation in package.relations(path) {
            if matches!(relation.kind.as_str(), "comments" | "threadedComment") {
                commented.insert(relation.target.to_ascii_lowercase(), name);
            }
        }
    }
    for index in 0..package.parts.len() {
        let Some(part) = package.parts.get(index).cloned() else {
            break;
        };
        let lower = part.name.to_ascii_lowercase();
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        if done.contains(&lower) {
            continue;
        }
        // Macros are a compound file; what people write into them is unpacked there.
        if lower.contains("/embeddings/") || lower.ends_with("/vbaproject.bin") {
            if package.hand_on(index, out).is_stop() {
                return Flow::Stop;
            }
        } else if metafile::is_named_so(&lower) {
            let result = package.read(index);
            let result = result.and_then(|picture| metafile::tell(picture, &part.name, out));
            if notes.after(result).is_stop() {
                return Flow::Stop;
            }
        } else if is_control(&lower) {
            let result = package.control(index, &part.name, out);
            if notes.after(result).is_stop() {
                return Flow::Stop;
            }
        } else if has_text(&lower) {
            let pass = TextPass {
                name: &part.name,
                sheet: commented.get(&lower).copied(),
            };
            let result = package.read(index).and_then(|part| pass.run(part, out));
            if notes.after(result).is_stop() {
                return Flow::Stop;
            }
        } else if lower.ends_with("/model/item.data") {
            // Tables of Power Pivot, packed in a way of their own: whole registers may lie there.
            let name = part.name.as_bytes();
            if out.unread_member(name, part.size, Reason::Unsupported).is_stop() {
                return Flow::Stop;
            }
        } else if is_unknown(&lower) && package.hand_on(index, out).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

/// Whether a part is neither XML nor read as something else, and may be a document. Pictures, sounds and fonts are
/// none, and signatures of macros and settings of a printer say nothing of a person.
fn is_unknown(lower: &str) -> bool {
    let silent = ["/printersettings", "/vbaprojectsignature", "/media/", "/fonts/"];
    !lower.ends_with('/')
        && !has_extension(lower, &["xml", "rels", "vml"])
        && !is_no_text(lower)
        && !silent.iter().any(|folder| lower.contains(folder))
}

/// Whether a part can say something about a person.
fn has_text(lower: &str) -> bool {
    let xml = has_extension(lower, &["xml", "rels", "vml"]);
    let plain = [
        "/styles.xml",
        "/calcchain.xml",
        "[content_types].xml",
        "/metadata.xml",
        "/volatiledependencies.xml",
    ];
    let folders = ["/theme/", "/printersettings/"];
    xml && !plain.iter().any(|end| lower.ends_with(end))
        && !folders.iter().any(|folder| lower.contains(folder))
}
