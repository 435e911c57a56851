//! What was done: the operations, and which of them each had seen.
//!
//! A specification knows nothing else. It sees no state, no delta and no clock: only that these operations were made,
//! by whom, and what each of them could know.

use std::fmt;

use crate::Replica;

/// An operation of one execution: its number there.
///
/// Numbers agree with time as far as time means anything: what an operation had seen has smaller numbers, and so has what
/// its replica did before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(u8);

/// A set of operations of one execution.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operations(u128);

impl Operations {
    /// No operation.
    pub const NONE: Self = Self(0);

    /// How many operations one execution can have.
    pub const MAX: usize = 128;

    /// One operation alone.
    pub fn one(id: OperationId) -> Self {
        Self(1 << id.0)
    }

    /// Adds an operation.
    pub fn insert(&mut self, id: OperationId) {
        self.0 |= 1 << id.0;
    }

    /// True if it is among them.
    pub fn contains(self, id: OperationId) -> bool {
        self.0 >> id.0 & 1 == 1
    }

    /// These and those.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is among both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// These but not those.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// True if each of these is among those.
    pub fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// True if there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Each of them, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = OperationId> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let next = u8::try_from(left.trailing_zeros()).ok().filter(|bit| *bit < 128)?;
            left &= left - 1;
            Some(OperationId(next))
        })
    }
}

impl FromIterator<OperationId> for Operations {
    fn from_iter<I: IntoIterator<Item = OperationId>>(ids: I) -> Self {
        let mut operations = Self::NONE;
        ids.into_iter().for_each(|id| operations.insert(id));
        operations
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|id| id.0)).finish()
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Record<O> {
    /// Who made it.
    pub replica: Replica,
    /// What it was.
    pub operation: O,
    /// What its replica knew of then.
    pub seen: Operations,
    /// Whether there was a delta. Without one the operation was refused, or had nothing to change.
    pub told: bool,
}

/// All operations of an execution.
#[derive(Clone, Debug)]
pub struct History<O> {
    records: Vec<Record<O>>,
}

impl<O> History<O> {
    pub(crate) fn new() -> Self {
        Self { records: Vec::new() }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.records.len() == Operations::MAX
    }

    /// Only if it is not full.
    pub(crate) fn push(&mut self, record: Record<O>) -> OperationId {
        let id = u8::try_from(self.records.len()).expect("at most `Operations::MAX` records");
        self.records.push(record);
        OperationId(id)
    }

    /// What operation `id` was.
    pub fn record(&self, id: OperationId) -> &Record<O> {
        &self.records[usize::from(id.0)]
    }

    /// All operations in order.
    pub fn iter(&self) -> impl Iterator<Item = (OperationId, &Record<O>)> {
        (0..).map(OperationId).zip(&self.records)
    }

    /// This history for an observer who knows of some of its operations.
    pub fn past(&self, visible: Operations) -> Past<'_, O> {
        Past { history: self, visible }
    }

    /// Operation `id` and all that its replica had done before it: what the delta of a counter stands for.
    pub fn by_same_replica_up_to(&self, id: OperationId) -> Operations {
        let author = self.record(id).replica;
        let until = self.iter().take_while(|(earlier, _)| *earlier <= id);
        until.filter(|(_, record)| record.replica == author).map(|(earlier, _)| earlier).collect()
    }
}

/// A history as far as one observer knows it. This is what a specification turns into a view.
#[derive(Debug)]
pub struct Past<'a, O> {
    history: &'a History<O>,
    visible: Operations,
}

impl<O> Clone for Past<'_, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for Past<'_, O> {}

impl<'a, O> Past<'a, O> {
    /// The operations the observer knows of, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = (OperationId, &'a Record<O>)> {
        self.visible.iter().map(move |id| (id, self.history.record(id)))
    }

    /// The operations the observer knows of.
    pub fn operations(self) -> Operations {
        self.visible
    }

    /// Everything that was ever done, known of or not.
    #[must_use]
    pub fn whole(self) -> Self {
        self.history.past(self.history.iter().map(|(id, _)| id).collect())
    }

    /// What operation `id` was, known of or not.
    pub fn record(self, id: OperationId) -> &'a Record<O> {
        self.history.record(id)
    }

    /// True if `later` knew of `earlier` when it was made.
    pub fn saw(self, later: OperationId, earlier: OperationId) -> bool {
        self.record(later).seen.contains(earlier)
    }

    /// True if some operation that the observer knows of, and that `matches`, knew of operation `id`.
    ///
    /// With removes for `matches`: the element of this add is gone.
    pub fn seen_by(self, id: OperationId, matches: impl Fn(&O) -> bool) -> bool {
        self.iter().any(|(_, later)| later.seen.contains(id) && matches(&later.operation))
    }

    /// True if nothing is missing: all that these operations had seen is known of too, and was known wherever one of
    /// them was made. So it is if deltas arrive in causal order, or whole states are joined.
    pub fn is_causal(self) -> bool {
        let told: Operations =
            self.history.iter().filter(|(_, record)| record.told).map(|(id, _)| id).collect();
        let closed =
            |known: Operations| known.iter().all(|id| told.and(self.record(id).seen).is_subset(known));
        closed(self.visible) && self.iter().all(|(_, record)| closed(record.seen))
    }

    /// The operations that none of the others has undone. An operation undoes those that were still standing where it was
    /// made, and for which `undoes(later, earlier)`. What had no delta undoes nothing.
    ///
    /// In a causal past these are the operations that no such operation had seen. They are more where something is
    /// missing: of three writes, each over the one before, an observer who lacks the second one sees the first one stand
    /// beside the third.
    pub fn standing(self, undoes: impl Fn(&O, &O) -> bool) -> Operations {
        let mut undone: Vec<Operations> = Vec::new();
        for (_, later) in self.history.iter() {
            let before = later.seen.without(all_of(&undone, later.seen));
            let matches = |earlier: &OperationId| {
                later.told && undoes(&later.operation, &self.record(*earlier).operation)
            };
            undone.push(before.iter().filter(matches).collect());
        }
        self.visible.without(all_of(&undone, self.visible))
    }

    /// The past of operation `id`: all that it had seen.
    #[must_use]
    pub fn before(self, id: OperationId) -> Self {
        Self { visible: self.record(id).seen, ..self }
    }

    /// The part of this past whose operations pass a test.
    #[must_use]
    pub fn filter(self, passes: impl Fn(&Record<O>) -> bool) -> Self {
        let visible = self.iter().filter(|(_, record)| passes(record)).map(|(id, _)| id).collect();
        Self { visible, ..self }
    }
}

/// What these operations have undone together.
fn all_of(undone: &[Operations], operations: Operations) -> Operations {
    let each = operations.iter().map(|id| undone[usize::from(id.0)]);
    each.fold(Operations::NONE, Operations::union)
}
