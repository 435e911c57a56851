//! `seq-kv` as Maelstrom has it: the last 32 states, and for each caller the newest one it has touched.
//!
//! A request is tried on a random state between the caller's and the newest. If it leaves that state unchanged, its
//! answer stands and the caller's mark moves there. Otherwise it is done again on the newest state, which gets a
//! successor (even if it then changes nothing: a duplicate state), and the caller's mark moves to that.
//!
//! The quirk: the original keeps its states in a ring and takes the picked number modulo the ring's size, but remembers
//! it as it was. So a caller 32 or more states behind may see an old state and, later, an older one.
//!
//! States are not kept as maps: each key has a list of its versions with the states that made them, pruned to what the
//! last 32 states need. A request costs a logarithm of the number of keys and at most 32 steps back.

use std::collections::{BTreeMap, VecDeque};

use quipu_node::{KvRequest, Rng, Value};

use super::judge::{judge, key_of};
use super::{Change, MISSED_TOLD, Observation, Served};
use crate::endpoint::Endpoint;

/// How many states are kept.
const STATES: u64 = 32;

/// What happens when a caller is more than [`STATES`] behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookback {
    /// The picked number wraps around: Maelstrom's behaviour, not sequentially consistent.
    Wraps,
    /// Nothing older than the oldest state kept is picked: sequentially consistent.
    Clamped,
}

/// The store.
#[derive(Debug)]
pub(super) struct Versions {
    lookback: Lookback,
    newest: u64,
    keys: BTreeMap<Value, VecDeque<(u64, Value)>>,
    callers: BTreeMap<Endpoint, u64>,
    recent: VecDeque<Change>,
}

impl Versions {
    pub(super) const fn new(lookback: Lookback) -> Self {
        Self { lookback, newest: 0, keys: BTreeMap::new(), callers: BTreeMap::new(), recent: VecDeque::new() }
    }

    /// Carries out one request; no answer if the store does not know such a request.
    pub(super) fn handle(
        &mut self,
        caller: Endpoint,
        request: &KvRequest,
        rng: &mut Rng,
        observing: bool,
    ) -> Served {
        let Some(key) = key_of(request) else {
            return Served { answer: None, observation: None };
        };
        let picked = self.pick(caller, rng);
        let state = self.newest - (self.newest - picked) % STATES;
        let held = self.held(key, state);
        let verdict = judge(held, request);
        if verdict.change(held).is_none() {
            self.callers.insert(caller, picked);
            let observation = observing.then(|| Box::new(self.observe(state)));
            return Served { answer: Some(verdict.answer), observation };
        }
        let held = self.held(key, self.newest).cloned();
        let verdict = judge(held.as_ref(), request);
        let change = verdict.change(held.as_ref()).cloned();
        self.newest += 1;
        self.callers.insert(caller, self.newest);
        let changed = change.is_some();
        if let Some(to) = change {
            if observing {
                self.remember(caller, key, held, &to);
            }
            self.put(key, to);
        }
        let observation = observing.then(|| {
            Box::new(Observation { picked: self.newest, newest: self.newest, missed: Vec::new(), changed })
        });
        Served { answer: Some(verdict.answer), observation }
    }

    fn pick(&self, caller: Endpoint, rng: &mut Rng) -> u64 {
        let seen = self.callers.get(&caller).copied().unwrap_or(0);
        let oldest = match self.lookback {
            Lookback::Wraps => seen,
            Lookback::Clamped => seen.max(self.oldest_kept()),
        };
        oldest + rng.below(self.newest - oldest + 1)
    }

    const fn oldest_kept(&self) -> u64 {
        (self.newest + 1).saturating_sub(STATES)
    }

    fn held(&self, key: &Value, state: u64) -> Option<&Value> {
        let versions = self.keys.get(key)?;
        versions.iter().rev().find(|(since, _)| *since <= state).map(|(_, value)| value)
    }

    fn put(&mut self, key: &Value, value: Value) {
        let oldest = self.oldest_kept();
        let newest = self.newest;
        match self.keys.get_mut(key) {
            Some(versions) => {
                versions.push_back((newest, value));
                // A version is needed while no later one is old enough for every state kept.
                while versions.get(1).is_some_and(|(since, _)| *since <= oldest) {
                    versions.pop_front();
                }
            }
            None => {
                self.keys.insert(key.clone(), VecDeque::from([(newest, value)]));
            }
        }
    }

    fn remember(&mut self, by: Endpoint, key: &Value, from: Option<Value>, to: &Value) {
        if self.recent.len() == MISSED_TOLD {
            self.recent.pop_front();
        }
        self.recent.push_back(Change { state: self.newest, by, key: key.clone(), from, to: to.clone() });
    }

    fn observe(&self, state: u64) -> Observation {
        let missed = self.recent.iter().filter(|change| change.state > state).cloned().collect();
        Observation { picked: state, newest: self.newest, missed, changed: false }
    }
}
