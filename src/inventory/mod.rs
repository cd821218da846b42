//! The sum of a scan: counts, distinct values, documents; and its sealing into the inventory.
//!
//! Merging is associative and commutative, so that any number of threads gives the same result; sealing checks
//! that nothing is missing and puts everything in order.

mod distinct;
mod document;
mod event;
mod persons;
mod schema;
mod shelf;
mod sum;

pub use distinct::Distinct;
pub use document::DocumentSum;
pub use event::{At, Event};
pub use schema::{
    Bands, Category, Count, Coverage, CoverageCounts, Document, Element, Finding, Folder, FolderCounts,
    Inventory, KindCount, Limits, NotInPolicy, Persons, PolicyInfo, ReasonCount, Retention, Run, SCHEMA_ID,
    Settings, Source, Suppressed, Tool, UnreadFolder, event_schema, json_schema,
};
pub use shelf::{Shelf, ShelfReader, merge as merge_shelves};
pub use sum::{Seal, Sum, Unbalanced};

/// Seconds since 1970 as RFC 3339 in UTC, `2024-02-29T13:59:00Z`.
pub fn timestamp(seconds: i64) -> String {
    let date = crate::checks::date::Date::from_unix(seconds);
    let of_day = seconds.rem_euclid(86_400);
    format!(
        "{}T{:02}:{:02}:{:02}Z",
        date.iso(),
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}
