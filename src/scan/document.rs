//! One file of the tree on its way through the engine: extractors push into it, members recurse through it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

use super::budget::{Budget, Metered};
use super::isolate::guarded;
use super::names::{self, NameHit};
use super::rows::RowBlock;
use super::{Options, Progress};
use crate::classify::{self, Verdict, Votes, mask, normalise};
use crate::detect::Engine;
use crate::extract::identify::{self, Identified};
use crate::extract::{Flow, Input, Member, Outlet};
use crate::inventory::{self, At, Document, DocumentSum, Event, Finding, Seal, Shelf, Sum};
use crate::model::{
    Batch, ColumnLabels, Confidence, Issue, Kind, Location, Place, Reason, Row, Segment, Shift, Status, Text,
    Trail, cell_name,
};
use crate::walk::{Found, owner_name};

/// Samples per kind a document's record holds.
const SAMPLES: u8 = 5;

/// What is known of a file before it is opened; members inherit it.
pub(super) struct FileFacts {
    pub(super) sequence: u64,
    pub(super) root: Option<u32>,
    pub(super) folder: (u32, Vec<u8>),
    pub(super) bytes: u64,
    pub(super) modified: Option<i64>,
    pub(super) owner: Option<u32>,
    pub(super) exposure: Option<crate::model::Exposure>,
    /// Categories whose retention has run out for it.
    pub(super) overdue: Vec<usize>,
}

/// What is left of a file when it is done.
pub(super) struct Done {
    pub(super) status: Status,
    pub(super) kinds: BTreeMap<Kind, inventory::Bands>,
    pub(super) at: At,
    pub(super) format: Option<&'static str>,
    pub(super) categories: BTreeMap<String, u64>,
}

/// A table being read.
struct OpenTable {
    id: u32,
    sheet: Option<String>,
    columns: Vec<ColumnLabels>,
    votes: Votes,
}

/// A document being read: the file, or a member of it.
struct Open {
    trail: Trail,
    at: At,
    format: Option<&'static str>,
    sum: DocumentSum,
    samples: Vec<Finding>,
    sampled: [u8; Kind::COUNT],
    table: Option<OpenTable>,
    block: RowBlock,
    bytes: u64,
    something_read: bool,
    full_stop: bool,
}

/// Takes lines of JSON and leaves the buffer empty.
pub(super) type Lines<'w> = &'w mut dyn FnMut(&mut Vec<u8>);

/// What a thread has put together, and what it is at. Behind one lock, so that whoever seals an interrupted scan sees
/// a file either counted or being worked on, and never both.
#[derive(Default)]
pub(super) struct Papers {
    pub(super) sum: Sum,
    /// Records of documents.
    pub(super) shelf: Shelf,
    pub(super) at: Option<(u64, Arc<Found>)>,
}

/// Where a file's results go.
pub(super) struct Sinks<'w> {
    pub(super) papers: &'w Mutex<Papers>,
    /// JSON Lines, where they are wanted; handed on when it has grown.
    pub(super) events: Option<Lines<'w>>,
    pub(super) progress: &'w dyn Progress,
}

/// One file on its way; see the module.
pub(super) struct FileScan<'w> {
    engine: &'w Engine<'w>,
    options: &'w Options,
    budget: Rc<Budget<'w>>,
    facts: FileFacts,
    sinks: Sinks<'w>,
    lines: Vec<u8>,
    stack: Vec<Open>,
    normal: String,
}

impl<'w> FileScan<'w> {
    pub(super) fn new(
        engine: &'w Engine<'w>,
        options: &'w Options,
        stop: &'w AtomicUsize,
        facts: FileFacts,
        sinks: Sinks<'w>,
    ) -> Self {
        let budget = Rc::new(Budget::new(&options.limits, stop, facts.bytes));
        Self {
            engine,
            options,
            budget,
            facts,
            sinks,
            lines: Vec::new(),
            stack: Vec::new(),
            normal: String::new(),
        }
    }

