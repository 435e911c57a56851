//! What a join costs at least: merging two sorted vectors into a third, slot by slot.

use std::cmp::Ordering;

/// The union of two vectors that are sorted by key; of two values under one key, the larger.
pub(crate) fn merged<K: Ord + Copy, V: Ord + Copy>(one: &[(K, V)], other: &[(K, V)]) -> Vec<(K, V)> {
    let mut all = Vec::with_capacity(one.len() + other.len());
    let (mut at_one, mut at_other) = (0, 0);
    while at_one < one.len() && at_other < other.len() {
        let (left, right) = (one[at_one], other[at_other]);
        match left.0.cmp(&right.0) {
            Ordering::Less => {
                all.push(left);
                at_one += 1;
            }
            Ordering::Greater => {
                all.push(right);
                at_other += 1;
            }
            Ordering::Equal => {
                all.push((left.0, left.1.max(right.1)));
                at_one += 1;
                at_other += 1;
            }
        }
    }
    all.extend_from_slice(&one[at_one..]);
    all.extend_from_slice(&other[at_other..]);
    all
}

/// What a full join of causal sets costs at least: of two vectors sorted by element, each with the change that added it,
/// keeps what both have, and what one has and the other has not seen. `seen` are the largest changes seen, per replica.
pub(crate) fn joined(ours: &FlatSet, theirs: &FlatSet) -> FlatSet {
    let mut elements = Vec::with_capacity(ours.elements.len() + theirs.elements.len());
    let (mut at_ours, mut at_theirs) = (0, 0);
    while at_ours < ours.elements.len() && at_theirs < theirs.elements.len() {
        let (left, right) = (ours.elements[at_ours], theirs.elements[at_theirs]);
        match left.cmp(&right) {
            Ordering::Equal => {
                elements.push(left);
                at_ours += 1;
                at_theirs += 1;
            }
            Ordering::Less => {
                elements.extend((!theirs.has_seen(left)).then_some(left));
                at_ours += 1;
            }
            Ordering::Greater => {
                elements.extend((!ours.has_seen(right)).then_some(right));
                at_theirs += 1;
            }
        }
    }
    elements.extend(ours.elements[at_ours..].iter().copied().filter(|left| !theirs.has_seen(*left)));
    elements.extend(theirs.elements[at_theirs..].iter().copied().filter(|right| !ours.has_seen(*right)));
    let seen = ours.seen.iter().zip(&theirs.seen).map(|(left, right)| *left.max(right)).collect();
    FlatSet { elements, seen }
}

/// A set as two sorted vectors: no reading by element, no change but a join. A floor, not a data type.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlatSet {
    /// Element, replica, and the number of the change.
    pub(crate) elements: Vec<(u64, u32, u32)>,
    /// The number of the last change seen of each replica.
    pub(crate) seen: Vec<u32>,
}

impl FlatSet {
    fn has_seen(&self, (_, replica, change): (u64, u32, u32)) -> bool {
        self.seen[replica as usize] >= change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_value_of_a_key_stays() {
        assert_eq!(merged(&[(1, 5), (3, 1)], &[(1, 4), (2, 2), (3, 9)]), [(1, 5), (2, 2), (3, 9)]);
    }

    #[test]
    fn a_flat_set_joins_as_an_or_set() {
        let ours = FlatSet { elements: vec![(10, 0, 1), (20, 0, 2)], seen: vec![2, 0] };
        let theirs = FlatSet { elements: vec![(20, 0, 2), (30, 1, 1)], seen: vec![2, 1] };
        let both = joined(&ours, &theirs);
        assert_eq!(both.elements, [(20, 0, 2), (30, 1, 1)]);
        assert_eq!(both.seen, [2, 1]);
    }
}
