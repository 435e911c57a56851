//! A sorted map that is small while it has few entries.
//!
//! Nested maps are mostly maps of one or two entries, and a tree map makes room for eleven at once. So up to [`FEW`] entries stand
//! in a sorted vector of exactly their number, and only more of them in a tree. Nothing but memory and time shows the form.
//!
//! *Cost* for n entries: as a `BTreeMap`; of few entries only the entries and three words.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem;
use core::ops::RangeInclusive;

/// Up to so many entries a map stays a vector; one that was larger stays a tree until it is empty.
const FEW: usize = 8;

/// A sorted map in one of two forms.
#[derive(Clone)]
pub(crate) enum SmallMap<K, V> {
    /// Ascending by key.
    Few(Vec<(K, V)>),
    #[expect(clippy::box_collection, reason = "so that the map itself takes three words and not four")]
    Many(Box<BTreeMap<K, V>>),
}

impl<K: Ord, V> SmallMap<K, V> {
    /// Sets the value of a key.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.grow();
        match self {
            Self::Few(few) => match place(few, &key) {
                Ok(at) => few[at].1 = value,
                Err(at) => insert_at(few, at, (key, value)),
            },
            Self::Many(many) => {
                many.insert(key, value);
            }
        }
    }

    /// The value of a key, which is made if it is not there.
    pub(crate) fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.grow();
        match self {
            Self::Few(few) => {
                let at = place(few, &key).unwrap_or_else(|at| {
                    insert_at(few, at, (key, V::default()));
                    at
                });
                &mut few[at].1
            }
            Self::Many(many) => many.entry(key).or_default(),
        }
    }

    /// Takes a key out and returns its value.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let removed = match self {
            Self::Few(few) => place(few, key).ok().map(|at| few.remove(at).1),
            Self::Many(many) => many.remove(key),
        };
        if self.is_empty() {
            *self = Self::default();
        }
        removed
    }

    /// The value of a key.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        match self {
            Self::Few(few) => place(few, key).ok().map(|at| &few[at].1),
            Self::Many(many) => many.get(key),
        }
    }

    /// The entries in a range of keys, which must not end before it begins.
    pub(crate) fn range(&self, keys: RangeInclusive<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        match self {
            Self::Few(few) => {
                let from = few.partition_point(|(key, _)| key < keys.start());
                let to = few.partition_point(|(key, _)| key <= keys.end());
                Entries::Few(few[from..to].iter().map(both as Both<K, V>))
            }
            Self::Many(many) => Entries::Many(many.range(keys)),
        }
    }

    /// Becomes a tree if there is no room for one more in the vector.
    fn grow(&mut self) {
        if let Self::Few(few) = self
            && few.len() == FEW
        {
            *self = Self::Many(Box::new(mem::take(few).into_iter().collect()));
        }
    }
}

impl<K, V> SmallMap<K, V> {
    /// The entries, ascending.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        match self {
            Self::Few(few) => Entries::Few(few.iter().map(both as Both<K, V>)),
            Self::Many(many) => Entries::Many(many.iter()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where a key stands, or would stand.
fn place<K: Borrow<Q>, Q: Ord + ?Sized, V>(few: &[(K, V)], key: &Q) -> Result<usize, usize> {
    few.binary_search_by(|(other, _)| other.borrow().cmp(key))
}

fn insert_at<T>(few: &mut Vec<T>, at: usize, entry: T) {
    few.reserve_exact(1);
    few.insert(at, entry);
}

type Both<K, V> = fn(&(K, V)) -> (&K, &V);

fn both<K, V>((key, value): &(K, V)) -> (&K, &V) {
    (key, value)
}

/// The entries of either form.
enum Entries<F, M> {
    Few(F),
    Many(M),
}

impl<F: Iterator, M: Iterator<Item = F::Item>> Iterator for Entries<F, M> {
    type Item = F::Item;

    fn next(&mut self) -> Option<F::Item> {
        match self {
            Self::Few(few) => few.next(),
            Self::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Few(few) => few.size_hint(),
            Self::Many(many) => many.size_hint(),
        }
    }
}

impl<F: DoubleEndedIterator, M: DoubleEndedIterator<Item = F::Item>> DoubleEndedIterator for Entries<F, M> {
    fn next_back(&mut self) -> Option<F::Item> {
        match self {
            Self::Few(few) => few.next_back(),
            Self::Many(many) => many.next_back(),
        }
    }
}

impl<F: ExactSizeIterator, M: ExactSizeIterator<Item = F::Item>> ExactSizeIterator for Entries<F, M> {}

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SmallMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SmallMap<K, V> {}

impl<K: Hash, V: Hash> Hash for SmallMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SmallMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests;
