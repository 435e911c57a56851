//! Types with removal on the gossip that carries them: deltas that do not contain one another, in every order, to everybody.

use std::time::Duration;

use quipu_node::nodes::{BoundedCounterNode, MvRegisterNode, OrSetNode, Remedy, Settings};
use quipu_node::{Change, ErrorKind, GossipSettings, PeerMessage, Reply, Request, Rng, Value};

use crate::world::{Network, World};

fn or_set() -> OrSetNode {
    OrSetNode::new(&Settings::default())
}

/// The reply, after the time that a disk takes.
fn ask(world: &mut World, node: usize, request: Request) -> Reply {
    let number = world.request(node, request);
    world.run(Duration::from_millis(1));
    world.replies.get(&number).expect("an answer within a millisecond").1.clone()
}

fn add(element: u64) -> Request {
    Request::AddElement(element.into())
}

fn remove(element: u64) -> Request {
    Request::RemoveElement(element.into())
}

fn elements(world: &mut World, node: usize) -> Vec<u64> {
    match ask(world, node, Request::Read) {
        Reply::Elements(elements) => {
            let number = |element: &Value| element.as_int().and_then(|int| u64::try_from(int).ok());
            elements.iter().map(|element| number(element).expect("a number was added")).collect()
        }
        other => panic!("{other}"),
    }
}

fn changed(reply: Reply) -> Change {
    match reply {
        Reply::Changed(change) => change,
        other => panic!("{other}"),
    }
}

#[test]
fn a_delta_that_one_peer_has_acknowledged_is_kept_for_the_other() {
    let mut world = World::new(3, 5, Network::constant(10), or_set);
    world.run(Duration::from_secs(1));
    ask(&mut world, 0, add(100));
    world.run(Duration::from_secs(1));
    // n0 pushes to both; n2 hears nothing, and only pushes are left to tell it: no round comes within the time.
    world.cut.insert((0, 2));
    for element in 0..5 {
        ask(&mut world, 0, add(element));
        world.run(Duration::from_millis(100));
    }
    ask(&mut world, 0, remove(3));
    world.run(Duration::from_millis(400));
    assert_eq!(elements(&mut world, 1), [0, 1, 2, 4, 100]);
    assert_eq!(elements(&mut world, 2), [100]);
    world.cut.clear();
    let before = world.trace.len();
    world.run(Duration::from_millis(2500));
    let retry = world.trace[before..].iter().find_map(|(_, from, to, message)| match message {
        PeerMessage::GossipDelta { base, upto, .. } if (*from, *to) == (0, 2) => Some((*base, *upto)),
        _ => None,
    });
    assert!(
        retry.is_some_and(|(base, upto)| 0 < base && base < upto),
        "from the log, not the full state: {retry:?}"
    );
    assert_eq!(elements(&mut world, 2), [0, 1, 2, 4, 100]);
}

#[test]
fn a_log_too_short_for_one_peer_is_not_too_short_for_the_truth() {
    let settings =
        Settings { gossip: GossipSettings { buffer: 2, ..GossipSettings::default() }, ..Settings::default() };
    let mut world = World::new(3, 5, Network::constant(10), move || OrSetNode::new(&settings));
    world.cut_at(2);
    for round in 0..20 {
        ask(&mut world, 0, add(round));
        world.run(Duration::from_millis(100));
        ask(&mut world, 1, remove(round));
        world.run(Duration::from_millis(100));
    }
    world.cut.clear();
    world.run(Duration::from_secs(10));
    let shown = elements(&mut world, 0);
    assert_eq!([elements(&mut world, 1), elements(&mut world, 2)], [shown.clone(), shown]);
}

/// All deltas that `from` has sent to `to`, without what else rides on them.
fn deltas(world: &World, from: usize, to: usize) -> Vec<PeerMessage> {
    let sent = world.trace.iter().filter(|(_, sender, receiver, _)| (*sender, *receiver) == (from, to));
    sent.map(|(_, _, _, message)| message.clone())
        .filter(|message| matches!(message, PeerMessage::GossipDelta { .. }))
        .collect()
}

#[test]
fn two_updates_of_one_replica_may_arrive_in_either_order_and_twice() {
    for order in [vec![0, 1], vec![1, 0], vec![1, 0, 1], vec![0, 1, 0], vec![1, 1, 0, 0]] {
        let mut world = World::new(2, 5, Network::constant(1), or_set);
        world.run(Duration::from_secs(1));
        world.cut_at(1);
        let before = deltas(&world, 0, 1).len();
        let added = changed(ask(&mut world, 0, add(7)));
        world.run(Duration::from_millis(60));
        let removed = changed(ask(&mut world, 0, remove(7)));
        world.run(Duration::from_millis(60));
        assert_eq!(added.added, removed.removed, "the remove names the add that it has seen");
        let sent = deltas(&world, 0, 1).split_off(before);
        assert_eq!(sent.len(), 2, "a push for each");
        for index in &order {
            world.deliver(0, 1, sent[*index].clone());
        }
        assert_eq!(elements(&mut world, 1), [0_u64; 0], "removed, whichever came first: {order:?}");
    }
}

