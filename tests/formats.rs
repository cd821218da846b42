//! Every part of every format is read: the values planted in `fixtures/formats` are found, and where they were planted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{EVERYTHING, Run, copy, files, fixtures, of, put, text};

/// What is known not to be found, or not where it was planted: the file and the place. Exact: what is found must leave the list.
const KNOWN: &[(&str, &str)] = &[];

/// Read, and no finding, with the reason why that is right for now.
const NO_FINDING: &[(&str, &str)] = &[
    // The letter K stands right before it, as SYLK has it.
    ("csv/sheetjs.slk", "number in cell B3 (no hyphen: twelve digits)"),
    // In these the producer wrote a letter right before or behind the number: `del19910917-2396`.
    ("doc/libreoffice.doc", "item of a drop-down field"),
    ("docx/pandoc.docx", "body, split over emphasis"),
    ("epub/pandoc.epub", "body, split over emphasis"),
    ("epub/pandoc.epub", "comment"),
    ("odt/pandoc.odt", "body, split over emphasis"),
    ("odt/pandoc.odt", "comment"),
    ("rtf/pandoc.rtf", "body, split over emphasis"),
    ("rtf/pandoc.rtf", "comment"),
];

/// One planted value.
struct Plant {
    value: String,
    place: String,
    at: Value,
    /// It can only be seen, not read: then the document must say that it was not read whole.
    picture: bool,
}

/// Where a value was met: the location in words, with the label beside it; lower case.
type Places = Vec<(String, String)>;

fn plants(list: &Path) -> Vec<Plant> {
    let plants: Vec<Value> = serde_json::from_slice(&std::fs::read(list).unwrap()).unwrap();
    plants
        .iter()
        .map(|plant| Plant {
            value: text(&plant["value"]).to_owned(),
            place: text(&plant["where"]).to_owned(),
            at: plant["at"].clone(),
            picture: plant["picture"] == true,
        })
        .collect()
}

/// The fixtures: path below `formats`, the file, and its list.
fn fixtures_with_plants() -> Vec<(String, PathBuf, Vec<Plant>)> {
    let root = fixtures("formats");
    files(&root)
        .into_iter()
        .filter_map(|list| {
            let file = list.to_str()?.strip_suffix(".plants.json")?.to_owned();
            let name = file
                .strip_prefix(root.to_str()?)?
                .trim_start_matches('/')
                .to_owned();
            let plants = plants(&list);
            Some((name, PathBuf::from(file), plants))
        })
        .collect()
}

/// Without white space and soft hyphens, with the one hyphen, letters and their accents as one character: as a value is told from how it was set.
fn squeezed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{ad}' | '\u{200b}' => {}
            _ if letter.is_whitespace() => {}
            '\u{2010}' | '\u{2011}' => out.push('-'),
            '\u{308}' => accented(&mut out, &[('a', 'ä'), ('o', 'ö'), ('A', 'Ä'), ('O', 'Ö')]),
            '\u{30a}' => accented(&mut out, &[('a', 'å'), ('A', 'Å')]),
            _ => out.push(letter),
        }
    }
    out
}

fn accented(out: &mut String, pairs: &[(char, char)]) {
    if let Some(last) = out.pop() {
        let whole = pairs.iter().find(|(plain, _)| *plain == last);
        out.push(whole.map_or(last, |(_, whole)| *whole));
    }
}

/// What `extract` prints of a file: the text of each segment, and where it is.
fn extracted(file: &Path) -> Places {
    let ran = Run::new()
        .args(["extract", file.to_str().unwrap(), "--reveal", "--format", "jsonl"])
        .run();
    ran.text()
        .lines()
        .map(|line| {
            let segment: Value = serde_json::from_str(line).unwrap();
            let place = format!("{} {}", text(&segment["location"]), text(&segment["label"]));
            (squeezed(text(&segment["text"])), place.to_lowercase())
        })
        .collect()
}

