//! Locks with leases: what a holder that stands still does to others.

use std::time::Duration;

use quipu_sim::Fault;

use super::{Section, Sweeps};
use crate::load::Load;
use crate::mechanism::Mechanism;
use crate::oracle::quantile;
use crate::setup::Setup;
use crate::table::{Table, one, three};

/// One node stands still for `pause`, every two seconds.
fn pausing(pause: Duration, seconds: u64) -> Load {
    let mut faults = Vec::new();
    for begin in (0..seconds / 2).map(|number| Duration::from_millis(2000 * number + 503)) {
        faults.push((begin, Fault::Pause(vec![1])));
        faults.push((begin + pause, Fault::Resume(vec![1])));
    }
    let duration = Duration::from_secs(seconds);
    Load { clients: 8, keys: 1, operations: usize::MAX, duration, faults, ..Load::default() }
}

pub(super) fn expiry(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("locks");
    let mut table = Table::new(
        "lock-expiry",
        "Eight users on one counter, 20 ms apart, lease 200 ms; one node of four stands still every 2 s.",
        &[
            "mechanism",
            "pause ms",
            "computing ms",
            "adds done",
            "leases ended",
            "refused by the fence",
            "overwrites accepted",
            "adds lost",
            "wait p50 ms",
            "wait p99 ms",
        ],
    );
    let seconds = if sweeps.quick { 20 } else { 120 };
    let mut lost = [0, 0];
    for (number, mechanism) in [Mechanism::LockFenced, Mechanism::LockUnfenced].into_iter().enumerate() {
        for compute in [1, 20] {
            for pause in sweeps.grid(&[0, 100, 300, 500, 1000]) {
                let lease = Duration::from_millis(200);
                let setup = Setup { lease, compute: Duration::from_millis(compute), ..Setup::default() };
                let load = pausing(Duration::from_millis(pause), seconds);
                let sample = sweeps.look(mechanism, &setup, &load, false);
                let tally = &sample.history.tally;
                let mut waits = tally.waits.clone();
                waits.sort_unstable();
                lost[number] += sample.verdict.lost;
                table.row(vec![
                    mechanism.name().into(),
                    pause.into(),
                    compute.into(),
                    sample.verdict.accepted.into(),
                    tally.expiries.into(),
                    tally.fenced.into(),
                    tally.overwrites.into(),
                    sample.verdict.lost.into(),
                    one(1e3 * quantile(&waits, 0.5).as_secs_f64()),
                    three(1e3 * quantile(&waits, 0.99).as_secs_f64()),
                ]);
            }
        }
    }
    Section {
        id: "locks",
        title: "Leases: expiry, and corruption without a fence",
        text: vec![
            format!(
                "A lease ends so that a dead holder does not lock the world. But a holder that only stood still (a long \
                 collection of garbage, a moved virtual machine) does not know that it is over, and writes. Without a \
                 fencing token the store accepts it, and what others wrote meanwhile is gone: {} acknowledged adds lost in \
                 these runs. With the token the store refuses the old holder: {} lost. A pause shorter than the lease \
                 costs waiting alone; and no length of lease helps, since no pause has an upper bound.",
                lost[1], lost[0]
            ),
            "Deadlock cannot occur: an operation here holds one lock.".into(),
        ],
        pictures: Vec::new(),
        tables: vec![table],
    }
}