    /// Reads the file from `input` (or notes why it is not read) and gives what came of it. `after` is asked once it
    /// has been read, for issues that show only then.
    pub(super) fn run(
        mut self,
        trail: Trail,
        input: Result<Input<'_>, Reason>,
        after: impl FnOnce() -> Option<Reason>,
    ) -> Done {
        self.begin(trail, self.facts.bytes);
        match input {
            Ok(input) => self.read(input),
            Err(reason) => self.issue(Issue::once(reason)),
        }
        if let Some(reason) = after() {
            self.issue(Issue::once(reason));
        }
        let done = self.end();
        self.hand_on(true);
        done
    }

    fn top(&mut self) -> Option<&mut Open> {
        self.stack.last_mut()
    }

    fn begin(&mut self, trail: Trail, bytes: u64) {
        let (at, hits) = names::at(self.engine, &trail, self.facts.root, self.options.reveal);
        self.stack.push(Open {
            trail,
            at,
            format: None,
            sum: DocumentSum::default(),
            samples: Vec::new(),
            sampled: [0; Kind::COUNT],
            table: None,
            block: RowBlock::default(),
            bytes,
            something_read: false,
            full_stop: false,
        });
        for hit in hits.into_iter().filter(|hit| hit.in_last) {
            self.record_name(hit);
        }
    }

    /// Identifies the document on top and lets its extractor read it.
    fn read(&mut self, mut input: Input<'_>) {
        let depth = self.stack.len();
        let size = input.size();
        let extension = input.extension().to_owned();
        let head = match input.head() {
            Ok(head) => head,
            Err(reason) => {
                self.issue(Issue::once(reason));
                return;
            }
        };
        if head.is_empty() {
            // An empty file holds nothing: it is read. One that should not be empty is not what it was.
            if size.unwrap_or(0) > 0 {
                self.issue(Issue::once(Reason::ChangedWhileRead));
            }
            return;
        }
        let complete = size.is_some_and(|size| size <= head.len() as u64);
        let Identified { format, mismatch } = identify::identify(head, complete, &extension);
        if let Some(open) = self.top() {
            open.format = Some(format.id);
        }
        if mismatch {
            self.issue(Issue::once(Reason::ExtensionMismatch));
        }
        let Some(extractor) = format.extractor else {
            self.issue(Issue::once(Reason::Unsupported));
            return;
        };
        let input = input.with_memory_limit(self.budget.limits().memory);
        self.budget.moved();
        let outcome = guarded(|| extractor.extract(input, self));
        // A panic inside a member was caught there; one in between leaves documents open that have to be closed.
        while self.stack.len() > depth {
            self.issue(Issue::once(Reason::ParserDied));
            self.end();
        }
        let flushed = guarded(|| {
            self.flush();
            Ok(())
        });
        for reason in [outcome, flushed].into_iter().filter_map(Result::err) {
            self.issue(Issue::once(reason));
        }
    }

    /// Looks the gathered rows through.
    fn flush(&mut self) {
        let Some(open) = self.stack.last_mut() else { return };
        let mut block = std::mem::take(&mut open.block);
        if !block.is_empty()
            && let Some(mut table) = open.table.take()
        {
            let batch = Batch {
                text: &block.text,
                own: 0..block.text.len(),
                cells: &block.cells,
                columns: &table.columns,
                label: None,
            };
            let mut candidates = Vec::new();
            self.engine.detect(&batch, &mut candidates);
            if !candidates.is_empty() || !table.columns.is_empty() {
                let verdicts = classify::classify(
                    self.engine.rules(),
                    &batch,
                    &mut candidates,
                    Some(&mut table.votes),
                );
                for verdict in &verdicts {
                    let after = block
                        .cells
                        .partition_point(|cell| cell.start <= verdict.candidate.range.start);
                    let cell = after.checked_sub(1).and_then(|i| block.cells.get(i));
                    let location = || {
                        cell.map_or(Location::Name, |cell| match &table.sheet {
                            Some(sheet) => Location::Cell {
                                sheet: sheet.clone(),
                                cell: cell_name(cell.column, cell.row),
                            },
                            None => Location::Row {
                                row: cell.row,
                                column: cell.column,
                            },
                        })
                    };
                    self.record(verdict, &location);
                }
            }
            if let Some(open) = self.stack.last_mut() {
                open.table = Some(table);
            }
        }
        block.clear();
        if let Some(open) = self.stack.last_mut() {
            open.block = block;
        }
    }

