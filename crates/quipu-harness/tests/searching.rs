//! Every counter over seq-kv in every short execution, by the definition of sequential consistency and on Maelstrom's store.
//!
//! `QUIPU_GOLDEN=write cargo test -p quipu-harness --test searching` writes the stories of the counterexamples anew; read
//! the difference before you commit it.

use std::fs;
use std::path::Path;

use quipu_harness::search::{
    Bounds, Census, Counterexample, Property, Rule, Searched, Unsearchable, Verdict, search, unlucky_seed,
};
use quipu_node::nodes::{Fence, NodeKind, Remedy, Settings};

const BOUNDS: Bounds = Bounds { nodes: 2, operations: 3, lose: 0, timers: 2, states: 5_000_000 };

/// A node whose loops try three times.
fn settings() -> Settings {
    Settings { attempts: 3, ..Settings::default() }
}

fn fenced(fence: Fence) -> Settings {
    Settings { fence, ..settings() }
}

fn without(remedy: Remedy) -> Settings {
    Settings { without: Some(remedy), ..settings() }
}

fn try_search(
    kind: NodeKind,
    settings: &Settings,
    rule: Rule,
    bounds: Bounds,
) -> Result<(Verdict, Census), Unsearchable> {
    let property = if kind == NodeKind::Chain { Property::Linearizable } else { Property::CompleteReads };
    let make = || kind.build(settings);
    let seeds = [1, unlucky_seed()];
    let seeds = if settings.fence == Fence::Random { &seeds[..] } else { &seeds[..1] };
    // The swap from a sum to itself needs one that is there.
    let held = (settings.fence == Fence::Identity).then_some(0);
    search(&Searched { make: &make, rule, property, held, seeds }, &bounds, &mut |_| {})
}

fn searched(kind: NodeKind, settings: &Settings, rule: Rule, bounds: Bounds) -> (Verdict, Census) {
    try_search(kind, settings, rule, bounds).expect("the node can be searched")
}

/// Demands that all executions are right, and that there were some to judge.
#[track_caller]
fn assert_right(kind: NodeKind, settings: &Settings, rule: Rule, bounds: Bounds) -> Census {
    let (verdict, census) = searched(kind, settings, rule, bounds);
    assert_eq!(verdict, Verdict::Right, "{kind} by {rule}");
    assert!(census.executions > 100 && census.reads > 10, "{census:?}");
    assert!(census.cut < census.executions, "not all of them were cut: {census:?}");
    census
}

#[track_caller]
fn counterexample(kind: NodeKind, settings: &Settings, rule: Rule, bounds: Bounds) -> Counterexample {
    match searched(kind, settings, rule, bounds) {
        (Verdict::Wrong(found), _) => found,
        (verdict, census) => panic!("{kind} by {rule} is {verdict:?}: {census:?}"),
    }
}

/// Demands that the shortest counterexample has so many client operations.
#[track_caller]
fn assert_wrong(kind: NodeKind, settings: &Settings, rule: Rule, operations: usize) {
    let found = counterexample(kind, settings, rule, BOUNDS);
    assert_eq!(found.operations, operations, "{found:#?}");
}

#[test]
fn chain_is_linearizable_on_every_sequentially_consistent_store() {
    for rule in [Rule::Definition, Rule::Maelstrom] {
        let census = assert_right(NodeKind::Chain, &settings(), rule, BOUNDS);
        assert!(census.states > 50_000, "{census:?}");
    }
}

#[test]
fn chain_is_linearizable_with_three_nodes() {
    let bounds = Bounds { nodes: 3, operations: 2, ..BOUNDS };
    let settings = Settings { attempts: 1, ..settings() };
    assert_right(NodeKind::Chain, &settings, Rule::Definition, bounds);
}

#[test]
fn chain_is_linearizable_when_an_answer_is_lost() {
    let bounds = Bounds { operations: 2, lose: 1, ..BOUNDS };
    for rule in [Rule::Definition, Rule::Maelstrom] {
        assert_right(NodeKind::Chain, &settings(), rule, bounds);
    }
}

#[test]
fn chain_is_wrong_without_tags_and_without_settling() {
    let found = counterexample(NodeKind::Chain, &without(Remedy::Tags), Rule::Definition, BOUNDS);
    assert_eq!(found.operations, 2, "{found:#?}");
    let bounds = Bounds { operations: 2, lose: 1, ..BOUNDS };
    let found = counterexample(NodeKind::Chain, &without(Remedy::Settling), Rule::Maelstrom, bounds);
    assert!(found.story.iter().any(|sentence| sentence.contains("waits no longer")), "{found:#?}");
}

#[test]
fn slots_locks_and_fresh_values_are_right_on_maelstroms_store() {
    let unfenced = Settings { fencing: false, ..settings() };
    for (kind, settings) in [
        (NodeKind::Slots, settings()),
        (NodeKind::Locked, settings()),
        (NodeKind::Locked, unfenced),
        (NodeKind::Cas, fenced(Fence::Fresh)),
        (NodeKind::Keys, fenced(Fence::Fresh)),
    ] {
        assert_right(kind, &settings, Rule::Maelstrom, BOUNDS);
    }
}

