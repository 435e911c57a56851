//! `gossip`: a counter without a store, gossiped between the nodes.

use quipu_crdt::{Lattice, NodeName, PnCounter, ReplicaId};

use crate::gossip::{Gossip, GossipSettings};
use crate::message::ErrorKind;
use crate::node::Record;
use crate::{Cx, Event, Node, Reply, ReplyTo, Request};

/// What can be chosen about [`GossipCounter`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GossipCounterSettings {
    /// How changes spread.
    pub gossip: GossipSettings,
    /// True: an add is made durable before it is acknowledged or told to a peer, so that no acknowledged add is lost when
    /// the node is killed. False (the default): a killed node loses what it had not yet pushed.
    pub durable: bool,
}

/// A counter that every node answers from its own state, in every partition; changes spread by [`crate::Gossip`].
///
/// A read shows every add this node has acknowledged, and of all others those that have arrived. Each start of the node is a
/// replica of its own (its name and boot number), so a node that came back with less than it had can never reuse a
/// count that others have seen. That holds for the durable node too: it brings back the slots of its earlier lives
/// and leaves them as they are. An add that does not fit into 64 bits is refused, definitely.
#[derive(Debug)]
pub struct GossipCounter {
    settings: GossipCounterSettings,
    gossip: Gossip<PnCounter>,
    replica: ReplicaId,
}

impl GossipCounter {
    /// A counter at 0.
    pub fn new(settings: GossipCounterSettings) -> Self {
        // The true replica is known at the start, which comes before all else.
        let replica = ReplicaId::new(NodeName::new(""), 0);
        Self { settings, gossip: Gossip::new(settings.gossip), replica }
    }

    fn start(&mut self, cx: &mut Cx<'_>, recovered: &[Record]) {
        let node = NodeName::new(cx.me().as_str());
        self.replica = ReplicaId::new(node, cx.boot());
        let mut counter = PnCounter::default();
        for slot in recovered.iter().filter_map(|record| decode(node, record)) {
            counter.join(&slot);
        }
        self.gossip.start(cx, &counter);
    }

    fn request(&mut self, cx: &mut Cx<'_>, from: ReplyTo, request: &Request) {
        let reply = match request {
            Request::Add(change) => self.add(cx, *change),
            Request::Read => Reply::Counter(self.gossip.state().value()),
            other => Reply::not_served_by_counter(other),
        };
        cx.reply(from, reply);
    }

    /// Changes the state and, if asked to, puts the new slot on disk: before the reply and before any push, which are
    /// later effects.
    fn add(&mut self, cx: &mut Cx<'_>, change: i64) -> Reply {
        let replica = self.replica;
        if let Err(overflow) = self.gossip.update(|counter| counter.add(replica, change)) {
            return Reply::error(ErrorKind::Abort, overflow.to_string());
        }
        if self.settings.durable && change != 0 {
            cx.persist(encode(replica, self.gossip.state().of(replica)));
        }
        Reply::AddOk
    }
}

impl Node for GossipCounter {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { recovered } => self.start(cx, &recovered),
            Event::Request { from, request } => self.request(cx, from, &request),
            Event::Peer { from, message } => {
                self.gossip.peer(cx, &from, message);
            }
            Event::Timer(timer) => self.gossip.timer(timer),
            Event::Answer { .. } | Event::Durable { .. } => {}
        }
        self.gossip.settle(cx);
    }
}

/// A slot of this node: incarnation, added, taken; 8 bytes each, lowest first. Later records of a life include earlier ones.
fn encode(replica: ReplicaId, (added, taken): (u64, u64)) -> Record {
    Record([replica.incarnation, added, taken].iter().flat_map(|number| number.to_le_bytes()).collect())
}

/// The slot in a record; none if it is not one that [`encode`] made.
fn decode(node: NodeName, record: &Record) -> Option<PnCounter> {
    let bytes: &[u8; 24] = record.0.as_slice().try_into().ok()?;
    let number =
        |at: usize| bytes[at..at + 8].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    Some(PnCounter::of_slot(ReplicaId::new(node, number(0)), number(8), number(16)))
}
