//! What all packages of Microsoft Office have in common: properties, links, charts, embedded documents.
//!
//! A part nobody listed may hold what is looked for, so every XML part is read that is not known to be silent.

use super::book::Book;
use super::names::{is_document, is_no_text, numbered, stem};
use super::prose::Tongue;
use super::running::Spot;
use crate::extract::metafile;
use crate::extract::package::Package;
use crate::extract::package::parts::{has_extension, is_control};
use crate::extract::{Flow, Input, Outlet};
use crate::model::Reason;

/// Parts that say how a document looks.
const LOOKS: &[&str] = &[
    "[content_types].xml",
    "/styles.xml",
    "/styleswitheffects.xml",
    "/numbering.xml",
    "/fonttable.xml",
    "/websettings.xml",
    "/presprops.xml",
    "/viewprops.xml",
    "/tablestyles.xml",
    "/commentsids.xml",
    "/commentsextensible.xml",
    "/commentsextended.xml",
    "/vbadata.xml",
    "/changesinfo.xml",
    "/revisioninfo.xml",
    "/metadata.xml",
    "/calcchain.xml",
    "/windows.xml",
];
const LOOKS_FOLDERS: &[&str] = &[
    "/theme/",
    "/printersettings/",
    "/media/",
    "/fonts/",
    "customui/",
    "thumbnail",
    "/ctrlprops/",
];
const LOOKS_STEMS: &[&str] = &[
    "colors",
    "quickstyle",
    "layout",
    "style",
    "itemprops",
    "chartstyle",
    "chartcolorstyle",
];

/// Opens a package, has `read` read what is its own, and tells how it went.
pub(super) fn ooxml(
    input: Input<'_>,
    out: &mut dyn Outlet,
    read: impl FnOnce(&mut Package<'_>, &mut Book, &mut dyn Outlet) -> Flow,
) -> Result<(), Reason> {
    let mut package = Package::of_office(input)?;
    let mut book = Book::new(package.notes());
    let flow = read(&mut package, &mut book, out);
    if !flow.is_stop() {
        let _ = book.tell_authors(out);
    }
    package.tell(book.notes, out);
    Ok(())
}

/// The part the package is about.
pub(super) fn main_part(package: &mut Package<'_>, usual: &str) -> String {
    package
        .relations("")
        .into_iter()
        .find(|relation| relation.kind == "officeDocument")
        .map(|relation| relation.target)
        .filter(|target| package.find(target).is_some())
        .unwrap_or_else(|| usual.to_owned())
}

/// Reads every part that has not been read, and hands documents on. `own` names the parts of the family.
pub(super) fn rest(
    package: &mut Package<'_>,
    book: &mut Book,
    out: &mut dyn Outlet,
    own: &dyn Fn(&str) -> Option<String>,
) -> Flow {
    for index in 0..package.parts.len() {
        let Some(name) = package.parts.get(index).map(|part| part.name.clone()) else {
            break;
        };
        let lower = name.to_ascii_lowercase();
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        let flow = if metafile::is_named_so(&lower) {
            book.metafile(package, &name, out)
        } else if is_control(&lower) {
            book.control(package, &name, &numbered("control", &lower), out)
        } else if is_document(&lower) || is_other(&lower) {
            book.member(package, index, out)
        } else if is_silent(package, &lower) {
            Flow::Continue
        } else if let Some(base) = properties(&lower) {
            book.properties(package, &name, &base, out)
        } else {
            let spot = own(&lower)
                .or_else(|| common(&lower))
                .unwrap_or_else(|| name.clone());
            book.prose(package, &name, Spot::Part(spot), Tongue::Office, out)
        };
        if flow.is_stop() {
            return Flow::Stop;
        }
    }
    book.links(package, out)
}

fn is_xml(lower: &str) -> bool {
    has_extension(
        lower,
        &["xml", "vml", "svg", "fpage", "fdseq", "fdoc", "struct", "frag"],
    )
}

/// Whether a part is of a kind nobody listed, neither XML nor a picture: imported text, what an add-in keeps.
fn is_other(lower: &str) -> bool {
    let silent = is_xml(lower) || has_extension(lower, &["rels"]) || is_no_text(lower);
    let known = ["/activex/", "vbaprojectsignature", "attachedtoolbars"];
    !(silent
        || lower.ends_with('/')
        || lower == "mimetype"
        || known.iter().chain(LOOKS_FOLDERS).any(|part| lower.contains(part)))
}

/// Whether a part says nothing of its own.
fn is_silent(package: &Package<'_>, lower: &str) -> bool {
    if !is_xml(lower) || is_no_text(lower) {
        return true;
    }
    if has_extension(lower, &["svg"]) {
        return false;
    }
    let stem = stem(lower).trim_end_matches(|c: char| c.is_ascii_digit());
    // The picture of a diagram says what its data says.
    let picture = lower.contains("/diagrams/drawing")
        && package
            .find(&lower.replace("/diagrams/drawing", "/diagrams/data"))
            .is_some();
    let slide_layout = lower.contains("slidelayout");
    picture
        || LOOKS.iter().any(|end| lower.ends_with(end))
        || LOOKS_FOLDERS.iter().any(|folder| lower.contains(folder))
        || LOOKS_STEMS.contains(&stem) && !slide_layout
}

/// How properties of a part are called, if it is a list of them.
fn properties(lower: &str) -> Option<String> {
    if lower.starts_with("docprops/") || lower.starts_with("metadata/") {
        return Some("document properties".to_owned());
    }
    lower
        .contains("customxml/")
        .then(|| numbered("custom data", lower))
}

/// Parts that all families have.
fn common(lower: &str) -> Option<String> {
    let word = [
        ("/charts/chart", "chart"),
        ("/chartex", "chart"),
        ("/diagrams/data", "diagram"),
        ("/diagrams/drawing", "diagram"),
        ("/drawings/", "drawing"),
        ("/activex/", "control"),
        ("_xmlsignatures/", "signature"),
        ("/ink/", "ink"),
    ];
    word.iter()
        .find(|(folder, _)| lower.contains(folder))
        .map(|(_, word)| numbered(word, lower))
}
