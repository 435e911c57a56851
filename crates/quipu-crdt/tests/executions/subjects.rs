//! The types under test: how each is changed, and what its state must say after a given set of changes.

use std::collections::BTreeSet;
use std::fmt::Debug;

use quipu_crdt::{GCounter, GSet, Lattice, PnCounter, ReplicaId, VersionVector};

pub(crate) trait Subject: Lattice + Debug + PartialOrd {
    /// Makes a change and returns its delta.
    fn edit(&mut self, replica: ReplicaId, amount: i64) -> Self;

    /// Which changes the delta of change number `change` stands for. A delta of a counter holds its replica's whole
    /// slot, thus all earlier changes of that replica too.
    fn delta_stands_for(
        changes: &[(ReplicaId, i64)],
        change: usize,
        _known: &BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        let (owner, _) = changes[change];
        (0..=change).filter(|earlier| changes[*earlier].0 == owner).collect()
    }

    /// The specification: checks the state against the changes it stands for, without any notion of slots or joins.
    fn assert_says(&self, changes: &[(ReplicaId, i64)]);
}

impl Subject for GCounter {
    fn edit(&mut self, replica: ReplicaId, amount: i64) -> Self {
        self.increment(replica, amount.unsigned_abs()).expect("small")
    }

    fn delta_stands_for(changes: &[(ReplicaId, i64)], change: usize, _: &BTreeSet<usize>) -> BTreeSet<usize> {
        empty_if_zero(changes, change)
    }

    fn assert_says(&self, changes: &[(ReplicaId, i64)]) {
        let sum: u128 = changes.iter().map(|(_, amount)| u128::from(amount.unsigned_abs())).sum();
        assert_eq!(self.value(), sum);
    }
}

impl Subject for PnCounter {
    fn edit(&mut self, replica: ReplicaId, amount: i64) -> Self {
        self.add(replica, amount).expect("small")
    }

    fn delta_stands_for(changes: &[(ReplicaId, i64)], change: usize, _: &BTreeSet<usize>) -> BTreeSet<usize> {
        empty_if_zero(changes, change)
    }

    fn assert_says(&self, changes: &[(ReplicaId, i64)]) {
        let sum: i128 = changes.iter().map(|(_, amount)| i128::from(*amount)).sum();
        assert_eq!(self.value(), sum);
    }
}

impl Subject for VersionVector {
    fn edit(&mut self, replica: ReplicaId, _: i64) -> Self {
        let dot = self.next_dot(replica).expect("few");
        assert!(self.contains(dot));
        Self::up_to(dot)
    }

    fn assert_says(&self, changes: &[(ReplicaId, i64)]) {
        let total: u64 = self.iter().map(|(_, count)| count).sum();
        assert_eq!(total, changes.len() as u64);
        for (replica, count) in self.iter() {
            assert_eq!(changes.iter().filter(|(owner, _)| *owner == replica).count() as u64, count);
        }
    }
}

impl Subject for GSet<i64> {
    fn edit(&mut self, _: ReplicaId, amount: i64) -> Self {
        self.insert(amount)
    }

    fn delta_stands_for(
        changes: &[(ReplicaId, i64)],
        change: usize,
        known: &BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        // Nothing is sent of an element that was there already.
        let amount = changes[change].1;
        let was_there = known.iter().any(|earlier| *earlier != change && changes[*earlier].1 == amount);
        if was_there { BTreeSet::new() } else { BTreeSet::from([change]) }
    }

    fn assert_says(&self, changes: &[(ReplicaId, i64)]) {
        let expected: BTreeSet<i64> = changes.iter().map(|(_, amount)| *amount).collect();
        assert!(self.iter().eq(&expected), "{self:?} instead of {expected:?}");
    }
}

/// Adding 0 returns the empty delta; any other delta stands for all changes of its replica so far.
fn empty_if_zero(changes: &[(ReplicaId, i64)], change: usize) -> BTreeSet<usize> {
    let (owner, amount) = changes[change];
    if amount == 0 {
        return BTreeSet::new();
    }
    (0..=change).filter(|earlier| changes[*earlier].0 == owner).collect()
}
