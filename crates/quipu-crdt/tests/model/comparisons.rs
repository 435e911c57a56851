//! Equality, hashes and order of the causal types: of states alone, however they came about.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};

use quipu_crdt::{Causal, CausalContext, DotFun, Lattice, OrSet};

use super::reference::{Dots, context_of, dot, replica};

fn hash_of<T: Hash>(value: &T) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

/// Each of `states` is equal to its fellow in `again` and to no other, and so are their hashes.
fn all_differ<T: Eq + Hash + Debug>(states: &[T], again: &[T]) {
    for (at, one) in states.iter().enumerate() {
        for (other_at, other) in again.iter().enumerate() {
            assert_eq!(one == other, at == other_at, "{one:?} and {other:?}");
            assert_eq!(hash_of(one) == hash_of(other), at == other_at, "{one:?} and {other:?}");
        }
    }
}

/// Adds the numbers up to `count`, 1 by the one replica and the rest by the other.
fn set(count: u64) -> Causal<OrSet<u64>> {
    let mut set = Causal::<OrSet<u64>>::default();
    for element in 1..=count {
        set.add(replica(element.min(2)), element).expect("few changes");
    }
    set
}

#[test]
fn equal_states_hash_alike_and_different_ones_do_not() {
    let some_dots =
        [vec![], vec![(1, 1)], vec![(2, 1)], vec![(1, 2)], vec![(1, 1), (1, 2)], vec![(1, 1), (2, 1)]];
    let contexts = |reversed: bool| -> Vec<CausalContext> {
        let mut context = Vec::new();
        for dots in &some_dots {
            let mut dots: Vec<_> = dots.iter().map(|(who, counter)| dot(replica(*who), *counter)).collect();
            if reversed {
                dots.reverse();
            }
            context.push(dots.into_iter().collect());
        }
        context
    };
    all_differ(&contexts(false), &contexts(true));

    // In both forms of the store; grown by itself, and shrunk to it.
    let counts = [0, 1, 2, 3, 31, 32, 33, 34, 100];
    let grown = |count| set(count).store().clone();
    let shrunk = |count| {
        let mut set = set(120);
        ((count + 1)..=120).for_each(|element| drop(set.remove(replica(1), &element)));
        set.store().clone()
    };
    all_differ(&counts.map(grown), &counts.map(shrunk));
    all_differ(&counts.map(set), &counts.map(|count| Causal::<OrSet<u64>>::default().joined(&set(count))));
    let function = |who: u64, count: u64, value: u64| {
        let mut function = DotFun::default();
        (1..=count).for_each(|counter| function.insert(dot(replica(who), counter), value));
        function
    };
    // A value, a dot and a replica make a difference, in both forms.
    let functions = || {
        let of_size = |count| [(1, 7), (1, 8), (2, 7)].map(|(who, value)| function(who, count, value));
        [1, 2, 33, 40].map(of_size).concat()
    };
    all_differ(&functions(), &functions());
}

#[test]
fn contexts_are_ordered_by_inclusion() {
    let context = |counters: &[u64]| {
        context_of(&counters.iter().map(|counter| dot(replica(1), *counter)).collect::<Dots>())
    };
    let (one, gap, both) = (context(&[1]), context(&[3]), context(&[1, 3]));
    assert_eq!(one.partial_cmp(&both), Some(Ordering::Less));
    assert_eq!(both.partial_cmp(&gap), Some(Ordering::Greater));
    assert_eq!(one.partial_cmp(&gap), None);
    assert_eq!(one.partial_cmp(&one.clone()), Some(Ordering::Equal));
}

/// A number with one of three hashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alike(u64);

impl Hash for Alike {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0 % 3).hash(state);
    }
}

#[test]
fn elements_with_the_same_hash_are_told_apart() {
    let mut set = Causal::<OrSet<Alike>>::default();
    for element in 0..120 {
        assert!(!set.contains(&Alike(element)), "{element}");
        set.add(replica(element % 2), Alike(element)).expect("few changes");
        assert!(set.contains(&Alike(element)), "{element}");
        assert_eq!(set.len() as u64, element + 1);
    }
    let again = Causal::<OrSet<Alike>>::default().add(replica(2), Alike(5)).expect("fits");
    set.join(&again);
    assert_eq!((set.len(), set.dots_of(&Alike(5)).count()), (120, 2));
    for element in (0..120).filter(|element| element % 2 == 0) {
        set.remove(replica(0), &Alike(element));
        assert!(!set.contains(&Alike(element)), "{element}");
    }
    let rest: Vec<u64> = set.value().into_iter().map(|Alike(element)| *element).collect();
    assert_eq!(rest, (0..120).filter(|element| element % 2 != 0).collect::<Vec<_>>());
}
