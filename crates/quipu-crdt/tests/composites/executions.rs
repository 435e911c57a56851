//! Random executions of three replicas: edit, pull, deliver a delta late or twice, forget and come back, and the laws
//! on every state that they reach.

use std::fmt::Debug;

use quipu_crdt::{Causal, CausalContext, DotStore, Lattice, NodeName, ReplicaId};

/// A small generator of numbers; the same seed, the same numbers.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A random change of a state in the name of a replica: the delta.
pub(crate) type Edit<S> = fn(&mut Causal<S>, ReplicaId, &mut Dice) -> Causal<S>;

/// Runs executions and checks on the way: new state = old state joined with the delta; the laws of the join and of the
/// difference among the replicas' states; one form for equal knowledge; and whatever `check` says of a state.
pub(crate) fn run<S: DotStore + Debug>(seeds: u64, edit: Edit<S>, check: fn(&Causal<S>)) {
    for seed in 0..seeds {
        let mut dice = Dice(seed);
        let mut replicas: Vec<Causal<S>> = vec![Causal::default(); 3];
        let mut lives = [1_u64; 3];
        let mut deltas: Vec<Causal<S>> = Vec::new();
        for _ in 0..25 {
            let at = usize::try_from(dice.throw(3)).expect("small");
            match dice.throw(10) {
                0..=4 => {
                    let id = ReplicaId::new(NodeName::new(&format!("r{at}")), lives[at]);
                    let before = replicas[at].clone();
                    let delta = edit(&mut replicas[at], id, &mut dice);
                    assert_eq!(before.joined(&delta), replicas[at], "seed {seed}: state = old + delta");
                    deltas.push(delta);
                }
                5 | 6 if !deltas.is_empty() => {
                    let one = usize::try_from(dice.throw(deltas.len() as u64)).expect("small");
                    replicas[at].join(&deltas[one]);
                }
                7 | 8 => {
                    let from = replicas[usize::try_from(dice.throw(3)).expect("small")].clone();
                    let missing = from.difference(&replicas[at]);
                    replicas[at].join(&missing);
                    assert!(
                        replicas[at].includes(&from),
                        "seed {seed}: the difference is all that is missing"
                    );
                }
                9 if dice.throw(4) == 0 => {
                    replicas[at] = Causal::default();
                    lives[at] += 1;
                }
                _ => {}
            }
            check(&replicas[at]);
        }
        laws(&replicas[0], &replicas[1], &replicas[2]);
        converges(&replicas, &deltas);
    }
}

fn laws<S: DotStore + Debug>(a: &Causal<S>, b: &Causal<S>, c: &Causal<S>) {
    let ab = a.clone().joined(b);
    assert_eq!(ab, b.clone().joined(a));
    assert_eq!(ab.clone().joined(c), a.clone().joined(&b.clone().joined(c)));
    assert_eq!(a.clone().joined(a), *a);
    assert_eq!(a.includes(b), ab == *a);
    assert_eq!(b.clone().joined(&a.difference(b)), ab);
    assert_eq!(a.difference(b).is_bottom(), b.includes(a));
    let mut one_by_one = CausalContext::default();
    a.store().for_each_dot(&mut |dot| one_by_one.insert(dot));
    assert_eq!(a.store().dots(), one_by_one);
    assert_eq!(a.store().dots_within(b.context()), one_by_one.intersection(b.context()));
    assert_eq!(a.store().unknown_to(b.context()).dots(), one_by_one.difference(b.context()));
    assert_eq!(DotStore::is_empty(a.store()), one_by_one.is_empty());
}

/// All deltas in one order and in the other, and the replicas' states, come to the same.
fn converges<S: DotStore + Debug>(replicas: &[Causal<S>], deltas: &[Causal<S>]) {
    let all = |states: &mut dyn Iterator<Item = &Causal<S>>| states.fold(Causal::default(), Lattice::joined);
    let forward = all(&mut deltas.iter());
    assert_eq!(forward, all(&mut deltas.iter().rev()));
    assert_eq!(forward, all(&mut deltas.iter().chain(replicas)));
    let (odd, even): (Vec<_>, Vec<_>) = deltas.iter().enumerate().partition(|(number, _)| number % 2 == 1);
    let group = |part: Vec<(usize, &Causal<S>)>| all(&mut part.into_iter().map(|(_, delta)| delta));
    assert_eq!(forward, group(odd).joined(&group(even)));
}