    fn text(&mut self, text: &Text<'_>) {
        let labels = text
            .label
            .map(|label| self.engine.rules().vocabulary().header(label));
        let batch = Batch {
            text: text.text,
            own: text.own.clone(),
            cells: &[],
            columns: &[],
            label: labels.as_ref(),
        };
        let mut candidates = Vec::new();
        self.engine.detect(&batch, &mut candidates);
        if candidates.is_empty() {
            return;
        }
        let verdicts = classify::classify(self.engine.rules(), &batch, &mut candidates, None);
        let mut counter = LineCounter::new(text);
        for verdict in &verdicts {
            let (line, column) = counter.at(verdict.candidate.range.start);
            let (engine, reveal) = (self.engine, self.options.reveal);
            let location = || match &text.place {
                Place::Lines { .. } => Location::Line { line, column },
                Place::Page { page } => Location::Page { page: *page, line },
                Place::Field { name } => Location::Field {
                    name: names::shown(engine, name, reveal),
                },
                Place::Part { name } => Location::Part {
                    name: names::shown(engine, name, reveal),
                    line,
                },
                Place::Cell { sheet, row, column } => Location::Cell {
                    sheet: names::shown(engine, sheet, reveal),
                    cell: cell_name(*column, *row),
                },
            };
            self.record(verdict, &location);
        }
    }

    fn row(&mut self, row: &Row<'_>) {
        let same = self
            .top()
            .and_then(|open| open.table.as_ref())
            .is_some_and(|t| t.id == row.table.id && t.columns.len() == row.table.header.len());
        if !same {
            self.flush();
            let vocabulary = self.engine.rules().vocabulary();
            let table = OpenTable {
                id: row.table.id,
                sheet: row
                    .table
                    .sheet
                    .map(|sheet| names::shown(self.engine, sheet, self.options.reveal)),
                columns: row
                    .table
                    .header
                    .iter()
                    .map(|header| vocabulary.header(header))
                    .collect(),
                votes: Votes::default(),
            };
            if let Some(open) = self.top() {
                open.table = Some(table);
            }
        }
        let Some(open) = self.top() else { return };
        open.block.push(row);
        if open.block.is_full() {
            self.flush();
        }
    }

    fn record(&mut self, verdict: &Verdict<'_>, location: &dyn Fn() -> Location) {
        let candidate = &verdict.candidate;
        let kind = candidate.kind;
        let (engine, options) = (self.engine, self.options);
        let Some(open) = self.stack.last_mut() else { return };
        open.sum.kinds[kind as usize].add(verdict.confidence);
        if verdict.confidence < options.least {
            return;
        }
        let test = classify::is_test(candidate.signals);
        count_value(
            &mut open.sum,
            options,
            kind,
            candidate.value,
            test,
            &mut self.normal,
        );
        let sample = open.sampled[kind as usize] < SAMPLES;
        if !sample && self.sinks.events.is_none() {
            return;
        }
        open.sampled[kind as usize] = open.sampled[kind as usize].saturating_add(1);
        let finding = finding(
            options,
            kind,
            verdict.score,
            verdict.confidence,
            location(),
            classify::evidence(engine.rules(), candidate),
            candidate.value,
        );
        self.keep(finding, sample);
    }

    fn record_name(&mut self, hit: NameHit) {
        let options = self.options;
        let Some(open) = self.stack.last_mut() else { return };
        open.sum.kinds[hit.kind as usize].add(hit.confidence);
        if hit.confidence < options.least {
            return;
        }
        count_value(
            &mut open.sum,
            options,
            hit.kind,
            &hit.value,
            hit.test,
            &mut self.normal,
        );
        open.sampled[hit.kind as usize] = open.sampled[hit.kind as usize].saturating_add(1);
        let finding = finding(
            options,
            hit.kind,
            hit.score,
            hit.confidence,
            Location::Name,
            hit.evidence,
            &hit.value,
        );
        self.keep(finding, true);
    }

