//! The add-wins set and the function from dots, in executions.

use std::collections::BTreeSet;
use std::fmt::Debug;

use fastrand::Rng;
use quipu_crdt::{Causal, DotFun, DotStore, Lattice, OrSet, ReplicaId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reference::{Dots, Reference, context_of, dot, dots_of, replica};

/// A store with the mutators of an add-wins set.
trait Set: DotStore + Debug + Serialize + DeserializeOwned {
    fn add(state: &mut Causal<Self>, replica: ReplicaId, element: u64) -> Causal<Self>;
    fn remove(state: &mut Causal<Self>, replica: ReplicaId, element: u64) -> Causal<Self>;
    fn clear(state: &mut Causal<Self>, replica: ReplicaId) -> Causal<Self>;
    /// Looks at all there is to ask of one store.
    fn check(&self, reference: &Reference);
}

impl Set for OrSet<u64> {
    fn add(state: &mut Causal<Self>, replica: ReplicaId, element: u64) -> Causal<Self> {
        state.add(replica, element).expect("few changes")
    }

    fn remove(state: &mut Causal<Self>, replica: ReplicaId, element: u64) -> Causal<Self> {
        state.remove(replica, &element)
    }

    fn clear(state: &mut Causal<Self>, replica: ReplicaId) -> Causal<Self> {
        state.clear(replica)
    }

    fn check(&self, reference: &Reference) {
        let elements: BTreeSet<u64> = reference.alive.values().copied().collect();
        assert_eq!(self.len(), elements.len());
        assert_eq!(self.is_empty(), elements.is_empty());
        assert_eq!(self.value(), elements.iter().collect::<Vec<_>>());
        let mut by_first_dot: Vec<u64> = Vec::new();
        for element in reference.alive.values() {
            if !by_first_dot.contains(element) {
                by_first_dot.push(*element);
            }
        }
        assert!(self.iter().eq(&by_first_dot));
        for element in elements.iter().copied().chain([u64::MAX]) {
            assert_eq!(self.contains(&element), elements.contains(&element));
            assert_eq!(self.dots_of(&element).collect::<Dots>(), reference.dots_of(element));
        }
    }
}

impl Set for DotFun<u64> {
    fn add(state: &mut Causal<Self>, replica: ReplicaId, element: u64) -> Causal<Self> {
        let removed = <Self as Set>::remove(state, replica, element);
        let added = state.change(replica, |store, writer| {
            let dot = writer.dot()?;
            store.insert(dot, element);
            Ok::<_, quipu_crdt::Overflow>(Self::of(dot, element))
        });
        removed.joined(&added.expect("few changes"))
    }

    fn remove(state: &mut Causal<Self>, replica: ReplicaId, element: u64) -> Causal<Self> {
        let gone: Dots =
            state.store().iter().filter(|(_, other)| **other == element).map(|(dot, _)| dot).collect();
        state.apply(replica, |store, writer| {
            for dot in gone {
                assert_eq!(store.remove(dot), Some(element));
                writer.forget(dot);
            }
            Self::default()
        })
    }

    fn clear(state: &mut Causal<Self>, replica: ReplicaId) -> Causal<Self> {
        state.apply(replica, |store, writer| {
            writer.forget_all(&store.dots());
            *store = Self::default();
            Self::default()
        })
    }

    fn check(&self, reference: &Reference) {
        assert_eq!(self.len(), reference.alive.len());
        assert!(self.iter().eq(reference.alive.iter().map(|(dot, element)| (*dot, element))));
        for dot in &reference.seen {
            assert_eq!(self.get(*dot), reference.alive.get(dot));
        }
    }
}

/// The same state in both representations.
#[derive(Clone)]
struct Both<S> {
    real: Causal<S>,
    reference: Reference,
}

impl<S: Set> Both<S> {
    fn join(&mut self, other: &Self) {
        self.real.join(&other.real);
        self.reference.join(&other.reference);
    }

    fn check(&self) {
        let alive: Dots = self.reference.alive.keys().copied().collect();
        assert_eq!(dots_of(self.real.context()), self.reference.seen);
        assert_eq!(dots_of(&self.real.store().dots()), alive);
        assert_eq!(DotStore::is_empty(self.real.store()), alive.is_empty());
        self.real.store().check(&self.reference);
    }

    fn check_beside(&self, other: &Self) {
        let (real, reference) = (&self.real, &self.reference);
        assert_eq!(*real == other.real, *reference == other.reference);
        assert_eq!(real.includes(&other.real), reference.includes(&other.reference));
        let lacking =
            Both { real: other.real.difference(real), reference: other.reference.difference(reference) };
        lacking.check();
        let mut joined = self.clone();
        joined.join(other);
        joined.check();
        assert_eq!(real.clone().joined(&lacking.real), joined.real);
        assert_eq!(other.real.clone().joined(real), joined.real);
        let alive: Dots = reference.alive.keys().copied().collect();
        let within: Dots = alive.intersection(&other.reference.seen).copied().collect();
        assert_eq!(real.store().dots_within(other.real.context()), context_of(&within));
        let beyond: Dots = alive.difference(&other.reference.seen).copied().collect();
        assert_eq!(real.store().unknown_to(other.real.context()).dots(), context_of(&beyond));
    }

    fn check_wire(&self) {
        let bytes = postcard::to_allocvec(&self.real).expect("has lengths");
        assert_eq!(postcard::from_bytes::<Causal<S>>(&bytes).as_ref(), Ok(&self.real));
        let text = serde_json::to_string(&self.real).expect("serialises");
        assert_eq!(serde_json::from_str::<Causal<S>>(&text).expect("comes back"), self.real);
    }
}

impl<S: Set> Default for Both<S> {
    fn default() -> Self {
        Self { real: Causal::default(), reference: Reference::default() }
    }
}

struct Execution<S> {
    rng: Rng,
    replicas: Vec<Both<S>>,
    deltas: Vec<Both<S>>,
    /// How many different elements there are to choose from.
    elements: u64,
}

impl<S: Set> Execution<S> {
    fn run(seed: u64) {
        let mut rng = Rng::with_seed(seed);
        let replicas = vec![Both::default(); rng.usize(2..=if seed.is_multiple_of(4) { 40 } else { 5 })];
        let elements = *rng.choice(&[6, 60, 100_000]).expect("one of three");
        let mut execution = Self { rng, replicas, deltas: Vec::new(), elements };
        for _ in 0..120 {
            let at = execution.step();
            execution.replicas[at].check();
            if execution.rng.u8(..) < 25 {
                let other = execution.rng.usize(..execution.replicas.len());
                execution.replicas[at].check_beside(&execution.replicas[other]);
                execution.replicas[at].check_wire();
            }
        }
    }

    /// Something happens at a replica.
    fn step(&mut self) -> usize {
        let at = self.rng.usize(..self.replicas.len());
        match self.rng.u8(..100) {
            0..30 => self.edit(at, 1),
            30..40 => self.edit(at, 150),
            40..42 => {
                let id = replica(at as u64);
                let here = &mut self.replicas[at];
                let real = S::clear(&mut here.real, id);
                let seen: Dots = here.reference.alive.keys().copied().collect();
                here.reference.alive.clear();
                self.deltas.push(Both { real, reference: Reference { seen, ..Reference::default() } });
            }
            42..80 if !self.deltas.is_empty() => {
                // Late, out of order, perhaps again, perhaps never.
                let delta = self.deltas[self.rng.usize(..self.deltas.len())].clone();
                self.replicas[at].join(&delta);
            }
            80..88 if self.deltas.len() > 1 => {
                let mut group = self.deltas.swap_remove(self.rng.usize(..self.deltas.len()));
                group.join(&self.deltas[self.rng.usize(..self.deltas.len())]);
                group.check();
                self.deltas.push(group);
            }
            _ => {
                let other = self.replicas[self.rng.usize(..self.replicas.len())].clone();
                self.replicas[at].join(&other);
            }
        }
        at
    }

    fn edit(&mut self, at: usize, times: usize) {
        let id = replica(at as u64);
        let adds_in_ten = self.rng.u8(1..10);
        for _ in 0..times {
            let here = &mut self.replicas[at];
            let known = self.rng.usize(..here.reference.alive.len().max(1));
            let delta = if self.rng.u8(..10) < adds_in_ten {
                let element = self.rng.u64(..self.elements);
                Both { real: S::add(&mut here.real, id, element), reference: here.reference.add(id, element) }
            } else {
                let element = here.reference.alive.values().nth(known).copied().unwrap_or_default();
                let real = S::remove(&mut here.real, id, element);
                Both { real, reference: here.reference.remove(element) }
            };
            assert_eq!(delta.real.context(), &context_of(&delta.reference.seen));
            if times == 1 || self.rng.u8(..) < 20 {
                self.deltas.push(delta);
            }
        }
    }
}

#[test]
fn a_set_is_what_the_reference_says() {
    (0..60).for_each(Execution::<OrSet<u64>>::run);
}

#[test]
fn a_function_from_dots_is_what_the_reference_says() {
    (0..60).for_each(Execution::<DotFun<u64>>::run);
}

#[test]
fn what_is_not_alive_cannot_be_taken_out() {
    for count in [2, 100] {
        let mut store = DotFun::default();
        (1..=count).for_each(|counter| store.insert(dot(replica(1), 2 * counter), counter));
        let before = store.clone();
        for absent in [dot(replica(1), 1), dot(replica(1), 3), dot(replica(1), 1_000), dot(replica(2), 2)] {
            assert_eq!(store.get(absent), None, "{absent}");
            assert_eq!(store.remove(absent), None, "{absent}");
            assert_eq!(store, before);
        }
        assert_eq!(store.remove(dot(replica(1), 2)), Some(1));
        assert_eq!((store.remove(dot(replica(1), 2)), store.len() as u64), (None, count - 1));
    }
}
