//! The `HyperLogLog` sketch, but for its error: laws, representations, parameters.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use proptest::prelude::*;
use quipu_crdt::{HyperLogLog, Lattice, ReplicaId};
use serde_json::{Value, json};

use crate::execution::{Change, Subject, check, config, laws, scripts};

/// 16 registers, of which two are listed before all are kept: executions come to both sides of the change.
type Tiny = HyperLogLog<4, 7>;

impl Subject for Tiny {
    type Edit = u64;
    type Local = ();
    type Outcome = ();

    fn edit(&mut self, _: ReplicaId, (): &mut (), element: &u64) -> Option<(Self, ())> {
        Some((self.add_number(*element), ()))
    }

    fn delta_stands_for(history: &[Change<Self>]) -> BTreeSet<usize> {
        BTreeSet::from([history.len() - 1])
    }

    /// The registers, and so all else, are those of the plain definition.
    fn assert_says(&self, changes: &[&Change<Self>]) {
        let mut registers = [0; 16];
        for change in changes {
            let hash = xxhash_rust::xxh3::xxh3_64_with_seed(&change.edit.to_le_bytes(), 7);
            let bits = format!("{hash:064b}");
            let register = usize::from_str_radix(&bits[..4], 2).expect("binary");
            let rank = bits[4..].find('1').map_or(61, |zeros| zeros + 1);
            registers[register] = registers[register].max(rank);
        }
        assert_eq!(registers_of(self), registers);
        assert_estimates_its_registers(self);
    }
}

/// Whatever way the registers came, the estimate is that of the definition, and the same in every bit as after decoding.
fn assert_estimates_its_registers<const P: u8, const K: u64>(sketch: &HyperLogLog<P, K>) {
    let expected = defined_estimate(&registers_of(sketch), P.into());
    let estimate = sketch.estimate();
    let ratio = if expected > 0.0 && expected < f64::INFINITY { estimate / expected } else { 1.0 };
    assert!((ratio - 1.0).abs() < 1e-13, "{estimate}, {expected}");
    assert_eq!((estimate > 0.0, estimate.is_finite()), (expected > 0.0, expected.is_finite()));
    let bytes = postcard::to_allocvec(sketch).expect("is bytes");
    let decoded: HyperLogLog<P, K> = postcard::from_bytes(&bytes).expect("is a sketch");
    assert_eq!(decoded.estimate().to_bits(), estimate.to_bits());
}

/// Ertl's improved raw estimate, term by term: the sum over all registers, with `sigma` for the empty and `tau` for the full.
fn defined_estimate(registers: &[usize], precision: i32) -> f64 {
    let (count, full) = (registers.len() as f64, usize::try_from(65 - precision).expect("above 0"));
    let share = |rank| registers.iter().filter(|other| **other == rank).count() as f64 / count;
    let sigma: f64 =
        share(0) + (1..60).map(|k| share(0).powi(1 << k.min(20)) * 2_f64.powi(k - 1)).sum::<f64>();
    let root = |k: i32| (1.0 - share(full)).powf(2_f64.powi(-k));
    let tau = (share(full) - (1..60).map(|k| (1.0 - root(k)).powi(2) * 2_f64.powi(-k)).sum::<f64>()) / 3.0;
    let is_between = |rank: &&usize| **rank > 0 && **rank < full;
    let power = |rank: &usize| 2_f64.powi(-i32::try_from(*rank).expect("small"));
    let between: f64 = registers.iter().filter(is_between).map(power).sum();
    let empty = if share(0) < 1.0 { count * sigma } else { f64::INFINITY };
    let mean = empty + between + count * tau * 2_f64.powi(precision - 64);
    count * count / (2.0 * std::f64::consts::LN_2 * mean)
}

