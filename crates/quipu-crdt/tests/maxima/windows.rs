//! The windowed counter.

use std::collections::BTreeSet;

use proptest::prelude::*;
use quipu_crdt::{AddError, Added, Forgotten, Lattice, Overflow, ReplicaId, TooFarAhead, WindowedCounter};

use crate::execution::{Change, Subject, check, config, scripts};
use crate::replica;

/// Buckets of 10, windows of 3, lateness of 1: four buckets are kept.
type Small = WindowedCounter<10, 3, 1>;

const NOT_AFTER: u64 = 150;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    Counted,
    Late,
}

fn bucket(change: &Change<Small>) -> u64 {
    change.edit.0 / 10
}

/// The newest bucket in which these changes counted something.
fn newest<'a>(changes: impl IntoIterator<Item = &'a Change<Small>>) -> Option<u64> {
    let counted =
        changes.into_iter().filter(|change| change.outcome == Outcome::Counted && change.edit.1 > 0);
    counted.map(bucket).max()
}

impl Subject for Small {
    /// When it happened, and how many.
    type Edit = (u64, u64);
    type Local = ();
    type Outcome = Outcome;

    fn edit(
        &mut self,
        replica: ReplicaId,
        (): &mut (),
        &(time, amount): &(u64, u64),
    ) -> Option<(Self, Outcome)> {
        match self.add(replica, time, amount, NOT_AFTER) {
            Ok(Added::Counted(delta)) => Some((delta, Outcome::Counted)),
            Ok(Added::Late(delta)) => Some((delta, Outcome::Late)),
            Err(error) => {
                assert_eq!(error, AddError::TooFarAhead(TooFarAhead { time, not_after: NOT_AFTER }));
                assert!(time > NOT_AFTER);
                None
            }
        }
    }

    /// The replica's whole slot: of the late events, or of one bucket.
    fn delta_stands_for(history: &[Change<Self>]) -> BTreeSet<usize> {
        let newest = history.last().expect("called after a change");
        let same_slot = |change: &&Change<Self>| {
            change.replica == newest.replica
                && change.outcome == newest.outcome
                && (newest.outcome == Outcome::Late || bucket(change) == bucket(newest))
        };
        history.iter().filter(same_slot).map(|change| change.number).collect()
    }

