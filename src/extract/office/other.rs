//! Other packages of XML: drawings of Visio, printed pages of XPS, and whatever else is made this way.
//!
//! A family nobody listed is read all the same: its XML parts as text, its other parts as documents of their own.

use super::book::{Book, flat};
use super::names::{number, numbered, stem};
use super::prose::Tongue;
use super::running::Spot;
use super::shared;
use crate::extract::package::Package;
use crate::extract::package::parts::has_extension;
use crate::extract::{Extractor, Flow, Input, Outlet};
use crate::model::Reason;

/// Reads vsdx, xps and packages of a family that is not known.
pub(crate) struct Other;

impl Extractor for Other {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        shared::ooxml(input, out, read)
    }
}

fn read(package: &mut Package<'_>, book: &mut Book, out: &mut dyn Outlet) -> Flow {
    let mut pages: Vec<(u32, u32, String)> = package
        .parts
        .iter()
        .filter_map(|part| {
            let lower = part.name.to_ascii_lowercase();
            let visio = lower.contains("visio/pages/page") && has_extension(&lower, &["xml"]);
            let page = number(&lower).filter(|_| visio || has_extension(&lower, &["fpage"]))?;
            // An XPS may hold several documents: Documents/2/Pages/1.fpage.
            let document = lower
                .strip_prefix("documents/")
                .and_then(|rest| rest.split('/').next()?.parse().ok());
            Some((document.unwrap_or(0), page, part.name.clone()))
        })
        .collect();
    pages.sort();
    for (page, (_, _, name)) in (1u32..).zip(&pages) {
        if book
            .prose(package, name, Spot::Page(page), Tongue::Office, out)
            .is_stop()
        {
            return Flow::Stop;
        }
    }
    shared::rest(package, book, out, &|part| {
        let word = match stem(part).trim_end_matches(|c: char| c.is_ascii_digit()) {
            "master" => "master",
            "pages" => "names of pages",
            "comments" => "comments",
            "document" => "document",
            _ => return None,
        };
        Some(numbered(word, part))
    })
}

/// Reads Word documents that are one XML file: those of Word 2003, and flat packages.
pub(crate) struct WordXml;

impl Extractor for WordXml {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let spot = Spot::Part("document".to_owned());
        flat(input.into_stream(), spot, Tongue::Office, out);
        Ok(())
    }
}
