//! Text that many people edit at once.

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

/// A text that replicas edit by themselves and that joins without mixing what they typed.
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

    /// The same text without the characters that are deleted: their ids stay, what they said is gone.
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
            (Known::Little(one), Known::Little(other)) => one == other,
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
