//! Counters: the value is the sum of the changes known of.

use quipu_crdt::{
    Amount, AmountCounter, Causal, GCounter, Lattice, PnCounter, ReplicaId, ResettableCounter, Unit,
};
use quipu_laws::{History, OperationId, Operations, Past};

use crate::kind::{Kind, Of, in_force, ordered_as_compared};
use crate::{assert_causal_laws, assert_laws};

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

/// A unit of amounts.
enum Eur {}

impl Unit for Eur {
    const CODE: &'static str = "EUR";
    const SCALE: u8 = 2;
}

impl Kind for AmountCounter<Eur> {
    /// In minor units.
    type Operation = i64;
    type View = i128;

    fn alphabet() -> Vec<i64> {
        vec![1, -1]
    }

    fn further() -> Vec<i64> {
        vec![0, 1234, -200]
    }

    fn edit(&mut self, replica: ReplicaId, minor: &i64) -> Option<Self> {
        Some(self.add(replica, Amount::from_minor((*minor).into())).unwrap())
    }

    fn view(&self) -> i128 {
        self.value().minor()
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
    assert_laws::<Of<GCounter>>("GCounter");
}

#[test]
fn a_counter_obeys_its_laws() {
    assert_laws::<Of<PnCounter>>("PnCounter");
}

#[test]
fn a_counter_of_amounts_obeys_its_laws() {
    assert_laws::<Of<AmountCounter<Eur>>>("AmountCounter");
}

#[test]
fn a_resettable_counter_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<ResettableCounter>>>("ResettableCounter");
}
