//! The gossip counter: exact in the end, quiet, quick, and durable if asked to be.

use std::time::Duration;

use quipu_node::nodes::{GossipCounter, GossipCounterSettings};
use quipu_node::{ErrorKind, GossipSettings, PeerMessage, Reply, Request, Rng};

use crate::world::{Network, World};

fn counters(count: usize, seed: u64, network: Network, settings: GossipCounterSettings) -> World {
    World::new(count, seed, network, move || GossipCounter::new(settings))
}

fn durable() -> GossipCounterSettings {
    GossipCounterSettings { durable: true, ..GossipCounterSettings::default() }
}

fn value(world: &mut World, node: usize) -> i128 {
    match world.ask(node, Request::Read) {
        Reply::Counter(value) => value,
        other => panic!("{other}"),
    }
}

fn values(world: &mut World) -> Vec<i128> {
    (0..world.count()).map(|node| value(world, node)).collect()
}

/// The usual test: 20 s at 100 operations a second, partitions coming and going, then 10 s of quiet. Returns what was
/// added and the messages per operation.
fn twenty_seconds(world: &mut World, seed: u64) -> (i128, f64) {
    let mut rng = Rng::new(seed);
    let mut sum = 0;
    for step in 0..2000 {
        if step % 300 == 0 {
            world.cut.clear();
            if rng.chance(0.7) {
                world.cut_at(1 + rng.index(world.count() - 1));
            }
        }
        let node = rng.index(world.count());
        if rng.chance(0.5) {
            let change = i64::try_from(rng.below(10)).expect("small") - 5;
            assert_eq!(world.ask(node, Request::Add(change)), Reply::AddOk);
            sum += i128::from(change);
        } else {
            value(world, node);
        }
        world.run(Duration::from_millis(10));
    }
    world.cut.clear();
    let per_op = world.sent as f64 / 2000.0;
    world.run(Duration::from_secs(10));
    (sum, per_op)
}

#[test]
fn all_nodes_agree_on_the_sum_after_ten_quiet_seconds() {
    for (count, latency) in [(3, 100), (3, 0), (5, 10), (25, 100)] {
        for seed in 0..20 {
            let network = Network::exponential(latency);
            let mut world = counters(count, seed, network, GossipCounterSettings::default());
            let (sum, per_op) = twenty_seconds(&mut world, seed);
            let values = values(&mut world);
            assert!(
                values.iter().all(|value| *value == sum),
                "{count} nodes, seed {seed}: {values:?} not {sum}"
            );
            if seed == 0 {
                println!("{count} nodes, {latency} ms, partitions: {per_op} messages per operation");
            }
        }
    }
}

#[test]
fn loss_and_duplication_change_nothing_about_it() {
    for (count, faults) in [(3, 0.02), (3, 0.05), (25, 0.05)] {
        for seed in 0..20 {
            let network = Network::exponential(100).with_faults(faults, faults);
            let mut world = counters(count, seed, network, GossipCounterSettings::default());
            let (sum, _) = twenty_seconds(&mut world, seed);
            let values = values(&mut world);
            assert!(
                values.iter().all(|value| *value == sum),
                "{count} nodes, seed {seed}: {values:?} not {sum}"
            );
        }
    }
}

#[test]
fn a_thousand_adds_in_a_moment_share_their_messages() {
    let mut world = counters(3, 1, Network::constant(10), GossipCounterSettings::default());
    world.run(Duration::from_secs(20));
    let before = world.sent;
    for _ in 0..1000 {
        assert_eq!(world.ask(1, Request::Add(1)), Reply::AddOk);
    }
    world.run(Duration::from_secs(1));
    assert_eq!(values(&mut world), [1000, 1000, 1000]);
    assert!(world.sent - before <= 12, "{} messages", world.sent - before);
}

#[test]
fn an_add_goes_out_at_once_when_the_line_is_free() {
    let mut world = counters(3, 1, Network::constant(10), GossipCounterSettings::default());
    world.run(Duration::from_secs(1));
    world.ask(1, Request::Add(7));
    world.run(Duration::from_millis(21));
    assert_eq!(values(&mut world), [7, 7, 7], "two hops of 10 ms");
}

