//! The summary an administrator reads when a scan is done: what was found, where most of it lies, what was not read.

use std::fmt::Write as _;

use crate::inventory::{Document, Inventory};
use crate::model::{Confidence, Kind, Reason, Status};

/// Gathers the documents that matter most while they pass by.
#[derive(Default)]
pub struct Summary {
    worst: Vec<(u64, Line)>,
}

struct Line {
    path: String,
    findings: u64,
    persons: u64,
    kinds: String,
    everyone: bool,
}

/// How many documents are shown.
const WORST: usize = 10;

impl Summary {
    /// Looks at one document's record.
    pub fn see(&mut self, record: &[u8], special: &[String], least: Confidence) {
        let Ok(document) = serde_json::from_slice::<Document>(record) else {
            return;
        };
        let weight = weigh(&document, special, least);
        if weight == 0
            || (self.worst.len() >= WORST
                && self.worst.last().is_some_and(|(lightest, _)| *lightest >= weight))
        {
            return;
        }
        let at = self.worst.partition_point(|(heavier, _)| *heavier >= weight);
        self.worst.insert(at, (weight, line(&document, least)));
        self.worst.truncate(WORST);
    }
}

/// What makes a document matter: persons and identity numbers first, then findings; special categories and exposure
/// multiply it.
fn weigh(document: &Document, special: &[String], least: Confidence) -> u64 {
    if document.hard_link_of.is_some() {
        return 0;
    }
    let counted: u64 = document.categories.values().sum();
    if counted == 0 {
        return 0;
    }
    let identity: u64 = [Kind::Personnummer, Kind::Samordningsnummer, Kind::InterimNumber]
        .iter()
        .filter_map(|kind| document.kinds.get(kind))
        .map(|bands| bands.at_least(least))
        .sum();
    let persons = document.persons.as_ref().map_or(0, |persons| persons.distinct);
    let mut weight = persons * 20 + identity * 10 + counted;
    if special
        .iter()
        .any(|category| document.categories.contains_key(category))
    {
        weight *= 5;
    }
    if document.exposure == Some(crate::model::Exposure::Everyone) {
        weight = weight * 3 / 2;
    }
    weight
}

fn line(document: &Document, least: Confidence) -> Line {
    let mut kinds: Vec<(u64, Kind)> = document
        .kinds
        .iter()
        .map(|(&kind, bands)| (bands.at_least(least), kind))
        .filter(|(count, _)| *count > 0)
        .collect();
    kinds.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let told: Vec<String> = kinds
        .iter()
        .take(3)
        .map(|(count, kind)| format!("{} {kind}", number(*count)))
        .collect();
    Line {
        path: document.path.clone(),
        findings: document.categories.values().sum(),
        persons: document.persons.as_ref().map_or(0, |persons| persons.distinct),
        kinds: told.join(", "),
        everyone: document.exposure == Some(crate::model::Exposure::Everyone),
    }
}

/// How the summary is coloured.
struct Paint(bool);

