//! Text that many people edit at once.
//!
//! The state is a set of inserted characters and a set of deleted ids. A character knows between which two it was put,
//! deleted ones included: its *left* and *right origin*. From that alone follows the order of all of them (`FugueMax`), so
//! replicas that know the same characters show the same text, whatever came first; and what one person types in one place
//! is never mixed with what another types there at the same time, forwards, backwards or in several sessions.
//!
//! *Under concurrency.* Alice and Bob have `milk`, and both type at its end; then Alice deletes what Bob types into.
//!
//! ```text
//! alice at milk|   types " tea"           -> milk tea          the deltas cross, both show "milk tea rum",
//! bob   at milk|   types " rum"           -> milk rum          and never "milk r tuema"
//! alice            deletes "milk"         ->  tea rum          the deltas cross, both show "y tea rum":
//! bob   at mil|k   types "y"              -> milyk tea rum     nobody has deleted the y
//! ```
//!
//! Of two that typed between the same characters the one with the smaller [`ReplicaId`] comes first. Two that delete
//! the same character have deleted it once. A delta may come before what it builds on, even a deletion before its
//! character: it is kept, is part of the state, and shows as soon as the rest is there.
//!
//! ```
//! use quipu_crdt::text::{Edit, Offset, Unit};
//! use quipu_crdt::{Lattice, NodeName, ReplicaId, Text};
//!
//! let (alice, bob) = (ReplicaId::new(NodeName::new("alice"), 1), ReplicaId::new(NodeName::new("bob"), 1));
//! let mut at_alice = Text::default();
//! at_alice.insert(alice, Offset::Chars(0), "milk")?;
//! let mut at_bob = at_alice.clone();
//!
//! let tea = at_alice.insert(alice, Offset::Chars(4), " tea")?;
//! let rum = at_bob.insert(bob, Offset::Bytes(4), " rum")?;
//! at_bob.join(&tea);
//! // What Alice's editor, which counts in UTF-16, must do to follow Bob.
//! let edits = at_alice.apply(&rum, Unit::Utf16);
//! assert_eq!(edits, [Edit::Insert { at: 8, text: " rum".into() }]);
//! assert_eq!(at_alice.to_string(), "milk tea rum");
//! assert_eq!(at_alice, at_bob);
//!
//! at_bob.join(&at_alice.delete(alice, Offset::Chars(0)..Offset::Chars(5))?);
//! assert_eq!(at_bob.to_string(), "tea rum");
//! # Ok::<(), quipu_crdt::text::TextError>(())
//! ```
//!
//! *Cost.* Neighbouring characters that were typed one after the other are one *run*; with r runs (a tenth of the characters
//! or fewer in what people type) an edit takes O(log r), next to the last one O(1), whatever unit offsets are counted in;
//! a delta as long. Joining n concurrent runs that were put between the same two characters takes O(n) each. Comparing and
//! joining whole states takes O(r log r), the difference of a small delta from a large text O(log r). In memory a run takes
//! about 70 bytes and its text; on the wire a typed character about 10 bytes beside its replica's name, a whole history
//! with all deleted text a third of a byte to three bytes for each edit there ever was (the recorded sessions of the tests).
//!
//! *Deleted text* is kept, as history, and [`Text::without_deleted_text`] drops it; the ids stay as the others need them. That
//! is safe at any time and with anybody: what a deleted character said is not part of what a text knows, is not compared, and
//! is never shown. Two texts may then be equal and yet be written differently.
//!
//! *Numbers.* A replica numbers the characters it inserts from 1, up to 2^32 - 1. Whoever may have lost some of its own must
//! come back under a new incarnation (see [`ReplicaId`]).
//!
//! *Left out:* marks and rich text; undo; the order of edits in time; forgetting the ids of deleted characters, which
//! needs everybody's agreement; moving text, which is deleting and inserting. And two replicas under one id: which of the two
//! texts is then shown depends on which came first.
//!
//! *Source:* Weidner, Gentle and Kleppmann, *The Art of the Fugue: Minimizing Interleaving in Collaborative Text Editing*,
//! 2023 (`FugueMax`; the tree of the paper is [`plain`], against which this is tested step by step).

mod anchor;
mod change;
mod edit;
mod integrate;
mod knowledge;
mod leaves;
mod offset;
mod pending;
pub mod plain;
mod replicas;
mod sequence;
mod span;
#[cfg(test)]
mod tests;
mod tree;
#[cfg(feature = "serde")]
mod wire;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

pub use anchor::{Anchor, Bias};
pub use offset::{Edit, Offset, TextError, Unit};

use crate::{Lattice, ReplicaId, VersionVector};
use change::{Change, Ranges};
use knowledge::Parts;
use sequence::{Log, Sequence};

/// A text that replicas edit by themselves and that joins without mixing what they typed. See the [module](self).
#[derive(Clone)]
pub struct Text {
    known: Known,
}

/// A delta is a text like any other, but most say one small thing and are made by the thousand.
#[derive(Clone)]
enum Known {
    Little(Change),
    Much(Box<Sequence>),
}

impl Text {
    /// Inserts `text` at a place in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// # Errors
    /// [`TextError`] if there is no such place, if `text` is longer than 2^28 bytes, or if the replica has no numbers
    /// left; then nothing is changed.
    pub fn insert(&mut self, replica: ReplicaId, at: Offset, text: &str) -> Result<Self, TextError> {
        self.sequence().insert(replica, at, text).map(Self::of)
    }

