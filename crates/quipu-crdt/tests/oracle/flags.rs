//! Flags.

use quipu_crdt::{Causal, Dot, DwFlag, EwFlag, ReplicaId};
use quipu_oracle::Value;

use crate::sets::{Live, causal};
use crate::twin::{Question, Twin, assert_as_its_twin, equal, number, pair, through_json, value};

/// What can be done to a flag.
#[derive(Clone, Debug)]
pub(crate) enum Switch {
    Enable,
    Disable,
}

use Switch::{Disable, Enable};

impl Live for EwFlag {
    fn live(&self) -> Value {
        let enables: Vec<Dot> = through_json(self);
        value(enables.into_iter().map(|dot| (pair(dot), ())).collect::<Vec<_>>())
    }
}

impl Twin for Causal<EwFlag> {
    type Operation = Switch;

    const NAME: &'static str = "ew_flag";

    fn alphabet() -> Vec<Switch> {
        vec![Enable, Disable]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Switch) -> Option<Self> {
        match operation {
            Enable => self.enable(replica).ok(),
            Disable => Some(self.disable(replica)),
        }
    }

    fn question(replica: ReplicaId, operation: &Switch) -> Question {
        match operation {
            Enable => Question("enable", vec![value(number(replica))]),
            Disable => Question("disable", vec![]),
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        value(self.value())
    }
}

impl Live for DwFlag {
    fn live(&self) -> Value {
        let marks: Vec<(Dot, bool)> = through_json(self);
        value(marks.into_iter().map(|(dot, on)| (pair(dot), on)).collect::<Vec<_>>())
    }
}

impl Twin for Causal<DwFlag> {
    type Operation = Switch;

    const NAME: &'static str = "dw_flag";

    fn alphabet() -> Vec<Switch> {
        vec![Enable, Disable]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Switch) -> Option<Self> {
        match operation {
            Enable => self.enable(replica).ok(),
            Disable => self.disable(replica).ok(),
        }
    }

    fn question(replica: ReplicaId, operation: &Switch) -> Question {
        let definition = match operation {
            Enable => "enable",
            Disable => "disable",
        };
        Question(definition, vec![value(number(replica))])
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        value(self.value())
    }
}

#[test]
fn an_enable_wins_flag_is_as_its_twin() {
    assert_as_its_twin::<Causal<EwFlag>>(1000);
}

#[test]
fn a_disable_wins_flag_is_as_its_twin() {
    assert_as_its_twin::<Causal<DwFlag>>(300);
}
