//! `maelstrom-counter`: the answer to the g-counter challenge as a program that Maelstrom can run.

use std::process::ExitCode;

use quipu::{CounterFlags, main_with};

fn main() -> ExitCode {
    main_with(CounterFlags::serve)
}
