//! Memory follows what is alive, whatever has been there before.

use peak_alloc::PeakAlloc;
use quipu_crdt::{Causal, Lattice, NodeName, OrSet, ReplicaId};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

type Set = Causal<OrSet<u64>>;

/// So many sets are weighed at a time that what the threads of the test program take for themselves does not matter.
const COPIES: usize = 32;

/// How many bytes such a set holds, itself included.
fn weight(made: impl Fn() -> Set) -> usize {
    let before = ALLOCATOR.current_usage();
    let mut sets = Vec::with_capacity(COPIES);
    (0..COPIES).for_each(|_| sets.push(made()));
    let after = ALLOCATOR.current_usage();
    assert!(sets.iter().all(|set| *set == sets[0]));
    after.saturating_sub(before) / COPIES
}

/// Adds so many elements, and removes all but every `step`th.
fn thinned(count: u64, step: u64) -> Set {
    let id = ReplicaId::new(NodeName::new("n0"), 1);
    let mut set = Set::default();
    (0..count).for_each(|element| drop(set.add(id, element).expect("few changes")));
    (0..count).filter(|element| element % step != 0).for_each(|element| drop(set.remove(id, &element)));
    set
}

// One test, as the allocator counts what all threads take.
#[test]
fn memory_follows_the_live_elements() {
    let few = weight(|| thinned(4, 1));
    for count in [40, 100, 10_000] {
        let thin = weight(|| thinned(count, count / 4 + 1));
        assert!(thin < few + 300, "{thin} bytes for four of {count}, {few} for four");
    }
    // Too many for a list; 157 pages have been there, and a large table.
    let nine = weight(|| thinned(157 * 64, 157 * 64 / 9 + 1));
    assert!(nine < 4_000, "{nine} bytes for nine elements");
    let all_at_once = weight(|| thinned(5_000, 1).joined(&thinned(5_000, 500)));
    assert!(all_at_once < 4_000, "{all_at_once} bytes for ten elements");
    // Half of the pages have one left.
    let scattered = weight(|| thinned(25_600, 128)) / 200;
    assert!(scattered < 146, "{scattered} bytes an element");
}
