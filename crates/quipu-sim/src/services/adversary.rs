//! `seq-kv` as unhelpful as sequential consistency allows.
//!
//! The store keeps the total order of all operations and inserts each new one as early as it lawfully can: after the
//! caller's own last operation, and where it makes no answer already given untrue. So
//!
//! - what changes nothing (a read, a write of what is there, a refused or identical swap) is judged directly after the
//!   caller's last operation: the oldest state it may still see;
//! - a change goes there too if no operation on its key stands behind, or if the next one is a plain write, so that
//!   nobody sees the change: it does not bring the caller one state further, however fresh its value. Otherwise it goes
//!   directly after the last operation, by anyone, on its key;
//! - **liveness:** a swap that would succeed in the past but is refused now is refused by the newest state, and
//!   the caller stands there afterwards; likewise when a swap's key does not exist yet in the past, and when an old state
//!   refuses a swap twice in a row. So a loop of refusal, read and swap makes progress.
//!
//! **Locks.** A swap that takes a lock is placed in the past too, into the first gap where the lock was free, if the
//! caller is known to give it back ([`Intent::ReadsOnly`]): the giving back is put into the order at once, as a *debt*,
//! and whatever the caller does meanwhile is placed in between. If it does something there that cannot be placed, the
//! store does not answer and does nothing, which is lawful. A debt never paid (the caller crashed) leaves the
//! order without an explanation; who vouches for a caller answers for that.
//!
//! Nothing is forgotten: memory grows with the number of operations.

use std::collections::BTreeMap;

use quipu_node::{Answer, KvError, KvRequest, Value};

use super::judge::{Verdict, judge, key_of};
use super::order::{Order, Place};
use super::{Change, Intent, MISSED_TOLD, Observation, Served};
use crate::endpoint::Endpoint;

/// The store.
#[derive(Debug)]
pub(super) struct Adversary {
    order: Order,
    keys: BTreeMap<Value, History>,
    callers: BTreeMap<Endpoint, Caller>,
}

/// What happened to one key, in the store's order.
#[derive(Debug, Default)]
struct History {
    /// What was put there, be it what was there already.
    puts: Vec<Put>,
    /// The operations whose answer depends on what was there: reads, and swaps of any outcome.
    looks: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Put {
    place: Place,
    by: Endpoint,
    to: Value,
}

/// Where a caller stands.
#[derive(Clone, Debug)]
struct Caller {
    /// Its last operation.
    place: Place,
    /// True if its last swap was refused by an old state.
    refused: bool,
    debt: Option<Debt>,
}

/// A caller that took `key` in the past and has to put `owed` back; that it did already stands at `place`.
#[derive(Clone, Debug)]
struct Debt {
    key: Value,
    owed: Value,
    place: Place,
}

/// What the store decided to do with one operation.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) answer: Result<Answer, KvError>,
    /// Where the operation stands in the store's order.
    pub(super) place: Place,
    changed: bool,
}

impl Adversary {
    pub(super) fn new() -> Self {
        Self { order: Order::new(), keys: BTreeMap::new(), callers: BTreeMap::new() }
    }

    /// Carries out one request; no answer if the store does not know such a request, or will not carry it out.
    pub(super) fn handle(
        &mut self,
        caller: Endpoint,
        request: &KvRequest,
        intent: Intent,
        observing: bool,
    ) -> Served {
        let Some(decision) = self.decide(caller, request, intent) else {
            return Served { answer: None, observation: None };
        };
        let observation = observing.then(|| Box::new(self.observe(&decision)));
        Served { answer: Some(decision.answer), observation }
    }

    /// Finds the operation's place in the order, and puts it there.
    pub(super) fn decide(
        &mut self,
        caller: Endpoint,
        request: &KvRequest,
        intent: Intent,
    ) -> Option<Decision> {
        let key = key_of(request)?;
        let stands = self.caller(caller);
        let held = self.held(key, stands.place);
        let here = judge(held, request);
        let changes = here.change(held).is_some();
        if stands.debt.is_some() {
            return self.decide_in_debt(caller, stands, request, here, changes);
        }
        let lawful = if changes {
            self.is_unseen_after(key, stands.place)
        } else {
            !self.refuses_too_long(key, &stands, request, &here)
        };
        if lawful {
            return Some(self.place_here(caller, stands, request, here, changes));
        }
        if intent == Intent::ReadsOnly
            && let Some(gap) = self.gap(key, &stands, request)
        {
            return self.borrow(caller, stands, request, gap);
        }
        Some(self.place_newest(caller, stands, key, request))
    }

