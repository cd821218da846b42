//! The documents say what the program does: their tables are compared with the code, their examples are run.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use datakarta::extract::Trust;
use datakarta::extract::identify::FORMATS;
use datakarta::inventory::{Coverage, Document, KindCount, Persons};
use datakarta::model::{Kind, Reason, Status};
use datakarta::scan::Limits;
use datakarta::{checks, inventory, rules};
use regex::Regex;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines between a heading and the next one.
fn section<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let mut lines = page.lines().skip_while(|line| *line != heading);
    assert!(lines.next().is_some(), "no heading `{heading}`");
    lines.take_while(|line| !line.starts_with('#')).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The cells of the rows of the tables in these lines, without their heads.
fn rows<'a>(lines: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut body = false;
    for line in lines {
        if !line.starts_with('|') {
            body = false;
        } else if line.starts_with("|---") {
            body = true;
        } else if body {
            found.push(line.trim_matches('|').split('|').map(str::trim).collect());
        }
    }
    found
}

/// The first code block by the words after its three backticks.
fn block(page: &str, language: &str) -> String {
    blocks(page, language).remove(0)
}

/// All code blocks with these words after their three backticks.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}");
    let mut lines = page.lines();
    let mut found = Vec::new();
    while lines.any(|line| line == fence) {
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        found.push(text.join("\n") + "\n");
    }
    assert!(!found.is_empty(), "no block `{fence}`");
    found
}

fn run(folder: &Path, args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_datakarta"))
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output();
    output.unwrap_or_else(|error| panic!("{args:?}: {error}"))
}

fn same<T: Ord + Debug>(told: impl IntoIterator<Item = T>, is: impl IntoIterator<Item = T>, what: &str) {
    let (told, is): (BTreeSet<T>, BTreeSet<T>) = (told.into_iter().collect(), is.into_iter().collect());
    let invented: Vec<_> = told.difference(&is).collect();
    let forgotten: Vec<_> = is.difference(&told).collect();
    assert!(
        invented.is_empty() && forgotten.is_empty(),
        "{what}: told and not there {invented:?}; there and not told {forgotten:?}"
    );
}

#[test]
fn the_readme_names_the_two_commands_to_begin_with() {
    let readme = page("README.md");
    for command in [
        "cargo run --release -- scan fixtures/share -o inventory.json",
        "cargo test",
    ] {
        assert!(readme.lines().any(|line| line.trim() == command), "{command}");
    }
}

#[test]
fn the_readme_tells_every_format_that_is_read_and_no_other() {
    let readme = page("README.md");
    let mut told = Vec::new();
    for row in rows(&section(&readme, "## What it reads")) {
        let id = quoted(row[0]).remove(0);
        let format = FORMATS.iter().find(|format| format.id == id);
        let format = format.unwrap_or_else(|| panic!("there is no format `{id}`"));
        for extension in quoted(row[1]) {
            assert!(
                format.extensions.contains(&extension.as_str()),
                "{id}: {extension}"
            );
        }
        told.push(id);
    }
    let read = FORMATS.iter().filter(|format| format.extractor.is_some());
    same(
        told,
        read.map(|format| format.id.to_owned()),
        "formats that are read",
    );
}

#[test]
fn the_formats_page_tells_what_is_read_and_in_which_process() {
    let page = page("docs/FORMATS.md");
    let mut told = Vec::new();
    for row in rows(&section(&page, "## What is read")) {
        let id = quoted(row[0]).remove(0);
        let format = FORMATS.iter().find(|format| format.id == id);
        let extractor = format.and_then(|format| format.extractor);
        let process = match extractor
            .unwrap_or_else(|| panic!("nothing reads `{id}`"))
            .trust()
        {
            Trust::Streams => "stream",
            Trust::Bounded => "here",
            Trust::Foreign => "own",
        };
        assert_eq!(row[3], process, "{id}");
        for place in row[2].split(", ") {
            let known = ["line", "row", "cell", "page", "field", "part", "member"];
            assert!(known.contains(&place), "{id}: {place}");
        }
        told.push(id);
    }
    let read = FORMATS.iter().filter(|format| format.extractor.is_some());
    same(told, read.map(|format| format.id.to_owned()), "formats");
}

#[test]
fn the_readme_tells_every_format_that_is_only_identified() {
    let readme = page("README.md");
    let table = rows(&section(&readme, "### Identified and reported only"));
    let told = table.iter().flat_map(|row| quoted(row[1]));
    let known = FORMATS.iter().filter(|format| format.extractor.is_none());
    same(
        told,
        known.map(|format| format.id.to_owned()),
        "formats that are not read",
    );
}

