//! The parts of gossip's messages.

use std::fmt;
use std::sync::Arc;

use quipu_crdt::{
    BoundedCounter, Cart, Causal, GSet, Lattice, MvRegister, OrSet, PnCounter, ReplicaId, Text,
};
use serde::{Deserialize, Serialize};

use super::fingerprint::{fingerprint, fingerprint_of_bytes};
use crate::value::Value;

/// A state or delta on its way: one variant per type that nodes gossip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GossipState {
    /// A counter.
    Counter(PnCounter),
    /// A set that grows: of elements, or of messages broadcast.
    Elements(GSet<Value>),
    /// A set with removal.
    OrSet(Box<Causal<OrSet<Value>>>),
    /// A register with siblings.
    MvRegister(Box<Causal<MvRegister<Value>>>),
    /// A shopping cart.
    Cart(Box<Causal<Cart<Arc<str>>>>),
    /// A counter that never goes below zero.
    BoundedCounter(BoundedCounter),
    /// A text.
    Text(Box<Text>),
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
pub trait Replicated: Lattice + fmt::Debug + Send + Into<GossipState> + 'static {
    /// The state in a message, if it is one of this type.
    fn from_wire(state: GossipState) -> Option<Self>;

    /// 63 bits that are equal for equal states on all machines, and almost surely different for different ones.
    fn fingerprint(&self) -> u64;
}

/// Gives each type its place in [`GossipState`], and a way to its fingerprint. Large states are boxed, so that messages that
/// carry none stay small.
macro_rules! replicated {
    (@open boxed $state:ident) => { *$state };
    (@open plain $state:ident) => { $state };
    ($($place:ident: $size:ident $type:ty, $fingerprint:path;)*) => {$(
        impl From<$type> for GossipState {
            fn from(state: $type) -> Self {
                Self::$place(state.into())
            }
        }

        impl Replicated for $type {
            fn from_wire(state: GossipState) -> Option<Self> {
                match state {
                    GossipState::$place(state) => Some(replicated!(@open $size state)),
                    _ => None,
                }
            }

            fn fingerprint(&self) -> u64 {
                $fingerprint(self)
            }
        }
    )*};
}

replicated! {
    Counter: plain PnCounter, fingerprint;
    Elements: plain GSet<Value>, fingerprint;
    OrSet: boxed Causal<OrSet<Value>>, fingerprint;
    MvRegister: boxed Causal<MvRegister<Value>>, fingerprint;
    Cart: boxed Causal<Cart<Arc<str>>>, fingerprint;
    BoundedCounter: plain BoundedCounter, fingerprint;
    Text: boxed Text, fingerprint_of_bytes;
}

impl fmt::Display for GossipState {
    /// One short line: what there is if it is one thing, otherwise how much.
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
            Self::OrSet(set) => write!(f, "{}{}", few(set.iter()), Gone(&**set)),
            Self::MvRegister(register) => {
                write!(f, "{}{}", few(register.siblings().map(|(_, value)| value)), Gone(&**register))
            }
            Self::Cart(cart) => {
                let line = |(product, quantity): (&Arc<str>, u128)| format!("{quantity} {product}");
                let order = cart.orders().map(|(dot, _)| format!("order of {}", dot.replica.node));
                write!(f, "{}{}", few(cart.lines().map(line).chain(order)), Gone(&**cart))
            }
            Self::BoundedCounter(counter) => {
                let holder = |(replica, rights): &(ReplicaId, u128)| format!("{} {rights}", replica.node);
                write!(f, "rights {}", few(counter.holders().iter().map(holder)))
            }
            // What was typed into text that is not part of this state has no place in it, and is not visible.
            Self::Text(text) if text.is_empty() => f.write_str("edits"),
            Self::Text(text) => write!(f, "{:?}", shortened(&text.to_string())),
        }
    }
}

/// A few things by name, many by their number.
fn few<T: fmt::Display>(things: impl Iterator<Item = T>) -> String {
    let things: Vec<T> = things.collect();
    if things.len() > 3 {
        return format!("{} elements", things.len());
    }
    let names: Vec<_> = things.iter().map(ToString::to_string).collect();
    format!("{{{}}}", names.join(", "))
}

/// The beginning of a text that may be long.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(20) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// How many changes a state says were seen and removed.
struct Gone<'a, S>(&'a Causal<S>);

impl<S: quipu_crdt::DotStore> fmt::Display for Gone<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut alive = 0;
        self.0.store().for_each_dot(&mut |_| alive += 1);
        match self.0.context().len().saturating_sub(alive) {
            0 => Ok(()),
            gone => write!(f, " and {gone} gone"),
        }
    }
}
