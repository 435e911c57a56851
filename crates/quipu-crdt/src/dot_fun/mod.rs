//! A function from dots: the dot store that keeps one value under each live dot.
//!
//! What sets, registers and flags are made of. The value under a dot is written once, by the change that the dot names, and
//! never altered: two states that hold the same dot hold the same value.
//!
//! *Two forms.* Up to 32 values are a sorted list of dots and values, the first inside the struct: a delta of one change
//! allocates nothing. More are kept by replica in **pages** of 64 consecutive counters each: a word with a bit for each
//! live dot, and the values without gaps.
//!
//! ```text
//! alice   page 0: 0111…11   63 values (there is no counter 0)
//!         page 1: 1101…00   counters 64, 65 and 67: 3 values; 66 was removed
//! ```
//!
//! So a dot costs an eighth of a byte and its share of a page, not its own 32 bytes, and whole pages are compared at a
//! time. The form is no part of the value.
//!
//! *Joins.* With a page of each side and the two contexts as bits, the rule of [`crate::causal`] is two words:
//!
//! ```text
//! gone = ours & seen by them & !theirs          new = theirs & !seen by us
//! ```
//!
//! Only the bits set in these are looked at one by one.
//!
//! *Cost* for n live dots, 64 of them on a page at best: asking, inserting and removing O(1) for the replica that wrote last
//! and O(log replicas) for another, as long as a replica's live dots are not far between, else O(log n). Joining the
//! state that another replica has: n / 64 words and the differences; if both are equal, O(replicas): each side keeps a
//! [`digest`] of its live dots. Joining a delta: its own size, whatever n. Memory follows the live dots; in the worst case, each
//! alone on its page, 32 to 40 bytes beside the value.
//!
//! *Source:* Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018 (`DotFun`).

use alloc::boxed::Box;
use core::fmt;
use core::hash::{Hash, Hasher};

use smallvec::SmallVec;

use crate::{CausalContext, Dot, DotStore, ReplicaId};

mod digest;
mod few;
mod pages;
mod row;
#[cfg(feature = "serde")]
mod wire;
mod word;

use few::Few;
use pages::Pages;
use word::Word;

/// One value under each live dot.
#[derive(Clone)]
pub struct DotFun<V> {
    form: Form<V>,
}

#[derive(Clone)]
enum Form<V> {
    Few(Few<V>),
    Many(Box<Pages<V>>),
}

/// Beyond this number of dots, pages; below the other, the list again. Far enough from one another that a store that
/// grows and shrinks by a few does not change its form each time.
const FEW: usize = 32;
const FEW_AGAIN: usize = 8;

/// What a join did to one entry.
#[derive(Debug)]
pub(crate) enum Change<'a, V> {
    Added(Dot, &'a V),
    Removed(Dot, V),
}

/// What a join does to one entry, while it does it.
#[derive(Debug)]
pub(crate) enum Step<'a, V> {
    /// These are here and will go now.
    Leaving(Leaving<'a, V>),
    /// Has just come.
    Arrived(Entry<'a, V>),
}

/// Entries that are about to go.
#[derive(Debug)]
pub(crate) struct Leaving<'a, V> {
    store: &'a DotFun<V>,
    words: &'a [Word],
}

/// A live dot, its value, and the number of its row if the store has rows.
#[derive(Debug)]
pub(crate) struct Entry<'a, V> {
    pub(crate) dot: Dot,
    pub(crate) row: u32,
    pub(crate) value: &'a V,
}

impl<V> DotFun<V> {
    /// The one value.
    #[inline]
    pub fn of(dot: Dot, value: V) -> Self {
        Self { form: Form::Few(Few::of(dot, value)) }
    }

    /// Puts a value under a new dot.
    #[inline]
    pub fn insert(&mut self, dot: Dot, value: V) {
        self.put(dot, value);
    }

    /// The dot and the value, if it is one and the form is the list.
    #[inline]
    pub(crate) fn only(&self) -> Option<&(Dot, V)> {
        match &self.form {
            Form::Few(few) => few.entries().first().filter(|_| few.entries().len() == 1),
            Form::Many(_) => None,
        }
    }

    /// Puts a value in the place of all that are here.
    #[inline]
    pub(crate) fn replace_all(&mut self, dot: Dot, value: V) {
        match &mut self.form {
            Form::Few(few) => few.replace_all(dot, value),
            Form::Many(_) => *self = Self::of(dot, value),
        }
    }

    /// As [`DotFun::insert`]; returns the number of the row, if there are rows.
    #[inline]
    pub(crate) fn put(&mut self, dot: Dot, value: V) -> u32 {
        // Mostly where the last one was put: no call that would take the dot in memory.
        if let Form::Many(pages) = &mut self.form
            && pages.is_at_hand(dot.replica)
        {
            return pages.insert_at_hand(dot.counter, value);
        }
        self.put_sought(dot, value)
    }

