//! The one integration binary.
// A test that cannot go on fails, and it slices and prints nothing but what it made itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    missing_docs
)]

mod architecture;
mod bombs;
mod cases;
mod clean;
mod cli;
mod coverage;
mod determinism;
mod docs;
mod elements;
mod formats;
mod harness;
mod hostile;
mod isolate;
mod leak;
mod memory;
mod mutation;
mod noise;
mod ocr;
mod readonly;
mod rules;
mod schema;
mod series;
mod share;
