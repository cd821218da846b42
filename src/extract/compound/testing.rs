//! What tests of documents in compound files share: such files, and an outlet that goes into members.

use super::rebuild::{Node, write};
use crate::extract::{Extractor, Flow, Input, Member, Outlet, identify};
use crate::model::{Issue, Place, Reason, Segment};

/// An outlet that writes down what it hears, a line each, and reads members as the engine does.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
    pub(crate) issues: Vec<Reason>,
    within: String,
}

/// What an extractor says of these bytes.
pub(crate) fn told(extractor: &dyn Extractor, bytes: &[u8]) -> (Result<(), Reason>, Told) {
    let mut told = Told::default();
    let result = extractor.extract(Input::memory(bytes, ""), &mut told);
    (result, told)
}

impl Outlet for Told {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        match segment {
            Segment::Text(text) => {
                let place = match &text.place {
                    Place::Page { page } => format!("page {page}"),
                    Place::Part { name } => name.to_string(),
                    _ => "?".to_owned(),
                };
                let label = text.label.map(|label| format!("[{label}]")).unwrap_or_default();
                let own = text.text.get(text.own.clone()).unwrap();
                for line in own.lines() {
                    self.lines.push(format!("{}{place}{label}: {line}", self.within));
                }
            }
            Segment::Row(row) => {
                let cells: Vec<_> = row.cells.iter().map(|cell| cell.text).collect();
                self.lines
                    .push(format!("{}row: {}", self.within, cells.join("|")));
            }
        }
        Flow::Continue
    }

    fn member(&mut self, mut member: Member<'_>) -> Flow {
        let name = String::from_utf8_lossy(member.name).into_owned();
        let within = format!("{}{name}!/", self.within);
        self.lines.push(format!("{}member {name}", self.within));
        let head = member.content.head().unwrap();
        let before = std::mem::replace(&mut self.within, within);
        let format = identify::identify(head, false, "").format;
        if let Some(extractor) = format.extractor {
            let failed = extractor.extract(member.content, self).err();
            self.issues.extend(failed);
        }
        self.within = before;
        Flow::Continue
    }

    fn unread_member(&mut self, name: &[u8], _: u64, reason: Reason) -> Flow {
        let name = String::from_utf8_lossy(name);
        self.lines.push(format!("unread {name}"));
        self.issues.push(reason);
        Flow::Continue
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue.reason);
    }

    fn tick(&mut self) -> Flow {
        Flow::Continue
    }
}

/// A compound file with these streams, each by its path.
pub(crate) fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut nodes: Vec<(String, Node)> = vec![(String::new(), node("", None))];
    for (path, content) in streams {
        let mut parent = 0;
        let mut here = String::new();
        let count = path.split('/').count();
        for (i, name) in path.split('/').enumerate() {
            here = format!("{here}/{name}");
            let at = nodes
                .iter()
                .position(|(path, _)| *path == here)
                .unwrap_or_else(|| {
                    nodes.push((
                        here.clone(),
                        node(name, (i + 1 == count).then(|| content.to_vec())),
                    ));
                    let at = nodes.len() - 1;
                    nodes[parent].1.children.push(at);
                    at
                });
            parent = at;
        }
    }
    let nodes: Vec<Node> = nodes.into_iter().map(|(_, node)| node).collect();
    write(&nodes).unwrap()
}

fn node(name: &str, content: Option<Vec<u8>>) -> Node {
    Node {
        name: name.into(),
        class: [0; 16],
        content,
        children: Vec::new(),
    }
}
