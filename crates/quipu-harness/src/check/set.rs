//! Jepsen's full-set check, as Maelstrom uses it for g-set and broadcast.

use std::collections::BTreeMap;

use quipu_node::Time;
use serde_json::json;

use super::{Finding, Validity};
use crate::operation::{Action, Operation};
use crate::workload::Workload;

/// What is known of one element.
#[derive(Clone, Copy, Debug, Default)]
struct Element {
    /// When it was first known to be added: acknowledged, or shown by a read.
    known: Option<Time>,
    /// When the read invoked last among those that show it was invoked.
    last_present: Option<Time>,
    /// When the read invoked last among those that do not show it was invoked.
    last_absent: Option<Time>,
}

/// The last word on one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Lost,
    NeverRead,
    Stable { latency_ms: u64 },
}

pub(super) fn finding(history: &[Operation]) -> Finding {
    let fates: Vec<_> = elements(history).into_iter().map(|(id, element)| (id, element.fate())).collect();
    let lost: Vec<_> = fates.iter().filter(|(_, fate)| *fate == Fate::Lost).map(|(id, _)| *id).collect();
    let never_read = fates.iter().filter(|(_, fate)| *fate == Fate::NeverRead).count();
    let mut latencies: Vec<_> = fates
        .iter()
        .filter_map(|(_, fate)| if let Fate::Stable { latency_ms } = fate { Some(*latency_ms) } else { None })
        .collect();
    latencies.sort_unstable();
    let validity = match (lost.is_empty(), latencies.is_empty()) {
        (false, _) => Validity::Invalid,
        (true, true) => Validity::Unknown,
        (true, false) => Validity::Valid,
    };
    let sentence = match validity {
        Validity::Valid => None,
        Validity::Unknown => Some("no element was seen in the reads that matter".into()),
        Validity::Invalid => {
            Some(format!("{} elements were lost, e.g. {:?}", lost.len(), &lost[..lost.len().min(5)]))
        }
    };
    let details = json!({
        "attempt-count": fates.len(),
        "stable-count": latencies.len(),
        "stale-count": latencies.iter().filter(|latency| **latency > 0).count(),
        "never-read-count": never_read,
        "lost-count": lost.len(),
        "lost": lost,
        "stable-latencies": quantiles(&latencies),
    });
    Finding::new("workload", validity, details, sentence)
}

fn elements(history: &[Operation]) -> BTreeMap<u64, Element> {
    let mut elements: BTreeMap<u64, Element> = BTreeMap::new();
    for op in history {
        if let Action::AddElement(id) | Action::Broadcast(id) = op.action {
            let element = elements.entry(id).or_default();
            if op.is_ok() {
                element.learn(op.completed);
            }
        }
    }
    // Reads in order of invocation, so that the last word is the last one written down.
    let mut reads: Vec<_> =
        history.iter().filter_map(|op| op.elements().map(|values| (op, values))).collect();
    reads.sort_by_key(|(op, _)| op.invoked);
    let invocations: BTreeMap<u64, Time> = history
        .iter()
        .filter_map(|op| match op.action {
            Action::AddElement(id) | Action::Broadcast(id) => Some((id, op.invoked)),
            _ => None,
        })
        .collect();
    for (read, values) in reads {
        let mut shown: Vec<_> = values.iter().filter_map(Workload::element).collect();
        shown.sort_unstable();
        for (id, element) in &mut elements {
            // A read that ended before the add began says nothing about the element.
            if invocations.get(id).is_some_and(|invoked| *invoked > read.completed) {
                continue;
            }
            if shown.binary_search(id).is_ok() {
                element.learn(read.completed);
                element.last_present = Some(read.invoked);
            } else {
                element.last_absent = Some(read.invoked);
            }
        }
    }
    elements
}

impl Element {
    /// Known from `at` on, if not earlier.
    fn learn(&mut self, at: Time) {
        self.known = Some(self.known.map_or(at, |known| known.min(at)));
    }

    fn fate(self) -> Fate {
        match (self.last_present, self.last_absent) {
            (Some(present), absent) if absent.is_none_or(|absent| absent < present) => {
                let settled = absent.unwrap_or(Time::ZERO);
                let latency = self.known.map_or(0, |known| settled.since(known).as_millis());
                Fate::Stable { latency_ms: u64::try_from(latency).unwrap_or(u64::MAX) }
            }
            (_, Some(absent)) if self.known.is_some_and(|known| known < absent) => Fate::Lost,
            _ => Fate::NeverRead,
        }
    }
}

/// The values at 0, 0.5, 0.95, 0.99 and 1 of a sorted list.
fn quantiles(sorted: &[u64]) -> serde_json::Value {
    let at = |quantile: f64| crate::statistics::quantile(sorted, quantile);
    json!({ "0": at(0.0), "0.5": at(0.5), "0.95": at(0.95), "0.99": at(0.99), "1": at(1.0) })
}
