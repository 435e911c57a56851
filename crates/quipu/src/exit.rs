//! Exit codes, the same as Maelstrom's: 0 valid, 1 invalid, 2 unknown, 254 usage, 255 crash.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

/// Why a command ends without a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command cannot be carried out as it was given: 254, with one line that says why.
    Usage(String),
    /// Something broke on the way: 255.
    Crash(String),
}

impl Exit {
    /// A usage error with its one line.
    pub fn usage(problem: impl Display) -> Self {
        Self::Usage(problem.to_string())
    }

    /// A crash with its one line.
    pub fn crash(problem: impl Display) -> Self {
        Self::Crash(problem.to_string())
    }
}

/// Parses the command line, runs the command, and turns whatever happens into an honest exit code.
#[expect(clippy::print_stderr, reason = "the one line for people about what went wrong")]
pub fn main_with<P: Parser>(run: fn(P) -> Result<ExitCode, Exit>) -> ExitCode {
    let parsed = match P::try_parse() {
        Ok(parsed) => parsed,
        Err(error) => return parse_failure(&error),
    };
    // A panic is a bug of ours; its own message has been printed by then.
    match catch_unwind(AssertUnwindSafe(|| run(parsed))) {
        Ok(Ok(code)) => code,
        Ok(Err(Exit::Usage(problem))) => {
            eprintln!("error: {problem}");
            ExitCode::from(254)
        }
        Ok(Err(Exit::Crash(problem))) => {
            eprintln!("error: {problem}");
            ExitCode::from(255)
        }
        Err(_) => ExitCode::from(255),
    }
}

/// Help and version are no errors; everything else that does not parse is wrong usage.
fn parse_failure(error: &clap::Error) -> ExitCode {
    // If even printing fails there is nobody left to tell.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(254),
    }
}
