//! Adding under a lease, for every engine that has leases.

use std::sync::{Mutex, PoisonError};

use quipu_node::{KvError, Rng};

use crate::backoff::Backoff;
use crate::codec;
use crate::deadline::Deadline;
use crate::mechanism::Mechanisms;

/// A fencing token: it grows with each holder of a lease, so that what an earlier holder still sends is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub(crate) u64);

/// Waits for the lease of `key`, adds under it, and gives it back. Four round trips where nobody is in the way.
///
/// Waiting is asking again after a pause: fair to nobody, and bounded by the deadline.
pub(crate) async fn add<E: Mechanisms>(
    engine: &E,
    deadline: Deadline,
    rng: &Mutex<Rng>,
    key: &str,
    delta: i64,
) -> Result<(), KvError> {
    let mut rng = rng.lock().unwrap_or_else(PoisonError::into_inner).fork();
    let token = deadline.unsent(wait(engine, deadline, &mut rng, key)).await?;
    let changed = match deadline.unsent(increased(engine, key, delta)).await {
        Ok(sum) => deadline.sent(engine.write_fenced(key, token, sum.into())).await,
        Err(error) => Err(error),
    };
    // If it cannot be given back in time it expires; what the change came to is what counts.
    let _ = deadline.sent(engine.release(key, token)).await;
    changed
}

async fn wait<E: Mechanisms>(
    engine: &E,
    deadline: Deadline,
    rng: &mut Rng,
    key: &str,
) -> Result<Token, KvError> {
    let mut backoff = Backoff::new(rng);
    loop {
        if let Some(token) = engine.acquire(key).await.map_err(before_change)? {
            return Ok(token);
        }
        let pause = backoff.next();
        if !deadline.allows(pause) {
            return Err(KvError::Refused("others held the lease until no time was left".into()));
        }
        tokio::time::sleep(pause).await;
    }
}

async fn increased<E: Mechanisms>(engine: &E, key: &str, delta: i64) -> Result<i64, KvError> {
    match engine.read_int(key).await {
        Ok(sum) => codec::sum(sum, delta),
        Err(KvError::KeyDoesNotExist) => Ok(delta),
        Err(error) => Err(before_change(error)),
    }
}

/// A failure of what only prepares a change: the change did not happen.
pub(crate) fn before_change(error: KvError) -> KvError {
    if error.is_definite() { error } else { KvError::Refused(format!("before the change: {error}").into()) }
}
