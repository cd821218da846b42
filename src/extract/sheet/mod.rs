//! Spreadsheets: xlsx, xlsm, xlsb, xls and ods, cell by cell and everything that is written beside the cells.
//!
//! Most registers of persons in an office are spreadsheets. calamine reads the cells of xlsx as a stream; the dense
//! tables it builds of xls and ods can be made to ask for all memory, and it does not see all cells of xlsb, so
//! these have readers of their own here.

mod beside;
mod biff;
mod book;
mod brt;
mod number;
mod ods;
mod rows;
#[cfg(test)]
pub(in crate::extract) mod testing;
mod xls;
mod xlsb;
mod xlsx;

pub(crate) use ods::Ods;
pub(crate) use xls::{XLS_STREAMS, is_biff, read_biff, read_xls};
pub(crate) use xlsb::Xlsb;
pub(crate) use xlsx::Xlsx;

/// Does what a library may panic at; `None` where it does. What the work borrowed is not used any more then.
fn fenced<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .ok()
        .flatten()
}
