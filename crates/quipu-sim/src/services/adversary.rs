//! `seq-kv` as unhelpful as sequential consistency allows.
//!
//! The store keeps the total order of all operations and inserts each new one as early as it lawfully can: after the
//! caller's own last operation, and where it makes no answer already given untrue. So
//!
//! - what changes nothing (a read, a write of what is there, a refused or identical swap) is judged directly after the
//!   caller's last operation: the oldest state it may still see;
//! - a change goes directly after the last operation, by anyone, that touched its key. If nobody touched the key since
//!   the caller's last operation, the change does not bring the caller one state further, however fresh its value;
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

/// What happened to one key.
#[derive(Debug)]
struct History {
    /// In the store's order.
    changes: Vec<KeyChange>,
    /// The last operation on the key in the store's order, be it a read.
    touched: Place,
}

#[derive(Clone, Debug)]
struct KeyChange {
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
        if !changes && !self.refuses_too_long(key, &stands, request, &here) {
            return Some(self.place_here(caller, stands, request, here.answer));
        }
        if intent == Intent::ReadsOnly
            && let Some(gap) = self.gap(key, &stands, request)
        {
            return self.borrow(caller, stands, request, gap);
        }
        Some(self.place_newest(caller, stands, key, request))
    }

    /// Directly after the caller's last operation, changing nothing.
    fn place_here(
        &mut self,
        caller: Endpoint,
        mut stands: Caller,
        request: &KvRequest,
        answer: Result<Answer, KvError>,
    ) -> Decision {
        let place = self.order.insert_after(stands.place);
        if let Some(key) = key_of(request) {
            self.touch(key, place);
        }
        stands.place = place;
        if let KvRequest::CompareAndSwap { .. } = request {
            stands.refused = answer.is_err();
        }
        self.callers.insert(caller, stands);
        Decision { answer, place, changed: false }
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
        let change = verdict.change(held).cloned();
        let before = match verdict.answer {
            Ok(_) => self.order.later(stands.place, self.touched(key)),
            Err(_) => self.order.last(),
        };
        let place = self.order.insert_after(before);
        self.touch(key, place);
        let changed = change.is_some();
        if let Some(to) = change {
            self.record(key, place, caller, to);
        }
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
        let seen = self.changes_until(history, stands.place);
        let (earlier, later) = history.changes.split_at(seen);
        let (_, ended) = later.split_last()?;
        if earlier.last().is_some_and(|change| change.to == *from) {
            return Some(stands.place);
        }
        ended.iter().find(|change| change.to == *from).map(|change| change.place)
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
        self.record(key, place, caller, to.clone());
        self.record(key, back, caller, from.clone());
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
            return Some(self.place_here(caller, stands, request, here.answer));
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
        let untouched = self.order.label(self.touched(key)) <= self.order.label(stands.place);
        untouched.then(|| self.place_newest(caller, stands, key, request))
    }

    fn caller(&self, caller: Endpoint) -> Caller {
        let newcomer = || Caller { place: Order::START, refused: false, debt: None };
        self.callers.get(&caller).cloned().unwrap_or_else(newcomer)
    }

    /// What the key holds right after `place`.
    fn held(&self, key: &Value, place: Place) -> Option<&Value> {
        let history = self.keys.get(key)?;
        let count = self.changes_until(history, place);
        history.changes[..count].last().map(|change| &change.to)
    }

    fn newest(&self, key: &Value) -> Option<&Value> {
        self.keys.get(key)?.changes.last().map(|change| &change.to)
    }

    fn touched(&self, key: &Value) -> Place {
        self.keys.get(key).map_or(Order::START, |history| history.touched)
    }

    /// How many of the key's changes stand at or before `place`.
    fn changes_until(&self, history: &History, place: Place) -> usize {
        let label = self.order.label(place);
        history.changes.partition_point(|change| self.order.label(change.place) <= label)
    }

    fn touch(&mut self, key: &Value, place: Place) {
        match self.keys.get_mut(key) {
            Some(history) => history.touched = self.order.later(place, history.touched),
            None => {
                self.keys.insert(key.clone(), History { changes: Vec::new(), touched: place });
            }
        }
    }

    fn record(&mut self, key: &Value, place: Place, by: Endpoint, to: Value) {
        self.touch(key, place);
        let at = self.keys.get(key).map_or(0, |history| self.changes_until(history, place));
        if let Some(history) = self.keys.get_mut(key) {
            history.changes.insert(at, KeyChange { place, by, to });
        }
    }

    /// Counts the changes before and after the operation's place. Walks over all changes: for stories only.
    fn observe(&self, decision: &Decision) -> Observation {
        let here = self.order.label(decision.place);
        let mut changes: Vec<(u64, Change)> = Vec::new();
        for (key, history) in &self.keys {
            let mut from = None;
            for KeyChange { place, by, to } in &history.changes {
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
