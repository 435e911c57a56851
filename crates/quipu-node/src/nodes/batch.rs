//! Requests to a counter that are carried out together and answered together.
//!
//! The counters that do one thing at a time collect what arrives meanwhile in a batch: its adds become one change
//! of the store, its reads share one look at it.

use super::failure::Failure;
use super::settings::Settings;
use crate::{Cx, Reply, ReplyTo, Request, Time};

/// Requests that are carried out together. Empty by default.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) adds: Vec<Add>,
    pub(super) reads: Vec<ReplyTo>,
}

/// One add of a batch.
#[derive(Debug)]
pub(super) struct Add {
    from: ReplyTo,
    delta: i64,
    /// Why the batch goes on without it.
    dropped: Option<Failure>,
}

impl Batch {
    /// Takes a request in, or answers it at once if counters do not serve it.
    pub(super) fn push(&mut self, cx: &mut Cx<'_>, from: ReplyTo, request: &Request) {
        match request {
            Request::Add(delta) => self.adds.push(Add { from, delta: *delta, dropped: None }),
            Request::Read => self.reads.push(from),
            other => cx.reply(from, Reply::not_served_by_counter(other)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.adds.is_empty() && self.reads.is_empty()
    }

    /// The moment at which the first of the requests must be given up.
    pub(super) fn give_up_at(&self, settings: &Settings) -> Option<Time> {
        let adds = self.adds.iter().map(|add| add.from.deadline);
        let first = adds.chain(self.reads.iter().map(|from| from.deadline)).min()?;
        Some(settings.give_up_at(first))
    }

    /// `base` with all adds added. One that would overflow is dropped, for good: what is tried again later must be
    /// the same set of adds or a smaller one. `unsettled` says that an earlier try, with all that was in the batch
    /// then, may have been carried out.
    pub(super) fn apply(&mut self, base: i64, unsettled: bool) -> i64 {
        let mut sum = base;
        for add in self.adds.iter_mut().filter(|add| add.dropped.is_none()) {
            match sum.checked_add(add.delta) {
                Some(next) => sum = next,
                None if unsettled => {
                    let text = "an earlier try may have been carried out; now the sum would overflow";
                    add.dropped = Some(Failure::Unknown(text.into()));
                }
                None => add.dropped = Some(Failure::Overflow),
            }
        }
        sum
    }

    /// Answers the adds: each is done if `result` is, but for those that were dropped.
    pub(super) fn answer_adds<T>(&mut self, cx: &mut Cx<'_>, result: &Result<T, Failure>) {
        for add in self.adds.drain(..) {
            let reply = match (add.dropped, result) {
                (Some(failure), _) => failure.into(),
                (None, Ok(_)) => Reply::AddOk,
                (None, Err(failure)) => failure.clone().into(),
            };
            cx.reply(add.from, reply);
        }
    }

    /// Answers the reads with the sum.
    pub(super) fn answer_reads(&mut self, cx: &mut Cx<'_>, result: &Result<i128, Failure>) {
        for from in self.reads.drain(..) {
            let reply = match result {
                Ok(sum) => Reply::Counter(*sum),
                Err(failure) => failure.clone().of_read().into(),
            };
            cx.reply(from, reply);
        }
    }

    /// Takes back, in front, requests that were taken out and not carried out.
    pub(super) fn put_back(&mut self, mut earlier: Self) {
        earlier.adds.append(&mut self.adds);
        earlier.reads.append(&mut self.reads);
        *self = earlier;
    }

    /// Moves out the requests that must be given up by now.
    pub(super) fn take_overdue(&mut self, settings: &Settings, now: Time) -> Self {
        let overdue = |from: &ReplyTo| settings.give_up_at(from.deadline) <= now;
        Self {
            adds: self.adds.extract_if(.., |add| overdue(&add.from)).collect(),
            reads: self.reads.extract_if(.., |from| overdue(from)).collect(),
        }
    }
}
