//! `bounded-counter`: a stock that is sold at every node and never below zero, gossiped.

use quipu_crdt::{BoundedCounter, PnCounter, ReplicaId, RightsError};

use super::replica::{Records, Replica};
use super::settings::Settings;
use crate::message::ErrorKind;
use crate::{Cx, Event, Node, NodeId, PeerMessage, Reply, Request};

/// A counter from which every node takes by itself, in every partition, and which no two of them can take below zero: a
/// [`BoundedCounter`] spread by [`crate::Gossip`].
///
/// Whoever takes needs as many rights. A node that has too few refuses, definitely, and says who has more; it also asks
/// one of those, at random, who gives it half of what he has, or what is asked if that is more. So rights go where they
/// are used, and the client's next try has better chances.
///
/// *Restart.* What is acknowledged is durable. A node that comes back takes over the rights of its earlier lives, all of
/// whose changes it has found on its disk; see [`BoundedCounter::inherit`] for why it must be all. Where there is no disk, as
/// under stdin and stdout, the rights of a killed node stay unused for ever: nobody knows what it did with them.
#[derive(Debug)]
pub struct BoundedCounterNode {
    stock: Replica<BoundedCounter>,
}

impl BoundedCounterNode {
    /// An empty stock.
    pub fn new(settings: &Settings) -> Self {
        Self { stock: Replica::new(settings, Records::Own) }
    }

    fn request(&mut self, cx: &mut Cx<'_>, request: &Request) -> Reply {
        match request {
            Request::Add(delta) => match self.add(cx, *delta) {
                Ok(_) => Reply::AddOk,
                Err(error) => self.refuse(cx, &error),
            },
            Request::Read => Reply::Counter(self.stock.state().value().try_into().unwrap_or(i128::MAX)),
            other => Reply::not_served_by_counter(other),
        }
    }

    fn add(&mut self, cx: &mut Cx<'_>, delta: i64) -> Result<BoundedCounter, RightsError> {
        let amount = delta.unsigned_abs();
        if delta >= 0 {
            return self.stock.change(cx, |stock, me| Ok(stock.increment(me, amount)?));
        }
        if self.stock.state().rights(self.stock.id()) < amount.into() {
            self.inherit(cx);
        }
        self.stock.change(cx, |stock, me| stock.decrement(me, amount))
    }

    /// Takes over what belongs to earlier lives: also what was given to them since.
    fn inherit(&mut self, cx: &mut Cx<'_>) {
        for old in self.stock.earlier().to_vec() {
            // It can fail only if the numbers of this life are used up; then the rights stay where they are.
            let _ = self.stock.change(cx, |stock, me| stock.inherit(old, me));
        }
    }

    /// The answer to a change that was not made; asks for rights, if somebody has them.
    fn refuse(&mut self, cx: &mut Cx<'_>, error: &RightsError) -> Reply {
        let kind = match error {
            RightsError::Insufficient(refusal) => {
                let nodes = cx.nodes().clone();
                let peer = |(holder, _): &(ReplicaId, u128)| {
                    nodes
                        .iter()
                        .find(|node| node.as_str() == holder.node.as_str() && *node != cx.me())
                        .cloned()
                };
                let holders: Vec<NodeId> = refusal.elsewhere.iter().filter_map(peer).collect();
                if let Some(holder) = cx.rng().pick(&holders) {
                    let amount = u128::from(refusal.asked) - refusal.here;
                    let amount = u64::try_from(amount).unwrap_or(refusal.asked);
                    cx.send(holder, PeerMessage::RightsWanted { replica: self.stock.id(), amount });
                }
                if refusal.is_total_too_small() {
                    ErrorKind::PreconditionFailed
                } else {
                    ErrorKind::TemporarilyUnavailable
                }
            }
            _ => ErrorKind::Abort,
        };
        Reply::error(kind, error.to_string())
    }

    /// Gives a peer half of the rights here, or what it asks for if that is more, and never more than there are.
    fn give(&mut self, cx: &mut Cx<'_>, from: &NodeId, to: ReplicaId, asked: u64) {
        if to.node.as_str() != from.as_str() || from == cx.me() || !cx.nodes().contains(from) {
            return;
        }
        let rights = self.stock.state().rights(self.stock.id());
        let amount = rights.min((rights / 2).max(asked.into()));
        let amount = u64::try_from(amount).unwrap_or(u64::MAX);
        // Never more than there is; it can fail only if the numbers of this life are used up.
        let _ = self.stock.change(cx, |stock, me| stock.transfer(me, to, amount));
    }
}

impl Node for BoundedCounterNode {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = self.request(cx, &request);
                cx.reply(from, reply);
            }
            Event::Peer { from, message: PeerMessage::RightsWanted { replica, amount } } => {
                self.give(cx, &from, replica, amount);
            }
            Event::Start { recovered } => {
                self.stock.step(cx, Event::Start { recovered });
                self.inherit(cx);
            }
            other => self.stock.step(cx, other),
        }
        self.stock.settle(cx);
    }
}

/// What remains without [`super::Remedy::Escrow`]: a counter that looks before it sells. Two nodes that both see the last piece both
/// sell it.
#[derive(Debug)]
pub(super) struct Unguarded {
    counter: Replica<PnCounter>,
}

impl Unguarded {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { counter: Replica::new(settings, Records::Own) }
    }

    fn request(&mut self, cx: &mut Cx<'_>, request: &Request) -> Reply {
        match request {
            Request::Add(delta) if self.counter.state().value() + i128::from(*delta) < 0 => {
                let value = self.counter.state().value();
                let text = format!("{} asked, but only {value} known to exist", delta.unsigned_abs());
                Reply::error(ErrorKind::PreconditionFailed, text)
            }
            Request::Add(delta) => match self.counter.change(cx, |counter, me| counter.add(me, *delta)) {
                Ok(_) => Reply::AddOk,
                Err(overflow) => Reply::error(ErrorKind::Abort, overflow.to_string()),
            },
            Request::Read => Reply::Counter(self.counter.state().value()),
            other => Reply::not_served_by_counter(other),
        }
    }
}

impl Node for Unguarded {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = self.request(cx, &request);
                cx.reply(from, reply);
            }
            other => self.counter.step(cx, other),
        }
        self.counter.settle(cx);
    }
}
