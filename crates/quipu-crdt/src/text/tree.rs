//! The order of the document: a B-tree over spans that knows the visible size of each of its parts.
//!
//! Nodes lie in two vectors and name each other by index. Leaves hold spans and are chained; inner nodes hold the sizes
//! of their children. Spans are cut and joined but never vanish, so no node ever becomes empty and none is given back.
//! All leaves are equally deep; leaf 0 is always the first.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::Unit;
use super::span::{Measure, Span};

/// Spans of a full leaf.
pub(super) const LEAF: usize = 32;
/// Children of a full inner node.
const INNER: usize = 16;
/// No node: the parent of the root, the leaf after the last.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) spans: Vec<Span>,
    pub(super) next: u32,
    parent: u32,
}

#[derive(Clone, Debug)]
struct Inner {
    children: Vec<u32>,
    sizes: Vec<Measure>,
    parent: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    leaves: Vec<Leaf>,
    inner: Vec<Inner>,
    /// An inner node, or leaf 0 if there is none.
    root: u32,
    /// How many levels of inner nodes there are.
    height: u32,
    total: Measure,
    /// The way from the leaf that changed last up to the root: each node, and which child of it.
    way: Way,
}

#[derive(Clone, Debug)]
struct Way {
    leaf: u32,
    steps: Vec<(u32, u32)>,
}

/// A span and the visible size of all before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) leaf: u32,
    pub(super) index: usize,
    pub(super) start: Measure,
}

impl Tree {
    pub(super) fn new() -> Self {
        let leaf = Leaf { spans: Vec::new(), next: NONE, parent: NONE };
        Self {
            leaves: vec![leaf],
            inner: Vec::new(),
            root: 0,
            height: 0,
            total: Measure::default(),
            way: Way { leaf: NONE, steps: Vec::new() },
        }
    }

    fn build_inner(&mut self, mut sizes: Vec<Measure>) {
        let mut level: Vec<u32> = (0..index(self.leaves.len())).collect();
        while level.len() > 1 {
            let mut above = (Vec::new(), Vec::new());
            for (children, sizes) in level.chunks(INNER * 3 / 4).zip(sizes.chunks(INNER * 3 / 4)) {
                let node = index(self.inner.len());
                for child in children {
                    self.set_parent(*child, self.height, node);
                }
                self.inner.push(Inner { children: children.into(), sizes: sizes.into(), parent: NONE });
                above.0.push(node);
                above.1.push(sizes.iter().fold(Measure::default(), |sum, size| sum.plus(*size)));
            }
            (level, sizes) = above;
            self.height += 1;
            self.root = level[0];
        }
    }

    #[inline]
    pub(super) fn leaf(&self, leaf: u32) -> &Leaf {
        &self.leaves[leaf as usize]
    }

    #[inline]
    pub(super) fn span(&self, leaf: u32, index: usize) -> &Span {
        &self.leaves[leaf as usize].spans[index]
    }

    /// For changes that leave the visible size as it is; others must be told with [`Tree::resize`].
    #[inline]
    pub(super) fn spans_mut(&mut self, leaf: u32) -> &mut Vec<Span> {
        &mut self.leaves[leaf as usize].spans
    }

    /// The visible size of the document.
    pub(super) fn total(&self) -> Measure {
        self.total
    }

