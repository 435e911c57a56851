//! Every type of this crate beside its executable specification in Coq: see `proofs/Twin*.v`.
//!
//! The specification is run by the interpreter `quipu-oracle`, from `proofs/specification.json`, which Coq has written.
//! Random executions change, join, send, encode, decode, lose and restore the two states side by side, and after every step
//! they must be equal **in full**: contexts and live dots, slots, registers, and what a client sees. So must each delta by
//! itself, and deltas that were joined on the way.
//!
//! A failure prints a short story, and the command that runs it again. `QUIPU_LAWS_SEED=<number>` and
//! `QUIPU_LAWS_EXECUTIONS=<number>` choose others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounded_counter;
mod counters;
mod flags;
mod maps;
mod maxima;
mod registers;
mod sets;
mod text;
mod twin;
