//! The bounded counter: everybody's rights are what the changes known of add up to, and never negative.

use std::collections::{BTreeMap, BTreeSet};

use quipu_crdt::{BoundedCounter, NodeName, ReplicaId};
use quipu_laws::{History, OperationId, Operations, Past, Record, Replica, assert_exhausted, assert_lawful};

use crate::bounds;
use crate::kind::{Kind, Of, ordered_as_compared};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Add(u64),
    Take(u64),
    /// To a node, in its first life.
    Give(usize, u64),
}

/// As the harness names replicas of this crate.
fn id(replica: Replica) -> ReplicaId {
    first_life(usize::from(replica.node), replica.incarnation.into())
}

fn first_life(node: usize, incarnation: u64) -> ReplicaId {
    ReplicaId::new(NodeName::new(["n0", "n1", "n2"][node]), incarnation)
}

/// What one accepted change does to the rights of whom.
fn effects(record: &Record<Change>) -> Vec<(ReplicaId, i128)> {
    let own = id(record.replica);
    match record.operation {
        Change::Add(amount) => vec![(own, amount.into())],
        Change::Take(amount) => vec![(own, -i128::from(amount))],
        Change::Give(to, amount) => vec![(own, -i128::from(amount)), (first_life(to, 1), amount.into())],
    }
}

fn rights<'a>(records: impl Iterator<Item = &'a Record<Change>>) -> BTreeMap<ReplicaId, i128> {
    let mut rights = BTreeMap::new();
    for (holder, change) in records.filter(|record| record.told).flat_map(effects) {
        *rights.entry(holder).or_default() += change;
    }
    rights
}

impl Kind for BoundedCounter {
    type Operation = Change;
    /// The value, and who holds how much.
    type View = (u128, BTreeMap<ReplicaId, u128>);

    fn alphabet() -> Vec<Change> {
        vec![Change::Add(2), Change::Take(1), Change::Give(1, 1), Change::Give(2, 1)]
    }

    fn further() -> Vec<Change> {
        vec![Change::Add(0), Change::Add(9), Change::Take(3), Change::Give(0, 2), Change::Give(1, 4)]
    }

    fn edit(&mut self, replica: ReplicaId, change: &Change) -> Option<Self> {
        let delta = match *change {
            Change::Add(amount) => self.increment(replica, amount).ok(),
            Change::Take(amount) => self.decrement(replica, amount).ok(),
            Change::Give(to, amount) => self.transfer(replica, first_life(to, 1), amount).ok(),
        };
        delta.filter(|delta| *delta != Self::default())
    }

    fn view(&self) -> Self::View {
        (self.value(), self.holders().into_iter().collect())
    }

    fn specification(past: Past<'_, Change>) -> Self::View {
        let rights = rights(past.iter().map(|(_, record)| record));
        let held = rights.into_iter().filter(|(_, rights)| *rights != 0);
        let held: BTreeMap<_, _> = held
            .map(|(holder, rights)| (holder, u128::try_from(rights).expect("nobody is overdrawn")))
            .collect();
        (held.values().sum(), held)
    }

    /// All changes of the replica, and, as long as somebody among those whose changes are told would be overdrawn, all of
    /// whoever gave most to that one.
    fn stands_for(history: &History<Change>, id_of_change: OperationId) -> Operations {
        let change = history.record(id_of_change);
        let known = change.seen.union(Operations::one(id_of_change));
        let known: Vec<_> =
            history.iter().filter(|(id, record)| known.contains(*id) && record.told).collect();
        let mut told = BTreeSet::from([change.replica]);
        loop {
            let among = |record: &Record<Change>| told.contains(&record.replica);
            let rights = rights(known.iter().map(|(_, record)| *record).filter(|record| among(record)));
            let overdrawn = rights.into_iter().filter(|(_, rights)| *rights < 0);
            let mut donors = overdrawn.filter_map(|(needy, _)| {
                let mut gifts: BTreeMap<Replica, i128> = BTreeMap::new();
                for (_, record) in known.iter().filter(|(_, record)| !among(record)) {
                    let gift = effects(record)
                        .into_iter()
                        .find(|(to, _)| *to == needy && id(record.replica) != needy);
                    *gifts.entry(record.replica).or_default() += gift.map_or(0, |(_, amount)| amount);
                }
                let gifts = gifts.into_iter().filter(|(_, amount)| *amount > 0);
                gifts.max_by_key(|(donor, amount)| (*amount, *donor)).map(|(donor, _)| donor)
            });
            let Some(donor) = donors.next() else {
                return known.iter().filter(|(_, record)| among(record)).map(|(id, _)| *id).collect();
            };
            told.insert(donor);
        }
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        let held: u128 = self.holders().iter().map(|(_, rights)| rights).sum();
        if self.oversold() != 0 || held != self.value() {
            return Err(format!("{held} held of {}, {} oversold", self.value(), self.oversold()));
        }
        ordered_as_compared(self, other)
    }
}

#[test]
fn a_bounded_counter_obeys_its_laws() {
    assert_lawful::<Of<BoundedCounter>>("BoundedCounter");
    assert_exhausted::<Of<BoundedCounter>>("BoundedCounter", bounds(3, 2, 1));
}