/// Whether one of the words, parted by `|`, stands in the place.
fn named(place: &str, words: &str) -> bool {
    let place = place.to_lowercase();
    words.split('|').any(|word| place.contains(word))
}

/// Whether a location in words is the one that was asked for.
fn is_at(place: &str, at: &Value) -> bool {
    if let Some(page) = at["page"].as_u64() {
        let own = format!("page {page}");
        let rest = place.strip_prefix(&own);
        return rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    }
    if let Some(sheet) = at["sheet"].as_str() {
        let cell = at["cell"].as_str().unwrap_or_default().to_lowercase();
        let own = place.split(' ').any(|word| word.ends_with(&format!("!{cell}")));
        return place.contains(&sheet.to_lowercase()) && (cell.is_empty() || own);
    }
    for key in ["part", "field"] {
        if let Some(words) = at[key].as_str() {
            return named(place, words);
        }
    }
    true
}

/// Findings of a scan over all the fixtures, by the value found: path, and location.
fn findings(events: &[Value]) -> BTreeMap<String, Vec<(String, Value)>> {
    let mut by_value: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for event in of(events, "finding") {
        let place = (text(&event["path"]).to_owned(), event["location"].clone());
        by_value
            .entry(squeezed(text(&event["value"])))
            .or_default()
            .push(place);
    }
    by_value
}

fn in_member(file: &str, plant: &Plant, found: &[(String, Value)]) -> bool {
    let words = text(&plant.at["member"]);
    found.iter().any(|(path, location)| {
        let member = path
            .strip_prefix(file)
            .and_then(|rest| rest.strip_prefix("!/"))
            .is_some_and(|member| words.split('|').any(|word| named(member, &word.to_lowercase())));
        member && (plant.at["cell"].is_null() || location["cell"] == plant.at["cell"])
    })
}

/// The events of a scan over all the fixtures, with every finding and its value.
fn everything() -> Vec<Value> {
    let run = Run::new();
    copy(&fixtures("formats"), &run.at("formats"));
    run.args(EVERYTHING).run().code(0).events()
}

#[test]
fn what_was_planted_is_found_where_it_was_planted() {
    let events = everything();
    let found = findings(&events);
    let mut wrong = BTreeMap::new();
    for (name, file, plants) in fixtures_with_plants() {
        let path = format!("formats/{name}");
        let document = crate::harness::document(&events, &path);
        let format = text(&document["format"]);
        let status = text(&document["status"]);
        // Markup that is read as text: its places are lines.
        let lines = format == "text" && !name.starts_with("txt/");
        // One document in one file of markup: its parts may go without names.
        let flat = name.ends_with(".fodt") || name.ends_with(".fods");
        let segments = extracted(&file);
        for plant in plants {
            let lines = lines || (flat && plant.at["part"].is_string());
            let value = squeezed(&plant.value);
            let below = plant.at["member"].is_string()
                && in_member(&path, &plant, found.get(&value).map_or(&[][..], Vec::as_slice));
            let own = (lines || plant.at["member"].is_null() || plant.at["part"].is_string())
                && segments
                    .iter()
                    .any(|(text, place)| text.contains(&value) && (lines || is_at(place, &plant.at)));
            let right = below || own;
            let told = plant.picture && status != "read";
            if !right && !told {
                let elsewhere = elsewhere(&value, &segments, found.get(&value), &path);
                wrong.insert((name.clone(), plant.place.clone()), elsewhere);
            }
        }
    }
    let known: BTreeSet<(String, String)> = KNOWN
        .iter()
        .map(|(file, place)| ((*file).to_owned(), (*place).to_owned()))
        .collect();
    let lost: String = wrong
        .iter()
        .filter(|(plant, _)| !known.contains(plant))
        .map(|((file, place), elsewhere)| format!("    ({file:?}, {place:?}),{elsewhere}\n"))
        .collect();
    let gained: String = known
        .iter()
        .filter(|plant| !wrong.contains_key(plant))
        .map(|(file, place)| format!("    ({file:?}, {place:?}),\n"))
        .collect();
    assert!(
        lost.is_empty() && gained.is_empty(),
        "not found, or not there:\n{lost}known not to be found, and found:\n{gained}"
    );
}

