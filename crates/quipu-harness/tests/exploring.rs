//! Exploring, shrinking and replaying real nodes in the simulator, and what each store and each fault brings to light.

use std::sync::Arc;

use quipu_harness::explore::{Exploration, Judged, explore, run_virtual, world_seed};
use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::{Options, SeqKv};
use quipu_harness::runner::{Plan, SetupError};
use quipu_harness::shrink::{Failing, shrink};
use quipu_harness::workload::Workload;
use quipu_harness::world::MakeNode;
use quipu_node::nodes::{Fence, NodeKind, Settings};

fn node(kind: NodeKind) -> MakeNode {
    with(kind, Settings::default())
}

fn with(kind: NodeKind, settings: Settings) -> MakeNode {
    Arc::new(move || kind.build(&settings))
}

fn fenced(kind: NodeKind, fence: Fence) -> MakeNode {
    with(kind, Settings { fence, ..Settings::default() })
}

/// The challenge's test, strict.
fn stock() -> Options {
    Options { node_count: 3, concurrency: 3, rate: 100.0, time_limit: 20, strict: true, ..Options::default() }
}

fn adversary() -> Options {
    Options { seq_kv: SeqKv::Adversary, ..stock() }
}

fn lossy_links() -> Options {
    Options { loss: 0.02, duplicate: 0.02, nemesis: vec![NemesisKind::Partition], ..stock() }
}

fn explored(options: &Options, make: &MakeNode, seeds: u64, jobs: usize) -> Exploration {
    let judge = |seed| -> Result<Judged, SetupError> {
        let options = Options { seed, ..options.clone() };
        let (run, checked) = run_virtual(&options, &Plan::Random, world_seed(seed), make, false)?;
        Ok(Judged::of(&run, checked))
    };
    explore(0, seeds, jobs, &judge, &|_| {}).expect("built-in nodes answer the set-up")
}

/// All seeds pass; a failure prints how to see it again.
fn assert_right(options: &Options, kind: NodeKind, seeds: u64) {
    let found = explored(options, &node(kind), seeds, 2);
    assert_eq!(
        found.failures,
        0,
        "{:?}; see `quipu explore --node {kind} --strict --seed {}` with {options:?}",
        found.kinds,
        found.first_failure.unwrap_or_default()
    );
    assert_eq!(found.unknown, 0);
}

/// At least one seed fails in a way whose name contains `kind`.
fn assert_caught(options: &Options, make: &MakeNode, seeds: u64, kind: &str) {
    let found = explored(options, make, seeds, 2);
    let caught: u64 =
        found.kinds.iter().filter(|(name, _)| name.contains(kind)).map(|(_, count)| count).sum();
    assert!(caught > 0, "no `{kind}` in {seeds} seeds: {:?}", found.kinds);
}

#[test]
fn the_right_counters_survive_partitions() {
    let options = Options { nemesis: vec![NemesisKind::Partition], ..stock() };
    for kind in [NodeKind::Chain, NodeKind::Slots, NodeKind::Gossip] {
        assert_right(&options, kind, 60);
        assert_right(&Options { workload: Workload::PnCounter, ..options.clone() }, kind, 30);
    }
}

#[test]
fn the_right_counters_survive_loss_and_duplication_on_links_to_peers_and_store() {
    for kind in [NodeKind::Chain, NodeKind::Slots, NodeKind::Gossip] {
        assert_right(&lossy_links(), kind, 60);
    }
}

#[test]
fn counters_whose_state_is_in_the_store_survive_kills() {
    let options = Options { nemesis: vec![NemesisKind::Partition, NemesisKind::Kill], ..stock() };
    for kind in [NodeKind::Chain, NodeKind::Slots] {
        assert_right(&options, kind, 60);
    }
}

#[test]
fn a_killed_gossip_node_loses_adds_unless_they_were_durable() {
    let options = Options { nemesis: vec![NemesisKind::Partition, NemesisKind::Kill], ..stock() };
    assert_caught(&options, &node(NodeKind::Gossip), 60, "too little");
    let durable = with(NodeKind::Gossip, Settings { durable: true, ..Settings::default() });
    let found = explored(&options, &durable, 60, 2);
    assert_eq!(found.failures, 0, "{:?}, first seed {:?}", found.kinds, found.first_failure);
}

#[test]
fn chain_and_gossip_are_right_on_every_sequentially_consistent_store() {
    for seq_kv in [SeqKv::Strict, SeqKv::Adversary] {
        let options = Options { seq_kv, ..stock() };
        assert_right(&options, NodeKind::Chain, 60);
        assert_right(&options, NodeKind::Gossip, 20);
    }
}

