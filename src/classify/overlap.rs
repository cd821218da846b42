//! One stretch of text is one thing: the same ten digits are not a personnummer, an organisation number and a
//! telephone number at once.

use std::cmp::Ordering;

use super::Verdict;
use crate::model::Role;

/// Keeps the best of every group of overlapping verdicts, in the order of the text.
///
/// What is said of a person stands around values ("Anna på Storgatan 1 är sjukskriven"), so statements only compete
/// with statements of the same kind.
pub(super) fn resolve(mut verdicts: Vec<Verdict<'_>>) -> Vec<Verdict<'_>> {
    if verdicts.len() < 2 {
        return verdicts;
    }
    let statement = |v: &Verdict<'_>| v.candidate.kind.role() == Role::Statement;
    if !verdicts.iter().any(statement) {
        return compete(verdicts);
    }
    let (mut statements, values): (Vec<_>, Vec<_>) = verdicts.drain(..).partition(statement);
    let mut kept = compete(values);
    statements.sort_by_key(|verdict| verdict.candidate.kind);
    while let Some(kind) = statements.last().map(|last| last.candidate.kind) {
        let from = statements.partition_point(|verdict| verdict.candidate.kind < kind);
        kept.append(&mut compete(statements.split_off(from)));
    }
    kept.sort_by_key(|verdict| {
        (
            verdict.candidate.range.start,
            verdict.candidate.range.end,
            verdict.candidate.kind,
        )
    });
    kept
}

fn compete(mut verdicts: Vec<Verdict<'_>>) -> Vec<Verdict<'_>> {
    verdicts.sort_by(|a, b| {
        a.candidate
            .range
            .start
            .cmp(&b.candidate.range.start)
            .then_with(|| better(a, b))
    });
    let mut kept: Vec<Verdict<'_>> = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        let start = verdict.candidate.range.start;
        let rivals = kept
            .iter()
            .rev()
            .take_while(|k| k.candidate.range.end > start)
            .count();
        let from = kept.len() - rivals;
        if kept[from..]
            .iter()
            .all(|rival| better(&verdict, rival) == Ordering::Less)
        {
            kept.truncate(from);
            kept.push(verdict);
        }
    }
    kept
}

/// `Less` where `a` is to be preferred: higher score, then what tells persons apart, then the longer, then by name.
fn better(a: &Verdict<'_>, b: &Verdict<'_>) -> Ordering {
    let rank = |v: &Verdict<'_>| match v.candidate.kind.role() {
        Role::Identity => 0,
        Role::Contact => 1,
        Role::Attribute => 2,
        Role::Statement => 3,
        Role::Context => 4,
    };
    let length = |v: &Verdict<'_>| v.candidate.range.len();
    b.score
        .total_cmp(&a.score)
        .then_with(|| rank(a).cmp(&rank(b)))
        .then_with(|| length(b).cmp(&length(a)))
        .then_with(|| a.candidate.kind.cmp(&b.candidate.kind))
        .then_with(|| a.candidate.rule.cmp(&b.candidate.rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Candidate, Confidence, Form, Kind, Signals};

    fn verdict(kind: Kind, range: std::ops::Range<usize>, score: f32) -> Verdict<'static> {
        let candidate = Candidate {
            rule: 0,
            kind,
            range,
            value: "x",
            form: Form::TenBare,
            signals: Signals::NONE,
            label: 0,
        };
        Verdict {
            candidate,
            score,
            pending: false,
            confidence: Confidence::of(score),
        }
    }

    #[test]
    fn the_best_of_what_overlaps_stays_and_neighbours_are_untouched() {
        let kept = resolve(vec![
            verdict(Kind::PhoneNumber, 0..10, 0.95),
            verdict(Kind::Personnummer, 0..10, 0.20),
            verdict(Kind::Organisationsnummer, 8..18, 0.30),
            verdict(Kind::EmailAddress, 20..30, 0.10),
        ]);
        let kinds: Vec<_> = kept.iter().map(|v| v.candidate.kind).collect();
        assert_eq!(kinds, [Kind::PhoneNumber, Kind::EmailAddress]);
    }

    #[test]
    fn a_statement_stands_around_values() {
        let kept = resolve(vec![
            verdict(Kind::UserContent, 0..40, 0.95),
            verdict(Kind::UserContent, 4..12, 0.30),
            verdict(Kind::Health, 5..12, 0.70),
            verdict(Kind::PhoneNumber, 20..30, 0.20),
        ]);
        let kinds: Vec<_> = kept.iter().map(|v| v.candidate.kind).collect();
        assert_eq!(kinds, [Kind::UserContent, Kind::Health, Kind::PhoneNumber]);
    }

    #[test]
    fn equal_scores_go_to_the_person() {
        let kept = resolve(vec![
            verdict(Kind::PhoneNumber, 0..10, 0.5),
            verdict(Kind::Personnummer, 0..10, 0.5),
        ]);
        assert_eq!(kept[0].candidate.kind, Kind::Personnummer);
    }
}
