//! A counter over an engine, by any mechanism.

use std::time::Duration;

use quipu_node::{Kv, KvError, Rng};
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::codec;
use crate::lease::before_change;
use crate::mechanism::{Mechanism, Mechanisms, Own};

/// One writer's view of a counter.
///
/// An addition that conflicts is tried again: it did not happen. One whose outcome is unknown is never tried again; with
/// [`Mechanism::KeyPerWriter`] the next one reads first what stands under the writer's key. That write is blind: where an old
/// one can arrive late, as after a deadline, it could undo newer ones. A swap of the own key would cure it, at one more round
/// trip on engines that only compare revisions.
#[derive(Clone, Debug)]
pub struct Counter {
    key: String,
    mechanism: Mechanism,
    writer: usize,
    rng: Rng,
    /// The total of this writer, where it has a key of its own and knows what stands there.
    total: Option<i64>,
    patience: Duration,
}

/// How an addition went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// How often it was refused because of others before it succeeded.
    pub retries: u32,
}

/// How long conflicts are put up with.
const PATIENCE: Duration = Duration::from_secs(5);

impl Counter {
    /// The counter under `key`, as writer number `writer` sees it. Two writers with one number may lose counts. Pauses are drawn
    /// from `seed`.
    pub fn new(key: impl Into<String>, mechanism: Mechanism, writer: usize, seed: u64) -> Self {
        Self { key: key.into(), mechanism, writer, rng: Rng::new(seed), total: None, patience: PATIENCE }
    }

    /// The same, which puts up with conflicts for so long before it gives up.
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Adds `delta`. A definite error says that it was not added; any other, that nobody knows.
    pub async fn add<E: Mechanisms>(&mut self, engine: &E, delta: i64) -> Result<Added, KvError> {
        let give_up = Instant::now() + self.patience;
        let mut rng = self.rng.fork();
        let mut backoff = Backoff::new(&mut rng);
        let mut retries = 0;
        loop {
            let pause = match self.attempt(engine, delta).await {
                Ok(()) => return Ok(Added { retries }),
                Err(error) if !is_conflict(&error) => return Err(error),
                Err(_) if self.pauses() => backoff.next(),
                Err(_) => Duration::ZERO,
            };
            if Instant::now() + pause >= give_up {
                return Err(KvError::Refused(
                    format!("{retries} conflicts, then no patience was left").into(),
                ));
            }
            retries += 1;
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// The sum over so many writers.
    pub async fn read<E: Kv>(&self, engine: &E, writers: usize) -> Result<i128, KvError> {
        if self.mechanism != Mechanism::KeyPerWriter {
            return engine.read_int_or(&self.key, 0).await.map(i128::from);
        }
        let mut sum = 0;
        for writer in 0..writers {
            sum += i128::from(engine.read_int_or(&self.own_key(writer), 0).await?);
        }
        Ok(sum)
    }

    async fn attempt<E: Mechanisms>(&mut self, engine: &E, delta: i64) -> Result<(), KvError> {
        match self.mechanism {
            Mechanism::ReadModifyWrite => {
                let (sum, _) = self.sum(engine).await?;
                engine.write(&self.key, codec::sum(sum, delta)?.into()).await
            }
            Mechanism::Swap | Mechanism::PatientSwap => {
                let (sum, is_new) = self.sum(engine).await?;
                let (from, to) = (sum.into(), codec::sum(sum, delta)?.into());
                engine.compare_and_swap(&self.key, from, to, is_new).await
            }
            Mechanism::KeyPerWriter => self.write_own(engine, delta).await,
            Mechanism::Own(own) => engine.attempt(own, &self.key, delta).await,
        }
    }

    /// The sum, and whether there is none yet.
    async fn sum<E: Kv>(&self, engine: &E) -> Result<(i64, bool), KvError> {
        match engine.read_int(&self.key).await {
            Ok(sum) => Ok((sum, false)),
            Err(KvError::KeyDoesNotExist) => Ok((0, true)),
            Err(error) => Err(before_change(error)),
        }
    }

    async fn write_own<E: Kv>(&mut self, engine: &E, delta: i64) -> Result<(), KvError> {
        let key = self.own_key(self.writer);
        let total = match self.total {
            Some(total) => total,
            None => engine.read_int_or(&key, 0).await.map_err(before_change)?,
        };
        let increased = codec::sum(total, delta)?;
        // Until an answer says so it is not known which of the two stands there.
        self.total = None;
        let written = engine.write(&key, increased.into()).await;
        self.total = match &written {
            Ok(()) => Some(increased),
            Err(error) if error.is_definite() => Some(total),
            Err(_) => None,
        };
        written
    }

    fn own_key(&self, writer: usize) -> String {
        format!("{}-{writer}", self.key)
    }

    const fn pauses(&self) -> bool {
        matches!(self.mechanism, Mechanism::PatientSwap | Mechanism::Own(Own::Optimistic | Own::Lease))
    }
}

/// A swap that found no key lost a race like any other.
const fn is_conflict(error: &KvError) -> bool {
    matches!(error, KvError::PreconditionFailed | KvError::KeyDoesNotExist)
}
