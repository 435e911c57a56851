//! One node's life between `init` and the end of its input, without clock, threads or streams.
//!
//! A session is told lines and the time, and collects what is to be written. It keeps the world's side of the contract
//! (see [`Node`]): `init` is answered here and the node made of it; [`Event::Start`] is held until the first message
//! after `init` that makes sense and is no second `init`, because only that proves that all other nodes have been set
//! up (under Maelstrom, writing to one that has not been is an unknown destination, after which a node is no longer
//! heard); questions end in time; late replies are dropped; nothing is written to anybody whom the session has not been
//! told about.
//!
//! What persists is durable at once: a node under Maelstrom has no disk, and loses everything when it is killed.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::{Display, Write as _};
use std::sync::Arc;

use quipu_node::{
    Effect, Event, Identity, KvError, Node, NodeId, OpenQuestions, QuestionId, REPLY_WITHIN, Reply, ReplyTo,
    Rng, Seat, Service, Time, Timer,
};

use crate::body::{Frame, is_json};
use crate::reply::encode_reply;
use crate::request::{Init, decode_init, decode_request};
use crate::service::{decode_answer, encode_kv_request};

/// A node, or what will become one once `init` has come.
pub struct Session<M> {
    make: Option<M>,
    seed: u64,
    mix_name: bool,
    running: Option<Running>,
    lines: u64,
    output: Vec<u8>,
    log: String,
}

impl<M: FnOnce(&Identity) -> Box<dyn Node>> Session<M> {
    /// A session that makes its node with `make`. All the node's randomness, its boot number included, comes from
    /// `seed`; with `mix_name` also from its name.
    pub fn new(make: M, seed: u64, mix_name: bool) -> Self {
        Self {
            make: Some(make),
            seed,
            mix_name,
            running: None,
            lines: 0,
            output: Vec::new(),
            log: String::new(),
        }
    }

    /// Takes one line of input, which arrived at `arrived` and is looked at `now`. First does what is due by then.
    pub fn line(&mut self, arrived: Time, now: Time, line: &[u8]) {
        self.advance(now);
        self.lines += 1;
        if let Err(why) = self.take_line(arrived, now, line) {
            // Writing to a string cannot fail.
            let _ = writeln!(self.log, "input line {}: {why}", self.lines);
        }
    }

    /// Fires the timers and ends the questions that are due.
    pub fn advance(&mut self, now: Time) {
        if let Some(running) = &mut self.running {
            running.advance(now, &mut self.output, &mut self.log);
        }
    }

    /// When [`Session::advance`] is to be called next, if no line comes before.
    pub fn next_due(&self) -> Option<Time> {
        self.running.as_ref().and_then(Running::next_due)
    }

    /// What is to be written: whole lines. Whoever writes them clears it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// True if something is to be written, or logged.
    pub fn has_output(&self) -> bool {
        !self.output.is_empty() || !self.log.is_empty()
    }

    /// What is to be logged: whole lines. Whoever logs them clears it.
    pub fn log(&mut self) -> &mut String {
        &mut self.log
    }

    fn take_line(&mut self, arrived: Time, now: Time, line: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(line).map_err(|error| format!("not UTF-8: {error}"))?;
        let frame = serde_json::from_str::<Frame<'_>>(text).map_err(|error| {
            let what = if is_json(text) { "not a message" } else { "not JSON" };
            format!("{what}: {error}")
        })?;
        match &mut self.running {
            Some(running) => running.take(arrived, now, &frame, &mut self.output, &mut self.log),
            None => self.init(&frame),
        }
    }

    fn init(&mut self, frame: &Frame<'_>) -> Result<(), String> {
        let body = frame.body.get();
        let incoming = decode_request(body);
        if !matches!(&incoming.request, Ok(request) if request.kind() == "init") {
            return Err("came before `init`: ignored".into());
        }
        match decode_init(body) {
            Ok((msg_id, init)) => {
                let make = self.make.take().ok_or("a second `init`")?;
                let running = Running::new(make, init, self.seed, self.mix_name);
                let ok = Reply::Custom { kind: "init_ok".into(), fields: quipu_node::Value::Null };
                running.write_reply(&frame.src.0, msg_id, &ok, &mut self.output)?;
                self.running = Some(running);
                Ok(())
            }
            Err(malformed) => {
                if let Some(msg_id) = incoming.msg_id {
                    let prefix = source(&frame.dest.0);
                    write_line(&mut self.output, &prefix, &frame.src.0, |out| {
                        encode_reply(&malformed.to_reply(), msg_id, out)
                    })?;
                }
                Err(malformed.to_string())
            }
        }
    }
}

