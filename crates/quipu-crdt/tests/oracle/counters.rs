//! Counters.

use std::collections::BTreeMap;

use quipu_crdt::{Causal, GCounter, PnCounter, ReplicaId, ResettableCounter};
use quipu_oracle::Value;

use crate::sets::{Live, causal};
use crate::twin::{Question, Twin, assert_as_its_twin, equal, number, through_json, value};

impl Twin for GCounter {
    type Operation = u64;

    const NAME: &'static str = "g_counter";

    fn alphabet() -> Vec<u64> {
        vec![1, 2]
    }

    fn further() -> Vec<u64> {
        vec![0, 1000, 1 << 40]
    }

    fn edit(&mut self, replica: ReplicaId, amount: &u64) -> Option<Self> {
        self.increment(replica, *amount).ok()
    }

    fn question(replica: ReplicaId, amount: &u64) -> Question {
        Question("increment", vec![value(number(replica)), value(*amount)])
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&value(self.iter().map(|(replica, count)| (number(replica), count)).collect::<Vec<_>>()), twin)
    }

    fn view(&self) -> Value {
        value(self.value())
    }
}

impl Twin for PnCounter {
    type Operation = i64;

    const NAME: &'static str = "pn_counter";

    fn alphabet() -> Vec<i64> {
        vec![1, -1]
    }

    fn further() -> Vec<i64> {
        vec![0, 3, -1000]
    }

    fn edit(&mut self, replica: ReplicaId, amount: &i64) -> Option<Self> {
        self.add(replica, *amount).ok()
    }

    fn question(replica: ReplicaId, amount: &i64) -> Question {
        let definition = if *amount < 0 { "decrement" } else { "increment" };
        Question(definition, vec![value(number(replica)), value(amount.unsigned_abs())])
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&value(self.iter().map(|(replica, tally)| (number(replica), tally)).collect::<Vec<_>>()), twin)
    }

    fn view(&self) -> Value {
        value(self.value())
    }
}

/// What can be done to a resettable counter.
#[derive(Clone, Debug)]
pub(crate) enum Tally {
    Step(i64),
    Reset,
}

use Tally::{Reset, Step};

impl Live for ResettableCounter {
    /// The counter writes runs of equal steps; the twin keeps each by itself.
    fn live(&self) -> Value {
        let runs: BTreeMap<ReplicaId, Vec<(u64, u64, i64)>> = through_json(self);
        let runs =
            runs.into_iter().flat_map(|(replica, runs)| runs.into_iter().map(move |run| (replica, run)));
        let steps = runs.flat_map(|(replica, (first, last, step))| {
            (first..=last).map(move |counter| ((number(replica), counter), step))
        });
        value(steps.collect::<Vec<_>>())
    }
}

impl Twin for Causal<ResettableCounter> {
    type Operation = Tally;

    const NAME: &'static str = "resettable_counter";

    fn alphabet() -> Vec<Tally> {
        vec![Step(1), Reset, Step(-2)]
    }

    fn further() -> Vec<Tally> {
        vec![Step(0), Step(5), Step(1), Step(1)]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Tally) -> Option<Self> {
        match operation {
            Step(step) => self.add(replica, *step).ok(),
            Reset => Some(self.reset(replica)),
        }
    }

    fn question(replica: ReplicaId, operation: &Tally) -> Question {
        match operation {
            Step(step) => Question("add", vec![value(number(replica)), value(*step)]),
            Reset => Question("reset", vec![]),
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        value(self.value())
    }
}

#[test]
fn a_grow_only_counter_is_as_its_twin() {
    assert_as_its_twin::<GCounter>(1000);
}

#[test]
fn a_counter_is_as_its_twin() {
    assert_as_its_twin::<PnCounter>(1000);
}

#[test]
fn a_resettable_counter_is_as_its_twin() {
    assert_as_its_twin::<Causal<ResettableCounter>>(300);
}
