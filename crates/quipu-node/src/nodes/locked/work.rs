//! What is done while the lock is held.

use crate::nodes::batch::Batch;
use crate::nodes::failure::{Failure, read_int_patiently, read_patiently};
use crate::{Kv, KvError, Oracle, Value};

const KEY: &str = "counter";

/// One batch, carried out under the lock; each way returns the sum.
pub(super) struct Work<'a, K> {
    pub(super) kv: &'a K,
    pub(super) batch: &'a mut Batch,
    pub(super) attempts: u32,
}

impl<K: Kv> Work<'_, K> {
    /// Reads, and writes blindly (through `late`, which still asks when time is over).
    pub(super) async fn run_unfenced(&mut self, late: &K) -> Result<i64, Failure> {
        let sum = read_int_patiently(self.kv, KEY, self.attempts).await.map_err(Failure::before_change)?;
        if self.batch.adds.is_empty() {
            return Ok(sum);
        }
        let increased = self.batch.apply(sum, false);
        late.write(KEY, increased.into()).await.map_err(Failure::of_change)?;
        Ok(increased)
    }

    /// Draws a token, reads the record, and swaps it for one with this token.
    pub(super) async fn run_fenced<O: Oracle>(&mut self, oracle: &O) -> Result<i64, Failure> {
        let token = self.token(oracle).await.map_err(Failure::before_change)?;
        // True once a swap was sent whose outcome is not known.
        let mut unsettled = false;
        // True from a refusal until the record was looked at: it may be the refusal of a second copy of the swap.
        let mut refused = false;
        let mut last_error = KvError::Refused("no attempt was allowed".into());
        for _ in 0..self.attempts {
            let after = |error| Failure::after(error, unsettled || refused);
            let there = read_patiently(self.kv, KEY, self.attempts).await.map_err(after)?;
            let (sum, newest) = parse(there.as_ref()).map_err(after)?;
            if newest == Some(token) || (newest <= Some(token) && self.batch.adds.is_empty()) {
                return Ok(sum);
            }
            if newest > Some(token) {
                return Err(after(KvError::Refused(
                    "the lock was broken, and a newer holder has written".into(),
                )));
            }
            let increased = self.batch.apply(sum, unsettled);
            let next = Value::map([("value", Value::from(increased)), ("token", token.into())]);
            let create = there.is_none();
            let swapped = self.kv.compare_and_swap(KEY, there.unwrap_or(Value::Null), next, create).await;
            match swapped {
                Ok(()) => return Ok(increased),
                Err(error @ KvError::Refused(_)) => return Err(Failure::after(error, unsettled)),
                Err(error) => {
                    refused = error.is_definite();
                    unsettled |= !refused;
                    last_error = error;
                }
            }
        }
        Err(Failure::after(last_error, unsettled || refused))
    }

    async fn token<O: Oracle>(&self, oracle: &O) -> Result<u64, KvError> {
        let mut last = KvError::Refused("no attempt was allowed".into());
        for _ in 0..self.attempts {
            match oracle.timestamp().await {
                Err(error @ KvError::Unknown(_)) => last = error,
                other => return other,
            }
        }
        Err(last)
    }
}

/// The sum and the token of a data record; no record is a sum of 0 older than any token.
fn parse(record: Option<&Value>) -> Result<(i64, Option<u64>), KvError> {
    let Some(record) = record else { return Ok((0, None)) };
    let sum = record.get("value").and_then(Value::as_int).and_then(|sum| i64::try_from(sum).ok());
    let token = record.get("token").and_then(Value::as_int).and_then(|token| u64::try_from(token).ok());
    match (sum, token) {
        (Some(sum), Some(token)) => Ok((sum, Some(token))),
        _ => Err(KvError::Malformed(format!("`{KEY}` holds {record}, not {{value, token}}").into())),
    }
}