/// Where a value that is not at its place was met, for the one who reads the failure.
fn elsewhere(value: &str, segments: &Places, found: Option<&Vec<(String, Value)>>, file: &str) -> String {
    let mut places: BTreeSet<String> = segments
        .iter()
        .filter(|(text, _)| text.contains(value))
        .map(|(_, place)| format!(" // at {place}"))
        .collect();
    for (path, location) in found.into_iter().flatten() {
        if path.starts_with(file) && path.contains("!/") {
            places.insert(format!(" // at {path} {location}"));
        }
    }
    places.into_iter().collect()
}

/// What is read is judged, too: an address or a personnummer that stands in a segment is a finding with its kind.
#[test]
fn what_is_read_is_a_finding() {
    let found = findings(&everything());
    let mut silent = Vec::new();
    for (name, file, plants) in fixtures_with_plants() {
        let segments = extracted(&file);
        for plant in plants.iter().filter(|plant| plant.at["member"].is_null()) {
            let value = squeezed(&plant.value);
            // Where it stands in one segment without a break.
            let read = segments.iter().any(|(text, _)| text.contains(&value));
            let own = found.get(&value).is_some_and(|places| {
                places.iter().any(|(path, _)| {
                    let below = path
                        .strip_prefix("formats/")
                        .and_then(|path| path.strip_prefix(name.as_str()));
                    below.is_some_and(|below| below.is_empty() || below.starts_with("!/"))
                })
            });
            if read && !own {
                silent.push((name.clone(), plant.place.clone()));
            }
        }
    }
    let known: Vec<(String, String)> = NO_FINDING
        .iter()
        .map(|(file, place)| ((*file).to_owned(), (*place).to_owned()))
        .collect();
    assert_eq!(silent, known, "read, and no finding");
}

/// A lock is told of, by its name: a document that is encrypted with a password is never clean.
#[test]
fn what_is_locked_is_told() {
    let folder = fixtures("formats/encrypted");
    let run = Run::new();
    for file in files(&folder) {
        let name = file.file_name().unwrap().to_owned();
        put(&run.at(name), &std::fs::read(&file).unwrap());
    }
    let ran = run.args(["scan", "tree", "--format", "jsonl"]).run();
    let events = ran.code(0).events();
    let documents = of(&events, "document");
    assert!(!documents.is_empty());
    for document in documents {
        let path = text(&document["path"]);
        assert_ne!(document["status"], "read", "{path}");
        let reasons = crate::harness::reasons(&events, path);
        assert!(reasons.contains(&"encrypted"), "{path}: {reasons:?}");
    }
}

/// Every cell of text that another reader of workbooks sees is one that ours tells, at its place.
#[test]
fn cells_are_those_that_calamine_sees() {
    use calamine::{Data, Reader as _};
    let mut compared = 0;
    for file in files(&fixtures("formats/xlsx")) {
        if file.extension().is_none_or(|extension| extension != "xlsx") {
            continue;
        }
        let Ok(mut book) = calamine::open_workbook::<calamine::Xlsx<_>, _>(&file) else {
            continue;
        };
        let segments = extracted(&file);
        for name in book.sheet_names() {
            let Ok(range) = book.worksheet_range(&name) else {
                continue;
            };
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, cell) in range.used_cells() {
                let Data::String(text) = cell else { continue };
                let at =
                    datakarta::model::cell_name(left + column as u32 + 1, u64::from(top) + row as u64 + 1);
                let place = format!("{name}!{at}").to_lowercase();
                // `A1` is not `A10`.
                let here = |at: &String| {
                    at.strip_prefix(&place)
                        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
                };
                let told = segments
                    .iter()
                    .any(|(told, at)| here(at) && told.contains(&squeezed(text)));
                assert!(told, "{}: {place}", file.display());
                compared += 1;
            }
        }
    }
    assert!(compared > 60, "{compared}");
}
