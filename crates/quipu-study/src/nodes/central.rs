//! The mechanisms with one place that decides: optimistic, locked, at the leader, and blind.
//!
//! One node type for all: what differs is the conversation that an operation has with the home. The home is `n0`; it has
//! the same conversation with itself, without the network.

use std::collections::{BTreeMap, VecDeque};

use quipu_node::{Cx, Event, Node, NodeId, ReplyTo, Timer};

use super::home::Home;
use crate::meter::Meter;
use crate::request::{Operation, Outcome};
use crate::setup::Setup;
use crate::words::Word;

/// How an operation is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conversation {
    /// Read, compute, write: no mechanism at all. The control of the study: it must lose updates.
    Blind,
    /// Read, compute, compare-and-swap; refused, back off and begin again.
    Optimistic,
    /// Lock with what is under it, compute, write and unlock.
    Locked {
        /// Whether the home refuses the write of a holder whose lease has ended.
        fencing: bool,
    },
    /// Ask the home to do it.
    Leader,
}

/// A node of such a mechanism.
#[derive(Debug)]
pub(crate) struct Central {
    conversation: Conversation,
    setup: Setup,
    home: Home,
    ops: BTreeMap<u64, Op>,
    started: u64,
    /// Words to and from the home at the home itself, not heard yet.
    own: VecDeque<Word>,
    meter: Meter,
}

/// An operation under way.
#[derive(Debug)]
struct Op {
    from: ReplyTo,
    operation: Operation,
    refusals: u64,
    stage: Stage,
}

/// What an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The value, or the lock.
    Asked,
    /// Its own computing, on this value and, if locked, under this token.
    Computing { value: i64, token: u64 },
    /// The end of a back-off.
    BackingOff,
    /// The answer to what may change something.
    Sent,
}

impl Central {
    pub(crate) fn new(conversation: Conversation, setup: &Setup, meter: Meter) -> Self {
        let fencing = conversation == Conversation::Locked { fencing: true };
        Self {
            conversation,
            setup: setup.clone(),
            home: Home::new(setup, fencing, meter.clone()),
            ops: BTreeMap::new(),
            started: 0,
            own: VecDeque::new(),
            meter,
        }
    }

    fn request(&mut self, cx: &mut Cx<'_>, from: ReplyTo, operation: Operation) {
        self.started += 1;
        let number = self.started;
        self.ops.insert(number, Op { from, operation, refusals: 0, stage: Stage::Asked });
        cx.set_timer(self.setup.patience, Timer::Deadline(number));
        self.begin(cx, number);
    }

    /// Sends the first word of an operation, or the first word again after a refusal.
    fn begin(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(op) = self.ops.get_mut(&number) else { return };
        op.stage = Stage::Asked;
        let word = match (op.operation, self.conversation) {
            (Operation::Read { key }, _) => Word::Read { op: number, key },
            (Operation::Add { key, .. }, Conversation::Blind | Conversation::Optimistic) => {
                Word::Read { op: number, key }
            }
            (Operation::Add { key, .. }, Conversation::Locked { .. }) => {
                self.meter.count().attempts += 1;
                Word::Lock { op: number, key }
            }
            (Operation::Add { key, change }, Conversation::Leader) => {
                self.meter.count().attempts += 1;
                op.stage = Stage::Sent;
                Word::Apply { op: number, key, change }
            }
        };
        self.tell_home(cx, word);
    }

    fn tell_home(&mut self, cx: &mut Cx<'_>, word: Word) {
        let home = cx.nodes()[0].clone();
        self.tell(cx, &home, word);
    }

    fn tell(&mut self, cx: &mut Cx<'_>, to: &NodeId, word: Word) {
        if to == cx.me() {
            self.own.push_back(word);
        } else {
            cx.send(to, word.to_message());
        }
    }

    /// A word to the home if this is the home, or an answer from it.
    fn hear(&mut self, cx: &mut Cx<'_>, from: &NodeId, word: Word) {
        match word {
            Word::Value { op, value } => self.on_value(cx, op, value, 0),
            Word::Granted { op, token, value } => {
                // If not: given up meanwhile; the home learnt so from the word that crossed this one.
                if self.ops.contains_key(&op) {
                    self.on_value(cx, op, value, token);
                }
            }
            Word::Done { op, value } => self.end(cx, op, Outcome::Done(value)),
            Word::Empty { op } => self.end(cx, op, Outcome::Empty),
            Word::Refused { op } => self.on_refusal(cx, op),
            Word::Keep { .. } | Word::Kept { .. } => {}
            to_home => {
                let answers = self.home.hear(cx, from, to_home);
                for (to, word) in answers {
                    self.tell(cx, &to, word);
                }
            }
        }
    }

