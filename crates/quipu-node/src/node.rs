//! The contract of a node: what goes in, what comes out, and what may be relied on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::kv::{Answer, KvError, KvRequest, Service};
use crate::message::{PeerMessage, Reply, Request};
use crate::rng::Rng;
use crate::time::Time;

/// A node is a state machine: an event in, ordered effects out.
///
/// # What the world promises
/// - [`Event::Start`] comes first and once. A crash drops the node; the restarted one is a new value that gets
///   a `Start` of its own, with what was durable and a new [`Cx::boot`] number.
/// - One event at a time. `step` runs to its end; nothing happens in between.
/// - [`Cx::now`] never goes back.
/// - Every [`Cx::ask`] is answered exactly once, by [`Event::Answer`]: with what the service said, or with
///   [`KvError::Unknown`] once its time is over. An answer that comes later still is dropped by the world.
/// - Messages to peers and services, and their answers, may be lost, duplicated, delayed and reordered.
/// - A timer fires once, not before its time, and carries what it was set for.
///
/// # What the node promises
/// - It neither reads a clock nor draws ambient randomness, waits, blocks, or does any I/O: it changes itself
///   and pushes effects.
/// - **The order of effects is meaning**: what follows a [`Cx::persist`] is done only once it is durable, so
///   "persist, then acknowledge" is two lines in that order.
/// - It answers each request at most once, before the request's [`ReplyTo::deadline`], and it does not panic,
///   whatever arrives.
/// - A timer is never cancelled; one that has gone stale is recognised by what it carries, and ignored.
pub trait Node: Send {
    /// Takes one event, and pushes what shall happen because of it to `cx`.
    fn step(&mut self, cx: &mut Cx<'_>, event: Event);
}

/// Something that happened to a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The node begins, or begins again after a crash.
    Start {
        /// Every record that was durable, in the order persisted. Empty at the very first start.
        recovered: Vec<Record>,
    },
    /// A client asks. Answer with [`Cx::reply`] before `from.deadline`.
    Request {
        /// Whom to answer.
        from: ReplyTo,
        /// What it asks.
        request: Request,
    },
    /// A peer says something.
    Peer {
        /// Who.
        from: NodeId,
        /// What.
        message: PeerMessage,
    },
    /// The outcome of an earlier [`Cx::ask`]; exactly one for each.
    Answer {
        /// Which question it answers.
        question: QuestionId,
        /// What the service said, or why nothing is known.
        result: Result<Answer, KvError>,
    },
    /// A timer has fired.
    Timer(Timer),
    /// All records persisted so far, up to and including this one (counted from 1 since the start), are durable.
    /// Nodes that only order effects behind a persist need not look at it.
    Durable {
        /// How many records of this start are durable.
        records: u64,
    },
}

/// Something a node wants done. The world carries effects out in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make a record durable before doing anything that follows.
    Persist(Record),
    /// Say something to a peer. May get lost.
    Send {
        /// To whom.
        to: NodeId,
        /// What.
        message: PeerMessage,
    },
    /// Answer a client.
    Reply {
        /// Whom.
        to: ReplyTo,
        /// With what.
        reply: Reply,
    },
    /// Ask a service.
    Ask {
        /// The number under which the answer comes back.
        question: QuestionId,
        /// Which service.
        service: Service,
        /// What is asked.
        request: KvRequest,
        /// After this span without an answer, the answer is [`KvError::Unknown`].
        timeout: Duration,
    },
    /// Wake the node with [`Event::Timer`] after a span.
    SetTimer {
        /// How long from now.
        after: Duration,
        /// What for.
        timer: Timer,
    },
}

/// What a timer was set for. A stale one is recognised by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A talk's own pause is over; hand it to [`crate::Talks::timer`].
    Talk(QuestionId),
    /// A round of anti-entropy is due.
    Round(u64),
    /// What was collected for one message is to be sent now.
    Flush(u64),
    /// The n-th retry of something is due.
    Retry(u64),
    /// The time for something is over.
    Deadline(u64),
}

/// A node's name on the network. Clones share.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(Arc<str>);

impl NodeId {
    /// The node called `name`.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, shared.
    pub fn to_text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom to answer, which of its requests, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    /// The client's name on the network.
    pub client: Arc<str>,
    /// The number the client gave its request.
    pub msg_id: i64,
    /// After this moment the client has gone and no answer may be sent: under Maelstrom a reply that comes
    /// later than 5 s silences the whole node. The world drops replies that are too late.
    pub deadline: Time,
}

/// How long after a request's arrival it may still be answered; Maelstrom's clients wait 5 s.
pub const REPLY_WITHIN: Duration = Duration::from_millis(4500);

/// Numbers a node's questions since its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub u64);

/// Bytes that survive a crash once durable. Their meaning is the node's affair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record(pub Vec<u8>);

/// Who a node is: fixed from start to crash.
#[derive(Clone, Debug)]
pub struct Identity {
    /// This node.
    pub me: NodeId,
    /// All nodes, this one among them, in the same order everywhere.
    pub nodes: Arc<[NodeId]>,
    /// A number that no other start of any node has had: random, 63 bits. Tags, incarnations and identifiers
    /// made of it stay unique across restarts.
    pub boot: u64,
}

/// What a node sees of its world during one step, and where it puts its effects.
#[derive(Debug)]
pub struct Cx<'a> {
    pub(crate) now: Time,
    pub(crate) identity: &'a Identity,
    pub(crate) rng: &'a mut Rng,
    pub(crate) questions: &'a mut u64,
    pub(crate) effects: &'a mut Vec<Effect>,
}

impl Cx<'_> {
    /// Makes a record durable before anything pushed later is done.
    pub fn persist(&mut self, record: Record) {
        self.effects.push(Effect::Persist(record));
    }

    /// Says something to a peer.
    pub fn send(&mut self, to: &NodeId, message: PeerMessage) {
        self.effects.push(Effect::Send { to: to.clone(), message });
    }

    /// Answers a client.
    pub fn reply(&mut self, to: ReplyTo, reply: Reply) {
        self.effects.push(Effect::Reply { to, reply });
    }

    /// Asks a service; the answer comes as [`Event::Answer`] with the number returned here.
    pub fn ask(&mut self, service: Service, request: KvRequest, timeout: Duration) -> QuestionId {
        let question = self.next_question();
        self.effects.push(Effect::Ask { question, service, request, timeout });
        question
    }

    /// Sets a timer.
    pub fn set_timer(&mut self, after: Duration, timer: Timer) {
        self.effects.push(Effect::SetTimer { after, timer });
    }

    /// This node's randomness. It is nobody else's: a draw more here changes nothing elsewhere.
    pub fn rng(&mut self) -> &mut Rng {
        self.rng
    }

    /// The present moment.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// This node.
    pub const fn me(&self) -> &NodeId {
        &self.identity.me
    }

    /// All nodes, this one among them, in the same order everywhere.
    pub fn nodes(&self) -> &Arc<[NodeId]> {
        &self.identity.nodes
    }

    /// All nodes but this one.
    pub fn peers(&self) -> impl Iterator<Item = &NodeId> {
        self.identity.nodes.iter().filter(|node| **node != self.identity.me)
    }

    /// A number that no other start of any node has had.
    pub const fn boot(&self) -> u64 {
        self.identity.boot
    }

    pub(crate) fn next_question(&mut self) -> QuestionId {
        *self.questions += 1;
        QuestionId(*self.questions)
    }
}
