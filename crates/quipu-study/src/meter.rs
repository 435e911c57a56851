//! What nodes count besides their work: attempts, refusals, waits, bytes. It changes nothing that they do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quipu_node::{NodeId, Time};

/// The counts of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Tries to change something: swaps sent, locks asked for, changes sent to the leader.
    pub attempts: u64,
    /// Tries that were refused because somebody else came first, or because of an old token.
    pub refusals: u64,
    /// Refusals that the unluckiest operation met.
    pub refusals_at_most: u64,
    /// Locks granted.
    pub grants: u64,
    /// How long each granted lock had been waited for, at the home.
    pub waits: Vec<Duration>,
    /// Leases that ended before the holder wrote.
    pub expiries: u64,
    /// Writes by a holder whose lease had ended: refused.
    pub fenced: u64,
    /// Writes by a holder whose lease had ended: accepted, and whatever was written in between is overwritten.
    pub overwrites: u64,
    /// Requests of one node to another for rights.
    pub rights_wanted: u64,
    /// Bytes that arrived at nodes from nodes; counted only if asked for.
    pub bytes: u64,
    /// When a replicated counter 0 changed at a node because of what a peer sent, and to what.
    pub sightings: Vec<(Time, NodeId, i64)>,
}

/// The tally, shared by the nodes of one run and whoever runs them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Tally>>);

impl Meter {
    pub(crate) fn count(&self) -> MutexGuard<'_, Tally> {
        // One thread runs all nodes; the lock is there because nodes must be `Send`.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
