//! Faults as spans of time: what was on when, for people and pictures.

use quipu_node::Time;
use quipu_sim::Fault;
use serde::Serialize;

/// A fault from its start to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultWindow {
    /// partition, kill, pause or slow.
    pub kind: &'static str,
    /// What it did, in words.
    pub text: String,
    /// When it began, in nanoseconds.
    pub from: u64,
    /// When it ended, in nanoseconds.
    pub to: u64,
}

/// The windows of a run's faults; what is never ended ends with the run.
pub fn windows(faults: &[(Time, Fault)], ended: Time) -> Vec<FaultWindow> {
    let mut windows: Vec<FaultWindow> = Vec::new();
    for (at, fault) in faults {
        let (kind, starts) = kind_of(fault);
        for open in windows.iter_mut().filter(|window| window.kind == kind && window.to == u64::MAX) {
            open.to = at.as_nanos();
        }
        if starts {
            windows.push(FaultWindow { kind, text: fault.to_string(), from: at.as_nanos(), to: u64::MAX });
        }
    }
    for open in windows.iter_mut().filter(|window| window.to == u64::MAX) {
        open.to = ended.as_nanos();
    }
    windows
}

/// Keeps the list of faults that are on, in words.
pub(crate) fn update_active(active: &mut Vec<String>, fault: &Fault) {
    let (kind, starts) = kind_of(fault);
    active.retain(|text| !text.starts_with(kind));
    if starts {
        active.push(format!("{kind}: {fault}"));
    }
}

/// The kind of a fault, and whether it begins one.
const fn kind_of(fault: &Fault) -> (&'static str, bool) {
    match fault {
        Fault::Partition(_) => ("partition", true),
        Fault::Heal => ("partition", false),
        Fault::Kill(_) => ("kill", true),
        Fault::Restart(_) => ("kill", false),
        Fault::Pause(_) => ("pause", true),
        Fault::Resume(_) => ("pause", false),
        Fault::Slow => ("slow", true),
        Fault::Fast => ("slow", false),
    }
}
