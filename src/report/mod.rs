//! How an inventory is shown: as JSON for machines, as a summary for people.

mod json;
mod summary;

pub use json::{assemble, tool, write_inventory};
pub use summary::{Summary, bytes, escape, number, summary};
