//! The one integration binary.

mod cases;
mod clean;
mod docs;
mod noise;
mod rules;
mod share;
