//! A search over all schedules of two nodes, shortest first, for one that breaks an invariant.
//!
//! Nodes hold the data types of `quipu-crdt`; a step is something a user asks of a node, or a node that tells the other all
//! it knows. What is found first is shortest.

use quipu_crdt::{BoundedCounter, GSet, Lattice, NodeName, PnCounter, ReplicaId};

use super::Invariant;
use crate::mechanism::Mechanism;

/// Schedules of up to so many steps are searched.
const STEPS: usize = 6;

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What was searched.
    pub subject: &'static str,
    /// The steps that break it, then what is broken; empty if none do.
    pub story: Vec<String>,
    /// How many schedules were tried.
    pub schedules: u64,
    /// How many steps each had at most.
    pub steps: usize,
}

/// One step of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The user at this node acts.
    Act(usize),
    /// This node tells the other.
    Tell(usize),
}

const ALL: [Step; 4] = [Step::Act(0), Step::Act(1), Step::Tell(0), Step::Tell(1)];

/// What can be searched: nodes in some state.
trait Nodes: Clone {
    /// Takes a step and says in words what happened; none if there was nothing to do.
    fn step(&mut self, step: Step) -> Option<String>;
    /// What is wrong, if anything.
    fn broken(&self) -> Option<String>;
}

/// Looks for a schedule that breaks an invariant: with replicated types that look before they act, or with the mechanism
/// that is to keep it.
pub fn look_for(invariant: Invariant, mechanism: Option<Mechanism>) -> Search {
    match (invariant, mechanism) {
        (Invariant::NonNegative, None) => search("a PN-Counter that looks before it takes", Stock::new(2)),
        (Invariant::NonNegative, Some(Mechanism::Escrow)) => search("a bounded counter", Rights::new()),
        (Invariant::NonNegative, Some(_)) => search("one counter at one place", Stock::new(1)),
        (Invariant::ReadYourWrites, None) => search("a PN-Counter whose user roams", Session::new(true)),
        (Invariant::ReadYourWrites | Invariant::None, _) => {
            search("a PN-Counter whose user stays", Session::new(false))
        }
        (_, None) => search("a set of claims that looks before it claims", Claims::new(2, invariant)),
        (_, Some(_)) => search("claims decided at one place", Claims::new(1, invariant)),
    }
}

/// Breadth first: all schedules of one step, then of two.
fn search<N: Nodes>(subject: &'static str, start: N) -> Search {
    let mut found = Search { subject, story: Vec::new(), schedules: 0, steps: STEPS };
    let mut level = vec![(start, Vec::<String>::new())];
    for _ in 0..STEPS {
        let mut next = Vec::new();
        for (nodes, story) in &level {
            for step in ALL {
                let mut nodes = nodes.clone();
                let Some(words) = nodes.step(step) else { continue };
                found.schedules += 1;
                let mut story = story.clone();
                story.push(words);
                if let Some(broken) = nodes.broken() {
                    story.push(broken);
                    found.story = story;
                    return found;
                }
                next.push((nodes, story));
            }
        }
        level = next;
    }
    found
}

fn id(node: usize) -> ReplicaId {
    ReplicaId::new(NodeName::new(if node == 0 { "n0" } else { "n1" }), 1)
}

/// A stock of one piece, at as many nodes as there are states.
#[derive(Clone)]
struct Stock(Vec<PnCounter>);

impl Stock {
    fn new(nodes: usize) -> Self {
        Self(vec![PnCounter::of_slot(id(0), 1, 0); nodes])
    }
}

impl Nodes for Stock {
    fn step(&mut self, step: Step) -> Option<String> {
        let last = self.0.len() - 1;
        match step {
            Step::Act(user) => {
                let node = user.min(last);
                let left = self.0[node].value();
                if left < 1 {
                    return Some(format!("a user asks n{node} for a piece; it sees {left} left and refuses"));
                }
                self.0[node].decrement(id(node), 1).ok()?;
                Some(format!("a user asks n{node} for a piece; it sees {left} left and sells it"))
            }
            Step::Tell(node) if last > 0 => {
                let state = self.0[node].clone();
                self.0[1 - node].join(&state);
                Some(format!("n{node} tells n{} all it knows", 1 - node))
            }
            Step::Tell(_) => None,
        }
    }

