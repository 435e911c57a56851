//! What the clients do: one client at each node, one operation after another.

use super::OPERATIONS_MAX;
use super::actors::Operation;

/// The operations of each node's client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) clients: Vec<Vec<Operation>>,
}

/// No sum of some of these is another with one counted twice.
const DELTAS: [i64; OPERATIONS_MAX] = [1, 3, 9, 27, 81, 243, 729, 2187];

impl Program {
    /// All programs of so many operations in which something is added and something read. Nodes are alike: of
    /// programs that differ only in which node is which, one is taken.
    pub(super) fn all(nodes: usize, operations: usize) -> Vec<Self> {
        let mut programs = Vec::new();
        for shares in shares(operations, nodes, operations) {
            for reads in 0..1_u32 << operations {
                programs.extend(Self::new(&shares, reads));
            }
        }
        programs
    }

    fn new(shares: &[usize], reads: u32) -> Option<Self> {
        let mut kinds = (0..).map(|bit| reads >> bit & 1 == 1);
        let kinds: Vec<Vec<bool>> =
            shares.iter().map(|share| kinds.by_ref().take(*share).collect()).collect();
        let is_first = kinds.is_sorted_by(|one, next| one.len() > next.len() || one >= next);
        let all = || kinds.iter().flatten();
        if !is_first || !all().any(|read| *read) || all().all(|read| *read) {
            return None;
        }
        let mut deltas = DELTAS.into_iter();
        let mut operation =
            |read: bool| if read { Some(Operation::Read) } else { deltas.next().map(Operation::Add) };
        let clients =
            kinds.iter().map(|kinds| kinds.iter().map(|read| operation(*read)).collect::<Option<_>>());
        Some(Self { clients: clients.collect::<Option<_>>()? })
    }

    /// The number of a node's operation among all.
    pub(super) fn number(&self, node: usize, index: usize) -> usize {
        self.clients[..node].iter().map(Vec::len).sum::<usize>() + index
    }

    /// All operations by number: the node and the place among its own.
    pub(super) fn operations(&self) -> impl Iterator<Item = (usize, usize, Operation)> {
        let of_node = |(node, operations): (usize, &Vec<Operation>)| {
            let operations = operations.clone();
            operations.into_iter().enumerate().map(move |(index, operation)| (node, index, operation))
        };
        self.clients.iter().enumerate().flat_map(of_node)
    }
}

/// The ways to share so many operations among the nodes, larger shares first.
fn shares(operations: usize, nodes: usize, most: usize) -> Vec<Vec<usize>> {
    if nodes == 0 {
        return if operations == 0 { vec![Vec::new()] } else { Vec::new() };
    }
    let mut all = Vec::new();
    for first in (0..=operations.min(most)).rev() {
        for rest in shares(operations - first, nodes - 1, first) {
            all.push([vec![first], rest].concat());
        }
    }
    all
}
