//! The laws for every order of the numbers in a state.
//!
//! A join of maxima only compares numbers, each with its like, so its behaviour depends on nothing but their order. Six
//! numbers from 0 to 6 show every weak order of six, absent slots included: at this shape, three states of two numbers
//! each, this is a proof for all 64-bit values. As the types join slot by slot, larger shapes add nothing.

use quipu_crdt::{BoundedCounter, Dot, GCounter, Lattice, NodeName, PnCounter, ReplicaId, VersionVector};
use std::num::NonZeroU64;

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

fn laws<S: Lattice + std::fmt::Debug>(a: &S, b: &S, c: &S) {
    let ab = a.clone().joined(b);
    assert_eq!(ab, b.clone().joined(a));
    assert_eq!(ab.clone().joined(c), a.clone().joined(&b.clone().joined(c)));
    assert_eq!(a.clone().joined(a), *a);
    assert_eq!(a.includes(b), ab == *a);
    assert_eq!(b.clone().joined(&a.difference(b)), ab);
    assert_eq!(a.difference(b).is_bottom(), b.includes(a));
}

/// Checks the laws on the states that `make` makes of two numbers each, for all orders; returns how many those are.
fn every_order<S: Lattice + std::fmt::Debug>(make: impl Fn(u64, u64) -> S) -> u64 {
    let states: Vec<S> = (0..49).map(|code| make(code / 7, code % 7)).collect();
    let mut cases = 0;
    for a in &states {
        for b in &states {
            for c in &states {
                laws(a, b, c);
                cases += 1;
            }
        }
    }
    cases
}

#[test]
fn the_laws_hold_for_every_order_of_the_counts() {
    let [n0, n1] = ["n0", "n1"].map(replica);
    let mut cases = every_order(|added, taken| PnCounter::of_slot(n0, added, taken));
    cases += every_order(|first, second| {
        PnCounter::of_slot(n0, first, 1).joined(&PnCounter::of_slot(n1, second, 0))
    });
    cases += every_order(|first, second| {
        let mut counter = GCounter::default();
        counter.increment(n0, first).expect("small");
        counter.increment(n1, second).expect("small");
        counter
    });
    cases += every_order(|first, second| {
        let up_to = |id, count| {
            let count = NonZeroU64::new(count);
            count.map_or_else(VersionVector::default, |count| VersionVector::up_to(Dot::new(id, count)))
        };
        up_to(n0, first).joined(&up_to(n1, second))
    });
    println!("{cases} orders of the slots of counters and version vectors");
    assert_eq!(cases, 4 * 7_u64.pow(6));
}

/// Whole states, whose differences bring along what rows rest on. `row.rs` has the rows alone, for all orders.
#[test]
fn the_laws_hold_for_every_order_of_rights() {
    let [n0, n1, n2] = ["n0", "n1", "n2"].map(replica);
    let mut cases = every_order(|consumed, given| {
        let mut stock = BoundedCounter::default();
        stock.increment(n0, 12).expect("small");
        stock.decrement(n0, consumed).expect("held");
        stock.transfer(n0, n1, given).expect("held");
        stock
    });
    cases += every_order(|first, second| {
        let mut stock = BoundedCounter::default();
        stock.increment(n0, first).expect("small");
        stock.transfer(n0, n1, first).expect("held");
        stock.increment(n2, second).expect("small");
        stock.transfer(n2, n1, second).expect("held");
        stock.decrement(n1, first + second).expect("got");
        stock
    });
    println!("{cases} orders of the rights of a bounded counter");
    assert_eq!(cases, 2 * 7_u64.pow(6));
}
