//! Replicas and their values, as two lists; one entry alone sits inline.

use alloc::vec;
use alloc::vec::Vec;
use core::slice;

use crate::ReplicaId;

/// Two lists of the same length, the ids ascending.
#[derive(Clone)]
pub(super) enum Lists<V> {
    One(ReplicaId, V),
    Any(Vec<ReplicaId>, Vec<V>),
}

impl<V: Copy> Lists<V> {
    #[inline]
    pub(super) const fn new() -> Self {
        Self::Any(Vec::new(), Vec::new())
    }

    #[inline]
    pub(super) fn ids(&self) -> &[ReplicaId] {
        match self {
            Self::One(id, _) => slice::from_ref(id),
            Self::Any(ids, _) => ids,
        }
    }

    #[inline]
    pub(super) fn values(&self) -> &[V] {
        match self {
            Self::One(_, value) => slice::from_ref(value),
            Self::Any(_, values) => values,
        }
    }

    #[inline]
    pub(super) fn values_mut(&mut self) -> (&[ReplicaId], &mut [V]) {
        match self {
            Self::One(id, value) => (slice::from_ref(id), slice::from_mut(value)),
            Self::Any(ids, values) => (ids, values),
        }
    }

    /// True if the entry at this place is that of `replica`.
    #[inline]
    pub(super) fn is_at(&self, place: usize, replica: ReplicaId) -> bool {
        match self {
            Self::One(id, _) => *id == replica,
            Self::Any(ids, _) => ids.get(place) == Some(&replica),
        }
    }

    /// The value at this place, which was seen to be one.
    #[inline]
    pub(super) fn value_mut(&mut self, place: usize) -> Option<&mut V> {
        match self {
            Self::One(_, value) => Some(value),
            Self::Any(_, values) => values.get_mut(place),
        }
    }

    pub(super) fn insert(&mut self, at: usize, replica: ReplicaId, value: V) {
        match self {
            Self::Any(ids, _) if ids.is_empty() => *self = Self::One(replica, value),
            Self::Any(ids, values) => {
                ids.insert(at, replica);
                values.insert(at, value);
            }
            Self::One(id, one) => {
                let (mut ids, mut values) = (vec![*id], vec![*one]);
                ids.insert(at, replica);
                values.insert(at, value);
                *self = Self::Any(ids, values);
            }
        }
    }

    pub(super) fn push(&mut self, replica: ReplicaId, value: V) {
        self.insert(self.ids().len(), replica, value);
    }
}
