//! The counters over a store, each in a small world of its own over many seeds.
//!
//! `QUIPU_SEED=7 cargo test -p quipu-node --test kv NAME` runs one seed alone.

mod check;
mod probe;
mod probe2;
mod store;
mod world;