    fn broken(&self) -> Option<String> {
        let mut all = PnCounter::default();
        self.0.iter().for_each(|state| all.join(state));
        (all.value() < 0).then(|| format!("both know in the end: {} pieces left of 1", all.value()))
    }
}

/// The same piece with rights to it, which n0 has.
#[derive(Clone)]
struct Rights([BoundedCounter; 2], [u32; 2]);

impl Rights {
    fn new() -> Self {
        let mut stock = BoundedCounter::default();
        // One is far from the limit of a number.
        let _ = stock.increment(id(0), 1);
        Self([stock.clone(), stock], [0; 2])
    }
}

impl Nodes for Rights {
    fn step(&mut self, step: Step) -> Option<String> {
        match step {
            Step::Act(node) => {
                if self.0[node].decrement(id(node), 1).is_err() {
                    // Whoever holds the right gives it to who asked.
                    let given = self.0[1 - node].transfer(id(1 - node), id(node), 1).is_ok();
                    let word = if given { "asks the other for its right" } else { "refuses" };
                    return Some(format!("a user asks n{node} for a piece; it has no right and {word}"));
                }
                self.1[node] += 1;
                Some(format!("a user asks n{node} for a piece; it has the right and sells it"))
            }
            Step::Tell(node) => {
                let state = self.0[node].clone();
                self.0[1 - node].join(&state);
                Some(format!("n{node} tells n{} all it knows", 1 - node))
            }
        }
    }

    fn broken(&self) -> Option<String> {
        let sold: u32 = self.1.iter().sum();
        (sold > 1).then(|| format!("{sold} pieces sold of 1"))
    }
}

/// Who claims the one thing there is to be claimed.
#[derive(Clone)]
struct Claims {
    states: Vec<GSet<usize>>,
    invariant: Invariant,
}

impl Claims {
    fn new(nodes: usize, invariant: Invariant) -> Self {
        Self { states: vec![GSet::default(); nodes], invariant }
    }

    const fn thing(&self) -> &'static str {
        match self.invariant {
            Invariant::Uniqueness => "the name `ada`",
            _ => "the prize",
        }
    }
}

impl Nodes for Claims {
    fn step(&mut self, step: Step) -> Option<String> {
        let last = self.states.len() - 1;
        let thing = self.thing();
        match step {
            Step::Act(user) => {
                let node = user.min(last);
                if self.states[node].iter().next().is_some() {
                    return Some(format!("user {user} asks n{node} for {thing}; it is taken there, refused"));
                }
                self.states[node].insert(user);
                Some(format!("user {user} asks n{node} for {thing}; nobody has it there, granted"))
            }
            Step::Tell(node) if last > 0 => {
                let state = self.states[node].clone();
                self.states[1 - node].join(&state);
                Some(format!("n{node} tells n{} all it knows", 1 - node))
            }
            Step::Tell(_) => None,
        }
    }

    fn broken(&self) -> Option<String> {
        let mut all = GSet::default();
        self.states.iter().for_each(|state| all.join(state));
        let owners = all.iter().count();
        (owners > 1).then(|| format!("both know in the end: {owners} users were granted {}", self.thing()))
    }
}

/// A user who adds and reads, at one node or at both.
#[derive(Clone)]
struct Session {
    states: [PnCounter; 2],
    roams: bool,
    added: i128,
    missed: Option<i128>,
}

impl Session {
    fn new(roams: bool) -> Self {
        Self { states: [PnCounter::default(), PnCounter::default()], roams, added: 0, missed: None }
    }
}

impl Nodes for Session {
    fn step(&mut self, step: Step) -> Option<String> {
        match step {
            Step::Act(0) => {
                self.states[0].increment(id(0), 1).ok()?;
                self.added += 1;
                Some("the user adds 1 at n0; acknowledged".into())
            }
            Step::Act(_) => {
                let node = usize::from(self.roams);
                let value = self.states[node].value();
                self.missed = (value < self.added).then_some(value);
                Some(format!("the user reads at n{node}: {value}"))
            }
            Step::Tell(node) => {
                let state = self.states[node].clone();
                self.states[1 - node].join(&state);
                Some(format!("n{node} tells n{} all it knows", 1 - node))
            }
        }
    }

    fn broken(&self) -> Option<String> {
        self.missed.map(|value| format!("the user added {} and reads {value}", self.added))
    }
}
