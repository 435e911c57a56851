//! Each remedy is needed: with it left out, the danger it answers is seen; with it, the same runs are right.

use std::time::Duration;

use quipu_node::nodes::{NodeKind, Remedy};

use crate::store::Character;
use crate::world::{Plan, Run};
use crate::{assert_right, assert_wrong, finals, linearizable};

fn compare(
    test: &str,
    plan: &Plan,
    seeds: u64,
    per_cent: usize,
    without: impl Fn(&mut Plan),
    complaints: impl Fn(&Run) -> Vec<String>,
) {
    assert_right(test, plan, seeds, &complaints);
    let mut lacking = plan.clone();
    without(&mut lacking);
    assert_wrong(&lacking, seeds, per_cent, &complaints);
}

#[test]
fn without_tags_a_chain_read_is_stale() {
    let plan = Plan::stock(NodeKind::Chain);
    let without = |plan: &mut Plan| plan.settings.without = Some(Remedy::Tags);
    compare("without_tags_a_chain_read_is_stale", &plan, 10, 80, without, linearizable);
}

#[test]
fn without_settling_an_add_whose_answer_was_lost_counts_twice() {
    for kind in [NodeKind::Chain, NodeKind::Slots] {
        let plan =
            Plan { loss: 0.05, duplicate: 0.02, latency: Duration::from_millis(5), ..Plan::stock(kind) };
        let without = |plan: &mut Plan| plan.settings.without = Some(Remedy::Settling);
        compare("without_settling_an_add_whose_answer_was_lost_counts_twice", &plan, 20, 30, without, finals);
    }
}

#[test]
fn without_joining_a_restarted_chain_loses_adds() {
    let plan = Plan { kills: 3, loss: 0.02, ..Plan::stock(NodeKind::Chain) };
    let without = |plan: &mut Plan| plan.settings.without = Some(Remedy::Joining);
    compare("without_joining_a_restarted_chain_loses_adds", &plan, 10, 80, without, finals);
}

#[test]
fn without_the_barrier_slots_are_stale() {
    let plan = Plan::stock(NodeKind::Slots);
    let without = |plan: &mut Plan| plan.settings.without = Some(Remedy::Barrier);
    compare("without_the_barrier_slots_are_stale", &plan, 10, 80, without, linearizable);
}

#[test]
fn without_floors_the_reads_of_slots_go_backwards_where_the_store_does() {
    let plan = Plan { character: Character::Backward, seconds: 5, ..Plan::stock(NodeKind::Slots) };
    let without = |plan: &mut Plan| plan.settings.without = Some(Remedy::Floors);
    let name = "without_floors_the_reads_of_slots_go_backwards_where_the_store_does";
    compare(name, &plan, 10, 80, without, |run| run.backward_reads(true));
}

#[test]
fn blind_retry_counts_twice() {
    let plan = Plan { loss: 0.01, character: Character::Linearizable, ..Plan::stock(NodeKind::Cas) };
    compare("blind_retry_counts_twice", &plan, 20, 80, |plan| plan.settings.blind_retry = true, finals);
}

#[test]
fn without_fencing_a_paused_holder_overwrites_what_others_did() {
    let latency = Duration::from_millis(20);
    let plan = Plan { pauses: 4, latency, ..Plan::stock(NodeKind::Locked) };
    let name = "without_fencing_a_paused_holder_overwrites_what_others_did";
    compare(name, &plan, 30, 10, |plan| plan.settings.fencing = false, Run::finals_out_of_bounds);
}

#[test]
fn a_crashed_holders_lock_is_taken_over() {
    let latency = Duration::from_millis(5);
    let plan = Plan { kills: 8, latency, ..Plan::stock(NodeKind::Locked) };
    assert_right("a_crashed_holders_lock_is_taken_over", &plan, 10, |run| {
        let mut complaints = finals(run);
        let last_reads = run.operations.iter().filter(|operation| operation.last);
        complaints.extend(
            last_reads.filter(|read| crate::world::value(read).is_none()).map(|read| format!("{read:?}")),
        );
        complaints
    });
}
