//! A wake-up call that can be moved earlier, made of timers that cannot be cancelled.

use crate::node::{Cx, Timer};
use crate::time::Time;

/// The next moment at which something is to be done. Never more than one live timer; those set before are stale.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    set_for: Option<Time>,
    number: u64,
}

impl Alarm {
    /// Sees to it that the node is woken at `due`, or before.
    pub(super) fn set(&mut self, cx: &mut Cx<'_>, due: Time, timer: fn(u64) -> Timer) {
        if self.set_for.is_none_or(|earlier| due < earlier) {
            self.number += 1;
            self.set_for = Some(due);
            cx.set_timer(due.since(cx.now()), timer(self.number));
        }
    }

    /// Takes note of a timer that fired; stale ones change nothing.
    pub(super) fn fired(&mut self, number: u64) {
        if number == self.number {
            self.set_for = None;
        }
    }
}
