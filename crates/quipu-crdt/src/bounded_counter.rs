//! The counter that never goes below zero (bounded counter, escrow counter).
//!
//! Whoever takes from a stock without asking anybody must hold the **right** to do so. Rights are what is in stock, dealt
//! out among the replicas: an increment creates rights for the replica that makes it, a decrement uses up its own, and a
//! transfer hands own ones to another. So each replica decides alone, at once, in any partition, and no two of them can
//! take the same last piece.
//!
//! Each replica has a row that only it changes and that only grows: what it created, what it consumed, what it gave to
//! each other replica. Joining takes the larger of each number.
//!
//! ```text
//! rights of r  =  created by r + given to r by all others - given away by r - consumed by r
//! value        =  all created - all consumed  =  the sum of all rights
//! ```
//!
//! *Under concurrency.* Three in stock, `n0` holds all the rights and gives one to `n1`:
//!
//! ```text
//! n0: created 3, gave n1: 1                              -- delta {n0} -->  n1: rights 1
//! n0 takes 2: rights 0      at the same time       n1 takes 1: rights 0
//! both know of both: 3 - 3 = 0. Had n1 tried to take 2: "cannot decide here: 1 here, n0 holds 2".
//! ```
//!
//! # No read is ever negative
//! Were rows sent one by one, somebody could see `n1` consume the right that it got from `n0` without having seen `n0` create and
//! give it, and would read -1. So a delta carries what its validity rests on: its replica's row, and, where that row lives on what
//! others gave, rows of theirs, as many as it takes. The invariant of **every** state, delta and difference is: *no row has
//! consumed and given away more than it created and got, as far as this state knows*. A join keeps it: each row in it
//! is the newer of the two, and comes with all that it rested on, for what others gave only grows. All rights being 0
//! or more, so is their sum. Decoding refuses a state without the invariant.
//!
//! # A replica that forgot its newest changes sells twice
//! `n0` holds 10 rights, takes 6, crashes, and comes back with the backup in which it has 10; it takes 6 again. Twelve
//! pieces are sold and the joined row says 6. No join can see that. A node that may have forgotten anything must come
//! back under a **new incarnation**, which holds no rights; what its earlier life held stays counted, and stays unused.
//! That is the price: what those rights were used for is not known.
//!
//! A node that has forgotten nothing, and starts under a new incarnation all the same, takes the old rights over with
//! [`BoundedCounter::inherit`].
//!
//! *Cost* for n replicas: an increment O(log n). A decrement or transfer O(log n) while own creations cover it, else
//! O(n log n) and as often as rows of others must come along. Reading O(n), the rights of all O(entries). A delta is one
//! row while own creations cover what the row used; else it brings rows of those it got rights from, at worst all. Memory:
//! about 130 bytes a row, 32 for each further replica given to; on the wire 7 bytes a row and 5 a gift, with names of two
//! letters and small numbers.
//!
//! *Overflow:* each number in a row is 64 bits and a change that does not fit is an error; rights and the value are 128 bits
//! and always exact.
//!
//! *Left out:* an upper bound: count what is free instead of what is there. A lower bound other than 0: create that many
//! fewer. Who gives how much to whom, and when: the error says who could.
//!
//! *Source:* Balegas, Serra, Duarte, Ferreira, Rodrigues, Preguiça, Shapiro and Najafzadeh, *Extending Eventually Consistent
//! Cloud Databases for Enforcing Numeric Invariants*, 2015; escrow is due to O'Neil, *The Escrow Transactional Method*, 1986.

mod refusal;
mod row;
#[cfg(feature = "serde")]
mod wire;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::{Ordering, Reverse};
use core::fmt;

pub use refusal::{InsufficientRights, RightsError};
use row::Row;

use crate::slots::Count;
use crate::{Lattice, Overflow, ReplicaId};

/// A counter that many replicas change without asking each other, and that none of them can take below zero.
///
/// ```
/// use quipu_crdt::{BoundedCounter, Lattice, NodeName, ReplicaId, RightsError};
///
/// let [alice, bob] = ["alice", "bob"].map(|name| ReplicaId::new(NodeName::new(name), 1));
/// let mut at_alice = BoundedCounter::default();
/// at_alice.increment(alice, 3)?;
/// let mut at_bob = at_alice.clone();
///
/// // Three are in stock, but bob may take none: alice may take them all at this very moment.
/// let Err(RightsError::Insufficient(answer)) = at_bob.decrement(bob, 1) else { unreachable!() };
/// assert_eq!((answer.here, &answer.elsewhere[..]), (0, &[(alice, 3)][..]));
/// assert!(!answer.is_total_too_small());
///
/// at_bob.join(&at_alice.transfer(alice, bob, 1)?);
/// at_bob.decrement(bob, 1)?;
/// assert_eq!((at_bob.value(), at_bob.rights(bob), at_bob.rights(alice)), (2, 0, 2));
/// # Ok::<(), RightsError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct BoundedCounter {
    /// None is empty.
    rows: BTreeMap<ReplicaId, Row>,
}

