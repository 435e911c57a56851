//! Counters: the value is the sum of the changes known of.

use quipu_crdt::{Causal, GCounter, Lattice, PnCounter, ReplicaId, ResettableCounter};
use quipu_laws::{History, OperationId, Operations, Past, assert_exhausted, assert_lawful};

use crate::bounds;
use crate::kind::{Kind, Of, in_force, ordered_as_compared};

/// A delta holds the whole slot of its replica; that of an increment of 0 is empty.
fn slot<O, T: Lattice>(history: &History<O>, id: OperationId, delta: &T) -> Operations {
    if delta.is_bottom() { Operations::NONE } else { history.by_same_replica_up_to(id) }
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

    fn stands_for(history: &History<u64>, id: OperationId, delta: &Self) -> Operations {
        slot(history, id, delta)
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

    fn stands_for(history: &History<i64>, id: OperationId, delta: &Self) -> Operations {
        slot(history, id, delta)
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        ordered_as_compared(self, other)
    }
}

/// What can be done to a resettable counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tally {
    Step(i64),
    Reset,
}

use Tally::{Reset, Step};

impl Kind for Causal<ResettableCounter> {
    type Operation = Tally;
    type View = i128;

    fn alphabet() -> Vec<Tally> {
        vec![Step(1), Reset, Step(-2)]
    }

    fn further() -> Vec<Tally> {
        vec![Step(0), Step(5)]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Tally) -> Option<Self> {
        match operation {
            Step(step) => self.add(replica, *step).ok(),
            Reset => Some(self.reset(replica)),
        }
    }

    fn view(&self) -> i128 {
        self.value()
    }

    /// The sum of the steps that no reset had seen.
    fn specification(past: Past<'_, Tally>) -> i128 {
        let steps = in_force(past, |later, _| *later == Reset).iter().map(|id| &past.record(id).operation);
        steps.map(|operation| if let Step(step) = operation { i128::from(*step) } else { 0 }).sum()
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

#[test]
fn a_resettable_counter_obeys_its_laws() {
    assert_lawful::<Of<Causal<ResettableCounter>>>("ResettableCounter");
    assert_exhausted::<Of<Causal<ResettableCounter>>>("ResettableCounter", bounds(3, 3, 1));
}
