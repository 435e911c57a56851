//! The mechanisms by name.

use std::fmt;
use std::str::FromStr;

use quipu_node::Node;

use crate::meter::Meter;
use crate::nodes::central::{Central, Conversation};
use crate::nodes::escrow::Escrow;
use crate::nodes::metered::Metered;
use crate::nodes::quorum::Quorum;
use crate::nodes::replicated::Replicated;
use crate::setup::Setup;

/// What keeps the counters of many nodes in step; the only variable of the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    /// Replicated, joined, spread by gossip of full states.
    CrdtFull,
    /// Replicated, joined, spread as deltas.
    CrdtDelta,
    /// Replicated, with rights to take: never below zero.
    Escrow,
    /// Read, compute, compare-and-swap at a store, with capped exponential back-off and jitter.
    Optimistic,
    /// A lease lock at a store; the write of an old holder is refused.
    LockFenced,
    /// A lease lock at a store, without fencing token.
    LockUnfenced,
    /// One operation, carried out at the leader.
    Leader,
    /// The leader acknowledges once a majority has it.
    Quorum,
    /// Read, compute, write at a store: the control, which must lose updates.
    Blind,
}

impl Mechanism {
    /// All of them, the control last.
    pub const ALL: [Self; 9] = [
        Self::CrdtFull,
        Self::CrdtDelta,
        Self::Escrow,
        Self::Optimistic,
        Self::LockFenced,
        Self::LockUnfenced,
        Self::Leader,
        Self::Quorum,
        Self::Blind,
    ];

    /// Those of which the others differ only in what they send or omit: one line each in a picture.
    pub const DRAWN: [Self; 6] =
        [Self::CrdtDelta, Self::Escrow, Self::Optimistic, Self::LockFenced, Self::Leader, Self::Quorum];

    /// The name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CrdtFull => "crdt-full",
            Self::CrdtDelta => "crdt-delta",
            Self::Escrow => "escrow",
            Self::Optimistic => "optimistic",
            Self::LockFenced => "lock-fenced",
            Self::LockUnfenced => "lock-unfenced",
            Self::Leader => "leader",
            Self::Quorum => "quorum",
            Self::Blind => "blind",
        }
    }

    /// The name in a sentence or a legend.
    pub const fn title(self) -> &'static str {
        match self {
            Self::CrdtFull => "CRDT, full state",
            Self::CrdtDelta => "CRDT, deltas",
            Self::Escrow => "CRDT, escrow",
            Self::Optimistic => "optimistic (CAS)",
            Self::LockFenced => "lock, fenced",
            Self::LockUnfenced => "lock, unfenced",
            Self::Leader => "atomic at leader",
            Self::Quorum => "majority quorum",
            Self::Blind => "read, then write",
        }
    }

    /// True if users are answered from their own node's state.
    pub const fn is_local(self) -> bool {
        matches!(self, Self::CrdtFull | Self::CrdtDelta | Self::Escrow)
    }

    /// A node of this mechanism. With `weigh`, the bytes that arrive at it are counted.
    pub(crate) fn node(self, setup: &Setup, meter: &Meter, weigh: bool) -> Box<dyn Node> {
        let central = |conversation| Box::new(Central::new(conversation, setup, meter.clone()));
        let node: Box<dyn Node> = match self {
            Self::CrdtFull => Box::new(Replicated::full(setup, meter.clone())),
            Self::CrdtDelta => Box::new(Replicated::deltas(setup, meter.clone())),
            Self::Escrow => Box::new(Escrow::new(setup, meter.clone())),
            Self::Optimistic => central(Conversation::Optimistic),
            Self::LockFenced => central(Conversation::Locked { fencing: true }),
            Self::LockUnfenced => central(Conversation::Locked { fencing: false }),
            Self::Leader => central(Conversation::Leader),
            Self::Quorum => Box::new(Quorum::new(setup, meter.clone())),
            Self::Blind => central(Conversation::Blind),
        };
        if weigh { Box::new(Metered::new(node, meter.clone())) } else { node }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mechanism {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there is no mechanism `{name}`; there are: {names}")
        })
    }
}
