use super::*;
use crate::meter::Tally;

fn at(ms: u64) -> Time {
    Time::from_millis(ms)
}

fn done(client: u32, operation: Operation, (invoked, ended): (u64, u64), value: i64) -> Done {
    let outcome = Outcome::Done(value);
    Done { client, node: 1, operation, invoked: at(invoked), ended: at(ended), outcome }
}

const ADD: Operation = Operation::Add { key: 0, change: 1 };
const READ: Operation = Operation::Read { key: 0 };

fn history(done: Vec<Done>, finals: Vec<Done>) -> History {
    History {
        done,
        finals,
        began: at(0),
        stopped: at(1000),
        tally: Tally::default(),
        messages: 0,
        bytes: 0,
        stock: 0,
    }
}

#[test]
fn an_acknowledged_add_that_the_final_value_lacks_is_lost() {
    let adds = vec![done(0, ADD, (0, 10), 1), done(1, ADD, (0, 10), 1)];
    let verdict = Verdict::of(&history(adds.clone(), vec![done(9, READ, (900, 901), 1)]));
    assert_eq!((verdict.lost, verdict.extra), (1, 0));
    let verdict = Verdict::of(&history(adds, vec![done(9, READ, (900, 901), 3)]));
    assert_eq!((verdict.lost, verdict.extra), (0, 1));
}

#[test]
fn an_add_of_unknown_outcome_may_be_there_or_not() {
    let unknown = Done { outcome: Outcome::Unknown, ..done(0, ADD, (0, 10), 0) };
    for value in [0, 1] {
        let verdict = Verdict::of(&history(vec![unknown], vec![done(9, READ, (900, 901), value)]));
        assert_eq!((verdict.lost, verdict.extra, verdict.unknown), (0, 0, 1));
    }
}

#[test]
fn a_read_is_as_stale_as_the_oldest_add_that_it_lacks() {
    let all = vec![done(0, ADD, (0, 10), 1), done(0, ADD, (10, 30), 2), done(1, READ, (50, 60), 0)];
    let verdict = Verdict::of(&history(all, vec![]));
    assert_eq!((verdict.stale, verdict.own_writes_missed, verdict.backwards), (1, 0, 0));
    assert_eq!(verdict.staleness, [Duration::from_millis(40)]);
}

#[test]
fn an_add_that_is_acknowledged_only_after_the_read_began_is_not_missed() {
    let all = vec![done(0, ADD, (0, 55), 1), done(1, READ, (50, 60), 0)];
    assert_eq!(Verdict::of(&history(all, vec![])).stale, 0);
}

#[test]
fn a_user_who_reads_less_than_before_or_less_than_the_own_add_is_noticed() {
    let all = vec![
        done(0, ADD, (0, 10), 1),
        done(0, ADD, (10, 20), 2),
        done(0, READ, (30, 31), 2),
        done(0, READ, (40, 41), 1),
    ];
    let verdict = Verdict::of(&history(all, vec![]));
    assert_eq!((verdict.reads, verdict.backwards, verdict.own_writes_missed), (2, 1, 1));
}

#[test]
fn what_is_taken_beyond_the_stock_is_oversold() {
    let take = Operation::Add { key: 0, change: -1 };
    let all = (0..3).map(|client| done(client, take, (0, 10), 0)).collect();
    let verdict = Verdict::of(&History { stock: 2, ..history(all, vec![done(9, READ, (900, 901), -1)]) });
    assert_eq!((verdict.oversold, verdict.lost, verdict.left), (1, 0, 0));
}

#[test]
fn nodes_that_disagree_in_the_end_are_noticed() {
    let finals = vec![done(9, READ, (900, 901), 0), Done { node: 2, ..done(9, READ, (900, 901), 1) }];
    assert_eq!(Verdict::of(&history(vec![done(0, ADD, (0, 10), 1)], finals)).diverged, 1);
}

#[test]
fn speed_leaves_out_the_first_tenth() {
    let all = vec![done(0, ADD, (0, 50), 1), done(0, ADD, (100, 200), 2), done(0, ADD, (200, 500), 3)];
    let speed = Speed::of(&history(all, vec![]));
    assert_eq!(speed.latencies, [Duration::from_millis(100), Duration::from_millis(300)]);
    assert!((speed.goodput - 2.0 / 0.9).abs() < 1e-9);
}
