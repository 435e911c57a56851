//! Cost laws: what each mechanism must cost by reasoning alone, to be held against what the runs measure.
//!
//! Times are in milliseconds. Every law counts what stands on the critical path of an operation: deliveries (`hop`), one-way
//! trips (half a round trip), computing, the disk; and what an operation waits for others. Nothing in a law is fitted to a
//! measurement.
//!
//! | mechanism | an add costs | limit of one counter |
//! |---|---|---|
//! | CRDT, escrow | 2 hops + fsync | none |
//! | leader | the same + round trip + 2 hops | none |
//! | quorum | as leader + round trip + 2 hops, the fsync at a follower beside the leader's | none |
//! | lock | 2 hops + 2 (round trip + 2 hops) + compute + fsync + waiting | 1 / (round trip + 2 hops + compute + fsync) |
//! | optimistic | 2 hops + attempts x (2 (round trip + 2 hops) + compute) + back-off + fsync | 1 / (round trip + 2 hops + compute) |

mod gossip;
mod optimistic;
mod queue;

pub use gossip::spread_ms;

use std::time::Duration;

use crate::load::{Load, Zipf};
use crate::mechanism::Mechanism;
use crate::setup::Setup;

/// What a law says of adds by users who ask again as soon as they are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prediction {
    /// Mean time of an operation.
    pub latency_ms: f64,
    /// Operations done per second.
    pub goodput: f64,
    /// Attempts per operation done.
    pub attempts: f64,
}

/// The times of a setup in milliseconds, and who shares what.
#[derive(Clone, Debug)]
struct Times {
    /// One way between two nodes; nothing if there is one node alone.
    trip: f64,
    hop: f64,
    compute: f64,
    fsync: f64,
    clients: f64,
    user_nodes: f64,
    shares: Vec<f64>,
}

/// What the law of a mechanism says of a load of adds.
pub fn predict(mechanism: Mechanism, setup: &Setup, load: &Load) -> Prediction {
    let times = Times::of(setup, load);
    match mechanism {
        Mechanism::CrdtFull | Mechanism::CrdtDelta | Mechanism::Escrow => {
            closed(&times, |rate| times.to_node(rate) + times.hop + times.fsync)
        }
        Mechanism::Leader => closed(&times, |rate| times.frame(rate) + times.at_home(rate) + times.fsync),
        Mechanism::Quorum => closed(&times, |rate| {
            let followers = f64::from(setup.replicas) - 1.0;
            let at_leader = times.ordered_hop(rate * (1.0 + followers));
            let to_follower = times.ordered_hop(rate * (1.0 + 2.0 / times.user_nodes));
            let confirmed = 2.0 * times.trip + (to_follower + at_leader) * times.remote() + times.fsync;
            // Whatever a node says waits for the records before it: the request, the entry, and both answers.
            let waits = 4.0 * times.gate(rate) * times.remote();
            times.frame(rate) + at_leader * times.remote() + confirmed + waits
        }),
        Mechanism::Optimistic => optimistic::predict(&times, setup),
        Mechanism::LockFenced | Mechanism::LockUnfenced => {
            let conversation = |rate| 2.0 * times.trip + times.at_home(2.0 * rate) + times.answered(rate);
            let hold = |rate| conversation(rate) + times.compute + times.fsync;
            let rest = |rate| times.to_node(rate) + times.hop + conversation(rate);
            queue::predict(&times, hold, rest)
        }
        Mechanism::Blind => closed(&times, |rate| {
            let conversation = 2.0 * times.trip + times.at_home(2.0 * rate) + times.answered(rate);
            times.to_node(rate) + times.hop + 2.0 * conversation + times.compute + times.fsync
        }),
    }
}

impl Times {
    fn of(setup: &Setup, load: &Load) -> Self {
        let ms = |span: Duration| 1e3 * span.as_secs_f64();
        Self {
            trip: if setup.replicas > 1 { ms(setup.round_trip) / 2.0 } else { 0.0 },
            hop: ms(setup.hop),
            compute: ms(setup.compute),
            fsync: ms(setup.fsync),
            clients: f64::from(load.clients),
            user_nodes: setup.user_nodes().len() as f64,
            shares: Zipf::new(load.keys, load.zipf).probabilities(),
        }
    }

    /// 1 if the home is another node than the users', otherwise 0.
    fn remote(&self) -> f64 {
        f64::from(u8::from(self.trip > 0.0))
    }

    /// The mean time of a delivery to a place where `rate` messages a second arrive.
    ///
    /// A delivery takes between half a hop and one and a half, evenly; but none arrives before one that was sent earlier. So
    /// it arrives within x exactly if its own time is below x, and if of the Poisson stream of those before it none is late.
    fn ordered_hop(&self, rate: f64) -> f64 {
        const STEPS: u32 = 200;
        let per_ms = rate / 1e3;
        let width = self.hop / f64::from(STEPS);
        let within = |step: u32| {
            let above = (f64::from(step) + 0.5) * width;
            let left = self.hop - above;
            above / self.hop * libm::exp(-per_ms * left * left / (2.0 * self.hop))
        };
        1.5 * self.hop - (0..STEPS).map(within).sum::<f64>() * width
    }

    /// From a user to the node, when the nodes together do `rate` operations a second.
    fn to_node(&self, rate: f64) -> f64 {
        self.ordered_hop(rate / self.user_nodes)
    }

    /// A delivery at the home, `rate` words a second.
    fn at_home(&self, rate: f64) -> f64 {
        self.ordered_hop(rate) * self.remote()
    }

    /// A delivery of the home's answer.
    fn answered(&self, rate: f64) -> f64 {
        self.to_node(rate) * self.remote()
    }

    /// How long what a node says waits for its disk because of the records before, `rate` of them a second: the last one
    /// was written a random time ago.
    fn gate(&self, rate: f64) -> f64 {
        let per_ms = rate / 1e3;
        if self.fsync <= 0.0 || per_ms <= 0.0 {
            return 0.0;
        }
        self.fsync - (1.0 - libm::exp(-per_ms * self.fsync)) / per_ms
    }

    /// User to node, node to home, home to node, node to user: without the delivery at the home.
    fn frame(&self, rate: f64) -> f64 {
        self.to_node(rate) + 2.0 * self.trip + self.answered(rate) + self.hop
    }
}

/// Users who ask again at once: as many operations a second as they can have one after the other.
fn closed(times: &Times, latency_ms: impl Fn(f64) -> f64) -> Prediction {
    let goodput = settle(|goodput| 1e3 * times.clients / latency_ms(goodput));
    Prediction { latency_ms: latency_ms(goodput), goodput, attempts: 1.0 }
}

/// The rate that brings about itself: more traffic, longer hops, less traffic.
fn settle(next: impl Fn(f64) -> f64) -> f64 {
    let mut rate = next(0.0);
    for _ in 0..30 {
        rate = f64::midpoint(rate, next(rate));
    }
    rate
}

/// How far a prediction lies from a measurement, in percent of the measurement.
pub fn error_percent(predicted: f64, measured: f64) -> f64 {
    // Nothing measured at all is as wrong as twice too much.
    if measured > 0.0 { 100.0 * (predicted - measured) / measured } else { 100.0 }
}
