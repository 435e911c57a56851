//! Each mechanism keeps what it must keep, and loses exactly what it is known to lose.

use std::time::Duration;

use quipu_sim::{Fault, Partition};
use quipu_study::{Done, Load, Mechanism, Outcome, Pace, Plan, Setup, Verdict};

fn plan(mechanism: Mechanism, setup: Setup, load: Load) -> Plan {
    Plan { mechanism, setup, load, seed: 7, weigh: false }
}

fn contended() -> Load {
    Load { clients: 16, keys: 3, zipf: 1.0, reads: 0.3, operations: 1500, ..Load::default() }
}

const LINEARIZABLE: [Mechanism; 4] =
    [Mechanism::Optimistic, Mechanism::LockFenced, Mechanism::Leader, Mechanism::Quorum];

#[test]
fn without_faults_all_but_the_control_keep_every_add() {
    for mechanism in Mechanism::ALL {
        let history = plan(mechanism, Setup::default(), contended()).run();
        let verdict = Verdict::of(&history);
        assert!(verdict.accepted > 1000, "{mechanism}: {verdict:?}");
        assert_eq!((verdict.extra, verdict.diverged), (0, 0), "{mechanism}");
        assert_eq!(verdict.lost > 0, mechanism == Mechanism::Blind, "{mechanism}: {} lost", verdict.lost);
        assert_eq!(
            history.finals.len(),
            3 * 4,
            "{mechanism}: a final read of each counter at each user node"
        );
    }
}

#[test]
fn with_one_replica_and_durable_all_but_the_control_keep_every_add() {
    let setup = Setup { replicas: 1, fsync: Duration::from_millis(2), ..Setup::default() };
    for mechanism in Mechanism::ALL {
        let verdict = Verdict::of(&plan(mechanism, setup.clone(), contended()).run());
        assert!(verdict.accepted > 1000, "{mechanism}: {verdict:?}");
        assert_eq!((verdict.extra, verdict.diverged), (0, 0), "{mechanism}");
        assert_eq!(verdict.lost > 0, mechanism == Mechanism::Blind, "{mechanism}: {} lost", verdict.lost);
    }
}

#[test]
fn reads_of_the_linearizable_are_fresh_wherever_the_user_goes_and_those_of_the_crdt_are_not() {
    let roaming = Load { roaming: true, ..contended() };
    for mechanism in LINEARIZABLE {
        let verdict = Verdict::of(&plan(mechanism, Setup::default(), roaming.clone()).run());
        assert!(verdict.reads > 300, "{mechanism}");
        let anomalies = (verdict.stale, verdict.backwards, verdict.own_writes_missed);
        assert_eq!(anomalies, (0, 0, 0), "{mechanism}");
    }
    for mechanism in [Mechanism::CrdtFull, Mechanism::CrdtDelta, Mechanism::Escrow] {
        let verdict = Verdict::of(&plan(mechanism, Setup::default(), roaming.clone()).run());
        assert!(verdict.stale > 0 && verdict.own_writes_missed > 0, "{mechanism}: {verdict:?}");
        let sticky = Verdict::of(&plan(mechanism, Setup::default(), contended()).run());
        assert_eq!((sticky.backwards, sticky.own_writes_missed), (0, 0), "{mechanism}: users who stay");
    }
}

#[test]
fn a_lost_message_costs_gossip_time_and_nothing_else() {
    let setup = Setup { loss: 0.3, ..Setup::default() };
    for mechanism in [Mechanism::CrdtFull, Mechanism::CrdtDelta, Mechanism::Escrow] {
        let load = Load { quiet: Duration::from_secs(30), ..contended() };
        let verdict = Verdict::of(&plan(mechanism, setup.clone(), load).run());
        assert_eq!((verdict.lost, verdict.extra, verdict.diverged), (0, 0, 0), "{mechanism}");
        assert_eq!((verdict.failed, verdict.unknown), (0, 0), "{mechanism}");
    }
}

#[test]
fn a_lost_message_makes_the_others_say_unknown_and_never_counts_twice() {
    let setup = Setup { loss: 0.02, patience: Duration::from_secs(1), ..Setup::default() };
    for mechanism in LINEARIZABLE {
        let load = Load { operations: 600, ..contended() };
        let verdict = Verdict::of(&plan(mechanism, setup.clone(), load).run());
        assert_eq!((verdict.lost, verdict.extra), (0, 0), "{mechanism}: {verdict:?}");
        assert!(verdict.unknown > 0, "{mechanism}: {verdict:?}");
    }
}

