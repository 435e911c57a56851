//! Memory follows what is alive, whatever has been there before.

use peak_alloc::PeakAlloc;
use quipu_crdt::{Causal, Lattice, NodeName, OrSet, ReplicaId};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn held_by<T>(made: impl FnOnce() -> T) -> usize {
    let before = ALLOCATOR.current_usage();
    let made = made();
    let held = ALLOCATOR.current_usage() - before;
    drop(made);
    held
}

/// Adds so many elements, and removes all but every `step`th.
fn thinned(count: u64, step: usize) -> Causal<OrSet<u64>> {
    let id = ReplicaId::new(NodeName::new("n0"), 1);
    let mut set = Causal::<OrSet<u64>>::default();
    (0..count).for_each(|element| drop(set.add(id, element).expect("few changes")));
    (0..count)
        .filter(|element| element % step as u64 != 0)
        .for_each(|element| drop(set.remove(id, &element)));
    set
}

// One test, as the allocator counts what all threads take.
#[test]
fn memory_follows_the_live_elements() {
    let few = held_by(|| thinned(4, 1));
    for count in [40, 100, 10_000] {
        let held = held_by(|| thinned(count, count as usize / 4 + 1));
        assert!(held <= 2 * few, "{held} bytes for four of {count}, {few} for four");
    }
    // Too many for a list; 157 pages have been there, and a large table.
    let nine = held_by(|| thinned(157 * 64, 157 * 64 / 9 + 1));
    assert!(nine < 4_000, "{nine} bytes for nine elements");
    let all_at_once = held_by(|| {
        let mut set = thinned(20_000, 1);
        set.join(&thinned(20_000, 2_000));
        set
    });
    assert!(all_at_once < 4_000, "{all_at_once} bytes for ten elements");
    // Half of the pages have one left.
    let scattered = held_by(|| thinned(128_000, 128)) / 1_000;
    assert!(scattered < 120, "{scattered} bytes an element");
}
