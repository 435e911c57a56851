//! The shortest correct replicated text, against which [`Text`](super::Text) is tested: two sets and a tree walk.
//!
//! The state is what the paper says and no more: a set of inserted characters, each with its place in the tree, and a
//! set of deleted ids. Joining is union. The document is computed anew for every question: every character hangs to
//! the left or right of its parent; the document is the walk *left children, itself, right children*; left siblings
//! stand in the order of their ids, right siblings in the reverse order of their right origins, then of their ids
//! (`FugueMax`). A character whose parent or right origin is not known yet is not part of the walk.
//!
//! *Cost:* an edit or a read of n characters takes O(n log n). That is its use: there is nothing in it to get wrong.
//!
//! *Left out:* runs, an index, a serialised form, offsets other than characters.
//!
//! *Source:* Weidner, Gentle and Kleppmann, *The Art of the Fugue*, 2023, algorithm 1 with section 5.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::{Dot, Lattice, Overflow, ReplicaId, VersionVector};

/// A replicated text without any speed.
///
/// ```
/// use quipu_crdt::text::plain::Plain;
/// use quipu_crdt::{Lattice, NodeName, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::new(NodeName::new("alice"), 1), ReplicaId::new(NodeName::new("bob"), 1));
/// let mut at_alice = Plain::default();
/// let mut at_bob = at_alice.insert(alice, 0, "ac")?;
/// let delta = at_bob.insert(bob, 1, "b")?;
/// at_alice.join(&delta);
/// assert_eq!(at_alice.to_text(), "abc");
/// # Ok::<(), quipu_crdt::Overflow>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    inserted: BTreeMap<Dot, Node>,
    deleted: BTreeSet<Dot>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    char: char,
    /// `None` is the root, which stands at the beginning and has right children only.
    parent: Option<Dot>,
    side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    /// With the right origin; `None` is the end of the document.
    Right(Option<Dot>),
}

impl Plain {
    /// Inserts after `index` visible characters, or at the end if there are fewer, and returns the delta.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has inserted 2^64 - 1 characters; then nothing is changed.
    pub fn insert(&mut self, replica: ReplicaId, index: usize, text: &str) -> Result<Self, Overflow> {
        let order = self.order();
        let visible = |dot: &&Dot| !self.deleted.contains(dot);
        let left = order.iter().filter(visible).take(index).last().copied();
        let after = left.map_or(0, |left| order.iter().take_while(|dot| **dot != left).count() + 1);
        let right = order.get(after).copied();
        let is_right_child = |dot: &Dot| {
            let node = &self.inserted[dot];
            node.parent == left && node.side != Side::Left
        };
        let (mut parent, mut side) = (left, Side::Right(right));
        if order.iter().any(is_right_child) {
            (parent, side) = (right, Side::Left);
        }
        let highest = |dots: &mut dyn Iterator<Item = &Dot>| {
            dots.filter(|dot| dot.replica == replica).map(|dot| dot.counter.get()).max()
        };
        let last = highest(&mut self.inserted.keys()).max(highest(&mut self.deleted.iter())).unwrap_or(0);
        let mut numbers = VersionVector::default();
        if let Some(counter) = core::num::NonZeroU64::new(last) {
            numbers = VersionVector::up_to(Dot::new(replica, counter));
        }
        let mut delta = Self::default();
        for char in text.chars() {
            let dot = numbers.next_dot(replica)?;
            delta.inserted.insert(dot, Node { char, parent, side });
            (parent, side) = (Some(dot), Side::Right(right));
        }
        self.join(&delta);
        Ok(delta)
    }

    /// Deletes visible characters, as many of the range as there are, and returns the delta.
    pub fn delete(&mut self, range: Range<usize>) -> Self {
        let visible = self.order().into_iter().filter(|dot| !self.deleted.contains(dot));
        let deleted = visible.skip(range.start).take(range.len()).collect();
        let delta = Self { inserted: BTreeMap::new(), deleted };
        self.join(&delta);
        delta
    }

    /// The visible text.
    pub fn to_text(&self) -> String {
        let visible = self.order().into_iter().filter(|dot| !self.deleted.contains(dot));
        visible.map(|dot| self.inserted[&dot].char).collect()
    }

    /// All characters that have a place, deleted ones too, in order.
    ///
    /// The walk goes backwards: then the right origins of siblings have been passed, and can be compared, before
    /// the siblings are reached.
    fn order(&self) -> Vec<Dot> {
        let mut children: BTreeMap<Option<Dot>, Vec<Dot>> = BTreeMap::new();
        for dot in self.placed() {
            children.entry(self.inserted[&dot].parent).or_default().push(dot);
        }
        let mut backwards: Vec<Dot> = Vec::new();
        let mut passed: BTreeMap<Dot, usize> = BTreeMap::new();
        let mut stack = Vec::from([(None, false)]);
        while let Some((node, its_turn)) = stack.pop() {
            if its_turn && let Some(dot) = node {
                passed.insert(dot, backwards.len() + 1);
                backwards.push(dot);
                continue;
            }
            let (mut left, mut right) = (Vec::new(), Vec::new());
            for child in children.get(&node).into_iter().flatten() {
                match self.inserted[child].side {
                    Side::Left => left.push(*child),
                    // The end of the document was passed before all.
                    Side::Right(origin) => {
                        let passed = origin.and_then(|origin| passed.get(&origin)).copied();
                        right.push((passed.unwrap_or(0), *child));
                    }
                }
            }
            left.sort_unstable();
            right.sort_unstable();
            stack.extend(left.into_iter().map(|child| (Some(child), false)));
            stack.extend(node.is_some().then_some((node, true)));
            stack.extend(right.into_iter().map(|(_, child)| (Some(child), false)));
        }
        backwards.reverse();
        backwards
    }

    /// The characters whose parents and right origins are known, and theirs, and so on.
    fn placed(&self) -> BTreeSet<Dot> {
        let mut placed = BTreeSet::new();
        let mut grows = true;
        while grows {
            let is_there = |origin: &Option<Dot>| origin.is_none_or(|dot| placed.contains(&dot));
            let next: Vec<Dot> = self
                .inserted
                .iter()
                .filter(|(dot, node)| {
                    let right = if let Side::Right(origin) = node.side { origin } else { None };
                    !placed.contains(*dot) && is_there(&node.parent) && is_there(&right)
                })
                .map(|(dot, _)| *dot)
                .collect();
            grows = !next.is_empty();
            placed.extend(next);
        }
        placed
    }
}

impl Lattice for Plain {
    fn join(&mut self, other: &Self) {
        for (dot, node) in &other.inserted {
            self.inserted.entry(*dot).or_insert_with(|| node.clone());
        }
        self.deleted.extend(&other.deleted);
    }

    fn includes(&self, other: &Self) -> bool {
        other.inserted.keys().all(|dot| self.inserted.contains_key(dot))
            && self.deleted.is_superset(&other.deleted)
    }

    fn difference(&self, known: &Self) -> Self {
        let unknown = self.inserted.iter().filter(|(dot, _)| !known.inserted.contains_key(dot));
        Self {
            inserted: unknown.map(|(dot, node)| (*dot, node.clone())).collect(),
            deleted: self.deleted.difference(&known.deleted).copied().collect(),
        }
    }
}
