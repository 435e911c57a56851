//! The quorum write: a leader orders all changes, and acknowledges each once a majority of the nodes has it durably.
//!
//! This is the steady state of Multi-Paxos and Raft. The leader is `n0` for the whole run. **Left out:** the election of
//! another one, so a leader in the minority means that nobody is served; and bringing a follower up to date that was cut
//! off, since nothing is ever read from followers. Reads are answered by the leader from its own state: as there is no
//! other leader, that is linearizable.

use std::collections::BTreeMap;

use quipu_node::{Cx, Event, Node, NodeId, Record, ReplyTo, Timer};

use crate::meter::Meter;
use crate::request::{Operation, Outcome};
use crate::setup::Setup;
use crate::words::Word;

/// A node that leads or follows.
#[derive(Debug)]
pub(crate) struct Quorum {
    setup: Setup,
    values: BTreeMap<u64, i64>,
    /// At the leader: what a majority does not have yet, by its position.
    pending: BTreeMap<u64, Entry>,
    position: u64,
    /// At the leader: the position of each record that is not durable yet.
    unsynced: Vec<u64>,
    /// At any node: the operations of its own users.
    ops: BTreeMap<u64, (ReplyTo, Operation)>,
    started: u64,
    meter: Meter,
}

/// A change on its way to a majority.
#[derive(Debug)]
struct Entry {
    origin: NodeId,
    op: u64,
    value: i64,
    kept_by: Vec<NodeId>,
}

impl Quorum {
    pub(crate) fn new(setup: &Setup, meter: Meter) -> Self {
        Self {
            setup: setup.clone(),
            values: BTreeMap::new(),
            pending: BTreeMap::new(),
            position: 0,
            unsynced: Vec::new(),
            ops: BTreeMap::new(),
            started: 0,
            meter,
        }
    }

    fn request(&mut self, cx: &mut Cx<'_>, from: ReplyTo, operation: Operation) {
        self.started += 1;
        let op = self.started;
        self.ops.insert(op, (from, operation));
        cx.set_timer(self.setup.patience, Timer::Deadline(op));
        let word = match operation {
            Operation::Read { key } => Word::Read { op, key },
            Operation::Add { key, change } => {
                self.meter.count().attempts += 1;
                Word::Apply { op, key, change }
            }
        };
        let leader = cx.nodes()[0].clone();
        self.tell(cx, &leader, word);
    }

    fn tell(&mut self, cx: &mut Cx<'_>, to: &NodeId, word: Word) {
        if to == cx.me() {
            let me = to.clone();
            self.hear(cx, &me, word);
        } else {
            cx.send(to, word.to_message());
        }
    }

    fn hear(&mut self, cx: &mut Cx<'_>, from: &NodeId, word: Word) {
        match word {
            Word::Read { op, key } => {
                let value = self.values.get(&key).copied().unwrap_or(0);
                self.tell(cx, from, Word::Value { op, value });
            }
            Word::Apply { op, key, change } => self.order(cx, from, op, (key, change)),
            Word::Keep { op, key, change } => {
                if self.setup.is_durable() {
                    cx.persist(record(key, change));
                }
                self.tell(cx, from, Word::Kept { op });
            }
            Word::Kept { op } => self.kept(cx, op, from.clone()),
            Word::Value { op, value } | Word::Done { op, value } => self.end(cx, op, Outcome::Done(value)),
            Word::Empty { op } => self.end(cx, op, Outcome::Empty),
            _ => {}
        }
    }

    /// Gives a change its place in the order, and sends it to all followers before the own disk is waited for.
    fn order(&mut self, cx: &mut Cx<'_>, origin: &NodeId, op: u64, (key, change): (u64, i64)) {
        let before = self.values.get(&key).copied().unwrap_or(0);
        let Some(value) = before.checked_add(change).filter(|value| *value >= 0 || change >= 0) else {
            return self.tell(cx, origin, Word::Empty { op });
        };
        self.values.insert(key, value);
        self.position += 1;
        let position = self.position;
        self.pending.insert(position, Entry { origin: origin.clone(), op, value, kept_by: Vec::new() });
        for peer in cx.peers().cloned().collect::<Vec<_>>() {
            cx.send(&peer, Word::Keep { op: position, key, change }.to_message());
        }
        if self.setup.is_durable() {
            self.unsynced.push(position);
            cx.persist(record(key, change));
        } else {
            let me = cx.me().clone();
            self.kept(cx, position, me);
        }
    }

    fn kept(&mut self, cx: &mut Cx<'_>, position: u64, by: NodeId) {
        let Some(entry) = self.pending.get_mut(&position) else { return };
        if !entry.kept_by.contains(&by) {
            entry.kept_by.push(by);
        }
        if entry.kept_by.len() > cx.nodes().len() / 2
            && let Some(Entry { origin, op, value, .. }) = self.pending.remove(&position)
        {
            self.tell(cx, &origin, Word::Done { op, value });
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>, op: u64, outcome: Outcome) {
        if let Some((from, _)) = self.ops.remove(&op) {
            cx.reply(from, outcome.to_reply());
        }
    }
}

fn record(key: u64, change: i64) -> Record {
    Record(key.to_le_bytes().into_iter().chain(change.to_le_bytes()).collect())
}

impl Node for Quorum {
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
            Event::Timer(Timer::Deadline(op)) => {
                let read =
                    self.ops.get(&op).is_some_and(|(_, asked)| matches!(asked, Operation::Read { .. }));
                self.end(cx, op, if read { Outcome::Failed } else { Outcome::Unknown });
            }
            Event::Durable { .. } => {
                // Records become durable in their order, one event each.
                if !self.unsynced.is_empty() {
                    let position = self.unsynced.remove(0);
                    let me = cx.me().clone();
                    self.kept(cx, position, me);
                }
            }
            Event::Timer(_) | Event::Start { .. } | Event::Answer { .. } => {}
        }
    }
}