/// The holder of a lock stands still for longer than its lease, again and again.
fn pauses() -> Load {
    let mut faults = Vec::new();
    for pause in 0..10_u64 {
        let begin = Duration::from_millis(2000 * pause + 500);
        faults.push((begin, Fault::Pause(vec![1])));
        faults.push((begin + Duration::from_millis(700), Fault::Resume(vec![1])));
    }
    Load {
        clients: 8,
        keys: 1,
        operations: usize::MAX,
        duration: Duration::from_secs(21),
        faults,
        ..Load::default()
    }
}

#[test]
fn a_holder_that_slept_through_its_lease_overwrites_others_unless_there_is_a_fence() {
    let setup = Setup { lease: Duration::from_millis(200), ..Setup::default() };
    let history = plan(Mechanism::LockUnfenced, setup.clone(), pauses()).run();
    let verdict = Verdict::of(&history);
    assert!(history.tally.expiries > 0 && history.tally.overwrites > 0, "{:?}", history.tally);
    assert!(verdict.lost > 0, "{verdict:?}");
    let history = plan(Mechanism::LockFenced, setup, pauses()).run();
    let verdict = Verdict::of(&history);
    assert!(history.tally.expiries > 0 && history.tally.fenced > 0, "{:?}", history.tally);
    assert_eq!((verdict.lost, verdict.extra), (0, 0));
}

/// n3 and n4 are cut off from the home and from n1 and n2 while the stock is sold.
fn sale() -> Load {
    Load {
        clients: 16,
        keys: 1,
        change: -1,
        stock: 200,
        // Less than one counter behind a lock can do; more would be a collapse, and another story.
        pace: Pace::Open(Duration::from_millis(500)),
        operations: usize::MAX,
        duration: Duration::from_secs(20),
        faults: vec![
            (Duration::from_secs(2), Fault::Partition(Partition::isolating(&[3, 4], 5))),
            (Duration::from_secs(12), Fault::Heal),
        ],
        ..Load::default()
    }
}

#[test]
fn a_stock_is_oversold_in_a_partition_by_those_alone_that_only_look() {
    let setup = Setup { patience: Duration::from_secs(1), ..Setup::default() };
    for mechanism in [Mechanism::CrdtFull, Mechanism::CrdtDelta] {
        let verdict = Verdict::of(&plan(mechanism, setup.clone(), sale()).run());
        assert!(verdict.oversold > 0, "{mechanism}: {verdict:?}");
    }
    for mechanism in LINEARIZABLE.into_iter().chain([Mechanism::Escrow]) {
        let verdict = Verdict::of(&plan(mechanism, setup.clone(), sale()).run());
        assert_eq!((verdict.oversold, verdict.extra, verdict.lost), (0, 0, 0), "{mechanism}: {verdict:?}");
        assert!(verdict.accepted > 100, "{mechanism}: {verdict:?}");
    }
}

#[test]
fn the_side_without_the_home_is_served_by_replicated_counters_alone() {
    let load = Load { change: 1, stock: 0, ..sale() };
    let setup = Setup { patience: Duration::from_secs(1), ..Setup::default() };
    for mechanism in Mechanism::ALL {
        let history = plan(mechanism, setup.clone(), load.clone()).run();
        let (from, to) = (Duration::from_secs(4), Duration::from_secs(10));
        let cut_off = history.done.iter().filter(|done| {
            let after = done.invoked.since(history.began);
            done.node >= 3 && after > from && after < to
        });
        let (served, refused): (Vec<&Done>, Vec<&Done>) =
            cut_off.partition(|done| matches!(done.outcome, Outcome::Done(_)));
        assert_eq!(served.is_empty(), !mechanism.is_local(), "{mechanism}: {} served", served.len());
        assert_eq!(refused.is_empty(), mechanism.is_local(), "{mechanism}: {} refused", refused.len());
    }
}

#[test]
fn the_same_plan_gives_the_same_history() {
    for mechanism in Mechanism::ALL {
        let plan = Plan { weigh: true, ..plan(mechanism, Setup::default(), contended()) };
        assert_eq!(plan.run(), plan.run(), "{mechanism}");
    }
}
