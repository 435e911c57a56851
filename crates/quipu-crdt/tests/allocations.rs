//! What the counters do not ask the allocator for.

use peak_alloc::PeakAlloc;
use quipu_crdt::{GCounter, Lattice, NodeName, PnCounter, ReplicaId, VersionVector};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// How many bytes more than before are held at some moment of `work`: the least of several times, since another thread of the
/// test program may take some at the same moment, but hardly each time.
fn held_by<S>(prepare: impl Fn() -> S, work: impl Fn(&mut S)) -> usize {
    let held = |_| {
        let mut state = prepare();
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        work(&mut state);
        ALLOCATOR.peak_usage() - before
    };
    (0..5).map(held).min().unwrap_or(usize::MAX)
}

// One test, as the allocator counts what all threads take.
#[test]
fn a_change_a_delta_and_a_join_of_known_replicas_allocate_nothing() {
    let ids: Vec<ReplicaId> =
        (0..100).map(|node| ReplicaId::new(NodeName::new(&format!("n{node}")), 1)).collect();
    let nothing = || (GCounter::default(), PnCounter::default(), VersionVector::default());
    let alone = held_by(nothing, |(up, both, known)| {
        up.increment(ids[7], 1).expect("fits");
        both.add(ids[7], -1).expect("fits");
        known.next_dot(ids[7]).expect("there is one");
    });
    assert_eq!(alone, 0, "a counter with one slot has it inline");

    let (mut up, mut both) = (GCounter::default(), PnCounter::default());
    let first = up.increment(ids[7], 1).expect("fits");
    for id in &ids {
        up.increment(*id, 5).expect("fits");
        both.add(*id, -5).expect("fits");
    }
    let twice = || ((up.clone(), both.clone()), (up.clone(), both.clone()));
    let known_replicas = held_by(twice, |((up, both), (up_elsewhere, both_elsewhere))| {
        for id in &ids {
            up_elsewhere.join(&up.increment(*id, 1).expect("fits"));
            both_elsewhere.join(&both.add(*id, 1).expect("fits"));
        }
        up_elsewhere.join(up);
        up.join(&first);
        both_elsewhere.join(both);
        assert_eq!((&*up, &*both), (&*up_elsewhere, &*both_elsewhere));
        assert_eq!(up.value(), 1 + 100 * 6);
    });
    assert_eq!(known_replicas, 0, "all replicas are known");
}
