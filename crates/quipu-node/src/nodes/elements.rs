//! A gossiped set of values together with the list that answers a read.

use std::convert::Infallible;
use std::sync::Arc;

use quipu_crdt::GSet;

use crate::gossip::{Gossip, GossipSettings};
use crate::{Cx, Event, Value};

/// What `g-set` and `broadcast` have in common: a set of values that grows here and at peers.
#[derive(Debug)]
pub(super) struct Elements {
    pub(super) gossip: Gossip<GSet<Value>>,
    /// The elements as a list, made at the first read after a change and shared by all reads until the next.
    list: Option<Arc<[Value]>>,
}

impl Elements {
    pub(super) fn new(settings: GossipSettings) -> Self {
        Self { gossip: Gossip::new(settings), list: None }
    }

    /// Adds one. It goes to the neighbours at the next `settle`.
    pub(super) fn insert(&mut self, element: Value) {
        let Ok(()) = self.gossip.update(|set| Ok::<_, Infallible>(set.insert(element)));
        self.list = None;
    }

    /// All there are, in order.
    pub(super) fn list(&mut self) -> Arc<[Value]> {
        Arc::clone(self.list.get_or_insert_with(|| self.gossip.state().iter().cloned().collect()))
    }

    /// Hands an event that no client sent to gossip.
    pub(super) fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => self.gossip.start(cx, &GSet::default()),
            Event::Peer { from, message } => {
                if self.gossip.peer(cx, &from, message).is_some() {
                    self.list = None;
                }
            }
            Event::Timer(timer) => self.gossip.timer(timer),
            Event::Request { .. } | Event::Answer { .. } | Event::Durable { .. } => {}
        }
    }
}