impl BoundedCounter {
    /// Adds `amount` in the name of `replica`, which must be the caller's own id and gets as many rights; returns the
    /// delta. Adding 0 changes nothing and returns the empty delta.
    ///
    /// # Errors
    /// [`Overflow`] if what this replica has added would pass 2^64 - 1; then nothing is changed.
    pub fn increment(&mut self, replica: ReplicaId, amount: u64) -> Result<Self, Overflow> {
        self.grow(replica, |row| {
            row.created = row.created.checked_add(amount).ok_or(Overflow)?;
            Ok(())
        })
    }

    /// Takes `amount` away in the name of `replica`, which must be the caller's own id, and returns the delta. Taking
    /// 0 changes nothing and returns the empty delta.
    ///
    /// # Errors
    /// [`RightsError::Insufficient`] if the replica does not hold as many rights: the stock may be large enough, but
    /// that cannot be decided here. [`RightsError::Overflow`] if what this replica has taken away would pass 2^64 - 1.
    /// Nothing is changed.
    pub fn decrement(&mut self, replica: ReplicaId, amount: u64) -> Result<Self, RightsError> {
        self.demand(replica, amount)?;
        let delta = self.grow(replica, |row| {
            row.consumed = row.consumed.checked_add(amount).ok_or(Overflow)?;
            Ok(())
        });
        Ok(delta?)
    }

    /// Hands `amount` rights of `replica`, which must be the caller's own id, to `to`, and returns the delta. The value
    /// stays. `to` may be a replica that was never heard of: it is an id, and the rights wait for it. Handing over 0
    /// changes nothing and returns the empty delta.
    ///
    /// # Errors
    /// [`RightsError::ToItself`]; [`RightsError::Insufficient`] as for [`BoundedCounter::decrement`];
    /// [`RightsError::Overflow`] if what it ever gave to `to` would pass 2^64 - 1. Nothing is changed.
    pub fn transfer(&mut self, replica: ReplicaId, to: ReplicaId, amount: u64) -> Result<Self, RightsError> {
        if replica == to {
            return Err(RightsError::ToItself);
        }
        self.demand(replica, amount)?;
        let give = |Count(before): Count| before.checked_add(amount).map(Count).ok_or(Overflow);
        Ok(self.grow(replica, |row| row.given.grow(to, give).map(drop))?)
    }

    /// Hands all rights of `old`, an earlier life of the caller's node, to `new`, its present one. Returns the delta.
    ///
    /// **Only if `old`'s row is provably complete here**, or rights are used twice:
    /// - this state holds every change that was ever made to `old`'s row, by `old` itself and by lives that inherited from
    ///   it: each was durable before it was acknowledged or sent, and what was durable has been read back whole and is
    ///   known to be the newest (no backup, no copy of a disk, no lost tail);
    /// - `old` is over, and of all later lives only `new` changes its row from now on;
    /// - the delta is durable before anything is done with the rights, as with every change.
    ///
    /// A delta of a life that lives on an inheritance brings the rows of the lives that it came through. So a node whose
    /// row is complete does better to keep its id, and has nothing to inherit.
    ///
    /// It may be called again for what others, who have not heard of `new`, still give to `old`. A life that inherited
    /// and whose own row is not complete closes the way for all after it: it may have changed `old`'s row too.
    ///
    /// # Errors
    /// [`RightsError::NotAnEarlierLife`] unless the two are different incarnations of one node;
    /// [`RightsError::Overflow`] if what `old` gave to `new` would pass 2^64 - 1. Nothing is changed.
    pub fn inherit(&mut self, old: ReplicaId, new: ReplicaId) -> Result<Self, RightsError> {
        if old.node != new.node || old == new {
            return Err(RightsError::NotAnEarlierLife { old, new });
        }
        let all = u64::try_from(self.rights(old)).map_err(|_| Overflow)?;
        self.transfer(old, new, all)
    }

    /// All that was added less all that was taken away, as far as known here: the sum of all rights.
    ///
    /// In a state that shows a replica selling twice, see [`BoundedCounter::oversold`], it is 0 where it would be less.
    pub fn value(&self) -> u128 {
        let created: u128 = self.rows.values().map(|row| u128::from(row.created)).sum();
        let consumed = self.rows.values().map(|row| u128::from(row.consumed)).sum();
        created.saturating_sub(consumed)
    }

    /// How much `replica` may take away, as far as known here. Of itself a replica knows it exactly, but for what was
    /// given to it and has not arrived.
    pub fn rights(&self, replica: ReplicaId) -> u128 {
        let own = self.rows.get(&replica).map_or(0, Row::alone);
        let got: i128 = self.rows.values().map(|row| i128::from(row.given.get(replica).0)).sum();
        u128::try_from(own + got).unwrap_or(0)
    }

