//! Text: decoding, folding of dashes and spaces.
pub mod fold;
