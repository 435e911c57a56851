//! What each node promises.

use std::time::Duration;

use quipu_node::nodes::{Fence, NodeKind};
use quipu_node::{ErrorKind, Reply, Value};

use crate::store::Character;
use crate::world::Plan;
use crate::{assert_right, assert_wrong, finals, in_bounds, late, linearizable};

const COUNTERS: [NodeKind; 6] =
    [NodeKind::Lossy, NodeKind::Cas, NodeKind::Keys, NodeKind::Locked, NodeKind::Slots, NodeKind::Chain];

/// Loss, late duplicates and latency between nodes and store.
fn rough(kind: NodeKind) -> Plan {
    let latency = Duration::from_millis(10);
    Plan { loss: 0.02, duplicate: 0.02, latency, ..Plan::stock(kind) }
}

#[test]
fn chain_is_linearizable_on_every_store() {
    for character in [Character::Linearizable, Character::Maelstrom, Character::Oldest, Character::Backward] {
        let plan = Plan { character, ..Plan::stock(NodeKind::Chain) };
        assert_right("chain_is_linearizable_on_every_store", &plan, 20, linearizable);
    }
}

#[test]
fn chain_is_linearizable_under_loss_duplicates_and_restarts() {
    for kills in [0, 5] {
        let plan = Plan { kills, ..rough(NodeKind::Chain) };
        assert_right("chain_is_linearizable_under_loss_duplicates_and_restarts", &plan, 30, linearizable);
    }
}

#[test]
fn chain_counts_down_as_well() {
    let plan = Plan { deltas: &[-5, -4, -3, -2, -1, 0, 1, 2, 3, 4], kills: 3, ..rough(NodeKind::Chain) };
    assert_right("chain_counts_down_as_well", &plan, 30, in_bounds);
}

#[test]
fn chain_answers_everything_with_a_result_under_stock_conditions() {
    for nodes in [1, 3, 10] {
        let plan = Plan { nodes, ..Plan::stock(NodeKind::Chain) };
        assert_right("chain_answers_everything_with_a_result_under_stock_conditions", &plan, 10, |run| {
            (run.errors() + run.unanswered() > 0)
                .then(|| format!("{} errors", run.errors()))
                .into_iter()
                .collect()
        });
    }
}

#[test]
fn chain_still_answers_when_the_store_is_far_away() {
    let plan = Plan { latency: Duration::from_millis(50), ..Plan::stock(NodeKind::Chain) };
    assert_right("chain_still_answers_when_the_store_is_far_away", &plan, 10, |run| {
        let few = run.errors() * 20 <= run.operations.len();
        (!few)
            .then(|| format!("{} of {} ended in errors", run.errors(), run.operations.len()))
            .into_iter()
            .collect()
    });
}

#[test]
fn slots_shows_every_acknowledged_add_on_maelstroms_store() {
    for nodes in [1, 3, 10] {
        let plan = Plan { nodes, ..Plan::stock(NodeKind::Slots) };
        assert_right("slots_shows_every_acknowledged_add_on_maelstroms_store", &plan, 10, linearizable);
    }
}

#[test]
fn slots_ends_exact_under_loss_duplicates_and_restarts() {
    for kills in [0, 5] {
        let plan = Plan { kills, ..rough(NodeKind::Slots) };
        assert_right("slots_ends_exact_under_loss_duplicates_and_restarts", &plan, 30, finals);
    }
    let plan = Plan { deltas: &[-5, -4, -3, -2, -1, 0, 1, 2, 3, 4], kills: 3, ..rough(NodeKind::Slots) };
    assert_right("slots_ends_exact_under_loss_duplicates_and_restarts", &plan, 30, finals);
}

#[test]
fn messages_per_operation_stay_what_they_are() {
    let expected = [
        (NodeKind::Lossy, 2.6..2.8),
        (NodeKind::Cas, 2.9..3.3),
        (NodeKind::Keys, 5.2..5.5),
        (NodeKind::Locked, 8.0..9.5),
        (NodeKind::Slots, 4.5..4.8),
        (NodeKind::Chain, 5.0..5.7),
    ];
    for (kind, range) in expected {
        assert_right("messages_per_operation_stay_what_they_are", &Plan::stock(kind), 5, |run| {
            let messages = run.messages_per_operation();
            (!range.contains(&messages)).then(|| format!("{messages:.2} messages")).into_iter().collect()
        });
    }
}

