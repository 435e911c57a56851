//! The CRDT: many PN-counters, answered from the node's own state, spread as full states or as deltas.
//!
//! All counters of a node are one [`PnCounter`], whose slots are named by node *and key*: the key stands where the
//! incarnation would. No node is restarted in this study, so that the incarnation has nothing else to say.

use quipu_crdt::{Lattice, NodeName, PnCounter, ReplicaId};
use quipu_node::{Cx, Event, Gossip, GossipSettings, GossipState, Node, NodeId, PeerMessage, Record, Timer};

use crate::meter::Meter;
use crate::request::{Operation, Outcome};
use crate::setup::Setup;

/// The slot of a node in the counter under a key.
pub(super) fn slot(node: &NodeId, key: u64) -> ReplicaId {
    ReplicaId::new(NodeName::new(node.as_str()), key)
}

/// How much of the state a node sends.
#[derive(Debug)]
enum Spread {
    /// All of it, to random peers, at random times: the textbook's gossip, memoryless so that its law is exact.
    Full(PnCounter),
    /// What the peer lacks, pushed at once through the hub, with anti-entropy behind it: the engine of `quipu-node`.
    Deltas(Box<Gossip<PnCounter>>),
}

/// A node of the replicated counters.
#[derive(Debug)]
pub(crate) struct Replicated {
    setup: Setup,
    spread: Spread,
    rounds: u64,
    /// What counter 0 was when it was last looked at, to notice when others change it.
    seen: i64,
    meter: Meter,
}

/// The engine's settings in a setup: what it collects before a push, when it tries again, how often it compares.
pub(super) fn engine(setup: &Setup) -> GossipSettings {
    let defaults = GossipSettings::default();
    GossipSettings {
        flush: defaults.flush.min(setup.gossip_interval),
        interval: setup.gossip_interval * 10,
        fanout: setup.fanout,
        retry_after: setup.round_trip * 2 + defaults.acknowledge_after,
        ..defaults
    }
}

impl Replicated {
    /// Spreads full states.
    pub(crate) fn full(setup: &Setup, meter: Meter) -> Self {
        Self::new(setup, Spread::Full(PnCounter::default()), meter)
    }

    /// Spreads deltas.
    pub(crate) fn deltas(setup: &Setup, meter: Meter) -> Self {
        Self::new(setup, Spread::Deltas(Box::new(Gossip::new(engine(setup)))), meter)
    }

    fn new(setup: &Setup, spread: Spread, meter: Meter) -> Self {
        Self { setup: setup.clone(), spread, rounds: 0, seen: 0, meter }
    }

    fn state(&self) -> &PnCounter {
        match &self.spread {
            Spread::Full(state) => state,
            Spread::Deltas(gossip) => gossip.state(),
        }
    }

    fn value(&self, cx: &Cx<'_>, key: u64) -> i64 {
        let slots = cx.nodes().iter().map(|node| self.state().of(slot(node, key)));
        let value = slots.map(|(added, taken)| i128::from(added) - i128::from(taken)).sum::<i128>();
        i64::try_from(value).unwrap_or(i64::MAX)
    }

    /// Looks, then changes: two nodes that see the last piece both take it. That is the weakness to be measured.
    fn serve(&mut self, cx: &mut Cx<'_>, operation: Operation) -> Outcome {
        let key = operation.key();
        if let Operation::Add { change, .. } = operation {
            if change < 0 && self.value(cx, key) + change < 0 {
                return Outcome::Empty;
            }
            let me = slot(cx.me(), key);
            let changed = match &mut self.spread {
                Spread::Full(state) => state.add(me, change).map(drop),
                Spread::Deltas(gossip) => gossip.update(|state| state.add(me, change)),
            };
            if changed.is_err() {
                return Outcome::Failed;
            }
            if self.setup.is_durable() {
                let (added, taken) = self.state().of(me);
                cx.persist(Record([key, added, taken].iter().flat_map(|n| n.to_le_bytes()).collect()));
            }
        }
        Outcome::Done(self.value(cx, key))
    }

    /// Takes note of what a peer's message has made of counter 0.
    fn look(&mut self, cx: &Cx<'_>) {
        let value = self.value(cx, 0);
        if value != self.seen {
            self.seen = value;
            self.meter.count().sightings.push((cx.now(), cx.me().clone(), value));
        }
    }

    /// One round of full states, and the next one planned.
    fn round(&mut self, cx: &mut Cx<'_>) {
        if let Spread::Full(state) = &self.spread {
            let mut peers: Vec<NodeId> = cx.peers().cloned().collect();
            cx.rng().shuffle(&mut peers);
            for peer in peers.iter().take(self.setup.fanout) {
                let state = GossipState::Counter(state.clone());
                let boot = cx.boot();
                let message =
                    PeerMessage::GossipDelta { boot, base: 0, upto: 0, state, pull: false, receipt: None };
                cx.send(peer, message);
            }
        }
        self.plan(cx);
    }

    fn plan(&mut self, cx: &mut Cx<'_>) {
        self.rounds += 1;
        let after = cx.rng().exponential(self.setup.gossip_interval);
        cx.set_timer(after, Timer::Round(self.rounds));
    }
}

impl Node for Replicated {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        let from_peer = matches!(event, Event::Peer { .. });
        match (event, &mut self.spread) {
            (Event::Request { from, request }, _) => {
                let reply = match Operation::of_request(&request) {
                    Ok(operation) => self.serve(cx, operation).to_reply(),
                    Err(reply) => reply,
                };
                cx.reply(from, reply);
            }
            (Event::Start { .. }, Spread::Full(_)) => self.plan(cx),
            (Event::Start { .. }, Spread::Deltas(gossip)) => gossip.start(cx, &PnCounter::default()),
            (Event::Peer { message, .. }, Spread::Full(state)) => {
                if let PeerMessage::GossipDelta { state: GossipState::Counter(theirs), .. } = message {
                    state.join(&theirs);
                }
            }
            (Event::Peer { from, message }, Spread::Deltas(gossip)) => {
                gossip.peer(cx, &from, message);
            }
            (Event::Timer(Timer::Round(round)), Spread::Full(_)) if round == self.rounds => self.round(cx),
            (Event::Timer(timer), Spread::Deltas(gossip)) => gossip.timer(timer),
            (Event::Timer(_) | Event::Answer { .. } | Event::Durable { .. }, _) => {}
        }
        if let Spread::Deltas(gossip) = &mut self.spread {
            gossip.settle(cx);
        }
        if from_peer {
            self.look(cx);
        }
    }
}
