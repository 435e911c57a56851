//! `chain`: one key whose values never repeat; every add **and every read** ends in a successful swap to a new one.
//!
//! Right, and linearizable, on every sequentially consistent store, although such a store is not linearizable
//! itself. The key holds `{sum, last: {node: operation}, tag}`. A tag is made of node, boot number and a count, and
//! is never used again. A node does one *round* at a time: a swap from the last value it has seen to one with the
//! round's adds in the sum, the round's number in `last[me]`, and a new tag. What arrives during a round waits for
//! the next, and is combined there; a round of reads alone swaps too.
//!
//! # Why it is right
//! - **No fork.** A sequentially consistent store orders all operations. In that order, once a swap away from a
//!   value has succeeded, the key never holds the value again; so no two successful swaps start from the same one,
//!   and the successful swaps form a single chain.
//! - **Real time.** Let swap B be sent after swap A was answered, and both succeed. Could B precede A in the chain?
//!   Then the value that A started from would be B's result or come after it. But A was sent with that value in hand,
//!   before B's tag had been made up by anyone. So every success, a read's as well, takes its place between its
//!   request and its answer: that is linearizability. A cached or stale value can thus make a swap fail, but can
//!   never make it succeed wrongly.
//! - **Exactly once.** When an answer is lost, the node learns a newer value `w` and looks: `last[me]` has reached
//!   the round's number exactly if the round was carried out. If it has not, the node swaps again, from `w`. The
//!   earlier request may still be under way, or come twice; it can succeed only while the key holds what it
//!   started from. If it does, all later values bear the round's number, and the second swap's start is gone; if
//!   the second succeeds, the first one's start is gone. At most one of them is ever made. For the same reason a
//!   round that was given up unsettled, and whose clients were told so, can land at most once, and only before
//!   any later round of the node does; it cannot be taken for that later round, whose number is higher. A refusal
//!   alone proves nothing where the network may deliver a swap twice: the first copy may have landed. So a refused
//!   round counts as unsettled until the node has seen a value without it.
//! - **A settled read** that found its round in `w` answers with the sum of `w`: `w` was the store's newest value at
//!   some moment after the round's swap landed and before `w` was read, hence inside the request's interval.
//! - **Restart.** A node that starts does not know the number of its last round, and a swap of its former life may
//!   still be under way. Before it serves anything it *joins*: it swaps the newest value for the same with a new tag.
//!   When that succeeds, whatever its former life sent is dead, since what it started from is gone, and the node
//!   counts on from the `last[me]` in the value. The boot number keeps the tags of two lives apart.
//!
//! # Progress
//! No algorithm can promise progress on every sequentially consistent store, which may show the past for ever. On
//! Maelstrom's, a write that changes something carries the writer to the newest state. So after the third refusal in
//! a row a round writes a new value to a key of its own before it reads and swaps again (before that a plain read is
//! cheaper: the refused swap has mostly moved the node already; and where many others write, a round begins with the
//! write). From there on each refusal means that another node succeeded: lock-free. A node that has just succeeded
//! knows the newest value and would always win against those that must read first; so it rests for about as long as
//! the others it has seen need for a swap each, before its next round. Where swaps take no time it does not rest.
//!
//! Each round is bounded by the earliest deadline among its requests, each question by its timeout, and the number of
//! swaps by [`Settings::attempts`]. What could not be done in time is answered with a
//! definite error if no swap of the round can have landed, else with an indefinite one.
//!
//! Left out: helping one another across nodes, which would bound the waiting of each single node, and leases or
//! hints that would spare reads the swap, which need clocks.

mod link;
mod round;

use std::fmt;

use self::round::{Member, Round};
use super::batch::Batch;
use super::failure::Failure;
use super::settings::Settings;
use crate::{Cx, Event, KvClient, Node, Talks, Time, Timer};

/// For so many questions there should be time when a round is begun again: two tries of three questions.
const QUESTIONS_OF_A_ROUND: u32 = 6;

