//! What the network keeps for one destination.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use quipu_node::Time;

use crate::network::Envelope;

/// A destination's queue, the message its reader holds, and those read that will arrive shortly.
#[derive(Debug)]
pub(crate) struct Inbox<P> {
    /// Not read yet: earliest deadline on top.
    pub(crate) queue: BinaryHeap<Queued<P>>,
    /// Read, but its deadline has not come; the reader waits for it.
    pub(crate) picked: Option<Envelope<P>>,
    /// Read and being processed, in the order of arrival.
    pub(crate) arriving: VecDeque<(Time, Envelope<P>)>,
    pub(crate) last_arrival: Time,
    /// How many at the front of `arriving` would have arrived by now if the destination were not held.
    pub(crate) overdue: usize,
    pub(crate) held: bool,
    pub(crate) down: bool,
    /// Counts how often everything was dropped.
    pub(crate) life: u32,
}

/// A message in a queue.
#[derive(Debug)]
pub(crate) struct Queued<P> {
    pub(crate) deadline: Time,
    /// Order of sending, for equal deadlines.
    pub(crate) order: u64,
    pub(crate) envelope: Envelope<P>,
}

impl<P> Inbox<P> {
    /// Takes the message that arrives now.
    pub(crate) fn arrive(&mut self) -> Option<Envelope<P>> {
        self.arriving.pop_front().map(|(_, envelope)| envelope)
    }

    /// When the overdue messages should have arrived; they are overdue no longer.
    pub(crate) fn take_overdue(&mut self) -> Vec<Time> {
        let overdue = std::mem::take(&mut self.overdue);
        self.arriving.iter().take(overdue).map(|(at, _)| *at).collect()
    }

    /// Empties everything. Moves already scheduled for it are void, because its life counter has moved on.
    pub(crate) fn drop_all(&mut self) -> Vec<Envelope<P>> {
        self.life += 1;
        self.overdue = 0;
        let read = self.arriving.drain(..).map(|(_, envelope)| envelope);
        let mut dropped: Vec<Envelope<P>> = read.chain(self.picked.take()).collect();
        while let Some(queued) = self.queue.pop() {
            dropped.push(queued.envelope);
        }
        dropped
    }
}

impl<P> Default for Inbox<P> {
    fn default() -> Self {
        Self {
            queue: BinaryHeap::new(),
            picked: None,
            arriving: VecDeque::new(),
            last_arrival: Time::ZERO,
            overdue: 0,
            held: false,
            down: false,
            life: 0,
        }
    }
}

impl<P> Ord for Queued<P> {
    /// Reversed, so that the earliest deadline is the greatest and tops the heap.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.deadline, other.order).cmp(&(self.deadline, self.order))
    }
}

impl<P> PartialOrd for Queued<P> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P> PartialEq for Queued<P> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<P> Eq for Queued<P> {}
