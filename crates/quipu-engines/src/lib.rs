//! The key-value port over real engines: PostgreSQL, Redis, etcd, NATS JetStream, and memory.
//!
//! A counter that is right over Maelstrom's store, or in the simulator, is a loop over [`Kv`]. Here the same port stands over
//! engines that people run, one file and one cargo feature each. The one idea: **an error says what the caller may do**. What
//! was *refused* definitely did not happen; what is *unknown* may have happened, and may still; a *failed precondition* is
//! somebody else's success. So whoever retries knows when that is safe, and nothing here ever retries a change by itself.
//!
//! # Invariants
//! - Every call ends within its deadline, [`Settings::deadline`], whatever the engine does.
//! - A connection that has lost an answer is thrown away: no later call can be handed the answer of an earlier one.
//! - A value is stored as its JSON text, which is the same text for equal values; an integer is plain digits, so that an
//!   engine's own addition works on it. What would not come back the same is refused.
//!
//! Beyond the port, an engine has [`Mechanisms`] of its own: atomic addition, an optimistic transaction, a row lock, a lease
//! with a fencing token. [`Counter`] adds by any of them, and counts how often it had to try again.
//!
//! `conformance` is one suite for all of them, and for yours. `launch` starts Debian's engines as ordinary processes. `measure`
//! puts a load on a counter and says what it cost and whether the count is right.
//!
//! Left out: TLS, clusters (a URL may name any one endpoint), deleting keys, and watching them: counters need none of these.
//!
//! ```
//! use quipu_engines::{Counter, Engine, Kv, Mechanism, Memory, Own, Settings, block_on};
//!
//! # block_on(async {
//! let engine = Engine::from(Memory::new(&Settings::default()));
//! engine.write("views", 40_i64.into()).await?;
//! let mut counter = Counter::new("views", Mechanism::Own(Own::AtomicAdd), 0, 7);
//! counter.add(&engine, 2).await?;
//! assert_eq!(engine.read_int("views").await?, 42);
//! # Ok::<(), quipu_engines::KvError>(())
//! # }).unwrap().unwrap();
//! ```

mod backoff;
mod codec;
#[cfg(feature = "conformance")]
pub mod conformance;
mod counter;
mod deadline;
mod engine;
#[cfg(feature = "etcd")]
mod etcd;
#[cfg(any(feature = "etcd", feature = "nats"))]
mod failure;
#[cfg(feature = "launch")]
pub mod launch;
mod lease;
#[cfg(feature = "measure")]
pub mod measure;
mod mechanism;
mod memory;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
mod runtime;
#[cfg(any(feature = "etcd", feature = "nats", feature = "postgres", feature = "redis"))]
mod sessions;
mod settings;
mod wire;

#[cfg(feature = "etcd")]
pub use self::etcd::Etcd;
#[cfg(feature = "nats")]
pub use self::nats::Nats;
#[cfg(feature = "postgres")]
pub use self::postgres::Postgres;
#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub use counter::{Added, Counter};
pub use engine::{Engine, EngineKind, UnknownEngine};
pub use lease::Token;
pub use mechanism::{Mechanism, Mechanisms, Own};
pub use memory::Memory;
pub use quipu_node::{Kv, KvError, Value};
pub use runtime::block_on;
pub use settings::Settings;
pub use wire::{Fate, Wire};
