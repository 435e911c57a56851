//! The last-writer-wins register.

use std::collections::BTreeSet;
use std::rc::Rc;

use proptest::prelude::*;
use quipu_crdt::{ClockError, Drift, Hlc, HybridClock, Lattice, LwwRegister, ReplicaId};

use crate::execution::{Change, Subject, check, config, scripts};
use crate::replica;

const DRIFT: u64 = 10;

/// A clock that follows others by up to [`DRIFT`].
pub(crate) struct Clock(HybridClock);

impl Default for Clock {
    fn default() -> Self {
        Self(HybridClock::new(DRIFT))
    }
}

impl Subject for LwwRegister<u8> {
    /// The physical time at the writer, which jumps about, and the value.
    type Edit = (u64, u8);
    type Local = Clock;
    type Outcome = Hlc;

    fn edit(
        &mut self,
        replica: ReplicaId,
        Clock(clock): &mut Clock,
        (now, value): &(u64, u8),
    ) -> Option<(Self, Hlc)> {
        let before = (self.timestamp(), *clock);
        match self.set(replica, clock, *now, *value) {
            Ok(delta) => {
                let time = delta.timestamp().expect("just written");
                assert!(Some(time) > before.0 && time > before.1.latest(), "later than all it knows");
                Some((delta, time))
            }
            Err(error) => {
                assert!(
                    matches!(error, ClockError::Drift(Drift { timestamp, .. }) if timestamp.millis > now + DRIFT)
                );
                assert_eq!(*clock, before.1);
                None
            }
        }
    }

    /// A write says nothing of earlier ones; it makes good for all that its writer knew.
    fn delta_stands_for(history: &[Change<Self>]) -> BTreeSet<usize> {
        let newest = history.last().expect("called after a change");
        newest.seen.iter().copied().chain([newest.number]).collect()
    }

    /// Of the writes, the one with the largest time and replica; and never one that the writer of another had seen.
    fn assert_says(&self, changes: &[&Change<Self>]) {
        let latest = changes.iter().max_by_key(|change| (change.outcome, change.replica));
        assert_eq!(self.value(), latest.map(|change| &change.edit.1));
        assert_eq!(self.writer(), latest.map(|change| change.replica));
        assert_eq!(self.timestamp(), latest.map(|change| change.outcome));
        if let Some(latest) = latest {
            assert!(
                changes.iter().all(|change| !change.seen.contains(&latest.number)),
                "overwritten knowingly"
            );
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_last_writer_wins_register_obeys_its_laws(script in scripts((0..25_u64, any::<u8>()))) {
        check::<LwwRegister<u8>>(&script);
    }
}

#[test]
fn a_write_wins_over_what_its_writer_saw_even_if_the_clock_is_behind() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let (mut alices_clock, mut bobs_clock) = (HybridClock::new(1000), HybridClock::new(1000));
    let mut at_alice = LwwRegister::default();
    at_alice.set(alice, &mut alices_clock, 5000, "a").expect("no drift");
    let mut at_bob = at_alice.clone();
    let delta = at_bob.set(bob, &mut bobs_clock, 4700, "b").expect("within the bound");
    assert_eq!(delta.timestamp(), Some(Hlc { millis: 5000, counter: 1 }));
    at_alice.join(&delta);
    assert_eq!(at_alice.value(), Some(&"b"));
}

#[test]
fn concurrent_writes_of_one_time_are_decided_by_the_replica_and_equally_everywhere() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let [mut at_alice, mut at_bob] = [LwwRegister::default(), LwwRegister::default()];
    at_alice.set(alice, &mut HybridClock::new(0), 7, 2).expect("first");
    at_bob.set(bob, &mut HybridClock::new(0), 7, 1).expect("first");
    let joined = at_alice.clone().joined(&at_bob);
    assert_eq!(joined, at_bob.joined(&at_alice));
    assert_eq!((joined.value(), joined.writer()), (Some(&1), Some(bob)));
}

#[test]
fn two_values_under_one_timestamp_of_one_replica_still_join_to_the_same() {
    let written = |value| {
        let mut register = LwwRegister::default();
        register.set(replica("broken"), &mut HybridClock::new(0), 7, value).expect("first");
        register
    };
    assert_eq!(written(1).joined(&written(2)), written(2).joined(&written(1)));
    assert_eq!(written(1).joined(&written(2)).value(), Some(&2));
}

/// Equal values may still be two copies: a join without news leaves the one that is there.
#[test]
fn a_join_copies_no_value_that_is_known() {
    let written = || {
        let mut register = LwwRegister::<Rc<str>>::default();
        register.set(replica("n0"), &mut HybridClock::new(0), 7, "long".into()).expect("first");
        register
    };
    let (here, there) = (written(), written());
    let value = here.value().cloned().expect("just written");
    let joined = here.joined(&there);
    assert!(joined == there && joined.value().is_some_and(|kept| Rc::ptr_eq(kept, &value)));
}

#[test]
fn a_writer_a_year_ahead_is_an_error_here_and_can_be_overwritten_on_purpose() {
    const YEAR: u64 = 365 * 24 * 3600 * 1000;
    let (wrong, right) = (replica("wrong"), replica("right"));
    let mut register = LwwRegister::default();
    register.set(wrong, &mut HybridClock::new(1000), 5000 + YEAR, "from the future").expect("its own clock");
    let poisoned = register.clone();

    let mut clock = HybridClock::new(1000);
    let refused = register.set(right, &mut clock, 5000, "now").expect_err("a year is too far");
    let timestamp = Hlc { millis: 5000 + YEAR, counter: 0 };
    assert_eq!(refused, ClockError::Drift(Drift { timestamp, now: 5000, max_drift_millis: 1000 }));
    assert_eq!((&register, clock), (&poisoned, HybridClock::new(1000)), "nothing was changed");

    // The guard that keeps it out, and the remedy once it is in.
    assert!(clock.observe(timestamp, 5000).is_err());
    register.set(right, &mut HybridClock::new(u64::MAX), 5000, "now").expect("no bound");
    assert_eq!(register.joined(&poisoned).value(), Some(&"now"));
}
