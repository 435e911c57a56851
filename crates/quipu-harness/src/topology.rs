//! The topologies that broadcast nodes are told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::options::named;

/// Who is whose neighbour. The shapes are Maelstrom's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// One after the other.
    Line,
    /// A roughly square grid; at most 4 neighbours.
    Grid,
    /// A tree in which each node has up to that many children.
    Tree(u16),
    /// Everyone is everyone's neighbour.
    Total,
}

named!(Topology {
    "grid" => Self::Grid,
    "line" => Self::Line,
    "tree" => Self::Tree(2),
    "tree2" => Self::Tree(2),
    "tree3" => Self::Tree(3),
    "tree4" => Self::Tree(4),
    "total" => Self::Total,
});

impl Topology {
    /// The neighbours of each of `count` nodes.
    pub fn neighbours(self, count: u16) -> BTreeMap<u16, Vec<u16>> {
        let mut neighbours: BTreeMap<u16, Vec<u16>> = (0..count).map(|node| (node, Vec::new())).collect();
        let side = (1..=count).find(|side| u32::from(*side).pow(2) >= u32::from(count)).unwrap_or(1);
        for a in 0..count {
            for b in (0..count).filter(|b| *b != a && self.joins(a, *b, side)) {
                neighbours.entry(a).or_default().push(b);
            }
        }
        neighbours
    }

    /// True if nodes `a` and `b` are neighbours; `side` is the length of a grid's side.
    const fn joins(self, a: u16, b: u16, side: u16) -> bool {
        match self {
            Self::Line => a.abs_diff(b) == 1,
            Self::Grid => {
                let (row, column) = ((a / side).abs_diff(b / side), (a % side).abs_diff(b % side));
                row + column == 1
            }
            // Tiers are filled from left to right, so node i's parent is (i - 1) / children.
            Self::Tree(children) => (a > 0 && (a - 1) / children == b) || (b > 0 && (b - 1) / children == a),
            Self::Total => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_of_25_has_corners_edges_and_middles() {
        let grid = Topology::Grid.neighbours(25);
        assert_eq!(grid[&0], [1, 5]);
        assert_eq!(grid[&2], [1, 3, 7]);
        assert_eq!(grid[&12], [7, 11, 13, 17]);
    }

    #[test]
    fn a_grid_that_is_not_square_leaves_out_the_missing_nodes() {
        let grid = Topology::Grid.neighbours(5);
        assert_eq!(grid[&4], [1, 3]);
        assert_eq!(grid[&2], [1]);
    }

    #[test]
    fn a_tree_joins_parents_and_children() {
        let tree = Topology::Tree(4).neighbours(25);
        assert_eq!(tree[&0], [1, 2, 3, 4]);
        assert_eq!(tree[&1], [0, 5, 6, 7, 8]);
        assert_eq!(tree[&24], [5]);
    }

    #[test]
    fn a_line_has_two_ends_and_a_total_topology_none() {
        assert_eq!(
            Topology::Line.neighbours(3),
            BTreeMap::from([(0, vec![1]), (1, vec![0, 2]), (2, vec![1])])
        );
        assert_eq!(Topology::Total.neighbours(3)[&1], [0, 2]);
    }
}
