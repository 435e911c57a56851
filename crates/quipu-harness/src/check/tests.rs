//! Histories with a known verdict, and the acceptable sums against an oracle that tries every subset.

use quipu_node::{Rng, Time, Value};

use super::{AcceptableSums, Validity, check};
use crate::operation::{Action, Operation, Outcome, Returned};
use crate::options::Options;
use crate::workload::Workload;

fn op(node: u16, action: Action, invoked: u64, completed: u64, outcome: Outcome) -> Operation {
    Operation {
        worker: u32::from(node),
        process: u32::from(node),
        node,
        action,
        is_final: false,
        invoked: Time::from_millis(invoked),
        completed: Time::from_millis(completed),
        outcome,
    }
}

fn done() -> Outcome {
    Outcome::Ok(Returned::Nothing)
}

fn lost() -> Outcome {
    Outcome::Info("no answer within 5 s".into())
}

fn counter(value: i128) -> Outcome {
    Outcome::Ok(Returned::Counter(value))
}

fn shows(elements: &[u64]) -> Outcome {
    Outcome::Ok(Returned::Elements(elements.iter().map(|element| Value::from(*element)).collect()))
}

fn last(mut read: Operation) -> Operation {
    read.is_final = true;
    read
}

fn options(workload: Workload, strict: bool) -> Options {
    Options { workload, node_count: 2, concurrency: 2, strict, ..Options::default() }
}

fn verdict(workload: Workload, history: &[Operation]) -> Validity {
    check(&options(workload, false), history).verdict
}

fn violations(workload: Workload, history: &[Operation], name: &str) -> u64 {
    let checked = check(&options(workload, true), history);
    let found =
        checked.reads.iter().find(|check| check.name == name).expect("the check applies to the workload");
    if found.violations > 0 {
        assert_eq!(checked.verdict, Validity::Invalid, "strict counts it");
    }
    found.violations
}

#[test]
fn acceptable_sums_are_those_of_all_subsets() {
    let mut rng = Rng::new(1);
    for _ in 0..300 {
        let deltas: Vec<i64> =
            (0..rng.below(10)).map(|_| i64::try_from(rng.below(40)).unwrap() - 20).collect();
        let definite = i128::from(rng.below(100)) - 50;
        let sums = AcceptableSums::new(definite, &deltas);
        let oracle: std::collections::BTreeSet<i128> = (0..1u32 << deltas.len())
            .map(|subset| {
                let chosen = deltas.iter().enumerate().filter(|(index, _)| subset >> index & 1 == 1);
                definite + chosen.map(|(_, delta)| i128::from(*delta)).sum::<i128>()
            })
            .collect();
        for value in definite - 450..=definite + 450 {
            assert_eq!(sums.contains(value), oracle.contains(&value), "{value} of {definite} and {deltas:?}");
        }
    }
}

#[test]
fn acceptable_sums_of_huge_deltas_are_kept_apart_too() {
    let sums = AcceptableSums::new(0, &[i64::MAX, i64::MIN, 3]);
    assert!(sums.contains(-1) && sums.contains(2) && sums.contains(i128::from(i64::MAX)));
    assert!(!sums.contains(1) && !sums.contains(4) && !sums.contains(i128::from(i64::MAX) - 1));
}

#[test]
fn acceptable_sums_of_twenty_thousand_indeterminate_adds_are_found_at_once() {
    let deltas: Vec<i64> = (0..20_000).map(|index| index % 10 - 5).collect();
    let sums = AcceptableSums::new(7, &deltas);
    assert_eq!(sums.intervals(), [(7 - 30_000, 7 + 20_000)]);
}

#[test]
fn intervals_are_closed_and_have_gaps_between_them() {
    assert_eq!(AcceptableSums::new(10, &[1, 1, 5]).intervals(), [(10, 12), (15, 17)]);
    assert_eq!(AcceptableSums::new(10, &[]).intervals(), [(10, 10)]);
}

