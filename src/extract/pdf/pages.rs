//! The text of the pages.

use std::collections::{HashMap, HashSet};

use hayro_syntax::Pdf;
use hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Rect, Stream, String as Bytes,
};
use hayro_syntax::page::Page;
use hayro_syntax::xref::XRef;
use lopdf::{Document, ObjectId};

use super::budget::Budget;
use super::content::{IDENTITY, Interpreter, Scope, concat};
use super::fonts::Fonts;
use super::guard::STREAM_LIMIT;
use super::images;
use super::joins::joins;
use super::layout::{Runs, squeeze};
use super::seen::{Edges, Pictured, Seen};
use super::sound;
use super::strings::text_string;
use super::structure::{Note, Notes};
use crate::extract::{Flow, Outlet};
use crate::model::{Issue, Place, Reason, Segment, Text};

/// States of one annotation that are looked at.
const MAX_STATES: usize = 64;
/// Pages outside the tree that are looked at.
pub(super) const MAX_UNLINKED: usize = 10_000;
/// Notes of one page that are compared with its text.
const MAX_COMPARED: usize = 1000;
/// What the fallback may decode for one page: it builds every operator in memory.
const FALLBACK_LIMIT: usize = 4 << 20;

/// Tells all pages of `pdf`, or only the given ones, each with its notes.
pub(super) fn tell(
    pdf: &Pdf,
    mut notes: Notes,
    only: Option<&[u32]>,
    mut budget: Budget,
    out: &mut dyn Outlet,
) -> Flow {
    let mut fonts = Fonts::new();
    let mut counts = Counts::default();
    let form_fonts = form_fonts(pdf);
    let mut read = 0;
    for (index, page) in pdf.pages().iter().enumerate() {
        read = index + 1;
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if budget.is_spent() || budget.is_stopped() {
            break;
        }
        if only.is_some_and(|only| only.binary_search(&number).is_err()) {
            continue;
        }
        let sheet = Sheet {
            number,
            dict: page.raw(),
            xref: page.xref(),
            edges: edges(page),
            rotation: page.rotation() as i32 * 90,
        };
        let notes = notes.remove(&number).unwrap_or_default();
        sheet.tell(&form_fonts, notes, &mut fonts, &mut budget, &mut counts, out);
    }
    // Notes on pages that are listed and cannot be read.
    for (number, notes) in std::mem::take(&mut notes) {
        if number as usize > read && !budget.is_spent() && !budget.is_stopped() {
            counts.damaged += 1;
            if tell_page(number, &Runs::default(), notes, out).is_stop() {
                return Flow::Stop;
            }
        }
    }
    if only.is_none_or(|only| !only.is_empty()) {
        counts.damaged += fonts.too_dear();
        counts.tell(&budget, out);
    }
    if budget.is_stopped() {
        Flow::Stop
    } else {
        Flow::Continue
    }
}

/// Tells pages that no tree of pages holds any more; they are numbered as they come.
pub(super) fn tell_unlinked(pdf: &Pdf, pages: &[ObjectId], mut budget: Budget, out: &mut dyn Outlet) -> Flow {
    let mut fonts = Fonts::new();
    let mut counts = Counts::default();
    let form_fonts = form_fonts(pdf);
    for (id, number) in pages.iter().zip(1..) {
        if budget.is_spent() || budget.is_stopped() {
            break;
        }
        let id = ObjectIdentifier::new(id.0, i32::from(id.1));
        let Some(dict) = pdf.xref().get::<Dict<'_>>(id) else {
            continue;
        };
        let sheet = Sheet {
            number,
            dict: &dict,
            xref: pdf.xref(),
            edges: [0.0; 4],
            rotation: 0,
        };
        sheet.tell(&form_fonts, Vec::new(), &mut fonts, &mut budget, &mut counts, out);
    }
    if budget.is_stopped() {
        Flow::Stop
    } else {
        Flow::Continue
    }
}

