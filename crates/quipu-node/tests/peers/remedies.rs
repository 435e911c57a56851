//! Each part of gossip is there for a reason: what goes wrong without it, or would.
//!
//! Rounds of anti-entropy repair nearly everything in the end, and so would hide that another part is broken. Therefore
//! most of these tests switch them off.

use std::time::Duration;

use quipu_crdt::GSet;
use quipu_node::nodes::Broadcast;
use quipu_node::{GossipSettings, PeerMessage, Receipt, Reply, Request, Value};

use crate::world::{Network, World};

const MILLISECOND: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::from_hours(1);

fn with_settings(count: usize, seed: u64, network: Network, settings: GossipSettings) -> World {
    World::new(count, seed, network, move || Broadcast::new(settings))
}

/// Five nodes on links of 10 ms that push, and do nothing else.
fn without_rounds() -> World {
    let settings = GossipSettings { interval: NEVER, ..GossipSettings::default() };
    let mut world = with_settings(5, 1, Network::constant(10), settings);
    world.run(Duration::from_secs(1));
    world
}

fn broadcast(world: &mut World, node: usize, message: i64) {
    assert_eq!(world.ask(node, Request::Broadcast(message.into())), Reply::BroadcastOk);
}

fn messages(world: &mut World, node: usize) -> usize {
    match world.ask(node, Request::Read) {
        Reply::Messages(messages) => messages.len(),
        other => panic!("{other}"),
    }
}

#[test]
fn without_the_hub_the_others_still_hear_of_each_other() {
    let mut world = with_settings(25, 3, Network::exponential(100), GossipSettings::default());
    world.run(Duration::from_secs(2));
    world.cut_at(1);
    for node in 1..25 {
        world.ask(node, Request::Broadcast(Value::from(i64::try_from(node).expect("small"))));
    }
    world.run(Duration::from_secs(6));
    let counts: Vec<usize> = (1..25).map(|node| messages(&mut world, node)).collect();
    assert!(counts.iter().all(|count| *count == 24), "{counts:?}");
    assert_eq!(messages(&mut world, 0), 0);
}

#[test]
fn without_retries_a_lost_push_waits_for_anti_entropy() {
    let late = |retry_after: Duration| {
        let settings = GossipSettings { retry_after, interval: NEVER, ..GossipSettings::default() };
        let mut world = with_settings(5, 1, Network::constant(10), settings);
        world.run(Duration::from_secs(1));
        world.network.loss = 1.0;
        world.ask(1, Request::Broadcast(Value::from(1_i64)));
        world.run(100 * MILLISECOND);
        world.network.loss = 0.0;
        world.run(Duration::from_secs(10));
        (0..5).map(|node| messages(&mut world, node)).sum::<usize>()
    };
    assert_eq!(late(Duration::from_secs(1)), 5);
    assert_eq!(late(NEVER), 1, "the remedy is what made the difference");
}

#[test]
fn without_anti_entropy_a_hub_that_dies_takes_its_news_with_it() {
    let reached = |interval: Duration| {
        let settings = GossipSettings { interval, ..GossipSettings::default() };
        let mut world = with_settings(5, 1, Network::constant(10), settings);
        world.run(Duration::from_secs(1));
        world.ask(1, Request::Broadcast(Value::from(1_i64)));
        // The hub has it and has given a receipt, but its pushes are lost, and then it dies for good.
        world.cut.extend([(0, 2), (0, 3), (0, 4)]);
        world.run(400 * MILLISECOND);
        world.kill(0);
        world.run(Duration::from_secs(20));
        (1..5).map(|node| messages(&mut world, node)).sum::<usize>()
    };
    assert_eq!(reached(Duration::from_secs(2)), 4);
    assert_eq!(reached(NEVER), 1, "the remedy is what made the difference");
}

#[test]
fn a_restarted_node_asks_for_what_it_lacks_without_waiting_for_news() {
    for node in 0..5 {
        let mut world = without_rounds();
        broadcast(&mut world, 1, 1);
        world.run(Duration::from_secs(1));
        world.kill(node);
        world.start(node);
        world.run(Duration::from_secs(1));
        assert_eq!(messages(&mut world, node), 1, "n{node}");
    }
}

