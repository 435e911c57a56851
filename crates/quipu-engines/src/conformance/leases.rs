//! Leases exclude, expire, and fence. Where there are none, asking for one is refused.

use std::time::Duration;

use quipu_node::{Kv, KvError};
use tokio::time::Instant;

use super::{Keys, PATIENT, Subject, ensure, expect, unexpected};
use crate::lease::Token;
use crate::mechanism::{Mechanisms, Own};

/// How long an expiry is waited for: engines round leases up, and look for expired ones now and then.
const EXPIRES_WITHIN: Duration = Duration::from_secs(15);

pub(super) async fn check<S: Subject>(subject: &S, keys: &Keys) -> Result<(), String> {
    let one = subject.connect(PATIENT).await.map_err(unexpected("connect"))?;
    let other = subject.connect(PATIENT).await.map_err(unexpected("connect"))?;
    let key = keys.key("lease");
    if !one.own().contains(&Own::Lease) {
        let refused = one.acquire(&key).await;
        return ensure(matches!(refused, Err(KvError::Refused(_))), || format!("not offered: {refused:?}"));
    }
    let first = one.acquire(&key).await.map_err(unexpected("acquire"))?;
    let first = first.ok_or("a lease that nobody has was not given")?;
    expect("a lease that is held", &Ok(None), &other.acquire(&key).await)?;
    expect("its holder writes", &Ok(()), &one.write_fenced(&key, first, 1_i64.into()).await)?;
    expect("and gives it back", &Ok(()), &one.release(&key, first).await)?;
    let second = take(&other, &key).await?;
    ensure(second > first, || format!("token {second:?} after {first:?}"))?;
    let late = one.write_fenced(&key, first, 2_i64.into()).await;
    expect("an earlier holder writes", &Err(KvError::PreconditionFailed), &late)?;
    expect("an earlier holder gives back", &Ok(()), &one.release(&key, first).await)?;
    expect("which takes nothing away", &Ok(None), &one.acquire(&key).await)?;
    let third = take(&one, &key).await?;
    ensure(third > second, || format!("token {third:?} after {second:?}"))?;
    let late = other.write_fenced(&key, second, 3_i64.into()).await;
    expect("one whose lease has expired writes", &Err(KvError::PreconditionFailed), &late)?;
    expect("its successor writes", &Ok(()), &one.write_fenced(&key, third, 4_i64.into()).await)?;
    expect("what is there", &Ok(4), &one.read_int(&key).await)
}

/// Waits for the lease until its holder's has expired.
async fn take(engine: &impl Mechanisms, key: &str) -> Result<Token, String> {
    let give_up = Instant::now() + EXPIRES_WITHIN;
    loop {
        if let Some(token) = engine.acquire(key).await.map_err(unexpected("acquire"))? {
            return Ok(token);
        }
        ensure(Instant::now() < give_up, || format!("not expired after {EXPIRES_WITHIN:?}"))?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
