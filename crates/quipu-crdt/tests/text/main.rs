//! Replicated text: laws, comparison with the plain implementation, recorded sessions, traps.

mod recorded;
mod traces;
