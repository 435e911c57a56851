//! Every execution up to a bound: the real nodes, over every answer that the store may lawfully give.
//!
//! Seeds sample; this leaves nothing out. The nodes are those that are shipped, the clients make every short program of adds
//! and reads, whatever is on its way may arrive next, and wherever the store is free to answer one thing or another, the
//! search goes both ways. What is lawful says a [`Rule`], what is right a [`Property`], how far it goes [`Bounds`].
//!
//! A state of the whole is named by *what each node was handed*. Nodes are deterministic, so their questions and replies
//! follow from that, and by the definition of sequential consistency what the store may still say follows from the
//! questions and answers. Ways that lead to one name are one from there on. The search goes step by step through all
//! states that can be reached, fewest client operations first, then fewest steps: the first wrong answer it meets makes
//! the shortest story.
//!
//! # What is assumed
//! - **Definition:** an answer is lawful if one order of all operations asked so far explains all answers given so far. The
//!   order may contain what has been asked and not answered, also what the node asks on hearing this very answer: a store
//!   that knows its callers may count on it. No answer is made of values that nobody has asked to put there yet.
//! - **Maelstrom:** see `store.rs`.
//! - Each node has a clock of its own, which moves only when its timers fire or it gives up waiting.
//! - Nodes are alike, except for their names and boot numbers.
//!
//! # What is left out
//! Restarts, and messages that come twice. Randomness: all nodes draw the numbers of one seed (or of each of a few). Nodes
//! that speak to one another: they would have to be handed messages, and a network to lose them.

mod actors;
mod definition;
mod levels;
mod program;
mod property;
mod store;
mod tell;
mod words;
mod world;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use quipu_node::{Node, Rng};

use self::actors::Actors;
use self::levels::Levels;
use self::program::Program;
pub use self::property::Property;
use self::world::World;

/// The most nodes that a search can have.
pub const NODES_MAX: usize = 3;

/// The most client operations that a search can have.
pub const OPERATIONS_MAX: usize = 8;

/// Which answers of `seq-kv` are lawful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// All that the definition of sequential consistency allows.
    Definition,
    /// All that Maelstrom's store may give to callers fewer than 32 changes behind: what changes the store is carried out
    /// on the newest state.
    Maelstrom,
}

/// How far the search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many nodes there are, each with one client: 1 to [`NODES_MAX`].
    pub nodes: usize,
    /// How many operations the clients make in all, at most: 2 to [`OPERATIONS_MAX`].
    pub operations: usize,
    /// How many questions to the services are given up in an execution, at most.
    pub lose: u8,
    /// How many timers fire in an execution, at most; who waits for a further one waits for ever.
    pub timers: u8,
    /// After so many states the search gives up.
    pub states: u64,
}

/// What is searched.
pub struct Searched<'a> {
    /// Makes the nodes.
    pub make: &'a dyn Fn() -> Box<dyn Node>,
    /// What the store may answer.
    pub rule: Rule,
    /// What is demanded of the nodes.
    pub property: Property,
    /// What the store holds under every key in the beginning, if anything.
    pub held: Option<i64>,
    /// The seeds of the nodes' randomness, each tried.
    pub seeds: &'a [u64],
}

/// What the search has been through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// The number of client operations that is being searched, or was last.
    pub operations: usize,
    /// Programs that were searched.
    pub programs: u64,
    /// States of the whole that were met.
    pub states: u64,
    /// Complete executions: they differ in an answer, or in the order of what happens.
    pub executions: u128,
    /// Those of them that ended only because no more timers may fire.
    pub cut: u128,
    /// Sums that clients read, in all last states: what was judged.
    pub reads: u64,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No execution within the bounds is wrong.
    Right,
    /// One is; here is the shortest.
    Wrong(Counterexample),
    /// There are more states than were allowed.
    GivenUp,
}

/// The shortest execution that is wrong: of the fewest client operations, and of those in the fewest steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// How many operations the clients made.
    pub operations: usize,
    /// In how many steps.
    pub steps: usize,
    /// What happened, a sentence each.
    pub story: Vec<String>,
    /// An order that explains every answer of the store; empty for Maelstrom's, where the story tells the states.
    pub order: Vec<String>,
    /// What is wrong with that.
    pub complaint: String,
}

