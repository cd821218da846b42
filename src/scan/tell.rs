//! What comes of the verdicts of a document: findings told at once, and those that wait for its end.

use std::collections::BTreeMap;

use super::document::FileScan;
use super::names::NameHit;
use super::part::{OpenTable, Pending};
use super::record::{Hit, finding, fingerprint, rounded, write_line};
use crate::classify::{self, Verdict, Votes};
use crate::inventory::{Event, Finding, Source};
use crate::model::{Batch, Confidence, Kind, Location, Mark, MarkList, MarkOf, Seen};
use crate::rules::Detector;

/// Samples per kind a document's record holds.
const SAMPLES: u8 = 5;

/// How many findings of a document wait for its end; a document with more is about many.
const WAITING: usize = 256;

impl FileScan<'_> {
    /// Decides about what was seen in a batch.
    pub(super) fn judge<'a>(
        &mut self,
        batch: &Batch<'a>,
        seen: &mut Seen<'a>,
        votes: Option<&mut Votes>,
    ) -> Vec<Verdict<'a>> {
        let rules = self.engine.rules();
        match self.stack.last_mut() {
            Some(open) => classify::classify(rules, batch, seen, votes, &mut open.memory),
            None => Vec::new(),
        }
    }

    /// Counts text that was looked through.
    pub(super) fn remember_read(&mut self, bytes: usize) {
        if let Some(open) = self.top() {
            open.memory.read(bytes);
        }
    }

    /// Remembers the marks of a table's rows.
    pub(super) fn remember_marks(&mut self, marks: &[Mark], bytes: usize, place: &dyn Fn(usize) -> Location) {
        self.remember_read(bytes);
        for mark in marks {
            if self.top().is_some_and(|open| open.memory.mark(mark)) {
                self.mark_place(mark.of, place(mark.range.start));
            }
        }
    }

    /// Remembers what the headers of a table are marks of. `row` is the first row below them.
    pub(super) fn remember_headers(&mut self, table: &OpenTable, row: u64) {
        let rules = self.engine.rules();
        for (column, labels) in (1u32..).zip(&table.columns) {
            for (of, word) in rules.vocabulary().header_marks(labels) {
                let document = match of {
                    MarkOf::Rule(index) => rules
                        .get(index)
                        .is_some_and(|rule| rule.detector == Detector::Document),
                    MarkOf::Source(_) => true,
                };
                let mark = Mark {
                    of,
                    word: (MarkList::Header, word),
                    range: 0..0,
                };
                if document && self.top().is_some_and(|open| open.memory.mark(&mark)) {
                    self.mark_place(of, table.place(row.saturating_sub(1).max(1), column));
                }
            }
        }
    }

    /// Notes where the first mark of a sort of document stands.
    pub(super) fn mark_place(&mut self, of: MarkOf, location: Location) {
        if let Some(open) = self.top() {
            open.marked.entry(of).or_insert(location);
        }
    }

    /// Counts a verdict, and tells it where it is to be told.
    pub(super) fn record(&mut self, verdict: &Verdict<'_>, location: &dyn Fn() -> Location) {
        let candidate = &verdict.candidate;
        let kind = candidate.kind;
        let rules = self.engine.rules();
        if classify::waits(verdict) && self.wait(verdict, location) {
            return;
        }
        let test = classify::is_test(candidate.signals);
        let Some(value) = self.admit(kind, verdict.confidence, candidate.value, test) else {
            return;
        };
        let hit = Hit {
            kind,
            score: verdict.score,
            signals: candidate.signals,
            evidence: classify::evidence(rules, candidate),
            value: candidate.value,
            fingerprint: value,
        };
        let told = finding(self.options, hit, location());
        self.keep(told);
    }

    /// Puts a verdict aside until the end of its document, if the document's being about a person would change it.
    fn wait(&mut self, verdict: &Verdict<'_>, location: &dyn Fn() -> Location) -> bool {
        let candidate = &verdict.candidate;
        let rules = self.engine.rules();
        let (score, _) = classify::with_subject(
            rules,
            candidate.rule,
            candidate.kind,
            candidate.form,
            candidate.signals,
        );
        // What is told already, and may only turn graver, leaves room for what is not.
        let most = if verdict.pending { WAITING } else { WAITING / 2 };
        let room = self.top().is_some_and(|open| open.pending.len() < most);
        let nothing = verdict.pending && Confidence::of(score) <= verdict.confidence;
        if !room || nothing && candidate.kind != Kind::ProtectedIdentity {
            return false;
        }
        let value = fingerprint(self.options, candidate.kind, candidate.value, &mut self.normal);
        let hit = Hit {
            kind: candidate.kind,
            score: verdict.score,
            signals: candidate.signals,
            evidence: classify::evidence(rules, candidate),
            value: candidate.value,
            fingerprint: value,
        };
        let pending = Pending {
            finding: finding(self.options, hit, location()),
            score: verdict.score,
            rule: candidate.rule,
            form: candidate.form,
            signals: candidate.signals,
            fingerprint: value,
        };
        if let Some(open) = self.top() {
            open.pending.push(pending);
        }
        true
    }

    /// At the end of a document: decides what waited for it, and says what sort of document it is and where it comes
    /// from.
    pub(super) fn conclude(&mut self) -> Option<Source> {
        let rules = self.engine.rules();
        let open = self.stack.last_mut()?;
        let trail = String::from_utf8_lossy(open.trail.as_bytes()).into_owned();
        let (known, origin) = classify::whole(rules, &mut open.memory, &trail, open.format);
        let subject = open.memory.subject(rules);
        let pending = std::mem::take(&mut open.pending);
        let marked = std::mem::take(&mut open.marked);
        for waiting in pending {
            self.settle(waiting, subject);
        }
        self.tell_sorts(&known, &marked);
        origin.and_then(|origin| {
            let source = rules
                .sources()
                .get(usize::from(origin.source))
                .filter(|source| !source.general)?;
            Some(Source {
                id: source.id.clone(),
                name: source.name.clone(),
                evidence: origin.evidence,
            })
        })
    }

    /// Tells what waited.
    fn settle(&mut self, waiting: Pending, subject: classify::Subject) {
        let Pending {
            mut finding,
            mut score,
            rule,
            form,
            mut signals,
            fingerprint,
        } = waiting;
        let rules = self.engine.rules();
        let before = signals;
        let kinds = (finding.kind, form);
        (score, signals) = classify::conclude(rules, rule, kinds, signals, score, subject);
        finding.score = rounded(score);
        finding.confidence = Confidence::of(score);
        let added = signals.iter().filter(|&evidence| !before.has(evidence));
        finding
            .evidence
            .extend(added.map(|evidence| evidence.id().to_owned()));
        finding.severity = classify::severity(finding.kind, signals);
        if self.admit_value(
            finding.kind,
            finding.confidence,
            fingerprint,
            classify::is_test(signals),
        ) {
            self.keep(finding);
        }
    }

    /// Tells what sorts of document it is.
    fn tell_sorts(&mut self, known: &[classify::Known], marked: &BTreeMap<MarkOf, Location>) {
        for sort in known {
            let Some(value) = self.admit(sort.kind, Confidence::of(sort.score), &sort.mark, false) else {
                continue;
            };
            let location = marked.get(&MarkOf::Rule(sort.rule)).filter(|_| !sort.by_name);
            let hit = Hit {
                kind: sort.kind,
                score: sort.score,
                signals: sort.signals,
                evidence: sort
                    .signals
                    .iter()
                    .map(|evidence| evidence.id().to_owned())
                    .collect(),
                value: &sort.mark,
                fingerprint: value,
            };
            let told = finding(self.options, hit, location.cloned().unwrap_or(Location::Name));
            self.keep(told);
        }
    }

    /// Tells a hit in the document's own name.
    pub(super) fn record_name(&mut self, hit: NameHit) {
        let Some(value) = self.admit(hit.kind, hit.confidence, &hit.value, hit.test) else {
            return;
        };
        let told = Hit {
            kind: hit.kind,
            score: hit.score,
            signals: hit.signals,
            evidence: hit.evidence,
            value: &hit.value,
            fingerprint: value,
        };
        let told = finding(self.options, told, Location::Name);
        self.keep(told);
    }

    /// Counts a finding. Gives its fingerprint if anybody is told of it, as an event or as a sample of its document.
    fn admit(&mut self, kind: Kind, confidence: Confidence, value: &str, test: bool) -> Option<u64> {
        // What is only counted needs no fingerprint, unless it may be allowed.
        if confidence < self.options.least && self.options.allow.is_empty() {
            self.top()?.sum.kinds[kind as usize].add(confidence);
            return None;
        }
        let fingerprint = fingerprint(self.options, kind, value, &mut self.normal);
        self.admit_value(kind, confidence, fingerprint, test)
            .then_some(fingerprint)
    }

    fn admit_value(&mut self, kind: Kind, confidence: Confidence, fingerprint: u64, test: bool) -> bool {
        let (options, events) = (self.options, self.sinks.events);
        let Some(open) = self.stack.last_mut() else {
            return false;
        };
        if !options.allow.is_empty() {
            let path = String::from_utf8_lossy(open.trail.as_bytes());
            if let Some(entry) = options.allow.covers(kind, fingerprint, &path) {
                open.sum.suppress(entry);
                return false;
            }
        }
        open.sum.kinds[kind as usize].add(confidence);
        if confidence < options.least {
            return false;
        }
        open.sum.value(kind, fingerprint, test);
        events || open.sampled[kind as usize] < SAMPLES
    }

    /// Tells a finding, and keeps it as a sample of its document.
    fn keep(&mut self, finding: Finding) {
        let Some(open) = self.stack.last_mut() else { return };
        let sampled = &mut open.sampled[finding.kind as usize];
        let sample = *sampled < SAMPLES;
        *sampled = sampled.saturating_add(1);
        if self.sinks.events {
            let event = Event::Finding {
                at: open.at.clone(),
                finding,
            };
            write_line(&mut self.part.lines, &event);
            if sample && let Event::Finding { finding, .. } = event {
                open.samples.push(finding);
            }
            self.hand_on(false);
        } else if sample {
            open.samples.push(finding);
        }
    }
}
