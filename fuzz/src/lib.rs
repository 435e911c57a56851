//! What fuzzing checks. The decoders and their checks are those of the test that replays the corpus.

#[path = "../../crates/quipu-crdt/tests/decoders/check.rs"]
mod check;

pub use check::{Encoding, check};
