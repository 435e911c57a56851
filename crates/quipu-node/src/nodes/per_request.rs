//! A node made of one async function: each request is a talk of its own.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::node::{Cx, Event, Identity, Node, ReplyTo};
use crate::talk::{Line, Talks};
use crate::{Reply, Request, Time};

/// What a handler is told about its node and its request besides the request itself.
#[derive(Clone, Debug)]
pub struct Call {
    /// To ask services on, to pause, to look at the clock.
    pub line: Line,
    /// Who this node is.
    pub identity: Arc<Identity>,
    /// After this moment the answer would come too late.
    pub deadline: Time,
}

/// Runs `handler` once per request, all requests concurrently; what it returns is the reply.
///
/// The simplest way to write a stateless node over a key-value service; the handler keeps nothing between requests.
pub struct PerRequest<H> {
    handler: H,
    talks: Talks<(ReplyTo, Reply)>,
}

impl<H, F> PerRequest<H>
where
    H: Fn(Call, Request) -> F + Send,
    F: Future<Output = Reply> + Send + 'static,
{
    /// A node whose every request is answered by `handler`.
    pub const fn new(handler: H) -> Self {
        Self { handler, talks: Talks::new() }
    }
}

impl<H, F> Node for PerRequest<H>
where
    H: Fn(Call, Request) -> F + Send,
    F: Future<Output = Reply> + Send + 'static,
{
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        let ended = match event {
            Event::Request { from, request } => {
                let identity = Arc::new(cx.identity.clone());
                let handler = &self.handler;
                self.talks.start(cx, |line| {
                    let reply = handler(Call { line, identity, deadline: from.deadline }, request);
                    async move { (from, reply.await) }
                })
            }
            Event::Answer { question, result } => self.talks.answer(cx, question, result),
            Event::Timer(timer) => self.talks.timer(cx, timer),
            Event::Start { .. } | Event::Peer { .. } | Event::Durable { .. } => None,
        };
        if let Some((to, reply)) = ended {
            cx.reply(to, reply);
        }
    }
}

impl<H> fmt::Debug for PerRequest<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerRequest").field("talks", &self.talks).finish_non_exhaustive()
    }
}