#[test]
fn a_receipt_for_an_earlier_life_of_the_sender_does_not_count() {
    let mut world = without_rounds();
    let before = world.boot(1);
    world.kill(1);
    world.start(1);
    world.run(Duration::from_secs(1));
    world.network.loss = 1.0;
    broadcast(&mut world, 1, 1);
    let receipt = Receipt { of: before, base: 0, upto: 1 };
    let boot = world.boot(0);
    world.deliver(0, 1, PeerMessage::GossipReceipt { boot, receipt });
    world.network.loss = 0.0;
    world.run(Duration::from_secs(3));
    assert_eq!(messages(&mut world, 0), 1);
}

#[test]
fn a_receipt_for_what_was_never_sent_does_not_count() {
    let mut world = without_rounds();
    let (of, boot) = (world.boot(1), world.boot(0));
    for (base, upto) in [(0, u64::MAX), (1, u64::MAX), (7, 3)] {
        let receipt = Receipt { of, base, upto };
        world.deliver(0, 1, PeerMessage::GossipReceipt { boot, receipt });
    }
    broadcast(&mut world, 1, 1);
    world.run(Duration::from_secs(3));
    assert_eq!(messages(&mut world, 0), 1);
}

#[test]
fn a_receipt_from_a_new_life_of_a_peer_does_not_stand_for_what_the_old_one_had() {
    let mut world = without_rounds();
    broadcast(&mut world, 1, 1);
    world.run(Duration::from_secs(1));
    // The leaf n2 restarts, and its first question is lost; then it receives only the newest delta.
    world.kill(2);
    world.network.loss = 1.0;
    world.start(2);
    world.network.loss = 0.0;
    broadcast(&mut world, 1, 2);
    world.run(Duration::from_secs(3));
    assert_eq!(messages(&mut world, 2), 2);
}

/// Who sends what it thinks is lacking gets a full state in return, but for what it has just sent. If it dies, its next life
/// lacks that, and acknowledges the full state all the same.
#[test]
fn a_full_state_that_leaves_out_what_the_old_life_had_does_not_count_in_the_new_one() {
    let mut world = with_settings(2, 1, Network::constant(10), GossipSettings::default());
    world.cut.insert((0, 1));
    broadcast(&mut world, 1, 1);
    world.run(100 * MILLISECOND);
    world.network.loss = 1.0;
    broadcast(&mut world, 0, 2);
    let (boot, known) = (world.boot(1), GSet::from_iter([Value::from(1_i64)]));
    let asks =
        PeerMessage::GossipDelta { boot, base: 0, upto: 1, state: known.into(), pull: true, receipt: None };
    world.deliver(1, 0, asks);
    let (.., answer) = world.trace.last().expect("an answer").clone();
    world.kill(1);
    world.start(1);
    // The first question of the new life is lost, its receipt is not.
    world.network.loss = 0.0;
    world.cut.clear();
    world.deliver(0, 1, answer);
    assert_eq!(messages(&mut world, 1), 1, "what the old life had is left out");
    world.run(Duration::from_mins(1));
    assert_eq!(messages(&mut world, 1), 2);
}

#[test]
fn what_came_up_while_a_neighbour_was_silent_goes_out_when_it_answers() {
    let mut world = without_rounds();
    world.cut_at(1);
    broadcast(&mut world, 1, 1);
    world.run(Duration::from_secs(5));
    world.cut.clear();
    world.trace.clear();
    while world.trace.is_empty() {
        world.run(MILLISECOND);
    }
    // The retry is on its way; this comes too late for it and must not wait for yet another change.
    broadcast(&mut world, 1, 2);
    world.run(Duration::from_secs(1));
    assert_eq!(messages(&mut world, 0), 2);
}

#[test]
fn retries_to_a_silent_neighbour_become_rarer_up_to_a_bound() {
    let mut world = without_rounds();
    world.cut_at(1);
    world.trace.clear();
    broadcast(&mut world, 1, 1);
    world.run(Duration::from_secs(100));
    let tries = world.trace.iter().filter(|(_, from, ..)| *from == 1).count();
    assert!((45..=60).contains(&tries), "one each 2 s, not {tries}");
}
