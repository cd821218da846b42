//! Spreadsheets: xlsx, xlsm, xlsb, xls and ods, cell by cell and everything that is written beside the cells.
//!
//! Most registers of persons in an office are spreadsheets. Libraries for them build dense tables that a small file
//! can make ask for all memory, drop number formats and what no cell shows, and give a workbook up at its first
//! contradiction; so all are read here by streaming readers of our own.

mod beside;
mod biff;
mod book;
mod brt;
mod cells;
mod formula;
mod number;
mod ods;
mod rows;
mod strings;
#[cfg(test)]
pub(in crate::extract) mod testing;
mod used;
mod xls;
mod xlsb;
mod xlsx;

pub(crate) use biff::drawings;
pub(crate) use ods::Ods;
pub(crate) use xls::{XLS_STREAMS, is_biff, read_biff, read_xls};
pub(crate) use xlsb::Xlsb;
pub(crate) use xlsx::Xlsx;
