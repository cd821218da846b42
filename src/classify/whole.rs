//! What a whole document is: a letter, a log of log-ins, a recording, an export of some system.

use super::{Memory, confidence};
use crate::model::{Candidate, Evidence, Form, Kind, MarkList, MarkOf, Signals};
use crate::rules::{Detector, Marks, Rule, RuleSet, is_word_byte};

/// A document known by its marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Index of the rule.
    pub rule: u16,
    /// What it is.
    pub kind: Kind,
    /// What speaks for it.
    pub signals: Signals,
    /// How sure, 0 to 1.
    pub score: f32,
    /// One of its marks, in the words of the rule.
    pub mark: String,
    /// Only its name and type speak for it: there is no place within it.
    pub by_name: bool,
}

/// A system that an export seems to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Index of the source.
    pub source: u16,
    /// The marks that tell, in the words of the rules; at most eight.
    pub evidence: Vec<String>,
}

/// Says what a document is, once it has been read (or has not been: its type and its name are known all the same).
/// `trail` is its path, `format` its format.
pub fn whole(
    rules: &RuleSet,
    memory: &mut Memory,
    trail: &str,
    format: Option<&str>,
) -> (Vec<Known>, Option<Origin>) {
    name_marks(rules, memory, trail);
    let mut found = Vec::new();
    for (index, rule) in (0u16..).zip(rules.rules()) {
        if rule.detector == Detector::Document
            && let Some(known) = known(index, rule, memory, format)
        {
            found.push(known);
        }
    }
    (found, origin(rules, memory, format))
}

/// Words of the name and of the folders.
fn name_marks(rules: &RuleSet, memory: &mut Memory, trail: &str) {
    let bytes = trail.as_bytes();
    let letter = |at: usize| is_word_byte(bytes, at) && !bytes[at].is_ascii_digit();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while letter(at) {
            at += 1;
        }
        if at > start {
            rules.name_lexicon().at(bytes, start, at, bytes.len(), |_, hit| {
                memory.put_mark(MarkOf::Rule(hit.rule), (MarkList::Name, hit.word));
            });
        }
        at += 1;
    }
}

/// How many different marks of the text (or headers) there are, and whether the beginning and the name tell too.
struct Counted {
    words: usize,
    begins: bool,
    named: bool,
}

fn counted(memory: &Memory, of: MarkOf) -> Counted {
    let none = std::collections::BTreeSet::new();
    let marks = memory.marks(of).unwrap_or(&none);
    let of_list = |wanted: MarkList| marks.iter().filter(|(list, _)| *list == wanted).count();
    Counted {
        words: of_list(MarkList::Word) + of_list(MarkList::Header),
        begins: of_list(MarkList::Begins) > 0,
        named: of_list(MarkList::Name) > 0,
    }
}

fn fits(marks: &Marks, format: Option<&str>) -> bool {
    marks.formats.is_empty() || format.is_some_and(|format| marks.formats.iter().any(|known| known == format))
}

fn known(index: u16, rule: &Rule, memory: &Memory, format: Option<&str>) -> Option<Known> {
    let of = MarkOf::Rule(index);
    let count = counted(memory, of);
    if !fits(&rule.marks, format) {
        return None;
    }
    let by_type = rule.marks.words.is_empty() && rule.labels.is_empty() && rule.marks.begins.is_empty();
    let enough = count.words + usize::from(count.named) >= rule.marks.least && count.words > 0;
    if !(by_type || enough || count.begins) {
        return None;
    }
    let mut signals = Signals::NONE;
    signals.add_if(by_type, Evidence::FileType);
    signals.add_if(enough, Evidence::Marks);
    signals.add_if(
        enough && count.words >= 2 * rule.marks.least,
        Evidence::SecondTerm,
    );
    signals.add_if(count.begins, Evidence::Signature);
    signals.add_if(count.named, Evidence::FileName);
    signals.add_if(memory.names_anyone(), Evidence::Subject);
    let candidate = Candidate {
        rule: index,
        kind: rule.kind,
        range: 0..0,
        value: "",
        form: Form::Mark,
        signals,
        label: Candidate::NO_LABEL,
    };
    Some(Known {
        rule: index,
        kind: rule.kind,
        signals,
        score: confidence::score(&candidate, rule.worth()),
        mark: told(memory, of, &rule.labels, &rule.marks)
            .into_iter()
            .next()
            .unwrap_or_else(|| format.unwrap_or_default().to_owned()),
        by_name: count.words == 0 && !count.begins,
    })
}

/// The system with the most marks among those that have enough.
fn origin(rules: &RuleSet, memory: &Memory, format: Option<&str>) -> Option<Origin> {
    // A sort of text is no system.
    let sources = (0u16..)
        .zip(rules.sources())
        .filter(|(_, source)| !source.general);
    let enough = sources.filter_map(|(index, source)| {
        let count = counted(memory, MarkOf::Source(index));
        let known = count.begins || count.words >= source.marks.least;
        (known && fits(&source.marks, format)).then_some((
            count.begins,
            count.words,
            std::cmp::Reverse(index),
        ))
    });
    let (.., std::cmp::Reverse(source)) = enough.max()?;
    let rule = rules.sources().get(usize::from(source))?;
    let mut evidence = told(memory, MarkOf::Source(source), &rule.labels, &rule.marks);
    evidence.truncate(8);
    Some(Origin { source, evidence })
}

/// The marks in the words of the rules: never in those of the document.
fn told(memory: &Memory, of: MarkOf, labels: &[String], marks: &Marks) -> Vec<String> {
    let word = |&(list, word): &(MarkList, u16)| {
        let list = match list {
            MarkList::Word => &marks.words,
            MarkList::Header => labels,
            MarkList::Begins => &marks.begins,
            MarkList::Name => &marks.names,
        };
        list.get(usize::from(word)).cloned()
    };
    memory.marks(of).into_iter().flatten().filter_map(word).collect()
}
