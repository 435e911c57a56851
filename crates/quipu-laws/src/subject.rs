//! What a type must offer to be tested.

use std::fmt::{self, Debug};

use crate::{History, OperationId, Operations, Past, Random};

/// Who makes changes: a node, in one of its lives. A node that has lost anything comes back with the next incarnation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Replica {
    /// Which node, from 0.
    pub node: u8,
    /// Which life of it, from 1.
    pub incarnation: u8,
}

impl Replica {
    /// A number that no other replica has, above 0: for types that name replicas by numbers.
    pub fn number(self) -> u64 {
        u64::from(self.incarnation) << 8 | u64::from(self.node)
    }

    pub(crate) fn first(node: u8) -> Self {
        Self { node, incarnation: 1 }
    }

    pub(crate) fn next_life(self) -> Option<Self> {
        Some(Self { incarnation: self.incarnation.checked_add(1)?, ..self })
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.incarnation {
            1 => write!(f, "r{}", self.node),
            later => write!(f, "r{}@{later}", self.node),
        }
    }
}

impl Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// In which order, and how often, deltas may arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// In any order, any number of times, or never.
    Any,
    /// Only after everything that their operation had seen; any number of times.
    Causal,
    /// Only after everything that their operation had seen, and at most once.
    CausalOnce,
    /// Not at all: only whole states are exchanged, and what an edit returns just says that it did something.
    Never,
}

/// A replica of the type under test: its state, and who it is.
///
/// The required part says what the type does and what it should do. The rest has defaults that check less.
pub trait Subject: Clone {
    /// What a client may ask of a replica.
    type Operation: Clone + Debug;
    /// What an edit returns for others to receive.
    type Delta: Clone;
    /// What a client sees.
    type View: PartialEq + Debug;

    /// What deltas need. Less than [`Delivery::Any`] is a weakness of the type; it is respected, not tested.
    const DELIVERY: Delivery = Delivery::Any;

    /// False if whole states cannot be joined, so that [`Subject::pull`] must not be called.
    const PULLS: bool = true;

    /// A replica that knows nothing.
    fn new(replica: Replica) -> Self;

    /// The few operations that an exhaustive search tries: one element, two values. Simple ones first: a failing
    /// execution is simplified towards them.
    fn alphabet() -> Vec<Self::Operation>;

    /// Carries out an operation and returns its delta; `None` if it was refused or changes nothing, and then it must
    /// have changed nothing.
    fn edit(&mut self, operation: &Self::Operation) -> Option<Self::Delta>;

    /// Takes in a delta.
    fn receive(&mut self, delta: &Self::Delta);

    /// Takes in all that another replica knows.
    fn pull(&mut self, other: &Self);

    /// What a client sees now.
    fn view(&self) -> Self::View;

    /// What a client should see who knows of these operations.
    fn specification(past: Past<'_, Self::Operation>) -> Self::View;

    /// True if the states are equal in full, whoever the replicas are. Without it, only what clients see is compared.
    fn same(&self, other: &Self) -> bool {
        self.view() == other.view()
    }

    /// Further operations that random executions try.
    fn further() -> Vec<Self::Operation> {
        Vec::new()
    }

    /// Draws an operation for a random execution, from the alphabet and the further ones.
    fn draw(random: &mut Random) -> Self::Operation {
        let mut all = Self::alphabet();
        all.extend(Self::further());
        let choice = random.below(all.len());
        all.swap_remove(choice)
    }

    /// Which operations a receiver of this delta, that of operation `id`, knows of. A counter's delta holds the whole slot
    /// of its replica: there it is [`History::by_same_replica_up_to`].
    fn stands_for(history: &History<Self::Operation>, id: OperationId, delta: &Self::Delta) -> Operations {
        let _ = (history, delta);
        Operations::one(id)
    }

    /// Encodes and decodes the state, in every encoding there is.
    fn recode(&self) -> Result<Self, String> {
        Ok(self.clone())
    }

    /// Encodes and decodes a delta.
    fn recode_delta(delta: &Self::Delta) -> Result<Self::Delta, String> {
        Ok(delta.clone())
    }

    /// What another replica lacks of this one, if the type can tell.
    fn news_for(&self, other: &Self) -> Option<Self::Delta> {
        let _ = other;
        None
    }

    /// Whether this replica knows all that the other knows, if the type can tell.
    fn includes(&self, other: &Self) -> Option<bool> {
        let _ = other;
        None
    }

    /// Laws of this type alone, for any two reached states.
    fn own_laws(&self, other: &Self) -> Result<(), String> {
        let _ = other;
        Ok(())
    }

    /// Whether the state is, in full, what an oracle says: for a subject that carries an oracle's state beside its own, each
    /// changed, joined and sent as the other is. Asked of every state that comes up.
    fn as_the_oracle_says(&self) -> Result<(), String> {
        Ok(())
    }

    /// The state as a story shows it.
    fn picture(&self) -> String {
        format!("{:?}", self.view())
    }
}
