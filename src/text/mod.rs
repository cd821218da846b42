//! Text as it lies in files: which encoding it is in, stretches of it in bounded memory, and keys to compare by.
//!
//! Floor 1. Swedish data comes in half a dozen encodings and in files of any size; everything above this room
//! sees valid UTF-8 in pieces of a quarter of a megabyte, each with its line and column.

pub mod fold;

pub use fold::{dash_at, dash_before, fold_key, fold_key_into, space_at, space_before};