#[test]
fn an_add_that_does_not_fit_is_refused_and_changes_nothing() {
    let mut world = counters(2, 1, Network::constant(10), GossipCounterSettings::default());
    for _ in 0..2 {
        assert_eq!(world.ask(0, Request::Add(i64::MAX)), Reply::AddOk);
    }
    assert_eq!(world.ask(0, Request::Add(1)), Reply::AddOk);
    let full = 2 * i128::from(i64::MAX) + 1;
    match world.ask(0, Request::Add(1)) {
        Reply::Error { kind, .. } => assert!(kind.is_definite() && kind == ErrorKind::Abort),
        other => panic!("{other}"),
    }
    assert_eq!(world.ask(0, Request::Add(-1)), Reply::AddOk);
    assert_eq!(world.ask(1, Request::Add(1)), Reply::AddOk);
    world.run(Duration::from_secs(1));
    assert_eq!(values(&mut world), [full, full]);
}

#[test]
fn what_was_pushed_survives_the_node_that_added_it() {
    let mut world = counters(3, 1, Network::constant(10), GossipCounterSettings::default());
    world.ask(1, Request::Add(5));
    world.run(Duration::from_secs(1));
    world.kill(1);
    world.start(1);
    world.ask(1, Request::Add(2));
    world.run(Duration::from_secs(5));
    assert_eq!(values(&mut world), [7, 7, 7], "the new life does not reuse the old one's count");
}

#[test]
fn a_durable_add_is_on_disk_before_it_is_acknowledged_or_told() {
    let mut world = counters(3, 1, Network::constant(10), durable());
    world.run(Duration::from_secs(1));
    world.sync_takes = Duration::from_millis(30);
    world.trace.clear();
    let asked = world.now;
    let number = world.request(1, Request::Add(5));
    assert!(!world.replies.contains_key(&number), "not yet durable");
    world.run(Duration::from_millis(200));
    let durable_at = asked + world.sync_takes;
    assert_eq!(world.replies[&number].0, durable_at);
    let told =
        world.trace.iter().filter(|(_, _, _, message)| matches!(message, PeerMessage::GossipDelta { .. }));
    assert!(told.clone().count() > 0 && told.clone().all(|(time, ..)| *time >= durable_at));

    // Killed before the disk was done: neither acknowledged nor known to anyone.
    let number = world.request(1, Request::Add(100));
    world.kill(1);
    world.start(1);
    world.run(Duration::from_secs(5));
    assert!(!world.replies.contains_key(&number));
    world.sync_takes = Duration::ZERO;
    assert_eq!(values(&mut world), [5, 5, 5]);
}

#[test]
fn acknowledged_adds_survive_kills_if_and_only_if_durable() {
    let survivors = |settings: GossipCounterSettings| {
        let mut world = counters(3, 9, Network::exponential(100), settings);
        let mut rng = Rng::new(9);
        let mut acknowledged = 0;
        for round in 0..200 {
            let node = rng.index(3);
            world.request(node, Request::Add(1));
            world.run(Duration::from_millis(1));
            acknowledged = world.replies.values().filter(|(_, reply)| *reply == Reply::AddOk).count();
            if round % 5 == 0 {
                world.kill(node);
                world.run(Duration::from_millis(300));
                world.start(node);
            }
            world.run(Duration::from_millis(50));
        }
        world.run(Duration::from_secs(10));
        (i128::try_from(acknowledged).expect("small"), values(&mut world))
    };
    let (acknowledged, found) = survivors(durable());
    assert_eq!(found, [acknowledged; 3]);
    let (acknowledged, found) = survivors(GossipCounterSettings::default());
    assert!(
        found.iter().all(|value| *value == found[0]) && found[0] <= acknowledged,
        "{acknowledged}, {found:?}"
    );
}

#[test]
fn records_that_are_not_its_own_are_passed_over() {
    let mut world = counters(1, 1, Network::constant(10), durable());
    world.put_on_disk(0, vec![vec![], vec![1; 23], vec![1; 25]]);
    world.kill(0);
    world.start(0);
    assert_eq!(value(&mut world, 0), 0);
}

#[test]
fn a_partition_stops_no_one_and_an_unreachable_hub_costs_few_messages() {
    let settings = GossipCounterSettings { gossip: GossipSettings::default(), durable: false };
    let mut world = counters(3, 1, Network::constant(10), settings);
    world.run(Duration::from_secs(1));
    world.cut_at(1);
    world.ask(1, Request::Add(3));
    assert_eq!(value(&mut world, 1), 3);
    let before = world.sent;
    world.run(Duration::from_secs(100));
    assert_eq!(value(&mut world, 2), 3, "the other side of the cut has heard");
    let per_second = (world.sent - before) as f64 / 100.0;
    assert!(per_second < 20.0, "{per_second} messages a second");
}
