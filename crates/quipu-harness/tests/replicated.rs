//! The replicated types across a cluster under every fault, and what each loses without the part that answers its danger.

use std::sync::Arc;

use quipu_harness::explore::{Exploration, Judged, explore, run_virtual, world_seed};
use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::{LatencyDistribution, Options};
use quipu_harness::runner::{Plan, SetupError};
use quipu_harness::shrink::{Failing, shrink};
use quipu_harness::workload::Workload;
use quipu_harness::world::MakeNode;
use quipu_node::nodes::{NodeKind, Remedy, Settings};

const TYPES: [(Workload, NodeKind, Remedy, &str); 5] = [
    (Workload::OrSet, NodeKind::OrSet, Remedy::Context, "a removed element came back"),
    (Workload::MvRegister, NodeKind::MvRegister, Remedy::Siblings, "an acknowledged write is lost"),
    (Workload::Cart, NodeKind::Cart, Remedy::Additions, "an acknowledged addition is lost"),
    (Workload::BoundedCounter, NodeKind::BoundedCounter, Remedy::Escrow, "more was sold than there was"),
    (Workload::Text, NodeKind::Text, Remedy::Origins, "two characters stand in two orders"),
];

fn make(kind: NodeKind, without: Option<Remedy>) -> MakeNode {
    let settings = Settings { without, ..Settings::default() };
    Arc::new(move || kind.build(&settings))
}

fn options(workload: Workload) -> Options {
    Options {
        workload,
        node_count: 3,
        concurrency: 3,
        rate: 100.0,
        time_limit: 20,
        loss: 0.05,
        nemesis: vec![NemesisKind::Partition, NemesisKind::Kill],
        strict: true,
        ..Options::default()
    }
}

fn explored(options: &Options, make: &MakeNode, seeds: u64) -> Exploration {
    let judge = |seed| -> Result<Judged, SetupError> {
        let options = Options { seed, ..options.clone() };
        let (run, checked) = run_virtual(&options, &Plan::Random, world_seed(seed), make, false)?;
        Ok(Judged::of(&run, checked))
    };
    explore(0, seeds, 2, &judge, &|_| {}).expect("these nodes need no set-up")
}

fn assert_right(options: &Options, kind: NodeKind, seeds: u64) {
    let found = explored(options, &make(kind, None), seeds);
    assert_eq!(
        (found.failures, found.unknown, found.read_violations),
        (0, 0, 0),
        "{:?}; see `quipu explore -w {kind} --strict --seed {}` with {options:?}",
        found.kinds,
        found.first_failure.unwrap_or_default()
    );
}

#[test]
fn every_type_is_right_through_partitions_kills_and_loss() {
    for (workload, kind, _, _) in TYPES {
        assert_right(&options(workload), kind, 20);
    }
}

#[test]
fn every_type_is_right_where_messages_overtake_one_another_and_come_twice() {
    for (workload, kind, _, _) in TYPES {
        let options = Options {
            latency: 50,
            latency_dist: LatencyDistribution::Exponential,
            duplicate: 0.1,
            nemesis: vec![NemesisKind::Partition, NemesisKind::Pause],
            nemesis_interval: 3.0,
            node_count: 5,
            concurrency: 10,
            ..options(workload)
        };
        assert_right(&options, kind, 8);
    }
}

#[test]
fn what_each_part_is_there_for_is_found_by_leaving_it_out() {
    for (workload, kind, remedy, failure) in TYPES {
        let found = explored(&options(workload), &make(kind, Some(remedy)), 30);
        let caught: u64 =
            found.kinds.iter().filter(|(name, _)| name.contains(failure)).map(|(_, count)| count).sum();
        assert!(caught > 0, "no `{failure}` without {remedy} in 30 seeds: {:?}", found.kinds);
    }
}

#[test]
fn a_node_that_comes_back_as_who_it_was_without_what_it_knew_is_found_with_every_type() {
    for (workload, kind, _, _) in TYPES {
        let found = explored(&options(workload), &make(kind, Some(Remedy::Incarnation)), 30);
        assert!(found.failures > 0, "{workload}");
    }
}

#[test]
fn the_shortest_run_in_which_a_removed_element_stays_is_an_add_a_remove_and_a_read() {
    let make = make(NodeKind::OrSet, Some(Remedy::Context));
    let options = options(Workload::OrSet);
    let seed = explored(&options, &make, 10).first_failure.expect("most seeds fail");
    let options = Options { seed, ..options };
    let (run, checked) =
        run_virtual(&options, &Plan::Random, world_seed(seed), &make, false).expect("it runs");
    let kind = *checked.kinds.iter().find(|kind| kind.contains("came back")).expect("that is what it does");
    let failing = Failing { options, script: run.script(), world_seed: world_seed(seed), kind };
    let (shortest, effort) = shrink(failing, &make, 30_000, &mut |_, _| {});
    assert!(!effort.exhausted);
    assert_eq!((shortest.script.operations.len(), shortest.script.final_reads.len()), (2, 1), "{shortest:?}");
    assert_eq!((shortest.options.node_count, shortest.script.faults.len()), (2, 0));
}

/// The first failing run is one that hardly another world would let fail.
#[test]
fn what_fails_by_a_rare_coincidence_shrinks_to_a_handful_as_well() {
    let make = make(NodeKind::OrSet, Some(Remedy::Incarnation));
    let options = Options { strict: false, ..options(Workload::OrSet) };
    let seed = explored(&options, &make, 10).first_failure.expect("one seed of three fails");
    let options = Options { seed, ..options };
    let (run, checked) =
        run_virtual(&options, &Plan::Random, world_seed(seed), &make, false).expect("it runs");
    let failing =
        Failing { options, script: run.script(), world_seed: world_seed(seed), kind: checked.kinds[0] };
    let (shortest, effort) = shrink(failing, &make, 30_000, &mut |_, _| {});
    assert!(!effort.exhausted);
    assert!(shortest.script.operations.len() + shortest.script.final_reads.len() <= 10, "{shortest:?}");
}

#[test]
fn a_seed_gives_the_same_run_twice() {
    for (workload, kind, _, _) in TYPES {
        let run =
            || run_virtual(&options(workload), &Plan::Random, 7, &make(kind, None), true).expect("it runs").0;
        let (first, second) = (run(), run());
        assert_eq!(first.history, second.history, "{workload}");
        assert_eq!(first.trace, second.trace, "{workload}");
    }
}
