//! A load on a counter: what it cost, and whether the count is right.
//!
//! A closed loop: each client adds, waits for the answer, and adds again, until the time is over. Each client has a connection
//! of its own. Only what was acknowledged within the time counts as goodput; the additions that were under way are waited
//! for, and judged with the rest.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use quipu_node::KvError;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::counter::Counter;
use crate::mechanism::{Mechanism, Mechanisms};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The counter. Nothing must be there yet.
    pub key: String,
    /// How it is added to.
    pub mechanism: Mechanism,
    /// How many add at the same time.
    pub clients: usize,
    /// For how long.
    pub span: Duration,
    /// What pauses are drawn from.
    pub seed: u64,
}

/// What it came to.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Additions acknowledged within the time.
    pub in_time: u64,
    /// How long the time was.
    pub span: Duration,
    /// Additions acknowledged, the late ones too.
    pub acknowledged: u64,
    /// Additions of which nobody knows whether they were made.
    pub unknown: u64,
    /// Additions that were given up after conflicts, or refused.
    pub given_up: u64,
    /// Attempts of the acknowledged additions that others came before; those of additions given up are not in it.
    pub retries: u64,
    /// What the counter shows afterwards.
    pub count: i128,
    /// From the call to the acknowledgement, in microseconds.
    latency: Histogram<u64>,
}

/// What the final count is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All that was acknowledged, and at most what nobody knows besides.
    Right,
    /// So many acknowledged additions are missing.
    Lost(u64),
    /// So many more than can have been made.
    TooMany(u64),
}

impl Measured {
    /// Acknowledged additions a second.
    pub fn goodput(&self) -> f64 {
        self.in_time as f64 / self.span.as_secs_f64()
    }

    /// The latency that this share of the acknowledged additions, of 1, stayed within.
    pub fn latency(&self, share: f64) -> Duration {
        Duration::from_micros(self.latency.value_at_quantile(share))
    }

    /// Attempts in vain before an acknowledged addition, on average.
    pub fn retries_per_add(&self) -> f64 {
        self.retries as f64 / (self.acknowledged.max(1)) as f64
    }

    /// Whether the count is right.
    pub fn verdict(&self) -> Verdict {
        let least = i128::from(self.acknowledged);
        let most = least + i128::from(self.unknown);
        let difference = |larger: i128, smaller: i128| u64::try_from(larger - smaller).unwrap_or(u64::MAX);
        if self.count < least {
            Verdict::Lost(difference(least, self.count))
        } else if self.count > most {
            Verdict::TooMany(difference(self.count, most))
        } else {
            Verdict::Right
        }
    }

    /// The share of the acknowledged additions that is missing.
    pub fn share_lost(&self) -> f64 {
        match self.verdict() {
            Verdict::Lost(lost) => lost as f64 / self.acknowledged.max(1) as f64,
            Verdict::Right | Verdict::TooMany(_) => 0.0,
        }
    }
}

/// What one client has seen.
struct Seen {
    in_time: u64,
    acknowledged: u64,
    unknown: u64,
    given_up: u64,
    retries: u64,
    latency: Histogram<u64>,
}

/// Puts the load on an engine that `connect` opens clients of.
pub async fn measure<E, F>(load: &Load, connect: impl Fn() -> F) -> Result<Measured, KvError>
where
    E: Mechanisms,
    F: Future<Output = Result<E, KvError>>,
{
    let start = Arc::new(Barrier::new(load.clients));
    let mut clients = JoinSet::new();
    let mut engines = Vec::new();
    for _ in 0..load.clients {
        engines.push(connect().await?);
    }
    for (writer, engine) in engines.into_iter().enumerate() {
        let seed = load.seed.wrapping_mul(1 << 20).wrapping_add(writer as u64);
        let counter = Counter::new(&load.key, load.mechanism, writer, seed);
        clients.spawn(add_until_over(engine, counter, load.span, start.clone()));
    }
    let mut total = Seen::new();
    for seen in clients.join_all().await {
        total.add(&seen);
    }
    let counter = Counter::new(&load.key, load.mechanism, 0, load.seed);
    let count = counter.read(&connect().await?, load.clients).await?;
    let Seen { in_time, acknowledged, unknown, given_up, retries, latency } = total;
    Ok(Measured { in_time, span: load.span, acknowledged, unknown, given_up, retries, count, latency })
}