#[test]
fn the_adversary_catches_what_is_right_on_maelstroms_store_by_luck() {
    assert_caught(&adversary(), &node(NodeKind::Slots), 60, "stale");
    assert_caught(&adversary(), &node(NodeKind::Locked), 120, "stale");
    for fence in [Fence::Fresh, Fence::Identity, Fence::Constant, Fence::Random] {
        assert_caught(&adversary(), &fenced(NodeKind::Cas, fence), 10, "stale");
        assert_caught(&adversary(), &fenced(NodeKind::Keys, fence), 10, "stale");
    }
}

#[test]
fn retrying_blindly_counts_twice_and_reporting_does_not() {
    let options = Options { loss: 0.01, ..stock() };
    let fresh = Settings { fence: Fence::Fresh, ..Settings::default() };
    assert_caught(
        &options,
        &with(NodeKind::Cas, Settings { blind_retry: true, ..fresh.clone() }),
        10,
        "counted twice",
    );
    let found = explored(&options, &with(NodeKind::Cas, fresh), 60, 2);
    assert!(!found.kinds.contains_key("counted twice: a final read shows too much"), "{:?}", found.kinds);
}

#[test]
fn a_lock_without_fencing_corrupts_when_its_holder_pauses_and_with_it_does_not() {
    // Twenty milliseconds of latency keep the lock held most of the time, so that a pause meets its holder.
    let options = Options {
        nemesis: vec![NemesisKind::Pause],
        nemesis_interval: 3.0,
        latency: 20,
        strict: false,
        ..stock()
    };
    let unfenced = with(NodeKind::Locked, Settings { fencing: false, ..Settings::default() });
    assert_caught(&options, &unfenced, 60, "lost updates");
    let found = explored(&options, &node(NodeKind::Locked), 60, 2);
    assert!(found.kinds.keys().all(|kind| !kind.contains("lost updates")), "{:?}", found.kinds);
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let make = node(NodeKind::Cas);
    assert_eq!(explored(&stock(), &make, 20, 1), explored(&stock(), &make, 20, 3));
}

#[test]
fn a_seed_gives_the_same_run_twice() {
    let options = Options { nemesis: vec![NemesisKind::Partition, NemesisKind::Kill], ..lossy_links() };
    for kind in [NodeKind::Chain, NodeKind::Gossip] {
        let run = || run_virtual(&options, &Plan::Random, 7, &node(kind), true).expect("it runs").0;
        let (first, second) = (run(), run());
        assert_eq!(first.history, second.history);
        assert_eq!(first.trace, second.trace);
    }
}

#[test]
fn a_run_written_down_does_the_same_as_the_run_it_was_drawn_as() {
    let options = Options { nemesis: vec![NemesisKind::Partition], ..stock() };
    let make = node(NodeKind::Cas);
    let (drawn, _) = run_virtual(&options, &Plan::Random, 11, &make, false).expect("it runs");
    let plan = Plan::Script(drawn.script());
    let (scripted, _) = run_virtual(&options, &plan, 11, &make, false).expect("it runs");
    let without_finals = |run: &quipu_harness::runner::Run| -> Vec<_> {
        run.history.iter().filter(|op| !op.is_final).cloned().collect()
    };
    assert_eq!(without_finals(&drawn), without_finals(&scripted));
}

#[test]
fn the_shortest_failing_cas_run_is_one_add_on_one_node_and_one_read_on_another() {
    let make = node(NodeKind::Cas);
    let options = Options { strict: false, ..stock() };
    let seed = explored(&options, &make, 20, 2).first_failure.expect("two of three seeds fail");
    let options = Options { seed, ..options };
    let (run, checked) =
        run_virtual(&options, &Plan::Random, world_seed(seed), &make, false).expect("it runs");
    let failing =
        Failing { options, script: run.script(), world_seed: world_seed(seed), kind: checked.kinds[0] };
    let (shortest, effort) = shrink(failing, &make, 30_000, &mut |_, _| {});
    assert!(!effort.exhausted);
    let operations = &shortest.script.operations;
    assert_eq!((operations.len(), shortest.script.final_reads.len()), (1, 1), "{shortest:?}");
    assert_ne!(
        shortest.options.node_of(operations[0].worker),
        shortest.options.node_of(shortest.script.final_reads[0])
    );
    assert_eq!(shortest.options.node_count, 2);
    let plan = Plan::Script(shortest.script);
    let (_, again) =
        run_virtual(&shortest.options, &plan, shortest.world_seed, &make, false).expect("it runs");
    assert!(again.kinds.contains(&shortest.kind), "what was shrunk still fails when it is run again");
}
