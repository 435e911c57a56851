//! `g-set`: a set that grows, gossiped.

use super::elements::Elements;
use crate::gossip::GossipSettings;
use crate::{Cx, Event, Node, Reply, Request};

/// A grow-only set of any values, answered from local state and spread by [`crate::Gossip`].
///
/// An add is acknowledged once it is in the local set; it reaches all nodes as soon as links allow. A node that crashes
/// may lose what it had not yet pushed: a set that must survive that needs a disk, and this node uses none.
#[derive(Debug)]
pub struct GSetNode {
    elements: Elements,
}

impl GSetNode {
    /// The empty set.
    pub fn new(settings: GossipSettings) -> Self {
        Self { elements: Elements::new(settings) }
    }
}

impl Node for GSetNode {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = match request {
                    Request::AddElement(element) => {
                        self.elements.insert(element);
                        Reply::AddOk
                    }
                    Request::Read => Reply::Elements(self.elements.list()),
                    other => Reply::not_served_by_set(&other),
                };
                cx.reply(from, reply);
            }
            other => self.elements.step(cx, other),
        }
        self.elements.gossip.settle(cx);
    }
}
