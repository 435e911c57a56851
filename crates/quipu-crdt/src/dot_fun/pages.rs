//! Many values: for each replica a [`Row`] of pages.
//!
//! Rows are numbered in the order in which they appear and keep their numbers, so that an index into the values can name an
//! entry by row and counter.

use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::few::Few;
use super::row::Row;
use super::word::Word;
use crate::{CausalContext, Dot, ReplicaId};

/// See the module.
#[derive(Clone)]
pub(super) struct Pages<V> {
    rows: Vec<Row<V>>,
    /// The numbers of the rows in the order of their replicas.
    sorted: Vec<u32>,
    /// The row that was written last. A guess: checked at each use, no part of the value.
    hint: u32,
    /// How many dots are alive.
    len: usize,
}

impl<V> Pages<V> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts a value under a dot and returns the number of its row.
    pub(super) fn insert(&mut self, dot: Dot, value: V) -> u32 {
        let number = match self.find(dot.replica) {
            Ok(number) => number,
            Err(at) => self.new_row(at, dot.replica),
        };
        self.hint = number;
        self.len += usize::from(self.rows[number as usize].insert(dot.counter, value));
        number
    }

    /// True if the row that was written last is this replica's.
    #[inline]
    pub(super) fn is_at_hand(&self, replica: ReplicaId) -> bool {
        self.rows.get(self.hint as usize).is_some_and(|row| row.replica == replica)
    }

    /// As [`Pages::insert`], into the row that was written last.
    #[inline]
    pub(super) fn insert_at_hand(&mut self, counter: NonZeroU64, value: V) -> u32 {
        self.len += usize::from(self.rows[self.hint as usize].insert(counter, value));
        self.hint
    }

    #[inline]
    pub(super) fn remove(&mut self, row: u32, counter: NonZeroU64) -> Option<V> {
        let value = self.rows.get_mut(row as usize)?.remove(counter)?;
        self.len -= 1;
        Some(value)
    }

    #[inline]
    pub(super) fn get(&self, row: u32, counter: NonZeroU64) -> Option<&V> {
        self.rows.get(row as usize)?.get(counter)
    }

    /// The number of a replica's row.
    #[inline]
    pub(super) fn row_of(&self, replica: ReplicaId) -> Option<u32> {
        self.find(replica).ok()
    }

    pub(super) fn replica(&self, row: u32) -> Option<ReplicaId> {
        self.rows.get(row as usize).map(|row| row.replica)
    }

    /// The rows with live dots and their numbers, in the order of their replicas.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u32, &Row<V>)> + Clone + '_ {
        let rows = self.sorted.iter().map(|number| (*number, &self.rows[*number as usize]));
        rows.filter(|(_, row)| !row.is_empty())
    }

    /// The live dots that are in `context`, ascending.
    pub(super) fn words_within(&self, context: &CausalContext, visit: &mut dyn FnMut(Word)) {
        let mut visit_row = |(number, row): (u32, &Row<V>), seen| {
            row.within(seen, |page, bits| show(row.replica, number, page, bits, visit));
        };
        if self.sorted.len() <= context.rows().len() {
            for (number, row) in self.rows() {
                if let Some(seen) = context.seen_of(row.replica) {
                    visit_row((number, row), seen);
                }
            }
        } else {
            for (replica, seen) in context.rows() {
                if let Some(number) = self.row_of(replica) {
                    visit_row((number, &self.rows[number as usize]), seen);
                }
            }
        }
    }

    /// The live dots that are not in `context`, ascending.
    pub(super) fn words_outside(&self, context: &CausalContext, visit: &mut dyn FnMut(Word)) {
        let nothing = crate::ranges::Ranges::default();
        for (number, row) in self.rows() {
            let seen = context.seen_of(row.replica).unwrap_or(&nothing);
            row.outside(seen, |page, bits| show(row.replica, number, page, bits, visit));
        }
    }

    /// The live ones of a replica's dots on a page.
    pub(super) fn live(&self, replica: ReplicaId, page: u64) -> u64 {
        self.row_of(replica).map_or(0, |row| self.rows[row as usize].live(page))
    }

    /// True if the same dots are alive; wrongly so with the probability that [`super::digest`] speaks of.
    pub(super) fn has_dots_of(&self, other: &Self) -> bool {
        self.len == other.len && self.pairs(other).is_some_and(|mut rows| rows.all(|(a, b)| a.has_dots_of(b)))
    }

    /// The rows with live dots side by side, if there are equally many.
    fn pairs<'a>(&'a self, other: &'a Self) -> Option<impl Iterator<Item = (&'a Row<V>, &'a Row<V>)>> {
        let rows = || self.rows().map(|(_, row)| row);
        let others = || other.rows().map(|(_, row)| row);
        (rows().count() == others().count()).then(|| rows().zip(others()))
    }

    #[inline]
    fn find(&self, replica: ReplicaId) -> Result<u32, usize> {
        match self.rows.get(self.hint as usize) {
            Some(row) if row.replica == replica => Ok(self.hint),
            _ => self.search(replica),
        }
    }

    fn search(&self, replica: ReplicaId) -> Result<u32, usize> {
        let found = self.sorted.binary_search_by_key(&replica, |number| self.rows[*number as usize].replica);
        found.map(|at| self.sorted[at])
    }

    #[inline(never)]
    fn new_row(&mut self, at: usize, replica: ReplicaId) -> u32 {
        let number = u32::try_from(self.rows.len()).expect("2^32 rows do not fit into memory");
        self.rows.push(Row::new(replica));
        self.sorted.insert(at, number);
        number
    }
}

#[inline]
fn show(replica: ReplicaId, row: u32, page: u64, bits: u64, visit: &mut dyn FnMut(Word)) {
    if bits != 0 {
        visit(Word { replica, row, page, bits });
    }
}

impl<V: PartialEq> PartialEq for Pages<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.pairs(other).is_some_and(|mut rows| rows.all(|(a, b)| a == b))
    }
}

impl<V> From<Few<V>> for Pages<V> {
    fn from(few: Few<V>) -> Self {
        let mut pages = Self { rows: Vec::new(), sorted: Vec::new(), hint: 0, len: 0 };
        for (dot, value) in few.into_entries() {
            pages.insert(dot, value);
        }
        pages
    }
}
