//! The hybrid logical clock.

use proptest::prelude::*;
use quipu_crdt::{ClockError, CounterFull, Drift, Hlc, HybridClock};

use crate::execution::config;

fn at(millis: u64, counter: u32) -> Hlc {
    Hlc { millis, counter }
}

#[test]
fn a_clock_that_jumps_back_stands_still_until_time_has_caught_up() {
    let mut clock = HybridClock::new(0);
    let ticks = [5000, 3000, 3001, 4999, 5000, 5001, 5001].map(|now| clock.tick(now).expect("few"));
    let expected =
        [at(5000, 0), at(5000, 1), at(5000, 2), at(5000, 3), at(5000, 4), at(5001, 0), at(5001, 1)];
    assert_eq!(ticks, expected);
}

#[test]
fn a_clock_a_year_ahead_is_refused_and_nobody_follows() {
    const YEAR: u64 = 365 * 24 * 3600 * 1000;
    let (mut ahead, mut right) = (HybridClock::new(500), HybridClock::new(500));
    let theirs = ahead.tick(1000 + YEAR).expect("its own clock is never refused");
    let ours = right.tick(1000).expect("first");
    let error = right.observe(theirs, 1001).expect_err("a year is more than half a second");
    assert_eq!(error, Drift { timestamp: theirs, now: 1001, max_drift_millis: 500 });
    assert_eq!(right.latest(), ours, "nothing was changed");
    assert_eq!(right.tick(1001), Ok(at(1001, 0)));
    ahead.observe(ours, 1000 + YEAR).expect("the past is never refused");
    assert_eq!(ahead.latest(), theirs);
}

#[test]
fn the_bound_itself_is_allowed_and_one_more_is_not() {
    let mut clock = HybridClock::new(500);
    assert!(clock.observe(at(1501, 0), 1000).is_err());
    clock.observe(at(1500, u32::MAX - 1), 1000).expect("exactly the bound");
    // What the clock is past is no news, however far the physical clock has gone back since.
    clock.observe(at(1500, 3), 0).expect("known already");
    assert_eq!(clock.tick(1000), Ok(at(1500, u32::MAX)));
}

#[test]
fn a_full_counter_is_an_error_until_time_moves_on() {
    let mut clock = HybridClock::new(500);
    let last = at(1000, u32::MAX);
    clock.observe(last, 1000).expect("no drift");
    let full = CounterFull { latest: last, now: 1000 };
    assert_eq!(clock.tick(1000), Err(full));
    assert_eq!(clock.latest(), last, "nothing was changed");
    assert_eq!(clock.tick(1001), Ok(at(1001, 0)));
    assert!(ClockError::from(full).to_string().contains("wait"));
}

#[test]
fn the_end_of_time_overflows_nothing() {
    let mut clock = HybridClock::new(u64::MAX);
    clock.observe(at(u64::MAX, u32::MAX), 0).expect("any drift is allowed");
    assert!(clock.tick(u64::MAX).is_err());
    assert!(HybridClock::new(0).observe(at(u64::MAX, 0), 0).is_err());
}

proptest! {
    #![proptest_config(config())]

    /// Three clocks whose physical times jump about exchange timestamps: each gives out ever larger ones, larger than all
    /// it observed, never further ahead of the largest physical time there was.
    #[test]
    fn ticks_only_grow_and_follow_what_was_observed(
        steps in proptest::collection::vec((0..3_usize, 0..3_usize, 0..50_u64), 1..60),
    ) {
        let mut clocks = [HybridClock::new(20); 3];
        let mut newest = [Hlc::default(); 3];
        let mut largest_time = 0;
        for (who, from, now) in steps {
            largest_time = largest_time.max(now);
            let heard = newest[from];
            let before = clocks[who];
            match clocks[who].observe(heard, now) {
                Ok(()) => prop_assert!(clocks[who].latest() >= heard),
                Err(drift) => {
                    prop_assert!(drift.timestamp.millis > now + 20 && heard > before.latest());
                    prop_assert_eq!(clocks[who], before);
                }
            }
            let known = clocks[who].latest();
            let next = clocks[who].tick(now).expect("few");
            prop_assert!(next > known && next > newest[who]);
            prop_assert!(next.millis <= largest_time);
            newest[who] = next;
        }
    }
}