    /// Deletes what is between two places in the name of `replica`, and returns the delta.
    ///
    /// A deletion has no number of its own: two replicas that delete the same have done the same. So the id is not
    /// looked at; it is asked for because every change of a text is somebody's.
    ///
    /// # Errors
    /// [`TextError`] if there are no such places or if they are in reverse order; then nothing is changed.
    pub fn delete(&mut self, replica: ReplicaId, range: Range<Offset>) -> Result<Self, TextError> {
        let _ = replica;
        self.sequence().delete(range).map(Self::of)
    }

    /// Joins `delta` and returns what an editor that shows the old text must do to show the new one.
    pub fn apply(&mut self, delta: &Self, unit: Unit) -> Vec<Edit> {
        let mut log = Log { unit: Some(unit), edits: Vec::new() };
        self.take(delta, &mut log);
        log.edits
    }

    /// The length of the visible text.
    pub fn len(&self, unit: Unit) -> usize {
        self.read().tree.total().in_unit(unit)
    }

    /// True if no text is visible. There may still be deleted text, and text that waits for what it builds on.
    pub fn is_empty(&self) -> bool {
        self.len(Unit::Bytes) == 0
    }

    /// A place that moves with the text, on the given side of what will be inserted there.
    ///
    /// # Errors
    /// [`TextError`] if there is no such place.
    pub fn anchor(&self, at: Offset, bias: Bias) -> Result<Anchor, TextError> {
        self.read().anchor(at, bias)
    }

    /// Where an anchor is now; `None` if its character is not part of this text, or not yet.
    pub fn resolve(&self, anchor: Anchor, unit: Unit) -> Option<usize> {
        self.read().resolve(anchor, unit)
    }

    /// Of each replica, how many characters are known without a gap.
    pub fn version(&self) -> VersionVector {
        self.read().version()
    }

    /// What a text lacks whose [`Text::version`] is at least `version`: the characters beyond it, and all deletions.
    pub fn since(&self, version: &VersionVector) -> Self {
        Self::of_parts(self.read().since(version))
    }

    /// The same text without what deleted characters said: their ids stay. Equal to this text, and shorter when written.
    ///
    /// Nothing that shows can depend on it, so it may be joined with any other copy; a copy that still has the deleted text
    /// keeps it, and passes it on to those who have not heard of those characters at all.
    pub fn without_deleted_text(&self) -> Self {
        let mut sequence = self.read().into_owned();
        sequence.drop_deleted_text();
        Self { known: Known::Much(Box::new(sequence)) }
    }

    fn of(change: Change) -> Self {
        Self { known: Known::Little(change) }
    }

    fn of_parts(mut parts: Parts) -> Self {
        parts.runs.sort_unstable_by_key(|run| run.id);
        parts.runs.dedup_by(|next, last| last.extend(next));
        let deleted = Ranges::of(parts.deleted);
        if parts.runs.len() < 2 {
            return Self::of(Change { insert: parts.runs.pop(), deleted });
        }
        let mut sequence = Sequence::default();
        let mut log = Log::default();
        sequence.take_change(&Change { insert: None, deleted }, &mut log);
        for run in &parts.runs {
            sequence.take_run(run, &mut log);
        }
        Self { known: Known::Much(Box::new(sequence)) }
    }

    fn take(&mut self, delta: &Self, log: &mut Log) {
        match &delta.known {
            Known::Little(change) => self.sequence().take_change(change, log),
            Known::Much(other) if self.is_bottom() && log.unit.is_none() => {
                self.known = Known::Much(other.clone());
            }
            Known::Much(other) => self.sequence().take_all(other, log),
        }
    }

    /// The whole machinery, to edit.
    fn sequence(&mut self) -> &mut Sequence {
        if let Known::Little(_) = &self.known {
            let sequence = self.read().into_owned();
            self.known = Known::Much(Box::new(sequence));
        }
        match &mut self.known {
            Known::Much(sequence) => sequence,
            Known::Little(_) => unreachable!("made large above"),
        }
    }

    /// The whole machinery, to read.
    fn read(&self) -> Cow<'_, Sequence> {
        match &self.known {
            Known::Much(sequence) => Cow::Borrowed(sequence),
            Known::Little(change) => {
                let mut sequence = Sequence::default();
                sequence.take_change(change, &mut Log::default());
                Cow::Owned(sequence)
            }
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::of(Change::default())
    }
}

impl Lattice for Text {
    fn join(&mut self, other: &Self) {
        self.take(other, &mut Log::default());
    }

    fn includes(&self, other: &Self) -> bool {
        match &other.known {
            Known::Little(change) => self.read().includes_change(change),
            Known::Much(other) => self.read().includes(other),
        }
    }

    fn difference(&self, known: &Self) -> Self {
        let known = known.read();
        match &self.known {
            Known::Little(change) => {
                let mut parts = Parts::default();
                if let Some(run) = &change.insert {
                    parts.add_run(run, &known);
                }
                for range in change.deleted.as_slice() {
                    parts.add_deleted(*range, &known);
                }
                Self::of_parts(parts)
            }
            Known::Much(sequence) => Self::of_parts(sequence.unknown_to(&known)),
        }
    }

    fn is_bottom(&self) -> bool {
        match &self.known {
            Known::Little(change) => *change == Change::default(),
            Known::Much(sequence) => sequence.is_bottom(),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        match (&self.known, &other.known) {
            (Known::Little(one), Known::Little(other)) if one == other => true,
            _ => *self.read() == *other.read(),
        }
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    /// The order of knowledge; `None` if each knows something that the other lacks.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read().slices().try_for_each(|slice| f.write_str(slice))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&alloc::string::ToString::to_string(self), f)
    }
}
