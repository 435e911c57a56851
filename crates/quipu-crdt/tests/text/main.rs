//! Replicated text: laws, comparison with the plain implementation, recorded sessions, traps.

mod executions;
mod recorded;
mod traces;
mod wire;