#[test]
fn a_counter_may_show_an_indeterminate_add_or_not_but_nothing_else() {
    let history = |shown| {
        vec![
            op(0, Action::Add(3), 0, 1, done()),
            op(0, Action::Add(4), 2, 5002, lost()),
            last(op(1, Action::Read, 20_000, 20_001, counter(shown))),
        ]
    };
    assert_eq!(verdict(Workload::GCounter, &history(3)), Validity::Valid);
    assert_eq!(verdict(Workload::GCounter, &history(7)), Validity::Valid);
    assert_eq!(verdict(Workload::GCounter, &history(0)), Validity::Invalid);
    assert_eq!(verdict(Workload::GCounter, &history(8)), Validity::Invalid);
}

#[test]
fn a_failed_add_counts_for_nothing() {
    let history = [
        op(0, Action::Add(3), 0, 1, Outcome::Fail("refused".into())),
        op(0, Action::Add(1), 2, 3, done()),
        last(op(1, Action::Read, 20_000, 20_001, counter(1))),
    ];
    assert_eq!(verdict(Workload::PnCounter, &history), Validity::Valid);
}

#[test]
fn a_kind_of_operation_that_never_succeeds_is_invalid_as_in_the_original() {
    let history = [op(0, Action::Add(3), 0, 1, done()), last(op(1, Action::Read, 20_000, 25_000, lost()))];
    assert_eq!(verdict(Workload::GCounter, &history), Validity::Invalid);
}

#[test]
fn a_missing_final_read_counts_only_when_strict() {
    let history = [
        op(0, Action::Add(3), 0, 1, done()),
        last(op(0, Action::Read, 20_000, 20_001, counter(3))),
        last(op(1, Action::Read, 20_000, 25_000, lost())),
    ];
    assert_eq!(verdict(Workload::GCounter, &history), Validity::Valid);
    assert_eq!(violations(Workload::GCounter, &history, "final-reads-present"), 1);
}

#[test]
fn a_read_above_everything_invoked_is_out_of_bounds() {
    let read = |shown| {
        [
            op(0, Action::Add(2), 0, 10, done()),
            op(1, Action::Read, 5, 6, counter(shown)),
            op(0, Action::Add(3), 7, 8, done()),
        ]
    };
    assert_eq!(violations(Workload::GCounter, &read(2), "bounds"), 0);
    assert_eq!(violations(Workload::GCounter, &read(3), "bounds"), 1);
    assert_eq!(violations(Workload::GCounter, &read(-1), "bounds"), 1);
}

#[test]
fn a_node_must_show_what_it_acknowledged_itself_but_not_what_others_did() {
    let read =
        |node, shown| [op(0, Action::Add(2), 0, 1, done()), op(node, Action::Read, 5, 6, counter(shown))];
    assert_eq!(violations(Workload::GCounter, &read(0, 0), "read-your-writes"), 1);
    assert_eq!(violations(Workload::GCounter, &read(1, 0), "read-your-writes"), 0);
    let with_negative = [
        op(0, Action::Add(-2), 0, 1, done()),
        op(1, Action::Add(5), 0, 1, done()),
        op(0, Action::Read, 5, 6, counter(4)),
    ];
    assert_eq!(violations(Workload::PnCounter, &with_negative, "read-your-writes"), 1);
}

#[test]
fn a_grow_only_counter_never_goes_back_on_one_node() {
    let reads = |second_node, second_invoked| {
        [
            op(1, Action::Add(5), 0, 1, done()),
            op(0, Action::Read, 2, 4, counter(5)),
            op(second_node, Action::Read, second_invoked, 9, counter(0)),
        ]
    };
    assert_eq!(violations(Workload::GCounter, &reads(0, 5), "monotonic"), 1);
    // Concurrent with the first read, it may have been served before it.
    assert_eq!(violations(Workload::GCounter, &reads(0, 3), "monotonic"), 0);
    let checked = check(&options(Workload::PnCounter, true), &reads(0, 5));
    assert!(checked.reads.iter().all(|check| check.name != "monotonic"), "a PN-counter may well go back");
}

