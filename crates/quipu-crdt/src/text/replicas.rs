//! Who has written in a document: their numbers, their texts, and in which leaf each of their characters is.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::change::Id;
use super::leaves::Leaves;
use super::span::{Local, Span};
use super::tree::Tree;
use crate::ReplicaId;

/// The replicas of one document. Their numbers are the document's own and mean nothing elsewhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Replicas {
    all: Vec<Replica>,
    numbers: BTreeMap<ReplicaId, u32>,
    /// The one asked for last: most changes come in a row.
    recent: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub(super) id: ReplicaId,
    /// The number after the highest that is known, of characters here, waiting or only known as deleted.
    pub(super) next: u32,
    /// What it inserted, in the order of arrival. Spans refer to slices of it.
    pub(super) text: String,
    pub(super) leaves: Leaves,
}

impl Replicas {
    #[inline]
    pub(super) fn number(&mut self, id: ReplicaId) -> Option<u32> {
        let number = self.find(id)?;
        self.recent = number as usize;
        Some(number)
    }

    /// The number of a replica that may be unknown.
    #[inline]
    pub(super) fn find(&self, id: ReplicaId) -> Option<u32> {
        match self.all.get(self.recent) {
            Some(replica) if replica.id == id => u32::try_from(self.recent).ok(),
            _ => self.numbers.get(&id).copied(),
        }
    }

    /// The number of a replica, a new one if it had none.
    #[inline]
    pub(super) fn number_or_new(&mut self, id: ReplicaId) -> u32 {
        if let Some(number) = self.number(id) {
            return number;
        }
        let number = u32::try_from(self.all.len()).expect("2^32 replicas do not fit in memory");
        self.all.push(Replica { id, next: 1, text: String::new(), leaves: Leaves::default() });
        self.numbers.insert(id, number);
        number
    }

    #[inline]
    pub(super) fn get(&self, number: u32) -> &Replica {
        &self.all[number as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, number: u32) -> &mut Replica {
        &mut self.all[number as usize]
    }

    /// All replicas in the order of their ids, each with its number.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (u32, &Replica)> {
        self.numbers.values().map(|number| (*number, self.get(*number)))
    }

    #[inline]
    pub(super) fn text(&self, span: &Span) -> &str {
        if span.text == Span::DROPPED {
            return "";
        }
        &self.get(span.id.replica).text[span.text..span.text + span.bytes as usize]
    }

    /// The same replicas, with nothing written yet.
    pub(super) fn without_text(&self) -> Self {
        let empty = |replica: &Replica| Replica {
            id: replica.id,
            next: replica.next,
            text: String::new(),
            leaves: Leaves::default(),
        };
        Self { all: self.all.iter().map(empty).collect(), numbers: self.numbers.clone(), recent: self.recent }
    }

    /// These replicas, numbered as they come, with nothing written yet.
    #[cfg(feature = "serde")]
    pub(super) fn of(ids: &[ReplicaId]) -> Self {
        let mut replicas = Self::default();
        for id in ids {
            replicas.number_or_new(*id);
        }
        replicas
    }

    /// Of each replica, by number, its place in a list in order that has them all.
    #[cfg(feature = "serde")]
    pub(super) fn places_in(&self, ids: &[ReplicaId]) -> Vec<u32> {
        let place = |replica: &Replica| {
            ids.binary_search(&replica.id).ok().and_then(|place| u32::try_from(place).ok())
        };
        self.all.iter().map(|replica| place(replica).expect("the list has all replicas")).collect()
    }

    /// Keeps a text and returns where.
    pub(super) fn keep(&mut self, number: u32, text: &str) -> usize {
        let buffer = &mut self.get_mut(number).text;
        buffer.push_str(text);
        buffer.len() - text.len()
    }

    /// Notes for every character of a finished tree in which leaf it is.
    pub(super) fn note_leaves(&mut self, tree: &Tree) {
        let mut ranges: Vec<Vec<(u32, u32, u32)>> = self.all.iter().map(|_| Vec::new()).collect();
        for leaf in tree.leaves_in_order() {
            for span in &tree.leaf(leaf).spans {
                ranges[span.id.replica as usize].push((span.id.seq, span.end(), leaf));
            }
        }
        for (replica, mut ranges) in self.all.iter_mut().zip(ranges) {
            ranges.sort_unstable();
            replica.next = ranges.last().map_or(replica.next, |(_, end, _)| replica.next.max(*end));
            replica.leaves = Leaves::of(ranges.into_iter());
        }
    }

    #[inline]
    pub(super) fn global(&self, id: Local) -> Option<Id> {
        (!id.is_edge()).then(|| Id { replica: self.get(id.replica).id, seq: id.seq })
    }

    /// In which leaf a character is, if it has a place in the document.
    #[inline]
    pub(super) fn leaf_of(&self, id: Local) -> Option<u32> {
        self.get(id.replica).leaves.get(id.seq)
    }

    /// A character's local name and leaf, if it has a place in the document.
    pub(super) fn locate(&self, id: Id) -> Option<(Local, u32)> {
        let local = Local { replica: self.find(id.replica)?, seq: id.seq };
        Some((local, self.leaf_of(local)?))
    }
}
