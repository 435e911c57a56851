//! Maps: what is left under each key, by the operations on it and the removals of it.

use std::collections::{BTreeMap, BTreeSet};

use quipu_crdt::{Causal, MvRegister, OrMap, OrSet, ReplicaId, ResettableCounter, Writer};
use quipu_laws::Past;

use crate::assert_causal_laws;
use crate::kind::{Kind, Of, in_force};

/// What can be done to a map of counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    Step(u8, i64),
    Reset(u8),
    Remove(u8),
    Clear,
}

impl Counting {
    fn takes_away_from(&self, other: u8) -> bool {
        match self {
            Self::Step(..) => false,
            Self::Reset(key) | Self::Remove(key) => *key == other,
            Self::Clear => true,
        }
    }
}

impl Kind for Causal<OrMap<u8, ResettableCounter>> {
    type Operation = Counting;
    type View = BTreeMap<u8, i128>;

    fn alphabet() -> Vec<Counting> {
        vec![Counting::Step(1, 1), Counting::Remove(1), Counting::Step(2, 1)]
    }

    fn further() -> Vec<Counting> {
        vec![
            Counting::Remove(2),
            Counting::Reset(1),
            Counting::Clear,
            Counting::Step(1, -1),
            Counting::Step(2, 0),
        ]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Counting) -> Option<Self> {
        match operation {
            Counting::Step(key, step) => {
                self.update(replica, *key, |counter, writer| counter.add(writer, *step)).ok()
            }
            Counting::Reset(key) => {
                let reset = |counter: &mut ResettableCounter, writer: &mut Writer<'_>| {
                    Ok::<_, ()>(counter.reset(writer))
                };
                self.update(replica, *key, reset).ok()
            }
            Counting::Remove(key) => Some(self.remove(replica, key)),
            Counting::Clear => Some(self.clear(replica)),
        }
    }

    fn view(&self) -> BTreeMap<u8, i128> {
        assert!(self.keys().all(|key| self.contains_key(key)));
        self.iter().map(|(key, counter)| (*key, counter.value())).collect()
    }

    /// Under a key stands the sum of the steps that no reset, removal or clearing of it had seen, if there are any.
    fn specification(past: Past<'_, Counting>) -> BTreeMap<u8, i128> {
        let undoes = |later: &Counting, earlier: &Counting| match earlier {
            Counting::Step(key, _) => later.takes_away_from(*key),
            _ => false,
        };
        let mut sums = BTreeMap::new();
        for id in in_force(past, undoes).iter() {
            if let Counting::Step(key, step) = past.record(id).operation
                && step != 0
            {
                *sums.entry(key).or_default() += i128::from(step);
            }
        }
        sums
    }
}

/// What can be done to a map of registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Putting {
    Put(u8, u8),
    Remove(u8),
}

impl Putting {
    fn key(&self) -> u8 {
        match self {
            Self::Put(key, _) | Self::Remove(key) => *key,
        }
    }
}

impl Kind for Causal<OrMap<u8, MvRegister<u8>>> {
    type Operation = Putting;
    type View = BTreeMap<u8, Vec<u8>>;

    fn alphabet() -> Vec<Putting> {
        vec![Putting::Put(1, 1), Putting::Remove(1), Putting::Put(2, 1)]
    }

    fn further() -> Vec<Putting> {
        vec![Putting::Put(1, 2), Putting::Remove(2), Putting::Put(2, 3)]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Putting) -> Option<Self> {
        match operation {
            Putting::Put(key, value) => {
                self.update(replica, *key, |register, writer| register.write(writer, *value)).ok()
            }
            Putting::Remove(key) => Some(self.remove(replica, key)),
        }
    }

    fn view(&self) -> Self::View {
        let values = |register: &MvRegister<u8>| {
            let mut values: Vec<u8> = register.siblings().map(|(_, value)| *value).collect();
            values.sort_unstable();
            values
        };
        self.iter().map(|(key, register)| (*key, values(register))).collect()
    }

