//! States and deltas as bytes: a version, the type, and the state in [postcard](https://docs.rs/postcard).
//!
//! ```text
//! byte 0       the version of the encoding, 1
//! bytes 1...   the kinds of the type, outermost first: a map of sets is [map, set]
//! then         the state, as serde and postcard write it
//! ```
//!
//! The version and the kinds stand in front so that bytes of another version, or of another type, are an error that says so, and
//! not a state of the wrong meaning. Element types (numbers, text) are not told apart. The same states as text for people
//! are what any human-readable serde format makes of them, JSON for example.
//!
//! *Hostile bytes.* Decoding never panics, takes no more memory than a small multiple of the input, and checks every
//! invariant: what comes out is a state that some replica could have. It cannot find out whether one *has*: a counter
//! raised by a flipped bit is a counter. Whoever stores or sends states puts a checksum around them.
//!
//! ```
//! use quipu_crdt::{Causal, NodeName, OrSet, ReplicaId, wire};
//!
//! let alice = ReplicaId::new(NodeName::new("alice"), 1);
//! let mut shelf: Causal<OrSet<String>> = Causal::default();
//! let delta = shelf.add(alice, "milk".into())?;
//! let bytes = wire::encode(&delta);
//! assert_eq!(wire::decode::<Causal<OrSet<String>>>(&bytes)?, delta);
//! assert!(wire::decode::<quipu_crdt::GCounter>(&bytes).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    AmountCounter, BoundedCounter, Cart, Causal, Document, DotStore, DwFlag, EwFlag, GCounter, GSet,
    HyperLogLog, Lattice, LwwRegister, MvRegister, OrMap, OrSet, PnCounter, ResettableCounter, RwSet, Text,
    Unit, VersionVector, WindowedCounter,
};

/// The version that [`encode`] writes and [`decode`] reads.
pub const VERSION: u8 = 1;

/// The types there are, by the number that stands for them on the wire. A number is never used for another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// [`VersionVector`]
    VersionVector = 1,
    /// [`GCounter`]
    GCounter = 2,
    /// [`PnCounter`]
    PnCounter = 3,
    /// [`GSet`]
    GSet = 4,
    /// [`OrSet`]
    OrSet = 5,
    /// [`MvRegister`]
    MvRegister = 6,
    /// [`BoundedCounter`]
    BoundedCounter = 7,
    /// [`ResettableCounter`]
    ResettableCounter = 8,
    /// [`EwFlag`]
    EwFlag = 9,
    /// [`DwFlag`]
    DwFlag = 10,
    /// [`RwSet`]
    RwSet = 11,
    /// [`OrMap`]
    OrMap = 12,
    /// [`Cart`]
    Cart = 13,
    /// [`Document`]
    Document = 14,
    /// [`Text`]
    Text = 15,
    /// [`LwwRegister`]
    LwwRegister = 20,
    /// [`WindowedCounter`]
    WindowedCounter = 21,
    /// [`AmountCounter`]
    AmountCounter = 22,
    /// [`HyperLogLog`]
    HyperLogLog = 23,
}

/// A type that has a place on the wire.
pub trait Encoded: Serialize + DeserializeOwned {
    /// Appends the kind of this type, then those of what is nested in it.
    fn kinds(kinds: &mut Vec<Kind>);

    /// The bytes with which every state of this type begins, if it has parameters: a precision, a unit.
    fn parameters() -> Vec<u8> {
        Vec::new()
    }
}

/// The bytes of a state or delta.
pub fn encode<T: Lattice + Encoded>(state: &T) -> Vec<u8> {
    let mut bytes = Vec::from([VERSION]);
    bytes.extend(kinds::<T>().into_iter().map(|kind| kind as u8));
    postcard::to_extend(state, bytes).expect("all states have lengths and none refuses to be written")
}

/// The state or delta that these bytes stand for.
///
/// # Errors
/// [`DecodeError`] if they are of another version, of another type, or not what a replica of this type can have.
pub fn decode<T: Lattice + Encoded>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (version, rest) = bytes.split_first().ok_or(DecodeError::Malformed { at: 0 })?;
    if *version != VERSION {
        return Err(DecodeError::Version { found: *version });
    }
    let kinds = kinds::<T>();
    for (at, kind) in kinds.iter().enumerate() {
        let found = *rest.get(at).ok_or(DecodeError::Malformed { at: bytes.len() })?;
        if found != *kind as u8 {
            return Err(DecodeError::Kind { expected: *kind, found });
        }
    }
    let body = &rest[kinds.len()..];
    if T::parameters().iter().zip(body).any(|(ours, theirs)| ours != theirs) {
        return Err(DecodeError::Parameters);
    }
    let mut deserializer = postcard::Deserializer::from_bytes(body);
    let state = T::deserialize(&mut deserializer);
    let left = deserializer.finalize().map_or(0, <[u8]>::len);
    match state {
        Err(_) => Err(DecodeError::Malformed { at: bytes.len() - left }),
        Ok(_) if left > 0 => Err(DecodeError::Trailing { bytes: left }),
        Ok(state) => Ok(state),
    }
}