#[test]
fn lossy_loses_updates_and_cas_and_keys_are_sometimes_stale() {
    assert_wrong(&Plan::stock(NodeKind::Lossy), 10, 100, finals);
    assert_wrong(&Plan::stock(NodeKind::Cas), 20, 40, finals);
    assert_wrong(&Plan::stock(NodeKind::Keys), 30, 15, finals);
}

#[test]
fn cas_and_keys_lose_nothing_on_a_linearizable_store() {
    for kind in [NodeKind::Cas, NodeKind::Keys] {
        let plan = Plan { character: Character::Linearizable, ..Plan::stock(kind) };
        assert_right("cas_and_keys_lose_nothing_on_a_linearizable_store", &plan, 10, linearizable);
        let plan = Plan { latency: Duration::from_millis(20), ..plan };
        assert_right("cas_and_keys_lose_nothing_on_a_linearizable_store", &plan, 10, finals);
    }
}

#[test]
fn a_fresh_fence_makes_reads_current_and_the_others_do_not() {
    for kind in [NodeKind::Cas, NodeKind::Keys] {
        let fenced = |fence| {
            let mut plan = Plan::stock(kind);
            plan.settings.fence = fence;
            plan
        };
        let name = "a_fresh_fence_makes_reads_current_and_the_others_do_not";
        assert_right(name, &fenced(Fence::Fresh), 20, linearizable);
        assert_wrong(&fenced(Fence::Identity), 40, 5, finals);
        assert_wrong(&fenced(Fence::Constant), 40, 5, finals);
        assert_wrong(&fenced(Fence::Random), 10, 50, linearizable);
    }
}

#[test]
fn whatever_the_store_holds_no_node_crashes_and_nothing_is_pretended() {
    let map =
        |fields: &[(&str, i128)]| Value::map(fields.iter().map(|(key, value)| (*key, Value::from(*value))));
    let garbage = [
        Value::Null,
        Value::text("nonsense"),
        Value::Int(i128::MAX),
        map(&[("sum", 1), ("total", 1), ("value", 1)]),
        map(&[("total", 0), ("version", i128::from(u64::MAX)), ("boot", 1)]),
        map(&[("value", 1), ("token", -1)]),
    ];
    for value in garbage {
        for kind in COUNTERS {
            let plan = Plan { prefilled: Some(value.clone()), seconds: 2, ..Plan::stock(kind) };
            assert_right(
                "whatever_the_store_holds_no_node_crashes_and_nothing_is_pretended",
                &plan,
                2,
                |run| {
                    let mut complaints = Vec::from_iter(late(run));
                    if run.errors() != run.operations.len() {
                        complaints.push(format!("{} errors of {}", run.errors(), run.operations.len()));
                    }
                    complaints
                },
            );
        }
    }
}

#[test]
fn an_add_that_would_overflow_is_refused_for_good() {
    for kind in COUNTERS {
        let deltas = &[i64::MAX / 3, i64::MAX / 3 + 7, 1];
        let character = Character::Linearizable;
        let plan = Plan { deltas, character, nodes: 1, seconds: 2, ..Plan::stock(kind) };
        assert_right("an_add_that_would_overflow_is_refused_for_good", &plan, 5, |run| {
            let mut complaints = linearizable(run);
            let aborted = run.operations.iter().filter(|operation| {
                matches!(operation.ended, Some((_, Reply::Error { kind: ErrorKind::Abort, .. })))
            });
            if aborted.count() == 0 {
                complaints.push("nothing was refused".to_owned());
            }
            complaints
        });
    }
}

#[test]
fn every_request_is_answered_in_time_whatever_the_network_does() {
    for kind in COUNTERS {
        for (loss, latency) in [(0.02, 0), (0.3, 5), (1.0, 0), (0.02, 100)] {
            let latency = Duration::from_millis(latency);
            let plan = Plan { loss, latency, seconds: 5, duplicate: 0.05, ..Plan::stock(kind) };
            assert_right("every_request_is_answered_in_time_whatever_the_network_does", &plan, 3, |run| {
                let mut complaints = Vec::from_iter(late(run));
                complaints.extend((run.unanswered() > 0).then(|| format!("{} unanswered", run.unanswered())));
                complaints
            });
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for kind in COUNTERS {
        let plan = Plan { seconds: 5, kills: 2, ..rough(kind) };
        let [one, two] = [plan.run(7), plan.run(7)];
        assert_eq!(format!("{:?}", one.operations), format!("{:?}", two.operations));
    }
}
