//! The hybrid logical clock (HLC): timestamps that follow the wall clock and never contradict what was seen.
//!
//! A timestamp is physical time in milliseconds and a counter for what happens within one of them. A clock remembers
//! the largest timestamp it has given out or observed. The next one is `(now, 0)` if the physical time has moved
//! beyond that, else the same millisecond with the counter one up. So whoever has observed a timestamp gives out larger
//! ones from then on, however slow its physical clock is; and as long as physical clocks are right, timestamps are
//! within their error of real time. Physical time comes in as an argument: the type reads no clock.
//!
//! *A clock that jumps back.* It read 5000 and gave out `5000.0`; then it is set back by two seconds:
//!
//! ```text
//! tick(now 3000) -> 5000.1        tick(now 3001) -> 5000.2        ... tick(now 5001) -> 5001.0
//! ```
//!
//! Time stands still, order goes on. What was given out cannot be taken back, so a tick never fails for drift; if the jump
//! is wider than the drift bound, the others will refuse to observe these timestamps until real time has caught up.
//!
//! *A clock that is a year ahead.* `tick` at that node gives `(a year ahead).0`. Were others to follow it, nobody's
//! timestamps would mean anything for a year. So [`HybridClock::observe`] refuses what is further ahead of the own physical time
//! than the **drift bound**, with [`Drift`], and leaves the clock as it was. Whose clock is wrong, nobody can
//! tell from two clocks: a node that is a year *behind* refuses everybody.
//!
//! *Cost:* 12 bytes of content, a few comparisons an operation.
//!
//! *Left out:* the guarantee needs the clock to survive. A node that restarts with a lost clock whose physical time went
//! back may repeat a timestamp; it comes back under a new incarnation, which keeps the pair of timestamp and replica unique.
//!
//! *Source:* Kulkarni, Demirbas, Madappa, Avva and Leone, *Logical Physical Clocks and Consistent Snapshots in Globally
//! Distributed Databases*, 2014.
//!
//! ```
//! use quipu_crdt::{Hlc, HybridClock};
//!
//! let mut clock = HybridClock::new(500); // follow others by at most half a second
//! let first = clock.tick(1000)?;
//! let second = clock.tick(990)?; // the physical clock went back
//! assert!(second > first);
//!
//! let theirs = Hlc { millis: 1200, counter: 7 };
//! clock.observe(theirs, 1000)?;
//! assert_eq!(clock.tick(1001)?, Hlc { millis: 1200, counter: 8 });
//! assert!(clock.observe(Hlc { millis: 9000, counter: 0 }, 1002).is_err());
//! # Ok::<(), quipu_crdt::ClockError>(())
//! ```

use core::fmt;

/// A timestamp of a hybrid logical clock. As text `5000.1`; ordered by time, then counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "(u64, u32)", into = "(u64, u32)")
)]
pub struct Hlc {
    /// Physical time in milliseconds since any origin that all clocks share.
    pub millis: u64,
    /// Tells apart what happened within one millisecond.
    pub counter: u32,
}

/// A hybrid logical clock: the largest timestamp it knows, and how far it follows others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HybridClock {
    latest: Hlc,
    max_drift_millis: u64,
}

impl HybridClock {
    /// A clock that follows timestamps up to `max_drift_millis` ahead of its own physical time.
    pub const fn new(max_drift_millis: u64) -> Self {
        Self { latest: Hlc { millis: 0, counter: 0 }, max_drift_millis }
    }

    /// The next timestamp at the physical time `now`: larger than all that were given out or observed here.
    ///
    /// # Errors
    /// [`CounterFull`] if 2^32 - 1 timestamps bear the latest millisecond and `now` is not past it; then nothing is changed.
    pub fn tick(&mut self, now: u64) -> Result<Hlc, CounterFull> {
        let next = if now > self.latest.millis {
            Hlc { millis: now, counter: 0 }
        } else {
            let counter =
                self.latest.counter.checked_add(1).ok_or(CounterFull { latest: self.latest, now })?;
            Hlc { counter, ..self.latest }
        };
        self.latest = next;
        Ok(next)
    }

    /// Takes note of a timestamp that was received at the physical time `now`: later ticks are larger.
    ///
    /// # Errors
    /// [`Drift`] if it is further ahead of `now` than the bound; then nothing is changed. One that this clock is past
    /// already is never refused.
    pub fn observe(&mut self, timestamp: Hlc, now: u64) -> Result<(), Drift> {
        if timestamp <= self.latest {
            return Ok(());
        }
        if timestamp.millis.saturating_sub(now) > self.max_drift_millis {
            return Err(Drift { timestamp, now, max_drift_millis: self.max_drift_millis });
        }
        self.latest = timestamp;
        Ok(())
    }

    /// The largest timestamp given out or observed so far.
    pub const fn latest(&self) -> Hlc {
        self.latest
    }
}

/// A timestamp is too far ahead of the physical time here. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What was to be observed.
    pub timestamp: Hlc,
    /// The physical time here, in milliseconds.
    pub now: u64,
    /// How far ahead a timestamp may be.
    pub max_drift_millis: u64,
}

/// No timestamp is left in this millisecond. Nothing was changed; it passes once the physical time has moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterFull {
    /// The latest timestamp of the clock.
    pub latest: Hlc,
    /// The physical time here, in milliseconds.
    pub now: u64,
}

/// Why a clock gives no timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockError {
    /// What has to be exceeded is too far ahead.
    Drift(Drift),
    /// The counter is used up.
    CounterFull(CounterFull),
}

impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.millis, self.counter)
    }
}

impl From<(u64, u32)> for Hlc {
    fn from((millis, counter): (u64, u32)) -> Self {
        Self { millis, counter }
    }
}

impl From<Hlc> for (u64, u32) {
    fn from(timestamp: Hlc) -> Self {
        (timestamp.millis, timestamp.counter)
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timestamp, now, max_drift_millis } = self;
        write!(
            f,
            "the timestamp {timestamp} is more than {max_drift_millis} ms ahead of the clock here ({now}): one of the \
             two clocks is wrong; set it right, or allow more drift"
        )
    }
}

impl fmt::Display for CounterFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { latest, now } = self;
        write!(
            f,
            "no timestamp after {latest} is left in its millisecond, and the clock ({now}) is not past it: wait"
        )
    }
}

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drift(drift) => drift.fmt(f),
            Self::CounterFull(full) => full.fmt(f),
        }
    }
}

impl core::error::Error for Drift {}
impl core::error::Error for CounterFull {}
impl core::error::Error for ClockError {}

impl From<Drift> for ClockError {
    fn from(drift: Drift) -> Self {
        Self::Drift(drift)
    }
}

impl From<CounterFull> for ClockError {
    fn from(full: CounterFull) -> Self {
        Self::CounterFull(full)
    }
}
