//! A reply is lost at each point of each operation's conversation with the engine.
//!
//! Whatever the operation reports must be true of what is there afterwards: done if it says so, not done if it says that it
//! did not happen, and either if it says that nobody knows. At one point at least, that of the last reply, it must have been
//! done and be reported as *unknown*: then looking again is what settles it. Afterwards the same client must work again.

use std::time::Duration;

use quipu_node::{Kv, KvError, Value};
use tokio::time::Instant;

use super::{Keys, PATIENT, Subject, ensure, expect, unexpected};
use crate::mechanism::{Mechanisms, Own};
use crate::wire::Wire;

/// The deadline of the calls whose replies are held: each of them takes so long.
const DEADLINE: Duration = Duration::from_millis(500);

/// Longer conversations than any has.
const REPLIES_MOST: u64 = 24;

/// How long a change that may still be under way is looked for.
const LOOKED_FOR: Duration = Duration::from_millis(300);

/// How long a client may take to be usable again.
const USABLE_WITHIN: Duration = Duration::from_secs(3);

/// What is done while replies are lost. Each turns 1 into 2.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Write,
    Swap,
    Own(Own),
}

pub(super) async fn check<S: Subject>(subject: &S, keys: &Keys) -> Result<(), String> {
    let observer = subject.connect(PATIENT).await.map_err(unexpected("connect"))?;
    let own = observer.own().iter().map(|own| Operation::Own(*own));
    for operation in [Operation::Write, Operation::Swap].into_iter().chain(own) {
        for holds in [true, false] {
            lose_each_reply(subject, &observer, keys, operation, holds).await?;
        }
    }
    Ok(())
}

/// Loses the first reply, then the second, and so on until all that the operation needs arrive.
async fn lose_each_reply<S: Subject>(
    subject: &S,
    observer: &impl Mechanisms,
    keys: &Keys,
    operation: Operation,
    holds: bool,
) -> Result<(), String> {
    let mut done_and_unknown = 0;
    for replies in 0..REPLIES_MOST {
        let what = format!("{operation:?}, {} after {replies} replies", if holds { "held" } else { "cut" });
        let key = keys.key(format!("{operation:?}-{holds}-{replies}").to_lowercase());
        let key = key.replace(['(', ')'], "-");
        expect("write", &Ok(()), &observer.write(&key, 1_i64.into()).await)?;
        let wire = Wire::default();
        let engine = subject.connect_over(&wire, DEADLINE).await.map_err(unexpected("connect"))?;
        // Whatever belongs to making the connection has passed by then.
        expect("read", &Ok(1), &engine.read_int(&key).await)?;
        if holds {
            wire.hold_after(replies);
        } else {
            wire.cut_after(replies);
        }
        let outcome = perform(&engine, operation, &key).await;
        // Whatever is still open is closed, and with it what a transaction holds.
        wire.cut();
        let done = settle(observer, &key, &outcome).await.map_err(|breach| format!("{what}: {breach}"))?;
        done_and_unknown += u32::from(done && outcome.is_err());
        if outcome.is_ok() {
            return ensure(done_and_unknown > 0, || {
                format!("{operation:?}: with no lost reply was it done and its outcome unknown")
            });
        }
        wire.pass();
        let again = again(&engine, &key).await.map_err(|error| format!("{what}: {error}"))?;
        ensure(again == if done { 2 } else { 1 }, || format!("{what}: the same client then reads {again}"))?;
    }
    Err(format!("{operation:?}: did not succeed with {REPLIES_MOST} replies"))
}

async fn perform(engine: &impl Mechanisms, operation: Operation, key: &str) -> Result<(), KvError> {
    let (one, two) = (Value::from(1_i64), Value::from(2_i64));
    match operation {
        Operation::Write => engine.write(key, two).await,
        Operation::Swap => engine.compare_and_swap(key, one, two, false).await,
        Operation::Own(own) => engine.attempt(own, key, 1).await,
    }
}

/// Whether the operation was done, which must fit what it reported.
async fn settle(
    observer: &impl Mechanisms,
    key: &str,
    outcome: &Result<(), KvError>,
) -> Result<bool, String> {
    let give_up = Instant::now() + LOOKED_FOR;
    loop {
        let there = observer.read_int(key).await.map_err(unexpected("looking again"))?;
        let done = match there {
            1 => false,
            2 => true,
            other => return Err(format!("{other} is there")),
        };
        match outcome {
            Ok(()) => return ensure(done, || "it says done, and is not".to_owned()).map(|()| true),
            Err(error) if error.is_definite() => {
                return ensure(!done, || format!("it is done, and says: {error}")).map(|()| false);
            }
            Err(_) if done || Instant::now() >= give_up => return Ok(done),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// The same client must be usable again once replies arrive; its first calls may still meet the old connection.
async fn again(engine: &impl Mechanisms, key: &str) -> Result<i64, String> {
    let give_up = Instant::now() + USABLE_WITHIN;
    loop {
        match engine.read_int(key).await {
            Ok(there) => return Ok(there),
            Err(error) if Instant::now() >= give_up => return Err(format!("not usable again: {error}")),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
