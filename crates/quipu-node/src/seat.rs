//! What a world keeps for each node it runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::node::{Cx, Effect, Event, Identity, Node, QuestionId};
use crate::rng::Rng;
use crate::time::Time;

/// A node together with what its world keeps for it between steps: who it is, its randomness, its questions.
///
/// Both worlds (the simulator and stdin/stdout) run nodes through this type, so that a node cannot tell them apart.
pub struct Seat {
    node: Box<dyn Node>,
    identity: Identity,
    rng: Rng,
    questions: u64,
}

impl Seat {
    /// Seats a node. Nothing happens before the first [`Seat::step`], which must be [`Event::Start`].
    pub fn new(node: Box<dyn Node>, identity: Identity, rng: Rng) -> Self {
        Self { node, identity, rng, questions: 0 }
    }

    /// Hands one event to the node; its effects are appended to `effects` in order.
    pub fn step(&mut self, now: Time, event: Event, effects: &mut Vec<Effect>) {
        let Self { node, identity, rng, questions } = self;
        node.step(&mut Cx { now, identity, rng, questions, effects }, event);
    }

    /// Who the node is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

/// The questions a node has open in a world, each with the moment at which waiting for it ends.
///
/// A world inserts on [`Effect::Ask`], removes when the answer arrives (a second or late copy finds nothing
/// and is dropped), and takes what has expired: together this is the promise "answered exactly once".
#[derive(Debug, Default)]
pub struct OpenQuestions {
    deadlines: BTreeMap<QuestionId, Time>,
    by_deadline: BTreeSet<(Time, QuestionId)>,
}

impl OpenQuestions {
    /// Opens a question until `deadline`.
    pub fn insert(&mut self, question: QuestionId, deadline: Time) {
        self.deadlines.insert(question, deadline);
        self.by_deadline.insert((deadline, question));
    }

    /// Closes a question; false if it was not open, so that what came is a duplicate, late, or unasked for.
    pub fn remove(&mut self, question: QuestionId) -> bool {
        match self.deadlines.remove(&question) {
            Some(deadline) => self.by_deadline.remove(&(deadline, question)),
            None => false,
        }
    }

    /// True if the question was asked and neither answered nor given up.
    pub fn is_open(&self, question: QuestionId) -> bool {
        self.deadlines.contains_key(&question)
    }

    /// Closes and returns the next question whose time is over at `now`.
    pub fn pop_expired(&mut self, now: Time) -> Option<QuestionId> {
        let &(deadline, question) = self.by_deadline.first()?;
        if deadline > now {
            return None;
        }
        self.remove(question);
        Some(question)
    }

    /// When the next open question expires.
    pub fn next_deadline(&self) -> Option<Time> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }
}
