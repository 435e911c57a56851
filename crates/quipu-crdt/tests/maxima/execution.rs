//! Running a script, and the laws on what it reached.

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use quipu_crdt::wire::{self, Encoded};
use quipu_crdt::{Lattice, NodeName, ReplicaId};

pub(crate) trait Subject: Lattice + Debug + PartialOrd + Encoded {
    /// What is asked of a replica.
    type Edit: Clone + Debug;
    /// What a replica has besides its state, and loses when it restarts.
    type Local: Default;
    /// What came of a change that the specification needs to know.
    type Outcome: Clone + Debug;

    /// Makes a change and returns its delta; nothing if it is refused, and then the state must be as before.
    fn edit(
        &mut self,
        replica: ReplicaId,
        local: &mut Self::Local,
        edit: &Self::Edit,
    ) -> Option<(Self, Self::Outcome)>;

    /// Which changes the delta of the newest change stands for, given what its maker knew. By default all changes of
    /// its replica; that replica has made them all itself.
    fn delta_stands_for(history: &[Change<Self>]) -> BTreeSet<usize> {
        let owner = history.last().expect("called after a change").replica;
        (0..history.len()).filter(|change| history[*change].replica == owner).collect()
    }

    /// The specification: what a state that stands for these changes must say.
    fn assert_says(&self, changes: &[&Change<Self>]);
}

/// A change, and the changes that its maker knew.
#[derive(Clone, Debug)]
pub(crate) struct Change<S: Subject> {
    pub number: usize,
    pub replica: ReplicaId,
    pub edit: S::Edit,
    pub outcome: S::Outcome,
    pub seen: BTreeSet<usize>,
}

/// One step. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) enum Step<E> {
    Edit { who: usize, edit: E },
    Pull { who: usize, from: usize },
    Deliver { who: usize, delta: usize, form: u8 },
    Restart { who: usize },
}

#[derive(Clone, Debug)]
struct Known<S> {
    state: S,
    changes: BTreeSet<usize>,
}

struct Execution<S: Subject> {
    replicas: Vec<(ReplicaId, S::Local, Known<S>)>,
    history: Vec<Change<S>>,
    deltas: Vec<Known<S>>,
    reached: Vec<Known<S>>,
}

/// Scripts made of these edits.
pub(crate) fn scripts<E: Clone + Debug + 'static>(
    edits: impl Strategy<Value = E> + 'static,
) -> impl Strategy<Value = (Vec<Step<E>>, [usize; 16])> {
    let step = prop_oneof![
        4 => (any::<usize>(), edits).prop_map(|(who, edit)| Step::Edit { who, edit }),
        3 => (any::<usize>(), any::<usize>()).prop_map(|(who, from)| Step::Pull { who, from }),
        3 => (any::<usize>(), any::<usize>(), 0..3_u8)
            .prop_map(|(who, delta, form)| Step::Deliver { who, delta, form }),
        1 => any::<usize>().prop_map(|who| Step::Restart { who }),
    ];
    (proptest::collection::vec(step, 1..40), any::<[usize; 16]>())
}

pub(crate) fn config() -> ProptestConfig {
    let mut config = ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(2018);
    }
    config
}

/// Runs a script and checks everything there is to check.
pub(crate) fn check<S: Subject>((steps, order): &(Vec<Step<S::Edit>>, [usize; 16])) {
    let mut execution = Execution::<S>::new();
    for step in steps {
        execution.step(step);
    }
    execution.laws_hold();
    execution.states_are_their_changes();
    execution.deltas_in_any_order(order);
}

impl<S: Subject> Execution<S> {
    fn new() -> Self {
        let replicas = ["n0", "n1", "n2"].map(|name| {
            let nothing = Known { state: S::default(), changes: BTreeSet::new() };
            (ReplicaId::new(NodeName::new(name), 1), S::Local::default(), nothing)
        });
        Self { replicas: replicas.into(), history: Vec::new(), deltas: Vec::new(), reached: Vec::new() }
    }

    fn step(&mut self, step: &Step<S::Edit>) {
        let count = self.replicas.len();
        match step {
            Step::Edit { who, edit } => self.edit(who % count, edit),
            Step::Pull { who, from } => {
                let source = self.replicas[from % count].2.clone();
                self.take(who % count, &source);
            }
            Step::Deliver { who, delta, form } if !self.deltas.is_empty() => {
                let mut source = self.deltas[delta % self.deltas.len()].clone();
                source.state = sent(&source.state, *form);
                self.take(who % count, &source);
            }
            Step::Deliver { .. } => {}
            Step::Restart { who } => {
                let (id, local, known) = &mut self.replicas[who % count];
                id.incarnation += 1;
                *local = S::Local::default();
                *known = Known { state: S::default(), changes: BTreeSet::new() };
            }
        }
    }

