//! The escrow-bounded counters: whoever takes must hold the right to, and rights travel between nodes.
//!
//! As `bounded-counter` of `quipu-node`, for many keys: all counters are one [`BoundedCounter`], whose rows are named by
//! node and key, as in [`super::replicated`].

use quipu_crdt::{BoundedCounter, ReplicaId, RightsError};
use quipu_node::{Cx, Event, Gossip, Node, NodeId, PeerMessage, Record};

use super::replicated::{engine, slot};
use crate::meter::Meter;
use crate::request::{Operation, Outcome};
use crate::setup::Setup;

/// A node of the bounded counters.
#[derive(Debug)]
pub(crate) struct Escrow {
    setup: Setup,
    gossip: Gossip<BoundedCounter>,
    meter: Meter,
}

impl Escrow {
    pub(crate) fn new(setup: &Setup, meter: Meter) -> Self {
        Self { setup: setup.clone(), gossip: Gossip::new(engine(setup)), meter }
    }

    /// All rights to a key are all there is of it.
    fn value(&self, cx: &Cx<'_>, key: u64) -> i64 {
        let rights = cx.nodes().iter().map(|node| self.gossip.state().rights(slot(node, key)));
        i64::try_from(rights.sum::<u128>()).unwrap_or(i64::MAX)
    }

    fn serve(&mut self, cx: &mut Cx<'_>, operation: Operation) -> Outcome {
        let key = operation.key();
        if let Operation::Add { change, .. } = operation {
            let me = slot(cx.me(), key);
            let amount = change.unsigned_abs();
            let changed = self.gossip.update(|state| {
                if change < 0 { state.decrement(me, amount) } else { Ok(state.increment(me, amount)?) }
            });
            match changed {
                Ok(()) => {}
                Err(RightsError::Insufficient(_)) => return self.refuse(cx, key, amount),
                Err(_) => return Outcome::Failed,
            }
            self.make_durable(cx, key, change);
        }
        Outcome::Done(self.value(cx, key))
    }

    fn make_durable(&self, cx: &mut Cx<'_>, key: u64, change: i64) {
        if self.setup.is_durable() {
            cx.persist(Record(key.to_le_bytes().into_iter().chain(change.to_le_bytes()).collect()));
        }
    }

    /// Too few rights here: asks one who has some, at random, and tells the user to come again; or that all is gone.
    fn refuse(&mut self, cx: &mut Cx<'_>, key: u64, amount: u64) -> Outcome {
        let state = self.gossip.state();
        let has_rights = |node: &&NodeId| state.rights(slot(node, key)) > 0;
        let holders: Vec<NodeId> = cx.peers().filter(has_rights).cloned().collect();
        let Some(holder) = cx.rng().pick(&holders).cloned() else { return Outcome::Empty };
        self.meter.count().rights_wanted += 1;
        let replica = slot(cx.me(), key);
        cx.send(&holder, PeerMessage::RightsWanted { replica, amount });
        Outcome::Failed
    }

    /// Gives half of the rights here, or what is asked if that is more, and never more than there are.
    fn give(&mut self, cx: &mut Cx<'_>, to: ReplicaId, asked: u64) {
        let me = slot(cx.me(), to.incarnation);
        let rights = self.gossip.state().rights(me);
        let amount = u64::try_from(rights.min((rights / 2).max(asked.into()))).unwrap_or(u64::MAX);
        if amount > 0 && self.gossip.update(|state| state.transfer(me, to, amount)).is_ok() {
            self.make_durable(cx, to.incarnation, 0);
        }
    }
}

impl Node for Escrow {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = match Operation::of_request(&request) {
                    Ok(operation) => self.serve(cx, operation).to_reply(),
                    Err(reply) => reply,
                };
                cx.reply(from, reply);
            }
            Event::Start { .. } => self.gossip.start(cx, &BoundedCounter::default()),
            Event::Peer { message: PeerMessage::RightsWanted { replica, amount }, .. } => {
                self.give(cx, replica, amount);
            }
            Event::Peer { from, message } => {
                self.gossip.peer(cx, &from, message);
            }
            Event::Timer(timer) => self.gossip.timer(timer),
            Event::Answer { .. } | Event::Durable { .. } => {}
        }
        self.gossip.settle(cx);
    }
}
