//! The steps of an execution, and how they are drawn.

use std::collections::BTreeSet;
use std::fmt::{self, Debug};

use crate::{Random, Subject};

/// One step. Deltas are named by the edit that made them, so that a script stays meaningful when steps are left out.
#[derive(Clone, Debug)]
pub(crate) enum Step<O> {
    /// A node changes its own state; its delta is called `tag`.
    Edit { node: u8, operation: O, tag: u32 },
    /// A node joins the whole state of another.
    Pull { node: u8, from: u8 },
    /// A node receives a delta of any age, perhaps again.
    Deliver { node: u8, tag: u32 },
    /// A node receives deltas that were joined into one on the way.
    Group { node: u8, tags: [u32; 3] },
    /// A node receives what another has that it lacks.
    News { node: u8, from: u8 },
    /// A node goes on with what encoding and decoding made of its state.
    Recode { node: u8 },
    /// A node loses everything and comes back as a new replica.
    Restart { node: u8 },
    /// A node comes back as a new replica with a state it had `back` states ago.
    Restore { node: u8, back: u8 },
    /// From now on nothing passes between the nodes of this set (bit by bit) and the others.
    Partition { side: u8 },
    /// The partition ends.
    Heal,
}

impl<O> Step<O> {
    /// The node whose state this step may change.
    pub(crate) fn node(&self) -> Option<u8> {
        match *self {
            Self::Edit { node, .. }
            | Self::Pull { node, .. }
            | Self::Deliver { node, .. }
            | Self::Group { node, .. }
            | Self::News { node, .. }
            | Self::Recode { node }
            | Self::Restart { node }
            | Self::Restore { node, .. } => Some(node),
            Self::Partition { .. } | Self::Heal => None,
        }
    }
}

impl<O: Debug> fmt::Display for Step<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edit { node, operation, tag } => write!(f, "r{node} does {operation:?} (delta d{tag})"),
            Self::Pull { node, from } => write!(f, "r{node} pulls the state of r{from}"),
            Self::Deliver { node, tag } => write!(f, "r{node} receives d{tag}"),
            Self::Group { node, tags } => {
                let names: BTreeSet<String> = tags.iter().map(|tag| format!("d{tag}")).collect();
                let names: Vec<String> = names.into_iter().collect();
                write!(f, "r{node} receives {} as one", names.join(" with "))
            }
            Self::News { node, from } => write!(f, "r{node} receives what r{from} has news of"),
            Self::Recode { node } => write!(f, "r{node} is encoded and decoded"),
            Self::Restart { node } => write!(f, "r{node} loses everything, comes back as a new replica"),
            Self::Restore { node, back } => {
                write!(f, "r{node} comes back as a new replica with its state {back} before")
            }
            Self::Partition { side } => write!(f, "partition, on one side {}", nodes(*side)),
            Self::Heal => f.write_str("the partition ends"),
        }
    }
}

fn nodes(side: u8) -> String {
    let inside = (0..8).filter(|node| side >> node & 1 == 1);
    inside.map(|node| format!("r{node}")).collect::<Vec<_>>().join(", ")
}

/// How often each kind of step is drawn, in proportion. A kind of weight 0 is not tried.
#[derive(Clone, Debug)]
pub struct Weights {
    /// A replica changes its state.
    pub edit: usize,
    /// A replica joins the whole state of another.
    pub pull: usize,
    /// A replica receives a delta: late, twice or never, and out of order.
    pub deliver: usize,
    /// A replica receives deltas that were joined into one on the way, three at most.
    pub group: usize,
    /// A replica receives what it lacks of another, by [`Subject::news_for`].
    pub news: usize,
    /// A replica is encoded and decoded.
    pub recode: usize,
    /// A replica loses everything and comes back under a new incarnation.
    pub restart: usize,
    /// A replica comes back with an earlier state of its own, under a new incarnation.
    pub restore: usize,
    /// The network is partitioned, or healed.
    pub partition: usize,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            edit: 8,
            pull: 4,
            deliver: 6,
            group: 0,
            news: 2,
            recode: 1,
            restart: 1,
            restore: 1,
            partition: 1,
        }
    }
}

impl Weights {
    fn kinds<S: Subject>(&self) -> [usize; 9] {
        let pulls = |weight| if S::PULLS { weight } else { 0 };
        [
            self.edit,
            pulls(self.pull),
            self.deliver,
            self.news,
            self.recode,
            self.restart,
            pulls(self.restore),
            self.partition,
            pulls(self.group),
        ]
    }
}

/// Draws the script of one execution, of up to `longest` steps.
pub(crate) fn script<S: Subject>(
    random: &mut Random,
    replicas: u8,
    longest: usize,
    weights: &Weights,
) -> Vec<Step<S::Operation>> {
    let kinds = weights.kinds::<S>();
    let length = 1 + random.below(longest);
    let mut tags = 0;
    (0..length).map(|_| draw::<S>(random, replicas, &kinds, &mut tags)).collect()
}

fn draw<S: Subject>(
    random: &mut Random,
    replicas: u8,
    kinds: &[usize; 9],
    tags: &mut u32,
) -> Step<S::Operation> {
    let node = below(random, replicas);
    let other = (node + 1 + below(random, replicas - 1)) % replicas;
    match kind(random, kinds) {
        0 => {
            *tags += 1;
            Step::Edit { node, operation: S::draw(random), tag: *tags }
        }
        1 => Step::Pull { node, from: other },
        2 => Step::Deliver { node, tag: some_tag(random, *tags) },
        3 => Step::News { node, from: other },
        4 => Step::Recode { node },
        5 => Step::Restart { node },
        6 => Step::Restore { node, back: below(random, 4) },
        8 => Step::Group { node, tags: [0; 3].map(|_| some_tag(random, *tags)) },
        _ if random.one_in(2) => Step::Heal,
        _ => Step::Partition { side: 1 << node },
    }
}

/// A delta, half of the time one of the newest: old ones alone would seldom tell anything.
fn some_tag(random: &mut Random, tags: u32) -> u32 {
    let newest = tags.min(if random.one_in(2) { 3 } else { u32::MAX });
    let age = u32::try_from(random.below(newest.max(1) as usize)).expect("below a u32");
    tags.saturating_sub(age)
}

fn kind(random: &mut Random, kinds: &[usize; 9]) -> usize {
    let mut point = random.below(kinds.iter().sum());
    kinds
        .iter()
        .position(|weight| {
            let here = point < *weight;
            point = point.saturating_sub(*weight);
            here
        })
        .expect("the point is below the sum")
}

fn below(random: &mut Random, limit: u8) -> u8 {
    u8::try_from(random.below(usize::from(limit))).expect("below a u8")
}
