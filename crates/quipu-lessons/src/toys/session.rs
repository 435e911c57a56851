//! Two counters that let a client read its own writes at any node: one waits when reading, one when writing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quipu_node::{
    Cx, ErrorKind, Event, Node, NodeId, PeerMessage, Reply, ReplyTo, Request, Time, Timer, Value,
};

use super::counters::PerNode;
use super::{ROUND, Rule};

/// How long a client is kept waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// The type of the read that carries a token.
pub(crate) const READ_AFTER: &str = "read_after";

/// An add is answered with a token: what the node knew with it. A read that brings a token waits until this node knows as much.
#[derive(Default)]
pub(crate) struct Waiting {
    counts: PerNode,
    waiting: Vec<(ReplyTo, Value, Time)>,
}

impl Waiting {
    fn tell(&self, cx: &mut Cx<'_>) {
        let content = self.counts.tell();
        for peer in cx.peers().cloned().collect::<Vec<_>>() {
            cx.send(&peer, PeerMessage::Custom { content: content.clone() });
        }
    }

    fn request(&mut self, cx: &mut Cx<'_>, from: ReplyTo, request: Request) {
        match request {
            Request::Add(delta) => {
                self.counts.request(Request::Add(delta));
                let token = self.counts.tell();
                cx.reply(from, Reply::Custom { kind: "add_ok".into(), fields: token });
                self.tell(cx);
            }
            Request::Custom { kind, fields } if &*kind == READ_AFTER => {
                self.waiting.push((from, fields, cx.now() + PATIENCE));
                cx.set_timer(PATIENCE, Timer::Deadline(0));
            }
            other => {
                let reply = self.counts.request(other);
                cx.reply(from, reply);
            }
        }
    }

    /// Answers those whose writes are known here, and those whose time is over.
    fn serve(&mut self, cx: &mut Cx<'_>) {
        for (from, token, give_up) in std::mem::take(&mut self.waiting) {
            if self.counts.knows(&token) {
                let reply = self.counts.request(Request::Read);
                cx.reply(from, reply);
            } else if cx.now() >= give_up {
                let text = "your last write is not known here yet";
                cx.reply(from, Reply::error(ErrorKind::TemporarilyUnavailable, text));
            } else {
                self.waiting.push((from, token, give_up));
            }
        }
    }
}

impl Node for Waiting {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => {
                self.counts.start(cx.me().as_str());
                cx.set_timer(ROUND, Timer::Round(0));
            }
            Event::Timer(timer @ Timer::Round(_)) => {
                self.tell(cx);
                cx.set_timer(ROUND, timer);
            }
            Event::Request { from, request } => self.request(cx, from, request),
            Event::Peer { message: PeerMessage::Custom { content }, .. } => self.counts.hear(&content),
            _ => {}
        }
        self.serve(cx);
    }
}

/// An add is acknowledged once every node has it. A read is answered at once.
#[derive(Default)]
pub(crate) struct Sync {
    counts: PerNode,
    number: u64,
    /// By number of the add: its client, and who has not acknowledged it.
    open: BTreeMap<u64, (ReplyTo, BTreeSet<NodeId>)>,
}

impl Sync {
    fn tell(&self, cx: &mut Cx<'_>, number: u64) {
        let content = Value::map([("counts", self.counts.tell()), ("number", Value::from(number))]);
        for peer in cx.peers().cloned().collect::<Vec<_>>() {
            cx.send(&peer, PeerMessage::Custom { content: content.clone() });
        }
    }

    fn add(&mut self, cx: &mut Cx<'_>, from: ReplyTo, delta: i64) {
        self.counts.request(Request::Add(delta));
        self.number += 1;
        self.open.insert(self.number, (from, cx.peers().cloned().collect()));
        self.tell(cx, self.number);
        cx.set_timer(PATIENCE, Timer::Deadline(self.number));
    }

    fn heard(&mut self, cx: &mut Cx<'_>, from: &NodeId, content: &Value) {
        if let Some(counts) = content.get("counts") {
            self.counts.hear(counts);
            if let Some(number) = content.get("number").filter(|number| number.as_int() > Some(0)) {
                let content = Value::map([("has", number.clone())]);
                cx.send(from, PeerMessage::Custom { content });
            }
        }
        let number = content.get("has").and_then(Value::as_int).and_then(|number| u64::try_from(number).ok());
        if let Some(number) = number
            && let Some((_, missing)) = self.open.get_mut(&number)
        {
            missing.remove(from);
            if missing.is_empty()
                && let Some((client, _)) = self.open.remove(&number)
            {
                cx.reply(client, Reply::AddOk);
            }
        }
    }
}

impl Node for Sync {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => {
                self.counts.start(cx.me().as_str());
                cx.set_timer(ROUND, Timer::Round(0));
            }
            Event::Timer(timer @ Timer::Round(_)) => {
                self.tell(cx, 0);
                cx.set_timer(ROUND, timer);
            }
            Event::Timer(Timer::Deadline(number)) => {
                if let Some((client, _)) = self.open.remove(&number) {
                    cx.reply(client, Reply::error(ErrorKind::Timeout, "not every node has it yet"));
                }
            }
            Event::Request { from, request: Request::Add(delta) } => self.add(cx, from, delta),
            Event::Request { from, request } => {
                let reply = self.counts.request(request);
                cx.reply(from, reply);
            }
            Event::Peer { from, message: PeerMessage::Custom { content } } => self.heard(cx, &from, &content),
            _ => {}
        }
    }
}