/// Every register, as the JSON form tells them.
fn registers_of<const P: u8, const K: u64>(sketch: &HyperLogLog<P, K>) -> Vec<usize> {
    let number = |value: &Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
    let written = serde_json::to_value(sketch).expect("is text");
    if let Some(all) = written["registers"]["all"].as_array() {
        return all.iter().map(number).collect();
    }
    let mut registers = vec![0; 1 << P];
    for entry in written["registers"]["listed"].as_array().expect("one or the other") {
        registers[number(&entry[0])] = number(&entry[1]);
    }
    registers
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_sketch_obeys_its_laws(script in scripts(0..30_u64)) {
        check::<Tiny>(&script);
    }

    /// At a precision of several blocks, with sketches on all sides of the change of representation.
    #[test]
    fn joins_take_the_larger_of_each_register(sizes in [0..90_u64, 0..90, 0..2000], start in any::<u32>()) {
        let mut start = u64::from(start);
        let [a, b, c] = sizes.map(|size| {
            let mut sketch = HyperLogLog::<8>::default();
            for element in start..start + size {
                sketch.add_number(element);
            }
            start += size / 2;
            sketch
        });
        for (x, y, z) in [(&a, &b, &c), (&c, &a, &b), (&b, &c, &a)] {
            laws(x, y, z);
            let expected = registers_of(x).into_iter().zip(registers_of(y)).map(|(x, y)| x.max(y));
            let joined = x.clone().joined(y);
            prop_assert!(registers_of(&joined).into_iter().eq(expected));
            assert_estimates_its_registers(&joined);
        }
    }

    #[test]
    fn a_hash_raises_the_register_of_its_first_bits_to_the_place_of_the_next_1(hash in any::<u64>(), shift in 0..64) {
        fn one<const P: u8>(hash: u64) -> (usize, usize) {
            let mut sketch = HyperLogLog::<P>::default();
            sketch.add_hash(hash);
            let registers = registers_of(&sketch);
            let index = registers.iter().position(|rank| *rank > 0).expect("one is raised");
            assert_eq!(registers.iter().filter(|rank| **rank > 0).count(), 1);
            (index, registers[index])
        }
        let hash = hash >> shift;
        prop_assert_eq!(one::<4>(hash), expected(hash, 4));
        prop_assert_eq!(one::<11>(hash), expected(hash, 11));
        prop_assert_eq!(one::<18>(hash), expected(hash, 18));
    }
}

fn expected(hash: u64, precision: usize) -> (usize, usize) {
    let bits = format!("{hash:064b}");
    let index = usize::from_str_radix(&bits[..precision], 2).expect("binary");
    (index, bits[precision..].find('1').map_or(64 - precision + 1, |zeros| zeros + 1))
}

#[test]
fn the_representation_is_a_function_of_the_registers() {
    fn at<const P: u8>(most: u64) {
        let form = |sketch: &HyperLogLog<P>| {
            let written = serde_json::to_value(sketch).expect("is text");
            written["registers"].as_object().expect("a form").keys().next().expect("one").clone()
        };
        // One register after another, in an order that is not theirs.
        let hash = |register: u64| (register * 5 % (1 << P)) << (64 - P) | 1;
        let mut grown = HyperLogLog::<P>::default();
        for register in 0..most {
            grown.add_hash(hash(register));
        }
        assert_eq!(form(&grown), "listed");
        let mut other = HyperLogLog::<P>::default();
        let delta = other.add_hash(hash(most));
        let joined = grown.clone().joined(&delta);
        grown.add_hash(hash(most));
        assert_eq!((form(&grown), form(&other)), ("all".into(), "listed".into()));
        assert_eq!(grown, joined);
        assert_eq!(grown, delta.joined(&grown));
        assert_eq!(form(&grown.difference(&joined.difference(&other))), "listed");
    }
    at::<4>(2);
    at::<8>(16);
    at::<11>(128);
    at::<18>(1024);
}

/// On both sides of the sizes at which a list becomes a table and the table grows.
#[test]
fn the_order_of_adding_leaves_no_trace() {
    let hasher = foldhash::fast::FixedState::default();
    for size in [2, 8, 9, 10, 32, 33, 64, 127, 128, 129, 140, 300, 512, 513, 900] {
        let elements = || (0..size).chain(0..size / 2);
        let (mut first, mut second) = <(HyperLogLog<15>, HyperLogLog<15>)>::default();
        elements().for_each(|element| _ = first.add_number(element));
        elements().rev().for_each(|element| _ = second.add_number(element));
        assert_eq!(first, second);
        assert!(first.includes(&second) && second.includes(&first) && first.difference(&second).is_bottom());
        assert_eq!(hasher.hash_one(&first), hasher.hash_one(&second));
        let bytes = postcard::to_allocvec(&first).expect("is bytes");
        assert_eq!(bytes, postcard::to_allocvec(&second).expect("is bytes"));
        assert_eq!(postcard::from_bytes::<HyperLogLog<15>>(&bytes).expect("is a sketch"), second);

        second.add_number(size);
        let delta = second.difference(&first);
        assert_eq!(first.clone().joined(&delta), second);
        assert_ne!(first, second);
        assert_estimates_its_registers(&second);
    }
}

