//! Text as it lies in files: which encoding it is in, stretches of it in bounded memory, and keys to compare by.
//!
//! Floor 1. Swedish data comes in half a dozen encodings and in files of any size; everything above this room
//! sees valid UTF-8 in pieces of a quarter of a megabyte, each with its line and column.

mod codepage;
mod decode;
mod detect;
mod encoding;
pub mod fold;
mod stretch;
mod vote;

pub use detect::detect;
pub use encoding::Encoding;
pub use fold::{dash_at, dash_before, fold_key, fold_key_into, space_at, space_before};
pub use stretch::{Stretch, decode_head, stretches};
