//! What clients ask of a node, what it answers, and what nodes say to one another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::gossip::{GossipState, Receipt};
use crate::node::NodeId;
use crate::value::Value;

/// A client's request, decoded by the world: the node never sees the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Send the same payload back. Answer: [`Reply::Echo`].
    Echo(Value),
    /// Make an identifier that nobody else makes. Answer: [`Reply::Id`].
    Generate,
    /// The neighbours each node should talk to, sent once before the first broadcast. Answer: [`Reply::TopologyOk`].
    Topology(BTreeMap<NodeId, Vec<NodeId>>),
    /// Bring a message to every node. Answer: [`Reply::BroadcastOk`].
    Broadcast(Value),
    /// Add to the counter; a delta of 0 is an add like any other. Answer: [`Reply::AddOk`].
    Add(i64),
    /// Add an element to the set. Answer: [`Reply::AddOk`].
    AddElement(Value),
    /// Read all there is. Answer: [`Reply::Counter`], [`Reply::Messages`] or [`Reply::Elements`], by the node's kind.
    Read,
    /// A request of a workload that this crate does not know: its type, and its body without the reserved keys.
    /// Nodes of one's own may serve it and answer with [`Reply::Custom`].
    Custom {
        /// The message's type.
        kind: Arc<str>,
        /// The other fields of the body.
        fields: Value,
    },
}

/// A node's answer to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The payload of [`Request::Echo`], unchanged.
    Echo(Value),
    /// The answer to [`Request::Generate`].
    Id(Value),
    /// The topology was taken note of.
    TopologyOk,
    /// The message will reach every node.
    BroadcastOk,
    /// The delta or the element was added.
    AddOk,
    /// The counter's value.
    Counter(i128),
    /// All messages known here.
    Messages(Arc<[Value]>),
    /// All elements known here.
    Elements(Arc<[Value]>),
    /// An answer of a workload that this crate does not know: its type, and its body without the reserved keys.
    Custom {
        /// The message's type.
        kind: Arc<str>,
        /// The other fields of the body.
        fields: Value,
    },
    /// The request was not carried out, or perhaps it was: [`ErrorKind::is_definite`] tells.
    Error {
        /// What went wrong, by what the client may do about it.
        kind: ErrorKind,
        /// What went wrong, for people.
        text: Arc<str>,
    },
}

impl Reply {
    /// An error with a text for people.
    pub fn error(kind: ErrorKind, text: impl Into<Arc<str>>) -> Self {
        Self::Error { kind, text: text.into() }
    }

    /// The answer of a node to a request of a type that it does not serve: [`ErrorKind::NotSupported`].
    pub fn not_served(request: &Request) -> Self {
        Self::error(ErrorKind::NotSupported, format!("this node does not serve `{}`", request.kind()))
    }

    /// The same for a counter, at which adding an element is the right type with a body of the wrong form:
    /// [`ErrorKind::Malformed`].
    pub fn not_served_by_counter(request: &Request) -> Self {
        match request {
            Request::AddElement(_) => {
                Self::error(ErrorKind::Malformed, "`add` needs an integer `delta` here")
            }
            other => Self::not_served(other),
        }
    }

    /// The same for a set, at which adding a number is the right type with a body of the wrong form.
    pub fn not_served_by_set(request: &Request) -> Self {
        match request {
            Request::Add(_) => Self::error(ErrorKind::Malformed, "`add` needs an `element` here"),
            other => Self::not_served(other),
        }
    }
}

impl Request {
    /// The message's type as it stands on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::Echo(_) => "echo",
            Self::Generate => "generate",
            Self::Topology(_) => "topology",
            Self::Broadcast(_) => "broadcast",
            Self::Add(_) | Self::AddElement(_) => "add",
            Self::Read => "read",
            Self::Custom { kind, .. } => kind,
        }
    }
}

/// What can go wrong with a request, sorted by what the caller may do: the closed table of Maelstrom's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// No answer in time: it may have happened.
    Timeout,
    /// There is no such node.
    NodeNotFound,
    /// The node does not serve this type of request.
    NotSupported,
    /// Not now; nothing happened.
    TemporarilyUnavailable,
    /// The request's body is not of the form it should have.
    Malformed,
    /// An outcome that the node itself does not know: it may have happened.
    Crash,
    /// Given up; nothing happened.
    Abort,
    /// The key does not exist.
    KeyDoesNotExist,
    /// The key exists already.
    KeyAlreadyExists,
    /// The value was not the expected one.
    PreconditionFailed,
    /// Another transaction came in between.
    TransactionConflict,
}

