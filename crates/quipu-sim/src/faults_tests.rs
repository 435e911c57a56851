use super::*;

fn each_kind(node_count: u16, kind: PartitionKind) -> impl Iterator<Item = Partition> {
    (0..200).map(move |seed| Partition::of_kind(kind, node_count, &mut Rng::new(seed)))
}

fn deaf_to(partition: &Partition, node: u16) -> usize {
    partition.blocked.get(&node).map_or(0, BTreeSet::len)
}

#[test]
fn one_node_is_cut_off_both_ways_and_it_may_be_any() {
    let mut isolated = BTreeSet::new();
    for partition in each_kind(5, PartitionKind::One) {
        let alone: Vec<u16> = (0..5).filter(|node| deaf_to(&partition, *node) == 4).collect();
        assert_eq!(alone.len(), 1);
        assert_eq!(partition.cuts().count(), 8);
        isolated.insert(alone[0]);
    }
    assert_eq!(isolated.len(), 5);
}

#[test]
fn halves_differ_by_at_most_one_node() {
    for (node_count, smaller) in [(2, 1), (3, 1), (4, 2), (5, 2)] {
        for partition in each_kind(node_count, PartitionKind::Majority) {
            let (left, right) = partition.sides().unwrap();
            assert_eq!((left.len(), right.len()), (smaller, usize::from(node_count) - smaller));
        }
    }
}

#[test]
fn a_minority_third_is_fewer_than_a_third_and_of_three_nodes_none() {
    for (node_count, cut) in [(1, 0), (3, 0), (4, 1), (6, 1), (7, 2), (25, 8)] {
        for partition in each_kind(node_count, PartitionKind::MinorityThird) {
            assert_eq!(partition.sides().map_or(0, |(left, _)| left.len()), cut, "{node_count} nodes");
        }
    }
}

#[test]
fn in_a_ring_each_node_hears_a_majority_and_no_two_the_same() {
    for node_count in 3..=25 {
        let majority = usize::from(node_count) / 2 + 1;
        for partition in each_kind(node_count, PartitionKind::MajoritiesRing).take(20) {
            let mut heard = BTreeSet::new();
            for node in 0..node_count {
                let deaf = &partition.blocked[&node];
                assert!(!deaf.contains(&node), "every node hears itself");
                assert_eq!(usize::from(node_count) - deaf.len(), majority);
                heard.insert(deaf.clone());
            }
            assert_eq!(heard.len(), usize::from(node_count));
        }
    }
}

#[test]
fn in_a_ring_of_three_every_cut_is_one_way() {
    for partition in each_kind(3, PartitionKind::MajoritiesRing) {
        let cuts: BTreeSet<(u16, u16)> = partition.cuts().collect();
        assert_eq!(cuts.len(), 3);
        assert!(cuts.iter().all(|(receiver, sender)| !cuts.contains(&(*sender, *receiver))));
    }
}

#[test]
fn a_small_ring_cuts_nobody() {
    for node_count in 0..3 {
        assert!(
            each_kind(node_count, PartitionKind::MajoritiesRing)
                .all(|partition| partition.blocked.is_empty())
        );
    }
}

#[test]
fn kinds_are_drawn_evenly_and_one_way_only_by_name() {
    let mut rng = Rng::new(3);
    let mut counts = BTreeMap::<PartitionKind, u32>::new();
    for _ in 0..4000 {
        *counts.entry(Partition::sample(5, &mut rng).kind).or_default() += 1;
    }
    assert_eq!(counts.len(), 4);
    assert!(counts.values().all(|count| (900..1100).contains(count)), "{counts:?}");
    assert_eq!("one-way".parse(), Ok(PartitionKind::OneWay));
    for partition in each_kind(3, PartitionKind::OneWay) {
        assert_eq!(partition.cuts().count(), 1);
    }
}

#[test]
fn faults_are_told_in_words() {
    let ring = Partition { kind: PartitionKind::MajoritiesRing, blocked: ring(&[0, 1, 2]) };
    let lines = [
        Fault::Partition(Partition::isolating(&[0], 3)),
        Fault::Partition(Partition::isolating(&[1, 3], 5)),
        Fault::Partition(Partition::isolating(&[0], 2)),
        Fault::Partition(Partition::one_way(2, 1)),
        Fault::Partition(ring),
        Fault::Partition(Partition::isolating(&[], 3)),
        Fault::Kill(vec![0, 2]),
        Fault::Heal,
    ]
    .map(|fault| fault.to_string());
    assert_eq!(
        lines,
        [
            "n0 cut off from n1, n2",
            "n1, n3 cut off from n0, n2, n4",
            "n0 and n1 cut off from each other",
            "n1 -/-> n2 one way",
            "n1 -/-> n0 one way, n2 -/-> n1 one way, n0 -/-> n2 one way",
            "a partition that cuts off nobody",
            "n0, n2 killed",
            "all partitions healed",
        ]
    );
}
