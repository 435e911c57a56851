//! The register that keeps concurrent writes side by side.

use std::num::NonZeroU64;

use quipu_crdt::{Causal, CausalContext, Dot, MvRegister, ReadContext, ReplicaId};
use quipu_laws::Replica;
use quipu_oracle::Value;

use crate::sets::{Live, causal};
use crate::twin::{Question, Twin, assert_as_its_twin, equal, id_of, number, pair, through_json, value};

/// Writes that a client has read, of nodes in their first lives: some have arrived where it hands them back, some are gone
/// there, some are not there yet.
pub(crate) type Read = &'static [(u8, u64)];

/// What can be done to a multi-value register.
#[derive(Clone, Debug)]
pub(crate) enum RegisterOperation {
    Write(u8),
    Clear,
    WriteOver(Read, u8),
}

use RegisterOperation::{Clear, Write, WriteOver};

/// The dots of what was read.
pub(crate) fn dots(read: Read) -> impl Iterator<Item = Dot> {
    read.iter().map(|(node, counter)| {
        let replica = id_of(Replica { node: *node, incarnation: 1 });
        Dot::new(replica, NonZeroU64::new(*counter).unwrap())
    })
}

pub(crate) fn read_context(read: Read) -> ReadContext {
    dots(read).collect::<CausalContext>().into()
}

pub(crate) fn read_value(read: Read) -> Value {
    value(dots(read).map(pair).collect::<Vec<_>>())
}

impl Live for MvRegister<u8> {
    fn live(&self) -> Value {
        let siblings: Vec<(Dot, u8)> = through_json(self);
        assert!(self.siblings().map(|(dot, value)| (dot, *value)).eq(siblings.iter().copied()));
        value(siblings.into_iter().map(|(dot, value)| (pair(dot), value)).collect::<Vec<_>>())
    }
}

impl Twin for Causal<MvRegister<u8>> {
    type Operation = RegisterOperation;

    const NAME: &'static str = "mv_register";

    fn alphabet() -> Vec<RegisterOperation> {
        vec![Write(1), Write(2), Clear, WriteOver(&[], 3)]
    }

    fn further() -> Vec<RegisterOperation> {
        vec![
            WriteOver(&[(0, 1)], 4),
            WriteOver(&[(0, 2), (1, 1)], 5),
            WriteOver(&[(1, 1), (1, 3), (2, 2)], 6),
            WriteOver(&[(2, 5)], 7),
            Write(1),
        ]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &RegisterOperation) -> Option<Self> {
        match operation {
            Write(value) => self.write(replica, *value).ok(),
            Clear => Some(self.clear(replica)),
            WriteOver(read, value) => self.write_over(replica, &read_context(read), *value).ok(),
        }
    }

    fn question(replica: ReplicaId, operation: &RegisterOperation) -> Question {
        let replica = value(number(replica));
        match operation {
            Write(written) => Question("write", vec![replica, value(*written)]),
            Clear => Question("clear", vec![]),
            WriteOver(read, written) => {
                Question("write_over", vec![replica, read_value(read), value(*written)])
            }
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&causal(self), twin)
    }

    fn view(&self) -> Value {
        value(self.value().into_iter().copied().collect::<Vec<u8>>())
    }
}

#[test]
fn a_multi_value_register_is_as_its_twin() {
    assert_as_its_twin::<Causal<MvRegister<u8>>>(300);
}