/// The last registers of all, whose places in a table would be its last: they go on at its beginning.
#[test]
fn registers_that_crowd_at_the_end_are_found() {
    let hash = |register: u64, rank: u64| register << (64 - 18) | 1 << (64 - 18 - rank);
    let registers = || ((1 << 18) - 1000_u64..1 << 18).rev();
    let mut sketch = HyperLogLog::<18>::default();
    for (added, register) in (1..).zip(registers()) {
        assert!(!sketch.add_hash(hash(register, 2)).is_bottom());
        assert!(
            sketch.add_hash(hash(register, 2)).is_bottom() && sketch.add_hash(hash(register, 1)).is_bottom()
        );
        if [8, 9, 33, 129, 513, 1000].contains(&added) {
            let written = registers_of(&sketch);
            assert!(written.iter().rev().take(added).all(|rank| *rank == 2));
            assert_eq!(written.iter().filter(|rank| **rank > 0).count(), added);
        }
    }
    for register in registers().step_by(7) {
        assert!(!sketch.add_hash(hash(register, 3)).is_bottom());
        assert!(sketch.add_hash(hash(register, 3)).is_bottom());
    }
    let raised = registers_of(&sketch).iter().filter(|rank| **rank == 3).count();
    assert_eq!(raised, 1000_usize.div_ceil(7));
}

/// Some registers full, as no number of elements fills them, and in the end all.
#[test]
fn full_registers_are_estimated_by_what_they_stand_for() {
    fn at<const P: u8>() {
        let mut sketch = HyperLogLog::<P>::default();
        for register in 0..1_u64 << P {
            sketch.add_hash(register << (64 - P) | u64::from(register % 3 == 2));
            if register.is_power_of_two() {
                assert_estimates_its_registers(&sketch);
                assert_estimates_its_registers(&HyperLogLog::<P>::default().joined(&sketch));
            }
        }
        let other = (0..1_u64 << P).fold(HyperLogLog::<P>::default(), |mut all, register| {
            all.add_hash(register << (64 - P) | u64::from(register % 5 == 0));
            all
        });
        assert_estimates_its_registers(&other);
        assert_estimates_its_registers(&sketch.joined(&other));
    }
    at::<4>();
    at::<7>();
    at::<11>();
}

#[test]
fn adding_what_is_known_returns_nothing() {
    let mut sketch = <HyperLogLog>::default();
    assert!(!sketch.add(b"ann").is_bottom());
    assert!(sketch.add(b"ann").is_bottom());
    for element in 0..100_000 {
        sketch.add_number(element);
    }
    assert!((0..100_000).all(|element| sketch.add_number(element).is_bottom()));
    assert!(sketch.add(&7_u64.to_le_bytes()).is_bottom(), "a number is its 8 bytes");
}

#[test]
fn the_key_is_part_of_every_hash() {
    let (mut one, mut other) = (HyperLogLog::<11, 1>::default(), HyperLogLog::<11, 2>::default());
    for element in 0..200 {
        one.add_number(element);
        other.add_number(element);
    }
    assert_ne!(registers_of(&one), registers_of(&other));
}

#[test]
fn states_look_as_documented() {
    let mut sketch = HyperLogLog::<4, 9>::default();
    sketch.add_hash(0x3 << 60 | 1 << 59);
    sketch.add_hash(0x5 << 60);
    let written = json!({ "precision": 4, "key": 9, "registers": { "listed": [[3, 1], [5, 61]] } });
    assert_eq!(serde_json::to_value(&sketch).expect("is text"), written);
    // Precision, key, list, two entries: three left out and rank 1 are 3 * 64 + 1 = 193; then one left out, 64 + 61.
    assert_eq!(postcard::to_allocvec(&sketch).expect("is bytes"), [4, 9, 0, 2, 0xc1, 1, 125]);
    sketch.add_hash(1 << 58);
    let mut packed = [0; 12];
    packed[0] = 2; // register 0, bits 0 to 5
    packed[2] = 1 << 2; // register 3, bits 18 to 23
    (packed[3], packed[4]) = (61 << 6, 61 >> 2); // register 5, bits 30 to 35
    let bytes = postcard::to_allocvec(&sketch).expect("is bytes");
    assert_eq!(bytes[..4], [4, 9, 1, 12]);
    assert_eq!(bytes[4..], packed);
    assert_eq!(postcard::to_allocvec(&<HyperLogLog>::default()).expect("is bytes"), [11, 0, 0, 0]);
}

#[test]
fn by_default_all_registers_are_one_and_a_half_kilobytes() {
    let mut sketch = <HyperLogLog>::default();
    (0..10_000).for_each(|element| {
        sketch.add_number(element);
    });
    assert_eq!(postcard::to_allocvec(&sketch).expect("is bytes").len(), 1536 + 5);
    assert!((<HyperLogLog>::STANDARD_ERROR - 0.022_981).abs() < 1e-6);
    assert!((HyperLogLog::<4>::STANDARD_ERROR - 0.26).abs() < 1e-9);
}