/// Why a node cannot be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsearchable {
    /// The bounds are outside of what a search can have.
    Bounds,
    /// It speaks to peers, or keeps records.
    NotOverAStore,
    /// It asks a service other than `seq-kv` and `lin-tso`.
    OtherService,
    /// It answers a request twice, or one that nobody made.
    AnsweredTwice,
    /// More keys than the search keeps apart.
    TooManyKeys,
    /// More values than the search keeps apart.
    TooManyValues,
    /// A node asks more than 64 questions in an execution.
    TooManyQuestions,
    /// More histories of nodes than the search keeps apart.
    TooManyHistories,
}

/// A seed with which the first three talks of a node draw the same number below 100: for what is right as long as
/// numbers do not repeat.
pub fn unlucky_seed() -> u64 {
    let repeats = |seed: &u64| {
        let mut rng = Rng::new(*seed);
        let first = rng.fork().below(100);
        (0..2).all(|_| rng.fork().below(100) == first)
    };
    (0..=u64::MAX).find(repeats).unwrap_or_default()
}

impl fmt::Display for Counterexample {
    /// The story in numbered lines, how it ends, and the order that explains the answers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbered = |f: &mut fmt::Formatter<'_>, lines: &[String]| {
            (1..).zip(lines).try_for_each(|(number, line)| writeln!(f, "{number:>3}. {line}"))
        };
        numbered(f, &self.story)?;
        writeln!(f, "So: {}.", self.complaint)?;
        if !self.order.is_empty() {
            writeln!(f, "\nOne order of the store's operations explains every answer:")?;
            numbered(f, &self.order)?;
        }
        Ok(())
    }
}

/// Goes through all executions within the bounds; `watch` is told now and then how it goes on.
pub fn search(
    searched: &Searched<'_>,
    bounds: &Bounds,
    watch: &mut dyn FnMut(&Census),
) -> Result<(Verdict, Census), Unsearchable> {
    if !(1..=NODES_MAX).contains(&bounds.nodes) || !(2..=OPERATIONS_MAX).contains(&bounds.operations) {
        return Err(Unsearchable::Bounds);
    }
    let mut census = Census::default();
    // Programs of fewer operations are beginnings of longer ones; they go first so that what is found is short.
    for operations in 2..=bounds.operations {
        census.operations = operations;
        let mut shortest: Option<Counterexample> = None;
        for seed in searched.seeds {
            let mut actors = Actors::new(searched.make, bounds.nodes, *seed);
            for program in Program::all(bounds.nodes, operations) {
                census.programs += 1;
                let world = World::new(&mut actors, &program, bounds, searched)?;
                let below = shortest.as_ref().map_or(usize::MAX, |found| found.steps);
                match (Levels { world, census: &mut census, below, watch }).run()? {
                    Verdict::Right => {}
                    Verdict::Wrong(found) => shortest = Some(found),
                    Verdict::GivenUp => return Ok((Verdict::GivenUp, census)),
                }
            }
        }
        if let Some(found) = shortest {
            return Ok((Verdict::Wrong(found), census));
        }
    }
    Ok((Verdict::Right, census))
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Definition => "definition",
            Self::Maelstrom => "maelstrom",
        })
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = [Self::Definition, Self::Maelstrom].into_iter().find(|rule| rule.to_string() == name);
        found.ok_or_else(|| format!("`{name}` is not a rule of seq-kv: definition or maelstrom"))
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nodes, operations, lose, timers, .. } = self;
        write!(
            f,
            "{nodes} nodes, up to {operations} client operations; in each execution at most {lose} answers lost and \
             {timers} timers fired"
        )
    }
}

impl fmt::Display for Unsearchable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bounds => "a search has 1 to 3 nodes and 2 to 8 client operations",
            Self::NotOverAStore => {
                "the node speaks to its peers or keeps records; only nodes over a store can be searched"
            }
            Self::OtherService => "the node asks a service other than seq-kv and lin-tso",
            Self::AnsweredTwice => "the node answered a request twice, or one that nobody made",
            Self::TooManyKeys => "the nodes use more keys than a search keeps apart",
            Self::TooManyValues => "the nodes use more values than a search keeps apart",
            Self::TooManyQuestions => "a node asks more than 64 questions in one execution",
            Self::TooManyHistories => "the nodes have more histories than a search keeps apart",
        })
    }
}

impl std::error::Error for Unsearchable {}
