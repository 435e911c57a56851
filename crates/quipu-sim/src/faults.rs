//! Faults as values: what a nemesis injects, a report names and a shrinker takes apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use quipu_node::Rng;
use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;

/// Something that goes wrong, or right again. Displays in words.
///
/// Each names its nodes, so that a list of faults replays without any chance. A fault that does not apply (killing a
/// dead node, resuming one that runs) changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Some nodes stop hearing others; adds to partitions already there.
    Partition(Partition),
    /// All partitions end.
    Heal,
    /// The nodes crash: what they knew, had queued and had not synced is gone.
    Kill(Vec<u16>),
    /// Dead nodes start again, with what was durable.
    Restart(Vec<u16>),
    /// The nodes stand still: messages and timers wait for them while time goes on.
    Pause(Vec<u16>),
    /// Paused nodes go on.
    Resume(Vec<u16>),
    /// Latencies are ten times as long from now on.
    Slow,
    /// Latencies are as usual again.
    Fast,
}

/// Who no longer hears whom. Only nodes are ever cut off: clients and services stay reachable, as in Maelstrom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// How it was chosen.
    pub kind: PartitionKind,
    /// For each receiving node, the nodes whose messages it no longer gets.
    pub blocked: BTreeMap<u16, BTreeSet<u16>>,
}

/// How the nodes of a partition are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartitionKind {
    /// One random node is cut off from all others.
    One,
    /// Two random halves; with an odd number of nodes one has one node more.
    Majority,
    /// Fewer than a third of the nodes, as many as that allows, are cut off: of three nodes none.
    MinorityThird,
    /// Every node hears a majority, each a different one. Nodes stand in a random ring and hear their nearest
    /// neighbours; where a majority is an even number, one side counts for one more, so that cuts are one-way: of
    /// three nodes, a does not hear b, b does not hear c, c does not hear a.
    MajoritiesRing,
    /// One random node does not hear one other, which still hears it. Not among Maelstrom's.
    OneWay,
}

impl PartitionKind {
    /// The kinds that Maelstrom draws from, evenly.
    pub const MAELSTROM: [Self; 4] = [Self::One, Self::Majority, Self::MinorityThird, Self::MajoritiesRing];

    /// The name of the kind.
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Majority => "majority",
            Self::MinorityThird => "minority-third",
            Self::MajoritiesRing => "majorities-ring",
            Self::OneWay => "one-way",
        }
    }
}

impl fmt::Display for PartitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PartitionKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut kinds = Self::MAELSTROM.into_iter().chain([Self::OneWay]);
        kinds.find(|kind| kind.name() == name).ok_or_else(|| {
            format!("`{name}` is not a kind of partition: one, majority, minority-third, majorities-ring or one-way")
        })
    }
}

impl Partition {
    /// Draws one of Maelstrom's kinds, then its nodes.
    pub fn sample(node_count: u16, rng: &mut Rng) -> Self {
        let kind = PartitionKind::MAELSTROM[rng.index(PartitionKind::MAELSTROM.len())];
        Self::of_kind(kind, node_count, rng)
    }

    /// Draws the nodes of a partition of the given kind.
    pub fn of_kind(kind: PartitionKind, node_count: u16, rng: &mut Rng) -> Self {
        let mut nodes: Vec<u16> = (0..node_count).collect();
        rng.shuffle(&mut nodes);
        let cut = match kind {
            PartitionKind::One => 1.min(nodes.len()),
            PartitionKind::Majority => nodes.len() / 2,
            PartitionKind::MinorityThird => nodes.len().saturating_sub(1) / 3,
            PartitionKind::MajoritiesRing => return Self { kind, blocked: ring(&nodes) },
            PartitionKind::OneWay => {
                let blocked = match nodes[..] {
                    [receiver, sender, ..] => BTreeMap::from([(receiver, BTreeSet::from([sender]))]),
                    _ => BTreeMap::new(),
                };
                return Self { kind, blocked };
            }
        };
        let (left, right) = nodes.split_at(cut);
        Self { kind, blocked: between(left, right) }
    }

    /// Cuts the given nodes off from all others, in both directions.
    pub fn isolating(nodes: &[u16], node_count: u16) -> Self {
        let others: Vec<u16> = (0..node_count).filter(|node| !nodes.contains(node)).collect();
        let kind = if nodes.len() == 1 { PartitionKind::One } else { PartitionKind::Majority };
        Self { kind, blocked: between(nodes, &others) }
    }

