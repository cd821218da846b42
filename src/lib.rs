//! datakarta finds personal data where it lies, says how sure it is and why, and maps it onto the data
//! categories of the organisation's own privacy policy.
//!
//! The road: walk → identify → extract → detect → classify → inventory → report. [`scan`](scan::scan) goes all of it:
//!
//! ```
//! use std::sync::{Arc, atomic::AtomicUsize};
//!
//! use datakarta::scan::{Limits, Options, Parsers, Silent, scan};
//! use datakarta::{AllowList, Confidence, Date, Key, Policy, load_builtin, walk};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let share = tempfile::tempdir()?;
//! std::fs::write(share.path().join("kund.txt"), "Personnummer: 811228-9874, mobil 070-174 06 05")?;
//!
//! let options = Options {
//!     walk: walk::Options { roots: vec![share.path().to_owned()], ..walk::Options::default() },
//!     rules: Arc::new(load_builtin()?),
//!     policy: Policy::load("infrasec")?,
//!     key: Key::random().ok_or("no randomness")?,
//!     today: Date { year: 2026, month: 11, day: 23 },
//!     least: Confidence::Medium,
//!     allow: AllowList::default(),
//!     lasting_key: false,
//!     reveal: false,
//!     threads: 2,
//!     max_file_size: None,
//!     limits: Limits::default(),
//!     parsers: Parsers::here(),
//! };
//! let mut outcome = scan(options, &Arc::new(AtomicUsize::new(0)), Arc::new(Silent), None)?;
//! assert_eq!(outcome.sum.persons().distinct, 1);
//! assert_eq!(outcome.sum.coverage()?.files.read, 1);
//! # Ok(())
//! # }
//! ```

pub mod checks;
pub mod classify;
pub mod cli;
pub mod detect;
pub mod extract;
pub mod inventory;
pub mod model;
pub mod report;
pub mod rules;
pub mod scan;
pub mod text;
pub mod walk;

pub use checks::date::Date;
pub use classify::Key;
pub use detect::Engine;
pub use inventory::Inventory;
pub use model::{Confidence, Evidence, Kind, Location, Reason, Status};
pub use rules::{AllowList, Policy, RuleSet, load_builtin, load_dir};