/// The tagged chain; see the [module](self).
pub struct Chain {
    settings: Settings,
    /// What the node remembers between rounds; away while a round is under way.
    member: Option<Member>,
    waiting: Batch,
    /// Before this moment no round starts.
    rest_until: Time,
    /// The number of the timer that ends the rest.
    rests: u64,
    rounds: Talks<Ended>,
}

struct Ended {
    member: Member,
    batch: Batch,
    result: Result<i128, Failure>,
}

impl Chain {
    /// A node that has not started.
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            member: None,
            waiting: Batch::default(),
            rest_until: Time::ZERO,
            rests: 0,
            rounds: Talks::new(),
        }
    }

    /// Starts the round that joins the chain.
    fn join(&mut self, cx: &mut Cx<'_>) -> Option<Ended> {
        let member = Member::new(cx.me(), cx.boot(), self.settings.without);
        let give_up_at = cx.now() + self.settings.answer_within;
        self.start_round(cx, member, Batch::default(), give_up_at)
    }

    /// Starts a round with all that waits, if there is anything and neither a round nor a rest is under way.
    fn start_next(&mut self, cx: &mut Cx<'_>) -> Option<Ended> {
        if cx.now() < self.rest_until {
            return None;
        }
        let give_up_at = self.waiting.give_up_at(&self.settings)?;
        let member = self.member.take()?;
        let batch = std::mem::take(&mut self.waiting);
        self.start_round(cx, member, batch, give_up_at)
    }

    fn start_round(
        &mut self,
        cx: &mut Cx<'_>,
        mut member: Member,
        mut batch: Batch,
        give_up_at: Time,
    ) -> Option<Ended> {
        let Settings { question_timeout, attempts, .. } = self.settings;
        self.rounds.start(cx, |line| async move {
            let kv = KvClient::seq_kv(line.clone(), question_timeout).until(give_up_at);
            let round =
                Round { kv: &kv, clock: &line, member: &mut member, batch: &mut batch, attempts, give_up_at };
            let result = round.run().await;
            Ended { member, batch, result: result.map(i128::from) }
        })
    }

    fn finish(&mut self, cx: &mut Cx<'_>, ended: Option<Ended>) {
        let mut next = ended;
        while let Some(Ended { member, mut batch, result }) = next.take() {
            if matches!(result, Err(Failure::NotDone(_))) {
                // Nothing of it happened. If it was for lack of time, what has more of it goes into the next
                // round; what has not would only make that round too short as well.
                let too_late = cx.now() + member.time_for(QUESTIONS_OF_A_ROUND);
                let overdue = batch.take_overdue(&self.settings, too_late);
                if !overdue.is_empty() {
                    self.waiting.put_back(std::mem::replace(&mut batch, overdue));
                }
            }
            batch.answer_adds(cx, &result);
            batch.answer_reads(cx, &result);
            if result.is_ok() {
                self.rest(cx, &member);
            }
            self.member = Some(member);
            next = self.start_next(cx);
        }
    }

    fn rest(&mut self, cx: &mut Cx<'_>, member: &Member) {
        let mut rest = member.rest(cx.rng().below(1000));
        if let Some(give_up_at) = self.waiting.give_up_at(&self.settings) {
            rest = rest.min(give_up_at.since(cx.now()) / 2);
        }
        if !rest.is_zero() {
            self.rest_until = cx.now() + rest;
            self.rests += 1;
            cx.set_timer(rest, Timer::Retry(self.rests));
        }
    }
}

impl Node for Chain {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        let ended = match event {
            Event::Start { .. } => self.join(cx),
            Event::Request { from, request } => {
                self.waiting.push(cx, from, &request);
                self.start_next(cx)
            }
            Event::Answer { question, result } => self.rounds.answer(cx, question, result),
            Event::Timer(Timer::Retry(_)) => self.start_next(cx),
            Event::Timer(timer) => self.rounds.timer(cx, timer),
            Event::Peer { .. } | Event::Durable { .. } => None,
        };
        self.finish(cx, ended);
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain")
            .field("waiting", &self.waiting)
            .field("rounds", &self.rounds)
            .finish_non_exhaustive()
    }
}
