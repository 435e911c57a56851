//! Conflict-free replicated data types: counters with delta-state, version vectors, dots.
//!
//! The one idea: a replica is a value and a rule for joining it. Every type here is a [`Lattice`]: two states
//! always join, in any order, any number of times, and the result is the same. So replicas that have received
//! the same changes are equal, whatever the network did to the messages.
//!
//! Every change returns its **delta**: the part of the new state that others lack, of the same type as the state
//! (Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018). Sending deltas, joins of deltas or
//! whole states is the sender's free choice; the receiver joins what comes.
//!
//! ```
//! use quipu_crdt::{Lattice, NodeName, PnCounter, ReplicaId};
//!
//! let alice = ReplicaId::new(NodeName::new("alice"), 1);
//! let bob = ReplicaId::new(NodeName::new("bob"), 1);
//! let (mut at_alice, mut at_bob) = (PnCounter::default(), PnCounter::default());
//!
//! // Both change their own copy at the same time. Neither waits for the other.
//! let five_more = at_alice.add(alice, 5)?;
//! let two_less = at_bob.add(bob, -2)?;
//!
//! // The deltas cross. One of them arrives twice.
//! at_bob.join(&five_more);
//! at_bob.join(&five_more);
//! at_alice.join(&two_less);
//! assert_eq!((at_alice.value(), at_bob.value()), (3, 3));
//! assert_eq!(at_alice, at_bob);
//!
//! // An add that does not fit is an error and changes nothing; nothing ever wraps.
//! at_alice.increment(alice, u64::MAX - 5)?;
//! assert!(at_alice.increment(alice, 1).is_err());
//! # Ok::<(), quipu_crdt::Overflow>(())
//! ```
//!
//! | type | is |
//! |---|---|
//! | [`NodeName`], [`ReplicaId`], [`Dot`] | who changes things, and the name of one change |
//! | [`VersionVector`] | which changes are known: all of each replica's, up to a count |
//! | [`GCounter`], [`PnCounter`] | counters that only go up, and that go both ways |
//! | [`BoundedCounter`] | a counter that never goes below zero: a stock, taken from under own rights |
//! | [`WindowedCounter`] | counts over a sliding window of event time |
//! | [`Amount`], [`AmountCounter`] | decimal amounts with the unit in the type, and their replicated sum |
//! | [`GSet`] | a set that only grows |
//! | [`HyperLogLog`] | how many different elements were added, in 1.5 KB |
//! | [`LwwRegister`], [`HybridClock`] | a register in which the last write wins, and the clock that says which it is |
//! | [`CausalContext`], [`DotStore`], [`Causal`], [`DotFun`] | what the following are made of: which changes were seen, and what is alive |
//! | [`ResettableCounter`] | a counter whose reset removes what the resetter had seen |
//! | [`OrSet`] | a set with removal, in which a concurrent add wins |
//! | [`RwSet`] | the same, but a concurrent remove wins |
//! | [`EwFlag`], [`DwFlag`] | switches in which a concurrent enable wins, or a concurrent disable |
//! | [`OrMap`] | a map whose values are any of these, maps included; removing a key resets its value |
//! | [`Cart`] | a shopping cart: quantities that add up, notes, orders |
//! | [`Document`] | a JSON-like document: objects, lists, counters, scalars |
//! | [`MvRegister`] | a register that keeps concurrent writes side by side |
//! | [`Text`] | a text that many edit at once, without mixing what they type |
//!
//! # What is promised
//! - `join` is total, commutative, associative and idempotent; it never fails, allocates only for new entries.
//! - A change is inflationary, and the new state is the old one joined with the returned delta.
//! - Equal knowledge gives equal states, in memory and when serialised: there is one form of each state.
//! - No clock, no randomness, no I/O; `no_std` with `alloc`; no `unsafe`. Serde is behind the feature `serde`, and
//!   decoding refuses what no replica could have produced.
//!
//! # What is left out
//! How changes travel, and when. And one duty that no data type can check: **a replica that may have lost its own
//! newest changes must come back under a new incarnation** (see [`ReplicaId`]).
#![no_std]

extern crate alloc;

mod amount;
mod amount_counter;
mod bounded_counter;
mod cart;
mod causal;
mod context;
mod document;
mod dot;
mod dot_fun;
mod dot_index;
mod dw_flag;
mod ew_flag;
mod g_counter;
mod g_set;
#[cfg(feature = "serde")]
mod grown;
mod hlc;
mod hyper_log_log;
mod lattice;
mod lww_register;
mod mv_register;
mod node_name;
mod or_map;
mod or_set;
mod overflow;
mod pn_counter;
mod product;
mod ranges;
mod replica_id;
mod resettable_counter;
mod runs;
mod rw_set;
mod slots;
mod small_map;
mod spans;
pub mod text;
mod version_vector;
mod windowed_counter;
#[cfg(feature = "wire")]
pub mod wire;

pub use amount::{Amount, AmountOverflow, NoWeight, ParseAmountError, Unit};
pub use amount_counter::AmountCounter;
pub use bounded_counter::{BoundedCounter, InsufficientRights, RightsError};
pub use cart::{Cart, CartError, Order, OrderLine};
pub use causal::{Causal, DotStore, UnseenDot, Writer};
pub use context::CausalContext;
pub use document::{Document, DocumentError, Float, Json, Step};
pub use dot::Dot;
pub use dot_fun::DotFun;
pub use dw_flag::DwFlag;
pub use ew_flag::EwFlag;
pub use g_counter::GCounter;
pub use g_set::GSet;
pub use hlc::{ClockError, CounterFull, Drift, Hlc, HybridClock};
pub use hyper_log_log::HyperLogLog;
pub use lattice::Lattice;
pub use lww_register::LwwRegister;
pub use mv_register::{MvRegister, ReadContext};
pub use node_name::NodeName;
pub use or_map::OrMap;
pub use or_set::OrSet;
pub use overflow::Overflow;
pub use pn_counter::PnCounter;
pub use replica_id::{ParseReplicaIdError, ReplicaId};
pub use resettable_counter::ResettableCounter;
pub use rw_set::RwSet;
pub use text::Text;
pub use version_vector::VersionVector;
pub use windowed_counter::{AddError, Added, Forgotten, TooFarAhead, WindowedCounter};
