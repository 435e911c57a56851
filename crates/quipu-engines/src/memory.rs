//! The port over memory: what the others are compared with, and what tests use who want no engine.
//!
//! Every operation is one step under one lock. A [`Wire`] may lose the replies, so that callers can be tried with
//! operations that happened and were not answered. Nothing survives: [`Memory::forget`] is what a restart is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quipu_node::{Kv, KvError, Rng, Value};
use tokio::time::Instant;

use crate::codec;
use crate::deadline::Deadline;
use crate::engine::EngineKind;
use crate::lease::{self, Token};
use crate::mechanism::{Mechanisms, Own, not_offered};
use crate::settings::Settings;
use crate::wire::{Fate, Wire};

/// A store in memory. Clones are clients of the same store.
#[derive(Clone, Debug)]
pub struct Memory {
    store: Arc<Mutex<Store>>,
    rng: Arc<Mutex<Rng>>,
    wire: Wire,
    deadline: Duration,
    lease: Duration,
}

#[derive(Debug, Default)]
struct Store {
    entries: BTreeMap<String, Entry>,
    leases: BTreeMap<String, Held>,
    tokens: u64,
}

#[derive(Debug)]
struct Entry {
    value: Value,
    revision: u64,
}

#[derive(Debug)]
struct Held {
    token: Token,
    /// None once it was given back. The token stays, so that a holder who comes too late is known.
    until: Option<Instant>,
}

impl Memory {
    /// An empty store.
    pub fn new(settings: &Settings) -> Self {
        Self {
            store: Arc::default(),
            rng: Arc::new(Mutex::new(Rng::new(settings.seed))),
            wire: Wire::default(),
            deadline: settings.deadline,
            lease: settings.lease,
        }
    }

    /// Another client of the same store, whose replies come over `wire`, within `deadline`.
    pub fn over(&self, wire: &Wire, deadline: Duration) -> Self {
        Self { wire: wire.clone(), deadline, ..self.clone() }
    }

    /// Forgets everything, as a restart would.
    pub fn forget(&self) {
        *self.lock() = Store::default();
    }

    /// Carries out one step, and answers as the wire lets it.
    async fn step<T>(&self, step: impl FnOnce(&mut Store) -> Result<T, KvError>) -> Result<T, KvError> {
        let deadline = Deadline::after(self.deadline);
        // Others get their turn, as they would during a round trip: a loop over memory would never let go of its thread.
        tokio::task::yield_now().await;
        if self.wire.is_cut() {
            return Err(KvError::Refused("not connected".into()));
        }
        let result = step(&mut self.lock());
        match self.wire.next() {
            Fate::Passes => result,
            Fate::Held => {
                deadline.pass().await;
                Err(KvError::Unknown("no answer came in time".into()))
            }
            Fate::Cut => Err(KvError::Unknown("the connection was cut before the answer".into())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn put(&mut self, key: &str, value: Value) {
        let revision = self.entries.get(key).map_or(0, |entry| entry.revision) + 1;
        self.entries.insert(key.to_owned(), Entry { value, revision });
    }

    /// The integer under `key`, 0 if there is none, and the revision it has.
    fn int(&self, key: &str) -> Result<(i64, u64), KvError> {
        let Some(Entry { value, revision }) = self.entries.get(key) else { return Ok((0, 0)) };
        let int = value.as_int().and_then(|int| i64::try_from(int).ok());
        int.map(|int| (int, *revision))
            .ok_or_else(|| KvError::Refused(format!("`{key}` holds {value}, not a 64-bit integer").into()))
    }
}

impl Kv for Memory {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        let read = |store: &mut Store| store.entries.get(key).map(|entry| entry.value.clone());
        self.step(|store| read(store).ok_or(KvError::KeyDoesNotExist)).await
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        codec::encode(&value)?;
        self.step(|store| {
            store.put(key, value);
            Ok(())
        })
        .await
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        from: Value,
        to: Value,
        create_if_not_exists: bool,
    ) -> Result<(), KvError> {
        codec::encode(&to)?;
        self.step(|store| match store.entries.get(key) {
            None if !create_if_not_exists => Err(KvError::KeyDoesNotExist),
            Some(entry) if entry.value != from => Err(KvError::PreconditionFailed),
            _ => {
                store.put(key, to);
                Ok(())
            }
        })
        .await
    }
}

impl Mechanisms for Memory {
    fn own(&self) -> &'static [Own] {
        EngineKind::Memory.own()
    }

    async fn attempt(&self, own: Own, key: &str, delta: i64) -> Result<(), KvError> {
        match own {
            Own::AtomicAdd => {
                self.step(|store| {
                    let increased = codec::sum(store.int(key)?.0, delta)?;
                    store.put(key, increased.into());
                    Ok(())
                })
                .await
            }
            Own::Optimistic => {
                let read = self.step(|store| store.int(key)).await;
                let (sum, seen) = read.map_err(lease::before_change)?;
                let increased = codec::sum(sum, delta)?;
                self.step(|store| {
                    if store.entries.get(key).map_or(0, |entry| entry.revision) != seen {
                        return Err(KvError::PreconditionFailed);
                    }
                    store.put(key, increased.into());
                    Ok(())
                })
                .await
            }
            Own::Lease => lease::add(self, Deadline::after(self.deadline), &self.rng, key, delta).await,
            Own::RowLock => Err(not_offered(own)),
        }
    }

    async fn acquire(&self, key: &str) -> Result<Option<Token>, KvError> {
        let now = Instant::now();
        self.step(|store| {
            let held = store.leases.get(key).and_then(|held| held.until);
            if held.is_some_and(|until| until > now) {
                return Ok(None);
            }
            store.tokens += 1;
            let token = Token(store.tokens);
            store.leases.insert(key.to_owned(), Held { token, until: Some(now + self.lease) });
            Ok(Some(token))
        })
        .await
    }

    async fn write_fenced(&self, key: &str, token: Token, value: Value) -> Result<(), KvError> {
        codec::encode(&value)?;
        self.step(|store| {
            if store.leases.get(key).is_none_or(|held| held.token != token) {
                return Err(KvError::PreconditionFailed);
            }
            store.put(key, value);
            Ok(())
        })
        .await
    }

    async fn release(&self, key: &str, token: Token) -> Result<(), KvError> {
        self.step(|store| {
            if let Some(held) = store.leases.get_mut(key).filter(|held| held.token == token) {
                held.until = None;
            }
            Ok(())
        })
        .await
    }
}