impl<M> std::fmt::Debug for Session<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("lines", &self.lines).finish_non_exhaustive()
    }
}

/// A node that has been told who it is.
struct Running {
    seat: Seat,
    started: bool,
    /// The beginning of every line: `{"src":"n1","dest":`.
    prefix: Vec<u8>,
    peers: BTreeMap<Arc<str>, NodeId>,
    questions: OpenQuestions,
    /// The message number of question 0. It differs from start to start, so that an answer to a question of a process
    /// that was killed is not taken for an answer to one of this process.
    question_base: i64,
    timers: BTreeMap<(Time, u64), Timer>,
    timers_set: u64,
    persisted: u64,
    events: VecDeque<Event>,
    effects: Vec<Effect>,
}

impl Running {
    fn new(make: impl FnOnce(&Identity) -> Box<dyn Node>, init: Init, seed: u64, mix_name: bool) -> Self {
        let mut rng = Rng::new(if mix_name { mix(seed, init.node.as_str()) } else { seed });
        let boot = rng.next_u64() >> 1;
        // Below 2^52: every JSON library keeps such numbers exact.
        let question_base = rng.below(1 << 32).cast_signed() << 20;
        let peers = init.nodes.iter().map(|node| (node.to_text(), node.clone())).collect();
        let identity = Identity { me: init.node, nodes: init.nodes, boot };
        let prefix = source(identity.me.as_str());
        let node = make(&identity);
        Self {
            seat: Seat::new(node, identity, rng),
            started: false,
            prefix,
            peers,
            questions: OpenQuestions::default(),
            question_base,
            timers: BTreeMap::new(),
            timers_set: 0,
            persisted: 0,
            events: VecDeque::new(),
            effects: Vec::new(),
        }
    }

    fn take(
        &mut self,
        arrived: Time,
        now: Time,
        frame: &Frame<'_>,
        out: &mut Vec<u8>,
        log: &mut String,
    ) -> Result<(), String> {
        let event = self.event_of(arrived, now, frame, out)?;
        if !self.started {
            self.started = true;
            self.events.push_back(Event::Start { recovered: Vec::new() });
        }
        self.events.extend(event);
        self.settle(now, out, log);
        Ok(())
    }

