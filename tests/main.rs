//! The one integration binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod architecture;
mod cases;
mod clean;
mod cli;
mod coverage;
mod determinism;
mod docs;
mod harness;
mod hostile;
mod leak;
mod noise;
mod readonly;
mod rules;
mod schema;
mod share;
