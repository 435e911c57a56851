//! The deltas a node has lately taken in, numbered, so that each peer can be sent what it lacks.
//!
//! Every entry is a delta together with whom it came from. A position in the log, "all up to 17", stands for knowledge:
//! of a peer who has acknowledged it, it is known that it has all of these. Two rules make that safe:
//! - an entry that some message or acknowledgement may cover is *sealed*, and never changes again;
//! - entries leave at the old end only when there are too many, and who is further behind gets the full state. What
//!   *others* send or acknowledge never clears anything.

use std::collections::VecDeque;

use quipu_crdt::Lattice;

/// A numbered, bounded buffer of deltas.
#[derive(Debug)]
pub(super) struct DeltaLog<S> {
    entries: VecDeque<Entry<S>>,
    /// How many entries have left at the old end. The first one kept has the next number.
    dropped: u64,
    /// All entries up to this number are fixed.
    sealed: u64,
    capacity: usize,
}

#[derive(Debug)]
struct Entry<S> {
    source: Option<Source>,
    delta: S,
}

/// The peer a delta came from, in the life in which it sent it. None stands for this node itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The peer's number.
    pub(super) peer: usize,
    /// The life of it that has the delta; a later one may have lost it.
    pub(super) boot: u64,
}

impl<S: Lattice> DeltaLog<S> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), dropped: 0, sealed: 0, capacity: capacity.max(1) }
    }

    /// The number of the newest entry; 0 if there never was one.
    pub(super) fn head(&self) -> u64 {
        self.dropped + self.entries.len() as u64
    }

    /// Fixes all entries, and returns the number of the newest.
    pub(super) fn seal(&mut self) -> u64 {
        self.sealed = self.head();
        self.sealed
    }

    /// Fixes all entries, and returns a number that no message so far reaches.
    pub(super) fn turn(&mut self) -> u64 {
        self.seal();
        self.append(None, &S::default());
        self.seal()
    }

    /// Takes in a delta: into the open entry of its source, if there is one, so that under load the log grows with the
    /// number of pushes and not of changes.
    pub(super) fn append(&mut self, source: Option<Source>, delta: &S) {
        let open = usize::try_from(self.head() - self.sealed).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.iter_mut().rev().take(open).find(|entry| entry.source == source) {
            entry.delta.join(delta);
            return;
        }
        self.entries.push_back(Entry { source, delta: delta.clone() });
        if self.entries.len() > self.capacity {
            self.entries.pop_front();
            self.dropped += 1;
            self.sealed = self.sealed.max(self.dropped);
        }
    }

    /// The join of all entries after number `base`, but for those that came from `known_by`. None if the log no longer
    /// reaches back so far.
    pub(super) fn since(&self, base: u64, known_by: Option<Source>) -> Option<S> {
        let skip = usize::try_from(base.checked_sub(self.dropped)?).ok()?;
        let mut join = S::default();
        for entry in self.entries.iter().skip(skip) {
            if entry.source.is_none() || entry.source != known_by {
                join.join(&entry.delta);
            }
        }
        Some(join)
    }
}

#[cfg(test)]
mod tests {
    use quipu_crdt::GSet;

    use super::*;

    fn set(elements: &[i32]) -> GSet<i32> {
        elements.iter().copied().collect()
    }

    const PEER: Option<Source> = Some(Source { peer: 1, boot: 7 });
    const ITS_NEXT_LIFE: Option<Source> = Some(Source { peer: 1, boot: 8 });

    #[test]
    fn changes_between_two_pushes_share_an_entry_per_source() {
        let mut log = DeltaLog::new(10);
        for change in 0..100 {
            log.append(if change % 2 == 0 { None } else { PEER }, &set(&[change]));
        }
        assert_eq!(log.seal(), 2);
        log.append(None, &set(&[100]));
        assert_eq!(log.head(), 3, "what is sealed does not change any more");
        assert_eq!(log.since(2, None), Some(set(&[100])));
    }

    #[test]
    fn a_turn_gives_a_number_that_was_not_there_and_no_news() {
        let mut log = DeltaLog::new(10);
        assert_eq!((log.turn(), log.turn()), (1, 2));
        log.append(None, &set(&[1]));
        assert_eq!(
            (log.turn(), log.since(2, None), log.since(3, None)),
            (4, Some(set(&[1])), Some(set(&[])))
        );
    }

    #[test]
    fn a_peer_is_spared_what_it_sent_in_this_life_and_in_no_other() {
        let mut log = DeltaLog::new(10);
        log.append(None, &set(&[1]));
        log.append(PEER, &set(&[2]));
        assert_eq!(log.since(0, PEER), Some(set(&[1])));
        assert_eq!(log.since(0, ITS_NEXT_LIFE), Some(set(&[1, 2])));
        assert_eq!(log.since(0, None), Some(set(&[1, 2])), "own changes are nobody's");
    }

    #[test]
    fn a_log_that_no_longer_reaches_back_says_so() {
        let mut log = DeltaLog::new(2);
        for change in 0..4 {
            log.append(None, &set(&[change]));
            log.seal();
        }
        assert_eq!(log.head(), 4);
        assert_eq!(log.since(1, None), None);
        assert_eq!(log.since(2, None), Some(set(&[2, 3])));
        assert_eq!(log.since(4, None), Some(set(&[])));
    }
}
