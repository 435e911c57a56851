//! The home: a linearizable store of numbers with compare-and-swap, an atomic add, and lease locks that wait in line.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use quipu_node::{Cx, NodeId, Record, Time, Timer};

use crate::meter::Meter;
use crate::setup::Setup;
use crate::words::Word;

/// An answer of the home, and to whom.
pub(super) type Answer = (NodeId, Word);

/// The store. One word at a time, each carried out at once: that is what makes it linearizable.
#[derive(Debug)]
pub(super) struct Home {
    values: BTreeMap<u64, i64>,
    locks: BTreeMap<u64, Lock>,
    tokens: u64,
    lease: Duration,
    fencing: bool,
    durable: bool,
    meter: Meter,
}

/// One key's lock.
#[derive(Debug, Default)]
struct Lock {
    holder: Option<Claim>,
    /// The holder's token; tokens only grow.
    token: u64,
    waiting: VecDeque<Claim>,
}

/// Who wants a lock, for which of its operations, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    node: NodeId,
    op: u64,
    since: Time,
}

impl Home {
    pub(super) fn new(setup: &Setup, fencing: bool, meter: Meter) -> Self {
        Self {
            values: BTreeMap::new(),
            locks: BTreeMap::new(),
            tokens: 0,
            lease: setup.lease,
            fencing,
            durable: setup.is_durable(),
            meter,
        }
    }

    /// Carries out a word; the answers, which are for the caller to send.
    pub(super) fn hear(&mut self, cx: &mut Cx<'_>, from: &NodeId, word: Word) -> Vec<Answer> {
        let mut answers = Vec::new();
        let mut answer = |word| answers.push((from.clone(), word));
        match word {
            Word::Read { op, key } => answer(Word::Value { op, value: self.value(key) }),
            Word::Swap { op, key, from, to } if self.value(key) == from => {
                self.put(cx, key, to);
                answer(Word::Done { op, value: to });
            }
            Word::Swap { op, .. } => answer(Word::Refused { op }),
            Word::Write { op, key, value } => {
                self.put(cx, key, value);
                answer(Word::Done { op, value });
            }
            Word::Apply { op, key, change } => match self.value(key).checked_add(change) {
                Some(value) if value >= 0 || change >= 0 => {
                    self.put(cx, key, value);
                    answer(Word::Done { op, value });
                }
                _ => answer(Word::Empty { op }),
            },
            Word::Lock { op, key } => {
                let claim = Claim { node: from.clone(), op, since: cx.now() };
                self.locks.entry(key).or_default().waiting.push_back(claim);
                self.grant(cx, key, &mut answers);
            }
            Word::Commit { op, key, token, value } => {
                self.commit(cx, from, (op, key, token, value), &mut answers);
            }
            Word::Leave { op, key } => {
                let lock = self.locks.entry(key).or_default();
                let same = |claim: &Claim| claim.op == op && claim.node == *from;
                lock.waiting.retain(|claim| !same(claim));
                lock.holder.take_if(|holder| same(holder));
                self.grant(cx, key, &mut answers);
            }
            _ => {}
        }
        answers
    }

    /// A lease may have ended: the timer carries its token.
    pub(super) fn lease_ended(&mut self, cx: &mut Cx<'_>, token: u64) -> Vec<Answer> {
        let mut answers = Vec::new();
        let held = self.locks.iter_mut().find(|(_, lock)| lock.token == token && lock.holder.is_some());
        if let Some((&key, lock)) = held {
            lock.holder = None;
            self.meter.count().expiries += 1;
            self.grant(cx, key, &mut answers);
        }
        answers
    }

    fn commit(
        &mut self,
        cx: &mut Cx<'_>,
        from: &NodeId,
        (op, key, token, value): (u64, u64, u64, i64),
        answers: &mut Vec<Answer>,
    ) {
        let lock = self.locks.entry(key).or_default();
        let holds = lock.token == token && lock.holder.is_some();
        if holds {
            lock.holder = None;
        } else if self.fencing {
            self.meter.count().fenced += 1;
            answers.push((from.clone(), Word::Refused { op }));
            return;
        } else {
            self.meter.count().overwrites += 1;
        }
        self.put(cx, key, value);
        answers.push((from.clone(), Word::Done { op, value }));
        self.grant(cx, key, answers);
    }

    /// Gives a free lock to whoever has waited longest.
    fn grant(&mut self, cx: &mut Cx<'_>, key: u64, answers: &mut Vec<Answer>) {
        let value = self.value(key);
        let lock = self.locks.entry(key).or_default();
        if lock.holder.is_some() {
            return;
        }
        let Some(claim) = lock.waiting.pop_front() else { return };
        self.tokens += 1;
        lock.token = self.tokens;
        cx.set_timer(self.lease, Timer::Round(lock.token));
        {
            let mut tally = self.meter.count();
            tally.grants += 1;
            tally.waits.push(cx.now().since(claim.since));
        }
        answers.push((claim.node.clone(), Word::Granted { op: claim.op, token: lock.token, value }));
        lock.holder = Some(claim);
    }

    fn value(&self, key: u64) -> i64 {
        self.values.get(&key).copied().unwrap_or(0)
    }

    /// What the caller sends afterwards goes out only once the value is durable.
    fn put(&mut self, cx: &mut Cx<'_>, key: u64, value: i64) {
        self.values.insert(key, value);
        if self.durable {
            let bytes = key.to_le_bytes().into_iter().chain(value.to_le_bytes());
            cx.persist(Record(bytes.collect()));
        }
    }
}
