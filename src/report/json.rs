//! The inventory as JSON: everything but the documents is small and written at once; the documents, however many, are
//! written one a line as they come from the shelves.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::inventory::{
    Inventory, PolicyInfo, Run, SCHEMA_ID, Seal, Settings, Shelf, Sum, Tool, Unbalanced, merge_shelves,
};
use crate::model::Evidence;
use crate::rules::{Policy, Title};

/// Puts together all of an inventory but its documents; fails when the coverage does not add up.
pub fn assemble(
    sum: &mut Sum,
    seal: Seal<'_>,
    rules_digest: &str,
    settings: Settings,
    run: Run,
) -> Result<Inventory, Unbalanced> {
    let policy = seal.policy;
    let several = run.roots.len() > 1;
    Ok(Inventory {
        schema: SCHEMA_ID.to_owned(),
        tool: tool(),
        rules_digest: rules_digest.to_owned(),
        policy: policy_info(policy),
        settings,
        run,
        coverage: sum.coverage()?,
        persons: sum.persons(),
        kinds: sum.kind_counts(policy),
        categories: sum.category_counts(seal),
        not_in_policy: sum.not_in_policy(seal),
        suppressed: sum.suppressed(seal.allow),
        folders: sum.folder_counts(policy, several),
        unread_folders: sum.unread_folders(),
        evidence_texts: evidence_texts(),
        documents: Vec::new(),
    })
}

/// What every witness means, by its identifier.
fn evidence_texts() -> BTreeMap<String, Title> {
    let text = |evidence: &Evidence| Title {
        sv: evidence.swedish().to_owned(),
        en: evidence.english().to_owned(),
    };
    Evidence::ALL
        .iter()
        .map(|evidence| (evidence.id().to_owned(), text(evidence)))
        .collect()
}

/// This program.
pub fn tool() -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn policy_info(policy: &Policy) -> PolicyInfo {
    PolicyInfo {
        id: policy.id.clone(),
        name: policy.name.clone(),
        version: policy.version.clone(),
        controller: policy.controller.clone(),
        recipients: policy.recipient.clone(),
    }
}

/// Writes an inventory whose documents lie on shelves. `each` sees every document's JSON as it passes.
pub fn write_inventory(
    out: &mut dyn Write,
    inventory: &Inventory,
    shelves: Vec<Shelf>,
    each: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let head = serde_json::to_vec_pretty(inventory)?;
    // `documents` is the last field and empty: its brackets are opened again.
    let tail: &[u8] = b"\"documents\": []\n}";
    let body = head.strip_suffix(tail).ok_or(io::ErrorKind::InvalidData)?;
    out.write_all(body)?;
    out.write_all(b"\"documents\": [")?;
    let mut first = true;
    merge_shelves(shelves, &mut |line| {
        each(line);
        out.write_all(if first { b"\n    " } else { b",\n    " })?;
        first = false;
        out.write_all(line)
    })?;
    out.write_all(if first { b"]\n}\n" } else { b"\n  ]\n}\n" })
}
