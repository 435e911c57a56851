//! The parts of gossip's messages.

use std::fmt;
use std::hash::Hash;

use quipu_crdt::{GSet, Lattice, PnCounter};
use serde::{Deserialize, Serialize};

use crate::value::Value;

/// A state or delta on its way: one variant per type that nodes gossip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GossipState {
    /// A counter.
    Counter(PnCounter),
    /// A set that grows: of elements, or of messages broadcast.
    Elements(GSet<Value>),
}

/// "I have all of the deltas of your log after `base` up to `upto`", or, with `base` 0, "all up to `upto`".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The life (boot number) of the node whose log is meant; a later life numbers anew and ignores this.
    pub of: u64,
    /// The position before the first delta received.
    pub base: u64,
    /// The position of the last one.
    pub upto: u64,
}

impl Receipt {
    /// Both in one, if together they are without a gap.
    pub(super) fn merged(self, other: Self) -> Option<Self> {
        let touches = self.of == other.of && self.base <= other.upto && other.base <= self.upto;
        touches.then(|| Self {
            of: self.of,
            base: self.base.min(other.base),
            upto: self.upto.max(other.upto),
        })
    }
}

/// What can be gossiped: a lattice with a place in [`GossipState`].
pub trait Replicated: Lattice + Hash + fmt::Debug + Send + Into<GossipState> + 'static {
    /// The state in a message, if it is one of this type.
    fn from_wire(state: GossipState) -> Option<Self>;
}

impl From<PnCounter> for GossipState {
    fn from(counter: PnCounter) -> Self {
        Self::Counter(counter)
    }
}

impl Replicated for PnCounter {
    fn from_wire(state: GossipState) -> Option<Self> {
        match state {
            GossipState::Counter(counter) => Some(counter),
            GossipState::Elements(_) => None,
        }
    }
}

impl From<GSet<Value>> for GossipState {
    fn from(elements: GSet<Value>) -> Self {
        Self::Elements(elements)
    }
}

impl Replicated for GSet<Value> {
    fn from_wire(state: GossipState) -> Option<Self> {
        match state {
            GossipState::Elements(elements) => Some(elements),
            GossipState::Counter(_) => None,
        }
    }
}

impl fmt::Display for GossipState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counter(counter) => match counter.iter().next() {
                Some((replica, (added, taken))) if counter.iter().len() == 1 => {
                    write!(f, "{} +{added} -{taken}", replica.node)
                }
                _ => write!(f, "{} slots", counter.iter().len()),
            },
            Self::Elements(elements) => match elements.iter().next() {
                Some(element) if elements.len() == 1 => write!(f, "{{{element}}}"),
                _ => write!(f, "{} elements", elements.len()),
            },
        }
    }
}
