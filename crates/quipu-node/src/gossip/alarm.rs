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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::node::{Effect, Identity, NodeId};
    use crate::rng::Rng;

    /// The timers that come of wanting to be woken at these milliseconds, one after the other.
    fn timers(alarm: &mut Alarm, dues: &[u64]) -> Vec<Effect> {
        let nodes: Arc<[NodeId]> = [NodeId::new("n0")].into();
        let identity = Identity { me: nodes[0].clone(), nodes, boot: 1 };
        let (mut rng, mut questions, mut effects) = (Rng::new(1), 0, Vec::new());
        let (rng, questions) = (&mut rng, &mut questions);
        let mut cx = Cx { now: Time::ZERO, identity: &identity, rng, questions, effects: &mut effects };
        for due in dues {
            alarm.set(&mut cx, Time::from_millis(*due), Timer::Flush);
        }
        effects
    }

    #[test]
    fn only_an_earlier_moment_makes_a_new_timer_and_the_old_one_changes_nothing() {
        let timer = |millis, number| {
            let after = Time::from_millis(millis).since(Time::ZERO);
            Effect::SetTimer { after, timer: Timer::Flush(number) }
        };
        let mut alarm = Alarm::default();
        assert_eq!(timers(&mut alarm, &[9, 9, 20, 5, 5]), [timer(9, 1), timer(5, 2)]);
        alarm.fired(1);
        assert_eq!(timers(&mut alarm, &[9, 5]), []);
        alarm.fired(2);
        assert_eq!(timers(&mut alarm, &[9]), [timer(9, 3)]);
    }
}
