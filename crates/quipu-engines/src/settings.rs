//! What every engine is told when it is opened.

use std::time::Duration;

/// How a client of an engine behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a call may take. Connecting, where there is no connection, is part of it.
    pub deadline: Duration,
    /// How long a lease lasts if its holder does not give it back.
    pub lease: Duration,
    /// How many connections a client opens at most; further calls wait their turn.
    pub connections: usize,
    /// What the pauses between attempts are drawn from.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(2), lease: Duration::from_secs(5), connections: 8, seed: 1 }
    }
}

impl Settings {
    /// The same with another deadline.
    pub const fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}