    /// Directly after the caller's last operation.
    fn place_here(
        &mut self,
        caller: Endpoint,
        mut stands: Caller,
        request: &KvRequest,
        here: Verdict,
        changed: bool,
    ) -> Decision {
        let place = self.order.insert_after(stands.place);
        self.record(caller, place, request, here.put);
        stands.place = place;
        if let KvRequest::CompareAndSwap { .. } = request {
            stands.refused = here.answer.is_err();
        }
        self.callers.insert(caller, stands);
        Decision { answer: here.answer, place, changed }
    }

    /// After every operation on the key so far; if refused there, after every operation at all.
    fn place_newest(
        &mut self,
        caller: Endpoint,
        mut stands: Caller,
        key: &Value,
        request: &KvRequest,
    ) -> Decision {
        let held = self.newest(key);
        let verdict = judge(held, request);
        let changed = verdict.change(held).is_some();
        let before = match verdict.answer {
            Ok(_) => self.order.later(stands.place, self.touched(key)),
            Err(_) => self.order.last(),
        };
        let place = self.order.insert_after(before);
        self.record(caller, place, request, verdict.put);
        stands.place = place;
        stands.refused = false;
        self.callers.insert(caller, stands);
        Decision { answer: verdict.answer, place, changed }
    }

    /// Refusals stay honest: an old state may not refuse what the newest would not, again and again.
    fn refuses_too_long(&self, key: &Value, stands: &Caller, request: &KvRequest, here: &Verdict) -> bool {
        let KvRequest::CompareAndSwap { .. } = request else {
            return false;
        };
        match here.answer {
            Err(KvError::KeyDoesNotExist) => self.newest(key).is_some(),
            Err(_) => stands.refused,
            Ok(_) => false,
        }
    }

    /// The first place, from where the caller stands, at which the key held what the swap expects, lost it later, and
    /// holds it again now.
    fn gap(&self, key: &Value, stands: &Caller, request: &KvRequest) -> Option<Place> {
        let KvRequest::CompareAndSwap { from, to, .. } = request else {
            return None;
        };
        if from == to || self.newest(key) != Some(from) {
            return None;
        }
        let history = self.keys.get(key)?;
        let (earlier, later) = history.puts.split_at(self.puts_until(history, stands.place));
        let (_, ended) = later.split_last()?;
        if earlier.last().is_some_and(|put| put.to == *from) {
            return Some(stands.place);
        }
        ended.iter().find(|put| put.to == *from).map(|put| put.place)
    }

    /// Takes the key in the past, and notes at once that it is given back there.
    fn borrow(
        &mut self,
        caller: Endpoint,
        mut stands: Caller,
        request: &KvRequest,
        gap: Place,
    ) -> Option<Decision> {
        let KvRequest::CompareAndSwap { key, from, to, .. } = request else {
            return None;
        };
        let place = self.order.insert_after(gap);
        let back = self.order.insert_after(place);
        self.record(caller, place, request, Some(to.clone()));
        self.record(caller, back, request, Some(from.clone()));
        stands.place = place;
        stands.refused = false;
        stands.debt = Some(Debt { key: key.clone(), owed: from.clone(), place: back });
        self.callers.insert(caller, stands);
        Some(Decision { answer: Ok(Answer::Swapped), place, changed: true })
    }

    /// With a debt open, everything the caller does stands before the debt's payment, or is that.
    fn decide_in_debt(
        &mut self,
        caller: Endpoint,
        mut stands: Caller,
        request: &KvRequest,
        here: Verdict,
        changes: bool,
    ) -> Option<Decision> {
        let key = key_of(request)?;
        if !changes {
            return Some(self.place_here(caller, stands, request, here, false));
        }
        let debt = stands.debt.as_ref()?;
        if *key == debt.key {
            if here.put.as_ref() != Some(&debt.owed) {
                return None;
            }
            let place = debt.place;
            stands.place = place;
            stands.refused = false;
            stands.debt = None;
            self.callers.insert(caller, stands);
            return Some(Decision { answer: here.answer, place, changed: true });
        }
        let lawful = self.is_unseen_after(key, stands.place);
        lawful.then(|| self.place_here(caller, stands, request, here, true))
    }

