//! The ways to count over an engine: those that the port is enough for, and those that an engine has of its own.

use std::fmt;
use std::future::{Future, ready};

use quipu_node::{Kv, KvError, Value};

use crate::lease::Token;

/// A way to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mechanism {
    /// Read the sum, write it back increased. **Loses updates**: of two that read the same sum, one is gone.
    ReadModifyWrite,
    /// Read the sum, compare-and-swap it with the increased one, at once again on refusal.
    Swap,
    /// The same with a pause before each further attempt, drawn from a span that doubles.
    PatientSwap,
    /// A key for each writer, which nobody else writes; the count is their sum.
    KeyPerWriter,
    /// One of the engine's own.
    Own(Own),
}

/// What an engine may offer beyond the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Own {
    /// The engine adds: PostgreSQL's `UPDATE v = v + 1`, Redis' `INCRBY`.
    AtomicAdd,
    /// Read, then write on condition that nothing was written between: a serializable transaction, `WATCH`, a revision.
    Optimistic,
    /// The row is locked from the read to the commit: `SELECT ... FOR UPDATE`.
    RowLock,
    /// A lock that expires by itself, with a fencing token against holders who come too late.
    Lease,
}

impl Mechanism {
    /// Those for which the port is enough.
    pub const OF_THE_PORT: [Self; 4] =
        [Self::ReadModifyWrite, Self::Swap, Self::PatientSwap, Self::KeyPerWriter];

    /// All that an engine with these of its own offers.
    pub fn all(own: &[Own]) -> Vec<Self> {
        Self::OF_THE_PORT.into_iter().chain(own.iter().map(|own| Self::Own(*own))).collect()
    }

    /// Its name in tables and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadModifyWrite => "read-modify-write",
            Self::Swap => "swap",
            Self::PatientSwap => "swap-backoff",
            Self::KeyPerWriter => "key-per-writer",
            Self::Own(Own::AtomicAdd) => "atomic-add",
            Self::Own(Own::Optimistic) => "optimistic",
            Self::Own(Own::RowLock) => "row-lock",
            Self::Own(Own::Lease) => "lease",
        }
    }

    /// Whether no acknowledged addition is ever lost.
    pub const fn keeps_count(self) -> bool {
        !matches!(self, Self::ReadModifyWrite)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What an engine offers beyond the port.
pub trait Mechanisms: Kv + Send + 'static {
    /// Its own mechanisms.
    fn own(&self) -> &'static [Own];

    /// One attempt to add to the integer under `key` (0 if there is none) by one of the engine's own mechanisms. Where others
    /// came between, [`KvError::PreconditionFailed`]: it did not happen, and may be tried again.
    fn attempt(&self, own: Own, key: &str, delta: i64) -> impl Future<Output = Result<(), KvError>> + Send;

    /// Takes the lease of `key` if nobody has it. The token is greater than every one that was given out before.
    fn acquire(&self, key: &str) -> impl Future<Output = Result<Option<Token>, KvError>> + Send {
        let _ = key;
        ready(Err(not_offered(Own::Lease)))
    }

    /// Writes on condition that nobody has taken the lease since: a holder who comes too late is told
    /// [`KvError::PreconditionFailed`].
    fn write_fenced(
        &self,
        key: &str,
        token: Token,
        value: Value,
    ) -> impl Future<Output = Result<(), KvError>> + Send {
        let _ = (key, token, value);
        ready(Err(not_offered(Own::Lease)))
    }

    /// Gives the lease back. If it is no longer this holder's, nothing changes.
    fn release(&self, key: &str, token: Token) -> impl Future<Output = Result<(), KvError>> + Send {
        let _ = (key, token);
        ready(Err(not_offered(Own::Lease)))
    }
}

/// The refusal of a mechanism that an engine does not have.
pub(crate) fn not_offered(own: Own) -> KvError {
    KvError::Refused(format!("this engine does not offer `{}`", Mechanism::Own(own)).into())
}
