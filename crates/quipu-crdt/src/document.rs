//! A JSON-like document: objects, lists, counters and scalars, nested, edited by several at once.
//!
//! The root is an object. A path leads to a place: keys into objects, numbers into lists. Setting a place replaces all that its
//! writer has seen there, what is nested in it included; removing takes it away. What others wrote there at the same time stays.
//!
//! *Under concurrency.*
//!
//! ```text
//! alice sets a.x,       bob sets a.y            both fields
//! alice sets a = 1,     bob sets a = 2          a conflict of 1 and 2, until somebody who has read both sets a
//! alice sets a = {},    bob sets a = {}         one object, in which the fields of both meet
//! alice sets a = [],    bob sets a = 1          a conflict of the list and 1
//! alice removes a,      bob sets a.x            a = {x}: without what Alice removed
//! alice sets a = 1,     bob sets a.x            a conflict of {x} and 1
//! both increment a.n by 1                       n + 2
//! both insert runs of items at one place        one run after the other, never mixed
//! ```
//!
//! As a specification over the history: *a place holds the assignments, fields, items and steps that were received and that no
//! received assignment or removal of the place, or of one around it, had seen; an object, a list or a counter is there if its
//! assignment is left, or something in it.*
//! That is exact where all that a received operation had seen was received too. If deltas arrive with a gap, what a missing one
//! took away may show until it comes.
//!
//! *Reading.* [`Document::value`] and [`Document::get`] give a plain [`Json`] in which conflicts are visible; [`Json::resolved`] takes
//! from each the first, by a rule that is the same everywhere.
//!
//! *Lists.* An item's position is a name that sorts between its neighbours' and needs no trace of removed items. The items that one
//! replica inserts one after another, forwards or backwards, form a run, and runs inserted at one place at the same time are not
//! interleaved. One case is left: a run that a *second* replica has continued may get a concurrent third run in between.
//!
//! *Limits.* At most [`Document::DEPTH_MAX`] levels, when changing as when decoding, so that no document overflows a stack.
//!
//! *Cost* for a place at depth d in containers of n entries: a change O(d log n) and the value written; in a list also O(n) to find
//! the index. A delta of m dots joins in O(d m log n). Memory: a dot and an index entry at each level for each thing alive; what is
//! written in one go shares its index entries. Removed things leave nothing but their part of a context's range.
//!
//! *Left out:* moving an item (remove and insert: two movers make two), text edited by character, a limit on size. Two counters
//! that are created at one place at the same time are one, and their first values add up.
//!
//! *Source:* Kleppmann and Beresford, *A Conflict-Free Replicated JSON Datatype*, 2017; as nested dot stores, Almeida, Shoker and
//! Baquero, 2018.

mod json;
mod node;
mod position;
#[cfg(feature = "serde")]
mod wire;

pub use json::{Float, Json};

use alloc::string::String;
use core::fmt;

use node::{Change, Node, in_fields, object};
use position::Position;

use crate::{Causal, CausalContext, Dot, DotStore, OrMap, Overflow, ReplicaId, Writer};

/// A JSON-like document: the dot store. As a state of its own, `Causal<Document>`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Document {
    fields: OrMap<String, Node>,
}

/// One step of a path through a document. [`crate::path!`] makes paths of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into an object: the field of this name.
    Key(&'a str),
    /// Into a list: the item at this index, counted from 0.
    At(usize),
}

/// A path through a [`Document`]: `path!["shopping", 0, "name"]`.
#[macro_export]
macro_rules! path {
    ($($step:expr),* $(,)?) => { [$($crate::Step::from($step)),*] };
}

/// Why a document was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// The replica has made all the changes it can.
    Overflow,
    /// The path leads nowhere: a field, an item or something on the way is not there.
    NoSuchPlace,
    /// A key leads into something that is no object.
    NotAnObject,
    /// An index leads into something that is no list, or something was inserted there.
    NotAList,
    /// What was to be incremented is no counter.
    NotACounter,
    /// The value holds a conflict, or a counter that begins beyond 64 bits.
    NotWritable,
    /// The change would make the document deeper than [`Document::DEPTH_MAX`].
    TooDeep,
    /// The path is empty, or does not begin with a key: the root is always an object.
    NotInRoot,
}

