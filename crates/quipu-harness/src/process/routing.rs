//! What becomes of a message: from a line on a node's stdout over the network to whoever it is for.
//!
//! Bodies travel as text: a message between two nodes is never taken apart beyond its envelope.

use std::sync::Arc;

use quipu_maelstrom::{
    Body, LineError, ReplyShape, check_reply, decode_kv_request, encode_answer, parse_raw_line,
    write_raw_line,
};
use quipu_node::{Reply, Service, Time};
use quipu_sim::{Endpoint, Envelope, Intent, Passage, TraceEvent, TraceKind};

use super::label::label;
use super::mistakes::quoted;
use super::world::ProcessWorld;
use crate::mistake::MistakeKind;
use crate::world::Arrival;

impl ProcessWorld {
    /// Judges one line of a node's stdout, and sends it on its way.
    pub(super) fn take_line(&mut self, node: u16, life: usize, text: &str) {
        let state = &mut self.nodes[usize::from(node)].lives[life];
        state.lines += 1;
        if state.deaf {
            return;
        }
        state.deaf = self.config.like_maelstrom;
        let number = state.lines;
        let example = |problem: &str| {
            let shown = quoted(text);
            // An empty line has nothing to show beyond its being empty.
            let shown = if shown.is_empty() { shown } else { format!(": {shown}") };
            format!("line {number} of its stdout: {problem}{shown}")
        };
        if !text.trim_start().starts_with('{') {
            // What is wrong with it is found out only if it will be told: there may be millions of these.
            let problem = || parse_raw_line(text).err().map_or_else(String::new, |error| error.to_string());
            return self.mistakes.note(node, MistakeKind::Garbage, || example(&problem()));
        }
        match self.address(text) {
            Ok((from, to, body)) => {
                self.nodes[usize::from(node)].lives[life].deaf = false;
                let now = self.clock.now();
                self.send(now, from, to, body);
            }
            Err((kind, problem)) => self.mistakes.note(node, kind, || example(&problem)),
        }
    }

    /// From whom to whom a line goes, or why it goes nowhere.
    fn address(&self, line: &str) -> Result<(Endpoint, Endpoint, Arc<str>), (MistakeKind, String)> {
        let message = parse_raw_line(line).map_err(|error| {
            let kind = match error {
                LineError::Empty | LineError::NotJson { .. } | LineError::NotAnObject { .. } => {
                    MistakeKind::Garbage
                }
                LineError::Missing { .. } | LineError::ExtraKey { .. } | LineError::WrongType { .. } => {
                    MistakeKind::MalformedMessage
                }
            };
            (kind, error.to_string())
        })?;
        let from = self.find(&message.src).ok_or_else(|| {
            (MistakeKind::MalformedMessage, format!("its `src`, {}, is nobody", quoted(&message.src)))
        })?;
        match self.find(&message.dest) {
            Some(to) => Ok((from, to, message.body.into())),
            None => Err(self.nowhere(&message.dest, &message.body)),
        }
    }

    /// The node, service or client of that name, if it is on the network now.
    fn find(&self, name: &str) -> Option<Endpoint> {
        let endpoint = name.parse().ok()?;
        let is_here = match endpoint {
            Endpoint::Node(node) => node < self.config.node_count,
            Endpoint::Client(client) => self.clients.is_here(client),
            Endpoint::Service(_) => true,
        };
        is_here.then_some(endpoint)
    }

    /// What is wrong with writing to somebody who is not there.
    fn nowhere(&self, dest: &str, body: &str) -> (MistakeKind, String) {
        let in_reply_to = || in_reply_to(&serde_json::from_str(body).ok()?);
        let gone = match dest.parse() {
            Ok(Endpoint::Client(client)) => self.clients.gave_up_on(client, in_reply_to()),
            _ => None,
        };
        let Some(gone) = gone else {
            return (MistakeKind::UnknownDestination, format!("there is nobody called {}", quoted(dest)));
        };
        let open = &gone.open;
        let late = self.clock.now().since(open.asked).as_secs_f64();
        let waited = gone.closed.since(open.asked).as_secs_f64();
        let problem = format!(
            "answers {open} of {dest} {late:.3} s after it was asked; the client had given up after {waited:.3} s"
        );
        (MistakeKind::LateReply, problem)
    }

