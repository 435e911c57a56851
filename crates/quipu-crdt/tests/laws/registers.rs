//! Registers: which values are there, by the writes known of.

use std::collections::BTreeMap;

use quipu_crdt::{Causal, Lattice, MvRegister, ReadContext, ReplicaId};
use quipu_laws::{OperationId, Operations, Past, Replica, Subject};

use crate::assert_causal_laws;
use crate::kind::{Kind, Of, id_of};

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

/// A register whose client reads at one time and writes at another, handing back what it had read.
#[derive(Clone)]
struct ReadAndWritten {
    id: ReplicaId,
    register: Causal<MvRegister<u8>>,
    read: ReadContext,
}

/// What a client does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Client {
    Read,
    WriteOverRead(u8),
    Write(u8),
}

impl Subject for ReadAndWritten {
    type Operation = Client;
    type Delta = Causal<MvRegister<u8>>;
    type View = Vec<u8>;

    fn new(replica: Replica) -> Self {
        Self { id: id_of(replica), register: Causal::default(), read: ReadContext::default() }
    }

    fn alphabet() -> Vec<Client> {
        vec![Client::Read, Client::WriteOverRead(1), Client::Write(2)]
    }

    fn edit(&mut self, operation: &Client) -> Option<Self::Delta> {
        match operation {
            Client::Read => {
                self.read = self.register.read_context();
                None
            }
            Client::WriteOverRead(value) => self.register.write_over(self.id, &self.read, *value).ok(),
            Client::Write(value) => self.register.write(self.id, *value).ok(),
        }
    }

    fn receive(&mut self, delta: &Self::Delta) {
        self.register.join(delta);
    }

    fn pull(&mut self, other: &Self) {
        self.register.join(&other.register);
    }

    fn view(&self) -> Vec<u8> {
        self.register.view()
    }

    /// A write over a read replaces what stood when its replica last read, and leaves alone what came in since.
    fn specification(past: Past<'_, Client>) -> Vec<u8> {
        let mut replaced: BTreeMap<OperationId, Operations> = BTreeMap::new();
        let mut last_read: BTreeMap<Replica, Operations> = BTreeMap::new();
        for (id, record) in past.whole().iter() {
            let stood = standing(record.seen, &replaced);
            let gone = match record.operation {
                Client::Read => {
                    last_read.insert(record.replica, stood);
                    Operations::NONE
                }
                Client::WriteOverRead(_) => last_read.get(&record.replica).copied().unwrap_or_default(),
                Client::Write(_) => stood,
            };
            replaced.insert(id, gone);
        }
        let written =
            standing(past.operations(), &replaced).iter().filter_map(|id| match past.record(id).operation {
                Client::Read => None,
                Client::WriteOverRead(value) | Client::Write(value) => Some(value),
            });
        let mut values: Vec<u8> = written.collect();
        values.sort_unstable();
        values
    }

    fn same(&self, other: &Self) -> bool {
        self.register == other.register
    }
}

/// Those of these operations that none of them has replaced.
fn standing(operations: Operations, replaced: &BTreeMap<OperationId, Operations>) -> Operations {
    operations.iter().fold(operations, |left, id| left.without(replaced[&id]))
}

#[test]
fn a_multi_value_register_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<MvRegister<u8>>>>("MvRegister");
}

#[test]
fn a_write_replaces_what_was_read_and_nothing_else() {
    assert_causal_laws::<ReadAndWritten>("MvRegister read and written");
}
