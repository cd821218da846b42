//! The one integration binary.

mod architecture;
mod cases;
mod cli;
mod coverage;
mod determinism;
mod harness;
mod hostile;
mod leak;
mod readonly;
mod rules;
mod schema;
