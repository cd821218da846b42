//! One file of the tree on its way through the engine: extractors push into it, members recurse through it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::AtomicUsize;

use super::Options;
use super::budget::{Budget, Metered};
use super::isolate::guarded;
use super::names;
use super::ocr::{is_recognised, tell_pages};
use super::part::{Done, FileFacts, Open, OpenTable, Part, Sinks};
use super::record::{LineCounter, stem, write_line};
use crate::classify::Votes;
use crate::detect::Engine;
use crate::extract::identify::{self, Identified};
use crate::extract::{Flow, Input, Member, Outlet, Picture};
use crate::inventory::{self, At, Document, Event, Seal};
use crate::model::{
    Batch, Issue, Kind, Location, Place, Reason, Row, Seen, Segment, Status, Text, Trail, cell_name,
};
use crate::walk::owner_name;

/// How much a file gathers before it hands it on.
const GATHERED: usize = 256 * 1024;

/// One file on its way; see the module.
pub(super) struct FileScan<'w> {
    pub(super) engine: &'w Engine<'w>,
    pub(super) options: &'w Options,
    budget: Rc<Budget<'w>>,
    facts: FileFacts,
    pub(super) sinks: Sinks<'w>,
    pub(super) part: Part,
    pub(super) stack: Vec<Open>,
    pub(super) normal: String,
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
            part: Part::default(),
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

    pub(super) fn top(&mut self) -> Option<&mut Open> {
        self.stack.last_mut()
    }

    fn begin(&mut self, trail: Trail, bytes: u64) {
        let (at, hits) = names::at(self.engine, &trail, self.facts.root, self.options.reveal);
        self.stack.push(Open::new(trail, at, bytes));
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
        self.budget.moved();
        let options = self.options;
        let outcome = options.parsers.read(format, input, &options.limits, self);
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
            let mut seen = Seen::default();
            self.engine.detect(&batch, &mut seen);
            let mut votes = std::mem::take(&mut table.votes);
            let place = |at: usize| {
                let after = block.cells.partition_point(|cell| cell.start <= at);
                let cell = after.checked_sub(1).and_then(|i| block.cells.get(i));
                cell.map_or(Location::Name, |cell| table.place(cell.row, cell.column))
            };
            self.remember_marks(&seen.marks, block.text.len(), &place);
            let verdicts = self.judge(&batch, &mut seen, Some(&mut votes));
            for verdict in &verdicts {
                self.record(verdict, &|| place(verdict.candidate.range.start));
            }
            table.votes = votes;
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
        let rules = self.engine.rules();
        let labels = text.label.map(|label| rules.vocabulary().header(label));
        let batch = Batch {
            text: text.text,
            own: text.own.clone(),
            cells: &[],
            columns: &[],
            label: labels.as_ref(),
        };
        let mut seen = Seen::default();
        self.engine.detect(&batch, &mut seen);
        let begun = self
            .top()
            .map(|open| open.memory.begin(rules, text.text))
            .unwrap_or_default();
        self.remember_read(text.own.len());
        if seen.is_empty() && begun.is_empty() {
            self.judge(&batch, &mut seen, None);
            return;
        }
        let verdicts = self.judge(&batch, &mut seen, None);
        let (engine, reveal) = (self.engine, self.options.reveal);
        let locate = |line: u64, column: u64| match &text.place {
            Place::Lines { .. } => Location::Line { line, column },
            Place::Page { page } => Location::Page { page: *page, line },
            Place::Field { name } => Location::Field {
                name: names::shown(engine, name, reveal),
            },
            Place::Part { name } | Place::Stretch { name, .. } => Location::Part {
                name: names::shown(engine, name, reveal),
                line,
            },
            Place::Cell { sheet, row, column } => Location::Cell {
                sheet: names::shown(engine, sheet, reveal),
                cell: cell_name(*column, *row),
            },
        };
        let mut counter = LineCounter::new(text);
        let start = counter.at(text.own.start);
        for of in begun {
            self.mark_place(of, locate(start.0, start.1));
        }
        // Marks come in the order of the text, and only the first of each sort has its place looked up.
        for mark in &seen.marks {
            if self.top().is_some_and(|open| open.memory.mark(mark)) {
                let (line, column) = counter.at(mark.range.start);
                self.mark_place(mark.of, locate(line, column));
            }
        }
        let mut counter = LineCounter::new(text);
        for verdict in &verdicts {
            let (line, column) = counter.at(verdict.candidate.range.start);
            self.record(verdict, &|| locate(line, column));
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
            self.remember_headers(&table, row.number);
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

    /// Hands on what has been gathered, when it is much or the last.
    pub(super) fn hand_on(&mut self, last: bool) {
        if last || self.part.size() > GATHERED {
            (self.sinks.commit)(&mut self.part, last);
        }
    }

    /// Closes the document on top: counts it, puts its record on the shelf.
    fn end(&mut self) -> Done {
        let source = self.conclude();
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
            allow: &self.options.allow,
        };
        let shown_folder = || {
            let folder = String::from_utf8_lossy(&facts.folder.1);
            names::shown(self.engine, &folder, self.options.reveal)
        };
        let exposed = facts.exposure == Some(crate::model::Exposure::Everyone);
        self.part
            .sum
            .cover(status, open.bytes, member, open.sum.issues.keys().copied());
        self.part.sum.add(
            seal,
            &open.sum,
            (&facts.folder, &shown_folder),
            facts.modified,
            &facts.overdue,
            exposed,
        );
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
        if self.sinks.events {
            write_line(
                &mut self.part.lines,
                &Event::Document {
                    at: open.at.clone(),
                    format: open.format.map(str::to_owned),
                    bytes: open.bytes,
                    status,
                    hard_link_of: None,
                    kinds: kinds.clone(),
                    source: source.clone(),
                    suppressed: open.sum.suppressed(),
                },
            );
            for issue in &issues {
                write_line(
                    &mut self.part.lines,
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
        if open.sum.has_findings(self.options.least) || told || source.is_some() || open.sum.suppressed() > 0
        {
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
                source,
                suppressed: open.sum.suppressed(),
                findings: open.samples,
                issues,
            };
            self.part.record(&document);
        }
        if member {
            self.hand_on(false);
        }
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

    fn wants_pictures(&self) -> bool {
        self.options.parsers.ocr().is_some()
    }

    fn picture(&mut self, picture: Picture<'_>) -> bool {
        let Some(ocr) = self.options.parsers.ocr() else {
            return false;
        };
        let budget = Rc::clone(&self.budget);
        // It is busy, and has a limit of its own.
        let mut tick = || {
            budget.moved();
            match budget.verdict() {
                Some(_) => Flow::Stop,
                None => Flow::Continue,
            }
        };
        let Ok(text) = ocr.read(picture.bytes, picture.turn != 0, &mut tick) else {
            return false;
        };
        if let Some(open) = self.top() {
            open.something_read = true;
        }
        // Stopped or not: the next thing that is asked of the engine says so again.
        let _: Flow = tell_pages(&text, picture.page, &mut |segment| self.segment(segment));
        is_recognised(&picture, &text)
    }
}
