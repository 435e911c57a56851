//! Broadcast: how many messages, how late, and that nothing is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use quipu_node::nodes::Broadcast;
use quipu_node::{GossipSettings, NodeId, Overlay, Reply, Request, Rng, Time, Value};

use crate::world::{Network, World};

const MILLISECOND: Duration = Duration::from_millis(1);

/// What a run of the challenge's kind came to.
#[derive(Debug)]
struct Measured {
    messages_per_op: f64,
    median: Duration,
    max: Duration,
}

fn with_settings(count: usize, seed: u64, network: Network, settings: GossipSettings) -> World {
    World::new(count, seed, network, move || Broadcast::new(settings))
}

fn messages(world: &mut World, node: usize) -> usize {
    match world.ask(node, Request::Read) {
        Reply::Messages(messages) => messages.len(),
        other => panic!("{other}"),
    }
}

/// 100 operations a second for 20 s at random nodes, half of them broadcasts; latency is the time from the
/// acknowledgement until all nodes show the message.
fn measure(settings: GossipSettings) -> Measured {
    let mut world = with_settings(25, 1, Network::constant(100), settings);
    let grid = Request::Topology(grid(5));
    for node in 0..25 {
        assert_eq!(world.ask(node, grid.clone()), Reply::TopologyOk);
    }
    let mut rng = Rng::new(7);
    let mut open: BTreeMap<i64, Time> = BTreeMap::new();
    let mut latencies = Vec::new();
    for step in 0..22_000_i64 {
        if step < 20_000 && step % 10 == 0 {
            if rng.chance(0.5) {
                world.request(rng.index(25), Request::Broadcast(Value::from(step)));
                open.insert(step, world.now);
            } else {
                world.request(rng.index(25), Request::Read);
            }
        }
        world.run(MILLISECOND);
        if step % 5 == 0 {
            note_stable(&mut world, &mut open, &mut latencies);
        }
    }
    assert!(open.is_empty(), "{} messages did not arrive everywhere", open.len());
    latencies.sort();
    Measured {
        messages_per_op: world.sent as f64 / 2000.0,
        median: latencies[latencies.len() / 2],
        max: *latencies.last().expect("some"),
    }
}

fn note_stable(world: &mut World, open: &mut BTreeMap<i64, Time>, latencies: &mut Vec<Duration>) {
    let lists: Vec<_> = (0..25)
        .map(|node| match world.ask(node, Request::Read) {
            Reply::Messages(list) => list,
            other => panic!("{other}"),
        })
        .collect();
    let now = world.now;
    open.retain(|message, since| {
        let stable = lists.iter().all(|list| list.binary_search(&Value::from(*message)).is_ok());
        if stable {
            latencies.push(now.since(*since));
        }
        !stable
    });
}

fn grid(side: usize) -> BTreeMap<NodeId, Vec<NodeId>> {
    let name = |row: usize, column: usize| NodeId::new(format!("n{}", row * side + column));
    let places = (0..side).flat_map(|row| (0..side).map(move |column| (row, column)));
    let around = |row: usize, column: usize| {
        let up = row.checked_sub(1).map(|row| (row, column));
        let left = column.checked_sub(1).map(|column| (row, column));
        let down = (row + 1 < side).then_some((row + 1, column));
        let right = (column + 1 < side).then_some((row, column + 1));
        [up, left, down, right].into_iter().flatten().map(|(row, column)| name(row, column)).collect()
    };
    places.map(|(row, column)| (name(row, column), around(row, column))).collect()
}

#[test]
fn the_defaults_meet_the_target_for_latency() {
    let measured = measure(GossipSettings::default());
    println!("defaults: {measured:?}");
    assert!(measured.messages_per_op < 30.0);
    assert!(measured.median < 400 * MILLISECOND && measured.max < 600 * MILLISECOND);
}

#[test]
fn a_longer_flush_meets_the_target_for_messages() {
    let measured = measure(GossipSettings { flush: 400 * MILLISECOND, ..GossipSettings::default() });
    println!("flush 400 ms: {measured:?}");
    assert!(measured.messages_per_op < 20.0);
    assert!(measured.median < 1000 * MILLISECOND && measured.max < 2000 * MILLISECOND);
}

#[test]
fn other_overlays_work_and_show_why_they_are_not_the_default() {
    let star = measure(GossipSettings::default());
    let tree = measure(GossipSettings { overlay: Overlay::Tree(4), ..GossipSettings::default() });
    let given = measure(GossipSettings { overlay: Overlay::Given, ..GossipSettings::default() });
    println!("tree of 4: {tree:?}");
    println!("the grid as given: {given:?}");
    assert!(tree.max > star.max && tree.messages_per_op > star.messages_per_op);
    assert!(given.max > 800 * MILLISECOND, "8 hops of 100 ms");
}

#[test]
fn a_given_topology_is_followed_to_the_letter() {
    let settings =
        GossipSettings { overlay: Overlay::Given, interval: Duration::from_hours(1), ..Default::default() };
    let mut world = with_settings(9, 1, Network::constant(10), settings);
    let topology = grid(3);
    for node in 0..9 {
        world.ask(node, Request::Topology(topology.clone()));
    }
    world.run(Duration::from_secs(1));
    world.trace.clear();
    world.ask(4, Request::Broadcast(Value::from(1_i64)));
    world.run(Duration::from_secs(1));
    for (_, from, to, _) in &world.trace {
        let neighbours = &topology[&NodeId::new(format!("n{from}"))];
        assert!(neighbours.contains(&NodeId::new(format!("n{to}"))), "n{from} wrote to n{to}");
    }
    assert!((0..9).all(|node| messages(&mut world, node) == 1));
}

#[test]
fn nothing_is_lost_under_loss_duplication_and_partitions() {
    for seed in 0..20 {
        let network = Network::exponential(100).with_faults(0.05, 0.05);
        let mut world = with_settings(25, seed, network, GossipSettings::default());
        let mut rng = Rng::new(seed);
        for message in 0..200_i64 {
            match message {
                20 => world.cut_at(1 + rng.index(24)),
                180 => world.cut.clear(),
                _ => {}
            }
            world.ask(rng.index(25), Request::Broadcast(Value::from(message)));
            world.run(100 * MILLISECOND);
        }
        world.run(Duration::from_secs(10));
        let counts: Vec<usize> = (0..25).map(|node| messages(&mut world, node)).collect();
        assert!(counts.iter().all(|count| *count == 200), "seed {seed}: {counts:?}");
    }
}