    /// Under a key stand the values whose writes no later write or removal of that key had seen.
    fn specification(past: Past<'_, Putting>) -> Self::View {
        let mut view = Self::View::new();
        for id in in_force(past, |later, earlier| later.key() == earlier.key()).iter() {
            if let Putting::Put(key, value) = past.record(id).operation {
                view.entry(key).or_default().push(value);
            }
        }
        for values in view.values_mut() {
            values.sort_unstable();
        }
        view
    }
}

/// What can be done to a map of maps of sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Nesting {
    Add(u8, u8, u8),
    Discard(u8, u8, u8),
    RemoveInner(u8, u8),
    RemoveOuter(u8),
}

impl Nesting {
    /// Whether this takes an element from its place, where it stands or would stand.
    fn covers(&self, place: (u8, u8, u8)) -> bool {
        match *self {
            Self::Add(outer, inner, element) | Self::Discard(outer, inner, element) => {
                (outer, inner, element) == place
            }
            Self::RemoveInner(outer, inner) => (outer, inner) == (place.0, place.1),
            Self::RemoveOuter(outer) => outer == place.0,
        }
    }
}

type Nested = OrMap<u8, OrMap<u8, OrSet<u8>>>;

impl Kind for Causal<Nested> {
    type Operation = Nesting;
    type View = BTreeSet<(u8, u8, u8)>;

    fn alphabet() -> Vec<Nesting> {
        vec![Nesting::Add(1, 1, 1), Nesting::RemoveOuter(1), Nesting::Add(1, 2, 1)]
    }

    fn further() -> Vec<Nesting> {
        vec![
            Nesting::Discard(1, 1, 1),
            Nesting::RemoveInner(1, 1),
            Nesting::RemoveInner(1, 2),
            Nesting::Add(1, 1, 2),
            Nesting::Add(2, 1, 1),
            Nesting::RemoveOuter(2),
        ]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Nesting) -> Option<Self> {
        match *operation {
            Nesting::Add(outer, inner, element) => {
                let add = |set: &mut OrSet<u8>, writer: &mut Writer<'_>| set.add(writer, element);
                self.update(replica, outer, |map, writer| map.update(writer, inner, add)).ok()
            }
            Nesting::Discard(outer, inner, element) => {
                let discard =
                    |set: &mut OrSet<u8>, writer: &mut Writer<'_>| Ok::<_, ()>(set.remove(writer, &element));
                self.update(replica, outer, |map, writer| map.update(writer, inner, discard)).ok()
            }
            Nesting::RemoveInner(outer, inner) => {
                self.update(replica, outer, |map, writer| Ok::<_, ()>(map.remove(writer, &inner))).ok()
            }
            Nesting::RemoveOuter(outer) => Some(self.remove(replica, &outer)),
        }
    }

    fn view(&self) -> Self::View {
        let mut view = Self::View::new();
        for (outer, map) in self.iter() {
            assert!(!map.is_empty(), "a key without a value");
            for (inner, set) in map.iter() {
                assert!(!set.is_empty(), "a key without a value");
                view.extend(set.iter().map(|element| (*outer, *inner, *element)));
            }
        }
        view
    }

    /// An element is in its place if an add of it is there that no discard, and no removal of a key above it, had seen.
    fn specification(past: Past<'_, Nesting>) -> Self::View {
        let undoes = |later: &Nesting, earlier: &Nesting| match *earlier {
            Nesting::Add(outer, inner, element) => later.covers((outer, inner, element)),
            _ => false,
        };
        let standing = in_force(past, undoes);
        let adds = standing.iter().filter_map(|id| match past.record(id).operation {
            Nesting::Add(outer, inner, element) => Some((outer, inner, element)),
            _ => None,
        });
        adds.collect()
    }
}

#[test]
fn a_map_of_counters_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<OrMap<u8, ResettableCounter>>>>("OrMap of ResettableCounter");
}

#[test]
fn a_map_of_registers_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<OrMap<u8, MvRegister<u8>>>>>("OrMap of MvRegister");
}

#[test]
fn a_map_of_maps_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<Nested>>>("OrMap of OrMap of OrSet");
}
