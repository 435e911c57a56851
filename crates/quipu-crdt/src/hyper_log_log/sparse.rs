//! A short list of the registers that are above zero.

use smallvec::SmallVec;

/// A register and its rank, which is above zero: the index in the upper bits, the rank in the lower 6.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Entry(u32);

const RANK_BITS: u32 = 6;

impl Entry {
    pub(super) fn new(index: u32, rank: u8) -> Self {
        Self(index << RANK_BITS | u32::from(rank))
    }

    /// Where the element with this hash belongs: the register in the first `precision` bits, and the position of the first 1 in
    /// the others; one more than they are if there is none.
    #[expect(clippy::cast_possible_truncation, reason = "a precision is at most 18 bits")]
    #[inline]
    pub(super) fn of_hash(hash: u64, precision: u8) -> Self {
        let index = (hash >> (64 - precision)) as u32;
        let others = hash << precision | 1 << (precision - 1);
        Self(index << RANK_BITS | (others.leading_zeros() + 1))
    }

    #[inline]
    pub(super) fn index(self) -> u32 {
        self.0 >> RANK_BITS
    }

    #[inline]
    pub(super) fn rank(self) -> u8 {
        (self.0 & ((1 << RANK_BITS) - 1)) as u8
    }
}

/// Entries in the order of their registers, one for each; up to four without an allocation, as in deltas.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Sparse(SmallVec<[Entry; 4]>);

impl Sparse {
    pub(super) fn of(entry: Entry) -> Self {
        Self(SmallVec::from_iter([entry]))
    }

    /// Raises one register; true if it was lower.
    pub(super) fn raise(&mut self, entry: Entry) -> bool {
        let at = self.0.partition_point(|own| own.index() < entry.index());
        match self.0.get_mut(at).filter(|own| own.index() == entry.index()) {
            Some(own) if own.rank() >= entry.rank() => return false,
            Some(own) => *own = entry,
            None => self.0.insert(at, entry),
        }
        true
    }

    /// Adds an entry of a register after all that are listed.
    pub(super) fn push(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, index: u32) -> u8 {
        let at = self.0.binary_search_by_key(&index, |entry| entry.index());
        at.map_or(0, |at| self.0[at].rank())
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Entry> + DoubleEndedIterator + '_ {
        self.0.iter().copied()
    }

    pub(super) fn includes(&self, other: &Self) -> bool {
        let mut own = self.0.iter();
        other.0.iter().all(|entry| {
            own.find(|own| own.index() >= entry.index())
                .is_some_and(|own| own.index() == entry.index() && own.rank() >= entry.rank())
        })
    }

    pub(super) fn retained(&self, keep: impl Fn(Entry) -> bool) -> Self {
        Self(self.iter().filter(|entry| keep(*entry)).collect())
    }

    pub(super) fn joined(&self, other: &Self) -> Self {
        let (mut ours, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        let mut joined = SmallVec::with_capacity(self.len().max(other.len()));
        while let (Some(our), Some(their)) = (ours.peek().copied(), theirs.peek().copied()) {
            // The larger of two entries of one register is the one of the larger rank.
            let (next, of_ours, of_theirs) = match our.index().cmp(&their.index()) {
                core::cmp::Ordering::Less => (our, true, false),
                core::cmp::Ordering::Greater => (their, false, true),
                core::cmp::Ordering::Equal => (Entry(our.0.max(their.0)), true, true),
            };
            joined.push(next);
            ours.next_if(|_| of_ours);
            theirs.next_if(|_| of_theirs);
        }
        joined.extend(ours);
        joined.extend(theirs);
        Self(joined)
    }
}