/// As [`decode`], after a look at the length.
///
/// # Errors
/// Those of [`decode`], and [`DecodeError::TooLarge`].
pub fn decode_at_most<T: Lattice + Encoded>(bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLarge { bytes: bytes.len(), limit });
    }
    decode(bytes)
}

fn kinds<T: Encoded>() -> Vec<Kind> {
    let mut kinds = Vec::new();
    T::kinds(&mut kinds);
    kinds
}

/// Why bytes are not a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Written in a version that this program does not read: by a newer one, or it is no state at all.
    Version {
        /// The first byte.
        found: u8,
    },
    /// The state of another type.
    Kind {
        /// What was asked for.
        expected: Kind,
        /// The number of what is there.
        found: u8,
    },
    /// The state of this type, with other parameters: another precision or key, other windows, another unit.
    Parameters,
    /// Cut short, or not a state that a replica can have.
    Malformed {
        /// How many bytes had been read when that was clear.
        at: usize,
    },
    /// There is more after the state.
    Trailing {
        /// How much more.
        bytes: usize,
    },
    /// More than the caller wants to read.
    TooLarge {
        /// How much it is.
        bytes: usize,
        /// How much may be.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found } => {
                write!(f, "encoding version {found} is unknown; this program reads version {VERSION}")
            }
            Self::Kind { expected, found } => {
                write!(f, "expected {expected:?} (kind {}), found kind {found}", *expected as u8)
            }
            Self::Parameters => f.write_str(
                "a state of this type with other parameters; read it with those it was written with",
            ),
            Self::Malformed { at } => {
                write!(f, "cut short or not a state any replica can have, seen at byte {at}")
            }
            Self::Trailing { bytes } => write!(f, "{bytes} bytes follow the state"),
            Self::TooLarge { bytes, limit } => write!(f, "{bytes} bytes are more than the {limit} allowed"),
        }
    }
}

impl core::error::Error for DecodeError {}

impl<S: Encoded + DotStore> Encoded for Causal<S> {
    fn kinds(kinds: &mut Vec<Kind>) {
        S::kinds(kinds);
    }
}

/// `Encoded` for types with one kind; a type parameter gets the bounds that its elements need.
macro_rules! encoded {
    ($($kind:ident for $type:ty $(, $element:ident: $($bound:ident)+)?;)+) => {$(
        impl$(<$element: Serialize + DeserializeOwned $(+ $bound)+>)? Encoded for $type {
            fn kinds(kinds: &mut Vec<Kind>) {
                kinds.push(Kind::$kind);
            }
        }
    )+};
}

encoded! {
    VersionVector for VersionVector;
    GCounter for GCounter;
    PnCounter for PnCounter;
    BoundedCounter for BoundedCounter;
    GSet for GSet<T>, T: Ord;
    OrSet for OrSet<T>, T: Clone Ord Hash;
    MvRegister for MvRegister<T>, T: Clone;
    ResettableCounter for ResettableCounter;
    EwFlag for EwFlag;
    DwFlag for DwFlag;
    RwSet for RwSet<T>, T: Clone Ord;
    LwwRegister for LwwRegister<T>, T: Clone Ord;
    Cart for Cart<K>, K: Clone Ord;
    Document for Document;
    Text for Text;
}

impl<K, S> Encoded for OrMap<K, S>
where
    K: Serialize + DeserializeOwned + Clone + Ord,
    S: Encoded + DotStore,
{
    fn kinds(kinds: &mut Vec<Kind>) {
        kinds.push(Kind::OrMap);
        S::kinds(kinds);
    }

    fn parameters() -> Vec<u8> {
        S::parameters()
    }
}

impl<const PRECISION: u8, const KEY: u64> Encoded for HyperLogLog<PRECISION, KEY> {
    fn kinds(kinds: &mut Vec<Kind>) {
        kinds.push(Kind::HyperLogLog);
    }

    fn parameters() -> Vec<u8> {
        bytes_of(&(PRECISION, KEY))
    }
}

impl<const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> Encoded
    for WindowedCounter<WIDTH, WINDOW, LATENESS>
{
    fn kinds(kinds: &mut Vec<Kind>) {
        kinds.push(Kind::WindowedCounter);
    }

    fn parameters() -> Vec<u8> {
        bytes_of(&(WIDTH, WINDOW, LATENESS))
    }
}

impl<U: Unit> Encoded for AmountCounter<U> {
    fn kinds(kinds: &mut Vec<Kind>) {
        kinds.push(Kind::AmountCounter);
    }

    fn parameters() -> Vec<u8> {
        bytes_of(&(U::CODE, U::SCALE))
    }
}

fn bytes_of(parameters: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(parameters).expect("numbers and text are always written")
}