    /// Sums over the events that counted, for every window that is still known; and which windows those are.
    fn assert_says(&self, changes: &[&Change<Self>]) {
        let newest = newest(changes.iter().copied());
        assert_eq!(self.watermark(), newest.map(|bucket| bucket * 10));
        let oldest_kept = newest.map_or(0, |newest| newest.saturating_sub(3));
        for time in (0..200).step_by(5) {
            let window = (time / 10_u64).saturating_sub(2)..=time / 10;
            let value = self.value(time);
            if *window.start() < oldest_kept {
                assert_eq!(value, Err(Forgotten { time, earliest: (oldest_kept + 2) * 10 }));
                continue;
            }
            let in_window = |change: &&&Change<Self>| {
                change.outcome == Outcome::Counted && window.contains(&bucket(change))
            };
            let sum: u64 = changes.iter().filter(in_window).map(|change| change.edit.1).sum();
            assert_eq!(value, Ok(sum.into()), "the window that ends at {time}");
        }
        let late = changes.iter().filter(|change| change.outcome == Outcome::Late);
        assert_eq!(self.late(), late.map(|change| u128::from(change.edit.1)).sum());
        assert!(self.buckets().count() <= 4, "memory is bounded");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_windowed_counter_obeys_its_laws(script in scripts((0..160_u64, 0..3_u64))) {
        check::<Small>(&script);
    }
}

/// All states of up to one event a bucket, seven buckets, with those dropped that must be: every way in which buckets can
/// drop one another comes up among three of them.
#[test]
fn joins_with_dropping_are_exhaustively_associative() {
    let mut states: Vec<Small> = Vec::new();
    for buckets in 0..128_u64 {
        let mut state = Small::default();
        for bucket in (0..7).filter(|bucket| buckets >> bucket & 1 == 1) {
            let mut alone = Small::default();
            let delta = alone.add(replica(&format!("n{bucket}")), bucket * 10, 1, NOT_AFTER).expect("fits");
            state.join(&delta.into_delta());
        }
        if !states.contains(&state) {
            states.push(state);
        }
    }
    let mut triples = 0;
    for a in &states {
        for b in &states {
            for c in &states {
                let left = a.clone().joined(b).joined(c);
                let right = a.clone().joined(&b.clone().joined(c));
                assert_eq!(left, right, "{a:?}, {b:?}, {c:?}");
                triples += 1;
            }
            crate::execution::laws(a, b, a);
        }
    }
    println!(
        "exhausted: {triples} triples of {} windowed states, 7 buckets of which 4 are kept",
        states.len()
    );
    // Nothing; or a newest bucket of number n and any of the up to three before it: 1 + 1 + 2 + 4 + 4 * 8.
    assert_eq!(states.len(), 40);
}

#[test]
fn whether_an_event_is_late_is_decided_by_the_one_that_takes_it() {
    let (n0, n1) = (replica("n0"), replica("n1"));
    let [mut at_n0, mut at_n1] = [Small::default(), Small::default()];
    assert!(matches!(at_n0.add(n0, 57, 1, 100), Ok(Added::Counted(_))));
    assert!(matches!(at_n1.add(n1, 12, 1, 100), Ok(Added::Counted(_))));
    assert!(matches!(at_n1.add(n1, 23, 1, 100), Ok(Added::Counted(_))));
    assert_eq!(at_n1.value(29), Ok(2));

    at_n0.join(&at_n1);
    assert_eq!(at_n0.buckets().collect::<Vec<_>>(), [(20, 1), (50, 1)]);
    assert_eq!((at_n0.value(59), at_n0.value(49)), (Ok(1), Ok(1)));
    assert_eq!(at_n0.value(39), Err(Forgotten { time: 39, earliest: 40 }));
    assert!(matches!(at_n0.add(n0, 45, 1, 100), Ok(Added::Counted(_))));
    assert!(matches!(at_n0.add(n0, 38, 1, 100), Ok(Added::Late(_))));
    assert_eq!(at_n0.late(), 1);
    assert_eq!(at_n0.late_by_replica().of(n0), 1);
}

#[test]
fn an_event_from_the_future_closes_no_window() {
    let n0 = replica("n0");
    let mut counter = Small::default();
    let _ = counter.add(n0, 95, 1, 100).expect("now");
    let before = counter.clone();
    let error = counter.add(n0, 1_000_000, 1, 100).expect_err("far ahead");
    assert_eq!(error, TooFarAhead { time: 1_000_000, not_after: 100 }.into());
    assert_eq!(counter, before);
    let _ = counter.add(n0, 100, 1, 100).expect("exactly the bound");
    assert_eq!(counter.value(100), Ok(2));
}

#[test]
fn the_ends_of_time_and_of_counting_are_errors_or_exact() {
    let n0 = replica("n0");
    let mut counter = WindowedCounter::<1, 2, 0>::default();
    let _ = counter.add(n0, u64::MAX, u64::MAX, u64::MAX).expect("fits exactly");
    let before = counter.clone();
    assert_eq!(counter.add(n0, u64::MAX, 1, u64::MAX), Err(Overflow.into()));
    assert_eq!(counter, before);
    assert_eq!(counter.value(u64::MAX), Ok(u64::MAX.into()));
    assert_eq!(counter.watermark(), Some(u64::MAX));
    assert!(matches!(counter.add(n0, 0, u64::MAX, u64::MAX), Ok(Added::Late(_))));
    assert_eq!(
        counter.add(n0, 0, 1, u64::MAX),
        Err(Overflow.into()),
        "late ones are counted and bounded as well"
    );
    let mut endless = WindowedCounter::<1, { u64::MAX }, { u64::MAX }>::default();
    let _ = endless.add(n0, u64::MAX, 1, u64::MAX).expect("fits");
    assert!(matches!(endless.add(n0, 0, 1, u64::MAX), Ok(Added::Counted(_))));
    assert_eq!(endless.value(u64::MAX), Ok(1), "all but time 0");
}

#[test]
fn counting_nothing_changes_nothing() {
    let mut counter = Small::default();
    assert_eq!(counter.add(replica("n0"), 5, 0, 100), Ok(Added::Counted(Small::default())));
    assert!(counter.is_bottom());
    assert_eq!((counter.watermark(), counter.value(5)), (None, Ok(0)));
}