impl Document {
    /// So many steps a path can have, and so many levels a document.
    pub const DEPTH_MAX: usize = 32;

    /// Sets a place and returns the delta. The last key may be new; the rest of the path must be there.
    ///
    /// # Errors
    /// A [`DocumentError`] that says why; then nothing is changed.
    pub fn set(
        &mut self,
        writer: &mut Writer<'_>,
        path: &[Step<'_>],
        value: &Json,
    ) -> Result<Self, DocumentError> {
        check(writer, path.len(), value)?;
        self.descend(writer, path, true, &mut |node, writer| node.assign(writer, value))
    }

    /// Inserts an item in front of the one at the path's last step, an index, or at the end if the list is that long, and returns
    /// the delta.
    ///
    /// # Errors
    /// A [`DocumentError`] that says why; then nothing is changed.
    pub fn insert(
        &mut self,
        writer: &mut Writer<'_>,
        path: &[Step<'_>],
        value: &Json,
    ) -> Result<Self, DocumentError> {
        check(writer, path.len(), value)?;
        let Some((Step::At(index), list)) = path.split_last() else { return Err(DocumentError::NotAList) };
        self.descend(writer, list, false, &mut |node, writer| node.insert(writer, *index, value))
    }

    /// Removes a field or an item, as far as it is known here, and returns the delta.
    ///
    /// # Errors
    /// A [`DocumentError`] that says why; then nothing is changed.
    pub fn remove(&mut self, writer: &mut Writer<'_>, path: &[Step<'_>]) -> Result<Self, DocumentError> {
        match path {
            [] | [Step::At(_)] => Err(DocumentError::NotInRoot),
            [Step::Key(key)] if self.fields.contains_key(*key) => {
                Ok(Self { fields: self.fields.remove(writer, &(*key).into()) })
            }
            [Step::Key(_)] => Err(DocumentError::NoSuchPlace),
            [around @ .., last] => {
                self.descend(writer, around, false, &mut |node, writer| node.remove(writer, *last))
            }
        }
    }

    /// Adds to a counter, or takes from it, and returns the delta.
    ///
    /// # Errors
    /// A [`DocumentError`] that says why; then nothing is changed.
    pub fn increment(
        &mut self,
        writer: &mut Writer<'_>,
        path: &[Step<'_>],
        step: i64,
    ) -> Result<Self, DocumentError> {
        self.descend(writer, path, false, &mut |node, writer| node.increment(writer, step))
    }

    /// The plain value of a place, conflicts included, if there is anything. An empty path is the whole document.
    pub fn get(&self, path: &[Step<'_>]) -> Option<Json> {
        match path.split_first() {
            None => Some(self.value()),
            Some((Step::Key(key), rest)) => self.fields.get(*key)?.find(rest).map(Node::value),
            Some((Step::At(_), _)) => None,
        }
    }

    /// The whole document as a plain object, conflicts included.
    pub fn value(&self) -> Json {
        object(&self.fields)
    }

    fn descend(
        &mut self,
        writer: &mut Writer<'_>,
        path: &[Step<'_>],
        creates: bool,
        change: &mut Change<'_>,
    ) -> Result<Self, DocumentError> {
        if path.len() > Self::DEPTH_MAX {
            return Err(DocumentError::TooDeep);
        }
        let Some((Step::Key(key), rest)) = path.split_first() else { return Err(DocumentError::NotInRoot) };
        let fields = in_fields(&mut self.fields, writer, key, rest, creates, change)?;
        Ok(Self { fields })
    }
}

/// Checks that a value can be written at this depth, and that there are dots for all of it.
fn check(writer: &Writer<'_>, depth: usize, value: &Json) -> Result<(), DocumentError> {
    let changes = changes_of(depth, value)?;
    Ok(writer.reserve(changes)?)
}

/// How many dots a value takes: one for each value in it, and one for the first step of a counter.
fn changes_of(depth: usize, value: &Json) -> Result<u64, DocumentError> {
    if depth > Document::DEPTH_MAX {
        return Err(DocumentError::TooDeep);
    }
    let add = |sum: u64, value| Ok(sum.saturating_add(changes_of(depth + 1, value)?));
    match value {
        Json::List(items) => items.iter().try_fold(1, add),
        Json::Object(fields) => fields.values().try_fold(1, add),
        Json::Counter(first) => i64::try_from(*first).map(|_| 2).map_err(|_| DocumentError::NotWritable),
        Json::Conflict(_) => Err(DocumentError::NotWritable),
        _ => Ok(1),
    }
}

impl Causal<Document> {
    /// Sets a place in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// ```
    /// use quipu_crdt::{Causal, Document, DocumentError, Json, Lattice, NodeName, ReplicaId, path};
    ///
    /// let alice = ReplicaId::new(NodeName::new("alice"), 1);
    /// let bob = ReplicaId::new(NodeName::new("bob"), 1);
    /// let mut at_alice: Causal<Document> = Causal::default();
    /// at_alice.set(alice, &path!["list"], Json::from_iter(["milk", "tea"]))?;
    /// at_alice.set(alice, &path!["visits"], Json::Counter(1))?;
    /// let mut at_bob = at_alice.clone();
    ///
    /// at_alice.insert(alice, &path!["list", 1], "bread")?;
    /// at_alice.increment(alice, &path!["visits"], 1)?;
    /// at_bob.remove(bob, &path!["list", 0])?;
    /// at_bob.increment(bob, &path!["visits"], 1)?;
    /// at_alice.join(&at_bob);
    /// assert_eq!(at_alice.get(&path!["list"]), Some(Json::from_iter(["bread", "tea"])));
    /// assert_eq!(at_alice.get(&path!["visits"]), Some(Json::Counter(3)));
    /// # Ok::<(), DocumentError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Document::set`].
    pub fn set(
        &mut self,
        replica: ReplicaId,
        path: &[Step<'_>],
        value: impl Into<Json>,
    ) -> Result<Self, DocumentError> {
        self.change(replica, |document, writer| document.set(writer, path, &value.into()))
    }

    /// Inserts an item in front of the one at the path's last step, an index, or at the end, and returns the delta.
    ///
    /// # Errors
    /// As for [`Document::insert`].
    pub fn insert(
        &mut self,
        replica: ReplicaId,
        path: &[Step<'_>],
        value: impl Into<Json>,
    ) -> Result<Self, DocumentError> {
        self.change(replica, |document, writer| document.insert(writer, path, &value.into()))
    }

    /// Removes a field or an item, as far as it is known here, and returns the delta.
    ///
    /// # Errors
    /// As for [`Document::remove`].
    pub fn remove(&mut self, replica: ReplicaId, path: &[Step<'_>]) -> Result<Self, DocumentError> {
        self.change(replica, |document, writer| document.remove(writer, path))
    }

    /// Adds to a counter, or takes from it, and returns the delta.
    ///
    /// # Errors
    /// As for [`Document::increment`].
    pub fn increment(
        &mut self,
        replica: ReplicaId,
        path: &[Step<'_>],
        step: i64,
    ) -> Result<Self, DocumentError> {
        self.change(replica, |document, writer| document.increment(writer, path, step))
    }
}

impl DotStore for Document {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        self.fields.join(ours, &other.fields, theirs);
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.fields.for_each_dot(visit);
    }

    fn dots(&self) -> CausalContext {
        self.fields.dots()
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        self.fields.dots_within(context)
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self { fields: self.fields.unknown_to(context) }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.fmt(f)
    }
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Self::At(index)
    }
}

impl From<Overflow> for DocumentError {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => return Overflow.fmt(f),
            Self::NoSuchPlace => "the path leads nowhere: set what is around the place first",
            Self::NotAnObject => {
                "a key leads into something that is no object: use an index, or set an object"
            }
            Self::NotAList => "an index leads into something that is no list: use a key, or set a list",
            Self::NotACounter => "only a counter can be incremented: set the place to a counter first",
            Self::NotWritable => "a conflict, or a counter that begins beyond 64 bits, cannot be written",
            Self::TooDeep => "the document would be more than 32 levels deep",
            Self::NotInRoot => "a path begins with a key: the root is an object and cannot be replaced",
        })
    }
}

impl core::error::Error for DocumentError {}
