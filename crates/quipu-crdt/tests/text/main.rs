//! Replicated text: laws, comparison with the plain implementation, recorded sessions, traps.

mod executions;
mod knowledge;
mod order;
mod recorded;
mod traces;
mod wire;
