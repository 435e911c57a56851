//! A multi-value register with room for one mistake, and counters that each make one.

use std::collections::BTreeSet;

use quipu_laws::{History, OperationId, Operations, Past, Replica, Subject};

/// A multi-value register; with `DROPS`, a write drops siblings that it has not seen: those with smaller numbers.
#[derive(Clone, Debug)]
pub(crate) struct Register<const DROPS: bool> {
    replica: Replica,
    state: Siblings,
}

/// Values by number and author, and the writes that were replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Siblings {
    alive: BTreeSet<(u32, Replica, u8)>,
    replaced: BTreeSet<(u32, Replica, u8)>,
}

impl<const DROPS: bool> Register<DROPS> {
    fn join(&mut self, other: &Siblings) {
        self.state.replaced.extend(&other.replaced);
        self.state.alive.extend(&other.alive);
        self.state.alive.retain(|write| !self.state.replaced.contains(write));
        if DROPS {
            let newest = self.state.alive.iter().map(|(number, ..)| *number).max().unwrap_or(0);
            self.state.alive.retain(|(number, ..)| *number == newest);
        }
    }
}

impl<const DROPS: bool> Subject for Register<DROPS> {
    type Operation = u8;
    type Delta = Siblings;
    type View = Vec<u8>;

    fn new(replica: Replica) -> Self {
        Self { replica, state: Siblings::default() }
    }

    fn alphabet() -> Vec<u8> {
        vec![1, 2]
    }

    fn edit(&mut self, value: &u8) -> Option<Siblings> {
        let Siblings { alive, replaced } = &self.state;
        let number = alive.iter().chain(replaced).map(|(number, ..)| *number).max().unwrap_or(0) + 1;
        let write = BTreeSet::from([(number, self.replica, *value)]);
        let delta = Siblings { replaced: alive.clone(), alive: write };
        self.join(&delta);
        Some(delta)
    }

    fn receive(&mut self, delta: &Siblings) {
        self.join(delta);
    }

    fn pull(&mut self, other: &Self) {
        self.join(&other.state);
    }

    fn view(&self) -> Vec<u8> {
        let mut values: Vec<u8> = self.state.alive.iter().map(|(.., value)| *value).collect();
        values.sort_unstable();
        values
    }

    fn specification(past: Past<'_, u8>) -> Vec<u8> {
        let standing = past.standing(|_, _| true);
        let writes = past.iter().filter(|(id, _)| standing.contains(*id));
        let mut values: Vec<u8> = writes.map(|(_, record)| record.operation).collect();
        values.sort_unstable();
        values
    }

    fn same(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

/// How a [`Tally`] takes in the count of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    /// The larger count of each replica: right.
    Larger,
    /// The sum of both.
    Sum,
    /// What the other says, be it older.
    Newcomer,
}

const MERGES: [Merge; 3] = [Merge::Larger, Merge::Sum, Merge::Newcomer];

/// A counter with one count for each of four nodes; `WRAPS` after 7.
#[derive(Clone, Debug)]
pub(crate) struct Tally<const MERGE: usize, const WRAPS: bool> {
    replica: Replica,
    /// By life and node; lives are few.
    counts: std::collections::BTreeMap<Replica, u8>,
}

impl<const MERGE: usize, const WRAPS: bool> Tally<MERGE, WRAPS> {
    fn take(&mut self, replica: Replica, count: u8) {
        let mine = self.counts.entry(replica).or_default();
        *mine = match MERGES[MERGE] {
            Merge::Larger => count.max(*mine),
            Merge::Sum => mine.saturating_add(count),
            Merge::Newcomer => count,
        };
    }
}

impl<const MERGE: usize, const WRAPS: bool> Subject for Tally<MERGE, WRAPS> {
    type Operation = u8;
    type Delta = (Replica, u8);
    type View = u64;

    fn new(replica: Replica) -> Self {
        Self { replica, counts: std::collections::BTreeMap::new() }
    }

    fn alphabet() -> Vec<u8> {
        vec![1, 3]
    }

    fn edit(&mut self, amount: &u8) -> Option<(Replica, u8)> {
        let mine = self.counts.entry(self.replica).or_default();
        *mine += amount;
        if WRAPS {
            *mine %= 8;
        }
        Some((self.replica, *mine))
    }

    fn receive(&mut self, (replica, count): &(Replica, u8)) {
        self.take(*replica, *count);
    }

    fn pull(&mut self, other: &Self) {
        other.counts.iter().for_each(|(replica, count)| self.take(*replica, *count));
    }

    fn view(&self) -> u64 {
        self.counts.values().map(|count| u64::from(*count)).sum()
    }

    fn specification(past: Past<'_, u8>) -> u64 {
        past.iter().map(|(_, record)| u64::from(record.operation)).sum()
    }

    fn stands_for(history: &History<u8>, id: OperationId, _: &(Replica, u8)) -> Operations {
        history.by_same_replica_up_to(id)
    }
}
