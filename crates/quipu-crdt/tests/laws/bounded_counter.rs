//! The bounded counter: what is in stock, who may take how much of it, and that nobody takes what is not there.

use std::collections::BTreeMap;

use quipu_crdt::{BoundedCounter, ReplicaId};
use quipu_laws::{History, OperationId, Operations, Past, Replica};

use crate::assert_laws;
use crate::kind::{Kind, Of, id_of, ordered_as_compared};

/// What can be done to a stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stock {
    Create(u64),
    Take(u64),
    /// Hands rights to a node in its first life.
    Give(u8, u64),
}

use Stock::{Create, Give, Take};

/// The value, and the rights of each replica that has any.
type View = (u128, BTreeMap<ReplicaId, u128>);

/// Each replica's rights, by the operations of this past that were not refused.
fn rights(past: Past<'_, Stock>) -> BTreeMap<ReplicaId, i128> {
    let mut rights: BTreeMap<ReplicaId, i128> = BTreeMap::new();
    for (_, record) in past.iter().filter(|(_, record)| record.told) {
        let mine = rights.entry(id_of(record.replica)).or_default();
        match record.operation {
            Create(amount) => *mine += i128::from(amount),
            Take(amount) => *mine -= i128::from(amount),
            Give(node, amount) => {
                *mine -= i128::from(amount);
                let to = id_of(Replica { node, incarnation: 1 });
                *rights.entry(to).or_default() += i128::from(amount);
            }
        }
    }
    rights
}

/// An operation is refused exactly if its replica held too few rights, or gave to itself.
fn should_be_refused(past: Past<'_, Stock>, id: OperationId) -> bool {
    let record = past.record(id);
    let held = rights(past.before(id)).get(&id_of(record.replica)).copied().unwrap_or_default();
    match record.operation {
        Create(_) => false,
        Take(amount) => held < i128::from(amount),
        Give(node, amount) => {
            id_of(record.replica) == id_of(Replica { node, incarnation: 1 }) || held < i128::from(amount)
        }
    }
}

impl Kind for BoundedCounter {
    type Operation = Stock;
    type View = View;

    fn alphabet() -> Vec<Stock> {
        vec![Create(2), Take(1), Give(1, 1)]
    }

    fn further() -> Vec<Stock> {
        vec![Create(1), Take(3), Give(0, 1), Give(2, 2), Give(0, 3)]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Stock) -> Option<Self> {
        match *operation {
            Create(amount) => self.increment(replica, amount).ok(),
            Take(amount) => self.decrement(replica, amount).ok(),
            Give(node, amount) => {
                self.transfer(replica, id_of(Replica { node, incarnation: 1 }), amount).ok()
            }
        }
    }

    fn view(&self) -> View {
        assert_eq!(self.oversold(), 0, "sold twice");
        let holders: BTreeMap<ReplicaId, u128> = self.holders().into_iter().collect();
        assert!(holders.iter().all(|(replica, rights)| self.rights(*replica) == *rights));
        assert_eq!(holders.values().sum::<u128>(), self.value(), "the value is the sum of all rights");
        (self.value(), holders)
    }

    fn specification(past: Past<'_, Stock>) -> View {
        for (id, record) in past.iter() {
            assert_eq!(record.told, !should_be_refused(past, id), "{record:?}");
        }
        let rights = rights(past);
        let sum: i128 = rights.values().sum();
        let held = rights.into_iter().filter(|(_, rights)| *rights != 0);
        let held = held.map(|(replica, rights)| (replica, u128::try_from(rights).expect("never below zero")));
        (u128::try_from(sum).expect("never below zero"), held.collect())
    }

    /// A delta is the whole row of its replica, with rows of others as they are known where it was made.
    fn stands_for(history: &History<Stock>, id: OperationId, delta: &Self) -> Operations {
        let known = history.record(id).seen.union(Operations::one(id));
        let has_row = |known: &OperationId| {
            let owner = id_of(history.record(*known).replica);
            delta.replicas().any(|replica| replica == owner)
        };
        known.iter().filter(has_row).collect()
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        ordered_as_compared(self, other)
    }
}

#[test]
fn a_bounded_counter_obeys_its_laws() {
    assert_laws::<Of<BoundedCounter>>("BoundedCounter");
}
