//! Workloads, histories, checkers and reports; drives nodes in the simulator or as child processes.

pub mod page;
