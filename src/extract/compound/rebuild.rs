//! Compound files written anew in memory: a storage that is a document becomes a file of its own.
//!
//! A workbook in a text document is a storage of that document's file. Written out as a file it is a member like any
//! other, and the engine's limits hold for it.

use super::{Entry, MAGIC, Ole, SMALL};

const FREE: u32 = u32::MAX;
const END: u32 = 0xffff_fffe;
const TABLE: u32 = 0xffff_fffd;
/// The header lists so many sectors of the table.
const LISTED: usize = 109;
const SMALL_SECTOR: usize = 64;

/// A stream or a storage that is to be written; the first one is the root.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) class: [u8; 16],
    /// `None`: a storage.
    pub(super) content: Option<Vec<u8>>,
    pub(super) children: Vec<usize>,
}

impl Node {
    fn of(entry: &Entry, content: Option<Vec<u8>>) -> Self {
        Self {
            name: entry.name.clone(),
            class: entry.class,
            content,
            children: Vec::new(),
        }
    }
}

/// A storage as a file.
pub(super) fn rebuild(ole: &Ole<'_>, storage: usize) -> Option<Vec<u8>> {
    let mut nodes = vec![Node::of(ole.entries.get(storage)?, None)];
    let mut open = vec![(storage, 0)];
    while let Some((storage, parent)) = open.pop() {
        for (id, entry) in ole.inside(storage) {
            let node = nodes.len();
            if entry.is_storage() {
                open.push((id, node));
                nodes.push(Node::of(entry, None));
            } else {
                nodes.push(Node::of(entry, Some(ole.stream(entry))));
            }
            if let Some(parent) = nodes.get_mut(parent) {
                parent.children.push(node);
            }
        }
    }
    write(&nodes)
}

/// Where things come to lie.
struct Layout {
    shift: u16,
    table: usize,
    directory: usize,
    small_table: usize,
    small: usize,
}

impl Layout {
    /// The smallest sectors with which the header lists the whole table.
    fn of(nodes: &[Node]) -> Option<Self> {
        [9u16, 12, 16].into_iter().find_map(|shift| {
            let sector = 1usize << shift;
            let sizes = || {
                nodes
                    .iter()
                    .filter_map(|node| node.content.as_ref())
                    .map(Vec::len)
            };
            let big: usize = sizes()
                .filter(|&size| size as u64 >= SMALL)
                .map(|size| size.div_ceil(sector))
                .sum();
            let units: usize = sizes()
                .filter(|&size| (size as u64) < SMALL)
                .map(|size| size.div_ceil(SMALL_SECTOR))
                .sum();
            let directory = (nodes.len() * 128).div_ceil(sector);
            let small_table = (units * 4).div_ceil(sector);
            let small = (units * SMALL_SECTOR).div_ceil(sector);
            let rest = big + directory + small_table + small;
            let table = rest.div_ceil(sector / 4 - 1).max(1);
            (table <= LISTED).then_some(Self {
                shift,
                table,
                directory,
                small_table,
                small,
            })
        })
    }
}

/// Writes a compound file.
pub(super) fn write(nodes: &[Node]) -> Option<Vec<u8>> {
    let layout = Layout::of(nodes)?;
    let sector = 1usize << layout.shift;
    let mut chains = vec![TABLE; layout.table];
    let mut chain = |sectors: usize| -> u32 {
        let first = chains.len();
        chains.extend((1..sectors).map(|i| (first + i) as u32));
        if sectors == 0 {
            return END;
        }
        chains.push(END);
        first as u32
    };
    let directory = chain(layout.directory);
    let small_table = chain(layout.small_table);
    let small = chain(layout.small);
    let (mut small_content, mut small_chains) = (Vec::new(), Vec::new());
    let mut placed = Vec::with_capacity(nodes.len());
    for node in nodes {
        let content = node.content.as_deref().unwrap_or_default();
        placed.push(if content.is_empty() {
            END
        } else if content.len() as u64 >= SMALL {
            chain(content.len().div_ceil(sector))
        } else {
            let first = small_chains.len();
            small_content.extend_from_slice(content);
            small_content.resize(small_content.len().next_multiple_of(SMALL_SECTOR), 0);
            small_chains.extend((1..content.len().div_ceil(SMALL_SECTOR)).map(|i| (first + i) as u32));
            small_chains.push(END);
            first as u32
        });
    }
    chains.resize(layout.table * sector / 4, FREE);
    let mut file = header(&layout, directory, small_table);
    let mut put = |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        file.resize(file.len().next_multiple_of(sector), 0);
    };
    put(&bytes_of(&chains));
    put(&entries(nodes, &placed, small, small_content.len()));
    small_chains.resize(layout.small_table * sector / 4, FREE);
    put(&bytes_of(&small_chains));
    put(&small_content);
    for content in nodes.iter().filter_map(|node| node.content.as_ref()) {
        if content.len() as u64 >= SMALL {
            put(content);
        }
    }
    Some(file)
}

fn header(layout: &Layout, directory: u32, small_table: u32) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend([0; 16]);
    let version = if layout.shift == 9 { 3u16 } else { 4 };
    for word in [0x3e, version, 0xfffe, layout.shift, 6, 0, 0, 0] {
        file.extend(word.to_le_bytes());
    }
    let list_end = [END, 0];
    let words = [0, layout.table as u32, directory, 0, SMALL as u32, small_table];
    let small_sectors = layout.small_table as u32;
    for word in words.into_iter().chain([small_sectors]).chain(list_end) {
        file.extend(word.to_le_bytes());
    }
    let listed = (0..layout.table as u32).chain(std::iter::repeat(FREE));
    for word in listed.take(LISTED) {
        file.extend(word.to_le_bytes());
    }
    file.resize(1 << layout.shift, 0);
    file
}

fn entries(nodes: &[Node], placed: &[u32], small: u32, small_size: usize) -> Vec<u8> {
    // Siblings hang to the right of each other: nothing is searched in this tree.
    let mut right = vec![FREE; nodes.len()];
    for node in nodes {
        for pair in node.children.windows(2) {
            if let &[left, next] = pair
                && let Some(right) = right.get_mut(left)
            {
                *right = next as u32;
            }
        }
    }
    let mut bytes = Vec::with_capacity(nodes.len() * 128);
    for (i, node) in nodes.iter().enumerate() {
        let root = i == 0;
        let mut name: Vec<u16> = if root { "Root Entry" } else { &node.name }
            .encode_utf16()
            .take(31)
            .collect();
        let length = name.len() as u16 * 2 + 2;
        name.resize(32, 0);
        bytes.extend(name.into_iter().flat_map(u16::to_le_bytes));
        bytes.extend(length.to_le_bytes());
        let kind = match node.content {
            _ if root => 5,
            Some(_) => 2,
            None => 1,
        };
        bytes.extend([kind, 1]);
        let child = node.children.first().map_or(FREE, |&child| child as u32);
        for link in [FREE, right.get(i).copied().unwrap_or(FREE), child] {
            bytes.extend(link.to_le_bytes());
        }
        bytes.extend(node.class);
        bytes.extend([0; 20]);
        let (first, size) = match &node.content {
            _ if root => (small, small_size),
            Some(content) => (placed.get(i).copied().unwrap_or(END), content.len()),
            None => (0, 0),
        };
        bytes.extend(first.to_le_bytes());
        bytes.extend((size as u64).to_le_bytes());
    }
    bytes
}

fn bytes_of(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
