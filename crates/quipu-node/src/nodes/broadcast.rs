//! `broadcast`: brings every message to every node.

use super::elements::Elements;
use crate::gossip::GossipSettings;
use crate::{Cx, Event, Node, Reply, Request};

/// Broadcast as a gossiped set of messages; sent again until acknowledged, see [`crate::Gossip`].
///
/// # Whose topology
/// By default the topology that clients give is noted and **not** followed: every node can reach every other, and a star
/// does the same work better. The usual grid of 25 nodes needs up to 8 hops, so that with links of 100 ms some message
/// takes 800 ms however it is sent; a star needs 2 hops, and its hub can put all that comes in within a flush span
/// into one message for each node. With [`crate::Overlay::Given`] the topology is followed to the letter: pushes go to
/// the given neighbours only (rounds of anti-entropy still reach everybody).
///
/// # Latency and messages
/// With constant latency L and flush span F, a message is everywhere at most 2 L + 2 F after its acknowledgement, and
/// usually after 2 L + F / 2. At n nodes, the hub sends at most n - 1 messages per F, whatever the load; receipts take
/// about as many again at a long F, and much less at a short one, because one receipt covers a quarter second.
#[derive(Debug)]
pub struct Broadcast {
    messages: Elements,
}

impl Broadcast {
    /// A node that knows no messages.
    pub fn new(settings: GossipSettings) -> Self {
        Self { messages: Elements::new(settings) }
    }
}

impl Node for Broadcast {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = match request {
                    Request::Topology(topology) => {
                        self.messages.gossip.topology(cx, &topology);
                        Reply::TopologyOk
                    }
                    Request::Broadcast(message) => {
                        self.messages.insert(message);
                        Reply::BroadcastOk
                    }
                    Request::Read => Reply::Messages(self.messages.list()),
                    other => Reply::not_served(&other),
                };
                cx.reply(from, reply);
            }
            other => self.messages.step(cx, other),
        }
        self.messages.gossip.settle(cx);
    }
}
