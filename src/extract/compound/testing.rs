//! Compound files for tests.

use super::rebuild::{Node, write};

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
