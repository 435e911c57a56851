//! The suite of `quipu-engines` on Debian's engines, started and ended here: all of them, or those named.
//!
//! `cargo run --package quipu-engines --all-features --example conformance -- redis etcd`

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::process::ExitCode;
use std::time::Instant;

use quipu_engines::conformance::{Case, InProcess, try_case};
use quipu_engines::launch::{LaunchError, Launched, ensure_installed};
use quipu_engines::{EngineKind, block_on};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let named: Result<Vec<EngineKind>, _> = words.iter().map(|word| word.parse()).collect();
    let kinds = match named {
        Ok(kinds) if kinds.is_empty() => EngineKind::REAL.to_vec(),
        Ok(kinds) => kinds,
        Err(error) => {
            println!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match check(&kinds) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many cases did not hold.
fn check(kinds: &[EngineKind]) -> Result<u32, LaunchError> {
    ensure_installed(kinds, &mut |line| println!("{line}"))?;
    let (mut passed, mut failed) = (0, 0);
    for kind in kinds {
        let begin = now();
        let launched = Launched::start(*kind, true)?;
        let subject = run(InProcess::new(launched))??;
        println!("{kind}: answers after {:.1} s", begin.elapsed().as_secs_f64());
        for case in Case::ALL {
            let begin = now();
            let outcome = run(try_case(&subject, case, "conformance"))?;
            let seconds = begin.elapsed().as_secs_f64();
            match outcome {
                Ok(()) => passed += 1,
                Err(_) => failed += 1,
            }
            let says = outcome.err().map_or_else(|| "ok".to_owned(), |breach| format!("FAILED: {breach}"));
            println!("{kind}: {} ... {says} ({seconds:.1} s)", case.name());
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed)
}

fn run<F: Future>(future: F) -> Result<F::Output, LaunchError> {
    block_on(future).map_err(|error| LaunchError::System("the runtime".to_owned(), error))
}

#[expect(clippy::disallowed_methods, reason = "a program in real time")]
fn now() -> Instant {
    Instant::now()
}
