//! What a run is made of, the mechanism apart.

use std::time::Duration;

use quipu_sim::{Distribution, Latency, NetworkConfig, SimConfig};

/// The machines, the network between them, and the settings of all mechanisms.
///
/// Node `n0` is the **home**: the store, the leader or the hub of the gossip. Users are at all other nodes, so that none of
/// them has the advantage of sitting beside the store; a single replica is home and has users.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// How many nodes, the home among them.
    pub replicas: u16,
    /// From one node to another and back, without the hops.
    pub round_trip: Duration,
    /// Mean time that one delivery takes besides; a user's request and its answer are two deliveries.
    pub hop: Duration,
    /// What a mechanism that reads, computes and writes needs for computing.
    pub compute: Duration,
    /// How long a record takes to become durable before an acknowledgement; zero: nothing is made durable.
    pub fsync: Duration,
    /// How long a lock may be held.
    pub lease: Duration,
    /// Optimistic: the first span that back-off draws from; it doubles with every refusal.
    pub backoff: Duration,
    /// Optimistic: the longest span that back-off draws from.
    pub backoff_at_most: Duration,
    /// After this span an operation is given up.
    pub patience: Duration,
    /// Mean time between two rounds of gossip of one node.
    pub gossip_interval: Duration,
    /// How many peers a round of gossip goes to.
    pub fanout: usize,
    /// Probability that a message between nodes is lost.
    pub loss: f64,
}

impl Default for Setup {
    /// Five nodes, 20 ms apart, half a millisecond for a local operation, nothing durable, nothing lost.
    fn default() -> Self {
        Self {
            replicas: 5,
            round_trip: Duration::from_millis(20),
            hop: Duration::from_micros(250),
            compute: Duration::from_millis(1),
            fsync: Duration::ZERO,
            lease: Duration::from_secs(1),
            backoff: Duration::from_millis(10),
            backoff_at_most: Duration::from_millis(160),
            patience: Duration::from_secs(4),
            gossip_interval: Duration::from_millis(100),
            fanout: 1,
            loss: 0.0,
        }
    }
}

impl Setup {
    /// The same, with another round trip, and a back-off that goes with it: from half a round trip to eight.
    pub fn apart(mut self, round_trip: Duration) -> Self {
        self.round_trip = round_trip;
        self.backoff = (round_trip / 2).max(Duration::from_millis(1));
        self.backoff_at_most = self.backoff * 16;
        self
    }

    /// True if records are made durable before operations are acknowledged.
    pub const fn is_durable(&self) -> bool {
        !self.fsync.is_zero()
    }

    /// The nodes that have users.
    pub fn user_nodes(&self) -> Vec<u16> {
        if self.replicas <= 1 { vec![0] } else { (1..self.replicas).collect() }
    }

    /// The simulated world of this setup.
    pub(crate) fn world(&self) -> SimConfig {
        let latency = Latency { mean: self.round_trip / 2, distribution: Distribution::Exact };
        SimConfig {
            nodes: self.replicas,
            network: NetworkConfig {
                latency,
                hop: self.hop,
                loss: self.loss,
                apart: true,
                ..NetworkConfig::default()
            },
            disk_sync: self.fsync,
            ..SimConfig::default()
        }
    }
}
