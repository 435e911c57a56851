//! What the services have done: the timestamps given out, and the states of a store that follows Maelstrom's rule.
//!
//! **Maelstrom's rule.** The store is a list of states. A request is tried on any of them from the one its caller has seen
//! last. If it changes nothing there, its answer stands, and the caller has seen that state. Otherwise it is carried out on
//! the newest state, which gets a successor if it changes something there too, and the caller has seen the newest.
//! Maelstrom keeps 32 states in a ring and forgets; this store keeps all.
//!
//! Of several states that give the same answer the oldest is taken: from there a caller can go on to all that it could
//! from the others.

use std::collections::BTreeMap;

use super::NODES_MAX;
use super::words::{Asked, Map, Said, ValueId};

/// A question: of which node, and which of its questions.
pub(super) type Question = (u8, u8);

/// What the services have done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Store {
    /// What each state changes of the one before, by whom.
    pub(super) changes: Vec<Change>,
    /// The state that each node has seen last.
    seen: [u8; NODES_MAX],
    /// The questions carried out, a bit for each.
    carried_out: [u64; NODES_MAX],
    /// The answers on their way.
    answers: BTreeMap<Question, Said>,
    next_timestamp: u8,
}

/// One change of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) by: u8,
    pub(super) key: u8,
    pub(super) to: ValueId,
}

/// One way to carry a request out.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The state that the answer is from.
    pub(super) state: u8,
    pub(super) said: Said,
    pub(super) after: Store,
}

impl Store {
    /// True if the question has been carried out.
    pub(super) fn has_carried_out(&self, (node, index): Question) -> bool {
        self.carried_out[usize::from(node)] >> index & 1 == 1
    }

    /// The answers on their way.
    pub(super) fn answers(&self) -> impl Iterator<Item = (Question, Said)> {
        self.answers.iter().map(|(question, said)| (*question, *said))
    }

    /// The store when an answer has arrived, or nobody waits for it any more.
    pub(super) fn without_answer(&self, question: Question) -> Self {
        let mut after = self.clone();
        after.answers.remove(&question);
        after
    }

    /// The next timestamp is given out.
    pub(super) fn timestamp(&self, question: Question, awaited: bool) -> Way {
        let said = Said::Timestamp(self.next_timestamp);
        let mut after = self.done(question, said, awaited);
        after.next_timestamp += 1;
        Way { state: self.newest(), said, after }
    }

    /// All ways to carry a request out that differ in their answers. Nobody hears the answer unless it is `awaited`.
    /// In its first state the store holds `first`.
    pub(super) fn ways(&self, question: Question, asked: Asked, awaited: bool, first: &Map) -> Vec<Way> {
        let node = usize::from(question.0);
        let (key, newest) = (usize::from(asked.key), self.newest());
        let mut ways: Vec<Way> = Vec::new();
        for state in self.seen[node]..=newest {
            let held = self.map(state, first)[key];
            let (said, put) = asked.judge(held);
            let (state, said, put) = if put == held {
                (state, said, None)
            } else {
                let held = self.map(newest, first)[key];
                let (said, put) = asked.judge(held);
                (newest, said, put.filter(|_| put != held))
            };
            let mut after = self.done(question, said, awaited);
            after.changes.extend(put.map(|to| Change { by: question.0, key: asked.key, to }));
            after.seen[node] = if put.is_some() { newest + 1 } else { state };
            let state = after.seen[node];
            let alike = |way: &&mut Way| way.said == said && way.after.changes.len() == after.changes.len();
            match ways.iter_mut().find(alike) {
                Some(way) if way.state <= state => {}
                Some(way) => *way = Way { state, said, after },
                None => ways.push(Way { state, said, after }),
            }
        }
        ways
    }

    fn done(&self, question: Question, said: Said, awaited: bool) -> Self {
        let mut after = self.clone();
        after.carried_out[usize::from(question.0)] |= 1 << question.1;
        if awaited {
            after.answers.insert(question, said);
        }
        after
    }

    pub(super) fn newest(&self) -> u8 {
        u8::try_from(self.changes.len()).expect("a node asks at most 64 questions")
    }

    /// What the keys hold in a state.
    fn map(&self, state: u8, first: &Map) -> Map {
        let mut map = *first;
        for change in &self.changes[..usize::from(state)] {
            map[usize::from(change.key)] = Some(change.to);
        }
        map
    }
}