impl Paint {
    fn bold(&self, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[2m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn warn(&self, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[33m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The whole summary. `output` is where the inventory was written.
pub fn summary(inventory: &Inventory, seen: &Summary, output: Option<&str>, colour: bool) -> String {
    let paint = Paint(colour);
    let mut text = String::new();
    categories(&mut text, inventory, &paint);
    not_in_policy(&mut text, inventory, &paint);
    worst(&mut text, seen, &paint);
    coverage(&mut text, inventory, &paint);
    if let Some(output) = output {
        let _ = writeln!(text, "\nInventory: {}", paint.bold(&escape(output)));
    }
    text
}

fn categories(text: &mut String, inventory: &Inventory, paint: &Paint) {
    let persons = &inventory.persons;
    let about = if persons.estimated { "about " } else { "" };
    let test = if persons.test > 0 {
        format!(", {} of them test identities", number(persons.test))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "{}",
        paint.bold(&format!(
            "Personal data of {about}{} {}{test}",
            number(persons.distinct),
            if persons.distinct == 1 {
                "person"
            } else {
                "persons"
            }
        ))
    );
    let width = inventory
        .categories
        .iter()
        .map(|c| c.name.en.chars().count())
        .max()
        .unwrap_or(0)
        .max(8);
    let _ = writeln!(
        text,
        "\n{}",
        paint.dim(&format!(
            "  {:<width$}  {:>9}  {:>9}  {:>9}  most of it",
            "Category", "files", "findings", "persons"
        ))
    );
    for category in &inventory.categories {
        let mut elements: Vec<_> = inventory
            .kinds
            .iter()
            .filter(|k| k.category.as_deref() == Some(&category.id))
            .collect();
        elements.sort_by_key(|k| std::cmp::Reverse(k.findings.at_least(inventory.settings.min_confidence)));
        let most: Vec<_> = elements
            .iter()
            .filter(|k| k.findings.at_least(inventory.settings.min_confidence) > 0)
            .take(3)
            .map(|k| k.kind.id())
            .collect();
        // "0" is an answer; where no rule looks, there is none.
        let row = if category.looked_for {
            format!(
                "  {:<width$}  {:>9}  {:>9}  {:>9}  {}",
                category.name.en,
                number(category.documents),
                number(category.findings),
                number(category.persons.distinct),
                most.join(", ")
            )
        } else {
            format!(
                "  {:<width$}  {:>9}  {:>9}  {:>9}  not looked for yet",
                category.name.en, "-", "-", "-"
            )
        };
        let row = row.trim_end();
        let _ = writeln!(
            text,
            "{}",
            if category.findings == 0 {
                paint.dim(row)
            } else {
                row.to_owned()
            }
        );
    }
}

fn not_in_policy(text: &mut String, inventory: &Inventory, paint: &Paint) {
    if inventory.not_in_policy.is_empty() {
        return;
    }
    let told: Vec<String> = inventory
        .not_in_policy
        .iter()
        .map(|n| {
            format!(
                "{} ({} in {} files)",
                n.kind,
                number(n.findings),
                number(n.documents)
            )
        })
        .collect();
    let _ = writeln!(
        text,
        "\n{} {}",
        paint.warn("Found, not in the policy:"),
        told.join(", ")
    );
}

fn worst(text: &mut String, seen: &Summary, paint: &Paint) {
    if seen.worst.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint.bold("Documents that matter most"));
    for (_, line) in &seen.worst {
        let persons = if line.persons > 0 {
            format!("{} persons", number(line.persons))
        } else {
            String::new()
        };
        let exposed = if line.everyone {
            paint.warn("  readable by everyone")
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "  {:>7} findings  {:>12}  {}{exposed}",
            number(line.findings),
            persons,
            escape(&line.path)
        );
        let _ = writeln!(text, "  {}", paint.dim(&format!("{:>32}{}", "", line.kinds)));
    }
}

fn coverage(text: &mut String, inventory: &Inventory, paint: &Paint) {
    let (files, size) = (&inventory.coverage.files, &inventory.coverage.bytes);
    let _ = writeln!(
        text,
        "\n{} {} of {} files in full ({} of {}), {} in part, {} skipped, {} failed",
        paint.bold("Read:"),
        number(files.read),
        number(files.enumerated),
        bytes(size.read),
        bytes(size.enumerated),
        number(files.partial),
        number(files.skipped),
        number(files.failed)
    );
    let told: Vec<_> = inventory
        .coverage
        .reasons
        .iter()
        .filter(|r| r.reason.status() != Status::Read && r.reason != Reason::MemberUnread)
        .collect();
    if !told.is_empty() {
        let _ = writeln!(text, "{}", paint.bold("Not read, and what to do"));
        for reason in told {
            let _ = writeln!(
                text,
                "  {:>7}  {:<18}  {} {}",
                number(reason.documents),
                reason.reason.id(),
                reason.reason.text(),
                paint.dim(&format!("({})", reason.reason.advice()))
            );
        }
    }
    let folders = &inventory.coverage.folders;
    if folders.failed > 0 {
        let _ = writeln!(
            text,
            "  {:>7}  folders could not be listed; what is in them is unknown",
            number(folders.failed)
        );
    }
    if inventory.run.interrupted {
        let _ = writeln!(
            text,
            "{}",
            paint.warn("The run was interrupted: this does not cover everything.")
        );
    }
}

/// A number with thin groups of three: `1 234 567`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A size in binary units.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{n} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Text that may go to a terminal: control characters, escapes and marks that turn the writing direction are shown,
/// not obeyed. File names are written by whoever put the file there.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || hidden {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_for_people() {
        assert_eq!(
            (number(0), number(999), number(1_234_567)),
            ("0".into(), "999".into(), "1 234 567".into())
        );
        assert_eq!(
            (bytes(0), bytes(1023), bytes(1536)),
            ("0 B".into(), "1023 B".into(), "1.5 KiB".into())
        );
    }

    #[test]
    fn nothing_a_file_is_called_reaches_the_terminal_as_a_command() {
        assert_eq!(escape("a\u{1b}[31m\nb\u{202e}c"), "a\\u{1b}[31m\\u{a}b\\u{202e}c");
    }
}