    /// All spans in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Span> {
        self.leaves_in_order().flat_map(|leaf| &self.leaf(leaf).spans)
    }

    pub(super) fn leaves_in_order(&self) -> impl Iterator<Item = u32> {
        core::iter::successors(Some(0), |leaf| Some(self.leaf(*leaf).next).filter(|next| *next != NONE))
    }

    /// The first span after a place, which may be in the next leaf.
    #[inline]
    pub(super) fn after(&self, leaf: u32, index: usize) -> Option<(u32, usize)> {
        if index + 1 < self.leaf(leaf).spans.len() {
            return Some((leaf, index + 1));
        }
        let next = self.leaf(leaf).next;
        // Only the first leaf of an empty document has no spans.
        (next != NONE).then_some((next, 0))
    }

    /// Notes that the visible size of a leaf changed by `gained`, which may be a wrapped negative.
    #[inline]
    pub(super) fn resize(&mut self, leaf: u32, gained: Measure) {
        self.total = self.total.plus(gained);
        if self.way.leaf != leaf {
            self.find_way(leaf);
        }
        for (node, slot) in &self.way.steps {
            let size = &mut self.inner[*node as usize].sizes[*slot as usize];
            *size = size.plus(gained);
        }
    }

    fn find_way(&mut self, leaf: u32) {
        self.way.leaf = leaf;
        self.way.steps.clear();
        let mut child = leaf;
        let mut node = self.leaf(leaf).parent;
        while node != NONE {
            let parent = &self.inner[node as usize];
            self.way.steps.push((node, index(parent.slot(child))));
            (child, node) = (node, parent.parent);
        }
    }

    /// The span in which the visible character before `offset` lies; `offset` is neither 0 nor beyond the end.
    pub(super) fn find(&self, unit: Unit, offset: usize) -> Place {
        let mut start = Measure::default();
        let mut node = self.root;
        for _ in 0..self.height {
            let inner = &self.inner[node as usize];
            let mut slot = 0;
            while start.plus(inner.sizes[slot]).in_unit(unit) < offset {
                start = start.plus(inner.sizes[slot]);
                slot += 1;
            }
            node = inner.children[slot];
        }
        let spans = &self.leaf(node).spans;
        let mut index = 0;
        while start.plus(spans[index].visible()).in_unit(unit) < offset {
            start = start.plus(spans[index].visible());
            index += 1;
        }
        Place { leaf: node, index, start }
    }

    /// The visible size of all before a span.
    pub(super) fn start_of(&self, leaf: u32, index: usize) -> Measure {
        let spans = &self.leaf(leaf).spans[..index];
        let mut start = spans.iter().fold(Measure::default(), |sum, span| sum.plus(span.visible()));
        let mut child = leaf;
        let mut node = self.leaf(leaf).parent;
        while node != NONE {
            let parent = &self.inner[node as usize];
            let before = &parent.sizes[..parent.slot(child)];
            start = before.iter().fold(start, |sum, size| sum.plus(*size));
            (child, node) = (node, parent.parent);
        }
        start
    }

    /// Which of two leaves comes first.
    pub(super) fn compare_leaves(&self, mut one: u32, mut other: u32) -> Ordering {
        if one == other {
            return Ordering::Equal;
        }
        let (mut above_one, mut above_other) = (self.leaf(one).parent, self.leaf(other).parent);
        while above_one != above_other {
            (one, other) = (above_one, above_other);
            (above_one, above_other) = (self.inner[one as usize].parent, self.inner[other as usize].parent);
        }
        let parent = &self.inner[above_one as usize];
        parent.slot(one).cmp(&parent.slot(other))
    }

    /// Puts a span into a leaf that has room, before the one at `index`.
    #[inline]
    pub(super) fn insert(&mut self, leaf: u32, index: usize, span: Span) {
        self.leaves[leaf as usize].spans.insert(index, span);
        self.resize(leaf, span.visible());
    }

    /// Moves the spans from `at` on to a new leaf right after this one, which is returned.
    pub(super) fn split(&mut self, leaf: u32, at: usize) -> u32 {
        let new = index(self.leaves.len());
        self.way.leaf = NONE;
        let old = &mut self.leaves[leaf as usize];
        let mut spans = Vec::with_capacity(LEAF);
        spans.extend(old.spans.drain(at..));
        let moved = spans.iter().fold(Measure::default(), |sum, span| sum.plus(span.visible()));
        let next = core::mem::replace(&mut old.next, new);
        let parent = old.parent;
        self.leaves.push(Leaf { spans, next, parent });
        self.adopt(leaf, new, moved, 0);
        new
    }

    /// Makes `new` the sibling after `old`, `moved` of whose size it has taken. Both are at `level`, leaves at 0.
    fn adopt(&mut self, old: u32, new: u32, moved: Measure, level: u32) {
        let node = self.parent(old, level);
        if node == NONE {
            let root = index(self.inner.len());
            let sizes = vec![self.total.minus(moved), moved];
            self.inner.push(Inner { children: vec![old, new], sizes, parent: NONE });
            self.set_parent(old, level, root);
            self.set_parent(new, level, root);
            (self.root, self.height) = (root, self.height + 1);
            return;
        }
        self.set_parent(new, level, node);
        let inner = &mut self.inner[node as usize];
        let slot = inner.slot(old);
        inner.sizes[slot] = inner.sizes[slot].minus(moved);
        inner.children.insert(slot + 1, new);
        inner.sizes.insert(slot + 1, moved);
        if inner.children.len() > INNER {
            // Whoever types at the end leaves full nodes behind.
            let at = if slot + 2 == inner.children.len() { INNER } else { INNER / 2 };
            self.split_inner(node, at, level + 1);
        }
    }

    fn split_inner(&mut self, node: u32, at: usize, level: u32) {
        let new = index(self.inner.len());
        let inner = &mut self.inner[node as usize];
        let children = inner.children.split_off(at);
        let sizes = inner.sizes.split_off(at);
        let parent = inner.parent;
        let moved = sizes.iter().fold(Measure::default(), |sum, size| sum.plus(*size));
        for child in &children {
            self.set_parent(*child, level - 1, new);
        }
        self.inner.push(Inner { children, sizes, parent });
        self.adopt(node, new, moved, level);
    }

    fn parent(&self, node: u32, level: u32) -> u32 {
        if level == 0 { self.leaf(node).parent } else { self.inner[node as usize].parent }
    }

    fn set_parent(&mut self, node: u32, level: u32, parent: u32) {
        if level == 0 {
            self.leaves[node as usize].parent = parent;
        } else {
            self.inner[node as usize].parent = parent;
        }
    }
}

