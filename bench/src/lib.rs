//! Speed and size of quipu-crdt beside its peers, in one run.
//!
//! ```sh
//! cargo xtask bench crdt --quick      # a first look
//! cargo xtask bench crdt or-set       # only these rows
//! ```
//!
//! The one idea: a **row** is one work done by several libraries. Its samples are taken round by round, library by library,
//! in processor time, and each library's result is checked. A row knows what ours must reach, so the table says where it
//! does not.
//!
//! Invariants: peers run as their documentation tells, each in its best mode for the work, with the smallest ids that they take.
//! What favours one side is said under the table.
//!
//! Left out: wall time, threads, disk. And `dson` (each put costs a walk over all keys: building 10,000 takes seconds), and
//! libraries that are on no package registry.

pub mod cases;
pub mod json;
pub mod measure;
pub mod row;
pub mod run;
pub mod table;

pub use cases::heap;
