//! The `quipu` command.

use std::process::ExitCode;

use quipu::{Cli, main_with};

fn main() -> ExitCode {
    main_with(Cli::run)
}