    fn put_sought(&mut self, dot: Dot, value: V) -> u32 {
        match &mut self.form {
            Form::Few(few) => match few.insert(dot, value, FEW) {
                Ok(()) => 0,
                Err(value) => self.outgrow(dot, value),
            },
            Form::Many(pages) => pages.insert(dot, value),
        }
    }

    #[inline(never)]
    fn outgrow(&mut self, dot: Dot, value: V) -> u32 {
        self.paged().insert(dot, value)
    }

    /// The pages, made now if there were none.
    fn paged(&mut self) -> &mut Pages<V> {
        if let Form::Few(few) = &mut self.form {
            self.form = Form::Many(Box::new(Pages::from(core::mem::take(few))));
        }
        match &mut self.form {
            Form::Many(pages) => pages,
            Form::Few(_) => unreachable!("made pages just now"),
        }
    }

    /// Takes the value under a dot out.
    pub fn remove(&mut self, dot: Dot) -> Option<V> {
        let value = self.take(dot);
        self.settle();
        value
    }

    /// As [`DotFun::remove`], but rows keep their numbers: after the last one, [`DotFun::settle`].
    pub(crate) fn take(&mut self, dot: Dot) -> Option<V> {
        match &mut self.form {
            Form::Few(few) => few.remove(dot),
            Form::Many(pages) => pages.row_of(dot.replica).and_then(|row| pages.remove(row, dot.counter)),
        }
    }

    /// Takes the list form if that has become enough. Then there are no rows any more.
    pub(crate) fn settle(&mut self) {
        if let Form::Many(pages) = &mut self.form
            && pages.len() <= FEW_AGAIN
        {
            let mut few = Few::default();
            let dots: SmallVec<[(u32, Dot); FEW_AGAIN]> = pages
                .rows()
                .flat_map(|(row, values)| values.iter().map(move |(dot, _)| (row, dot)))
                .collect();
            for (row, dot) in dots {
                pages.remove(row, dot.counter).into_iter().for_each(|value| few.push(dot, value));
            }
            self.form = Form::Few(few);
        }
    }

    /// The value under a dot, if it is alive.
    pub fn get(&self, dot: Dot) -> Option<&V> {
        match &self.form {
            Form::Few(few) => few.get(dot),
            Form::Many(pages) => pages.get(pages.row_of(dot.replica)?, dot.counter),
        }
    }

    /// How many dots are alive.
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Few(few) => few.entries().len(),
            Form::Many(pages) => pages.len(),
        }
    }

    /// True if no dot is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The live dots and their values, in the order of dots.
    pub fn iter(&self) -> impl Iterator<Item = (Dot, &V)> + '_ {
        self.entries().map(|entry| (entry.dot, entry.value))
    }

    /// As [`DotFun::iter`], with the rows.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'_, V>> + '_ {
        let (few, many) = match &self.form {
            Form::Few(few) => (few.entries(), None),
            Form::Many(pages) => (&[][..], Some(pages)),
        };
        let few = few.iter().map(|(dot, value)| Entry { dot: *dot, row: 0, value });
        let rows = many.into_iter().flat_map(|pages| pages.rows());
        few.chain(
            rows.flat_map(|(row, values)| values.iter().map(move |(dot, value)| Entry { dot, row, value })),
        )
    }

    /// The live dots.
    pub fn dots(&self) -> CausalContext {
        context_of(|visit| self.words_outside(&CausalContext::default(), visit))
    }

    /// The pages, if there are.
    pub(crate) fn rows(&self) -> Option<Rows<'_, V>> {
        match &self.form {
            Form::Few(_) => None,
            Form::Many(pages) => Some(Rows(pages)),
        }
    }

    /// The value that a word was found for.
    fn found(&self, word: Word, dot: Dot) -> Option<&V> {
        match &self.form {
            Form::Few(few) => few.entries().get(word.row as usize).map(|(_, value)| value),
            Form::Many(pages) => pages.get(word.row, dot.counter),
        }
    }

    /// Shows the live dots that are in `context`, ascending.
    fn words_within(&self, context: &CausalContext, visit: &mut dyn FnMut(Word)) {
        match &self.form {
            Form::Few(few) => few.words_within(context, visit),
            Form::Many(pages) => pages.words_within(context, visit),
        }
    }

    /// Shows the live dots that are not in `context`, ascending.
    fn words_outside(&self, context: &CausalContext, visit: &mut dyn FnMut(Word)) {
        match &self.form {
            Form::Few(few) => few.words_outside(context, visit),
            Form::Many(pages) => pages.words_outside(context, visit),
        }
    }

    fn live(&self, replica: ReplicaId, page: u64) -> u64 {
        match &self.form {
            Form::Few(few) => few.live(replica, page),
            Form::Many(pages) => pages.live(replica, page),
        }
    }

    /// True only if the same dots are alive. Looks at no more than a digest for each replica.
    fn has_dots_of(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            (Form::Many(pages), Form::Many(others)) => pages.has_dots_of(others),
            _ => false,
        }
    }
}

