//! Taking the lock and giving it back.

use std::sync::Arc;
use std::time::Duration;

use crate::nodes::failure::Failure;
use crate::{Clock, Kv, KvError, Time, Value};

const KEY: &str = "lock";
const FREE: &str = "free";

/// The first back-off has this mean; each further one twice the mean of the one before, up to [`MAX_PAUSE`].
const MIN_PAUSE: Duration = Duration::from_millis(2);
const MAX_PAUSE: Duration = Duration::from_millis(100);

/// What stands under the lock's key while it is held.
pub(super) struct Record {
    value: Value,
    holder: Arc<str>,
}

impl Record {
    /// A record of `holder` with a nonce that was never used before.
    pub(super) fn new(holder: Arc<str>, nonce: &str) -> Self {
        let fields = [("holder", Value::Text(Arc::clone(&holder))), ("nonce", nonce.into())];
        Self { value: Value::map(fields), holder }
    }
}

/// The loop that takes the lock.
pub(super) struct Acquire<'a, K, C> {
    pub(super) kv: &'a K,
    pub(super) clock: &'a C,
    pub(super) lease: Duration,
    pub(super) give_up_at: Time,
}

impl<K: Kv, C: Clock> Acquire<'_, K, C> {
    /// Tries until `record` stands there or time is over.
    pub(super) async fn run(self, record: Record) -> Result<Record, Failure> {
        let free = Value::from(FREE);
        let mut from = free.clone();
        // The foreign record that was seen last, and since when it has been the same.
        let mut watched: Option<(Value, Time)> = None;
        let mut mean = MIN_PAUSE;
        for tries in 0_u64.. {
            if tries > 1 {
                self.back_off(&mut mean).await?;
            }
            let create = from == free;
            match self.kv.compare_and_swap(KEY, from, record.value.clone(), create).await {
                Ok(()) => return Ok(record),
                Err(error @ KvError::Refused(_)) => return Err(Failure::before_change(error)),
                // Refused, or the answer was lost: what stands there tells.
                Err(_) => {}
            }
            from = loop {
                match self.kv.read(KEY).await {
                    Ok(there) if there == record.value => return Ok(record),
                    Ok(there) if there == free || self.may_break(&record, &there, &mut watched) => {
                        break there;
                    }
                    Ok(_) | Err(KvError::Unknown(_)) => self.back_off(&mut mean).await?,
                    Err(KvError::KeyDoesNotExist) => break free.clone(),
                    Err(error) => return Err(Failure::before_change(error)),
                }
            };
        }
        Err(Failure::NotDone("tried for ever".into()))
    }

    /// True if the record that stands there is a leftover of this node, or has stood for a lease's span.
    fn may_break(&self, record: &Record, there: &Value, watched: &mut Option<(Value, Time)>) -> bool {
        if there.get("holder").and_then(Value::as_text) == Some(&record.holder) {
            return true;
        }
        match watched {
            Some((value, since)) if value == there => self.clock.now().since(*since) >= self.lease,
            _ => {
                *watched = Some((there.clone(), self.clock.now()));
                false
            }
        }
    }

    async fn back_off(&self, mean: &mut Duration) -> Result<(), Failure> {
        let bound = u64::try_from(mean.as_nanos().saturating_mul(2)).unwrap_or(u64::MAX);
        let span = Duration::from_nanos(1 + self.clock.random_below(bound));
        *mean = (*mean * 2).min(MAX_PAUSE);
        if self.clock.now() + span >= self.give_up_at {
            let left = self.give_up_at.since(self.clock.now());
            self.clock.pause(left).await;
            return Err(Failure::NotDone("the lock was held by others all the time".into()));
        }
        self.clock.pause(span).await;
        Ok(())
    }
}

/// Gives the lock back; tried twice. If both answers are lost, the next holding or the lease cleans up.
pub(super) async fn release<K: Kv>(kv: &K, record: Record) {
    for _ in 0..2 {
        let released = kv.compare_and_swap(KEY, record.value.clone(), FREE.into(), false).await;
        if !matches!(released, Err(KvError::Unknown(_) | KvError::Malformed(_))) {
            return;
        }
    }
}