/// The pages of a document, numbered as they are read: a page that the tree names and that is not there has no number.
/// lopdf's own list ends at such a page. Also whether there is one.
pub(super) fn listed(doc: &Document) -> (Vec<(u32, ObjectId)>, bool) {
    let root = doc.catalog().and_then(|catalog| catalog.get(b"Pages")).ok();
    let mut open: Vec<ObjectId> = root
        .and_then(|root| root.as_reference().ok())
        .into_iter()
        .collect();
    let mut met: HashSet<ObjectId> = open.iter().copied().collect();
    let (mut found, mut missing) = (Vec::new(), false);
    while let Some(id) = open.pop() {
        let Ok(node) = doc.get_dictionary(id) else {
            missing = true;
            continue;
        };
        let kids = node.get(b"Kids").and_then(|kids| doc.dereference(kids));
        let kids = kids.and_then(|(_, kids)| kids.as_array());
        match kids {
            Ok(kids) => {
                let kids = kids.iter().rev().filter_map(|kid| kid.as_reference().ok());
                open.extend(kids.filter(|kid| met.insert(*kid)));
            }
            Err(_) => found.push(id),
        }
    }
    ((1..).zip(found).collect(), missing)
}

/// The pages in `doc` that no tree of pages holds: deleted by a program that took them out of the tree only.
pub(super) fn unlinked(doc: &Document) -> Vec<ObjectId> {
    let linked: HashSet<ObjectId> = listed(doc).0.into_iter().map(|(_, id)| id).collect();
    let pages = doc.objects.iter().filter(|(id, object)| {
        let lopdf::Object::Dictionary(dict) = object else {
            return false;
        };
        dict.has_type(b"Page") && dict.has(b"Contents") && !linked.contains(*id)
    });
    pages.map(|(id, _)| *id).take(MAX_UNLINKED).collect()
}

/// A page on its way to being told.
struct Sheet<'s, 'a> {
    number: u32,
    dict: &'s Dict<'a>,
    xref: &'a XRef,
    edges: Edges,
    rotation: i32,
}

impl<'a> Sheet<'_, 'a> {
    fn tell(
        &self,
        form_fonts: &Dict<'a>,
        notes: Vec<Note>,
        fonts: &mut Fonts<'a>,
        budget: &mut Budget,
        counts: &mut Counts,
        out: &mut dyn Outlet,
    ) {
        let (mut runs, mut seen) = (Runs::default(), Seen::on(self.edges));
        let scope = Scope {
            resources: self
                .dict
                .get::<Dict<'_>>("Resources")
                .unwrap_or_else(|| inherited(self.dict)),
            form_fonts: form_fonts.clone(),
        };
        let (content, damaged) = page_content(self.dict, self.xref);
        seen.damaged += damaged;
        let wanted = out.wants_pictures();
        let mut interpreter = Interpreter::new(fonts, budget, out, &mut runs, &mut seen);
        interpreter.pictures = wanted.then(Vec::new);
        interpreter.run(&content, &scope, IDENTITY);
        let pictures = interpreter.pictures.unwrap_or_default();
        self.appearances(&scope, fonts, budget, out, &mut runs, &mut seen);
        let mut pictured = seen.pictured();
        if pictured != Pictured::No
            && !pictures.is_empty()
            && images::tell(self.number, self.rotation, &pictures, out)
            && seen.gives_all()
        {
            pictured = Pictured::No;
        }
        counts.add(&seen, pictured);
        // An empty form shows nothing, and is no damaged document.
        let annotated = self
            .dict
            .get::<Array<'_>>("Annots")
            .is_some_and(|all| all.raw_iter().next().is_some());
        counts.shown += u64::from(annotated);
        if tell_page(self.number, &runs, notes, out).is_stop() {
            budget.stop();
        }
    }

    /// Adds what annotations and form fields show on the page. What only repeats a field's value or a comment is
    /// left out: those are told where they belong.
    fn appearances(
        &self,
        scope: &Scope<'a>,
        fonts: &mut Fonts<'a>,
        budget: &mut Budget,
        out: &mut dyn Outlet,
        runs: &mut Runs,
        seen: &mut Seen,
    ) {
        let Some(annotations) = self.dict.get::<Array<'a>>("Annots") else {
            return;
        };
        for annotation in annotations.raw_iter() {
            let annotation = match annotation {
                MaybeRef::Ref(id) => self.xref.get::<Dict<'a>>(id.into()),
                MaybeRef::NotRef(object) => object.into_dict(),
            };
            let Some(annotation) = annotation else {
                continue;
            };
            for stream in looks(&annotation) {
                let (mut shown, mut there) = (Runs::default(), Seen::default());
                let matrix = placement(&annotation, &stream);
                Interpreter::new(fonts, budget, out, &mut shown, &mut there)
                    .appearance(&stream, scope, &matrix);
                seen.add(&there);
                let said = shown.squeezed();
                let repeated = [field_value(&annotation), string(&annotation, "Contents")];
                if !repeated.iter().flatten().any(|text| squeeze(text) == said) {
                    runs.append(&shown);
                }
                if !budget.operation(out) {
                    return;
                }
            }
        }
    }
}

