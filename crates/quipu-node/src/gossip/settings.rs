//! What can be chosen about gossip, and what is chosen if nobody does.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::node::NodeId;

/// How gossip spreads. The defaults are made for links of about 100 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GossipSettings {
    /// Who pushes to whom.
    pub overlay: Overlay,
    /// At most one push to the neighbours in this span: the first change goes out at once, further ones are
    /// collected until the span is over. Longer means fewer messages and more latency, per hop. Default 50 ms.
    pub flush: Duration,
    /// A round of anti-entropy, that is, a digest for `fanout` peers, is due after this span; a quarter of it while
    /// a neighbour does not answer, up to four times as long while nothing changes or all changes arrive. Default 2 s.
    pub interval: Duration,
    /// How many peers get a digest in a round. Default 1.
    pub fanout: usize,
    /// What was pushed and not acknowledged after this span is pushed again; then after twice as long, and so on. Must
    /// exceed a round trip plus `acknowledge_after`. Default 1 s.
    pub retry_after: Duration,
    /// The longest span between two tries. Default 2 s, so that a healed link is in use again soon.
    pub retry_at_most: Duration,
    /// A receipt waits this long for a message that it can ride on. Default 250 ms.
    pub acknowledge_after: Duration,
    /// How many past deltas are kept; who is further behind gets the full state. Default 1024.
    pub buffer: usize,
}

impl Default for GossipSettings {
    fn default() -> Self {
        Self {
            overlay: Overlay::Star,
            flush: Duration::from_millis(50),
            interval: Duration::from_secs(2),
            fanout: 1,
            retry_after: Duration::from_secs(1),
            retry_at_most: Duration::from_secs(2),
            acknowledge_after: Duration::from_millis(250),
            buffer: 1024,
        }
    }
}

/// Who pushes to whom at once. Whatever it is, anti-entropy reaches everybody.
///
/// With constant latency L and n nodes, for a change that must reach all:
///
/// | overlay | hops at most | messages at least | what batching saves |
/// |---|---|---|---|
/// | star | 2 | n - 1 | most: the hub sends one message per neighbour and flush, whatever came in |
/// | tree of k branches | twice the depth | n - 1 | less: every inner node collects only its own subtree's |
/// | grid of 25 | 8 | n - 1, as most links carry a change once, many twice | least |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlay {
    /// Everyone pushes to the first node, which pushes to everyone. Fewest hops at fewest messages, and the default.
    /// The first node is a bottleneck, not a point of failure: while it is out of reach, rounds of anti-entropy between
    /// random peers take over.
    #[default]
    Star,
    /// A tree over the nodes in their order, this many children each (at least 1).
    Tree(usize),
    /// The neighbours that a client's `topology` request gives; a star until it comes.
    Given,
}

impl Overlay {
    /// The neighbours of node number `me` of `nodes`, as ascending numbers.
    pub(super) fn neighbours(
        self,
        me: usize,
        nodes: &[NodeId],
        given: Option<&BTreeMap<NodeId, Vec<NodeId>>>,
    ) -> Vec<usize> {
        let count = nodes.len();
        match (self, given.and_then(|topology| topology.get(nodes.get(me)?))) {
            (Self::Given, Some(names)) => {
                (0..count).filter(|node| *node != me && names.contains(&nodes[*node])).collect()
            }
            (Self::Tree(branches), _) => in_tree(me, branches.max(1), count),
            (Self::Star | Self::Given, _) => in_tree(me, count.max(1), count),
        }
    }
}

/// The parent and the children of a node in a tree filled level by level.
fn in_tree(me: usize, branches: usize, count: usize) -> Vec<usize> {
    let parent = (me > 0).then(|| (me - 1) / branches);
    let first = me.saturating_mul(branches).saturating_add(1);
    let children = first..first.saturating_add(branches).min(count);
    parent.into_iter().chain(children).collect()
}

impl fmt::Display for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Star => f.write_str("star"),
            Self::Tree(branches) => write!(f, "tree{branches}"),
            Self::Given => f.write_str("given"),
        }
    }
}

impl FromStr for Overlay {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match (name, name.strip_prefix("tree").map(str::parse::<usize>)) {
            ("star", _) => Ok(Self::Star),
            ("given", _) => Ok(Self::Given),
            (_, Some(Ok(branches))) if branches > 0 => Ok(Self::Tree(branches)),
            _ => Err(format!("there is no overlay `{name}`; there are: star, given, tree2, tree3, ...")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_those_of_the_overlay() {
        let nodes: Vec<NodeId> = (0..7).map(|node| NodeId::new(format!("n{node}"))).collect();
        let names = |numbers: &[usize]| numbers.iter().map(|node| nodes[*node].clone()).collect::<Vec<_>>();
        let mut stranger = names(&[3, 0, 6]);
        stranger.push(NodeId::new("c1"));
        let given = BTreeMap::from([(nodes[3].clone(), stranger), (nodes[4].clone(), Vec::new())]);
        for (overlay, me, expected) in [
            (Overlay::Star, 0, &[1, 2, 3, 4, 5, 6][..]),
            (Overlay::Star, 1, &[0]),
            (Overlay::Star, 6, &[0]),
            (Overlay::Tree(2), 0, &[1, 2]),
            (Overlay::Tree(2), 1, &[0, 3, 4]),
            (Overlay::Tree(2), 2, &[0, 5, 6]),
            (Overlay::Tree(2), 6, &[2]),
            (Overlay::Tree(5), 1, &[0, 6]),
            (Overlay::Tree(0), 3, &[2, 4]),
            (Overlay::Tree(usize::MAX), 6, &[0]),
            (Overlay::Given, 3, &[0, 6]),
            (Overlay::Given, 4, &[]),
            (Overlay::Given, 5, &[0]),
        ] {
            assert_eq!(overlay.neighbours(me, &nodes, Some(&given)), expected, "{overlay} {me}");
        }
        assert_eq!(Overlay::Given.neighbours(3, &nodes, None), [0]);
        assert!(Overlay::Star.neighbours(0, &nodes[..1], None).is_empty());
    }

    #[test]
    fn overlays_are_read_as_they_are_shown() {
        for overlay in [Overlay::Star, Overlay::Given, Overlay::Tree(1), Overlay::Tree(12)] {
            assert_eq!(overlay.to_string().parse(), Ok(overlay));
        }
        for name in ["", "tree", "tree0", "tree-1", "treee2", "ring"] {
            assert!(
                name.parse::<Overlay>().is_err_and(|error| error.contains("star, given, tree2")),
                "{name}"
            );
        }
    }
}
