//! The version vector: how many changes of each replica are known of, with all before them.

use std::collections::BTreeMap;

use quipu_crdt::{ReplicaId, VersionVector};
use quipu_laws::{History, OperationId, Operations, Past, assert_exhausted, assert_lawful};

use crate::bounds;
use crate::kind::{Kind, Of, ordered_as_compared};

#[derive(Clone, Debug)]
pub(crate) struct Next;

impl Kind for VersionVector {
    type Operation = Next;
    /// By node and incarnation.
    type View = BTreeMap<(String, u64), u64>;

    fn alphabet() -> Vec<Next> {
        vec![Next]
    }

    fn edit(&mut self, replica: ReplicaId, Next: &Next) -> Option<Self> {
        let dot = self.next_dot(replica).unwrap();
        assert!(self.contains(dot));
        Some(Self::up_to(dot))
    }

    fn view(&self) -> Self::View {
        let count = |(replica, count): (ReplicaId, u64)| {
            ((replica.node.as_str().to_owned(), replica.incarnation), count)
        };
        self.iter().map(count).collect()
    }

    fn specification(past: Past<'_, Next>) -> Self::View {
        let mut counts = BTreeMap::new();
        for (_, record) in past.iter() {
            let replica = (format!("n{}", record.replica.node), record.replica.incarnation.into());
            *counts.entry(replica).or_default() += 1;
        }
        counts
    }

    fn stands_for(history: &History<Next>, id: OperationId, _: &Self) -> Operations {
        history.by_same_replica_up_to(id)
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        ordered_as_compared(self, other)
    }
}

#[test]
fn a_version_vector_obeys_its_laws() {
    assert_lawful::<Of<VersionVector>>("VersionVector");
    assert_exhausted::<Of<VersionVector>>("VersionVector", bounds(4, 3, 1));
}