#[test]
fn the_readme_tells_every_kind_that_has_a_rule_and_no_other() {
    let readme = page("README.md");
    let table = rows(&section(&readme, "## What it finds"));
    let told = table.iter().flat_map(|row| quoted(row[1]));
    let told: Vec<Kind> = told
        .map(|id| id.parse().unwrap_or_else(|()| panic!("there is no kind `{id}`")))
        .collect();
    let rules = rules::load_builtin().unwrap();
    same(
        told,
        rules.rules().iter().map(|rule| rule.kind),
        "kinds with a rule",
    );
}

#[test]
fn the_readme_tells_the_exit_codes_that_the_help_tells() {
    let readme = page("README.md");
    let told = rows(&section(&readme, "## Exit codes"));
    let help = run(root(), &["-h"]);
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    let number = Regex::new("[0-9]+").unwrap();
    same(
        told.iter().map(|row| row[0].to_owned()),
        number.find_iter(codes).map(|found| found.as_str().to_owned()),
        "exit codes",
    );
}

#[test]
fn the_readme_tells_the_limits_that_hold() {
    let readme = page("README.md");
    let table = rows(&section(&readme, "## Limits"));
    let limits = Limits::default();
    let content = limits.content;
    for (option, reason, words) in [
        ("max-depth", Reason::DepthLimit, format!("{} deep", limits.depth)),
        (
            "max-members",
            Reason::MemberLimit,
            format!("{},{:03}", limits.members / 1000, limits.members % 1000),
        ),
        (
            "max-expanded",
            Reason::ExpansionLimit,
            format!("{} GiB, or {} times", content.expanded >> 30, content.ratio),
        ),
        (
            "max-memory",
            Reason::MemoryLimit,
            format!("{} MiB", content.memory >> 20),
        ),
        (
            "parser-memory",
            Reason::MemoryLimit,
            format!("{} MiB", limits.parser_memory >> 20),
        ),
        (
            "max-cells",
            Reason::ContentLimit,
            format!("{} million", content.cells / 1_000_000),
        ),
        (
            "max-text",
            Reason::ContentLimit,
            format!("{} MiB", content.text >> 20),
        ),
        (
            "max-operators",
            Reason::ContentLimit,
            format!("{} million", content.operators / 1_000_000),
        ),
        (
            "stall-timeout",
            Reason::Timeout,
            format!("{} s", limits.stall.as_secs()),
        ),
        (
            "max-time",
            Reason::Timeout,
            format!("{} min", limits.time.as_secs() / 60),
        ),
    ] {
        let option = format!("--{option}");
        let row = table.iter().find(|row| quoted(row[3]).contains(&option));
        let row = row.unwrap_or_else(|| panic!("nothing is said of {option}"));
        assert!(
            row[1].starts_with(&words),
            "{option}: {:?} is not {words:?}",
            row[1]
        );
        assert_eq!(quoted(row[2]), [reason.id()], "{option}");
    }
}

/// Rewritten with `BLESS=1`.
#[test]
fn the_readme_shows_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    let share = root().join("fixtures/share");
    let output = run(
        folder.path(),
        &["scan", share.to_str().unwrap(), "-o", "inventory.json"],
    );
    assert!(output.status.success());
    let real = trimmed(&String::from_utf8(output.stdout).unwrap());
    let readme = page("README.md");
    let (before, rest) = readme.split_once("```text\n").unwrap();
    let (shown, after) = rest.split_once("```").unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(
            root().join("README.md"),
            format!("{before}```text\n{real}```{after}"),
        )
        .unwrap();
        return;
    }
    // Who may read a file depends on how it was checked out.
    let plain = |text: &str| text.replace("  readable by everyone", "");
    assert_eq!(
        plain(shown),
        plain(&real),
        "the example in README.md is old; `BLESS=1 cargo test docs` writes it anew"
    );
}

