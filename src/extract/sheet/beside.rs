//! What xlsx and xlsb have in common beside their cells: other parts, embedded documents, and how it went.
//!
//! A part that cannot be read costs that part; what was missed is told once, at the end of the workbook.

use std::collections::{HashMap, HashSet};

use crate::extract::package::Package;
use crate::extract::package::parts::{TextPass, has_extension};
use crate::extract::{Flow, Input, Member, Outlet};
use crate::model::{Issue, Reason};

/// What went wrong on the way, to be told once at the end.
#[derive(Default)]
pub(super) struct Notes {
    reasons: Vec<Issue>,
}

impl Notes {
    /// Notes a reason; a part that is damaged makes the workbook damaged in part.
    pub(super) fn add(&mut self, reason: Reason) {
        let reason = if reason == Reason::Damaged {
            Reason::PartlyDamaged
        } else {
            reason
        };
        match self.reasons.iter_mut().find(|issue| issue.reason == reason) {
            Some(issue) => issue.count += 1,
            None => self.reasons.push(Issue::once(reason)),
        }
    }

    /// Notes how reading a part ended, and gives its flow; a limit on the whole workbook ends the reading.
    pub(super) fn after(&mut self, result: Result<Flow, Reason>) -> Flow {
        match result {
            Ok(flow) => flow,
            Err(reason) => {
                self.add(reason);
                if reason == Reason::ExpansionLimit {
                    Flow::Stop
                } else {
                    Flow::Continue
                }
            }
        }
    }

    pub(super) fn tell(self, out: &mut dyn Outlet) {
        self.reasons.into_iter().for_each(|issue| out.issue(issue));
    }
}

/// The outlet, or a limit on the whole workbook, said stop.
pub(super) struct Stopped;

/// Reads the parts that hold no cells, and hands embedded documents on.
pub(super) fn others(
    package: &mut Package<'_>,
    sheets: &[(String, String)],
    done: &HashSet<String>,
    notes: &mut Notes,
    out: &mut dyn Outlet,
) -> Flow {
    let mut commented: HashMap<String, &str> = HashMap::new();
    for (name, path) in sheets {
        for relation in package.relations(path) {
            if matches!(relation.kind.as_str(), "comments" | "threadedComment") {
                commented.insert(relation.target.to_ascii_lowercase(), name);
            }
        }
    }
    for index in 0..package.parts.len() {
        let Some(part) = package.parts.get(index).cloned() else {
            break;
        };
        let lower = part.name.to_ascii_lowercase();
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        if done.contains(&lower) {
            continue;
        }
        if lower.contains("/embeddings/") {
            if embedded(package, index, &part.name, part.size, out).is_stop() {
                return Flow::Stop;
            }
        } else if has_text(&lower) {
            let pass = TextPass {
                name: &part.name,
                sheet: commented.get(&lower).copied(),
                after_row: 0,
                cells_only: false,
            };
            let result = package.read(index).and_then(|part| pass.run(part, out));
            if notes.after(result).is_stop() {
                return Flow::Stop;
            }
        }
    }
    Flow::Continue
}

/// Whether a part can say something about a person.
fn has_text(lower: &str) -> bool {
    let xml = has_extension(lower, &["xml", "rels", "vml"]);
    let plain = [
        "/styles.xml",
        "/calcchain.xml",
        "[content_types].xml",
        "/metadata.xml",
        "/volatiledependencies.xml",
    ];
    let folders = ["/theme/", "/tables/", "/printersettings/"];
    xml && !plain.iter().any(|end| lower.ends_with(end))
        && !folders.iter().any(|folder| lower.contains(folder))
}

fn embedded(package: &mut Package<'_>, index: usize, name: &str, size: u64, out: &mut dyn Outlet) -> Flow {
    let extension = name
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
        .to_owned();
    match package.read(index) {
        Ok(mut part) => {
            let content = Input::stream(&mut part, None, &extension);
            out.member(Member {
                name: name.as_bytes(),
                content,
            })
        }
        Err(reason) => out.unread_member(name.as_bytes(), size, reason),
    }
}
