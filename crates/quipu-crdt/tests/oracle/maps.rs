//! Maps of causal values, and maps of maps.

use quipu_crdt::{Causal, Lattice, MvRegister, OrMap, OrSet, ReplicaId, ResettableCounter, Writer};
use quipu_oracle::Value;

use crate::registers::{Read, read_context, read_value};
use crate::sets::{Live, causal};
use crate::twin::{Question, Twin, assert_as_its_twin, assert_as_its_twin_when_large, equal, number, value};

impl<S: Live> Live for OrMap<u8, S> {
    fn live(&self) -> Value {
        value(self.iter().map(|(key, store)| (*key, store.live())).collect::<Vec<_>>())
    }
}

/// What can be done to a map of counters.
#[derive(Clone, Debug)]
pub(crate) enum Counting {
    Step(u8, i64),
    Reset(u8),
    Remove(u8),
    Clear,
    /// Under each key from this one on, so many.
    StepAll(u8, u8),
}

impl Counting {
    /// Several steps are put to the twin one by one.
    fn one_by_one(&self) -> Vec<Self> {
        match self {
            Self::StepAll(first, count) => (*first..first + count).map(|key| Self::Step(key, 1)).collect(),
            one => vec![one.clone()],
        }
    }
}

impl Twin for Causal<OrMap<u8, ResettableCounter>> {
    type Operation = Counting;

    const NAME: &'static str = "counter_map";

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
            Counting::Step(3, 4),
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
            Counting::StepAll(..) => {
                let deltas =
                    operation.one_by_one().into_iter().map(|step| self.edit(replica, &step).unwrap());
                Some(deltas.fold(Self::default(), |joined, delta| joined.joined(&delta)))
            }
        }
    }

    /// More than eight keys are kept in another form.
    fn many() -> Vec<Counting> {
        vec![Counting::StepAll(1, 9), Counting::StepAll(5, 9), Counting::Remove(7), Counting::Clear]
    }

    fn questions(replica: ReplicaId, operation: &Counting) -> Vec<Question> {
        operation.one_by_one().iter().map(|one| Self::question(replica, one)).collect()
    }

    fn question(replica: ReplicaId, operation: &Counting) -> Question {
        match operation {
            Counting::Step(key, step) => {
                Question("add", vec![value(*key), value(number(replica)), value(*step)])
            }
            Counting::Reset(key) => Question("reset", vec![value(*key)]),
            Counting::Remove(key) => Question("remove", vec![value(*key)]),
            Counting::Clear => Question("clear", vec![]),
            Counting::StepAll(..) => unreachable!("several questions"),
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        value(self.iter().map(|(key, counter)| (*key, counter.value())).collect::<Vec<_>>())
    }
}

/// What can be done to a map of registers.
#[derive(Clone, Debug)]
pub(crate) enum Putting {
    Put(u8, u8),
    /// Over what was read, which may be dots of any key.
    PutOver(u8, Read, u8),
    Remove(u8),
}

impl Twin for Causal<OrMap<u8, MvRegister<u8>>> {
    type Operation = Putting;

    const NAME: &'static str = "register_map";

    fn alphabet() -> Vec<Putting> {
        vec![Putting::Put(1, 1), Putting::Remove(1), Putting::Put(2, 1), Putting::PutOver(1, &[(0, 1)], 4)]
    }

    fn further() -> Vec<Putting> {
        vec![
            Putting::Put(1, 2),
            Putting::Remove(2),
            Putting::Put(2, 3),
            Putting::PutOver(2, &[(0, 2), (1, 1)], 5),
            Putting::PutOver(1, &[(2, 4)], 6),
        ]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Putting) -> Option<Self> {
        match operation {
            Putting::Put(key, value) => {
                self.update(replica, *key, |register, writer| register.write(writer, *value)).ok()
            }
            Putting::PutOver(key, read, value) => {
                let read = read_context(read);
                self.update(replica, *key, |register, writer| register.write_over(writer, &read, *value)).ok()
            }
            Putting::Remove(key) => Some(self.remove(replica, key)),
        }
    }

    fn question(replica: ReplicaId, operation: &Putting) -> Question {
        let replica = value(number(replica));
        match operation {
            Putting::Put(key, written) => Question("write", vec![value(*key), replica, value(*written)]),
            Putting::PutOver(key, read, written) => {
                Question("write_over", vec![value(*key), replica, read_value(read), value(*written)])
            }
            Putting::Remove(key) => Question("remove", vec![value(*key)]),
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        let values = |register: &MvRegister<u8>| register.value().into_iter().copied().collect::<Vec<u8>>();
        value(self.iter().map(|(key, register)| (*key, values(register))).collect::<Vec<_>>())
    }
}

/// What can be done to a map of maps of sets.
#[derive(Clone, Debug)]
pub(crate) enum Nesting {
    Add(u8, u8, u8),
    Discard(u8, u8, u8),
    RemoveInner(u8, u8),
    RemoveOuter(u8),
}

type Nested = OrMap<u8, OrMap<u8, OrSet<u8>>>;

impl Twin for Causal<Nested> {
    type Operation = Nesting;

    const NAME: &'static str = "set_map_map";

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

    fn question(replica: ReplicaId, operation: &Nesting) -> Question {
        match *operation {
            Nesting::Add(outer, inner, element) => {
                Question("add", vec![value(outer), value(inner), value(number(replica)), value(element)])
            }
            Nesting::Discard(outer, inner, element) => {
                Question("discard", vec![value(outer), value(inner), value(element)])
            }
            Nesting::RemoveInner(outer, inner) => Question("remove_inner", vec![value(outer), value(inner)]),
            Nesting::RemoveOuter(outer) => Question("remove_outer", vec![value(outer)]),
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        let elements = |set: &OrSet<u8>| set.value().into_iter().copied().collect::<Vec<u8>>();
        let sets = |map: &OrMap<u8, OrSet<u8>>| -> Vec<(u8, Vec<u8>)> {
            map.iter().map(|(inner, set)| (*inner, elements(set))).collect()
        };
        value(self.iter().map(|(outer, map)| (*outer, sets(map))).collect::<Vec<_>>())
    }
}

#[test]
fn a_map_of_counters_is_as_its_twin() {
    assert_as_its_twin::<Causal<OrMap<u8, ResettableCounter>>>(300);
}

#[test]
fn a_map_of_registers_is_as_its_twin() {
    assert_as_its_twin::<Causal<OrMap<u8, MvRegister<u8>>>>(300);
}

#[test]
fn a_map_of_maps_is_as_its_twin() {
    assert_as_its_twin::<Causal<Nested>>(300);
}

#[test]
fn a_large_map_of_counters_is_as_its_twin() {
    assert_as_its_twin_when_large::<Causal<OrMap<u8, ResettableCounter>>>(60);
}
