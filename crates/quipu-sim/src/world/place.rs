//! What the world keeps for one node: the node itself while it lives, its disk, and what it owes.

use std::sync::Arc;

use quipu_node::{
    Effect, Event, Identity, Node, NodeId, OpenQuestions, QuestionId, REPLY_WITHIN, Record, ReplyTo, Rng,
    Seat, Time,
};

use super::agenda::Task;
use crate::disk::Disk;
use crate::services::Intent;

/// One node's place in the world; it outlives the node's crashes.
pub(super) struct Place {
    seat: Option<Seat>,
    rng: Rng,
    /// Counts crashes: what belongs to an earlier life is void.
    life: u32,
    paused: bool,
    /// What became due while the node was paused, and when, in order.
    missed: Vec<(Time, Task)>,
    requests: Vec<OpenRequest>,
    /// When the world next looks for expired questions.
    wake: Option<Time>,
    pub(super) questions: OpenQuestions,
    pub(super) disk: Disk,
}

/// From so many open requests on, those whose time is over are forgotten.
const MANY_REQUESTS: usize = 64;

/// A request that the node has not answered.
struct OpenRequest {
    client: u32,
    msg_id: i64,
    deadline: Time,
    reads: bool,
}

impl Place {
    pub(super) fn new(rng: Rng) -> Self {
        Self {
            seat: None,
            rng,
            life: 0,
            paused: false,
            missed: Vec::new(),
            requests: Vec::new(),
            wake: None,
            questions: OpenQuestions::default(),
            disk: Disk::default(),
        }
    }

    /// Puts a new node here; returns what it finds on its disk.
    pub(super) fn seat(
        &mut self,
        node: Box<dyn Node>,
        names: &Arc<[NodeId]>,
        number: u16,
        boot: u64,
    ) -> Vec<Record> {
        let me = names[usize::from(number)].clone();
        let identity = Identity { me, nodes: Arc::clone(names), boot };
        self.seat = Some(Seat::new(node, identity, self.rng.fork()));
        self.disk.recovered()
    }

    pub(super) const fn is_alive(&self) -> bool {
        self.seat.is_some()
    }

    pub(super) const fn life(&self) -> u32 {
        self.life
    }

    /// Ends the node's life; false if it was dead already.
    pub(super) fn crash(&mut self) -> bool {
        let lived = self.seat.take().is_some();
        self.life += 1;
        self.paused = false;
        self.missed.clear();
        self.requests.clear();
        self.wake = None;
        self.questions = OpenQuestions::default();
        self.disk.crash();
        lived
    }

    /// Makes the node stand still; false if it did already, or is dead.
    pub(super) const fn pause(&mut self) -> bool {
        let runs = self.seat.is_some() && !self.paused;
        self.paused |= runs;
        runs
    }

    /// Lets the node go on, and returns what it missed; none if it was not paused.
    pub(super) fn resume(&mut self) -> Option<Vec<(Time, Task)>> {
        let paused = std::mem::take(&mut self.paused);
        paused.then(|| std::mem::take(&mut self.missed))
    }

    /// Gives back what there is to do, unless the node is paused: then it is kept.
    pub(super) fn take_up(&mut self, now: Time, task: Task) -> Option<Task> {
        if self.paused {
            self.missed.push((now, task));
            return None;
        }
        Some(task)
    }

    pub(super) fn step(&mut self, now: Time, event: Event, effects: &mut Vec<Effect>) {
        if let Some(seat) = &mut self.seat {
            seat.step(now, event, effects);
        }
    }

    /// When to look for expired questions, if that is earlier than already planned. `woken` if that plan just came due.
    pub(super) fn next_wake(&mut self, woken: bool) -> Option<Time> {
        if woken {
            self.wake = None;
        }
        let next = self.questions.next_deadline()?;
        if self.wake.is_some_and(|planned| planned <= next) {
            return None;
        }
        self.wake = Some(next);
        Some(next)
    }

    pub(super) fn open_request(
        &mut self,
        now: Time,
        name: Arc<str>,
        client: u32,
        msg_id: i64,
        reads: bool,
    ) -> ReplyTo {
        let deadline = now + REPLY_WITHIN;
        if self.requests.len() >= MANY_REQUESTS {
            self.requests.retain(|open| open.deadline >= now);
        }
        self.requests.push(OpenRequest { client, msg_id, deadline, reads });
        ReplyTo { client: name, msg_id, deadline }
    }

    /// Notes that a request is answered; false if it was not open.
    pub(super) fn close_request(&mut self, client: u32, msg_id: i64) -> bool {
        let found = self.requests.iter().position(|open| (open.client, open.msg_id) == (client, msg_id));
        found.map(|index| self.requests.swap_remove(index)).is_some()
    }

    /// What is known of the node that has asked this question: whether it serves only reads, and still waits.
    pub(super) fn intent(&self, now: Time, life: u32, question: QuestionId, reliable: bool) -> Intent {
        let mut current = self.requests.iter().filter(|open| open.deadline >= now).peekable();
        let waits = self.life == life && self.questions.is_open(question);
        if reliable && waits && current.peek().is_some() && current.all(|open| open.reads) {
            Intent::ReadsOnly
        } else {
            Intent::Unknown
        }
    }
}
