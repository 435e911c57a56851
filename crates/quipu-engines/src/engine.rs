//! Any engine, and the engine that a URL names.

use std::fmt;
use std::str::FromStr;

use quipu_node::{Kv, KvError, Value};

use crate::lease::Token;
use crate::mechanism::{Mechanisms, Own};
use crate::memory::Memory;
use crate::settings::Settings;

/// The engines there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngineKind {
    /// This process' own memory.
    Memory,
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
    /// etcd.
    Etcd,
    /// NATS JetStream.
    Nats,
}

impl EngineKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Memory, Self::Postgres, Self::Redis, Self::Etcd, Self::Nats];
    /// Those that are programs of their own.
    pub const REAL: [Self; 4] = [Self::Postgres, Self::Redis, Self::Etcd, Self::Nats];

    /// Its name, which is also the beginning of its URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Etcd => "etcd",
            Self::Nats => "nats",
        }
    }

    /// Its own mechanisms, beyond the port.
    pub const fn own(self) -> &'static [Own] {
        match self {
            Self::Memory | Self::Redis => &[Own::AtomicAdd, Own::Optimistic, Own::Lease],
            Self::Postgres => &[Own::AtomicAdd, Own::Optimistic, Own::RowLock],
            Self::Etcd => &[Own::Optimistic, Own::Lease],
            Self::Nats => &[Own::Optimistic],
        }
    }

    /// The engine of a URL: what stands before `://`.
    pub fn of_url(url: &str) -> Result<Self, UnknownEngine> {
        match url.split_once("://") {
            Some(("postgresql", _)) => Ok(Self::Postgres),
            Some((scheme, _)) => scheme.parse(),
            None => Err(UnknownEngine(url.to_owned())),
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for EngineKind {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownEngine(name.to_owned()))
    }
}

/// A name that is no engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEngine(String);

impl fmt::Display for UnknownEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no engine: postgres, redis, etcd, nats, or a URL that begins so", self.0)
    }
}

impl std::error::Error for UnknownEngine {}

/// A client of any engine.
#[derive(Debug)]
#[non_exhaustive]
pub enum Engine {
    /// Of a store in memory.
    Memory(Memory),
    /// Of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(crate::Postgres),
    /// Of Redis.
    #[cfg(feature = "redis")]
    Redis(crate::Redis),
    /// Of etcd.
    #[cfg(feature = "etcd")]
    Etcd(crate::Etcd),
    /// Of NATS JetStream.
    #[cfg(feature = "nats")]
    Nats(crate::Nats),
}

impl Engine {
    /// A client of the engine at `url`: `postgres://`, `redis://`, `etcd://` or `nats://`, host and port; `memory://` for a new
    /// store in memory. It has connected once when this returns.
    ///
    /// # Errors
    /// [`KvError::Refused`] if no engine of this build has such URLs, or this one cannot be reached within the deadline.
    #[cfg_attr(
        not(any(feature = "etcd", feature = "nats", feature = "postgres", feature = "redis")),
        expect(clippy::unused_async, reason = "memory is the only engine then, and nothing to wait for")
    )]
    pub async fn connect(url: &str, settings: &Settings) -> Result<Self, KvError> {
        let kind = EngineKind::of_url(url).map_err(|error| KvError::Refused(error.to_string().into()))?;
        match kind {
            EngineKind::Memory => Ok(Self::Memory(Memory::new(settings))),
            #[cfg(feature = "postgres")]
            EngineKind::Postgres => crate::Postgres::connect(url, settings).await.map(Self::Postgres),
            #[cfg(feature = "redis")]
            EngineKind::Redis => crate::Redis::connect(url, settings).await.map(Self::Redis),
            #[cfg(feature = "etcd")]
            EngineKind::Etcd => crate::Etcd::connect(url, settings).await.map(Self::Etcd),
            #[cfg(feature = "nats")]
            EngineKind::Nats => crate::Nats::connect(url, settings).await.map(Self::Nats),
            #[allow(unreachable_patterns, reason = "with all features no engine is left over")]
            other => Err(KvError::Refused(format!("built without the feature `{other}`").into())),
        }
    }

    /// Which engine it is.
    pub const fn kind(&self) -> EngineKind {
        match self {
            Self::Memory(_) => EngineKind::Memory,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => EngineKind::Postgres,
            #[cfg(feature = "redis")]
            Self::Redis(_) => EngineKind::Redis,
            #[cfg(feature = "etcd")]
            Self::Etcd(_) => EngineKind::Etcd,
            #[cfg(feature = "nats")]
            Self::Nats(_) => EngineKind::Nats,
        }
    }
}

impl From<Memory> for Engine {
    fn from(memory: Memory) -> Self {
        Self::Memory(memory)
    }
}

/// Calls the same on whichever engine it is.
macro_rules! on_each {
    ($engine:expr, $client:ident => $call:expr) => {
        match $engine {
            Engine::Memory($client) => $call,
            #[cfg(feature = "postgres")]
            Engine::Postgres($client) => $call,
            #[cfg(feature = "redis")]
            Engine::Redis($client) => $call,
            #[cfg(feature = "etcd")]
            Engine::Etcd($client) => $call,
            #[cfg(feature = "nats")]
            Engine::Nats($client) => $call,
        }
    };
}

impl Kv for Engine {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        on_each!(self, client => client.read(key).await)
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        on_each!(self, client => client.write(key, value).await)
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        from: Value,
        to: Value,
        create_if_not_exists: bool,
    ) -> Result<(), KvError> {
        on_each!(self, client => client.compare_and_swap(key, from, to, create_if_not_exists).await)
    }
}

impl Mechanisms for Engine {
    fn own(&self) -> &'static [Own] {
        on_each!(self, client => client.own())
    }

    async fn attempt(&self, own: Own, key: &str, delta: i64) -> Result<(), KvError> {
        on_each!(self, client => client.attempt(own, key, delta).await)
    }

    async fn acquire(&self, key: &str) -> Result<Option<Token>, KvError> {
        on_each!(self, client => client.acquire(key).await)
    }

    async fn write_fenced(&self, key: &str, token: Token, value: Value) -> Result<(), KvError> {
        on_each!(self, client => client.write_fenced(key, token, value).await)
    }

    async fn release(&self, key: &str, token: Token) -> Result<(), KvError> {
        on_each!(self, client => client.release(key, token).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_engine() {
        assert_eq!(EngineKind::of_url("postgresql://a@b/c"), Ok(EngineKind::Postgres));
        assert_eq!(EngineKind::of_url("nats://127.0.0.1:4222"), Ok(EngineKind::Nats));
        assert!(EngineKind::of_url("redis").is_err());
        let error = EngineKind::of_url("mysql://x").unwrap_err().to_string();
        assert!(error.contains("`mysql`"), "{error}");
    }
}
