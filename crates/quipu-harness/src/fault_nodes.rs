//! The nodes that a fault names, for checking and for shrinking what is written down.

use std::collections::{BTreeMap, BTreeSet};

use quipu_sim::{Fault, Partition};

/// Every node that a fault names.
pub(crate) fn nodes_of(fault: &Fault) -> BTreeSet<u16> {
    match fault {
        Fault::Partition(partition) => {
            let receivers = partition.blocked.keys().copied();
            receivers.chain(partition.blocked.values().flatten().copied()).collect()
        }
        Fault::Kill(nodes) | Fault::Restart(nodes) | Fault::Pause(nodes) | Fault::Resume(nodes) => {
            nodes.iter().copied().collect()
        }
        Fault::Heal | Fault::Slow | Fault::Fast => BTreeSet::new(),
    }
}

/// The same fault among renumbered nodes; what happens to nodes that have no new number is left out.
pub(crate) fn renumbered(fault: &Fault, numbers: &BTreeMap<u16, u16>) -> Fault {
    let list = |nodes: &[u16]| nodes.iter().filter_map(|node| numbers.get(node).copied()).collect::<Vec<_>>();
    match fault {
        Fault::Partition(partition) => {
            let blocked = partition.blocked.iter().filter_map(|(receiver, senders)| {
                let senders = senders.iter().filter_map(|sender| numbers.get(sender).copied()).collect();
                numbers.get(receiver).map(|receiver| (*receiver, senders))
            });
            Fault::Partition(Partition { kind: partition.kind, blocked: blocked.collect() })
        }
        Fault::Kill(nodes) => Fault::Kill(list(nodes)),
        Fault::Restart(nodes) => Fault::Restart(list(nodes)),
        Fault::Pause(nodes) => Fault::Pause(list(nodes)),
        Fault::Resume(nodes) => Fault::Resume(list(nodes)),
        Fault::Heal | Fault::Slow | Fault::Fast => fault.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renumbering_keeps_who_does_not_hear_whom() {
        let fault = Fault::Partition(Partition::isolating(&[4], 5));
        assert_eq!(nodes_of(&fault), (0..5).collect());
        let smaller = renumbered(&fault, &BTreeMap::from([(1, 0), (4, 1)]));
        assert_eq!(
            smaller,
            Fault::Partition(Partition { kind: kind_of(&fault), ..Partition::isolating(&[1], 2) })
        );
    }

    fn kind_of(fault: &Fault) -> quipu_sim::PartitionKind {
        match fault {
            Fault::Partition(partition) => partition.kind,
            _ => unreachable!("the test makes partitions only"),
        }
    }

    #[test]
    fn a_fault_of_nodes_that_are_gone_names_nobody() {
        assert_eq!(renumbered(&Fault::Kill(vec![1, 2]), &BTreeMap::from([(2, 0)])), Fault::Kill(vec![0]));
    }
}