    /// What a message means to the node; none if there is nothing to tell it.
    fn event_of(
        &mut self,
        arrived: Time,
        now: Time,
        frame: &Frame<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Event>, String> {
        let (src, body) = (&*frame.src.0, frame.body.get());
        if let Some(from) = self.peers.get(src) {
            let message = serde_json::from_str(body);
            let message = message.map_err(|error| format!("from {src}: {error}"))?;
            return Ok(Some(Event::Peer { from: from.clone(), message }));
        }
        if Service::from_name(src).is_some() {
            let (msg_id, result) =
                decode_answer(body).ok_or_else(|| format!("from {src}: not an answer to anything"))?;
            let question = QuestionId(msg_id.wrapping_sub(self.question_base).cast_unsigned());
            // One that is not open was answered before, has ended, or is of a process before this one.
            return Ok(self.questions.remove(question).then_some(Event::Answer { question, result }));
        }
        let incoming = decode_request(body);
        let msg_id = incoming.msg_id.ok_or_else(|| format!("from {src}: a request without `msg_id`"))?;
        let deadline = arrived + REPLY_WITHIN;
        if deadline < now {
            return Err(format!("from {src}: request {msg_id} waited too long, not carried out"));
        }
        match incoming.request {
            Ok(request) if request.kind() == "init" => {
                self.write_reply(src, msg_id, &Reply::not_served(&request), out)?;
                Err(format!("from {src}: a second `init`"))
            }
            Ok(request) => {
                let from = ReplyTo { client: src.into(), msg_id, deadline };
                Ok(Some(Event::Request { from, request }))
            }
            Err(malformed) => {
                self.write_reply(src, msg_id, &malformed.to_reply(), out)?;
                Err(format!("from {src}: {malformed}"))
            }
        }
    }

    fn advance(&mut self, now: Time, out: &mut Vec<u8>, log: &mut String) {
        loop {
            let timer = self.timers.first_key_value().map(|(&(at, _), _)| at);
            let question = self.questions.next_deadline();
            let event = match (timer, question) {
                (Some(at), other) if at <= now && other.is_none_or(|other| at <= other) => {
                    self.timers.pop_first().map(|(_, timer)| Event::Timer(timer))
                }
                _ => self.questions.pop_expired(now).map(|question| Event::Answer {
                    question,
                    result: Err(KvError::Unknown("no answer in time".into())),
                }),
            };
            let Some(event) = event else { return };
            self.events.push_back(event);
            self.settle(now, out, log);
        }
    }

    fn next_due(&self) -> Option<Time> {
        let timer = self.timers.first_key_value().map(|(&(at, _), _)| at);
        timer.into_iter().chain(self.questions.next_deadline()).min()
    }

    /// Hands the waiting events to the node and carries out what it wants, until nothing is left.
    fn settle(&mut self, now: Time, out: &mut Vec<u8>, log: &mut String) {
        while let Some(event) = self.events.pop_front() {
            let mut effects = std::mem::take(&mut self.effects);
            self.seat.step(now, event, &mut effects);
            let persisted = self.persisted;
            for effect in effects.drain(..) {
                if let Err(why) = self.carry_out(now, effect, out) {
                    let _ = writeln!(log, "not written: {why}");
                }
            }
            self.effects = effects;
            if self.persisted > persisted {
                self.events.push_back(Event::Durable { records: self.persisted });
            }
        }
    }

    fn carry_out(&mut self, now: Time, effect: Effect, out: &mut Vec<u8>) -> Result<(), String> {
        match effect {
            Effect::Persist(_) => self.persisted += 1,
            Effect::Send { to, message } => {
                if !self.peers.contains_key(to.as_str()) {
                    return Err(format!("message to {to}, which is no node of this cluster"));
                }
                write_line(out, &self.prefix, to.as_str(), |out| serde_json::to_writer(out, &message))?;
            }
            Effect::Reply { to, reply } => {
                if to.deadline < now {
                    return Err(format!("reply to request {} of {}: too late", to.msg_id, to.client));
                }
                self.write_reply(&to.client, to.msg_id, &reply, out)?;
            }
            Effect::Ask { question, service, request, timeout } => {
                self.questions.insert(question, now + timeout);
                let msg_id = self.question_base.wrapping_add(question.0.cast_signed());
                write_line(out, &self.prefix, service.name(), |out| {
                    encode_kv_request(&request, msg_id, out)
                })?;
            }
            Effect::SetTimer { after, timer } => {
                self.timers_set += 1;
                self.timers.insert((now + after, self.timers_set), timer);
            }
        }
        Ok(())
    }

    fn write_reply(&self, client: &str, msg_id: i64, reply: &Reply, out: &mut Vec<u8>) -> Result<(), String> {
        write_line(out, &self.prefix, client, |out| encode_reply(reply, msg_id, out))
    }
}

/// The beginning of every line from `name`.
fn source(name: &str) -> Vec<u8> {
    format!("{{\"src\":{},\"dest\":", serde_json::Value::from(name)).into_bytes()
}

/// Appends one message, or nothing at all if its body cannot be written.
fn write_line<E: Display>(
    out: &mut Vec<u8>,
    prefix: &[u8],
    dest: &str,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), String> {
    let before = out.len();
    out.extend_from_slice(prefix);
    let written = serde_json::to_writer(&mut *out, dest).map_err(|error| error.to_string()).and_then(|()| {
        out.extend_from_slice(b",\"body\":");
        body(out).map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => out.extend_from_slice(b"}\n"),
        Err(_) => out.truncate(before),
    }
    written.map_err(|error| format!("message to {dest}: {error}"))
}

/// A seed of its own for each name (FNV-1a).
fn mix(seed: u64, name: &str) -> u64 {
    name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
