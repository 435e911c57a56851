//! The crate `crdts`: a set, and a map of multi-value registers, by operations and by merge.

use std::collections::{BTreeMap, BTreeSet};

use crdts::{CmRDT, CvRDT, MVReg, map, orswot};
use quipu_laws::{Delivery, Past, Replica, Subject};

/// What can be done to a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetEdit {
    Add(u8),
    Remove(u8),
}

/// The observed-remove set; with `MERGES`, whole states are exchanged.
#[derive(Clone)]
pub(crate) struct Orswot<const MERGES: bool> {
    actor: u64,
    set: orswot::Orswot<u8, u64>,
}

impl<const MERGES: bool> Subject for Orswot<MERGES> {
    type Operation = SetEdit;
    type Delta = orswot::Op<u8, u64>;
    type View = BTreeSet<u8>;

    const DELIVERY: Delivery = Delivery::Causal;
    const PULLS: bool = MERGES;

    fn new(replica: Replica) -> Self {
        Self { actor: replica.number(), set: orswot::Orswot::new() }
    }

    fn alphabet() -> Vec<SetEdit> {
        vec![SetEdit::Add(1), SetEdit::Remove(1), SetEdit::Add(2)]
    }

    fn further() -> Vec<SetEdit> {
        vec![SetEdit::Remove(2)]
    }

    fn edit(&mut self, operation: &SetEdit) -> Option<Self::Delta> {
        let operation = match operation {
            SetEdit::Add(member) => self.set.add(*member, self.set.read_ctx().derive_add_ctx(self.actor)),
            SetEdit::Remove(member) => {
                let read = self.set.contains(member);
                if !read.val {
                    return None;
                }
                self.set.rm(*member, read.derive_rm_ctx())
            }
        };
        self.set.apply(operation.clone());
        Some(operation)
    }

    fn receive(&mut self, delta: &Self::Delta) {
        self.set.apply(delta.clone());
    }

    fn pull(&mut self, other: &Self) {
        self.set.merge(other.set.clone());
    }

    fn view(&self) -> BTreeSet<u8> {
        self.set.read().val.into_iter().collect()
    }

    fn specification(past: Past<'_, SetEdit>) -> BTreeSet<u8> {
        let standing = past.iter().filter_map(|(id, record)| {
            let SetEdit::Add(member) = record.operation else { return None };
            (!past.seen_by(id, |later| *later == SetEdit::Remove(member))).then_some(member)
        });
        standing.collect()
    }

    fn same(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

/// What can be done to a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MapEdit {
    Put(u8, u8),
    Remove(u8),
}

impl MapEdit {
    fn key(&self) -> u8 {
        match self {
            Self::Put(key, _) | Self::Remove(key) => *key,
        }
    }
}

/// The map of multi-value registers; with `MERGES`, whole states are exchanged.
///
/// States are the same if they show the same: the clocks inside differ long before a wrong value is seen.
#[derive(Clone)]
pub(crate) struct Map<const MERGES: bool> {
    actor: u64,
    map: map::Map<u8, MVReg<u8, u64>, u64>,
}

impl<const MERGES: bool> Subject for Map<MERGES> {
    type Operation = MapEdit;
    type Delta = map::Op<u8, MVReg<u8, u64>, u64>;
    /// The values under each key, ascending.
    type View = BTreeMap<u8, Vec<u8>>;

    const DELIVERY: Delivery = Delivery::CausalOnce;
    const PULLS: bool = MERGES;

    fn new(replica: Replica) -> Self {
        Self { actor: replica.number(), map: map::Map::new() }
    }

    fn alphabet() -> Vec<MapEdit> {
        vec![MapEdit::Put(0, 1), MapEdit::Put(1, 2), MapEdit::Remove(1)]
    }

    fn further() -> Vec<MapEdit> {
        vec![MapEdit::Put(1, 3), MapEdit::Remove(0)]
    }

    fn edit(&mut self, operation: &MapEdit) -> Option<Self::Delta> {
        let operation = match *operation {
            MapEdit::Put(key, value) => {
                let context = self.map.read_ctx().derive_add_ctx(self.actor);
                self.map.update(key, context, |register, context| register.write(value, context))
            }
            MapEdit::Remove(key) => {
                let read = self.map.get(&key);
                read.val.as_ref()?;
                self.map.rm(key, read.derive_rm_ctx())
            }
        };
        self.map.apply(operation.clone());
        Some(operation)
    }

    fn receive(&mut self, delta: &Self::Delta) {
        self.map.apply(delta.clone());
    }

    fn pull(&mut self, other: &Self) {
        self.map.merge(other.map.clone());
    }

    fn view(&self) -> Self::View {
        let values = |register: &MVReg<u8, u64>| {
            let mut values = register.read().val;
            values.sort_unstable();
            values
        };
        self.map.iter().map(|entry| (*entry.val.0, values(entry.val.1))).collect()
    }

    /// Under a key are the values whose writes no later write or remove of that key had seen.
    fn specification(past: Past<'_, MapEdit>) -> Self::View {
        let mut view = Self::View::new();
        for (id, record) in past.iter() {
            if let MapEdit::Put(key, value) = record.operation
                && !past.seen_by(id, |later| later.key() == key)
            {
                view.entry(key).or_default().push(value);
            }
        }
        view.values_mut().for_each(|values| values.sort_unstable());
        view
    }}