    fn edit(&mut self, who: usize, edit: &S::Edit) {
        let (replica, local, known) = &mut self.replicas[who];
        let before = known.state.clone();
        let Some((delta, outcome)) = known.state.edit(*replica, local, edit) else {
            assert_eq!(known.state, before, "a refused change has changed nothing");
            return;
        };
        assert_eq!(known.state, before.clone().joined(&delta), "the new state is the old one with the delta");
        assert!(known.state.includes(&before), "a change only ever adds");
        let number = self.history.len();
        let seen = known.changes.clone();
        self.history.push(Change { number, replica: *replica, edit: edit.clone(), outcome, seen });
        known.changes.insert(number);
        self.reached.push(known.clone());
        let changes = S::delta_stands_for(&self.history);
        let changes = if delta.is_bottom() { BTreeSet::new() } else { changes };
        self.deltas.push(Known { state: delta, changes });
    }

    fn take(&mut self, who: usize, source: &Known<S>) {
        let known = &mut self.replicas[who].2;
        known.state.join(&source.state);
        known.changes.extend(&source.changes);
        self.reached.push(known.clone());
    }

    fn laws_hold(&self) {
        let states: Vec<&S> = self.reached.iter().chain(&self.deltas).map(|known| &known.state).collect();
        for (first, a) in states.iter().enumerate() {
            // Strides instead of all triples.
            let b = states[(first * 7 + 3) % states.len()];
            let c = states[(first * 5 + 1) % states.len()];
            laws(*a, b, c);
            laws(*a, &S::default(), b);
            assert_eq!(a.partial_cmp(&b), a.compare(b));
            assert_eq!(sent(*a, 1), **a);
            assert_eq!(sent(*a, 2), **a);
        }
    }

    fn states_are_their_changes(&self) {
        for Known { state, changes } in self.reached.iter().chain(&self.deltas) {
            let changes: Vec<&Change<S>> = changes.iter().map(|change| &self.history[*change]).collect();
            state.assert_says(&changes);
        }
        for (first, a) in self.reached.iter().enumerate() {
            for b in &self.reached[first + 1..] {
                if a.changes == b.changes {
                    assert_eq!(a.state, b.state, "equal knowledge, equal state");
                }
            }
        }
    }

    /// All deltas, in any order, grouped, some twice, make what all states make.
    fn deltas_in_any_order(&self, order: &[usize; 16]) {
        let mut everything = S::default();
        self.reached.iter().for_each(|known| everything.join(&known.state));
        let mut left: Vec<&S> = self.deltas.iter().map(|known| &known.state).collect();
        let (mut from_deltas, mut group) = (S::default(), S::default());
        for choice in order.iter().cycle() {
            if left.is_empty() {
                break;
            }
            if choice % 3 == 0 {
                group.join(left[choice % left.len()]);
            }
            group.join(left.swap_remove(choice % left.len()));
            if choice % 2 == 0 {
                from_deltas.join(&group);
                group = S::default();
            }
        }
        from_deltas.join(&group);
        assert_eq!(from_deltas, everything);
    }
}

/// The laws of [`Lattice`].
pub(crate) fn laws<S: Lattice + Debug>(a: &S, b: &S, c: &S) {
    let join = |a: &S, b: &S| a.clone().joined(b);
    let ab = join(a, b);
    assert_eq!(ab, join(b, a), "commutative");
    assert_eq!(join(&ab, c), join(a, &join(b, c)), "associative");
    assert_eq!(join(a, a), *a, "idempotent");
    assert_eq!(join(a, &S::default()), *a, "bottom is neutral");
    assert!(ab.includes(a) && ab.includes(b), "inflationary");
    assert_eq!(a.includes(b), ab == *a, "`includes` is the order of the join");
    assert_eq!(a.is_bottom(), *a == S::default());
    let difference = a.difference(b);
    assert_eq!(join(b, &difference), ab, "the difference is all that is lacking");
    assert_eq!(difference.is_bottom(), b.includes(a), "and nothing if nothing is");
    assert!(a.includes(&difference));
}

/// A state that has been sent: as it is, as text, or as bytes.
fn sent<S: Lattice + Encoded>(state: &S, form: u8) -> S {
    match form {
        0 => state.clone(),
        1 => serde_json::from_str(&serde_json::to_string(state).expect("is text")).expect("comes back"),
        _ => wire::decode(&wire::encode(state)).expect("comes back"),
    }
}
