//! Replicas and their values, as two lists; one entry alone sits inline. Neither that nor nothing writes more memory than it has
//! to say: a delta is one of them, and is handed over in memory.

use alloc::vec;
use alloc::vec::Vec;
use core::slice;

use super::Slot;
use crate::ReplicaId;

/// The ids ascending.
#[derive(Clone)]
pub(super) enum Lists<V: Slot> {
    Empty,
    One(ReplicaId, V),
    /// At least two.
    Any(Many<V>),
}

/// Two lists of the same length.
#[derive(Clone, Default)]
pub(super) struct Many<V: Slot> {
    pub(super) ids: Vec<ReplicaId>,
    pub(super) values: Vec<V>,
    /// Where the last change was made, which is where the next one will be: a replica changes its own slot. A guess,
    /// checked at each use, no part of the value.
    pub(super) hint: usize,
    /// Follows from the values.
    pub(super) total: V::Total,
}

impl<V: Slot> Lists<V> {
    #[inline]
    pub(super) fn ids(&self) -> &[ReplicaId] {
        match self {
            Self::Empty => &[],
            Self::One(id, _) => slice::from_ref(id),
            Self::Any(lists) => &lists.ids,
        }
    }

    #[inline]
    pub(super) fn values(&self) -> &[V] {
        match self {
            Self::Empty => &[],
            Self::One(_, value) => slice::from_ref(value),
            Self::Any(lists) => &lists.values,
        }
    }

    /// Puts an entry where its replica has to be. The hint stays with the slot that it points to.
    pub(super) fn insert(&mut self, at: usize, replica: ReplicaId, value: V) {
        match self {
            Self::Empty => *self = Self::One(replica, value),
            lists => {
                let lists = lists.many();
                lists.ids.insert(at, replica);
                lists.values.insert(at, value);
                lists.total += value.gain(V::default());
                lists.hint += usize::from(at <= lists.hint);
            }
        }
    }

    /// The form of lists, whatever the form was: for more entries to come.
    pub(super) fn many(&mut self) -> &mut Many<V> {
        if let Self::Empty = self {
            *self = Self::Any(Many::default());
        } else if let Self::One(id, value) = self {
            let total = value.gain(V::default());
            *self = Self::Any(Many { ids: vec![*id], values: vec![*value], hint: 0, total });
        }
        match self {
            Self::Any(lists) => lists,
            Self::Empty | Self::One(..) => unreachable!("made lists just now"),
        }
    }
}