#[test]
fn slots_and_fenced_locks_are_right_on_maelstroms_store_when_an_answer_is_lost() {
    let bounds = Bounds { lose: 1, ..BOUNDS };
    assert_right(NodeKind::Slots, &settings(), Rule::Maelstrom, bounds);
    assert_right(NodeKind::Cas, &fenced(Fence::Fresh), Rule::Maelstrom, bounds);
    assert_right(NodeKind::Locked, &settings(), Rule::Maelstrom, Bounds { operations: 2, ..bounds });
}

#[test]
fn what_a_lost_answer_does_to_those_that_write_blindly() {
    let bounds = Bounds { lose: 1, ..BOUNDS };
    let keys = counterexample(NodeKind::Keys, &fenced(Fence::Fresh), Rule::Maelstrom, bounds);
    assert_eq!(keys.operations, 3, "{keys:#?}");
    assert!(keys.story.iter().any(|sentence| sentence.contains("arrives late")), "{keys:#?}");
    let blind = Settings { blind_retry: true, ..fenced(Fence::Fresh) };
    let twice = counterexample(NodeKind::Cas, &blind, Rule::Maelstrom, bounds);
    assert!(twice.complaint.ends_with("read 2; acceptable: 1"), "{twice:#?}");
}

#[test]
fn all_others_are_refuted_by_the_definition() {
    let unfenced = Settings { fencing: false, ..settings() };
    for (kind, settings) in [
        (NodeKind::Lossy, settings()),
        (NodeKind::Cas, settings()),
        (NodeKind::Cas, fenced(Fence::Identity)),
        (NodeKind::Cas, fenced(Fence::Constant)),
        (NodeKind::Cas, fenced(Fence::Random)),
        (NodeKind::Cas, fenced(Fence::Fresh)),
        (NodeKind::Keys, settings()),
        (NodeKind::Keys, fenced(Fence::Fresh)),
        (NodeKind::Locked, settings()),
        (NodeKind::Locked, unfenced),
        (NodeKind::Slots, settings()),
    ] {
        assert_wrong(kind, &settings, Rule::Definition, 2);
    }
}

#[test]
fn the_classic_mistakes_are_refuted_on_maelstroms_store_too() {
    assert_wrong(NodeKind::Lossy, &settings(), Rule::Maelstrom, 2);
    assert_wrong(NodeKind::Cas, &settings(), Rule::Maelstrom, 2);
    assert_wrong(NodeKind::Cas, &fenced(Fence::Identity), Rule::Maelstrom, 2);
    assert_wrong(NodeKind::Keys, &settings(), Rule::Maelstrom, 2);
    assert_wrong(NodeKind::Slots, &without(Remedy::Barrier), Rule::Maelstrom, 2);
    // The first write of the constant, and of a number that is drawn again later, still carries the node forward.
    assert_wrong(NodeKind::Cas, &fenced(Fence::Constant), Rule::Maelstrom, 3);
    assert_wrong(NodeKind::Cas, &fenced(Fence::Random), Rule::Maelstrom, 3);
}

#[test]
fn an_identity_swap_may_itself_run_in_the_past() {
    for rule in [Rule::Definition, Rule::Maelstrom] {
        let found = counterexample(NodeKind::Cas, &fenced(Fence::Identity), rule, BOUNDS);
        let swap = "cas counter 0 -> 0, and is answered cas_ok from an OLD state, 0 of 1";
        assert!(found.story.iter().any(|sentence| sentence.contains(swap)), "{found:#?}");
    }
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let refused = |kind, bounds| try_search(kind, &settings(), Rule::Maelstrom, bounds).expect_err("refused");
    assert_eq!(refused(NodeKind::Gossip, BOUNDS), Unsearchable::NotOverAStore);
    assert_eq!(refused(NodeKind::Cas, Bounds { nodes: 4, ..BOUNDS }), Unsearchable::Bounds);
    assert_eq!(refused(NodeKind::Cas, Bounds { operations: 9, ..BOUNDS }), Unsearchable::Bounds);
    let (verdict, census) =
        searched(NodeKind::Chain, &settings(), Rule::Definition, Bounds { states: 1000, ..BOUNDS });
    assert_eq!((verdict, census.states), (Verdict::GivenUp, 1000));
}

#[test]
fn every_counterexample_is_told_as_it_stands_in_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/search");
    let write = std::env::var_os("QUIPU_GOLDEN").is_some_and(|value| value == "write");
    let mut differing = Vec::new();
    for (name, kind, settings) in [
        ("cas_with_plain_reads", NodeKind::Cas, settings()),
        ("cas_behind_an_identity_swap", NodeKind::Cas, fenced(Fence::Identity)),
        ("cas_behind_a_fresh_value", NodeKind::Cas, fenced(Fence::Fresh)),
        ("a_lock", NodeKind::Locked, settings()),
        ("slots", NodeKind::Slots, settings()),
    ] {
        let told = counterexample(kind, &settings, Rule::Definition, BOUNDS).to_string();
        let path = folder.join(format!("{name}.txt"));
        if write {
            fs::create_dir_all(&folder).expect("the folder can be made");
            fs::write(&path, told).expect("the folder can be written");
        } else if fs::read_to_string(&path).unwrap_or_default() != told {
            differing.push(format!("{name} is told otherwise now:\n{told}"));
        }
    }
    assert!(
        differing.is_empty(),
        "{}\nQUIPU_GOLDEN=write cargo test -p quipu-harness --test searching writes the stories anew",
        differing.join("\n")
    );
}