impl ErrorKind {
    /// True if the request definitely did not happen and never will; false if it may have.
    pub const fn is_definite(self) -> bool {
        !matches!(self, Self::Timeout | Self::Crash)
    }
}

/// What nodes say to one another. Serialised as a map with a `type`, so that a world can put it on any wire.
///
/// Every message may be lost, duplicated, delayed and reordered; each variant says what that does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PeerMessage {
    /// Gossip: a delta, or the whole state, for the receiver to join.
    ///
    /// *Who, when:* a node to a neighbour at the end of a flush span in which it learnt something new, and again while no
    /// receipt comes; any node in answer to a digest that differs (`pull`), and in answer to that. *Must hold:* whoever
    /// had all of the sender's log up to `base`, and sent what is left out here himself, has all up to `upto` once he has
    /// joined `state`; with `base` 0 that holds for everybody. *Lost:* is sent again. *Twice, late, out of order:* the
    /// join changes nothing the second time; the receipt is given again. *Answer:* a receipt, within a quarter second,
    /// by itself or in a delta going the other way.
    GossipDelta {
        /// The sender's boot number: the life that the positions belong to.
        boot: u64,
        /// The position in the sender's log before the first delta in `state`.
        base: u64,
        /// The position of the last one.
        upto: u64,
        /// The join of the deltas.
        state: GossipState,
        /// True in the answer to a digest: the receiver shall send back what `state` lacks.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pull: bool,
        /// A receipt for what came from the receiver before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Receipt>,
    },
    /// Gossip: a receipt for deltas that found no delta to ride on, or for a digest that was equal.
    ///
    /// *Must hold:* the sender, in the life `boot`, has what `receipt` says. *Lost:* the deltas are sent again and a new
    /// receipt given. *Twice, late:* says what is known; it is counted for no other life than `boot`.
    GossipReceipt {
        /// The boot number of the one who has received.
        boot: u64,
        /// What it has received.
        receipt: Receipt,
    },
    /// Gossip: the question "do you have what I have?".
    ///
    /// *Who, when:* any node to a random peer in a round of anti-entropy; a starting node to a neighbour. *Answer:* a
    /// receipt if the receiver's state has the same fingerprint, else a delta with `pull`. *Lost:* the next round asks
    /// someone again. *Twice, late:* costs an answer more.
    GossipDigest {
        /// The sender's boot number.
        boot: u64,
        /// The newest position in its log.
        upto: u64,
        /// 63 bits that are the same for the same state.
        fingerprint: u64,
    },
    /// A message of a node of one's own.
    Custom {
        /// Whatever the node wants to say.
        content: Value,
    },
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo(value) => write!(f, "echo {value}"),
            Self::Topology(_) | Self::Generate | Self::Read => f.write_str(self.kind()),
            Self::Broadcast(value) => write!(f, "broadcast {value}"),
            Self::Add(delta) => write!(f, "add {delta}"),
            Self::AddElement(element) => write!(f, "add {element}"),
            Self::Custom { kind, fields } => write!(f, "{kind} {fields}"),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo(value) => write!(f, "echo_ok {value}"),
            Self::Id(value) => write!(f, "generate_ok {value}"),
            Self::TopologyOk => f.write_str("topology_ok"),
            Self::BroadcastOk => f.write_str("broadcast_ok"),
            Self::AddOk => f.write_str("add_ok"),
            Self::Counter(value) => write!(f, "read_ok {value}"),
            Self::Messages(items) | Self::Elements(items) => write!(f, "read_ok ({} elements)", items.len()),
            Self::Custom { kind, fields } => write!(f, "{kind} {fields}"),
            Self::Error { kind, text } => write!(f, "error {kind:?}: {text}"),
        }
    }
}

impl fmt::Display for PeerMessage {
    /// One short line for traces and diagrams.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GossipDelta { state, pull, receipt, .. } => {
                let (pull, receipt) =
                    (if *pull { " pull" } else { "" }, if receipt.is_some() { " +ok" } else { "" });
                write!(f, "delta {state}{pull}{receipt}")
            }
            Self::GossipReceipt { .. } => f.write_str("delta_ok"),
            Self::GossipDigest { fingerprint, .. } => write!(f, "digest {:04x}", fingerprint & 0xffff),
            Self::Custom { content } => content.fmt(f),
        }
    }
}
