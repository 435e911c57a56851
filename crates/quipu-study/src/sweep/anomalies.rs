//! What users see that they should not.

use std::time::Duration;

use super::{Section, Sweeps};
use crate::load::Load;
use crate::mechanism::Mechanism;
use crate::setup::Setup;
use crate::table::{Table, one};

pub(super) fn per_million(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("anomalies");
    let mut table = Table::new(
        "anomalies",
        "Per million operations done: 16 users, 64 counters (Zipf 1), half of the operations reads, 20 ms apart.",
        &[
            "mechanism",
            "users",
            "operations",
            "lost adds",
            "stale reads",
            "reads that go back",
            "own add not seen",
            "lost, counted",
            "p99 read or add ms",
        ],
    );
    for roaming in [false, true] {
        for mechanism in Mechanism::ALL {
            let operations = sweeps.operations(40_000);
            // Local operations take half a millisecond; a think time makes the runs long enough for gossip to matter.
            let load = Load {
                reads: 0.5,
                zipf: 1.0,
                roaming,
                operations,
                pace: crate::Pace::Open(Duration::from_millis(50)),
                duration: Duration::from_mins(10),
                quiet: Duration::from_secs(20),
                ..Load::default()
            };
            let sample = sweeps.look(mechanism, &Setup::default(), &load, false);
            let verdict = &sample.verdict;
            table.row(vec![
                mechanism.name().into(),
                if roaming { "roam" } else { "stay" }.into(),
                verdict.accepted.into(),
                one(verdict.per_million(verdict.lost)),
                one(verdict.per_million(verdict.stale)),
                one(verdict.per_million(verdict.backwards)),
                one(verdict.per_million(verdict.own_writes_missed)),
                verdict.lost.into(),
                one(sample.speed.latency_ms(0.99)),
            ]);
        }
    }
    Section {
        id: "anomalies",
        title: "Anomalies per million operations",
        text: vec![
            "A read is stale if it lacks an add that was acknowledged, to anybody, before it began; it goes back if the same \
             user has read more before; an own add is not seen if a read shows less than the user's own add had shown. Users \
             either stay at their node or go to a random one for each operation."
                .into(),
            "The control loses updates. None of the mechanisms does. Linearizable ones show no anomaly wherever users go. \
             Replicated counters are stale by nature; but a user who stays at a node always sees the own adds and never \
             goes back, at no cost: read-your-writes is a matter of where users are sent."
                .into(),
        ],
        pictures: Vec::new(),
        tables: vec![table],
    }
}