/// A summary with two of its documents.
fn trimmed(summary: &str) -> String {
    let mut text = String::new();
    let mut line_of_documents = None;
    for line in summary.lines() {
        line_of_documents = match line_of_documents {
            _ if line.starts_with("Documents that matter most") => Some(0),
            _ if line.is_empty() => None,
            before => before.map(|count| count + 1),
        };
        match line_of_documents {
            Some(6..) => {}
            Some(5) => text.push_str("  …\n"),
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

#[test]
fn every_reason_stands_in_the_inventory_page_with_its_status() {
    let inventory = page("docs/INVENTORY.md");
    let table = rows(&section(&inventory, "## Reasons"));
    let told = table
        .iter()
        .map(|row| (quoted(row[0]).remove(0), row[1].to_owned()));
    let status = |reason: &Reason| match reason.status() {
        Status::Read => "read",
        Status::Partial => "partial",
        Status::Skipped => "skipped",
        Status::Failed => "failed",
    };
    let is = Reason::ALL
        .iter()
        .map(|reason| (reason.id().to_owned(), status(reason).to_owned()));
    same(told, is, "reasons");
}

#[test]
fn every_field_of_the_inventory_and_the_events_is_explained() {
    let told: BTreeSet<String> = quoted_words(&page("docs/INVENTORY.md"));
    for (name, schema) in [
        ("inventory", inventory::json_schema()),
        ("events", inventory::event_schema()),
    ] {
        let mut fields = BTreeSet::new();
        properties(&schema, &mut fields);
        assert!(fields.len() > 20, "{name}");
        // Counts per kind are keyed by the kind, which the README and `rules list` tell.
        fields.retain(|field| field.parse::<Kind>().is_err());
        let missing: Vec<_> = fields.difference(&told).collect();
        assert!(
            missing.is_empty(),
            "docs/INVENTORY.md says nothing of {missing:?} ({name})"
        );
    }
}

fn quoted_words(page: &str) -> BTreeSet<String> {
    page.lines().flat_map(quoted).collect()
}

fn properties(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(fields)) = map.get("properties") {
                into.extend(fields.keys().cloned());
            }
            map.values().for_each(|value| properties(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| properties(value, into)),
        _ => {}
    }
}

#[test]
fn the_examples_of_the_inventory_page_have_its_shape() {
    #[derive(serde::Deserialize)]
    struct Counts {
        coverage: Coverage,
        persons: Persons,
        kinds: Vec<KindCount>,
    }
    let page = page("docs/INVENTORY.md");
    let counts: Counts = serde_json::from_str(&block(&page, "json")).unwrap();
    assert!(counts.coverage.files.balances() && counts.coverage.bytes.balances());
    assert!(counts.persons.distinct > 0 && counts.kinds.len() == 1);
    let document: Document = serde_json::from_str(&block(&page, "json document")).unwrap();
    assert!(!document.findings.is_empty());
    assert!(document.findings.iter().all(|finding| finding.value.is_none()));
}

#[test]
fn the_rules_in_the_rules_page_pass_their_own_check() {
    let folder = tempfile::tempdir().unwrap();
    let page = page("docs/RULES.md");
    for (number, rule) in blocks(&page, "toml rule").iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.toml")), rule).unwrap();
    }
    let output = run(folder.path(), &["rules", "check", "--rules", "."]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let output = run(folder.path(), &["rules", "list", "--rules", "."]);
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    for rule in blocks(&page, "toml rule") {
        for id in rule.split("[[rule]]\nid = \"").skip(1) {
            let id = id.split('"').next().unwrap();
            assert!(listed.contains(id), "{id}");
        }
    }
}

#[test]
fn the_cases_in_the_rules_page_can_be_judged() {
    let folder = tempfile::tempdir().unwrap();
    let cases = block(&page("docs/RULES.md"), "json cases");
    std::fs::write(folder.path().join("cases.jsonl"), cases).unwrap();
    let output = run(folder.path(), &["rules", "score", "."]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_allow_list_in_the_rules_page_can_be_read() {
    let list = block(&page("docs/RULES.md"), "toml allow");
    let today = datakarta::checks::date::Date::new(2026, 1, 1).unwrap();
    let list = rules::AllowList::parse("datakarta.toml", &list, today).unwrap();
    assert!(list.entries().len() > 1);
}

#[test]
fn the_rules_page_tells_every_detector_and_check_a_rule_may_name() {
    let page = page("docs/RULES.md");
    let table = rows(&section(&page, "## The fields"));
    let told = |field: &str| {
        let row = table
            .iter()
            .find(|row| quoted(row[0]).iter().any(|name| name == field));
        quoted(row.map_or("", |row| row[2]))
    };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    same(told("detector"), names(rules::Detector::NAMES), "detectors");
    same(told("check"), names(checks::NAMES), "checks");
}

#[test]
fn the_changelog_has_a_section_for_rules_in_what_is_to_come() {
    let changelog = page("CHANGELOG.md");
    let mut lines = changelog.lines().skip_while(|line| *line != "## [Unreleased]");
    assert!(lines.next().is_some(), "no heading `## [Unreleased]`");
    let mut unreleased = lines.take_while(|line| !line.starts_with("## "));
    assert!(unreleased.any(|line| line == "### Rules"));
}

#[test]
fn local_links_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    for from in pages() {
        let text = std::fs::read_to_string(&from).unwrap();
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let to = match file {
                "" => from.clone(),
                file => from.parent().unwrap().join(file),
            };
            assert!(to.exists(), "{}: `{target}` leads nowhere", from.display());
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&to).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#')).map(slug);
                assert!(
                    headings.any(|slug| slug == heading),
                    "{}: `{target}` names no heading",
                    from.display()
                );
            }
        }
    }
}

