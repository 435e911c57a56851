//! What happened in a world, for pictures and stories.

use quipu_node::Time;

use crate::endpoint::Endpoint;
use crate::network::LossCause;
use crate::services::Observation;

/// One thing that happened. Equal seeds give equal traces.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceEvent {
    /// When.
    pub at: Time,
    /// The number of the message it is about, or 0 if it is about none.
    pub id: u64,
    /// The sender; for what happens to a node, that node; for [`TraceKind::Fault`] without meaning.
    pub from: Endpoint,
    /// The destination; otherwise as `from`.
    pub to: Endpoint,
    /// What happened.
    pub kind: TraceKind,
    /// The message, or the fault, in words.
    pub label: String,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceKind {
    /// A message was sent.
    Sent,
    /// A message arrived.
    Received,
    /// A message arrived once more: the network had made a copy.
    Duplicated,
    /// A message was lost.
    Lost(LossCause),
    /// A reply came too late, or answered nothing that was open, and was not sent.
    Unwanted,
    /// `seq-kv` (`from`) answered a node (`to`) out of some state.
    Observed(Box<Observation>),
    /// A node crashed.
    Crashed,
    /// A node started again.
    Restarted,
    /// A node stands still.
    Paused,
    /// A node goes on.
    Resumed,
    /// A fault was injected; the events that follow from it come after.
    Fault,
}
