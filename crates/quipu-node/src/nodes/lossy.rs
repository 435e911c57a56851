//! `lossy`: one key; an add reads the sum and writes it back increased.
//!
//! The counter everybody writes first. Two adds that read the same sum keep one of their deltas: in Maelstrom's
//! stock test every run loses hundreds. Nothing about it is repaired on purpose; fenced reads, too, show the wrong
//! sum, only all the same one.

use super::failure::{Failure, int_of, read_int_patiently};
use super::per_request::{Call, PerRequest};
use super::settings::Settings;
use crate::{Clock, Identity, Kv, KvClient, Node, Reply, Request};

const KEY: &str = "counter";

/// The lossy counter.
pub fn lossy(settings: &Settings) -> impl Node + use<> {
    let settings = settings.clone();
    PerRequest::new(move |call: Call, request| {
        let settings = settings.clone();
        async move {
            let kv = settings.seq_kv(&call);
            match request {
                Request::Add(delta) => {
                    let added = add(&kv, delta, settings.attempts).await;
                    added.map_or_else(Reply::from, |()| Reply::AddOk)
                }
                Request::Read => {
                    let sum = read_fenced(&kv, &call.line, &call.identity, &settings).await;
                    sum.map_or_else(Reply::from, |sum| Reply::Counter(sum.into()))
                }
                other => Reply::not_served_by_counter(&other),
            }
        }
    })
}

async fn add<K: Kv>(kv: &K, delta: i64, attempts: u32) -> Result<(), Failure> {
    let sum = read_int_patiently(kv, KEY, attempts).await.map_err(Failure::before_change)?;
    let increased = sum.checked_add(delta).ok_or(Failure::Overflow)?;
    kv.write(KEY, increased.into()).await.map_err(Failure::of_change)
}

/// The sum under the one key, read behind the fence that the settings name.
pub(super) async fn read_fenced<K: Kv, C: Clock>(
    kv: &K,
    clock: &C,
    identity: &Identity,
    settings: &Settings,
) -> Result<i64, Failure> {
    let Settings { fence, attempts, .. } = *settings;
    let read = async {
        fence.raise(kv, clock, identity, attempts).await?;
        int_of(KEY, fence.read(kv, KEY, attempts).await?.as_ref())
    };
    read.await.map_err(Failure::before_change)
}

impl Settings {
    /// The sequentially consistent store, asked only while the request can still be answered.
    pub(super) fn seq_kv(&self, call: &Call) -> KvClient {
        KvClient::seq_kv(call.line.clone(), self.question_timeout).until(self.give_up_at(call.deadline))
    }
}
