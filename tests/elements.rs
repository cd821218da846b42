//! The table of elements: for every element of the policy there is a document, and it is found there, in its category;
//! documents that use the same words of nobody give nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use datakarta::Policy;
use serde::Deserialize;

use crate::harness::{Run, fixtures};

#[derive(Deserialize)]
struct Truth {
    documents: Vec<Document>,
}

#[derive(Deserialize)]
struct Document {
    path: String,
    elements: Vec<Element>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    may: Vec<String>,
    source: Option<String>,
    #[serde(default)]
    critical: bool,
}

#[derive(Deserialize)]
struct Element {
    category: String,
    #[serde(rename = "element")]
    id: String,
    kind: String,
    /// The element that carries the kind, where this one only points to it.
    see: Option<String>,
}

/// What a scan says of one document.
#[derive(Default)]
struct Told {
    /// Kind → category and element.
    kinds: BTreeMap<String, (String, String)>,
    source: Option<String>,
    critical: bool,
}

fn truth() -> Truth {
    serde_json::from_slice(&std::fs::read(fixtures("elements.truth.json")).unwrap()).unwrap()
}

fn told() -> BTreeMap<String, Told> {
    let ran = Run::new()
        .args([
            "scan".as_ref(),
            fixtures("elements").as_os_str(),
            "--format".as_ref(),
            "jsonl".as_ref(),
            "--reveal".as_ref(),
        ])
        .run();
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    for event in ran.code(0).events() {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let document = told.entry(text("path")).or_default();
        match event["event"].as_str().unwrap() {
            "finding" => {
                document.critical |= event["severity"] == "critical";
                document
                    .kinds
                    .entry(text("kind"))
                    .or_insert((text("category"), text("element")));
            }
            "document" => document.source = event["source"]["id"].as_str().map(str::to_owned),
            _ => {}
        }
    }
    told
}

/// The first document in which an element is found, and found as it must be: what the table of the detection page shows.
pub fn shows(category: &str, element: &str, kind: &str) -> Option<String> {
    static SEEN: LazyLock<(Truth, BTreeMap<String, Told>)> = LazyLock::new(|| (truth(), told()));
    let (truth, told) = &*SEEN;
    let found = |document: &&Document| {
        document.elements.iter().any(|wanted| {
            let asked = wanted.category == category
                && wanted.id == element
                && (kind.is_empty() || wanted.kind == kind);
            let place = told
                .get(&document.path)
                .and_then(|told| told.kinds.get(&wanted.kind));
            asked
                && place.is_some_and(|(category, element)| match &wanted.see {
                    Some(see) => *see == format!("{category}/{element}"),
                    None => *category == wanted.category && *element == wanted.id,
                })
        })
    };
    truth
        .documents
        .iter()
        .find(found)
        .map(|document| document.path.clone())
}

/// Documents of 140 whose element is not found, and findings that are in no truth. These may only fall. In clean documents
/// there is none, and of no document the system or the severity is missed.
const MISSED: usize = 4;
const EXTRA: usize = 4;

#[test]
fn every_element_of_the_policy_is_found_in_its_document() {
    let (truth, told) = (truth(), told());
    let none = Told::default();
    let (mut missed, mut extra, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for document in &truth.documents {
        let told = told.get(&document.path).unwrap_or(&none);
        for wanted in &document.elements {
            let place = told.kinds.get(&wanted.kind);
            let right = place.is_some_and(|(category, element)| match &wanted.see {
                Some(see) => *see == format!("{category}/{element}"),
                None => *category == wanted.category && *element == wanted.id,
            });
            if !right {
                missed.push(format!(
                    "{}: {}/{} ({})",
                    document.path, wanted.category, wanted.id, wanted.kind
                ));
            }
        }
        let known: BTreeSet<&String> = document
            .elements
            .iter()
            .map(|element| &element.kind)
            .chain(&document.also)
            .chain(&document.may)
            .collect();
        extra.extend(
            told.kinds
                .keys()
                .filter(|kind| !known.contains(kind))
                .map(|kind| format!("{}: {kind}", document.path)),
        );
        if document.source.is_some() && document.source != told.source || document.critical && !told.critical
        {
            sources.push(format!(
                "{}: source {:?}, critical {}",
                document.path, told.source, told.critical
            ));
        }
    }
    println!(
        "missed ({}):\n{}\nin no truth ({}):\n{}\nsource or severity ({}):\n{}",
        missed.len(),
        missed.join("\n"),
        extra.len(),
        extra.join("\n"),
        sources.len(),
        sources.join("\n")
    );
    let (clean, extra): (Vec<_>, Vec<_>) = extra.into_iter().partition(|line| line.starts_with("clean/"));
    assert!(
        missed.len() <= MISSED && extra.len() <= EXTRA && clean.is_empty() && sources.is_empty(),
        "{} missed, {} extra, {} in clean documents, {} sources; see what was printed",
        missed.len(),
        extra.len(),
        clean.len(),
        sources.len()
    );
    // However many documents an element has, in one at least it is found.
    let missed: BTreeSet<&String> = missed.iter().collect();
    let mut found: BTreeMap<(&str, &str, &str), bool> = BTreeMap::new();
    for document in &truth.documents {
        for wanted in &document.elements {
            let line = format!(
                "{}: {}/{} ({})",
                document.path, wanted.category, wanted.id, wanted.kind
            );
            let known = found
                .entry((&wanted.category, &wanted.id, &wanted.kind))
                .or_default();
            *known |= !missed.contains(&line);
        }
    }
    let never: Vec<_> = found.iter().filter(|(_, found)| !**found).collect();
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn every_element_of_the_policy_has_a_document() {
    let policy = Policy::load("infrasec").unwrap();
    let truth = truth();
    let covered: BTreeSet<(&str, &str)> = truth
        .documents
        .iter()
        .flat_map(|document| &document.elements)
        .map(|element| (element.category.as_str(), element.id.as_str()))
        .collect();
    let mut without = Vec::new();
    for category in &policy.category {
        for element in &category.element {
            if !covered.contains(&(category.id.as_str(), element.id.as_str())) {
                without.push(format!("{}/{}", category.id, element.id));
            }
        }
    }
    assert!(without.is_empty(), "{without:?}");
    let kinds: BTreeSet<&str> = truth
        .documents
        .iter()
        .flat_map(|document| &document.elements)
        .map(|element| element.kind.as_str())
        .collect();
    let forgotten: Vec<_> = policy
        .category
        .iter()
        .flat_map(|category| &category.element)
        .flat_map(|element| &element.kinds)
        .map(|kind| kind.id())
        .filter(|kind| !kinds.contains(kind))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
