//! Replicated text: laws, comparison with the plain implementation, recorded sessions, traps.

mod executions;
mod order;
mod recorded;
mod traces;
mod wire;