    /// Tells a finding, and keeps it as a sample of its document.
    fn keep(&mut self, finding: Finding, sample: bool) {
        let Some(open) = self.stack.last_mut() else { return };
        if self.sinks.events.is_some() {
            let event = Event::Finding {
                at: open.at.clone(),
                finding,
            };
            write_line(&mut self.lines, &event);
            if sample && let Event::Finding { finding, .. } = event {
                open.samples.push(finding);
            }
            self.hand_on(false);
        } else if sample {
            open.samples.push(finding);
        }
    }

    /// Passes grown output on.
    fn hand_on(&mut self, last: bool) {
        if let Some(events) = self.sinks.events.as_mut()
            && (last || self.lines.len() > 256 * 1024)
            && !self.lines.is_empty()
        {
            events(&mut self.lines);
        }
    }

    /// Closes the document on top: counts it, puts its record on the shelf.
    fn end(&mut self) -> Done {
        let Some(mut open) = self.stack.pop() else {
            return Done {
                status: Status::Failed,
                kinds: BTreeMap::new(),
                at: At::default(),
                format: None,
                categories: BTreeMap::new(),
            };
        };
        let status = open.sum.status(open.something_read);
        let member = !self.stack.is_empty();
        if status != Status::Read
            && let Some(parent) = self.stack.last_mut()
        {
            parent.sum.issue(Issue::once(Reason::MemberUnread));
        }
        let facts = &self.facts;
        let seal = Seal {
            policy: &self.options.policy,
            least: self.options.least,
            looked_for: &[],
        };
        let shown_folder = || {
            let folder = String::from_utf8_lossy(&facts.folder.1);
            names::shown(self.engine, &folder, self.options.reveal)
        };
        let exposed = facts.exposure == Some(crate::model::Exposure::Everyone);
        let kinds: BTreeMap<Kind, inventory::Bands> = Kind::ALL
            .iter()
            .map(|&kind| (kind, open.sum.kinds[kind as usize]))
            .filter(|(_, bands)| !bands.is_empty())
            .collect();
        let mut categories = BTreeMap::new();
        for (&kind, bands) in &kinds {
            let reported = bands.at_least(self.options.least);
            if let Some((c, _)) = self.options.policy.place(kind).filter(|_| reported > 0) {
                *categories
                    .entry(self.options.policy.category[c].id.clone())
                    .or_default() += reported;
            }
        }
        let issues: Vec<Issue> = open
            .sum
            .issues
            .iter()
            .map(|(&reason, &count)| Issue { reason, count })
            .collect();
        if self.sinks.events.is_some() {
            write_line(
                &mut self.lines,
                &Event::Document {
                    at: open.at.clone(),
                    format: open.format.map(str::to_owned),
                    bytes: open.bytes,
                    status,
                    hard_link_of: None,
                    kinds: kinds.clone(),
                },
            );
            for issue in &issues {
                write_line(
                    &mut self.lines,
                    &Event::Issue {
                        at: open.at.clone(),
                        reason: issue.reason,
                        count: issue.count,
                    },
                );
            }
        }
        let found: u64 = kinds
            .values()
            .map(|bands| bands.at_least(self.options.least))
            .sum();
        self.sinks.progress.found(found);
        // Being left out by the user's own filter is no issue to list; it is counted.
        let told = issues.iter().any(|issue| issue.reason != Reason::Excluded);
        let mut record = None;
        if open.sum.has_findings(self.options.least) || told {
            let persons = open.sum.persons();
            let document = Document {
                path: open.at.path.clone(),
                path_b64: open.at.path_b64.clone(),
                root: open.at.root,
                format: open.format.map(str::to_owned),
                bytes: open.bytes,
                modified: facts.modified.map(inventory::timestamp),
                owner: facts.owner.map(owner_name),
                exposure: facts.exposure,
                status,
                hard_link_of: None,
                kinds: kinds.clone(),
                categories: categories.clone(),
                persons: (persons.distinct > 0).then_some(persons),
                findings: open.samples,
                issues,
            };
            record = record_of(&document);
        }
        let mut papers = self.sinks.papers.lock().unwrap_or_else(PoisonError::into_inner);
        papers
            .sum
            .cover(status, open.bytes, member, open.sum.issues.keys().copied());
        papers.sum.add(
            seal,
            &open.sum,
            (&facts.folder, &shown_folder),
            facts.modified,
            &facts.overdue,
            exposed,
        );
        if let Some(record) = record {
            papers.shelf.put(facts.sequence, &record);
        }
        if !member {
            papers.at = None;
        }
        drop(papers);
        Done {
            status,
            kinds,
            at: open.at,
            format: open.format,
            categories,
        }
    }

