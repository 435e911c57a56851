//! What the changes of a history have made and removed, and therefore what a read must, may and must not show.
//!
//! A change is known by its name, which its reply gives; a removal says which changes it had seen. So the specification is
//! exact: *a contribution is there exactly if no removal had seen it*. What ended without an answer widens it: it may have
//! made something, and may have removed anything under its key.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu_node::Time;

use crate::operation::Operation;

/// What a history says, operation by operation; [`Entries::close`] makes a [`Ledger`] of it.
pub(super) struct Entries<'a, K> {
    history: &'a [Operation],
    made: Vec<(K, usize, Option<Arc<str>>, i64)>,
    /// The operations that removed a contribution, by its name.
    gone: BTreeMap<(K, Arc<str>), Vec<usize>>,
    /// The operations without an answer that may have removed anything under a key.
    wild: BTreeMap<K, Vec<usize>>,
    /// Those that may have removed anything at all.
    wild_for_all: Vec<usize>,
}

/// The contributions of a history under their keys, in the order of the keys.
pub(super) struct Ledger<K>(Vec<(K, Vec<Made>)>);

/// One contribution.
pub(super) struct Made {
    /// What it contributes, where that is a number.
    pub(super) amount: i64,
    certain: bool,
    node: u16,
    invoked: Time,
    completed: Time,
    /// True if an acknowledged operation has removed it.
    removed: bool,
    /// When each node first acknowledged its removal.
    removed_at: Vec<(u16, Time)>,
    /// When the first operation was invoked that has removed it, or may have.
    in_doubt: Option<Time>,
}

/// What is to be said of a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It must be shown.
    There,
    /// It may be shown or not.
    Open,
    /// It must not be shown.
    Gone,
}

/// From where one looks.
#[derive(Clone, Copy)]
pub(super) enum View<'a> {
    /// After everything has arrived everywhere.
    End,
    /// In a read at some node: it must show what that node itself acknowledged before.
    Read(&'a Operation),
}

impl<'a, K: Ord + Clone> Entries<'a, K> {
    pub(super) const fn new(history: &'a [Operation]) -> Self {
        Self {
            history,
            made: Vec::new(),
            gone: BTreeMap::new(),
            wild: BTreeMap::new(),
            wild_for_all: Vec::new(),
        }
    }

    /// The operation has made a contribution, or, if it had no answer, may have. Without a name nobody can be known to
    /// have removed it.
    pub(super) fn make(&mut self, op: usize, key: K, name: Option<Arc<str>>, amount: i64) {
        self.made.push((key, op, name, amount));
    }

    /// The operation has removed the contribution of this name, or, if it had no answer, may have.
    pub(super) fn remove(&mut self, op: usize, key: K, name: Arc<str>) {
        self.gone.entry((key, name)).or_default().push(op);
    }

    /// The operation had no answer, and may have removed anything under the key; without a key, anything.
    pub(super) fn may_remove(&mut self, op: usize, key: Option<K>) {
        match key {
            Some(key) => self.wild.entry(key).or_default().push(op),
            None => self.wild_for_all.push(op),
        }
    }

    /// The keys under which something was removed that no entry has made.
    pub(super) fn removed_and_never_made(&self) -> Vec<K> {
        let made: std::collections::BTreeSet<_> =
            self.made.iter().filter_map(|(key, _, name, _)| Some((key, name.as_ref()?))).collect();
        let strange = self.gone.keys().filter(|(key, name)| !made.contains(&(key, name)));
        strange.map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn close(self) -> Ledger<K> {
        let mut ledger = BTreeMap::<K, Vec<Made>>::new();
        for (key, op, name, amount) in &self.made {
            let by = &self.history[*op];
            let name = name.as_ref().map(|name| (key.clone(), Arc::clone(name)));
            let gone = name.and_then(|name| self.gone.get(&name)).map_or(&[][..], Vec::as_slice);
            let removers = || gone.iter().map(|op| &self.history[*op]);
            let wild = self.wild.get(key).into_iter().flatten().chain(&self.wild_for_all);
            let doubts = removers().chain(wild.map(|op| &self.history[*op]));
            let mut removed_at: Vec<_> =
                removers().filter(|op| op.is_ok()).map(|op| (op.node, op.completed)).collect();
            removed_at.sort_unstable();
            removed_at.dedup_by_key(|(node, _)| *node);
            ledger.entry(key.clone()).or_default().push(Made {
                amount: *amount,
                certain: by.is_ok(),
                node: by.node,
                invoked: by.invoked,
                completed: by.completed,
                removed: removers().any(Operation::is_ok),
                removed_at,
                in_doubt: doubts.map(|op| op.invoked).min(),
            });
        }
        Ledger(ledger.into_iter().collect())
    }
}

impl<K: Ord> Ledger<K> {
    /// All keys, and under each what is to be said of its contributions.
    pub(super) fn fates<'b>(
        &'b self,
        view: View<'b>,
    ) -> impl Iterator<Item = (&'b K, impl Iterator<Item = (i64, Fate)> + 'b)> {
        self.0
            .iter()
            .map(move |(key, made)| (key, made.iter().map(move |made| (made.amount, made.fate(view)))))
    }

    /// What is to be said of the keys, if a single contribution is enough.
    pub(super) fn presences<'b>(&'b self, view: View<'b>) -> impl Iterator<Item = (&'b K, Fate)> {
        self.fates(view).map(|(key, fates)| (key, fates.map(|(_, fate)| fate).fold(Fate::Gone, Fate::or)))
    }

    /// True if something was contributed under the key, or may have been.
    pub(super) fn knows(&self, key: &K) -> bool {
        self.0.binary_search_by(|(known, _)| known.cmp(key)).is_ok()
    }
}

impl Made {
    fn fate(&self, view: View<'_>) -> Fate {
        let (removed, open) = match view {
            View::End => (self.removed, !self.certain || self.in_doubt.is_some()),
            View::Read(read) => {
                let here = |(node, at): &(u16, Time)| *node == read.node && *at < read.invoked;
                let removed = self.invoked > read.completed || self.removed_at.iter().any(here);
                let own = self.certain && here(&(self.node, self.completed));
                (removed, !own || self.in_doubt.is_some_and(|at| at <= read.completed))
            }
        };
        match (removed, open) {
            (true, _) => Fate::Gone,
            (false, true) => Fate::Open,
            (false, false) => Fate::There,
        }
    }
}

impl Fate {
    /// That of two of which one is enough.
    const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::There, _) | (_, Self::There) => Self::There,
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Gone, Self::Gone) => Self::Gone,
        }
    }
}

/// The names that more than one operation claims to have made.
pub(super) fn named_twice(history: &[Operation]) -> Vec<Arc<str>> {
    let made = history.iter().filter_map(Operation::change).flat_map(|change| change.added.iter());
    let mut names: Vec<_> = made.cloned().collect();
    names.sort_unstable();
    let pairs = names.array_windows().filter(|[one, next]| one == next);
    let mut twice: Vec<_> = pairs.map(|[one, _]| Arc::clone(one)).collect();
    twice.dedup();
    twice
}
