//! The law of the lock: each counter is a queue with one server, and the server is the hold.
//!
//! A closed network of queues, solved by mean value analysis (Reiser and Lavenberg, 1980): a user who comes to a queue finds
//! it as it would be with one user less. The hold is not exponential but always the same, so of the hold in progress only
//! half is left on average; that is the one correction.

use super::{Prediction, Times};

/// What the law says; `hold` and `rest` in milliseconds at a rate of operations a second.
pub(super) fn predict(times: &Times, hold: impl Fn(f64) -> f64, rest: impl Fn(f64) -> f64) -> Prediction {
    let goodput = super::settle(|rate| 1e3 * throughput(times, hold(rate), rest(rate)));
    let latency_ms = 1e3 * times.clients / goodput;
    Prediction { latency_ms, goodput, attempts: 1.0 }
}

/// Operations a millisecond: users wait in the queue of their counter, are held, and then are elsewhere for `rest`.
fn throughput(times: &Times, hold: f64, rest: f64) -> f64 {
    let shares = &times.shares;
    let mut lengths = vec![0.0; shares.len()];
    let mut busy = vec![0.0; shares.len()];
    let mut throughput = 0.0;
    let mut users = 1.0;
    while users <= times.clients {
        let stays: Vec<f64> =
            lengths.iter().zip(&busy).map(|(length, busy)| hold * (1.0 + length - busy / 2.0)).collect();
        let cycle: f64 = rest + shares.iter().zip(&stays).map(|(share, stay)| share * stay).sum::<f64>();
        throughput = users / cycle;
        for (key, share) in shares.iter().enumerate() {
            lengths[key] = throughput * share * stays[key];
            busy[key] = (throughput * share * hold).min(1.0);
        }
        users += 1.0;
    }
    // The correction may promise a little more than the busiest queue can do.
    let most = shares.iter().copied().fold(0.0, f64::max) * hold;
    if most > 0.0 { throughput.min(1.0 / most) } else { throughput }
}