#[test]
fn an_acknowledged_element_that_the_last_reads_lack_is_lost() {
    let history = |first: &[u64], second: &[u64]| {
        vec![
            op(0, Action::AddElement(0), 0, 1, done()),
            op(1, Action::AddElement(1), 0, 1, done()),
            op(0, Action::Read, 10, 11, shows(first)),
            op(1, Action::Read, 20, 21, shows(second)),
        ]
    };
    assert_eq!(verdict(Workload::GSet, &history(&[0], &[0, 1])), Validity::Valid);
    assert_eq!(verdict(Workload::GSet, &history(&[0, 1], &[1])), Validity::Invalid);
}

#[test]
fn an_element_never_acknowledged_and_never_seen_is_fine() {
    let history = [
        op(0, Action::AddElement(0), 0, 5000, lost()),
        op(0, Action::AddElement(1), 0, 1, done()),
        op(1, Action::Read, 20_000, 20_001, shows(&[1])),
    ];
    assert_eq!(verdict(Workload::GSet, &history), Validity::Valid);
}

#[test]
fn no_stable_element_at_all_is_unknown_rather_than_valid() {
    let history = [
        op(0, Action::Broadcast(0), 0, 5000, lost()),
        op(0, Action::Broadcast(1), 6000, 6001, done()),
        op(1, Action::Read, 0, 1, shows(&[])),
    ];
    assert_eq!(verdict(Workload::Broadcast, &history), Validity::Unknown);
}

#[test]
fn sets_are_checked_at_every_read() {
    let foreign = [op(0, Action::AddElement(0), 5, 6, done()), op(1, Action::Read, 0, 1, shows(&[0]))];
    assert_eq!(violations(Workload::GSet, &foreign, "bounds"), 1);
    let twice = [op(0, Action::AddElement(0), 0, 1, done()), op(1, Action::Read, 5, 6, shows(&[0, 0]))];
    assert_eq!(violations(Workload::GSet, &twice, "bounds"), 1);
    let own = [op(0, Action::AddElement(0), 0, 1, done()), op(0, Action::Read, 5, 6, shows(&[]))];
    assert_eq!(violations(Workload::GSet, &own, "read-your-writes"), 1);
    let back = [
        op(1, Action::AddElement(0), 0, 1, done()),
        op(0, Action::Read, 5, 6, shows(&[0])),
        op(0, Action::Read, 7, 8, shows(&[])),
    ];
    assert_eq!(violations(Workload::GSet, &back, "monotonic"), 1);
}

#[test]
fn an_id_made_twice_is_invalid() {
    let id = |text: &str| Outcome::Ok(Returned::Value(Value::text(text)));
    let history =
        |second| [op(0, Action::Generate, 0, 1, id("a")), op(1, Action::Generate, 0, 1, id(second))];
    assert_eq!(verdict(Workload::UniqueIds, &history("b")), Validity::Valid);
    assert_eq!(verdict(Workload::UniqueIds, &history("a")), Validity::Invalid);
}

#[test]
fn an_echo_must_come_back_unchanged_and_come_at_all() {
    let echo = |outcome| {
        [
            op(0, Action::Echo("hello".into()), 0, 1, Outcome::Ok(Returned::Value(Value::text("hello")))),
            op(0, Action::Echo("hello".into()), 2, 3, outcome),
        ]
    };
    let back = |text: &str| Outcome::Ok(Returned::Value(Value::text(text)));
    assert_eq!(verdict(Workload::Echo, &echo(back("hello"))), Validity::Valid);
    assert_eq!(verdict(Workload::Echo, &echo(back("hullo"))), Validity::Invalid);
    assert_eq!(verdict(Workload::Echo, &echo(lost())), Validity::Invalid);
}

#[test]
fn the_availability_asked_for_must_be_reached() {
    let history = [
        op(0, Action::Generate, 0, 1, lost()),
        op(0, Action::Generate, 2, 3, Outcome::Ok(Returned::Value(1i64.into()))),
    ];
    let with = |availability| {
        let options = Options { availability, ..options(Workload::UniqueIds, false) };
        check(&options, &history).verdict
    };
    assert_eq!(with(None), Validity::Valid);
    assert_eq!(with(Some(0.5)), Validity::Valid);
    assert_eq!(with(Some(1.0)), Validity::Invalid);
}
