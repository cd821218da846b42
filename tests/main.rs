//! The one integration binary.

mod cases;
mod clean;
mod noise;
mod rules;
mod share;
