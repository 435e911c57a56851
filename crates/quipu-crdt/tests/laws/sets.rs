//! Sets: which elements are there, by the adds and removes known of.

use std::collections::BTreeSet;

use quipu_crdt::{Causal, GSet, OrSet, ReplicaId, RwSet};
use quipu_laws::{History, OperationId, Operations, Past, assert_exhausted};

use crate::kind::{Kind, Of, in_force, ordered_as_compared};
use crate::{RESTARTED, assert_causal_laws, assert_laws};

impl Kind for GSet<u8> {
    type Operation = u8;
    type View = BTreeSet<u8>;

    fn alphabet() -> Vec<u8> {
        vec![1, 2]
    }

    fn further() -> Vec<u8> {
        vec![3, 4]
    }

    fn edit(&mut self, _: ReplicaId, element: &u8) -> Option<Self> {
        Some(self.insert(*element))
    }

    fn view(&self) -> BTreeSet<u8> {
        self.iter().copied().collect()
    }

    fn specification(past: Past<'_, u8>) -> BTreeSet<u8> {
        past.iter().map(|(_, record)| record.operation).collect()
    }

    /// Nothing is sent of an element that was there already.
    fn stands_for(_: &History<u8>, id: OperationId, delta: &Self) -> Operations {
        if delta.is_empty() { Operations::NONE } else { Operations::one(id) }
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        ordered_as_compared(self, other)
    }
}

/// What can be done to a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetOperation {
    Add(u8),
    Remove(u8),
    Clear,
}

use SetOperation::{Add, Clear, Remove};

impl Kind for Causal<OrSet<u8>> {
    type Operation = SetOperation;
    type View = BTreeSet<u8>;

    fn alphabet() -> Vec<SetOperation> {
        vec![Add(1), Remove(1), Add(2)]
    }

    fn further() -> Vec<SetOperation> {
        vec![Remove(2), Add(3), Remove(3), Clear]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &SetOperation) -> Option<Self> {
        Some(match operation {
            Add(element) => self.add(replica, *element).unwrap(),
            Remove(element) => self.remove(replica, element),
            Clear => self.clear(replica),
        })
    }

    fn view(&self) -> BTreeSet<u8> {
        let elements: BTreeSet<u8> = self.iter().copied().collect();
        assert_eq!(elements.len(), self.len());
        assert!((0..4).all(|element| self.contains(&element) == elements.contains(&element)));
        elements
    }

    /// An element is there if some add of it is not among those that a remove had seen.
    ///
    /// So it is for whoever knows all that its operations had seen. A remove takes away the adds that still stood where it
    /// was made; what a later add had replaced there is taken away by that add, once it arrives.
    fn specification(past: Past<'_, SetOperation>) -> BTreeSet<u8> {
        let removes = |later: &SetOperation, element: u8| *later == Remove(element) || *later == Clear;
        let standing = past.standing(|later, earlier| match earlier {
            Add(element) => *later == Add(*element) || removes(later, *element),
            _ => false,
        });
        let elements = past.iter().filter_map(|(id, record)| {
            let Add(element) = record.operation else { return None };
            let gone = if past.is_causal() {
                past.seen_by(id, |later| removes(later, element))
            } else {
                !standing.contains(id)
            };
            (!gone).then_some(element)
        });
        elements.collect()
    }
}

#[test]
fn a_grow_only_set_obeys_its_laws() {
    assert_laws::<Of<GSet<u8>>>("GSet");
}

impl Kind for Causal<RwSet<u8>> {
    type Operation = SetOperation;
    type View = BTreeSet<u8>;

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
        }
    }

    fn view(&self) -> BTreeSet<u8> {
        let elements: BTreeSet<u8> = self.iter().copied().collect();
        assert_eq!(elements.len(), self.len());
        assert!((0..4).all(|element| self.contains(&element) == elements.contains(&element)));
        assert!(self.removed().all(|element| !elements.contains(element)));
        elements
    }

    /// Of the adds and removes of an element that no other one of it had seen, there is one, and all are adds.
    fn specification(past: Past<'_, SetOperation>) -> BTreeSet<u8> {
        let element_of = |operation: &SetOperation| match operation {
            Add(element) | Remove(element) => Some(*element),
            Clear => None,
        };
        let last = in_force(past, |later, earlier| element_of(later) == element_of(earlier));
        let of_kind = |wanted: fn(u8) -> SetOperation| -> BTreeSet<u8> {
            let operations = last.iter().map(|id| &past.record(id).operation);
            operations
                .filter_map(element_of)
                .filter(|element| last.iter().any(|id| past.record(id).operation == wanted(*element)))
                .collect()
        };
        &of_kind(Add) - &of_kind(Remove)
    }
}

#[test]
fn a_remove_wins_set_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<RwSet<u8>>>>("RwSet");
}

#[test]
fn an_add_wins_set_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<OrSet<u8>>>>("OrSet");
    assert_exhausted::<Of<Causal<OrSet<u8>>>>("OrSet", RESTARTED);
}
