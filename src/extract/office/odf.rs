//! OpenDocument texts, presentations and drawings, and the formats of OpenOffice before them.
//!
//! Headers and footers lie in the part of styles, deleted text before the body, and older versions of a document may
//! lie in it whole; an embedded chart or sheet is a document in a folder.

use super::book::{Book, flat};
use super::names::is_no_text;
use super::prose::Tongue;
use super::running::Spot;
use crate::extract::metafile;
use crate::extract::package::Package;
use crate::extract::{Extractor, Flow, Input, Outlet};
use crate::model::Reason;

/// Reads odt, ott, odm and sxw, and fodt.
pub(crate) struct Odt;

/// Reads odp, odg, otp and sxi, and their flat forms.
pub(crate) struct Odp;

impl Extractor for Odt {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        document(input, &Spot::Part("document".to_owned()), out)
    }
}

impl Extractor for Odp {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        document(input, &Spot::Page(1), out)
    }
}

fn document(mut input: Input<'_>, body: &Spot, out: &mut dyn Outlet) -> Result<(), Reason> {
    if !input.head()?.starts_with(b"PK") {
        flat(input.into_stream(), body.clone(), Tongue::Odf, out);
        return Ok(());
    }
    let mut package = Package::of_odf(input)?;
    let mut book = Book::new(package.notes());
    if !read(&mut package, &mut book, body, out).is_stop() {
        let _ = book.tell_authors(out);
    }
    package.tell(book.notes, out);
    Ok(())
}

fn read(package: &mut Package<'_>, book: &mut Book, body: &Spot, out: &mut dyn Outlet) -> Flow {
    // A template of styles has no content.
    if package.find("content.xml").is_none() && package.find("styles.xml").is_none() {
        book.notes.add(Reason::Damaged);
    }
    if book
        .prose(package, "content.xml", body.clone(), Tongue::Odf, out)
        .is_stop()
    {
        return Flow::Stop;
    }
    book.see_pictures(package);
    for index in 0..package.parts.len() {
        let Some(name) = package.parts.get(index).map(|part| part.name.clone()) else {
            break;
        };
        let lower = name.to_ascii_lowercase();
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        let flow = match kind(&lower) {
            Kind::Silent => Flow::Continue,
            Kind::Picture => book.metafile(package, &name, out),
            Kind::Member => book.member(package, index, out),
            Kind::Properties(base) => book.properties(package, &name, base, out),
            Kind::Prose => {
                let spot = Spot::Part(called(&name, &lower, body));
                book.prose(package, &name, spot, Tongue::Odf, out)
            }
        };
        if flow.is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

enum Kind {
    Silent,
    Picture,
    Member,
    Properties(&'static str),
    Prose,
}

/// What a part is.
fn kind(lower: &str) -> Kind {
    // What stands for an embedded document shows what that says.
    if metafile::is_named_so(lower) && !lower.starts_with("objectreplacements/") {
        return Kind::Picture;
    }
    let silent = [
        "mimetype",
        "manifest.rdf",
        "layout-cache",
        "meta-inf/manifest.xml",
    ]
    .contains(&lower)
        || [
            "configurations2/",
            "pictures/",
            "thumbnails/",
            "objectreplacements/",
        ]
        .iter()
        .any(|folder| lower.starts_with(folder))
        || lower.ends_with('/')
        || is_no_text(lower) && !lower.starts_with("scripts/");
    if silent {
        return Kind::Silent;
    }
    let file = lower.rsplit('/').next().unwrap_or_default();
    let xml = ["xml", "xlb", "xlc", "svg"]
        .iter()
        .any(|extension| file.rsplit_once('.').is_some_and(|(_, own)| own == *extension));
    match file {
        "meta.xml" => Kind::Properties("document properties"),
        "settings.xml" if lower == "settings.xml" => Kind::Properties("settings"),
        "settings.xml" => Kind::Silent,
        // Those of an embedded chart or sheet are only looks.
        "styles.xml" if lower != "styles.xml" => Kind::Silent,
        _ if xml => Kind::Prose,
        // An embedded document in a format of its own, an older version of this one, a database, a macro.
        _ => Kind::Member,
    }
}

/// How a part is called.
fn called(name: &str, lower: &str, body: &Spot) -> String {
    if lower == "styles.xml" {
        return match body {
            Spot::Page(_) => "slide masters".to_owned(),
            Spot::Part(_) => "headers and footers".to_owned(),
        };
    }
    if let Some((folder, "content.xml")) = name.rsplit_once('/') {
        return folder.replacen("Object", "object", 1).replacen("./", "", 1);
    }
    if lower.starts_with("basic/") || lower.starts_with("scripts/") || lower.starts_with("dialogs/") {
        return "macros".to_owned();
    }
    if lower.starts_with("meta-inf/") {
        return "signatures".to_owned();
    }
    name.to_owned()
}
