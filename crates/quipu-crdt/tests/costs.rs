//! What the documentation says of costs, where it can be counted: how often a large set compares its elements.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

use quipu_crdt::{Causal, Lattice, NodeName, OrSet, ReplicaId};

thread_local! {
    static COMPARED: Cell<u64> = const { Cell::new(0) };
}

/// A number that counts how often two of its kind are held against one another.
#[derive(Clone, Debug, Eq, PartialOrd, Ord)]
struct Counted(u64);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.set(COMPARED.get() + 1);
        self.0 == other.0
    }
}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

type Set = Causal<OrSet<Counted>>;

const ELEMENTS: u64 = 2_000;

fn replica(number: u64) -> ReplicaId {
    ReplicaId::new(NodeName::new("n"), number)
}

fn comparisons<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = COMPARED.get();
    let result = work();
    (result, COMPARED.get() - before)
}

fn large() -> Set {
    let mut set = Set::default();
    for element in 0..ELEMENTS {
        set.add(replica(element % 3), Counted(element)).expect("few changes");
    }
    set
}

#[test]
fn a_large_set_finds_elements_by_their_hashes() {
    let (mut set, building) = comparisons(large);
    // Up to 32 elements are a list, in which each is sought.
    assert!(building < 32 * 32, "{building} to add all");
    let (all_found, found) = comparisons(|| (0..ELEMENTS).all(|element| set.contains(&Counted(element))));
    assert!(all_found && found <= ELEMENTS, "{found} to find all");
    let (any, others) =
        comparisons(|| (ELEMENTS..2 * ELEMENTS).any(|element| set.contains(&Counted(element))));
    assert!(!any && others < 10, "{others} to find none");
    let dots_of = |element| set.dots_of(&Counted(element)).count() as u64;
    let (dots, looked) = comparisons(|| (0..ELEMENTS).map(dots_of).sum::<u64>());
    assert!(dots == ELEMENTS && looked <= ELEMENTS, "{looked} for all dots");
    let (count, listed) = comparisons(|| set.iter().count());
    assert_eq!((count as u64, listed), (ELEMENTS, 0), "no element is under two dots");
    let (_, replaced) = comparisons(|| set.add(replica(0), Counted(7)).expect("fits"));
    let (_, removed) = comparisons(|| set.remove(replica(0), &Counted(8)));
    assert!(replaced.max(removed) < 10, "{replaced} to add again, {removed} to remove");
}

#[test]
fn elements_under_two_dots_are_held_against_their_own_kind_only() {
    let mut set = large();
    let mut elsewhere = Set::default();
    for element in 0..100 {
        elsewhere.add(replica(4), Counted(element)).expect("few changes");
    }
    let ((), joined) = comparisons(|| set.join(&elsewhere));
    assert!(joined < 1_000, "{joined} to join");
    let (count, listed) = comparisons(|| set.iter().count());
    assert_eq!(count as u64, ELEMENTS);
    assert!(listed < 3 * ELEMENTS, "{listed} to list all");
    let gone = elsewhere.clear(replica(4));
    let ((), joined) = comparisons(|| set.join(&gone));
    assert!(joined < 1_000, "{joined} to join the removal");
    assert_eq!(set.len() as u64, ELEMENTS);
}
