//! The engine, one mechanism at a time. Whole clusters are in `tests/peers`.

use std::sync::Arc;

use quipu_crdt::GSet;

use super::*;
use crate::node::{Effect, Identity};
use crate::rng::Rng;
use crate::value::Value;

type Elements = GSet<Value>;

/// A node of so many, and what it takes to let it act.
struct Desk {
    gossip: Gossip<Elements>,
    identity: Identity,
    rng: Rng,
    now: Time,
}

impl Desk {
    fn new(count: usize, me: usize, seed: u64, settings: GossipSettings) -> Self {
        let nodes: Arc<[NodeId]> = (0..count).map(|node| NodeId::new(format!("n{node}"))).collect();
        let identity = Identity { me: nodes[me].clone(), nodes, boot: 1 };
        let mut desk = Self { gossip: Gossip::new(settings), identity, rng: Rng::new(seed), now: Time::ZERO };
        desk.act(|gossip, cx| gossip.start(cx, &Elements::default()));
        desk
    }

    fn with_defaults(count: usize, me: usize) -> Self {
        Self::new(count, me, 1, GossipSettings::default())
    }

    /// What comes of it, and the effects.
    fn act<T>(&mut self, act: impl FnOnce(&mut Gossip<Elements>, &mut Cx<'_>) -> T) -> (T, Vec<Effect>) {
        let mut effects = Vec::new();
        let Self { gossip, identity, rng, now } = self;
        let mut cx = Cx { now: *now, identity, rng, questions: &mut 0, effects: &mut effects };
        (act(gossip, &mut cx), effects)
    }

    fn add(&mut self, element: i64) {
        let changed: Result<(), ()> = self.gossip.update(|state| Ok(state.insert(element.into())));
        changed.expect("an insertion does not fail");
    }

    /// One round of anti-entropy: the digests sent, and the seconds until the next one.
    fn round(&mut self) -> (usize, f64) {
        let ((), effects) = self.act(Gossip::round);
        (messages(&effects), self.gossip.rounds.due.since(self.now).as_secs_f64())
    }

    /// How often each peer is chosen.
    fn choices<const COUNT: usize>(&mut self) -> [u32; COUNT] {
        let mut chosen = [0; COUNT];
        for _ in 0..2000 {
            let (peer, _) = self.act(|gossip, cx| gossip.choose_peer(cx));
            chosen[peer.expect("there are peers")] += 1;
        }
        chosen
    }
}

fn messages(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count()
}

/// All of them lie between the two, and some near each.
fn assert_spread(seconds: &[f64], least: f64, most: f64) {
    let tenth = (most - least) / 10.0;
    assert!(seconds.iter().all(|span| (least..=most).contains(span)), "{least} to {most}: {seconds:?}");
    assert!(
        seconds.iter().any(|span| *span < least + tenth) && seconds.iter().any(|span| *span > most - tenth)
    );
}

#[test]
fn spans_between_tries_double_up_to_a_bound_and_are_never_quite_the_same() {
    let second = Duration::from_secs(1);
    let settings =
        GossipSettings { retry_after: second, retry_at_most: 8 * second, ..GossipSettings::default() };
    let mut desk = Desk::new(2, 0, 1, settings);
    for (failures, seconds) in [(0, 1.0), (1, 2.0), (2, 4.0), (3, 8.0), (4, 8.0), (u32::MAX, 8.0)] {
        desk.gossip.links[1].failures = failures;
        let mut span = || desk.act(|gossip, cx| gossip.retry_span(cx, 1)).0.as_secs_f64();
        let spans: Vec<f64> = (0..100).map(|_| span()).collect();
        assert_spread(&spans, 0.9 * seconds, 1.1 * seconds);
    }
}

#[test]
fn nodes_that_start_together_have_their_first_rounds_at_different_times() {
    let settings = GossipSettings { interval: Duration::from_secs(2), ..GossipSettings::default() };
    let due = |seed| Desk::new(2, 0, seed, settings).gossip.rounds.due.as_secs_f64();
    assert_spread(&(0..100).map(due).collect::<Vec<_>>(), 1.0, 2.0);
}

#[test]
fn rounds_come_often_while_a_neighbour_is_silent_and_seldom_while_nothing_changes() {
    let settings = GossipSettings { interval: Duration::from_secs(4), ..GossipSettings::default() };
    let mut desk = Desk::new(3, 0, 1, settings);
    let about = |span: f64, seconds: f64| assert!((0.9 * seconds..=1.1 * seconds).contains(&span), "{span}");
    for seconds in [8.0, 16.0, 16.0, 16.0] {
        about(desk.round().1, seconds);
    }
    assert_spread(&(0..100).map(|_| desk.round().1).collect::<Vec<_>>(), 0.9 * 16.0, 1.1 * 16.0);
    desk.add(1);
    about(desk.round().1, 4.0);
    desk.gossip.links[2].failures = 1;
    about(desk.round().1, 1.0);
    desk.gossip.links[2].failures = 2;
    desk.add(2);
    about(desk.round().1, 1.0);
    desk.gossip.links[2].failures = 0;
    for seconds in [2.0, 4.0, 8.0, 16.0, 16.0] {
        about(desk.round().1, seconds);
    }
}

#[test]
fn a_round_is_put_off_four_times_while_news_keep_coming_unless_a_neighbour_is_silent() {
    let mut desk = Desk::with_defaults(3, 0);
    let mut digests = |moves: bool, failures: u32| {
        let counts: Vec<usize> = (0..10)
            .map(|element| {
                desk.gossip.rounds.moved = moves;
                desk.gossip.links[1].failures = failures;
                desk.now = Time::from_millis(element);
                desk.round().0
            })
            .collect();
        counts
    };
    assert_eq!(digests(true, 0), [0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    assert_eq!(digests(false, 0), [1; 10]);
    assert_eq!(digests(true, 1), [1; 10]);
    assert_eq!(digests(false, 1), [1; 10]);
    let mut desk = Desk::new(3, 0, 1, GossipSettings { fanout: 2, ..GossipSettings::default() });
    assert_eq!(desk.round().0, 2);
}

#[test]
fn a_round_goes_to_one_who_answers_and_lacks_something_and_now_and_then_to_anyone() {
    let mut desk = Desk::with_defaults(4, 1);
    desk.add(1);
    desk.gossip.links[0].failures = 1;
    desk.gossip.links[2].has(0, desk.gossip.log.head());
    // A quarter of the choices goes to anyone.
    let [silent, me, has_all, lacks] = desk.choices();
    assert_eq!(me, 0);
    assert!((100..240).contains(&silent) && (100..240).contains(&has_all) && lacks > 1500);
    desk.gossip.links[3].has(0, desk.gossip.log.head());
    let [silent, me, has_all, too] = desk.choices();
    assert_eq!(me, 0);
    assert!((100..240).contains(&silent) && has_all > 800 && too > 800);
    desk.gossip.links[2].failures = 1;
    desk.gossip.links[3].failures = 1;
    let [a, me, b, c] = desk.choices();
    assert!(me == 0 && a > 550 && b > 550 && c > 550, "if nobody answers, anyone");
}

#[test]
fn a_node_alone_waits_for_nothing_and_a_quiet_one_for_its_next_round() {
    let mut alone = Desk::with_defaults(1, 0);
    assert_eq!(alone.act(Gossip::settle).1, []);
    alone.now = Time::from_millis(3_600_000);
    alone.add(1);
    assert_eq!(alone.act(Gossip::settle).1, []);
    assert!(alone.gossip.rounds.due < alone.now, "no round without peers");

    let mut quiet = Desk::with_defaults(2, 1);
    let ((), effects) = quiet.act(Gossip::settle);
    assert!(matches!(effects[..], [Effect::SetTimer { timer: Timer::Round(1), .. }]), "{effects:?}");
}

#[test]
fn a_receipt_is_a_sign_of_life_after_which_goes_out_what_was_held_back() {
    let mut desk = Desk::with_defaults(3, 0);
    let receipt = Receipt { of: desk.identity.boot, base: 0, upto: 0 };
    for failures in [1, 2] {
        (desk.gossip.links[1].failures, desk.gossip.push_wanted) = (failures, false);
        desk.act(|gossip, cx| gossip.on_receipt(cx, 1, receipt));
        assert_eq!((desk.gossip.links[1].failures, desk.gossip.push_wanted), (0, true));
    }
    desk.gossip.push_wanted = false;
    desk.act(|gossip, cx| gossip.on_receipt(cx, 1, receipt));
    assert!(!desk.gossip.push_wanted, "nothing was held back");
}

#[test]
fn a_peer_that_is_met_again_makes_no_push_unless_it_was_restarted() {
    let mut desk = Desk::with_defaults(3, 0);
    for (wanted, boot, then) in [(false, 5, false), (true, 5, true), (false, 5, false), (false, 6, true)] {
        desk.gossip.push_wanted = wanted;
        desk.gossip.meet(1, boot);
        assert_eq!(desk.gossip.push_wanted, then);
    }
}

#[test]
fn a_retry_sends_what_is_open_to_a_neighbour_and_brings_rounds_forward() {
    let quarter = GossipSettings::default().interval / 4;
    let tend = |desk: &mut Desk, peer: usize| {
        (desk.now, desk.gossip.rounds.due) = (Time::from_millis(10_000), FAR);
        desk.gossip.links[peer].retry_at = Some(desk.now);
        let ((), effects) = desk.act(Gossip::tend_links);
        (messages(&effects), desk.gossip.links[peer].failures, desk.gossip.rounds.due)
    };
    // The hub n0 is a neighbour of n1; n2 is not.
    let mut desk = Desk::with_defaults(3, 1);
    assert_eq!(tend(&mut desk, 0), (0, 0, FAR), "nothing is open");
    desk.add(1);
    for peer in [0, 2] {
        desk.gossip.links[peer].sent = desk.gossip.log.seal();
    }
    assert_eq!(tend(&mut desk, 2), (0, 0, FAR));
    let soon = Time::from_millis(10_000) + quarter;
    assert_eq!(tend(&mut desk, 0), (1, 1, soon));
    desk.gossip.links[0].has(0, desk.gossip.log.head());
    assert_eq!(tend(&mut desk, 0), (0, 1, FAR), "nothing is open any more");
}

#[test]
fn a_digest_is_a_question_to_all_but_neighbours() {
    let mut desk = Desk::with_defaults(3, 1);
    for (peer, failures) in [(0, 0), (2, 1)] {
        let ((), effects) = desk.act(|gossip, cx| gossip.send_digest(cx, peer));
        assert_eq!((messages(&effects), desk.gossip.links[peer].failures), (1, failures));
    }
}

#[test]
fn a_receipt_waits_for_a_message_that_it_can_ride_on() {
    let mut desk = Desk::with_defaults(2, 0);
    desk.act(Gossip::settle);
    desk.now = Time::from_millis(500);
    let receipt = Receipt { of: 2, base: 0, upto: 1 };
    let ((), effects) = desk.act(|gossip, cx| {
        gossip.owe(cx, 1, receipt);
        gossip.settle(cx);
    });
    let after = GossipSettings::default().acknowledge_after;
    assert!(
        matches!(effects[..], [Effect::SetTimer { timer: Timer::Retry(1), after: span }] if span == after)
    );
    desk.now = desk.now + after;
    assert_eq!(messages(&desk.act(Gossip::settle).1), 1);
}

#[test]
fn news_are_not_told_to_whom_they_came_from() {
    let mut desk = Desk::with_defaults(2, 0);
    desk.add(1);
    let head = desk.gossip.log.seal();
    desk.gossip.links[1].has(0, head);
    let state = Elements::from_iter([Value::from(2_i64)]);
    let (boot, base, upto) = (5, 0, 1);
    let sent = state.clone().into();
    let message = PeerMessage::GossipDelta { boot, base, upto, state: sent, pull: false, receipt: None };
    let peer = desk.identity.nodes[1].clone();
    let (news, effects) = desk.act(|gossip, cx| {
        let news = gossip.peer(cx, &peer, message);
        gossip.settle(cx);
        news
    });
    assert_eq!((news, messages(&effects)), (Some(state), 0));
    assert_eq!(desk.gossip.links[1].acked(), desk.gossip.log.head(), "it has what it sent");
}

/// The answer to a digest that differs: what this peer thinks is lacking, and the wish for what it lacks itself.
fn pulled(known: &Elements) -> PeerMessage {
    PeerMessage::GossipDelta {
        boot: 1,
        base: 0,
        upto: 0,
        state: known.clone().into(),
        pull: true,
        receipt: None,
    }
}

#[test]
fn who_asks_for_what_it_lacks_is_answered_at_once_with_just_that() {
    let elements = |all: &[i64]| all.iter().map(|element| Value::from(*element)).collect::<Elements>();
    let mut desk = Desk::with_defaults(2, 0);
    desk.add(1);
    desk.add(2);
    let asker = NodeId::new("n1");
    let mut answers = |known: &[i64]| {
        let (_, effects) = desk.act(|gossip, cx| gossip.peer(cx, &asker, pulled(&elements(known))));
        let answer = |effect| match effect {
            Effect::Send { message: PeerMessage::GossipDelta { state, pull: false, .. }, .. } => Some(state),
            _ => None,
        };
        effects.into_iter().filter_map(answer).collect::<Vec<_>>()
    };
    assert_eq!(answers(&[1]), [elements(&[2]).into()]);
    assert_eq!(answers(&[1, 2]), []);
}
