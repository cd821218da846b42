//! PowerPoint presentations: slides in the order they are shown, with the notes and comments of each.
//!
//! An owner knows a slide by its number in the presentation, and not by the number in the name of its part, which is
//! the order in which slides were made.

use std::collections::BTreeMap;

use super::book::Book;
use super::names::{numbered, stem};
use super::prose::Tongue;
use super::running::Spot;
use super::shared;
use crate::extract::package::{Package, attribute};
use crate::extract::{Extractor, Flow, Input, Outlet};
use crate::model::Reason;

/// Slides of a presentation.
const SLIDES: usize = 100_000;

/// Reads pptx, pptm, ppsx and potx.
pub(crate) struct Pptx;

impl Extractor for Pptx {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        shared::ooxml(input, out, read)
    }
}

fn read(package: &mut Package<'_>, book: &mut Book, out: &mut dyn Outlet) -> Flow {
    let main = shared::main_part(package, "ppt/presentation.xml");
    let mut beside: BTreeMap<String, String> = BTreeMap::new();
    for (slide, page) in slides(package, &main).into_iter().zip(1u32..) {
        let related = package.relations(&slide);
        if book
            .prose(package, &slide, Spot::Page(page), Tongue::Office, out)
            .is_stop()
        {
            return Flow::Stop;
        }
        for relation in related {
            let name = match relation.kind.as_str() {
                "notesSlide" => format!("notes of slide {page}"),
                "comments" => format!("comments on slide {page}"),
                "chart" | "chartEx" => format!("chart on slide {page}"),
                "diagramData" => format!("diagram on slide {page}"),
                "vmlDrawing" => format!("drawing on slide {page}"),
                _ => continue,
            };
            // Notes and the rest stand right behind their slide.
            let spot = Spot::Part(name.clone());
            if relation.kind != "vmlDrawing"
                && book
                    .prose(package, &relation.target, spot, Tongue::Office, out)
                    .is_stop()
            {
                return Flow::Stop;
            }
            beside.insert(relation.target.to_ascii_lowercase(), name);
        }
    }
    book.see_pictures(package);
    shared::rest(package, book, out, &|part| {
        if let Some(name) = beside.get(part) {
            return Some(name.clone());
        }
        let word = match stem(part).trim_end_matches(|c: char| c.is_ascii_digit()) {
            "slide" => return Some(format!("slide that is not shown, {}", stem(part))),
            "slidemaster" => "slide master",
            "slidelayout" => "slide layout",
            "notesmaster" => "notes master",
            "handoutmaster" => "handout master",
            "notesslide" => "notes",
            "comment" => "comments",
            "commentauthors" | "authors" => "authors of comments",
            "presentation" => "presentation",
            "tag" => "tags",
            _ => return None,
        };
        Some(numbered(word, part))
    })
}

/// The parts of the slides, in the order they are shown.
fn slides(package: &mut Package<'_>, main: &str) -> Vec<String> {
    let mut targets: BTreeMap<String, String> = package
        .relations(main)
        .into_iter()
        .filter(|relation| relation.kind == "slide")
        .map(|relation| (relation.id, relation.target))
        .collect();
    let mut slides = Vec::new();
    package.elements(main, &mut |element| {
        if element.local_name().as_ref() == "sldId" {
            // `id` is the slide's own number, `r:id` that of the relationship.
            let mut attributes = element.attributes();
            let id = attributes
                .with_checks(false)
                .flatten()
                .find(|attribute| attribute.key.as_ref().ends_with(":id"));
            // Each once: they may all point to one slide.
            let target = id
                .and_then(|id| targets.remove(id.value.as_ref()))
                .or_else(|| attribute(element, "id").and_then(|id| targets.remove(&id)));
            slides.extend(target);
        }
        slides.len() < SLIDES
    });
    slides
}
