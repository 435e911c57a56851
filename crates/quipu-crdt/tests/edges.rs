//! The edges: overflow, names, and every way in which counts can compare.

use std::num::NonZeroU64;

use quipu_crdt::{
    Causal, CausalContext, Dot, DotStore, EwFlag, GCounter, Lattice, NodeName, OrMap, Overflow, PnCounter,
    ReplicaId, VersionVector, Writer,
};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

#[test]
fn an_increment_beyond_64_bits_is_an_error_and_changes_nothing() {
    let n0 = replica("n0");
    let mut counter = GCounter::default();
    counter.increment(n0, u64::MAX).expect("fits exactly");
    let before = counter.clone();
    assert_eq!(counter.increment(n0, 1), Err(Overflow));
    assert_eq!(counter.increment(n0, u64::MAX), Err(Overflow));
    assert_eq!(counter, before);
    assert_eq!(counter.increment(n0, 0), Ok(GCounter::default()));
    assert_eq!((counter.of(n0), counter.of(replica("n1"))), (u64::MAX, 0));
}

#[test]
fn one_full_direction_of_a_counter_leaves_the_other_free() {
    let n0 = replica("n0");
    let mut counter = PnCounter::default();
    counter.decrement(n0, u64::MAX).expect("fits exactly");
    let before = counter.clone();
    assert_eq!(counter.add(n0, -1), Err(Overflow));
    assert_eq!(counter, before);
    counter.add(n0, i64::MAX).expect("the other direction is empty");
    assert_eq!(counter.value(), i128::from(i64::MAX) - i128::from(u64::MAX));
}

#[test]
fn the_most_negative_change_counts_in_full() {
    let mut counter = PnCounter::default();
    counter.add(replica("n0"), i64::MIN).expect("fits");
    assert_eq!(counter.value(), i128::from(i64::MIN));
    assert_eq!(counter.of(replica("n0")), (0, 1 << 63));
}

#[test]
fn the_value_is_exact_where_64_bits_would_not_do() {
    let mut up = GCounter::default();
    let mut both = PnCounter::default();
    for node in 0..100 {
        let id = replica(&format!("n{node}"));
        up.increment(id, u64::MAX).expect("fits");
        both.decrement(id, u64::MAX).expect("fits");
    }
    assert_eq!(up.value(), 100 * u128::from(u64::MAX));
    assert_eq!(both.value(), -100 * i128::from(u64::MAX));
}

#[test]
fn the_last_dot_can_be_given_out_and_no_further_one() {
    let n0 = replica("n0");
    let mut known = VersionVector::up_to(Dot::new(n0, NonZeroU64::MAX));
    let before = known.clone();
    assert_eq!(known.next_dot(n0), Err(Overflow));
    assert_eq!(known, before);
    let mut nearly = VersionVector::up_to(Dot::new(n0, NonZeroU64::new(u64::MAX - 1).expect("not 0")));
    assert_eq!(nearly.next_dot(n0), Ok(Dot::new(n0, NonZeroU64::MAX)));
}

/// The map's index once took the number after a span's last for the begin of the rest, and 2^64 - 1 has none after it.
#[test]
fn a_key_under_the_last_dot_there_is_can_be_removed_after_a_join() {
    let n0 = replica("n0");
    let nearly: CausalContext =
        [Dot::new(n0, NonZeroU64::new(u64::MAX - 1).expect("not 0"))].into_iter().collect();
    let mut here = Causal::from_parts(OrMap::<u8, EwFlag>::default(), nearly).expect("nothing is alive");
    here.update(n0, 1, EwFlag::enable).expect("there is one more");
    assert!(here.dots().contains(Dot::new(n0, NonZeroU64::MAX)));
    let mut there = here.clone();
    there.join(&here);
    assert_eq!(there.dots(), here.dots());
    there.join(&here.remove(n0, &1));
    assert!(there.is_empty());
    assert_eq!(there, here);
}

