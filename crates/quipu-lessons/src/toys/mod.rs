//! Nodes that are wrong in one instructive way, or right in the plainest one, on the smallest gossip that could work.
//!
//! A [`Rule`] is a state, what clients make of it, and how it takes in another's; [`Told`] tells the whole state to all peers, each
//! round and perhaps after each change. Nothing is acknowledged and nothing is left out of a message: that costs bytes, and saves a
//! reader all questions about protocols.

mod cart;
mod counters;
mod deltas;
mod register;
mod session;

use std::time::Duration;

use quipu_node::{Cx, Event, Node, PeerMessage, Reply, Request, Timer, Value};

pub(crate) use cart::{Carts, ToyCart};
pub(crate) use counters::{Halves, OneNumber, PerNode};
pub(crate) use deltas::DeltasOnce;
pub(crate) use register::LastWriter;
pub(crate) use session::{READ_AFTER, Sync, Waiting};

/// The span between two rounds, unless a lesson is about it.
pub(crate) const ROUND: Duration = Duration::from_millis(200);

/// A replicated state in its plainest form.
pub(crate) trait Rule: Send {
    /// The node begins under this name.
    fn start(&mut self, me: &str);

    /// Answers a client.
    fn request(&mut self, request: Request) -> Reply;

    /// The whole state, for a peer.
    fn tell(&self) -> Value;

    /// Takes in a peer's state. What is not of the form that [`Rule::tell`] gives changes nothing.
    fn hear(&mut self, told: &Value);
}

/// A node that tells its state to all peers.
pub(crate) struct Told<R> {
    rule: R,
    round: Duration,
    at_once: bool,
}

impl<R: Rule> Told<R> {
    /// Tells in rounds only.
    pub(crate) fn in_rounds(rule: R, round: Duration) -> Self {
        Self { rule, round, at_once: false }
    }

    /// Tells in rounds, and after each change at once.
    pub(crate) fn at_once(rule: R, round: Duration) -> Self {
        Self { rule, round, at_once: true }
    }

    fn tell(&self, cx: &mut Cx<'_>) {
        let content = self.rule.tell();
        for peer in cx.peers().cloned().collect::<Vec<_>>() {
            cx.send(&peer, PeerMessage::Custom { content: content.clone() });
        }
    }
}

impl<R: Rule> Node for Told<R> {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => {
                self.rule.start(cx.me().as_str());
                // Rounds of different nodes are not to fall together.
                let first = self.round.mul_f64(cx.rng().fraction());
                cx.set_timer(first, Timer::Round(0));
            }
            Event::Timer(timer) => {
                self.tell(cx);
                cx.set_timer(self.round, timer);
            }
            Event::Request { from, request } => {
                let changes = request != Request::Read;
                let reply = self.rule.request(request);
                cx.reply(from, reply);
                if self.at_once && changes {
                    self.tell(cx);
                }
            }
            Event::Peer { message: PeerMessage::Custom { content }, .. } => self.rule.hear(&content),
            Event::Peer { .. } | Event::Answer { .. } | Event::Durable { .. } => {}
        }
    }
}