    fn stop_here(&mut self, reason: Reason) -> Flow {
        if let Some(open) = self.top() {
            if !open.full_stop {
                open.sum.issue(Issue::once(reason));
            }
            open.full_stop = true;
        }
        Flow::Stop
    }
}

impl Outlet for FileScan<'_> {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        if let Some(open) = self.top() {
            open.something_read = true;
        }
        match segment {
            Segment::Text(text) => {
                self.flush();
                self.text(text);
                if matches!(text.place, Place::Lines { .. }) {
                    self.sinks.progress.inside(text.own.len() as u64);
                }
            }
            Segment::Row(row) => self.row(row),
        }
        self.budget.moved();
        match self.budget.verdict() {
            Some(reason) => self.stop_here(reason),
            None => Flow::Continue,
        }
    }

    fn member(&mut self, member: Member<'_>) -> Flow {
        self.flush();
        let Some(open) = self.top() else { return Flow::Stop };
        open.something_read = true;
        let trail = open.trail.member(member.name);
        let size = member.content.size().unwrap_or(0);
        if trail.depth() > self.budget.limits().depth {
            return self.unread_member(member.name, size, Reason::DepthLimit);
        }
        if !self.budget.member() {
            return self.stop_here(Reason::MemberLimit);
        }
        let extension = trail.extension();
        let stem = stem(member.name, &extension);
        let known = member.content.size();
        self.begin(trail, size);
        let mut metered = Metered {
            inner: member.content.into_stream(),
            budget: Rc::clone(&self.budget),
            read: 0,
        };
        self.read(Input::stream(&mut metered, known, &extension).with_stem(stem));
        let outcome = metered.read;
        if let Some(open) = self.top()
            && known.is_none()
        {
            open.bytes = outcome;
        }
        let _ = self.end();
        self.budget.moved();
        match self.budget.verdict() {
            Some(reason) => self.stop_here(reason),
            None => Flow::Continue,
        }
    }

    fn unread_member(&mut self, name: &[u8], size: u64, reason: Reason) -> Flow {
        self.flush();
        let Some(open) = self.top() else { return Flow::Stop };
        open.something_read = true;
        let trail = open.trail.member(name);
        if !self.budget.member() {
            return self.stop_here(Reason::MemberLimit);
        }
        self.begin(trail, size);
        self.issue(Issue::once(reason));
        let _ = self.end();
        match self.budget.verdict() {
            Some(reason) => self.stop_here(reason),
            None => Flow::Continue,
        }
    }

    fn issue(&mut self, issue: Issue) {
        if let Some(open) = self.top() {
            open.sum.issue(issue);
        }
    }

    fn tick(&mut self) -> Flow {
        match self.budget.verdict() {
            Some(reason) => self.stop_here(reason),
            None => Flow::Continue,
        }
    }
}

fn count_value(
    sum: &mut DocumentSum,
    options: &Options,
    kind: Kind,
    value: &str,
    test: bool,
    normal: &mut String,
) {
    normal.clear();
    normalise(kind, value, options.today, normal);
    sum.value(kind, options.key.fingerprint(kind, normal), test);
}

fn finding(
    options: &Options,
    kind: Kind,
    score: f32,
    confidence: Confidence,
    location: Location,
    evidence: Vec<String>,
    value: &str,
) -> Finding {
    let place = options.policy.place(kind);
    Finding {
        kind,
        category: place.map(|(c, _)| options.policy.category[c].id.clone()),
        element: place.map(|(c, e)| options.policy.category[c].element[e].id.clone()),
        confidence,
        score: (f64::from(score) * 100.0).round() / 100.0,
        location,
        evidence,
        masked: mask(kind, value),
        value: options.reveal.then(|| value.to_owned()),
    }
}