#[test]
fn replicas_of_a_set_converge_through_loss_duplication_reordering_and_kills() {
    for seed in 0..20 {
        let network = Network::exponential(30).with_faults(0.1, 0.1);
        let mut world = World::new(3, seed, network, or_set);
        world.sync_takes = Duration::from_millis(1);
        let mut rng = Rng::new(seed);
        for step in 0..300 {
            let element = rng.below(6);
            world.request(rng.index(3), if rng.chance(0.6) { add(element) } else { remove(element) });
            world.run(Duration::from_millis(rng.below(40)));
            match step % 50 {
                10 => world.cut_at(1),
                30 => world.cut.clear(),
                40 => {
                    let node = rng.index(3);
                    world.kill(node);
                    world.start(node);
                }
                _ => {}
            }
        }
        world.cut.clear();
        world.run(Duration::from_secs(15));
        let shown = elements(&mut world, 0);
        for node in 1..3 {
            assert_eq!(elements(&mut world, node), shown, "seed {seed}, n{node}");
        }
    }
}

#[test]
fn what_is_acknowledged_survives_and_a_new_life_gives_no_name_twice() {
    let mut world = World::new(1, 5, Network::constant(1), or_set);
    let first = changed(ask(&mut world, 0, add(1)));
    world.run(Duration::from_millis(1));
    world.kill(0);
    world.start(0);
    assert_eq!(elements(&mut world, 0), [1]);
    let second = changed(ask(&mut world, 0, add(2)));
    assert_ne!(first.added, second.added);
    let careless = Settings { without: Some(Remedy::Incarnation), ..Settings::default() };
    let mut world = World::new(1, 5, Network::constant(1), move || OrSetNode::new(&careless));
    let first = changed(ask(&mut world, 0, add(1)));
    world.kill(0);
    world.start(0);
    let second = changed(ask(&mut world, 0, add(2)));
    assert_eq!(first.added, second.added, "this is what the remedy is against");
}

fn read(world: &mut World, node: usize) -> (Vec<Value>, Value) {
    match ask(world, node, Request::Read) {
        Reply::Siblings { values, context } => (values.to_vec(), context),
        other => panic!("{other}"),
    }
}

#[test]
fn a_write_replaces_what_was_read_and_nothing_else_at_any_node() {
    let mut world = World::new(2, 5, Network::constant(10), || MvRegisterNode::new(&Settings::default()));
    world.run(Duration::from_secs(1));
    ask(&mut world, 0, Request::Write { value: "draft".into(), context: None });
    let (_, context) = read(&mut world, 0);
    ask(&mut world, 0, Request::Write { value: "unseen".into(), context: Some(context.clone()) });
    world.run(Duration::from_secs(1));
    let write = Request::Write { value: "later".into(), context: Some(context) };
    assert_eq!(
        changed(ask(&mut world, 1, write)).removed.len(),
        1,
        "what it had read, though it is gone already"
    );
    world.run(Duration::from_secs(1));
    for node in 0..2 {
        assert_eq!(read(&mut world, node).0, [Value::from("later"), Value::from("unseen")]);
    }
    let (_, context) = read(&mut world, 1);
    assert_eq!(
        changed(ask(&mut world, 1, Request::Write { value: "both".into(), context: Some(context) }))
            .removed
            .len(),
        2
    );
    let odd = [
        Value::Null,
        Value::map([("n0", Value::Null)]),
        Value::map([("n0@1", Value::List([Value::Null].into()))]),
    ];
    for context in odd {
        let reply = ask(&mut world, 1, Request::Write { value: Value::Null, context: Some(context) });
        assert!(matches!(reply, Reply::Error { kind: ErrorKind::Malformed, .. }), "{reply}");
    }
}

fn stock(world: &mut World, node: usize) -> i128 {
    match ask(world, node, Request::Read) {
        Reply::Counter(value) => value,
        other => panic!("{other}"),
    }
}

#[test]
fn who_lacks_rights_is_told_who_has_them_and_is_given_some() {
    let mut world = World::new(3, 5, Network::constant(10), || BoundedCounterNode::new(&Settings::default()));
    world.run(Duration::from_secs(1));
    world.request(1, Request::Add(10));
    world.run(Duration::from_secs(1));
    let Reply::Error { kind, text } = ask(&mut world, 2, Request::Add(-3)) else {
        panic!("n2 has no rights")
    };
    assert_eq!(kind, ErrorKind::TemporarilyUnavailable);
    assert!(text.starts_with("cannot decide here: 3 asked, rights for 0 here; ask n1@"), "{text}");
    world.run(Duration::from_secs(1));
    let sold = world.request(2, Request::Add(-3));
    world.run(Duration::from_secs(1));
    assert_eq!(world.replies[&sold].1, Reply::AddOk);
    assert_eq!([0, 1, 2].map(|node| stock(&mut world, node)), [7; 3]);
    let Reply::Error { kind, .. } = ask(&mut world, 0, Request::Add(-8)) else { panic!("there are only 7") };
    assert_eq!(kind, ErrorKind::PreconditionFailed);
}

#[test]
fn a_node_that_comes_back_sells_what_its_earlier_lives_held() {
    let mut world = World::new(2, 5, Network::constant(10), || BoundedCounterNode::new(&Settings::default()));
    world.cut_at(1);
    world.request(0, Request::Add(5));
    world.run(Duration::from_millis(10));
    for left in (0..5).rev() {
        world.kill(0);
        world.start(0);
        let sold = world.request(0, Request::Add(-1));
        world.run(Duration::from_millis(10));
        assert_eq!(world.replies[&sold].1, Reply::AddOk);
        assert_eq!(stock(&mut world, 0), left);
    }
    let sold = world.request(0, Request::Add(-1));
    assert!(matches!(world.replies[&sold].1, Reply::Error { kind: ErrorKind::PreconditionFailed, .. }));
}