impl<V: Clone> DotFun<V> {
    /// Joins and reports every entry that came or went.
    pub(crate) fn join_reporting(
        &mut self,
        ours: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        mut report: impl FnMut(Change<'_, V>),
    ) {
        self.join_watched(ours, other, theirs, |_, step| match step {
            Step::Leaving(leaving) => {
                leaving.entries().for_each(|entry| report(Change::Removed(entry.dot, entry.value.clone())));
            }
            Step::Arrived(entry) => report(Change::Added(entry.dot, entry.value)),
        });
    }

    /// Joins, and shows each step together with the store as it is then.
    pub(crate) fn join_watched(
        &mut self,
        ours: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        mut watch: impl FnMut(&Self, Step<'_, V>),
    ) {
        if self.has_dots_of(other) && ours == theirs {
            return;
        }
        let gone = self.words_gone(other, theirs);
        if !gone.is_empty() {
            watch(self, Step::Leaving(Leaving { store: self, words: &gone }));
        }
        // From behind, so that little is moved.
        for word in gone.into_iter().rev() {
            word.dots().rev().for_each(|dot| drop(self.take_found(word, dot)));
        }
        other.words_outside(ours, &mut |word| {
            for dot in word.dots() {
                if let Some(value) = other.found(word, dot) {
                    let row = self.put(dot, value.clone());
                    watch(self, Step::Arrived(Entry { dot, row, value }));
                }
            }
        });
        self.settle();
    }

    /// What is alive here, and was seen and is dead there.
    fn words_gone(&self, other: &Self, theirs: &CausalContext) -> SmallVec<[Word; 2]> {
        let mut gone = SmallVec::new();
        self.words_within(theirs, &mut |mut word| {
            word.bits &= !other.live(word.replica, word.page);
            if word.bits != 0 {
                gone.push(word);
            }
        });
        gone
    }

    fn take_found(&mut self, word: Word, dot: Dot) -> Option<V> {
        match &mut self.form {
            Form::Few(few) => few.remove(dot),
            Form::Many(pages) => pages.remove(word.row, dot.counter),
        }
    }
}

impl<'a, V> Leaving<'a, V> {
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'a, V>> {
        let store = self.store;
        self.words.iter().flat_map(move |word| {
            let found = move |dot| store.found(*word, dot).map(|value| Entry { dot, row: word.row, value });
            word.dots().filter_map(found)
        })
    }
}

/// A store in its second form, for an index that names entries by row and counter.
pub(crate) struct Rows<'a, V>(&'a Pages<V>);

impl<'a, V> Rows<'a, V> {
    #[inline]
    pub(crate) fn get(&self, row: u32, counter: core::num::NonZeroU64) -> Option<&'a V> {
        self.0.get(row, counter)
    }

    /// The dot at that place.
    pub(crate) fn dot(&self, row: u32, counter: core::num::NonZeroU64) -> Option<Dot> {
        self.0.replica(row).map(|replica| Dot::new(replica, counter))
    }
}

/// The dots of some words.
fn context_of(words: impl Fn(&mut dyn FnMut(Word))) -> CausalContext {
    let mut context = CausalContext::default();
    words(&mut |word| {
        for (first, last) in word::ranges_of(word.page, word.bits) {
            context.append_range(word.replica, first, last);
        }
    });
    context
}

impl<V: Clone + PartialEq> DotStore for DotFun<V> {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        if ours.is_empty() {
            self.clone_from(other);
        } else {
            self.join_watched(ours, other, theirs, |_, _| {});
        }
    }

    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.iter().for_each(|(dot, _)| visit(dot));
    }

    fn dots(&self) -> CausalContext {
        Self::dots(self)
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        context_of(|visit| self.words_within(context, visit))
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        let mut unknown = Self::default();
        self.words_outside(context, &mut |word| {
            for dot in word.dots() {
                self.found(word, dot).into_iter().for_each(|value| unknown.insert(dot, value.clone()));
            }
        });
        unknown
    }
}

impl<V> Default for DotFun<V> {
    #[inline]
    fn default() -> Self {
        Self { form: Form::Few(Few::default()) }
    }
}

impl<V: PartialEq> PartialEq for DotFun<V> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            (Form::Many(pages), Form::Many(others)) => pages == others,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }
}

impl<V: Eq> Eq for DotFun<V> {}

impl<V: Hash> Hash for DotFun<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl<V: fmt::Debug> fmt::Debug for DotFun<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