/// The documents of the project, without those of the fixtures' company.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("fixtures/README.md")];
    for folder in [root().to_owned(), root().join("docs")] {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{error}"));
        let files = entries.filter_map(Result::ok).map(|entry| entry.path());
        pages.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages
}

/// A heading as links name it.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Writes what stands between two marks of a page anew, or compares it.
fn between(name: &str, mark: &str, made: &str) {
    let page = page(name);
    let (open, close) = (format!("<!-- {mark}"), format!("<!-- end of {mark} -->"));
    let start = page
        .find(&open)
        .map(|at| at + page[at..].find("-->").unwrap() + 4)
        .unwrap();
    let end = page.find(&close).unwrap();
    if std::env::var_os("BLESS").is_some() {
        let new = format!("{}\n{made}\n{}", &page[..start], &page[end..]);
        std::fs::write(root().join(name), new).unwrap();
        return;
    }
    assert!(
        page[start..end].trim() == made.trim(),
        "{name}: the table of {mark} is old; `BLESS=1 cargo test docs` writes it anew\n{made}"
    );
}

#[test]
fn the_detection_page_lists_every_element_with_its_evidence_and_a_document() {
    let policy = datakarta::Policy::load("infrasec").unwrap();
    let rules = rules::load_builtin().unwrap();
    let document = |category: &str, element: &str, kind: &str| {
        crate::elements::shows(category, element, kind)
            .unwrap_or_else(|| panic!("{category}/{element} {kind} is found in no document"))
    };
    let mut made = String::from("| Element | Kind | What finds it | Document |\n|---|---|---|---|\n");
    for category in &policy.category {
        for element in &category.element {
            let name = format!("{}/{}", category.id, element.id);
            if element.kinds.is_empty() {
                let see = element.see.as_deref().unwrap_or_default();
                let shown = document(&category.id, &element.id, "");
                made.push_str(&format!("| `{name}` | see `{see}` | | `{shown}` |\n"));
            }
            for kind in &element.kinds {
                let mut finds: Vec<&str> = rules
                    .rules()
                    .iter()
                    .filter(|rule| rule.kind == *kind)
                    .map(|rule| rule.title.en.as_str())
                    .collect();
                finds.dedup();
                assert!(!finds.is_empty(), "no rule finds {kind}");
                let shown = document(&category.id, &element.id, kind.id());
                made.push_str(&format!(
                    "| `{name}` | `{}` | {} | `{shown}` |\n",
                    kind.id(),
                    finds.join("; ")
                ));
            }
        }
    }
    between("docs/DETECTION.md", "elements", &made);
}

#[test]
fn the_detection_page_tells_how_the_cases_come_out() {
    between("docs/DETECTION.md", "scores", &scores("fixtures/cases"));
    between("docs/DETECTION.md", "hard", &scores("fixtures/hard"));
    between("docs/DETECTION.md", "unseen", &scores("fixtures/unseen"));
}

/// How a folder of cases comes out, as a table.
fn scores(folder: &str) -> String {
    let rules = rules::load_builtin().unwrap();
    let today = datakarta::Date {
        year: 2026,
        month: 11,
        day: 23,
    };
    let engine = datakarta::Engine::new(&rules, today);
    let report = datakarta::scan::score::score(&engine, &root().join(folder), false).unwrap();
    let mut made = format!(
        "{} cases.\n\n| Kind | Expected | Precision | Recall | F1 | Right of high | Right of medium |\n|---|---|---|---|---|---|---|\n",
        report.cases
    );
    let band =
        |tally: datakarta::scan::score::Tally| format!("{} of {}", tally.right, tally.right + tally.wrong);
    let mut row = |name: &str, score: datakarta::scan::score::Score| {
        made.push_str(&format!(
            "| {name} | {} | {:.3} | {:.3} | {:.3} | {} | {} |\n",
            score.expected,
            score.reported().precision(),
            score.recall(),
            score.f1(),
            band(score.high),
            band(score.medium)
        ));
    };
    for (kind, score) in &report.kinds {
        row(&format!("`{kind}`"), *score);
    }
    row("all", report.total());
    made
}
