//! Causal contexts as sets of dots, at both ends of the numbers.

use fastrand::Rng;
use quipu_crdt::{CausalContext, Lattice};

use super::reference::{Dots, context_of, dot, dots_of, replica};

/// Dots of some replicas in clusters, so that ranges touch, overlap and leave gaps.
fn some_dots(rng: &mut Rng, replicas: u64) -> Dots {
    let mut dots = Dots::new();
    for _ in 0..rng.usize(..12) {
        let who = replica(rng.u64(..replicas));
        let near_end = rng.u8(..4) == 0;
        let first = if near_end { u64::MAX - rng.u64(..40) } else { rng.u64(1..60) };
        let last = first.saturating_add(rng.u64(..8));
        dots.extend((first..=last).map(|counter| dot(who, counter)));
    }
    dots
}

#[test]
fn contexts_are_sets() {
    for seed in 0..4_000 {
        let mut rng = Rng::with_seed(seed);
        let replicas = if seed % 5 == 0 { 30 } else { 3 };
        let (a, b) = (some_dots(&mut rng, replicas), some_dots(&mut rng, replicas));
        let (mut shuffled, mut real): (Vec<_>, _) = (a.iter().copied().collect(), CausalContext::default());
        rng.shuffle(&mut shuffled);
        for dot in &shuffled {
            real.insert(*dot);
        }
        let other = context_of(&b);
        assert_eq!(real, context_of(&a), "one form for each set");
        assert_eq!(dots_of(&real), a);
        assert_eq!(real.len(), a.len() as u64);
        let union: Dots = a.union(&b).copied().collect();
        let common: Dots = a.intersection(&b).copied().collect();
        let rest: Dots = a.difference(&b).copied().collect();
        for dot in &union {
            assert_eq!(real.contains(*dot), a.contains(dot));
        }
        assert_eq!(real.clone().joined(&other), context_of(&union));
        assert_eq!(other.clone().joined(&real), context_of(&union));
        assert_eq!(real.intersection(&other), context_of(&common));
        assert_eq!(real.difference(&other), context_of(&rest));
        assert_eq!(real.includes(&other), a.is_superset(&b));
        assert!(context_of(&union).includes(&real));
        let mut numbered = real.clone();
        let who = replica(rng.u64(..replicas));
        match numbered.next_dot(who) {
            Ok(next) => assert!(!a.contains(&next) && numbered.largest(who) == next.counter.get()),
            Err(_) => assert!(a.contains(&dot(who, u64::MAX)) && numbered == real),
        }
    }
}

#[test]
fn a_context_of_many_replicas_grows_by_many_more() {
    let all = |numbers: std::ops::Range<u64>| -> Dots {
        numbers.flat_map(|number| [1, 2, 5].map(|counter| dot(replica(number), counter))).collect()
    };
    let mut context = context_of(&all(0..500));
    context.join(&context_of(&all(250..1_000)));
    assert_eq!(dots_of(&context), all(0..1_000));
}