    pub(super) fn send(&mut self, now: Time, from: Endpoint, to: Endpoint, body: Arc<str>) {
        let copy = self.config.trace.then(|| Arc::clone(&body));
        let id = self.network.send(now, from, to, body);
        if let Some(body) = copy {
            self.trace.push(TraceEvent {
                at: now,
                id,
                from,
                to,
                kind: TraceKind::Sent,
                label: label(from, to, &body),
            });
        }
    }

    pub(super) fn take_passage(&mut self, now: Time, passage: Passage<Arc<str>>) {
        match passage {
            Passage::Delivered(envelope) => {
                let kind = if envelope.copy { TraceKind::Duplicated } else { TraceKind::Received };
                self.passed(now, &envelope, kind);
                match envelope.to {
                    Endpoint::Node(node) => self.hand_to_node(node, &envelope),
                    Endpoint::Service(service) => self.hand_to_service(now, service, &envelope),
                    Endpoint::Client(client) => self.hand_to_client(now, client, &envelope),
                }
            }
            Passage::Lost { envelope, cause } => self.passed(now, &envelope, TraceKind::Lost(cause)),
        }
    }

    fn hand_to_node(&self, node: u16, envelope: &Envelope<Arc<str>>) {
        if let Some(process) = self.nodes.get(usize::from(node)).and_then(|place| place.process.as_ref()) {
            let mut line = Vec::with_capacity(envelope.payload.len() + 64);
            let (from, to) = (envelope.from.to_string(), envelope.to.to_string());
            write_raw_line(&mut line, envelope.id, &from, &to, &envelope.payload);
            process.write(line);
        }
    }

    fn hand_to_service(&mut self, now: Time, service: Service, envelope: &Envelope<Arc<str>>) {
        let Ok(body) = serde_json::from_str::<Body>(&envelope.payload) else { return };
        let served = decode_kv_request(service, &body)
            .map(|request| self.services.handle(service, envelope.from, &request, Intent::Unknown));
        let Some(served) = served else {
            if let Endpoint::Node(node) = envelope.from {
                let example =
                    || format!("{service} does not know, and never answers: {}", quoted(&envelope.payload));
                self.mistakes.note(node, MistakeKind::UnknownServiceRequest, example);
            }
            return;
        };
        let from = Endpoint::Service(service);
        if let Some(observation) = served.observation {
            let label = observation.to_string();
            let (at, id, to) = (now, envelope.id, envelope.from);
            self.trace.push(TraceEvent { at, id, from, to, kind: TraceKind::Observed(observation), label });
        }
        if let Some(answer) = served.answer {
            let in_reply_to = body.get("msg_id").cloned().unwrap_or_default();
            self.send(now, from, envelope.from, text(&encode_answer(&answer, &in_reply_to)));
        }
    }

    fn hand_to_client(&mut self, now: Time, client: u32, envelope: &Envelope<Arc<str>>) {
        let Ok(body) = serde_json::from_str::<Body>(&envelope.payload) else { return };
        // A reply to something else, or a second one, is not looked at, as in Maelstrom.
        let Some(open) = self.clients.take(client, in_reply_to(&body)) else { return };
        let reply = check_reply(open.shape, &body);
        if open.shape == ReplyShape::Init {
            self.clients.close(client, now);
            self.initialising.remove(&open.node);
            if !matches!(reply, Ok(Reply::Custom { .. })) {
                let example = || format!("answered init with {}", quoted(&envelope.payload));
                self.mistakes.note(open.node, MistakeKind::NoInitOk, example);
            }
            return;
        }
        if let Err(malformed) = &reply {
            let example =
                || format!("the answer to {open} of {}: {}", envelope.to, quoted(&malformed.to_string()));
            self.mistakes.note(open.node, MistakeKind::MalformedReply, example);
        }
        let reply = reply.map_err(|malformed| malformed.to_string());
        self.arrivals.push_back(Arrival { client, node: open.node, msg_id: open.msg_id, reply });
    }

    fn passed(&mut self, at: Time, envelope: &Envelope<Arc<str>>, kind: TraceKind) {
        if self.config.trace {
            let &Envelope { id, from, to, .. } = envelope;
            self.trace.push(TraceEvent { at, id, from, to, kind, label: label(from, to, &envelope.payload) });
        }
    }
}

fn in_reply_to(body: &Body) -> Option<i64> {
    body.get("in_reply_to")?.as_i64()
}

/// A body as it travels.
pub(super) fn text(body: &Body) -> Arc<str> {
    serde_json::to_string(body).expect("keys are text and memory takes every write").into()
}
