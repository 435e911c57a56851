//! What a story is better told without: messages between nodes that tell nobody anything.

use std::collections::{BTreeMap, BTreeSet};

use quipu_harness::runner::Run;
use quipu_sim::{Endpoint, TraceEvent, TraceKind};

/// Takes out of a run's trace the messages between nodes that were sent before the first request; with `repeats`, also those
/// that say what the same node had told the same one last, and which had arrived. Returns how many messages that were.
pub(super) fn trim(run: &mut Run, repeats: bool) -> usize {
    let first = run.history.first().map_or(run.began, |operation| operation.invoked);
    let mut out: BTreeSet<u64> = BTreeSet::new();
    let mut told: BTreeMap<(Endpoint, Endpoint), String> = BTreeMap::new();
    for event in run.trace.iter().filter(|event| is_between_nodes(event)) {
        let way = (event.from, event.to);
        match event.kind {
            TraceKind::Sent => {
                let again = repeats && told.get(&way) == Some(&event.label);
                if event.at < first || again {
                    out.insert(event.id);
                }
            }
            TraceKind::Received => {
                told.insert(way, event.label.clone());
            }
            // Whoever was down may have forgotten.
            TraceKind::Crashed => told.clear(),
            _ => {}
        }
    }
    run.trace.retain(|event| !(is_between_nodes(event) && out.contains(&event.id)));
    out.len()
}

/// True of messages from node to node, and of what happens to a node itself.
fn is_between_nodes(event: &TraceEvent) -> bool {
    matches!((event.from, event.to), (Endpoint::Node(_), Endpoint::Node(_)))
}
