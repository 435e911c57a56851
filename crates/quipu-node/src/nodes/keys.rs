//! `keys`: a key per node, which only that node writes; a read sums them all.
//!
//! No two nodes write the same key, so nothing is lost between nodes; a node's own adds take turns, and those that
//! wait are added in one write. Plain reads may be stale: about one of three stock tests ends so, half as many as
//! with `cas`, because every own write carries the node to the newest state. [`Fence`](super::Fence) applies.
//!
//! Honest about lost answers: an add whose write was not answered gets an indefinite error. Still not exactly right
//! then, and that is left so to be seen: a write is blind, so a late or duplicated older total that lands after a
//! newer one undoes acknowledged adds. `slots` swaps instead of writing, which cures it.

use std::sync::Arc;

use super::batch::Batch;
use super::failure::{Failure, int_of, read_int_patiently};
use super::settings::Settings;
use crate::{Clock, Cx, Event, Identity, Kv, KvClient, Node, Reply, ReplyTo, Request, Talks, Value, all};

/// The counter with a key per node.
#[derive(Debug)]
pub struct Keys {
    settings: Settings,
    /// Adds that wait for the write under way.
    waiting: Batch,
    adding: bool,
    talks: Talks<Ended>,
}

#[derive(Debug)]
enum Ended {
    Added(Batch, Result<i64, Failure>),
    Read(ReplyTo, Result<i128, Failure>),
}

impl Keys {
    /// A node that has not started.
    pub fn new(settings: &Settings) -> Self {
        let settings = settings.clone();
        Self { settings, waiting: Batch::default(), adding: false, talks: Talks::new() }
    }

    fn start_add(&mut self, cx: &mut Cx<'_>) -> Option<Ended> {
        if self.adding {
            return None;
        }
        let give_up_at = self.waiting.give_up_at(&self.settings)?;
        let mut batch = std::mem::take(&mut self.waiting);
        let key = key_of(cx.me().as_str());
        let Settings { question_timeout, attempts, .. } = self.settings;
        self.adding = true;
        self.talks.start(cx, |line| async move {
            let kv = KvClient::seq_kv(line, question_timeout).until(give_up_at);
            let added = add(&kv, &key, &mut batch, attempts).await;
            Ended::Added(batch, added)
        })
    }

    fn start_read(&mut self, cx: &mut Cx<'_>, from: ReplyTo) -> Option<Ended> {
        let settings = self.settings.clone();
        let identity = Arc::new(cx.identity.clone());
        self.talks.start(cx, |line| async move {
            let give_up_at = settings.give_up_at(from.deadline);
            let kv = KvClient::seq_kv(line.clone(), settings.question_timeout).until(give_up_at);
            let sum = read(&kv, &line, &identity, &settings).await;
            Ended::Read(from, sum)
        })
    }

    fn finish(&mut self, cx: &mut Cx<'_>, ended: Option<Ended>) {
        let mut next = ended;
        while let Some(ended) = next.take() {
            match ended {
                Ended::Read(from, sum) => cx.reply(from, sum.map_or_else(Reply::from, Reply::Counter)),
                Ended::Added(mut batch, added) => {
                    batch.answer_adds(cx, &added);
                    self.adding = false;
                    next = self.start_add(cx);
                }
            }
        }
    }
}

impl Node for Keys {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        let ended = match event {
            Event::Request { from, request: Request::Read } => self.start_read(cx, from),
            Event::Request { from, request } => {
                self.waiting.push(cx, from, &request);
                self.start_add(cx)
            }
            Event::Answer { question, result } => self.talks.answer(cx, question, result),
            Event::Timer(timer) => self.talks.timer(cx, timer),
            Event::Start { .. } | Event::Peer { .. } | Event::Durable { .. } => None,
        };
        self.finish(cx, ended);
    }
}

fn key_of(node: &str) -> String {
    format!("total-{node}")
}

async fn add<K: Kv>(kv: &K, key: &str, batch: &mut Batch, attempts: u32) -> Result<i64, Failure> {
    let total = read_int_patiently(kv, key, attempts).await.map_err(Failure::before_change)?;
    let increased = batch.apply(total, false);
    kv.write(key, Value::from(increased)).await.map_err(Failure::of_change)?;
    Ok(increased)
}

async fn read<K: Kv, C: Clock>(
    kv: &K,
    clock: &C,
    identity: &Identity,
    settings: &Settings,
) -> Result<i128, Failure> {
    let Settings { fence, attempts, .. } = *settings;
    fence.raise(kv, clock, identity, attempts).await.map_err(Failure::before_change)?;
    let totals = all(identity.nodes.iter().map(|node| async move {
        let key = key_of(node.as_str());
        int_of(&key, fence.read(kv, &key, attempts).await?.as_ref())
    }));
    let totals = totals.await.into_iter().map(|total| total.map(i128::from));
    totals.sum::<Result<i128, _>>().map_err(Failure::before_change)
}