    fn caller(&self, caller: Endpoint) -> Caller {
        let newcomer = || Caller { place: Order::START, refused: false, debt: None };
        self.callers.get(&caller).cloned().unwrap_or_else(newcomer)
    }

    /// What the key holds right after `place`.
    fn held(&self, key: &Value, place: Place) -> Option<&Value> {
        let history = self.keys.get(key)?;
        let count = self.puts_until(history, place);
        history.puts[..count].last().map(|put| &put.to)
    }

    fn newest(&self, key: &Value) -> Option<&Value> {
        self.keys.get(key)?.puts.last().map(|put| &put.to)
    }

    /// The last operation on the key.
    fn touched(&self, key: &Value) -> Place {
        let Some(history) = self.keys.get(key) else {
            return Order::START;
        };
        let put = history.puts.last().map_or(Order::START, |put| put.place);
        let look = history.looks.last().map_or(Order::START, |look| *look);
        self.order.later(put, look)
    }

    /// True if a change of the key directly after `place` would make no answer untrue: no operation on the key stands
    /// behind, or the next one is a write, which does not ask what was there.
    fn is_unseen_after(&self, key: &Value, place: Place) -> bool {
        let Some(history) = self.keys.get(key) else {
            return true;
        };
        let label = |place: Option<Place>| place.map_or(u64::MAX, |place| self.order.label(place));
        let put = history.puts.get(self.puts_until(history, place)).map(|put| put.place);
        let look = history.looks.get(self.looks_until(history, place)).copied();
        // A swap is both a put and a look, at one place.
        look.is_none() && put.is_none() || label(put) < label(look)
    }

    /// How many puts stand at or before `place`.
    fn puts_until(&self, history: &History, place: Place) -> usize {
        let label = self.order.label(place);
        history.puts.partition_point(|put| self.order.label(put.place) <= label)
    }

    /// How many looks stand at or before `place`.
    fn looks_until(&self, history: &History, place: Place) -> usize {
        let label = self.order.label(place);
        history.looks.partition_point(|look| self.order.label(*look) <= label)
    }

    /// Takes note of an operation and of what it put under its key.
    fn record(&mut self, by: Endpoint, place: Place, request: &KvRequest, put: Option<Value>) {
        let Some(key) = key_of(request) else {
            return;
        };
        if !self.keys.contains_key(key) {
            self.keys.insert(key.clone(), History::default());
        }
        let Some(history) = self.keys.get(key) else {
            return;
        };
        let (puts, looks) = (self.puts_until(history, place), self.looks_until(history, place));
        if let Some(history) = self.keys.get_mut(key) {
            if let Some(to) = put {
                history.puts.insert(puts, Put { place, by, to });
            }
            if !matches!(request, KvRequest::Write { .. }) {
                history.looks.insert(looks, place);
            }
        }
    }

    /// Counts the changes before and after the operation's place. Walks over all changes: for stories only.
    fn observe(&self, decision: &Decision) -> Observation {
        let here = self.order.label(decision.place);
        let mut changes: Vec<(u64, Change)> = Vec::new();
        for (key, history) in &self.keys {
            let mut from = None;
            for Put { place, by, to } in &history.puts {
                if from.as_ref() == Some(to) {
                    continue;
                }
                let change = Change {
                    state: 0,
                    by: *by,
                    key: key.clone(),
                    from: from.replace(to.clone()),
                    to: to.clone(),
                };
                changes.push((self.order.label(*place), change));
            }
        }
        changes.sort_by_key(|(label, _)| *label);
        let picked = changes.partition_point(|(label, _)| *label <= here);
        let newest = changes.len();
        let told = picked.max(newest.saturating_sub(MISSED_TOLD));
        let missed =
            changes.into_iter().zip(1..).skip(told).map(|((_, change), state)| Change { state, ..change });
        Observation {
            picked: picked as u64,
            newest: newest as u64,
            missed: missed.collect(),
            changed: decision.changed,
        }
    }
}

#[cfg(test)]
#[path = "adversary_tests.rs"]
mod tests;