    /// Cuts one direction: `receiver` no longer hears `sender`.
    pub fn one_way(receiver: u16, sender: u16) -> Self {
        let blocked = BTreeMap::from([(receiver, BTreeSet::from([sender]))]);
        Self { kind: PartitionKind::OneWay, blocked }
    }

    /// Every cut as (receiver, sender).
    pub fn cuts(&self) -> impl Iterator<Item = (u16, u16)> {
        self.blocked.iter().flat_map(|(receiver, senders)| senders.iter().map(|sender| (*receiver, *sender)))
    }

    /// The two sides, if it cuts all nodes it names into two sides that do not hear each other at all; the smaller
    /// side first.
    fn sides(&self) -> Option<(BTreeSet<u16>, BTreeSet<u16>)> {
        let (_, right) = self.blocked.iter().find(|(_, senders)| !senders.is_empty())?;
        let left = self.blocked.get(right.first()?)?;
        let faces =
            |side: &BTreeSet<u16>, other| side.iter().all(|node| self.blocked.get(node) == Some(other));
        let named = self.blocked.values().filter(|senders| !senders.is_empty()).count();
        if !faces(left, right) || !faces(right, left) || left.len() + right.len() != named {
            return None;
        }
        if left.len() <= right.len() {
            Some((left.clone(), right.clone()))
        } else {
            Some((right.clone(), left.clone()))
        }
    }
}

/// Cuts all links between two sides.
fn between(left: &[u16], right: &[u16]) -> BTreeMap<u16, BTreeSet<u16>> {
    let one = left.iter().map(|node| (*node, right.iter().copied().collect()));
    let other = right.iter().map(|node| (*node, left.iter().copied().collect()));
    one.chain(other).filter(|(_, senders): &(u16, BTreeSet<u16>)| !senders.is_empty()).collect()
}

/// Each node hears the majority around it in the ring; what it hears least is cut.
fn ring(nodes: &[u16]) -> BTreeMap<u16, BTreeSet<u16>> {
    let count = nodes.len();
    let majority = count / 2 + 1;
    let mut blocked = BTreeMap::new();
    for start in 0..count {
        let receiver = nodes[(start + majority / 2) % count];
        let beyond: BTreeSet<u16> = (majority..count).map(|step| nodes[(start + step) % count]).collect();
        if !beyond.is_empty() {
            blocked.insert(receiver, beyond);
        }
    }
    blocked
}

impl fmt::Display for Partition {
    /// `n0 cut off from n1, n2`, or single links: `n1 -/- n2` cut both ways, `n1 -/-> n2` one way (n2 does not
    /// hear n1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((left, right)) = self.sides() {
            if left.len() + right.len() == 2 {
                return write!(f, "{} and {} cut off from each other", names(&left), names(&right));
            }
            return write!(f, "{} cut off from {}", names(&left), names(&right));
        }
        let cuts: BTreeSet<(u16, u16)> = self.cuts().collect();
        let mut links = Vec::new();
        for (receiver, sender) in &cuts {
            let mutual = cuts.contains(&(*sender, *receiver));
            if !mutual {
                links.push(format!("n{sender} -/-> n{receiver} one way"));
            } else if receiver < sender {
                links.push(format!("n{receiver} -/- n{sender}"));
            }
        }
        if links.is_empty() {
            f.write_str("a partition that cuts off nobody")
        } else {
            f.write_str(&links.join(", "))
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partition(partition) => partition.fmt(f),
            Self::Heal => f.write_str("all partitions healed"),
            Self::Kill(nodes) => write!(f, "{} killed", names(nodes)),
            Self::Restart(nodes) => write!(f, "{} started again", names(nodes)),
            Self::Pause(nodes) => write!(f, "{} paused", names(nodes)),
            Self::Resume(nodes) => write!(f, "{} resumed", names(nodes)),
            Self::Slow => f.write_str("network ten times slower"),
            Self::Fast => f.write_str("network as fast as usual again"),
        }
    }
}

fn names<'a>(nodes: impl IntoIterator<Item = &'a u16>) -> String {
    let names: Vec<String> = nodes.into_iter().map(|node| Endpoint::Node(*node).to_string()).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
