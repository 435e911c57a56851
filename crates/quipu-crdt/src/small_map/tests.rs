//! The map beside a `BTreeMap`, on random changes around the number of entries at which the form changes.

use alloc::collections::BTreeMap;
use core::hash::{BuildHasher, Hash};

use fastrand::Rng;
use foldhash::fast::FixedState;

use super::SmallMap;

fn hash_of<T: Hash>(value: &T) -> u64 {
    FixedState::default().hash_one(value)
}

#[test]
fn in_either_form_it_is_what_a_tree_map_is() {
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let (mut small, mut tree) = (SmallMap::default(), BTreeMap::new());
        for _ in 0..60 {
            let (key, value) = (rng.u8(..14), rng.u8(..));
            match rng.u8(..5) {
                0 | 1 => {
                    small.insert(key, value);
                    tree.insert(key, value);
                }
                2 => assert_eq!(small.or_default(key), tree.entry(key).or_default(), "seed {seed}"),
                _ => assert_eq!(small.remove(&key), tree.remove(&key), "seed {seed}"),
            }
            let to = rng.u8(key..=14);
            assert!(small.range(key..=to).eq(tree.range(key..=to)), "seed {seed}");
            assert!(small.iter().eq(&tree), "seed {seed}");
            assert_eq!((small.len(), small.get(&key)), (tree.len(), tree.get(&key)), "seed {seed}");
            // The same entries, put in by themselves, may stand in the other form.
            let mut again = SmallMap::default();
            for (key, value) in &tree {
                again.insert(*key, *value);
            }
            assert!(again == small && hash_of(&again) == hash_of(&small), "seed {seed}");
        }
    }
}

#[test]
fn it_is_a_vector_of_few_and_a_tree_of_more_until_it_is_empty() {
    let mut map = SmallMap::default();
    let is_tree = |map: &SmallMap<u8, ()>| matches!(map, SmallMap::Many(_));
    for key in 0..12 {
        map.insert(key, ());
        assert_eq!(is_tree(&map), key >= 8, "{key}");
    }
    for key in 0..12 {
        assert!(is_tree(&map), "{key}");
        map.remove(&key);
    }
    assert!(!is_tree(&map));
}

#[test]
fn different_maps_are_neither_equal_nor_hash_alike() {
    let map = |entries: &[(u8, u8)]| {
        let mut map = SmallMap::default();
        for (key, value) in entries {
            map.insert(*key, *value);
        }
        map
    };
    let maps = [map(&[]), map(&[(1, 1)]), map(&[(1, 2)]), map(&[(2, 1)]), map(&[(1, 1), (2, 1)])];
    for (at, one) in maps.iter().enumerate() {
        for other in &maps[..at] {
            assert!(one != other && hash_of(one) != hash_of(other), "{one:?} and {other:?}");
        }
    }
}
