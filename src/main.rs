//! The datakarta program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    datakarta::cli::run(std::env::args_os())
}
