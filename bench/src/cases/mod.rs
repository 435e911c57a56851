//! The works that are measured.

mod counters;
mod floors;
mod ids;
mod mv_register;
mod or_set;
mod sketches;
mod text;

pub use text::heap;

use quipu_crdt::{Lattice, wire};

use crate::row::Row;

/// The tables in their order, each with its notes.
pub const GROUPS: [(&str, &str); 15] = [
    (counters::G_COUNTER, counters::NOTES),
    (counters::PN_COUNTER, counters::NOTES_PN),
    (or_set::OR_SET, or_set::NOTES),
    (mv_register::MV_REGISTER, mv_register::NOTES),
    (sketches::HYPER_LOG_LOG, sketches::NOTES),
    (text::LOCAL, text::NOTES_LOCAL),
    (text::REMOTE, text::NOTES_REMOTE),
    (text::WIRE, text::NOTES_WIRE),
    (text::HISTORY, text::NOTES_HISTORY),
    (text::SAVE, text::NOTES_SAVE),
    (text::LOAD, text::NOTES_SAVE),
    (text::FULL, text::NOTES_FULL),
    (text::COMPACT, text::NOTES_COMPACT),
    (text::HEAP_LIVE, text::NOTES_HEAP),
    (text::HEAP_PEAK, text::NOTES_HEAP),
];

/// All rows, in the order of measuring.
pub fn all() -> Result<Vec<Row>, String> {
    let mut rows = counters::rows();
    rows.extend(or_set::rows());
    rows.extend(mv_register::rows());
    rows.extend(sketches::rows());
    rows.extend(text::rows());
    Ok(rows)
}

/// Our state as it goes on the wire: two or three bytes that say what it is, then postcard.
fn encode_ours<T: Lattice + wire::Encoded>(state: &T) -> Vec<u8> {
    wire::encode(state)
}

/// A peer's state in postcard, the most compact of the binary formats that all the libraries' serde support can write.
fn encode(state: &impl serde::Serialize) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(state).map_err(|error| format!("cannot encode: {error}"))
}
