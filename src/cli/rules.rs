//! `datakarta rules`.

use std::fmt::Write as _;
use std::path::Path;

use super::args::{RulesArgs, RulesCommand};
use super::{Exit, Failure, Outcome, print, say};
use crate::checks::date::Date;
use crate::detect::Engine;
use crate::model::{Evidence, Kind};
use crate::rules::{Policy, Rule, RuleSet};

/// Runs the command.
pub(super) fn run(args: &RulesArgs) -> Outcome {
    let load = || match &args.rules {
        Some(dir) => crate::rules::load_dir(dir),
        None => crate::rules::load_builtin(),
    };
    let rules = load().map_err(Failure::usage)?;
    match &args.command {
        RulesCommand::List => list(&rules),
        RulesCommand::Check => check(&rules),
        RulesCommand::Explain { kind } => {
            let known = kind.parse::<Kind>().map_err(|()| {
                let ids: Vec<_> = Kind::ALL.iter().map(|kind| kind.id()).collect();
                Failure::usage(format!("unknown kind `{kind}`; there are {}", ids.join(", ")))
            })?;
            explain(&rules, known)
        }
        RulesCommand::Score { dir, reveal } => score(&rules, dir, *reveal),
    }
}

fn list(rules: &RuleSet) -> Outcome {
    let mut text = String::new();
    for rule in rules.rules() {
        let _ = writeln!(
            text,
            "{:<24}  {:<20}  {} / {}",
            rule.id,
            rule.kind.id(),
            rule.title.sv,
            rule.title.en
        );
    }
    let missing: Vec<_> = Kind::ALL
        .iter()
        .filter(|&&kind| !rules.rules().iter().any(|rule| rule.kind == kind))
        .map(|kind| kind.id())
        .collect();
    let _ = writeln!(text, "\nKinds without a rule yet: {}", missing.join(", "));
    print(&text)
}

/// The engine of a command that is not asked about a day.
fn engine(rules: &RuleSet) -> Engine<'_> {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    Engine::new(rules, Date::from_unix(seconds))
}

fn check(rules: &RuleSet) -> Outcome {
    let policy = Policy::load(crate::rules::policy::DEFAULT).map_err(Failure::usage)?;
    let doubts = crate::rules::lint(rules, &policy);
    let failures = crate::scan::prove::prove(&engine(rules));
    for doubt in &doubts {
        say(&doubt.to_string());
    }
    for failure in &failures {
        let at = &failure.origin;
        say(&format!(
            "{}:{}:{}: {}",
            at.file, at.line, at.column, failure.message
        ));
    }
    if failures.is_empty() && doubts.is_empty() {
        let examples: usize = rules.rules().iter().map(|rule| rule.examples.len()).sum();
        return print(&format!(
            "{} rules, {examples} examples, all as they say (digest {})\n",
            rules.rules().len(),
            rules.digest()
        ));
    }
    Ok(Exit::Usage)
}

fn score(rules: &RuleSet, dir: &Path, reveal: bool) -> Outcome {
    let report = crate::scan::score::score(&engine(rules), dir, reveal).map_err(Failure::usage)?;
    let mut text = format!("{} cases\n\n", report.cases);
    let _ = writeln!(
        text,
        "{:<24} {:>8} {:>6} {:>6} {:>9} {:>7} {:>6}  {:>14} {:>14}",
        "kind", "expected", "right", "wrong", "precision", "recall", "F1", "high", "medium"
    );
    for (kind, score) in &report.kinds {
        let all = score.reported();
        let band =
            |tally: crate::scan::score::Tally| format!("{} of {}", tally.right, tally.right + tally.wrong);
        let _ = writeln!(
            text,
            "{:<24} {:>8} {:>6} {:>6} {:>9.3} {:>7.3} {:>6.3}  {:>14} {:>14}",
            kind.id(),
            score.expected,
            all.right,
            all.wrong,
            all.precision(),
            score.recall(),
            score.f1(),
            band(score.high),
            band(score.medium)
        );
    }
    let total = report.total();
    let _ = writeln!(
        text,
        "\nOf findings marked high {:.2} % are right ({} of {}), of medium {:.2} % ({} of {})",
        100.0 * total.high.precision(),
        total.high.right,
        total.high.right + total.high.wrong,
        100.0 * total.medium.precision(),
        total.medium.right,
        total.medium.right + total.medium.wrong
    );
    for miss in &report.misses {
        let _ = writeln!(
            text,
            "{} {} {} `{}`{}{}",
            crate::report::escape(&miss.case),
            miss.what,
            miss.kind,
            crate::report::escape(&miss.value),
            if miss.came.is_empty() { "" } else { "; came: " },
            crate::report::escape(&miss.came)
        );
    }
    print(&text)
}

fn explain(rules: &RuleSet, kind: Kind) -> Outcome {
    let mut text = String::new();
    let _ = writeln!(text, "{}: {} / {}", kind.id(), kind.swedish(), kind.english());
    let mine: Vec<&Rule> = rules.rules().iter().filter(|rule| rule.kind == kind).collect();
    if mine.is_empty() {
        let _ = writeln!(text, "\nNo rule finds it yet.");
    }
    for rule in mine {
        let _ = writeln!(text, "\nRule {}: {}\n  Why: {}", rule.id, rule.title.en, rule.why);
        for (name, words) in [
            ("Labels", &rule.labels),
            ("Speaks for it", &rule.context),
            ("Speaks against it", &rule.negative),
        ] {
            if !words.is_empty() {
                let _ = writeln!(text, "  {name}: {}", words.join(", "));
            }
        }
        if !rule.references.is_empty() {
            let _ = writeln!(text, "  Sources: {}", rule.references.join("; "));
        }
    }
    let _ = writeln!(
        text,
        "\nWhat evidence is worth (high from 0.90, medium from 0.60):"
    );
    let worth = rules
        .rules()
        .iter()
        .find(|rule| rule.kind == kind)
        .map(Rule::worth);
    for (what, score) in worth
        .map(|worth| crate::classify::explain(kind, worth))
        .unwrap_or_default()
    {
        let _ = writeln!(text, "  {score:.2}  {what}");
    }
    let _ = writeln!(text, "\nWitnesses:");
    for evidence in Evidence::ALL {
        let _ = writeln!(
            text,
            "  {:<18}  {} / {}",
            evidence.id(),
            evidence.swedish(),
            evidence.english()
        );
    }
    print(&text)
}
