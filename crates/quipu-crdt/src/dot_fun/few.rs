//! Few values: a sorted list of dots and values. One of them sits inside the struct, so that the delta of one change, and
//! a register without siblings, allocate nothing.

use core::num::NonZeroU64;

use smallvec::SmallVec;

use super::word::{Word, bit_of, page_of};
use crate::{CausalContext, Dot, ReplicaId};

/// Dots, ascending, and their values.
pub(super) struct Few<V>(SmallVec<[(Dot, V); 1]>);

impl<V> Few<V> {
    #[inline]
    pub(super) fn of(dot: Dot, value: V) -> Self {
        Self(SmallVec::from_buf([(dot, value)]))
    }

    #[inline]
    pub(super) fn entries(&self) -> &[(Dot, V)] {
        &self.0
    }

    pub(super) fn into_entries(self) -> impl Iterator<Item = (Dot, V)> {
        self.0.into_iter()
    }

    #[inline]
    pub(super) fn get(&self, dot: Dot) -> Option<&V> {
        self.find(dot).ok().map(|at| &self.0[at].1)
    }

    /// The value is handed back if it does not fit: the dot is not here, and there are `limit` others.
    #[inline]
    pub(super) fn insert(&mut self, dot: Dot, value: V, limit: usize) -> Result<(), V> {
        match self.find(dot) {
            Ok(at) => self.0[at].1 = value,
            Err(_) if self.0.len() >= limit => return Err(value),
            Err(at) => self.0.insert(at, (dot, value)),
        }
        Ok(())
    }

    /// Puts a value in the place of all that are here.
    #[inline]
    pub(super) fn replace_all(&mut self, dot: Dot, value: V) {
        match &mut self.0[..] {
            [only] => *only = (dot, value),
            _ => *self = Self::of(dot, value),
        }
    }

    pub(super) fn remove(&mut self, dot: Dot) -> Option<V> {
        self.find(dot).ok().map(|at| self.0.remove(at).1)
    }

    /// Appends what lies beyond all others.
    pub(super) fn push(&mut self, dot: Dot, value: V) {
        self.0.push((dot, value));
    }

    /// The dots that are in `context`.
    #[inline]
    pub(super) fn words_within(&self, context: &CausalContext, visit: &mut dyn FnMut(Word)) {
        self.words(|dot| context.contains(dot), visit);
    }

    /// The dots that are not in `context`.
    #[inline]
    pub(super) fn words_outside(&self, context: &CausalContext, visit: &mut dyn FnMut(Word)) {
        self.words(|dot| !context.contains(dot), visit);
    }

    fn words(&self, is_wanted: impl Fn(Dot) -> bool, visit: &mut dyn FnMut(Word)) {
        for (row, (dot, _)) in (0..).zip(&self.0) {
            if is_wanted(*dot) {
                let (page, bits) = (page_of(dot.counter), bit_of(dot.counter));
                visit(Word { replica: dot.replica, row, page, bits });
            }
        }
    }

    /// The live ones of a replica's dots on a page.
    pub(super) fn live(&self, replica: ReplicaId, page: u64) -> u64 {
        let first = NonZeroU64::new(page * 64).unwrap_or(NonZeroU64::MIN);
        let from = self.0.partition_point(|(dot, _)| *dot < Dot::new(replica, first));
        let is_there = |dot: &Dot| dot.replica == replica && page_of(dot.counter) == page;
        let there = self.0[from..].iter().take_while(|(dot, _)| is_there(dot));
        there.fold(0, |bits, (dot, _)| bits | bit_of(dot.counter))
    }

    #[inline]
    fn find(&self, dot: Dot) -> Result<usize, usize> {
        let after = match self.0.last() {
            Some((last, _)) if *last >= dot => self.0.partition_point(|(other, _)| *other < dot),
            _ => self.0.len(),
        };
        if self.0.get(after).is_some_and(|(other, _)| *other == dot) { Ok(after) } else { Err(after) }
    }
}

impl<V: Clone> Clone for Few<V> {
    #[inline]
    fn clone(&self) -> Self {
        match &self.0[..] {
            [(dot, value)] => Self::of(*dot, value.clone()),
            entries => Self(entries.iter().cloned().collect()),
        }
    }
}

impl<V> Default for Few<V> {
    #[inline]
    fn default() -> Self {
        Self(SmallVec::new())
    }
}
