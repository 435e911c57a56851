//! Why an operation on a stored counter has no result, and what the client is told.
//!
//! The one thing that matters to the caller: did it definitely not happen, or may it have happened?

use std::sync::Arc;

use crate::{ErrorKind, Kv, KvError, Reply, Value};

/// Why an operation on a stored counter has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It did not happen and never will.
    NotDone(Arc<str>),
    /// It may have happened, or may happen yet.
    Unknown(Arc<str>),
    /// The sum would have left the 64-bit integers; it did not happen and never will.
    Overflow,
}

impl Failure {
    /// A failure at a question that changes nothing, with nothing changed before it.
    pub(super) fn before_change(error: KvError) -> Self {
        Self::after(error, false)
    }

    /// A failure of the one question that makes the change.
    pub(super) fn of_change(error: KvError) -> Self {
        let unsettled = !error.is_definite();
        Self::after(error, unsettled)
    }

    /// A failure when a change may (`unsettled`) or may not have been made.
    pub(super) fn after(error: KvError, unsettled: bool) -> Self {
        let text = match error {
            KvError::Refused(text) | KvError::Unknown(text) | KvError::Malformed(text) => text,
            other => other.to_string().into(),
        };
        if unsettled { Self::Unknown(text) } else { Self::NotDone(text) }
    }

    /// The same failure of an operation that changes nothing, and so did not happen in any case.
    pub(super) fn of_read(self) -> Self {
        match self {
            Self::Unknown(text) => Self::NotDone(text),
            other => other,
        }
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotDone(text) => Self::error(ErrorKind::TemporarilyUnavailable, text),
            Failure::Unknown(text) => Self::error(ErrorKind::Crash, text),
            Failure::Overflow => Self::error(ErrorKind::Abort, "the sum would leave the 64-bit integers"),
        }
    }
}

/// The value under `key`, if there is one; asks again while no answer comes, at most `attempts` times.
pub(super) async fn read_patiently<K: Kv>(
    kv: &K,
    key: &str,
    attempts: u32,
) -> Result<Option<Value>, KvError> {
    let mut last = KvError::Refused("no attempt was allowed".into());
    for _ in 0..attempts {
        match kv.read(key).await {
            Ok(value) => return Ok(Some(value)),
            Err(KvError::KeyDoesNotExist) => return Ok(None),
            Err(error @ KvError::Unknown(_)) => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// The integer that a key holds, 0 if there is no such key.
pub(super) fn int_of(key: &str, value: Option<&Value>) -> Result<i64, KvError> {
    let Some(value) = value else { return Ok(0) };
    let int = value.as_int().and_then(|int| i64::try_from(int).ok());
    int.ok_or_else(|| KvError::Malformed(format!("`{key}` holds {value}, not a 64-bit integer").into()))
}

/// The integer under `key`, 0 if there is no such key; patient as [`read_patiently`].
pub(super) async fn read_int_patiently<K: Kv>(kv: &K, key: &str, attempts: u32) -> Result<i64, KvError> {
    let value = read_patiently(kv, key, attempts).await?;
    int_of(key, value.as_ref())
}
