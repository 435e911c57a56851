//! What holds of every tree, checked span by span against sums and positions that are counted anew.

use super::*;

const UNITS: [Unit; 3] = [Unit::Chars, Unit::Utf16, Unit::Bytes];

impl Tree {
    /// Panics unless the nodes hang together, the sizes are right, and every question is answered as a list would.
    pub(in crate::text) fn assert_sound(&self) {
        let mut leaves = Vec::new();
        assert_eq!(self.assert_sound_below(self.root, self.height, NONE, &mut leaves), self.total);
        assert_eq!(leaves, self.leaves_in_order().collect::<Vec<_>>(), "the chain is the order");
        assert_eq!((leaves[0], leaves.len()), (0, self.leaves.len()));
        for (at, one) in leaves.iter().enumerate() {
            for other in [leaves[(at * 7 + 3) % leaves.len()], leaves[(at + 1) % leaves.len()]] {
                let place = leaves.iter().position(|leaf| *leaf == other).unwrap();
                assert_eq!(self.compare_leaves(*one, other), at.cmp(&place));
            }
        }
        self.assert_places(&leaves);
    }

    fn assert_sound_below(&self, node: u32, height: u32, above: u32, leaves: &mut Vec<u32>) -> Measure {
        assert_eq!(self.parent(node, height), above, "a node knows its parent");
        if height == 0 {
            leaves.push(node);
            let spans = &self.leaf(node).spans;
            assert!(spans.len() <= LEAF && (!spans.is_empty() || self.leaves.len() == 1));
            return spans.iter().fold(Measure::default(), |sum, span| sum.plus(span.visible()));
        }
        let inner = &self.inner[node as usize];
        assert!((1..=INNER).contains(&inner.children.len()));
        let mut sum = Measure::default();
        for (child, size) in inner.children.iter().zip(&inner.sizes) {
            assert_eq!(self.assert_sound_below(*child, height - 1, node, leaves), *size);
            sum = sum.plus(*size);
        }
        assert_eq!(inner.children.len(), inner.sizes.len());
        sum
    }

    fn assert_places(&self, leaves: &[u32]) {
        let mut start = Measure::default();
        let mut before = None;
        for leaf in leaves {
            for (index, span) in self.leaf(*leaf).spans.iter().enumerate() {
                assert_eq!(self.start_of(*leaf, index), start);
                if let Some((leaf_before, index_before)) = before {
                    assert_eq!(self.after(leaf_before, index_before), Some((*leaf, index)));
                }
                before = Some((*leaf, index));
                let end = start.plus(span.visible());
                for (unit, offset) in UNITS.into_iter().flat_map(|unit| {
                    [start.in_unit(unit) + 1, end.in_unit(unit)].map(|offset| (unit, offset))
                }) {
                    if offset > start.in_unit(unit) && offset <= end.in_unit(unit) {
                        let place = self.find(unit, offset);
                        assert_eq!((place.leaf, place.index, place.start), (*leaf, index, start));
                    }
                }
                start = end;
            }
        }
        assert_eq!(before.and_then(|(leaf, index)| self.after(leaf, index)), None);
    }
}

/// A span of one visible or deleted character of two or three bytes, unlike its neighbours.
fn span(number: u32) -> Span {
    let id = super::super::span::Local { replica: number % 3, seq: 1 + 2 * number };
    let edge = super::super::span::Local::EDGE;
    let bytes = 2 + number % 2;
    let deleted = number.is_multiple_of(5);
    Span { id, left: edge, right: edge, text: 0, chars: 1, utf16: 1, bytes, deleted }
}

#[test]
fn a_tree_is_built_of_any_number_of_spans() {
    let filled = LEAF * 3 / 4;
    let node = filled * (INNER * 3 / 4);
    for count in [0, 1, filled, filled + 1, 5 * filled, node, node + 1, 12 * node, 12 * node + 1] {
        let mut builder = Builder::default();
        for number in 0..count {
            builder.push(span(u32::try_from(number).unwrap()));
        }
        let tree = builder.finish();
        tree.assert_sound();
        assert_eq!(tree.iter().count(), count);
        assert_eq!(tree.leaves.len(), count.div_ceil(filled).max(1), "leaves are filled, but for room");
    }
}

#[test]
fn leaves_split_wherever_spans_come() {
    for seed in 0..6 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (mut tree, mut expected) = (Tree::new(), Vec::new());
        for number in 0..900 {
            let at = match seed % 3 {
                0 => 0,
                1 => expected.len(),
                _ => rng.usize(..=expected.len()),
            };
            let (leaf, index) = match at.checked_sub(1) {
                None => (0, 0),
                Some(before) => {
                    let place = places(&tree)[before];
                    (place.0, place.1 + 1)
                }
            };
            let mut room = (leaf, index);
            if tree.leaf(leaf).spans.len() == LEAF {
                let at = if index == LEAF { LEAF } else { LEAF / 2 };
                let new = tree.split(leaf, at);
                if index >= at {
                    room = (new, index - at);
                }
            }
            tree.insert(room.0, room.1, span(number));
            expected.insert(at, span(number).id);
            if number.is_multiple_of(31) {
                tree.assert_sound();
            }
        }
        tree.assert_sound();
        assert!(tree.iter().map(|span| span.id).eq(expected), "seed {seed}");
        assert!(tree.height >= 2, "there are inner nodes to split");
        if seed % 3 == 1 {
            let full = |nodes: usize, room: usize| nodes <= room;
            assert!(
                full(tree.leaves.len(), 900_usize.div_ceil(LEAF)),
                "who types at the end leaves full leaves"
            );
            let parents = tree.inner.len() - 1;
            assert!(full(parents, tree.leaves.len().div_ceil(INNER)), "and full nodes");
        }
    }
}

fn places(tree: &Tree) -> Vec<(u32, usize)> {
    let spans_of = |leaf| (0..tree.leaf(leaf).spans.len()).map(move |index| (leaf, index));
    tree.leaves_in_order().flat_map(spans_of).collect()
}
