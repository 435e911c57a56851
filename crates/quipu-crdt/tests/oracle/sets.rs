//! Sets.

use quipu_crdt::{Causal, Dot, DotStore, GSet, Lattice, OrSet, ReplicaId, RwSet};
use quipu_oracle::Value;
use serde::Deserialize;

use crate::twin::{
    Question, Twin, assert_as_its_twin, assert_as_its_twin_when_large, equal, number, pair, through_json,
    value,
};

/// A dot store in the twin's form.
pub(crate) trait Live: DotStore {
    fn live(&self) -> Value;
}

/// A causal state in the twin's form: the dots seen, and what is alive.
pub(crate) fn causal<S: Live>(state: &Causal<S>) -> Value {
    let seen: Vec<(u64, u64)> = state.context().dots().map(pair).collect();
    value((seen, state.store().live()))
}

impl Twin for GSet<u8> {
    type Operation = u8;

    const NAME: &'static str = "g_set";

    fn alphabet() -> Vec<u8> {
        vec![1, 2]
    }

    fn further() -> Vec<u8> {
        vec![3, 4, 200]
    }

    fn edit(&mut self, _: ReplicaId, element: &u8) -> Option<Self> {
        Some(self.insert(*element))
    }

    fn question(_: ReplicaId, element: &u8) -> Question {
        Question("insert", vec![value(*element)])
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&value(self.iter().copied().collect::<Vec<u8>>()), twin)
    }

    fn view(&self) -> Value {
        value((0..=u8::MAX).filter(|element| self.contains(element)).collect::<Vec<u8>>())
    }
}

/// What can be done to a set.
#[derive(Clone, Debug)]
pub(crate) enum SetOperation {
    Add(u8),
    Remove(u8),
    Clear,
    /// From this one on, so many.
    AddAll(u8, u8),
}

use SetOperation::{Add, AddAll, Clear, Remove};

/// Some of these together pass 32 elements, where the store of dots takes another form, and go back to 8.
fn many() -> Vec<SetOperation> {
    vec![AddAll(10, 18), AddAll(20, 18), AddAll(1, 33), Remove(12), Add(25), Add(26), Remove(21)]
}

/// Several adds are put to the twin one by one.
fn one_by_one(operation: &SetOperation) -> Vec<SetOperation> {
    match operation {
        AddAll(first, count) => (*first..first + count).map(Add).collect(),
        one => vec![one.clone()],
    }
}

impl Live for OrSet<u8> {
    fn live(&self) -> Value {
        let elements: Vec<(Dot, u8)> = through_json(self);
        value(elements.into_iter().map(|(dot, element)| (pair(dot), element)).collect::<Vec<_>>())
    }
}

impl Twin for Causal<OrSet<u8>> {
    type Operation = SetOperation;

    const NAME: &'static str = "or_set";

    fn alphabet() -> Vec<SetOperation> {
        vec![Add(1), Remove(1), Add(2)]
    }

    fn further() -> Vec<SetOperation> {
        vec![Remove(2), Add(3), Remove(3), Add(4), Add(5), Clear]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &SetOperation) -> Option<Self> {
        Some(match operation {
            Add(element) => self.add(replica, *element).unwrap(),
            Remove(element) => self.remove(replica, element),
            Clear => self.clear(replica),
            AddAll(..) => {
                let deltas = one_by_one(operation).into_iter().map(|add| self.edit(replica, &add).unwrap());
                deltas.fold(Self::default(), |joined, delta| joined.joined(&delta))
            }
        })
    }

    fn many() -> Vec<SetOperation> {
        many().into_iter().chain([Clear]).collect()
    }

    fn questions(replica: ReplicaId, operation: &SetOperation) -> Vec<Question> {
        one_by_one(operation).iter().map(|one| Self::question(replica, one)).collect()
    }

    fn question(replica: ReplicaId, operation: &SetOperation) -> Question {
        match operation {
            Add(element) => Question("add", vec![value(number(replica)), value(*element)]),
            Remove(element) => Question("remove", vec![value(*element)]),
            Clear => Question("clear", vec![]),
            AddAll(..) => unreachable!("several questions"),
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        let elements: Vec<u8> = self.value().into_iter().copied().collect();
        assert_eq!(elements.len(), self.len());
        assert!((0..60).all(|element| self.contains(&element) == elements.contains(&element)));
        value(elements)
    }
}

/// As the set writes it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Added(u8),
    Removed(u8),
}

impl Live for RwSet<u8> {
    fn live(&self) -> Value {
        let marks: Vec<(Dot, Mark)> = through_json(self);
        let marks = marks.into_iter().map(|(dot, mark)| match mark {
            Mark::Added(element) => (pair(dot), (element, true)),
            Mark::Removed(element) => (pair(dot), (element, false)),
        });
        value(marks.collect::<Vec<_>>())
    }
}

impl Twin for Causal<RwSet<u8>> {
    type Operation = SetOperation;

    const NAME: &'static str = "rw_set";

    fn alphabet() -> Vec<SetOperation> {
        vec![Add(1), Remove(1), Add(2)]
    }

    fn further() -> Vec<SetOperation> {
        vec![Remove(2), Add(3), Remove(3)]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &SetOperation) -> Option<Self> {
        match operation {
            Add(element) => self.add(replica, *element).ok(),
            Remove(element) => self.remove(replica, *element).ok(),
            Clear => None,
            AddAll(..) => {
                let deltas = one_by_one(operation).into_iter().map(|add| self.edit(replica, &add).unwrap());
                Some(deltas.fold(Self::default(), |joined, delta| joined.joined(&delta)))
            }
        }
    }

    fn many() -> Vec<SetOperation> {
        many()
    }

    fn questions(replica: ReplicaId, operation: &SetOperation) -> Vec<Question> {
        one_by_one(operation).iter().map(|one| Self::question(replica, one)).collect()
    }

    fn question(replica: ReplicaId, operation: &SetOperation) -> Question {
        let (definition, element) = match operation {
            Add(element) => ("add", element),
            Remove(element) => ("remove", element),
            Clear | AddAll(..) => unreachable!("not among the operations of this set, or several questions"),
        };
        Question(definition, vec![value(number(replica)), value(*element)])
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        let elements: Vec<u8> = self.value().into_iter().copied().collect();
        assert_eq!(elements.len(), self.len());
        assert!((0..60).all(|element| self.contains(&element) == elements.contains(&element)));
        value(elements)
    }
}

#[test]
fn a_grow_only_set_is_as_its_twin() {
    assert_as_its_twin::<GSet<u8>>(1000);
}

#[test]
fn an_add_wins_set_is_as_its_twin() {
    assert_as_its_twin::<Causal<OrSet<u8>>>(300);
}

#[test]
fn a_remove_wins_set_is_as_its_twin() {
    assert_as_its_twin::<Causal<RwSet<u8>>>(300);
}

#[test]
fn a_large_add_wins_set_is_as_its_twin() {
    assert_as_its_twin_when_large::<Causal<OrSet<u8>>>(60);
}

#[test]
fn a_large_remove_wins_set_is_as_its_twin() {
    assert_as_its_twin_when_large::<Causal<RwSet<u8>>>(30);
}
