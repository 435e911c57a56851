//! What the nodes of causal types have in common: a gossiped state whose every change is durable before anybody hears of it.

use quipu_crdt::{Causal, CausalContext, DotStore, Lattice, NodeName, ReplicaId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::settings::{Remedy, Settings};
use crate::gossip::{Gossip, Replicated};
use crate::message::{Change, ChangeKind};
use crate::node::Record;
use crate::{Cx, Event};

/// A gossiped state and who changes it here.
///
/// *Durable.* Each change is a record: its delta, persisted before the reply and before any push, which are later effects.
/// After a crash the state is the join of the records; what peers had sent comes from them again. A record is never
/// replaced, because the contract of a node knows no replacing: the disk holds all changes this node ever made.
///
/// *Who.* Each start is a replica of its own, so that even a disk that lost its newest record leads to no name given
/// twice.
///
/// *Without [`Remedy::Incarnation`]* nothing is durable, and each start passes for the same replica.
#[derive(Debug)]
pub(super) struct Replica<S> {
    gossip: Gossip<S>,
    id: ReplicaId,
    earlier: Vec<ReplicaId>,
    records: Records,
    /// What has come from peers since the last record; kept only where records hold it.
    unrecorded: S,
    incarnations: bool,
}

/// What is in the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Records {
    /// The changes made here.
    Own,
    /// Also all that they may build on: whatever had come from peers by then.
    WithGround,
}

impl<S: Replicated + Serialize + DeserializeOwned> Replica<S> {
    pub(super) fn new(settings: &Settings, records: Records) -> Self {
        Self {
            gossip: Gossip::new(settings.gossip),
            // The true id is known at the start, which comes before all else.
            id: ReplicaId::new(NodeName::new(""), 0),
            earlier: Vec::new(),
            records,
            unrecorded: S::default(),
            incarnations: settings.has(Remedy::Incarnation),
        }
    }

    /// The state, as far as known here.
    pub(super) const fn state(&self) -> &S {
        self.gossip.state()
    }

    /// Who changes the state here.
    pub(super) const fn id(&self) -> ReplicaId {
        self.id
    }

    /// The earlier lives of this node, all of whose changes have been recovered.
    pub(super) fn earlier(&self) -> &[ReplicaId] {
        &self.earlier
    }

    /// Changes the state and makes the change durable; returns the delta. `change` returns the delta of what it did; if
    /// it fails, it must have changed nothing.
    pub(super) fn change<E>(
        &mut self,
        cx: &mut Cx<'_>,
        change: impl FnOnce(&mut S, ReplicaId) -> Result<S, E>,
    ) -> Result<S, E> {
        let id = self.id;
        let mut made = S::default();
        self.gossip.update(|state| {
            made = change(state, id)?;
            Ok(made.clone())
        })?;
        if self.incarnations && !made.is_bottom() {
            let record = std::mem::take(&mut self.unrecorded).joined(&made);
            cx.persist(encode(id.incarnation, &record));
        }
        Ok(made)
    }

    /// Hands an event that no client sent to gossip.
    pub(super) fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { recovered } => self.start(cx, &recovered),
            Event::Peer { from, message } => {
                let news = self.gossip.peer(cx, &from, message);
                if let Some(news) = news.filter(|_| self.records == Records::WithGround) {
                    self.unrecorded.join(&news);
                }
            }
            Event::Timer(timer) => self.gossip.timer(timer),
            Event::Request { .. } | Event::Answer { .. } | Event::Durable { .. } => {}
        }
    }

    /// Sends what is due. To be called once, at the end of every step.
    pub(super) fn settle(&mut self, cx: &mut Cx<'_>) {
        self.gossip.settle(cx);
    }

    fn start(&mut self, cx: &mut Cx<'_>, recovered: &[Record]) {
        let node = NodeName::new(cx.me().as_str());
        self.id = ReplicaId::new(node, if self.incarnations { cx.boot() } else { 0 });
        let mut state = S::default();
        for (incarnation, record) in recovered.iter().filter_map(decode::<S>) {
            state.join(&record);
            let life = ReplicaId::new(node, incarnation);
            if life != self.id && !self.earlier.contains(&life) {
                self.earlier.push(life);
            }
        }
        self.gossip.start(cx, &state);
    }
}

/// The version of the records' format: the first byte of each.
const VERSION: u8 = 1;

fn encode<S: Serialize>(incarnation: u64, delta: &S) -> Record {
    // Into memory, and every type says beforehand how long it is: there is nothing that could fail.
    let content = postcard::to_allocvec(&(VERSION, incarnation, delta));
    Record(content.expect("plain data can always be written"))
}

/// The incarnation and the delta in a record; none if it is not one that [`encode`] made.
fn decode<S: DeserializeOwned>(record: &Record) -> Option<(u64, S)> {
    let (version, incarnation, delta) = postcard::from_bytes::<(u8, u64, S)>(&record.0).ok()?;
    (version == VERSION).then_some((incarnation, delta))
}

/// What a delta says was made and removed, by the names of the changes.
pub(super) fn change_of<S: DotStore>(kind: ChangeKind, delta: &Causal<S>) -> Change {
    let names = |dots: &CausalContext| dots.dots().map(|dot| dot.to_string().into()).collect();
    let made = delta.store().dots();
    let removed = delta.context().difference(&made);
    Change { kind, added: names(&made), removed: names(&removed) }
}
