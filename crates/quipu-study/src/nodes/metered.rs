//! A node whose incoming messages are weighed.

use quipu_node::{Cx, Event, Node};

use crate::meter::Meter;

/// Runs a node and counts the bytes of what its peers send, in postcard, as they arrive.
pub(crate) struct Metered {
    node: Box<dyn Node>,
    meter: Meter,
}

impl Metered {
    pub(crate) fn new(node: Box<dyn Node>, meter: Meter) -> Self {
        Self { node, meter }
    }
}

impl Node for Metered {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        if let Event::Peer { message, .. } = &event
            && let Ok(bytes) = postcard::to_allocvec(message)
        {
            self.meter.count().bytes += bytes.len() as u64;
        }
        self.node.step(cx, event);
    }
}
