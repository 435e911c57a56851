//! States as values of Rust: equality, hashes, copies and order say the same; so do `len`, `is_empty` and iteration.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use quipu_crdt::{
    Amount, AmountCounter, Causal, Float, GSet, HyperLogLog, Lattice, MvRegister, NodeName, OrMap, ReplicaId,
    ResettableCounter, RwSet, Unit,
};

enum Eur {}

impl Unit for Eur {
    const CODE: &'static str = "EUR";
    const SCALE: u8 = 2;
}

fn alice() -> ReplicaId {
    ReplicaId::new(NodeName::new("alice"), 1)
}

fn bob() -> ReplicaId {
    ReplicaId::new(NodeName::new("bob"), 1)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Each row holds one value, made in two ways; no two rows hold the same.
fn assert_told_apart<T: Clone + Eq + Hash + Debug>(rows: &[[T; 2]]) {
    for (row, [one, again]) in rows.iter().enumerate() {
        assert_eq!(one, again);
        assert_eq!(&T::clone(one), one);
        assert_eq!(hash(one), hash(again), "{one:?}");
        for [other, _] in &rows[..row] {
            assert_ne!(one, other);
            assert_ne!(hash(one), hash(other), "{one:?}, {other:?}");
        }
    }
}

#[test]
fn equal_states_hash_alike_and_others_do_not() {
    let amount = Amount::<Eur>::from_minor;
    assert_told_apart(&[1, -1, 0].map(|minor| [amount(minor), amount(minor)]));

    let float = |value| Float::new(value).expect("finite");
    assert_told_apart(&[0.0, -0.0, 1.5, -1.5].map(|value| [float(value), float(value)]));

    // In a short list, a table and all registers.
    assert_told_apart(&[0, 1, 2, 60, 61, 1000, 2000].map(|count| {
        let [mut up, mut down] = [HyperLogLog::<11>::default(), HyperLogLog::default()];
        (0..count).for_each(|element| _ = up.add_number(element));
        (0..count).rev().for_each(|element| _ = down.add_number(element));
        [up, down]
    }));

    assert_told_apart(&[3, -3, 0].map(|minor| {
        let [mut once, mut twice] = [AmountCounter::<Eur>::default(), AmountCounter::default()];
        once.add(alice(), amount(2 * minor)).expect("fits");
        twice.add(alice(), amount(minor)).expect("fits");
        twice.add(alice(), amount(minor)).expect("fits");
        [once, twice]
    }));

    let counted = |steps: [i64; 2]| {
        let mut state = Causal::<ResettableCounter>::default();
        let deltas = steps.map(|step| state.add(alice(), step).expect("fits"));
        [state, deltas[1].clone().joined(&deltas[0])].map(|state| state.store().clone())
    };
    assert_told_apart(&[counted([1, 1]), counted([1, 2]), counted([2, 1]), counted([1, 0])]);

    let mapped = |step: i64| {
        let mut state = Causal::<OrMap<u8, ResettableCounter>>::default();
        let deltas = [1, 2]
            .map(|key| state.update(alice(), key, |count, writer| count.add(writer, step)).expect("fits"));
        [state, deltas[1].clone().joined(&deltas[0])].map(|state| state.store().clone())
    };
    assert_told_apart(&[mapped(0), mapped(1), mapped(2)]);

    let marked = |added: u8, removed: u8| {
        let mut state = Causal::<RwSet<u8>>::default();
        let deltas =
            [state.add(alice(), added).expect("fits"), state.remove(alice(), removed).expect("fits")];
        [state, deltas[1].clone().joined(&deltas[0])].map(|state| state.store().clone())
    };
    assert_told_apart(&[marked(1, 2), marked(2, 1), marked(1, 1), marked(2, 2)]);
}

#[test]
fn amounts_and_floats_are_ordered_as_their_numbers() {
    let [debt, nothing, credit] = [-5, 0, 7].map(Amount::<Eur>::from_minor);
    assert!([debt, nothing, credit].is_sorted_by(|low, high| low < high));
    let floats = [-1.5, -0.0, 0.0, 1.5].map(|value| Float::new(value).expect("finite"));
    assert!(floats.is_sorted_by(|low, high| low < high));
}

#[test]
fn how_many_there_are_and_which_is_one_story() {
    let mut grown = GSet::default();
    for elements in [&[][..], &[3], &[3, 1]] {
        grown.join(&elements.iter().copied().collect());
        let mut listed = Vec::new();
        for element in &grown {
            listed.push(*element);
        }
        assert_eq!(
            (grown.len(), grown.is_empty(), listed.len()),
            (elements.len(), elements.is_empty(), elements.len())
        );
        assert!(listed.iter().eq(grown.iter()) && listed.is_sorted());
    }

    let mut register = Causal::<MvRegister<u8>>::default();
    let mut beside = register.clone();
    assert_eq!((register.len(), register.is_empty()), (0, true));
    register.write(alice(), 1).expect("fits");
    assert_eq!((register.len(), register.is_empty()), (1, false));
    register.join(&beside.write(bob(), 1).expect("fits"));
    assert_eq!((register.len(), register.is_empty()), (2, false), "equal values count each");
    register.clear(alice());
    assert_eq!((register.len(), register.is_empty()), (0, true));

    let mut set = Causal::<RwSet<u8>>::default();
    assert_eq!((set.len(), set.is_empty()), (0, true));
    set.add(alice(), 1).expect("fits");
    assert_eq!((set.len(), set.is_empty()), (1, false));
    set.remove(alice(), 1).expect("fits");
    assert_eq!((set.len(), set.is_empty(), set.removed().count()), (0, true, 1), "remembered, not in it");
}
