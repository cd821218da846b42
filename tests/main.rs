//! The one integration binary.

mod cases;
mod docs;
mod rules;
