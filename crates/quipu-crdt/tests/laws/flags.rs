//! Flags: on or off, by the operations that none had seen.

use quipu_crdt::{Causal, DwFlag, EwFlag, ReplicaId};
use quipu_laws::{Past, assert_exhausted, assert_lawful};

use crate::bounds;
use crate::kind::{Kind, Of, in_force};

/// What can be done to a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Enable,
    Disable,
}

use Switch::{Disable, Enable};

/// The operations that no other had seen.
fn last(past: Past<'_, Switch>) -> impl Iterator<Item = &Switch> {
    in_force(past, |_, _| true)
        .iter()
        .map(move |id| &past.record(id).operation)
        .collect::<Vec<_>>()
        .into_iter()
}

impl Kind for Causal<EwFlag> {
    type Operation = Switch;
    type View = bool;

    fn alphabet() -> Vec<Switch> {
        vec![Enable, Disable]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Switch) -> Option<Self> {
        match operation {
            Enable => self.enable(replica).ok(),
            Disable => Some(self.disable(replica)),
        }
    }

    fn view(&self) -> bool {
        self.value()
    }

    /// An enable that no other operation had seen.
    fn specification(past: Past<'_, Switch>) -> bool {
        last(past).any(|operation| *operation == Enable)
    }
}

impl Kind for Causal<DwFlag> {
    type Operation = Switch;
    type View = bool;

    fn alphabet() -> Vec<Switch> {
        vec![Enable, Disable]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Switch) -> Option<Self> {
        match operation {
            Enable => self.enable(replica).ok(),
            Disable => self.disable(replica).ok(),
        }
    }

    fn view(&self) -> bool {
        self.value()
    }

    /// Of the operations that no other had seen there is one, and all are enables.
    fn specification(past: Past<'_, Switch>) -> bool {
        !past.operations().is_empty() && last(past).all(|operation| *operation == Enable)
    }
}

#[test]
fn an_enable_wins_flag_obeys_its_laws() {
    assert_lawful::<Of<Causal<EwFlag>>>("EwFlag");
    assert_exhausted::<Of<Causal<EwFlag>>>("EwFlag", bounds(4, 3, 0));
}

#[test]
fn a_disable_wins_flag_obeys_its_laws() {
    assert_lawful::<Of<Causal<DwFlag>>>("DwFlag");
    assert_exhausted::<Of<Causal<DwFlag>>>("DwFlag", bounds(4, 3, 0));
}
