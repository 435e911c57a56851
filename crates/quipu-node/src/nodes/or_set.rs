//! `or-set`: a set with removal, gossiped.

use quipu_crdt::{Causal, DotStore, OrSet};

use super::replica::{Records, Replica, change_of};
use super::settings::{Remedy, Settings};
use crate::gossip::GossipState;
use crate::message::{ChangeKind, ErrorKind};
use crate::{Cx, Event, Node, PeerMessage, Reply, Request, Value};

/// A set of any values to which elements are added and from which they are removed, answered from local state in every
/// partition: an [`OrSet`] spread by [`crate::Gossip`].
///
/// A remove takes away the adds that this node has seen, so an add elsewhere at the same time survives. Replies name the
/// adds that were made and those that were replaced or removed. What is acknowledged is durable, and survives the
/// node's death.
///
/// *Without [`Remedy::Context`]* a node takes the elements of what it is sent and leaves the rest, as a plain union of sets
/// would: what was removed elsewhere is kept.
#[derive(Debug)]
pub struct OrSetNode {
    set: Replica<Causal<OrSet<Value>>>,
    contexts: bool,
}

impl OrSetNode {
    /// The empty set.
    pub fn new(settings: &Settings) -> Self {
        Self { set: Replica::new(settings, Records::Own), contexts: settings.has(Remedy::Context) }
    }

    fn request(&mut self, cx: &mut Cx<'_>, request: Request) -> Reply {
        match request {
            Request::AddElement(element) => self.change(cx, ChangeKind::Add, element),
            Request::RemoveElement(element) => self.change(cx, ChangeKind::Remove, element),
            Request::Read => Reply::Elements(self.set.state().value().into_iter().cloned().collect()),
            other => Reply::not_served_by_set(&other),
        }
    }

    fn change(&mut self, cx: &mut Cx<'_>, kind: ChangeKind, element: Value) -> Reply {
        let changed = self.set.change(cx, |set, me| match kind {
            ChangeKind::Add => set.add(me, element),
            _ => Ok(set.remove(me, &element)),
        });
        match changed {
            Ok(delta) => Reply::Changed(change_of(kind, &delta)),
            Err(overflow) => Reply::error(ErrorKind::Abort, overflow.to_string()),
        }
    }
}

impl Node for OrSetNode {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = self.request(cx, request);
                cx.reply(from, reply);
            }
            Event::Peer { from, message } if !self.contexts => {
                self.set.step(cx, Event::Peer { from, message: without_removals(message) });
            }
            other => self.set.step(cx, other),
        }
        self.set.settle(cx);
    }
}

/// The message with its elements, and without what it says is gone.
fn without_removals(mut message: PeerMessage) -> PeerMessage {
    if let PeerMessage::GossipDelta { state: GossipState::OrSet(set), .. } = &mut message
        && let Ok(elements) = Causal::from_parts(set.store().clone(), set.store().dots())
    {
        **set = elements;
    }
    message
}