async fn add_until_over<E: Mechanisms>(
    engine: E,
    mut counter: Counter,
    span: Duration,
    start: Arc<Barrier>,
) -> Seen {
    let mut seen = Seen::new();
    start.wait().await;
    let over = Instant::now() + span;
    loop {
        let begin = Instant::now();
        if begin >= over {
            return seen;
        }
        match counter.add(&engine, 1).await {
            Ok(added) => {
                seen.acknowledged += 1;
                seen.in_time += u64::from(Instant::now() <= over);
                seen.retries += u64::from(added.retries);
                seen.latency
                    .saturating_record(u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX));
            }
            Err(error) if error.is_definite() => seen.given_up += 1,
            Err(_) => seen.unknown += 1,
        }
    }
}

/// Latencies up to a minute, to three digits.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are constants that were tried")
}

impl Seen {
    fn new() -> Self {
        Self { in_time: 0, acknowledged: 0, unknown: 0, given_up: 0, retries: 0, latency: histogram() }
    }

    fn add(&mut self, other: &Self) {
        self.in_time += other.in_time;
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        self.given_up += other.given_up;
        self.retries += other.retries;
        // Bounds are equal, so that nothing can be left out.
        self.latency += &other.latency;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::mechanism::Own;
    use crate::memory::Memory;
    use crate::runtime::block_on;
    use crate::settings::Settings;
    use crate::wire::Wire;

    const CLIENTS: usize = 4;

    /// The clients' replies come over `wire`; whoever reads the count in the end has one of its own.
    fn measured(mechanism: Mechanism, wire: &Wire) -> Measured {
        let memory = Memory::new(&Settings::default());
        let load = Load {
            key: "count".to_owned(),
            mechanism,
            clients: CLIENTS,
            span: Duration::from_millis(50),
            seed: 1,
        };
        let opened = AtomicUsize::new(0);
        let connect = || async {
            let is_client = opened.fetch_add(1, Ordering::SeqCst) < CLIENTS;
            let wire = if is_client { wire.clone() } else { Wire::default() };
            Ok(memory.over(&wire, Duration::from_millis(5)))
        };
        block_on(measure(&load, connect)).unwrap().unwrap()
    }

    #[test]
    fn counts_are_right_and_every_addition_has_a_latency() {
        for mechanism in [Mechanism::Swap, Mechanism::KeyPerWriter, Mechanism::Own(Own::AtomicAdd)] {
            let measured = measured(mechanism, &Wire::default());
            assert_eq!(measured.verdict(), Verdict::Right, "{mechanism}");
            assert!(measured.goodput() > 0.0, "{mechanism}");
            assert_eq!(measured.latency.len(), measured.acknowledged, "{mechanism}");
            assert!(measured.latency(0.5) <= measured.latency(0.99), "{mechanism}");
        }
    }

    #[test]
    fn what_nobody_knows_may_count_and_what_is_acknowledged_must() {
        let wire = Wire::default();
        wire.hold_after(20);
        let mut measured = measured(Mechanism::Own(Own::AtomicAdd), &wire);
        assert_eq!(measured.acknowledged, 20);
        assert!(measured.unknown > 0);
        measured.count = 19;
        assert_eq!(measured.verdict(), Verdict::Lost(1));
        measured.count = 20 + i128::from(measured.unknown) + 2;
        assert_eq!(measured.verdict(), Verdict::TooMany(2));
    }
}
