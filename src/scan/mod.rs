//! The scan itself.

pub mod prove;
mod rows;
