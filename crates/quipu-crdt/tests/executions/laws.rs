//! The laws, on what an execution has reached.

use std::cmp::Ordering;
use std::fmt::Debug;

use quipu_crdt::Lattice;

use super::subjects::Subject;
use super::{Execution, Known};

/// The lattice laws, on triples of states and deltas spread over the execution.
pub(crate) fn on_triples<S: Subject>(execution: &Execution<S>) {
    let states: Vec<&S> =
        execution.reached.iter().chain(&execution.deltas).map(|known| &known.state).collect();
    let bottom = S::default();
    for (first, a) in states.iter().enumerate() {
        // Strides instead of all triples: forty steps would make half a million.
        let b = states[(first * 7 + 3) % states.len()];
        let c = states[(first * 5 + 1) % states.len()];
        join_laws(*a, b, c);
        order_laws(*a, b);
        join_laws(*a, &bottom, b);
        order_laws(*a, &bottom);
        assert_eq!(a.joined_with(&bottom), **a, "bottom is neutral");
    }
}

/// A state says exactly what its changes add up to.
pub(crate) fn state_is_its_changes<S: Subject>(execution: &Execution<S>) {
    for Known { state, changes } in execution.reached.iter().chain(&execution.deltas) {
        let made: Vec<_> = changes.iter().map(|change| execution.changes[*change]).collect();
        state.assert_says(&made);
    }
    for (first, a) in execution.reached.iter().enumerate() {
        let b = &execution.reached[(first * 7 + 3) % execution.reached.len()];
        if a.changes == b.changes {
            assert_eq!(a.state, b.state, "equal knowledge, equal state");
        }
    }
}

/// All deltas, in any order, in groups, some twice, make what all states joined make.
pub(crate) fn deltas_in_any_order<S: Subject>(execution: &Execution<S>, order: &[usize]) {
    let mut everything = S::default();
    for known in &execution.reached {
        everything.join(&known.state);
    }
    let mut left: Vec<&S> = execution.deltas.iter().map(|known| &known.state).collect();
    let mut from_deltas = S::default();
    let mut group = S::default();
    for index in 0.. {
        if left.is_empty() {
            break;
        }
        let choice = order[index % order.len()].wrapping_add(index);
        let taken =
            if choice % 5 == 0 { left[choice % left.len()] } else { left.swap_remove(choice % left.len()) };
        group.join(taken);
        if choice % 3 == 0 {
            from_deltas.join(&group);
            group = S::default();
        }
        // A choice that keeps what it took must not go on for ever.
        if index > 1000 {
            for delta in left.drain(..) {
                group.join(delta);
            }
        }
    }
    from_deltas.join(&group);
    assert_eq!(from_deltas, everything);
}

/// Commutative, associative, idempotent, inflationary.
pub(crate) fn join_laws<S: Lattice + Debug>(a: &S, b: &S, c: &S) {
    let ab = a.joined_with(b);
    assert_eq!(ab, b.joined_with(a), "commutative");
    assert_eq!(ab.joined_with(c), a.joined_with(&b.joined_with(c)), "associative");
    assert_eq!(a.joined_with(a), *a, "idempotent");
    assert!(ab.includes(a) && ab.includes(b), "inflationary");
    assert_eq!(a.includes(b), ab == *a, "`includes` is the order of the join");
    let difference = a.difference(b);
    assert_eq!(b.joined_with(&difference), ab, "the difference is all that is lacking");
    assert_eq!(difference.is_bottom(), b.includes(a), "and nothing if nothing is");
    assert!(a.includes(&difference));
}

/// A partial order, with `None` exactly for concurrent states.
fn order_laws<S: Subject>(a: &S, b: &S) {
    let expected = match (a.joined_with(b) == *a, a.joined_with(b) == *b) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        (false, false) => None,
    };
    assert_eq!(a.compare(b), expected);
    assert_eq!(a.partial_cmp(b), expected);
    assert_eq!(b.compare(a), expected.map(Ordering::reverse));
    assert_eq!(a == b, expected == Some(Ordering::Equal));
}

trait JoinedWith: Lattice {
    fn joined_with(&self, other: &Self) -> Self {
        self.clone().joined(other)
    }
}

impl<S: Lattice> JoinedWith for S {}