/// A document's record as it lies on the shelf.
pub(super) fn record_of(document: &Document) -> Option<Vec<u8>> {
    serde_json::to_vec(document).ok()
}

/// Writes an event as one line.
pub(super) fn write_line(lines: &mut Vec<u8>, event: &Event) {
    // Writing plain data into memory cannot fail.
    if serde_json::to_writer(&mut *lines, event).is_ok() {
        lines.push(b'\n');
    }
}

/// The last part of a name without its extension.
pub(super) fn stem(name: &[u8], extension: &str) -> String {
    let name = String::from_utf8_lossy(name);
    let file = name.rsplit('/').next().unwrap_or_default();
    match file
        .len()
        .checked_sub(extension.len() + 1)
        .filter(|_| !extension.is_empty())
    {
        Some(dot) if file.is_char_boundary(dot) => file.get(..dot).unwrap_or_default().to_owned(),
        _ => file.to_owned(),
    }
}

/// Lines and columns of offsets, counted on from one hit to the next: text without hits costs nothing.
struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    column: u64,
    /// Shifts behind `at`.
    shifts: &'t [Shift],
}

impl<'t> LineCounter<'t> {
    fn new(text: &Text<'t>) -> Self {
        match text.place {
            Place::Lines { line, column, shifts } => Self {
                text: text.text,
                at: text.own.start,
                line,
                column,
                shifts,
            },
            _ => Self {
                text: text.text,
                at: 0,
                line: 1,
                column: 1,
                shifts: &[],
            },
        }
    }

    fn at(&mut self, offset: usize) -> (u64, u64) {
        if let Some(between) = self.text.get(self.at..offset) {
            let newlines = memchr::memchr_iter(b'\n', between.as_bytes()).count() as u64;
            let mut from = self.at;
            let last = match between.rsplit_once('\n') {
                Some((before, last)) => {
                    from += before.len() + 1;
                    self.column = 1;
                    last
                }
                None => between,
            };
            let passed = self.shifts.partition_point(|shift| shift.at <= offset);
            let (passed, shifts) = self.shifts.split_at(passed);
            let skipped = passed.iter().filter(|shift| shift.at >= from);
            self.column += (last.chars().count() + skipped.map(|shift| shift.skipped).sum::<usize>()) as u64;
            self.shifts = shifts;
            self.line += newlines;
            self.at = offset;
        }
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_on() {
        let text = Text {
            text: "xx\nåäö 1\n22",
            own: 0..13,
            place: Place::Lines {
                line: 10,
                column: 5,
                shifts: &[],
            },
            label: None,
        };
        let mut counter = LineCounter::new(&text);
        assert_eq!(counter.at(1), (10, 6));
        assert_eq!(counter.at(10), (11, 5));
        assert_eq!(counter.at(13), (12, 2));
    }

    #[test]
    fn columns_are_those_of_the_document() {
        // `&aring;1\n<b>&auml;</b>2 &ouml;3 4`, read.
        let shifts = [(2, 6), (4, 3), (6, 5), (6, 4), (10, 5)].map(|(at, skipped)| Shift { at, skipped });
        let text = Text {
            text: "å1\nä2 ö3 4",
            own: 0..14,
            place: Place::Lines {
                line: 1,
                column: 1,
                shifts: &shifts,
            },
            label: None,
        };
        let columns = [
            (0, 1, 1),
            (2, 1, 8),
            (6, 2, 14),
            (8, 2, 16),
            (10, 2, 22),
            (12, 2, 24),
        ];
        let mut counter = LineCounter::new(&text);
        for (offset, line, column) in columns {
            assert_eq!(counter.at(offset), (line, column));
            assert_eq!(LineCounter::new(&text).at(offset), (line, column));
        }
    }

    #[test]
    fn stems() {
        assert_eq!(stem(b"a/b/kunder.csv.gz", "gz"), "kunder.csv");
        assert_eq!(stem(b"README", ""), "README");
    }
}
