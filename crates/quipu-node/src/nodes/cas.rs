//! `cas`: one key; an add reads the sum and swaps it for the increased one, again until the swap succeeds.
//!
//! No update is lost, and a stale read before the swap does no harm, for the swap is then refused. But plain reads
//! may run in the store's past, and nothing later carries an idle node forward: about two of three stock tests end
//! with a stale final read. [`Fence`](super::Fence) has the usual attempts at a cure.
//!
//! When the answer to a swap is lost, nobody knows whether it was made: the honest answer to the client is an
//! indefinite error. [`Settings::blind_retry`] tries again instead, and counts twice whatever was made: one lost
//! message in a thousand spoils nearly every second test.
//!
//! Where the network delivers a swap twice, even the honest loop counts twice: the refusal of the second copy, if it
//! comes before the answer to the first, looks like any other refusal. Nothing in a plain sum could tell.

use super::failure::{Failure, read_int_patiently};
use super::lossy::read_fenced;
use super::per_request::{Call, PerRequest};
use super::settings::Settings;
use crate::{Kv, KvError, Node, Reply, Request};

const KEY: &str = "counter";

/// The counter that compares and swaps.
pub fn cas(settings: &Settings) -> impl Node + use<> {
    let settings = settings.clone();
    PerRequest::new(move |call: Call, request| {
        let settings = settings.clone();
        async move {
            let kv = settings.seq_kv(&call);
            match request {
                Request::Add(delta) => {
                    let added = add(&kv, delta, settings.attempts, settings.blind_retry).await;
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

async fn add<K: Kv>(kv: &K, delta: i64, attempts: u32, blind_retry: bool) -> Result<(), Failure> {
    // With blind retry: a swap whose answer was lost, so that the add may have been made.
    let mut unsettled = false;
    let mut last = KvError::PreconditionFailed;
    for _ in 0..attempts {
        let sum = read_int_patiently(kv, KEY, attempts).await;
        let sum = sum.map_err(|error| Failure::after(error, unsettled))?;
        let Some(increased) = sum.checked_add(delta) else {
            return Err(if unsettled { Failure::Unknown("overflow".into()) } else { Failure::Overflow });
        };
        match kv.compare_and_swap(KEY, sum.into(), increased.into(), true).await {
            Ok(()) => return Ok(()),
            Err(error @ (KvError::PreconditionFailed | KvError::KeyDoesNotExist)) => last = error,
            Err(error @ (KvError::Unknown(_) | KvError::Malformed(_))) if blind_retry => {
                unsettled = true;
                last = error;
            }
            Err(error) => {
                let unsettled = unsettled || !error.is_definite();
                return Err(Failure::after(error, unsettled));
            }
        }
    }
    Err(Failure::after(last, unsettled))
}
