//! datakarta finds personal data where it lies, says how sure it is and why, and maps it onto the data
//! categories of the organisation's own privacy policy.

pub mod checks;
pub mod classify;
pub mod cli;
pub mod detect;
pub mod extract;
pub mod inventory;
pub mod model;
pub mod report;
pub mod rules;
pub mod scan;
pub mod text;
pub mod walk;
