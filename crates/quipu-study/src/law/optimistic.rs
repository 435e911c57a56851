//! The law of compare-and-swap: the window between a read and its swap is a dead time.
//!
//! Of all who read a counter after a change of it, the first one to read is the first one to swap, and it succeeds; whoever
//! reads within its window fails. So if reads come at random at a rate r, changes happen every window + 1/r: an attempt
//! succeeds with probability 1 / (1 + r window), which is 1 - (rate of changes by others) x window. Users who fail back off
//! and read again. The rate of changes is the one at which all users together spend exactly their time.

use std::time::Duration;

use super::{Prediction, Times};
use crate::setup::Setup;

pub(super) fn predict(times: &Times, setup: &Setup) -> Prediction {
    let backoff = |ms: Duration| 1e3 * ms.as_secs_f64();
    let (first, at_most) = (backoff(setup.backoff), backoff(setup.backoff_at_most));
    let busiest = times.shares.iter().copied().fold(0.0, f64::max);
    let at = |rate: f64| cost(times, rate, (first, at_most));
    // No counter can change more than once in a window.
    let limit = 1e3 / (window(times, 0.0) * busiest * others(times)).max(1e-9);
    let (mut low, mut high) = (0.0, limit);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if middle * at(middle).0 > 1e3 * times.clients { high = middle } else { low = middle }
    }
    let goodput = low;
    let (latency_ms, attempts) = at(goodput);
    Prediction { latency_ms, goodput, attempts }
}

/// The share of changes that are not one's own.
fn others(times: &Times) -> f64 {
    (times.clients - 1.0) / times.clients
}

/// How long after a read at the home the swap arrives there.
fn window(times: &Times, rate: f64) -> f64 {
    2.0 * times.trip + times.answered(rate) + times.compute + times.at_home(2.0 * rate) + times.gate(rate)
}

/// Mean time and mean attempts of an operation when `rate` operations are done a second.
fn cost(times: &Times, rate: f64, (first, at_most): (f64, f64)) -> (f64, f64) {
    let window = window(times, rate);
    let conversation = 2.0 * times.trip + times.answered(rate) + times.at_home(2.0 * rate);
    let attempt = 2.0 * conversation + times.compute + times.gate(rate);
    let (mut latency, mut attempts) = (times.to_node(rate) + times.hop + times.fsync, 0.0);
    for share in &times.shares {
        let refused = (rate / 1e3 * share * others(times) * window).min(1.0 - 1e-6);
        let tries = 1.0 / (1.0 - refused);
        let (mut pauses, mut chance, mut span) = (0.0, refused, first);
        for _ in 0..200 {
            pauses += chance * span / 2.0;
            chance *= refused;
            span = (span * 2.0).min(at_most);
        }
        // What is left of the sum has the longest span throughout.
        pauses += chance / (1.0 - refused) * at_most / 2.0;
        latency += share * (tries * attempt + pauses);
        attempts += share * tries;
    }
    (latency, attempts)
}
