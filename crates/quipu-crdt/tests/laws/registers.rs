//! Registers: which values are there, by the writes known of.

use quipu_crdt::{Causal, MvRegister, ReplicaId};
use quipu_laws::{Past, assert_exhausted, assert_lawful};

use crate::bounds;
use crate::kind::{Kind, Of};

/// What can be done to a multi-value register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegisterOperation {
    Write(u8),
    Clear,
}

use RegisterOperation::{Clear, Write};

impl Kind for Causal<MvRegister<u8>> {
    type Operation = RegisterOperation;
    /// All siblings, equal ones each.
    type View = Vec<u8>;

    fn alphabet() -> Vec<RegisterOperation> {
        vec![Write(1), Write(2), Clear]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &RegisterOperation) -> Option<Self> {
        Some(match operation {
            Write(value) => self.write(replica, *value).unwrap(),
            Clear => self.clear(replica),
        })
    }

    fn view(&self) -> Vec<u8> {
        let mut values: Vec<u8> = self.siblings().map(|(_, value)| *value).collect();
        values.sort_unstable();
        assert_eq!(values.len(), self.len());
        values
    }

    /// A value is there for each write that no later write or clear had seen; where operations are missing, for each that
    /// none has replaced.
    fn specification(past: Past<'_, RegisterOperation>) -> Vec<u8> {
        let standing = past.standing(|_, _| true);
        let written = past.iter().filter_map(|(id, record)| {
            let gone = if past.is_causal() { past.seen_by(id, |_| true) } else { !standing.contains(id) };
            match record.operation {
                Write(value) if !gone => Some(value),
                _ => None,
            }
        });
        let mut values: Vec<u8> = written.collect();
        values.sort_unstable();
        values
    }
}

#[test]
fn a_multi_value_register_obeys_its_laws() {
    assert_lawful::<Of<Causal<MvRegister<u8>>>>("MvRegister");
    assert_exhausted::<Of<Causal<MvRegister<u8>>>>("MvRegister", bounds(3, 3, 1));
}
