//! Counters: the value is the sum of the changes known of.

use quipu_crdt::{GCounter, PnCounter, ReplicaId};
use quipu_laws::{History, OperationId, Operations, Past, assert_exhausted, assert_lawful};

use crate::bounds;
use crate::kind::{Kind, Of, ordered_as_compared};

/// An increment of 0 says nothing; any other delta holds the whole slot of its replica.
fn slot<O>(history: &History<O>, id: OperationId, says_nothing: bool) -> Operations {
    if says_nothing { Operations::NONE } else { history.by_same_replica_up_to(id) }
}

impl Kind for GCounter {
    type Operation = u64;
    type View = u128;

    fn alphabet() -> Vec<u64> {
        vec![1, 2]
    }

    fn further() -> Vec<u64> {
        vec![0, 1000]
    }

    fn edit(&mut self, replica: ReplicaId, amount: &u64) -> Option<Self> {
        Some(self.increment(replica, *amount).unwrap())
    }

    fn view(&self) -> u128 {
        self.value()
    }

    fn specification(past: Past<'_, u64>) -> u128 {
        past.iter().map(|(_, record)| u128::from(record.operation)).sum()
    }

    fn stands_for(history: &History<u64>, id: OperationId) -> Operations {
        slot(history, id, history.record(id).operation == 0)
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        ordered_as_compared(self, other)
    }
}

impl Kind for PnCounter {
    type Operation = i64;
    type View = i128;

    fn alphabet() -> Vec<i64> {
        vec![1, -1]
    }

    fn further() -> Vec<i64> {
        vec![0, 3, -1000]
    }

    fn edit(&mut self, replica: ReplicaId, amount: &i64) -> Option<Self> {
        Some(self.add(replica, *amount).unwrap())
    }

    fn view(&self) -> i128 {
        self.value()
    }

    fn specification(past: Past<'_, i64>) -> i128 {
        past.iter().map(|(_, record)| i128::from(record.operation)).sum()
    }

    fn stands_for(history: &History<i64>, id: OperationId) -> Operations {
        slot(history, id, history.record(id).operation == 0)
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        ordered_as_compared(self, other)
    }
}

#[test]
fn a_grow_only_counter_obeys_its_laws() {
    assert_lawful::<Of<GCounter>>("GCounter");
    assert_exhausted::<Of<GCounter>>("GCounter", bounds(3, 3, 1));
}

#[test]
fn a_counter_obeys_its_laws() {
    assert_lawful::<Of<PnCounter>>("PnCounter");
    assert_exhausted::<Of<PnCounter>>("PnCounter", bounds(3, 3, 1));
}
