//! `slots`: a key per node, moved by compare-and-swap from its old value to the new; a read moves the own key, then
//! reads the others.
//!
//! Right on Maelstrom's seq-kv every time, with two messages an add and no contention: nobody else swaps a node's
//! key. A slot holds `{total, version, boot}`. Every swap raises the version, also that of a read and of an add of 0,
//! so it always changes the store; and an operation that changes Maelstrom's store is carried out on the newest
//! state, and carries its caller there. **The swap is its own fence**: what the node reads afterwards contains
//! everything that was acknowledged before the swap was sent. (By the definition of sequential consistency it need
//! not: then only `chain` helps.)
//!
//! # Invariants
//! - A node makes one move at a time. Adds that arrive meanwhile are added in the next move, all in one, and
//!   acknowledged only after the store acknowledged it.
//! - A read shares the pass over the others' keys that follows the next move to start; never one that had started
//!   before the read arrived.
//! - **A lost answer is settled** before anything else: the node reads its own key. The boot number and version tell
//!   whether a try of this move is there, and it is done; otherwise the move is made again, from what is there. An
//!   earlier try that is still under way, or comes twice, finds its start gone as soon as a later one has
//!   landed, and the other way round: at most one of them is made.
//! - **A restarted node** knows nothing of its slot. It reads it, perhaps stale, and swaps from what it read, which
//!   succeeds only if that was the newest: so the first acknowledged move has found the slot. The boot number keeps
//!   what its former life sent from passing for its own.
//! - **Floors.** The newest version seen of each slot is kept, and what is older is ignored. (Totals may go down when
//!   deltas are negative; versions never do.) So no read of a node goes backwards, not even where Maelstrom's store
//!   does, for callers 32 or more changes behind.
//!
//! Left out: caching the others' slots for a while, which would save most of a read's messages and make it stale.

mod own;
mod slot;

use std::fmt;
use std::sync::Arc;

use self::own::{Move, Owner};
use self::slot::Slot;
use super::batch::Batch;
use super::failure::{Failure, read_patiently};
use super::settings::{Remedy, Settings};
use crate::{Cx, Event, Kv, KvClient, KvError, Node, NodeId, Talks, all};

/// The counter with a slot per node; see the [module](self).
pub struct Slots {
    settings: Settings,
    /// What the node remembers of its own slot; away while a move is under way.
    owner: Option<Owner>,
    waiting: Batch,
    /// The newest version seen of each node's slot, in the order of `Cx::nodes`.
    floors: Vec<Option<Slot>>,
    talks: Talks<Ended>,
}

enum Ended {
    Moved { owner: Owner, batch: Batch, result: Result<Slot, Failure> },
    Passed { readers: Batch, result: Result<Vec<Option<Slot>>, Failure> },
}

impl Slots {
    /// A node that has not started.
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            owner: None,
            waiting: Batch::default(),
            floors: Vec::new(),
            talks: Talks::new(),
        }
    }

    /// Moves the own slot with all that waits, if there is anything and no move is under way.
    fn start_move(&mut self, cx: &mut Cx<'_>) -> Option<Ended> {
        let give_up_at = self.waiting.give_up_at(&self.settings)?;
        let mut owner = self.owner.take()?;
        let mut batch = std::mem::take(&mut self.waiting);
        if batch.adds.is_empty() && !self.settings.has(Remedy::Barrier) {
            self.owner = Some(owner);
            return self.start_pass(cx, batch);
        }
        let Settings { question_timeout, attempts, .. } = self.settings;
        self.talks.start(cx, |line| async move {
            let kv = KvClient::seq_kv(line, question_timeout).until(give_up_at);
            let the_move = Move { kv: &kv, owner: &mut owner, batch: &mut batch, attempts };
            let result = the_move.run().await;
            Ended::Moved { owner, batch, result }
        })
    }

    /// Reads the others' slots for the reads in `readers`.
    fn start_pass(&mut self, cx: &mut Cx<'_>, readers: Batch) -> Option<Ended> {
        let give_up_at = readers.give_up_at(&self.settings)?;
        let (nodes, me) = (Arc::clone(cx.nodes()), cx.me().clone());
        let Settings { question_timeout, attempts, .. } = self.settings;
        self.talks.start(cx, |line| async move {
            let kv = KvClient::seq_kv(line, question_timeout).until(give_up_at);
            let result = read_others(&kv, &nodes, &me, attempts).await.map_err(Failure::before_change);
            Ended::Passed { readers, result }
        })
    }

    fn finish(&mut self, cx: &mut Cx<'_>, ended: Option<Ended>) {
        // A move may end and start both the pass of its reads and the next move.
        let mut next = Vec::from_iter(ended);
        while let Some(ended) = next.pop() {
            match ended {
                Ended::Moved { owner, mut batch, result } => {
                    batch.answer_adds(cx, &result);
                    self.owner = Some(owner);
                    match result {
                        Ok(slot) => {
                            self.raise_floor(cx.nodes().iter().position(|node| node == cx.me()), slot);
                            next.extend(self.start_pass(cx, batch));
                        }
                        Err(failure) => batch.answer_reads(cx, &Err(failure)),
                    }
                    next.extend(self.start_move(cx));
                }
                Ended::Passed { mut readers, result } => {
                    let sum = result.map(|slots| self.sum(slots));
                    readers.answer_reads(cx, &sum);
                }
            }
        }
    }

    /// Takes in what a pass has seen, and sums the floors.
    fn sum(&mut self, seen: Vec<Option<Slot>>) -> i128 {
        if !self.settings.has(Remedy::Floors) {
            let own = self.floors.iter().flatten();
            return seen.iter().flatten().chain(own).map(|slot| i128::from(slot.total)).sum();
        }
        for (index, slot) in seen.into_iter().enumerate() {
            if let Some(slot) = slot {
                self.raise_floor(Some(index), slot);
            }
        }
        self.floors.iter().flatten().map(|slot| i128::from(slot.total)).sum()
    }

    fn raise_floor(&mut self, index: Option<usize>, slot: Slot) {
        let floor = index.and_then(|index| self.floors.get_mut(index));
        let lower = floor.filter(|floor| floor.as_ref().is_none_or(|floor| floor.version < slot.version));
        if let Some(floor) = lower {
            *floor = Some(slot);
        }
    }
}

impl Node for Slots {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        let ended = match event {
            Event::Start { .. } => {
                self.owner = Some(Owner::new(cx.me(), cx.boot(), self.settings.without));
                self.floors = vec![None; cx.nodes().len()];
                None
            }
            Event::Request { from, request } => {
                self.waiting.push(cx, from, &request);
                self.start_move(cx)
            }
            Event::Answer { question, result } => self.talks.answer(cx, question, result),
            Event::Timer(timer) => self.talks.timer(cx, timer),
            Event::Peer { .. } | Event::Durable { .. } => None,
        };
        self.finish(cx, ended);
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots")
            .field("floors", &self.floors)
            .field("talks", &self.talks)
            .finish_non_exhaustive()
    }
}

/// The slots of all nodes but `me`, asked for in parallel; none where there is none yet.
async fn read_others<K: Kv>(
    kv: &K,
    nodes: &[NodeId],
    me: &NodeId,
    attempts: u32,
) -> Result<Vec<Option<Slot>>, KvError> {
    let slots = all(nodes.iter().map(|node| async move {
        if node == me {
            return Ok(None);
        }
        read_patiently(kv, &slot::key_of(node), attempts).await?.map(Slot::parse).transpose()
    }));
    slots.await.into_iter().collect()
}