/// Pages that were not what they should be.
#[derive(Default)]
struct Counts {
    pictures: u64,
    /// Pages that are pictures unless the picture lies behind others as well.
    doubtful: Vec<ObjectIdentifier>,
    /// How many pages each picture covers.
    backgrounds: HashMap<ObjectIdentifier, u64>,
    unreadable: u64,
    damaged: u64,
    /// Limits that were hit on a page.
    cut: u64,
    /// Pages that show anything.
    shown: u64,
}

impl Counts {
    fn add(&mut self, seen: &Seen, pictured: Pictured) {
        match pictured {
            Pictured::No => {}
            Pictured::Yes => self.pictures += 1,
            Pictured::UnlessShared(picture) => self.doubtful.push(picture),
        }
        if let Some(picture) = seen.background() {
            *self.backgrounds.entry(picture).or_default() += 1;
        }
        self.unreadable += u64::from(seen.is_unreadable());
        self.damaged += u64::from(seen.damaged > 0);
        self.cut += seen.cut;
        self.shown += u64::from(!seen.is_blank());
    }

    fn tell(&self, budget: &Budget, out: &mut dyn Outlet) {
        // Damage is not always an error: nobody keeps a document whose every page is blank.
        let lost =
            u64::from(self.shown == 0 && self.damaged == 0 && !budget.is_spent() && !budget.is_stopped());
        let is_alone = |picture: &&ObjectIdentifier| self.backgrounds.get(*picture) == Some(&1);
        let doubtful = self.doubtful.iter().filter(is_alone).count() as u64;
        let told = [
            (Reason::NeedsOcr, self.pictures + doubtful),
            (Reason::UnreadableFonts, self.unreadable),
            (Reason::PartlyDamaged, self.damaged + lost),
            (Reason::ContentLimit, self.cut + u64::from(budget.is_spent())),
        ];
        for (reason, count) in told {
            if count > 0 {
                out.issue(Issue { reason, count });
            }
        }
    }
}

fn tell_page(page: u32, runs: &Runs, notes: Vec<Note>, out: &mut dyn Outlet) -> Flow {
    let layout = runs.lay_out();
    if !layout.text.trim().is_empty() {
        let text = Text::whole(&layout.text, Place::Page { page });
        if out.segment(&Segment::Text(&text)).is_stop() {
            return Flow::Stop;
        }
    }
    for join in joins(&layout) {
        let text = Text {
            text: &join.text,
            own: join.own,
            place: Place::Page { page },
            label: None,
        };
        if out.segment(&Segment::Text(&text)).is_stop() {
            return Flow::Stop;
        }
    }
    let name = format!("annotation, page {page}");
    for (index, note) in notes.into_iter().enumerate() {
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        // A link mostly leads to what the page shows there. Beyond so many it is rather told twice than looked for.
        if index < MAX_COMPARED && layout.text.contains(note.text.trim()) {
            continue;
        }
        let mut text = Text::whole(
            &note.text,
            Place::Part {
                name: name.as_str().into(),
            },
        );
        text.label = note.label;
        if out.segment(&Segment::Text(&text)).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

/// The edges of what is seen of a page.
fn edges(page: &Page<'_>) -> Edges {
    let seen = page.intersected_crop_box();
    [seen.x0, seen.y0, seen.x1, seen.y1]
}

/// The resources a page has from the page tree.
fn inherited<'a>(page: &Dict<'a>) -> Dict<'a> {
    let mut above = page.get::<Dict<'a>>("Parent");
    for _ in 0..64 {
        let Some(dict) = above else {
            break;
        };
        if let Some(resources) = dict.get::<Dict<'a>>("Resources") {
            return resources;
        }
        above = dict.get::<Dict<'a>>("Parent");
    }
    Dict::default()
}