    fn on_value(&mut self, cx: &mut Cx<'_>, number: u64, value: i64, token: u64) {
        let Some(op) = self.ops.get_mut(&number).filter(|op| op.stage == Stage::Asked) else { return };
        if matches!(op.operation, Operation::Read { .. }) {
            return self.end(cx, number, Outcome::Done(value));
        }
        op.stage = Stage::Computing { value, token };
        cx.set_timer(self.setup.compute, Timer::Retry(number));
    }

    /// The computing is done, or the back-off is over.
    fn go_on(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(op) = self.ops.get_mut(&number) else { return };
        match op.stage {
            Stage::BackingOff => self.begin(cx, number),
            Stage::Computing { value, token } => {
                let Operation::Add { key, change } = op.operation else { return };
                let Some(next) = value.checked_add(change).filter(|next| *next >= 0 || change >= 0) else {
                    if matches!(self.conversation, Conversation::Locked { .. }) {
                        self.tell_home(cx, Word::Leave { op: number, key });
                    }
                    return self.end(cx, number, Outcome::Empty);
                };
                op.stage = Stage::Sent;
                let word = match self.conversation {
                    Conversation::Optimistic => Word::Swap { op: number, key, from: value, to: next },
                    Conversation::Locked { .. } => Word::Commit { op: number, key, token, value: next },
                    Conversation::Blind | Conversation::Leader => {
                        Word::Write { op: number, key, value: next }
                    }
                };
                if self.conversation == Conversation::Optimistic {
                    self.meter.count().attempts += 1;
                }
                self.tell_home(cx, word);
            }
            Stage::Asked | Stage::Sent => {}
        }
    }

    fn on_refusal(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(op) = self.ops.get_mut(&number) else { return };
        op.refusals += 1;
        op.stage = Stage::BackingOff;
        let doublings = u32::try_from(op.refusals - 1).unwrap_or(u32::MAX).min(16);
        let span = self.setup.backoff.saturating_mul(1 << doublings).min(self.setup.backoff_at_most);
        let mut tally = self.meter.count();
        tally.refusals += 1;
        tally.refusals_at_most = tally.refusals_at_most.max(op.refusals);
        drop(tally);
        // Evenly between nothing and the whole span: full jitter.
        let pause = cx.rng().uniform(span / 2);
        cx.set_timer(pause, Timer::Retry(number));
    }

    /// Answers the user; whatever comes later for this operation finds none.
    fn end(&mut self, cx: &mut Cx<'_>, number: u64, outcome: Outcome) {
        if let Some(op) = self.ops.remove(&number) {
            cx.reply(op.from, outcome.to_reply());
        }
    }

    /// The operation's patience is over. What was sent and not answered may yet be done.
    fn give_up(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(op) = self.ops.get(&number) else { return };
        let (key, stage) = (op.operation.key(), op.stage);
        if matches!(self.conversation, Conversation::Locked { .. }) && stage != Stage::Sent {
            self.tell_home(cx, Word::Leave { op: number, key });
        }
        let outcome = if stage == Stage::Sent { Outcome::Unknown } else { Outcome::Failed };
        self.end(cx, number, outcome);
    }
}

impl Node for Central {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => match Operation::of_request(&request) {
                Ok(operation) => self.request(cx, from, operation),
                Err(reply) => cx.reply(from, reply),
            },
            Event::Peer { from, message } => {
                if let Some(word) = Word::of_message(&message) {
                    self.hear(cx, &from, word);
                }
            }
            Event::Timer(Timer::Retry(number)) => self.go_on(cx, number),
            Event::Timer(Timer::Deadline(number)) => self.give_up(cx, number),
            Event::Timer(Timer::Round(token)) => {
                for (to, word) in self.home.lease_ended(cx, token) {
                    self.tell(cx, &to, word);
                }
            }
            Event::Timer(_) | Event::Start { .. } | Event::Answer { .. } | Event::Durable { .. } => {}
        }
        let me = cx.me().clone();
        while let Some(word) = self.own.pop_front() {
            self.hear(cx, &me, word);
        }
    }
}
