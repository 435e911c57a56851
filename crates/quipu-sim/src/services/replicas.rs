//! `lww-kv`: two replicas, last writer wins.
//!
//! Every request first merges one random replica into a random one, possibly itself, then runs on a random one.
//! Without requests nothing is exchanged. A caller reads its own last write about every second time.

use std::collections::BTreeMap;

use quipu_node::{Answer, KvError, KvRequest, Rng, Value};

use super::judge::{judge, key_of};

/// The replicas; Maelstrom has two, whatever its documentation says.
#[derive(Debug)]
pub(super) struct Replicas([Replica; 2]);

/// One copy of the store, with its Lamport clock.
#[derive(Clone, Debug, Default)]
struct Replica {
    clock: u64,
    entries: BTreeMap<Value, (u64, Value)>,
}

impl Replicas {
    pub(super) fn new() -> Self {
        Self([Replica::default(), Replica::default()])
    }

    /// Carries out one request; no answer if the store does not know such a request.
    pub(super) fn handle(&mut self, request: &KvRequest, rng: &mut Rng) -> Option<Result<Answer, KvError>> {
        let key = key_of(request)?;
        let source = rng.index(self.0.len());
        let target = rng.index(self.0.len());
        if source != target {
            self.merge(source, target);
        }
        let replica = &mut self.0[rng.index(2)];
        let held = replica.entries.get(key).map(|(_, value)| value);
        let verdict = judge(held, &without_creation(request));
        if let Some(value) = verdict.put {
            replica.entries.insert(key.clone(), (replica.clock, value));
            replica.clock += 1;
        }
        Some(verdict.answer)
    }

    fn merge(&mut self, source: usize, target: usize) {
        let from = self.0[source].clone();
        let into = &mut self.0[target];
        into.clock = into.clock.max(from.clock);
        for (key, entry) in from.entries {
            // At equal timestamps the source wins.
            let newer_here = into.entries.get(&key).is_some_and(|(timestamp, _)| *timestamp > entry.0);
            if !newer_here {
                into.entries.insert(key, entry);
            }
        }
    }
}

/// This store ignores `create_if_not_exists`.
fn without_creation(request: &KvRequest) -> KvRequest {
    let mut request = request.clone();
    if let KvRequest::CompareAndSwap { create_if_not_exists, .. } = &mut request {
        *create_if_not_exists = false;
    }
    request
}