#[test]
fn a_change_that_needs_more_dots_than_there_are_is_told_so_before() {
    let n0 = replica("n0");
    let mut seen = CausalContext::of(Dot::new(n0, NonZeroU64::new(u64::MAX - 3).expect("not 0")));
    let mut writer = Writer::new(&mut seen, n0);
    assert_eq!(writer.reserve(3), Ok(()));
    assert_eq!(writer.reserve(4), Err(Overflow));
    writer.dot().expect("one of three");
    assert_eq!((writer.reserve(2), writer.reserve(3)), (Ok(()), Err(Overflow)));
}

#[test]
fn a_version_vector_tells_before_after_and_concurrent() {
    let (n0, n1) = (replica("n0"), replica("n1"));
    let (mut here, mut there) = (VersionVector::default(), VersionVector::default());
    let first = here.next_dot(n0).expect("fits");
    let second = there.next_dot(n1).expect("fits");
    assert!(here.is_concurrent_with(&there));
    there.join(&here);
    assert!(here < there && !there.is_concurrent_with(&here));
    assert!(there.contains(first) && there.contains(second) && !here.contains(second));
    assert!(!there.contains(there.clone().next_dot(n0).expect("fits")));
}

#[test]
fn a_delta_makes_good_for_the_lost_ones_before_it() {
    let n0 = replica("n0");
    let mut here = PnCounter::default();
    here.add(n0, 5).expect("fits");
    let last = here.add(n0, -2).expect("fits");
    assert_eq!(PnCounter::default().joined(&last), here);
}

#[test]
fn a_node_without_memory_needs_a_new_incarnation() {
    // What goes wrong under the old id, and does not under a new one.
    let mut elsewhere =
        GCounter::default().joined(&GCounter::default().increment(replica("n0"), 5).expect("fits"));
    let mut forgotten = GCounter::default();
    elsewhere.join(&forgotten.increment(replica("n0"), 2).expect("fits"));
    assert_eq!(elsewhere.value(), 5, "under the old id the add is lost");
    let mut reborn = GCounter::default();
    elsewhere.join(&reborn.increment(ReplicaId::new(NodeName::new("n0"), 2), 2).expect("fits"));
    assert_eq!(elsewhere.value(), 7);
}

#[test]
fn short_names_are_kept_and_long_ones_stay_apart() {
    for name in ["", "n0", "n24", "sixteen-bytes-ok", "größe"] {
        assert_eq!(NodeName::new(name).as_str(), name);
    }
    assert!(NodeName::new("n0") < NodeName::new("n1") && NodeName::new("n1") < NodeName::new("n10"));
    let east = NodeName::new("counter-eu-east-1.example.com:7000");
    let west = NodeName::new("counter-eu-west-1.example.com:7000");
    assert_ne!(east, west);
    // FNV-1a as it is published, computed apart from this code: names outlive the version that made them.
    assert_eq!(east.as_str(), "~4qjdemgh4e7q0su");
    assert_eq!(east.as_str().len(), 16);
    assert_eq!(NodeName::new(east.as_str()), east, "the short form is a name for itself");
    assert_ne!(NodeName::new("a"), NodeName::new("a\0"));
}

#[test]
fn a_replica_is_read_back_from_its_text_and_from_no_other_spelling() {
    let id = ReplicaId::new(NodeName::new("a@b"), 0x1f);
    assert_eq!(id.to_string(), "a@b@1f");
    assert_eq!(id.to_string().parse(), Ok(id));
    for text in ["n0", "n0@", "n0@1F", "n0@01", "n0@+1", "n0@g", "n0@10000000000000000"] {
        assert!(text.parse::<ReplicaId>().is_err(), "{text}");
    }
    assert_eq!("n0@0".parse(), Ok(ReplicaId::new(NodeName::new("n0"), 0)));
    assert_eq!(
        ReplicaId::new(NodeName::new("n0"), u64::MAX).to_string().parse(),
        Ok(ReplicaId::new(NodeName::new("n0"), u64::MAX))
    );
}
