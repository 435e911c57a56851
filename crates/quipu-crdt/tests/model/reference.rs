//! The reference: every rule of a causal set in a line or two, dot by dot.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use quipu_crdt::{CausalContext, Dot, NodeName, ReplicaId};

pub(crate) type Dots = BTreeSet<Dot>;

/// What was seen and what is alive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) seen: Dots,
    pub(crate) alive: BTreeMap<Dot, u64>,
}

impl Reference {
    pub(crate) fn add(&mut self, replica: ReplicaId, element: u64) -> Self {
        let mine = self.seen.iter().filter(|dot| dot.replica == replica);
        let dot = dot(replica, mine.map(|dot| dot.counter.get()).max().unwrap_or(0) + 1);
        let mut delta = self.remove(element);
        for part in [&mut delta, self] {
            part.seen.insert(dot);
            part.alive.insert(dot, element);
        }
        delta
    }

    pub(crate) fn remove(&mut self, element: u64) -> Self {
        let gone = self.dots_of(element);
        self.alive.retain(|dot, _| !gone.contains(dot));
        Self { seen: gone, alive: BTreeMap::new() }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.alive.retain(|dot, _| other.alive.contains_key(dot) || !other.seen.contains(dot));
        let new = other.alive.iter().filter(|(dot, _)| !self.seen.contains(dot));
        self.alive.extend(new);
        self.seen.extend(&other.seen);
    }

    pub(crate) fn includes(&self, other: &Self) -> bool {
        let mut joined = self.clone();
        joined.join(other);
        joined == *self
    }

    pub(crate) fn difference(&self, known: &Self) -> Self {
        let unseen = self.seen.difference(&known.seen);
        let gone = known.alive.keys().filter(|dot| self.seen.contains(dot) && !self.alive.contains_key(dot));
        let seen: Dots = unseen.chain(gone).copied().collect();
        let alive = self.alive.iter().filter(|(dot, _)| !known.seen.contains(dot));
        Self { alive: alive.map(|(dot, element)| (*dot, *element)).collect(), seen }
    }

    pub(crate) fn dots_of(&self, element: u64) -> Dots {
        self.alive.iter().filter(|(_, other)| **other == element).map(|(dot, _)| *dot).collect()
    }
}

pub(crate) fn dot(replica: ReplicaId, counter: u64) -> Dot {
    Dot::new(replica, NonZeroU64::new(counter).expect("counted from 1"))
}

/// The names are not in the order of the numbers.
pub(crate) fn replica(number: u64) -> ReplicaId {
    ReplicaId::new(NodeName::new(&format!("n{}", number * 7 % 40)), number)
}

pub(crate) fn dots_of(context: &CausalContext) -> Dots {
    let dots: Vec<Dot> = context.dots().collect();
    assert!(dots.is_sorted(), "dots come in order");
    dots.into_iter().collect()
}

pub(crate) fn context_of(dots: &Dots) -> CausalContext {
    dots.iter().copied().collect()
}