    /// Who holds rights and how many, as far as known here; who holds most comes first, equals in the order of their ids.
    pub fn holders(&self) -> Vec<(ReplicaId, u128)> {
        let balances = self.balances().into_iter();
        let positive = balances.filter_map(|(replica, rights)| Some((replica, u128::try_from(rights).ok()?)));
        let mut holders: Vec<_> = positive.filter(|(_, rights)| *rights > 0).collect();
        holders.sort_by_key(|(replica, rights)| (Reverse(*rights), *replica));
        holders
    }

    /// Who has a row here: all that ever added, took away or handed over anything, as far as known, in the order of their
    /// ids.
    pub fn replicas(&self) -> impl ExactSizeIterator<Item = ReplicaId> + '_ {
        self.rows.keys().copied()
    }

    /// By how much rows are overdrawn: 0, unless a replica has come back under an old id without its newest changes.
    ///
    /// An alarm, not a check: if it is not 0, something was sold twice; but most such sales are invisible in any state.
    /// Such a state can be joined and read, and is refused when decoded.
    pub fn oversold(&self) -> u128 {
        self.balances().into_values().map(|balance| balance.min(0).unsigned_abs()).sum()
    }

    /// Refuses if `replica` holds fewer rights than `amount`.
    fn demand(&self, replica: ReplicaId, amount: u64) -> Result<(), InsufficientRights> {
        let covered = self.rows.get(&replica).is_some_and(|row| row.alone() >= i128::from(amount));
        if covered || self.rights(replica) >= u128::from(amount) {
            return Ok(());
        }
        let mut elsewhere = self.holders();
        elsewhere.retain(|(holder, _)| *holder != replica);
        Err(InsufficientRights { asked: amount, here: self.rights(replica), elsewhere })
    }

    /// Lets one row grow, and returns the delta: the row with what it rests on, or nothing if it stayed as it was.
    fn grow(
        &mut self,
        replica: ReplicaId,
        change: impl FnOnce(&mut Row) -> Result<(), Overflow>,
    ) -> Result<Self, Overflow> {
        let before = self.rows.get(&replica).cloned().unwrap_or_default();
        let mut after = before.clone();
        change(&mut after)?;
        if after == before {
            return Ok(Self::default());
        }
        let alone = after.alone() >= 0;
        self.rows.insert(replica, after.clone());
        Ok(if alone { Self { rows: [(replica, after)].into() } } else { self.with_support([replica]) })
    }

    /// The rows of `wanted`, and rows of those who gave to them, the largest gift first, until none is overdrawn.
    fn with_support(&self, wanted: impl IntoIterator<Item = ReplicaId>) -> Self {
        let (mut part, mut balances) = (Self::default(), BTreeMap::new());
        let mut next: Vec<ReplicaId> = wanted.into_iter().collect();
        while let Some(replica) = next.pop() {
            let row = &self.rows[&replica];
            row.book(replica, &mut balances);
            part.rows.insert(replica, row.clone());
            if next.is_empty() {
                let overdrawn = balances.iter().filter(|(_, balance)| **balance < 0);
                next.extend(
                    overdrawn.map(|(needy, _)| *needy).find_map(|needy| self.largest_gift(needy, &part)),
                );
            }
        }
        part
    }

    /// Who of those that are not in `part` gave most to `needy`.
    fn largest_gift(&self, needy: ReplicaId, part: &Self) -> Option<ReplicaId> {
        let outside = self.rows.iter().filter(|(replica, _)| !part.rows.contains_key(replica));
        let gifts = outside.map(|(replica, row)| (row.given.get(needy), *replica));
        gifts.filter(|(gift, _)| *gift != Count(0)).max_by_key(|(gift, _)| gift.0).map(|(_, replica)| replica)
    }

    /// The rights of each replica; below 0 only where a replica sold twice.
    fn balances(&self) -> BTreeMap<ReplicaId, i128> {
        let mut balances = BTreeMap::new();
        for (replica, row) in &self.rows {
            row.book(*replica, &mut balances);
        }
        balances
    }
}

impl Lattice for BoundedCounter {
    fn join(&mut self, other: &Self) {
        for (replica, theirs) in &other.rows {
            match self.rows.get_mut(replica) {
                Some(row) => row.join(theirs),
                None => drop(self.rows.insert(*replica, theirs.clone())),
            }
        }
    }

    fn includes(&self, other: &Self) -> bool {
        let mut rows = other.rows.iter();
        rows.all(|(replica, theirs)| self.rows.get(replica).is_some_and(|row| row.includes(theirs)))
    }

    /// The rows that `known` lacks, and what they rest on, so that the difference too is a state without negative
    /// rights, whoever receives it.
    fn difference(&self, known: &Self) -> Self {
        let known = |replica, row| known.rows.get(replica).is_some_and(|theirs: &Row| theirs.includes(row));
        let lacking = self.rows.iter().filter(|(replica, row)| !known(*replica, row));
        self.with_support(lacking.map(|(replica, _)| *replica))
    }

    fn is_bottom(&self) -> bool {
        self.rows.is_empty()
    }
}

impl PartialOrd for BoundedCounter {
    /// The order of knowledge, not of values: see [`Lattice::compare`].
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl fmt::Debug for BoundedCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.rows).finish()
    }
}
