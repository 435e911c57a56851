//! Conflict-free replicated data types: counters with delta-state, version vectors, dots.
