//! The set, identifiers, and what all these nodes owe to any message whatever.

use std::collections::BTreeSet;
use std::time::Duration;

use quipu_node::nodes::{Broadcast, GSetNode, GossipCounter, GossipCounterSettings, UniqueIds};
use quipu_node::{
    ErrorKind, GossipSettings, GossipState, Node, PeerMessage, Receipt, Reply, Request, Rng, Value,
};

use crate::world::{Network, World};

fn elements(world: &mut World, node: usize) -> Vec<Value> {
    match world.ask(node, Request::Read) {
        Reply::Elements(elements) => elements.to_vec(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_set_of_any_values_ends_up_the_same_everywhere() {
    let values = [
        Value::from(1_i64),
        Value::text("1"),
        Value::Float(1.0),
        Value::Null,
        Value::List([Value::Bool(true)].into()),
        Value::map([("key", Value::from(2_i64))]),
    ];
    let network = Network::exponential(50).with_faults(0.05, 0.05);
    let mut world = World::new(3, 5, network, || GSetNode::new(GossipSettings::default()));
    for (index, value) in values.iter().chain(&values).enumerate() {
        assert_eq!(world.ask(index % 3, Request::AddElement(value.clone())), Reply::AddOk);
    }
    world.run(Duration::from_secs(10));
    let expected: Vec<Value> = BTreeSet::from(values).into_iter().collect();
    for node in 0..3 {
        assert_eq!(elements(&mut world, node), expected);
    }
}

#[test]
fn a_peer_further_behind_than_the_buffer_gets_everything() {
    let settings = GossipSettings { buffer: 4, ..GossipSettings::default() };
    let mut world = World::new(2, 5, Network::constant(10), move || GSetNode::new(settings));
    world.cut_at(1);
    for value in 0..50_i64 {
        world.ask(0, Request::AddElement(value.into()));
        world.run(Duration::from_millis(100));
    }
    world.cut.clear();
    world.run(Duration::from_secs(10));
    assert_eq!(elements(&mut world, 1).len(), 50);
}

#[test]
fn a_restarted_peer_is_told_everything_again() {
    for node in 0..3 {
        let mut world = World::new(3, 5, Network::constant(100), || GSetNode::new(GossipSettings::default()));
        for value in 0..30_i64 {
            world.ask(1, Request::AddElement(value.into()));
            world.run(Duration::from_millis(100));
        }
        world.run(Duration::from_secs(5));
        world.kill(node);
        world.run(Duration::from_secs(5));
        world.start(node);
        world.run(Duration::from_secs(5));
        assert_eq!(elements(&mut world, node).len(), 30, "n{node}");
    }
}

#[test]
fn nothing_but_a_rare_digest_is_said_when_all_is_known() {
    let mut world = World::new(3, 5, Network::constant(100), || GSetNode::new(GossipSettings::default()));
    world.ask(1, Request::AddElement(Value::Null));
    world.run(Duration::from_mins(1));
    let before = world.sent;
    world.run(Duration::from_secs(800));
    let per_node = (world.sent - before) as f64 / 3.0;
    assert!((80.0..=250.0).contains(&per_node), "a digest and its receipt each 8 s; not {per_node}");
}

#[test]
fn identifiers_are_unique_across_nodes_and_restarts() {
    let mut world = World::new(3, 5, Network::constant(10), UniqueIds::default);
    let mut seen = BTreeSet::new();
    for round in 0..300 {
        for node in 0..3 {
            let Reply::Id(id) = world.ask(node, Request::Generate) else { panic!("no id") };
            assert!(id.as_text().is_some(), "one comparable type");
            assert!(seen.insert(id), "made before");
        }
        if round % 50 == 0 {
            world.kill(round % 3);
            world.start(round % 3);
        }
    }
    assert_eq!(world.sent, 0, "nobody has to be asked");
}

/// What may come from a peer that is wrong, old, or of another kind.
fn nonsense(rng: &mut Rng, world: &World, states: &[GossipState]) -> PeerMessage {
    let mut number = || match rng.below(5) {
        0 => 0,
        1 => rng.below(10),
        2 => u64::MAX,
        3 => world.boot(rng.index(world.count())),
        _ => rng.next_u64(),
    };
    let (boot, base, upto) = (number(), number(), number());
    let receipt = Receipt { of: number(), base: number(), upto: number() };
    let state = states[usize::try_from(number() % states.len() as u64).expect("small")].clone();
    match number() % 4 {
        0 => PeerMessage::GossipReceipt { boot, receipt },
        1 => PeerMessage::GossipDigest { boot, upto, fingerprint: number() },
        2 => PeerMessage::Custom { content: Value::Null },
        _ => {
            let receipt = (number() % 2 == 0).then_some(receipt);
            PeerMessage::GossipDelta { boot, base, upto, state, pull: number() % 2 == 0, receipt }
        }
    }
}

#[test]
fn no_message_whatever_stops_a_node_or_keeps_it_from_converging() {
    let empty = [
        GossipState::Counter(quipu_crdt::PnCounter::default()),
        GossipState::Elements(quipu_crdt::GSet::default()),
    ];
    for seed in 0..20 {
        let mut world =
            World::new(4, seed, Network::exponential(20), || GSetNode::new(GossipSettings::default()));
        let mut rng = Rng::new(seed);
        for value in 0..200_i64 {
            world.ask(rng.index(4), Request::AddElement(value.into()));
            for _ in 0..3 {
                let message = nonsense(&mut rng, &world, &empty);
                world.deliver(rng.index(4), rng.index(4), message);
            }
            world.run(Duration::from_millis(20));
        }
        world.run(Duration::from_secs(20));
        for node in 0..4 {
            assert_eq!(elements(&mut world, node).len(), 200, "seed {seed}, n{node}");
        }
    }
}

#[test]
fn what_a_node_does_not_serve_is_refused() {
    fn refusal<N: Node + 'static>(make: fn() -> N, request: Request) -> ErrorKind {
        match World::new(1, 1, Network::constant(1), make).ask(0, request) {
            Reply::Error { kind, .. } => kind,
            other => panic!("{other}"),
        }
    }
    let echo = || Request::Echo(Value::Null);
    let set = || GSetNode::new(GossipSettings::default());
    let counter = || GossipCounter::new(GossipCounterSettings::default());
    let broadcast = || Broadcast::new(GossipSettings::default());
    assert_eq!(refusal(set, echo()), ErrorKind::NotSupported);
    assert_eq!(refusal(counter, echo()), ErrorKind::NotSupported);
    assert_eq!(refusal(broadcast, echo()), ErrorKind::NotSupported);
    assert_eq!(refusal(UniqueIds::default, echo()), ErrorKind::NotSupported);
    assert_eq!(refusal(set, Request::Add(1)), ErrorKind::Malformed);
    assert_eq!(refusal(counter, Request::AddElement(Value::Null)), ErrorKind::Malformed);
}