/// The content of a page, decoded, and how many of its streams could not be. hayro's own call for this keeps
/// the content of every page for as long as the document lives.
fn page_content<'a>(page: &Dict<'a>, xref: &'a XRef) -> (Vec<u8>, u64) {
    let (mut content, mut damaged) = (Vec::new(), 0);
    let mut add = |part: Option<Stream<'_>>| match part.and_then(|part| sound::decoded(&part)) {
        Some(part) if content.len() + part.bytes.len() <= STREAM_LIMIT => {
            content.extend_from_slice(&part.bytes);
            content.push(b'\n');
            damaged += u64::from(!part.is_whole);
        }
        _ => damaged += 1,
    };
    match page.get::<Object<'_>>("Contents") {
        Some(Object::Stream(stream)) => add(Some(stream)),
        // One by one: the library's own way of resolving ends at the first that cannot be.
        Some(Object::Array(parts)) => parts.raw_iter().for_each(|part| match part {
            MaybeRef::Ref(id) => add(xref.get::<Stream<'_>>(id.into())),
            MaybeRef::NotRef(object) => add(object.into_stream()),
        }),
        Some(Object::Null(_)) => {}
        // A page may be empty, but then it does not point to a content that is nowhere.
        Some(_) => add(None),
        None if page.contains_key("Contents") => add(None),
        None => {}
    }
    (content, damaged)
}

fn form_fonts(pdf: &Pdf) -> Dict<'_> {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let fonts = root
        .and_then(|root| root.get::<Dict<'_>>("AcroForm"))
        .and_then(|form| form.get::<Dict<'_>>("DR"))
        .and_then(|resources| resources.get::<Dict<'_>>("Font"));
    fonts.unwrap_or_default()
}

/// How an annotation looks; in each of its states, where it does not say in which it is.
fn looks<'a>(annotation: &Dict<'a>) -> Vec<Stream<'a>> {
    let look = annotation
        .get::<Dict<'a>>("AP")
        .and_then(|looks| looks.get::<Object<'a>>("N"));
    match look {
        Some(Object::Stream(stream)) => vec![stream],
        Some(Object::Dict(states)) => {
            let state = |name: &Name<'a>| states.get::<Stream<'a>>(name.as_ref());
            let is_field = annotation
                .get::<Name<'a>>("Subtype")
                .is_some_and(|kind| kind.as_ref() == b"Widget");
            match annotation.get::<Name<'a>>("AS") {
                Some(name) => state(&name).into_iter().collect(),
                // A box that is neither ticked nor not shows nothing.
                None if is_field => Vec::new(),
                None => {
                    let mut names: Vec<Name<'a>> = states.keys().take(MAX_STATES).collect();
                    names.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
                    names.iter().filter_map(state).collect()
                }
            }
        }
        _ => Vec::new(),
    }
}

/// Moves an appearance to its annotation's rectangle.
fn placement(annotation: &Dict<'_>, stream: &Stream<'_>) -> super::content::Matrix {
    let rect = annotation.get::<Rect>("Rect");
    let (Some(rect), Some(inner)) = (rect, stream.dict().get::<Rect>("BBox")) else {
        return IDENTITY;
    };
    let matrix = stream.dict().get::<[f64; 6]>("Matrix").unwrap_or(IDENTITY);
    let corner = concat(&[1.0, 0.0, 0.0, 1.0, inner.x0, inner.y0], &matrix);
    [1.0, 0.0, 0.0, 1.0, rect.x0 - corner[4], rect.y0 - corner[5]]
}

fn field_value(annotation: &Dict<'_>) -> Option<String> {
    let mut dict = annotation.clone();
    for _ in 0..16 {
        if let Some(value) = string(&dict, "V") {
            return Some(value);
        }
        dict = dict.get::<Dict<'_>>("Parent")?;
    }
    None
}

fn string(dict: &Dict<'_>, key: &str) -> Option<String> {
    Some(text_string(dict.get::<Bytes<'_>>(key)?.as_bytes()))
}

/// Tells the pages through lopdf's own, poorer text layer, where hayro cannot open what lopdf could.
pub(super) fn tell_plainly(doc: &Document, only: Option<&[u32]>, out: &mut dyn Outlet) -> Flow {
    out.issue(Issue::once(Reason::PartlyDamaged));
    // lopdf reads pages by its own numbers.
    for (page, _) in doc.get_pages() {
        if only.is_some_and(|only| only.binary_search(&page).is_err()) {
            continue;
        }
        let chunks = doc.extract_text_chunks_with_limit(&[page], FALLBACK_LIMIT);
        let text: String = chunks.into_iter().flatten().collect();
        let flow = if text.trim().is_empty() {
            out.tick()
        } else {
            out.segment(&Segment::Text(&Text::whole(&text, Place::Page { page })))
        };
        if flow.is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}
