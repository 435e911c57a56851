//! What clients ask of a node, what it answers, and what nodes say to one another.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu_crdt::ReplicaId;
use serde::{Deserialize, Serialize};

use crate::gossip::{GossipState, Receipt};
use crate::message_fields::PeerFields;
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
    /// Add an element to the set. Answer: [`Reply::AddOk`], or [`Reply::Changed`] if the set knows removal.
    AddElement(Value),
    /// Remove an element from the set, as far as the node knows it. Answer: [`Reply::Changed`].
    RemoveElement(Value),
    /// Write the register. Answer: [`Reply::Changed`].
    Write {
        /// What to write.
        value: Value,
        /// The context of the read that the write is based on: exactly what was read is replaced. Without one, all that the
        /// node has.
        context: Option<Value>,
    },
    /// Insert into the text. Answer: [`Reply::Inserted`].
    Insert {
        /// How many characters stand before the place, in the text as the node has it.
        position: u64,
        /// What to insert.
        text: Arc<str>,
    },
    /// Delete from the text. Answer: [`Reply::Deleted`].
    Delete {
        /// How many characters stand before the place, in the text as the node has it.
        position: u64,
        /// How many characters to delete.
        length: u64,
    },
    /// Put so many more of a product into the cart. Answer: [`Reply::Changed`].
    AddItem {
        /// The product.
        product: Arc<str>,
        /// How many more.
        quantity: u64,
    },
    /// Let the cart hold so many of a product, whatever the node has seen in it. Answer: [`Reply::Changed`].
    SetQuantity {
        /// The product.
        product: Arc<str>,
        /// How many.
        quantity: u64,
    },
    /// Take a product out of the cart, as far as the node knows it. Answer: [`Reply::Changed`].
    RemoveItem(Arc<str>),
    /// Take everything out of the cart that the node has seen in it, and buy it. Answer: [`Reply::Changed`].
    Checkout,
    /// Read all there is. Answer: [`Reply::Counter`], [`Reply::Messages`], [`Reply::Elements`], [`Reply::Siblings`],
    /// [`Reply::Text`] or [`Reply::Lines`], by the node's kind.
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
    /// A set, register or cart was changed.
    Changed(Change),
    /// What the register holds: more than one value if they were written concurrently.
    Siblings {
        /// The values, each once.
        values: Arc<[Value]>,
        /// What was read, for [`Request::Write`]: for the node to understand, not for the client.
        context: Value,
    },
    /// The text as known here.
    Text(Arc<str>),
    /// The products in the cart and how many of each.
    Lines(Arc<BTreeMap<Arc<str>, u64>>),
    /// The text was inserted, between these two characters as the node has them; none is the text's beginning or end.
    Inserted {
        /// The character before what was inserted.
        after: Option<char>,
        /// The character behind it.
        before: Option<char>,
    },
    /// The characters that were deleted.
    Deleted(Arc<str>),
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

/// What a request has done to a set, register or cart: the changes it made and those it removed, each by a name that
/// no other change has. Clients may ignore the names; whoever checks a history can tell by them what must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The request's type, as [`Request::kind`] gives it.
    pub kind: ChangeKind,
    /// What was made.
    pub added: Arc<[Arc<str>]>,
    /// What was removed, or replaced: all that the request had seen of it.
    pub removed: Arc<[Arc<str>]>,
}

/// The requests that are answered with [`Reply::Changed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// [`Request::AddElement`]
    Add,
    /// [`Request::RemoveElement`]
    Remove,
    /// [`Request::Write`]
    Write,
    /// [`Request::AddItem`]
    AddItem,
    /// [`Request::SetQuantity`]
    SetQuantity,
    /// [`Request::RemoveItem`]
    RemoveItem,
    /// [`Request::Checkout`]
    Checkout,
}

impl ChangeKind {
    /// The reply's type as it stands on the wire.
    pub const fn reply(self) -> &'static str {
        match self {
            Self::Add => "add_ok",
            Self::Remove => "remove_ok",
            Self::Write => "write_ok",
            Self::AddItem => "add_item_ok",
            Self::SetQuantity => "set_quantity_ok",
            Self::RemoveItem => "remove_item_ok",
            Self::Checkout => "checkout_ok",
        }
    }
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
            Self::RemoveElement(_) => "remove",
            Self::Write { .. } => "write",
            Self::Insert { .. } => "insert",
            Self::Delete { .. } => "delete",
            Self::AddItem { .. } => "add_item",
            Self::SetQuantity { .. } => "set_quantity",
            Self::RemoveItem(_) => "remove_item",
            Self::Checkout => "checkout",
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
#[serde(tag = "type", rename_all = "snake_case", try_from = "PeerFields")]
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
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        pull: bool,
        /// A receipt for what came from the receiver before.
        #[serde(skip_serializing_if = "Option::is_none")]
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
    /// The request for rights to take from a bounded counter.
    ///
    /// *Who, when:* a node that had to refuse a client, to a node that is known to have rights. *Answer:* none by itself;
    /// a transfer of rights comes with gossip, if there are any to give. *Lost:* the next refusal asks again. *Twice, late:*
    /// more is given, perhaps to an earlier life of the asking node, which inherits it.
    RightsWanted {
        /// To whom they are to be given.
        replica: ReplicaId,
        /// How many are lacking.
        amount: u64,
    },
    /// A message of a node of one's own.
    Custom {
        /// Whatever the node wants to say.
        content: Value,
    },
}
