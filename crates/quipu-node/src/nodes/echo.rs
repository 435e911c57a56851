//! `echo`: sends back what it is sent.

use crate::{Cx, Event, Node, Reply, Request};

/// Answers every echo request with its own payload, from local state, at once.
#[derive(Debug, Default)]
pub struct Echo;

impl Node for Echo {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        if let Event::Request { from, request } = event {
            let reply = match request {
                Request::Echo(payload) => Reply::Echo(payload),
                other => Reply::not_served(&other),
            };
            cx.reply(from, reply);
        }
    }
}
