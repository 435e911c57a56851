//! All built-in nodes by name.

use std::fmt;
use std::str::FromStr;

use super::bounded_counter::{BoundedCounterNode, Unguarded};
use super::broadcast::Broadcast;
use super::cart::CartNode;
use super::chain::Chain;
use super::echo::Echo;
use super::g_set::GSetNode;
use super::gossip_counter::{GossipCounter, GossipCounterSettings};
use super::keys::Keys;
use super::locked::Locked;
use super::mv_register::MvRegisterNode;
use super::or_set::OrSetNode;
use super::settings::{Remedy, Settings, UnknownName};
use super::slots::Slots;
use super::text::TextNode;
use super::text_by_index::TextByIndex;
use super::unique_ids::UniqueIds;
use super::{cas, lossy};
use crate::Node;

/// A built-in node, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// [`Echo`]
    Echo,
    /// [`UniqueIds`]
    UniqueIds,
    /// [`Broadcast`]
    Broadcast,
    /// [`GSetNode`]
    GSet,
    /// [`OrSetNode`]
    OrSet,
    /// [`MvRegisterNode`]
    MvRegister,
    /// [`CartNode`]
    Cart,
    /// [`BoundedCounterNode`]
    BoundedCounter,
    /// [`TextNode`]
    Text,
    /// [`lossy`](super::lossy())
    Lossy,
    /// [`cas`](super::cas())
    Cas,
    /// [`Keys`]
    Keys,
    /// [`Locked`]
    Locked,
    /// [`Slots`]
    Slots,
    /// [`Chain`]
    Chain,
    /// [`GossipCounter`]
    Gossip,
}

const COUNTERS: &[&str] = &["g-counter", "pn-counter"];

impl NodeKind {
    /// All of them, the counters from the most naive on.
    pub const ALL: [Self; 16] = [
        Self::Echo,
        Self::UniqueIds,
        Self::Broadcast,
        Self::GSet,
        Self::OrSet,
        Self::MvRegister,
        Self::Cart,
        Self::BoundedCounter,
        Self::Text,
        Self::Lossy,
        Self::Cas,
        Self::Keys,
        Self::Locked,
        Self::Slots,
        Self::Chain,
        Self::Gossip,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::UniqueIds => "unique-ids",
            Self::Broadcast => "broadcast",
            Self::GSet => "g-set",
            Self::OrSet => "or-set",
            Self::MvRegister => "mv-register",
            Self::Cart => "cart",
            Self::BoundedCounter => "bounded-counter",
            Self::Text => "text",
            Self::Lossy => "lossy",
            Self::Cas => "cas",
            Self::Keys => "keys",
            Self::Locked => "locked",
            Self::Slots => "slots",
            Self::Chain => "chain",
            Self::Gossip => "gossip",
        }
    }

    /// One line: what it does, what it shows, how often it fails Maelstrom's stock g-counter test.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Echo => "sends back what it is sent",
            Self::UniqueIds => "identifiers nobody else makes, without asking anybody",
            Self::Broadcast => {
                "messages gossiped to every node, pushed over a star, a tree or the given topology"
            }
            Self::GSet => "a grow-only set, gossiped peer to peer",
            Self::OrSet => "a set with removal, gossiped: an add wins over a remove that had not seen it",
            Self::MvRegister => {
                "a register, gossiped: concurrent writes stand side by side until one replaces them"
            }
            Self::Cart => "a shopping cart, gossiped: additions add up, and only what was seen is removed",
            Self::BoundedCounter => "a stock, gossiped: sold at every node, by right, and never below zero",
            Self::Text => "a text, gossiped: edited at every node, what is typed stays where it was typed",
            Self::Lossy => "read, add, write: updates are lost; wrong in 100 % of stock tests",
            Self::Cas => "compare-and-swap loop, plain reads: stale final reads in about 66 % of stock tests",
            Self::Keys => "a key per node, plain reads summed: stale in about 34 % of stock tests",
            Self::Locked => {
                "a lock with lease and fencing token in the store: right on Maelstrom's store, and slow"
            }
            Self::Slots => {
                "own key by compare-and-swap, then the others': right on Maelstrom's store, no contention"
            }
            Self::Chain => {
                "one key whose values never repeat: right and linearizable on every sequential store"
            }
            Self::Gossip => "a PN-counter gossiped peer to peer: no store, available in every partition",
        }
    }

    /// The workloads whose requests it serves.
    pub const fn serves(self) -> &'static [&'static str] {
        match self {
            Self::Echo => &["echo"],
            Self::UniqueIds => &["unique-ids"],
            Self::Broadcast => &["broadcast"],
            Self::GSet => &["g-set"],
            Self::OrSet => &["or-set"],
            Self::MvRegister => &["mv-register"],
            Self::Cart => &["cart"],
            Self::BoundedCounter => &["bounded-counter"],
            Self::Text => &["text"],
            Self::Lossy
            | Self::Cas
            | Self::Keys
            | Self::Locked
            | Self::Slots
            | Self::Chain
            | Self::Gossip => COUNTERS,
        }
    }

    /// The parts that can be left out of it ([`Settings::without`]).
    pub const fn remedies(self) -> &'static [Remedy] {
        use Remedy::{
            Additions, Barrier, Context, Escrow, Floors, Incarnation, Joining, Origins, Settling, Siblings, Tags,
        };
        match self {
            Self::Chain => &[Tags, Settling, Joining],
            Self::Slots => &[Settling, Barrier, Floors],
            Self::OrSet => &[Context, Incarnation],
            Self::MvRegister => &[Siblings, Incarnation],
            Self::Cart => &[Additions, Incarnation],
            Self::BoundedCounter => &[Escrow, Incarnation],
            Self::Text => &[Origins, Incarnation],
            Self::Echo
            | Self::UniqueIds
            | Self::Broadcast
            | Self::GSet
            | Self::Lossy
            | Self::Cas
            | Self::Keys
            | Self::Locked
            | Self::Gossip => &[],
        }
    }

    /// A node of this kind that has not started.
    pub fn build(self, settings: &Settings) -> Box<dyn Node> {
        match self {
            Self::Echo => Box::new(Echo),
            Self::UniqueIds => Box::new(UniqueIds::default()),
            Self::Broadcast => Box::new(Broadcast::new(settings.gossip)),
            Self::GSet => Box::new(GSetNode::new(settings.gossip)),
            Self::OrSet => Box::new(OrSetNode::new(settings)),
            Self::MvRegister => Box::new(MvRegisterNode::new(settings)),
            Self::Cart => Box::new(CartNode::new(settings)),
            Self::BoundedCounter if settings.has(Remedy::Escrow) => {
                Box::new(BoundedCounterNode::new(settings))
            }
            Self::BoundedCounter => Box::new(Unguarded::new(settings)),
            Self::Text if settings.has(Remedy::Origins) => Box::new(TextNode::new(settings)),
            Self::Text => Box::new(TextByIndex::new(settings)),
            Self::Lossy => Box::new(lossy(settings)),
            Self::Cas => Box::new(cas(settings)),
            Self::Keys => Box::new(Keys::new(settings)),
            Self::Locked => Box::new(Locked::new(settings)),
            Self::Slots => Box::new(Slots::new(settings)),
            Self::Chain => Box::new(Chain::new(settings)),
            Self::Gossip => Box::new(GossipCounter::new(GossipCounterSettings {
                gossip: settings.gossip,
                durable: settings.durable,
            })),
        }
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for NodeKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownName::new("node", name, Self::ALL.map(Self::name)))
    }
}
