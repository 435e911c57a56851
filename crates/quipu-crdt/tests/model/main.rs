//! The causal core against the simplest representation there is: a set of dots seen and a map of dots alive.
//!
//! Random executions, with many replicas and with few, with elements that are added again and ones that are not, with
//! deltas late, twice, out of order and grouped, in sizes for which the stores are lists and for which they are pages.

mod comparisons;
mod contexts;
mod executions;
mod reference;
mod register;
mod writers;