/// Makes a tree of spans that come in order, its leaves filled but for room to edit in.
#[derive(Debug)]
pub(super) struct Builder {
    tree: Tree,
    /// Of the leaves; the last one is open.
    sizes: Vec<Measure>,
}

impl Default for Builder {
    fn default() -> Self {
        Self { tree: Tree::new(), sizes: vec![Measure::default()] }
    }
}

impl Builder {
    pub(super) fn push(&mut self, span: Span) {
        let leaves = &mut self.tree.leaves;
        let mut last = leaves.len() - 1;
        if leaves[last].spans.len() == LEAF * 3 / 4 {
            self.sizes.push(Measure::default());
            last += 1;
            leaves[last - 1].next = index(last);
            leaves.push(Leaf { spans: Vec::with_capacity(LEAF), next: NONE, parent: NONE });
        }
        leaves[last].spans.push(span);
        self.sizes[last] = self.sizes[last].plus(span.visible());
        self.tree.total = self.tree.total.plus(span.visible());
    }

    /// The last span.
    pub(super) fn last_mut(&mut self) -> Option<&mut Span> {
        self.tree.leaves.last_mut()?.spans.last_mut()
    }

    pub(super) fn finish(mut self) -> Tree {
        self.tree.build_inner(self.sizes);
        self.tree
    }
}

impl Inner {
    #[inline]
    fn slot(&self, child: u32) -> usize {
        self.children.iter().position(|each| *each == child).expect("a child is among its parent's children")
    }
}

/// A node's number. Each node takes more than 4 bytes of memory, so their number fits.
#[expect(clippy::cast_possible_truncation, reason = "2^32 leaves do not fit in memory")]
fn index(count: usize) -> u32 {
    count as u32
}

#[cfg(test)]
mod tests;
