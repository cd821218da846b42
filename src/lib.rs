//! datakarta finds personal data where it lies, says how sure it is and why, and maps it onto the data
//! categories of the organisation's own privacy policy.

pub mod extract;
pub mod model;
pub mod walk;
