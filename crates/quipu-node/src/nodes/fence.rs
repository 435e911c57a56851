//! Ways to keep a read from running in the store's past, as they are passed around; most of them do not work.
//!
//! On Maelstrom's seq-kv an operation that changes nothing may run on any state since the caller's last one, and
//! only an operation that changes the store is forced to the newest. So a fence works there exactly if it changes
//! something each time. On sequentially consistent stores in general none of these works: a write to a key that
//! nobody else looks at may lawfully be ordered in the past, and the read after it too.

use std::fmt;
use std::str::FromStr;

use super::failure::read_patiently;
use super::settings::UnknownName;
use crate::{Clock, Identity, Kv, KvError, Value};

/// What a node does so that its read is not stale. The rates are those of `cas` with it in Maelstrom's stock test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fence {
    /// Nothing: stale final reads in about 66 of 100 tests.
    #[default]
    None,
    /// Writes a value that was never used before to a key of its own first. None on Maelstrom's store.
    Fresh,
    /// Swaps the value read for itself, and reads again if that is refused. Changes nothing, so that it may itself
    /// run in the past: about 30 of 100.
    Identity,
    /// Writes always the same value to a key of its own first. Changes nothing from the second time on: about 36.
    Constant,
    /// Writes a random number below 100 to a key of its own first: now and then it is the number that is there
    /// already. About 0.35 of 100.
    Random,
}

impl Fence {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Fresh, Self::Identity, Self::Constant, Self::Random];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fresh => "fresh",
            Self::Identity => "identity",
            Self::Constant => "constant",
            Self::Random => "random",
        }
    }

    /// What has to be done before the reads.
    pub(super) async fn raise<K: Kv, C: Clock>(
        self,
        kv: &K,
        clock: &C,
        identity: &Identity,
        attempts: u32,
    ) -> Result<(), KvError> {
        let value = match self {
            Self::None | Self::Identity => return Ok(()),
            // 64 random bits and the boot number: as good as never used.
            Self::Fresh => Value::text(format!("{:x}-{:x}", identity.boot, clock.random_below(u64::MAX))),
            Self::Constant => Value::Int(1),
            Self::Random => clock.random_below(100).into(),
        };
        write_patiently(kv, &format!("fence-{}", identity.me), &value, attempts).await
    }

    /// Reads one key behind the fence; none if there is no such key.
    pub(super) async fn read<K: Kv>(
        self,
        kv: &K,
        key: &str,
        attempts: u32,
    ) -> Result<Option<Value>, KvError> {
        let mut last = KvError::Refused("no attempt was allowed".into());
        for _ in 0..attempts {
            let Some(value) = read_patiently(kv, key, attempts).await? else { return Ok(None) };
            if self != Self::Identity {
                return Ok(Some(value));
            }
            match kv.compare_and_swap(key, value.clone(), value.clone(), false).await {
                Ok(()) => return Ok(Some(value)),
                Err(error @ KvError::Refused(_)) => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Writes a value that does no harm when written twice; again while no answer comes, at most `attempts` times.
async fn write_patiently<K: Kv>(kv: &K, key: &str, value: &Value, attempts: u32) -> Result<(), KvError> {
    let mut last = KvError::Refused("no attempt was allowed".into());
    for _ in 0..attempts {
        match kv.write(key, value.clone()).await {
            Err(error @ KvError::Unknown(_)) => last = error,
            other => return other,
        }
    }
    Err(last)
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fence {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|fence| fence.name() == name);
        found.ok_or_else(|| UnknownName::new("fence", name, Self::ALL.map(Self::name)))
    }
}
