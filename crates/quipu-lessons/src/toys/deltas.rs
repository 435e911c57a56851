//! A counter that tells its peers what it did, once: each add is a message, and each message an add.

use quipu_node::{Cx, Event, Node, PeerMessage, Reply, Request, Value};

/// Adds what it is told to add. A message lost is an add lost, a message twice is an add twice.
#[derive(Default)]
pub(crate) struct DeltasOnce(i128);

impl Node for DeltasOnce {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request: Request::Add(delta) } => {
                self.0 = self.0.saturating_add(delta.into());
                for peer in cx.peers().cloned().collect::<Vec<_>>() {
                    cx.send(&peer, PeerMessage::Custom { content: Value::from(delta) });
                }
                cx.reply(from, Reply::AddOk);
            }
            Event::Request { from, request: Request::Read } => cx.reply(from, Reply::Counter(self.0)),
            Event::Request { from, request } => cx.reply(from, Reply::not_served_by_counter(&request)),
            Event::Peer { message: PeerMessage::Custom { content }, .. } => {
                self.0 = self.0.saturating_add(content.as_int().unwrap_or(0));
            }
            _ => {}
        }
    }
}
