//! Messages and bytes for each operation.

use std::time::Duration;

use super::{Section, Sweeps, colour};
use crate::load::{Load, Pace};
use crate::mechanism::Mechanism;
use crate::plot::{Axes, Line, lines};
use crate::setup::Setup;
use crate::table::{Table, one};

fn table() -> Table {
    Table::new(
        "bytes",
        "Between nodes, per add done: 16 users on 64 counters, 20 ms apart, each 1 or 20 times a second.",
        &[
            "mechanism",
            "adds /s",
            "replicas",
            "messages per add",
            "bytes per add",
            "times an add of 16 bytes",
        ],
    )
}

pub(super) fn on_the_wire(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("bytes");
    let mut table = table();
    let mut pictured = Vec::new();
    for (every, name) in [(50, "320"), (1000, "16")] {
        for mechanism in super::offered() {
            let mut points = Vec::new();
            for replicas in sweeps.grid(&[2, 3, 5, 7, 9]) {
                let setup = Setup { replicas, ..Setup::default() };
                let load = Load {
                    pace: Pace::Open(Duration::from_millis(every)),
                    operations: usize::MAX,
                    duration: Duration::from_secs(if sweeps.quick { 5 } else { 20 }),
                    quiet: Duration::ZERO,
                    ..Load::default()
                };
                let sample = sweeps.look(mechanism, &setup, &load, true);
                let adds = sample.verdict.accepted.max(1) as f64;
                let (messages, bytes) =
                    (sample.history.messages as f64 / adds, sample.history.bytes as f64 / adds);
                table.row(vec![
                    mechanism.name().into(),
                    name.into(),
                    u64::from(replicas).into(),
                    one(messages),
                    one(bytes),
                    one(bytes / 16.0),
                ]);
                points.push((f64::from(replicas), bytes));
            }
            let drawn = Mechanism::DRAWN.contains(&mechanism) || mechanism == Mechanism::CrdtFull;
            if every == 50 && drawn {
                pictured.push(Line::new(mechanism.title(), colour(mechanism), points));
            }
        }
    }
    let axes = Axes {
        title: "Bytes between nodes per add, 320 adds a second, 64 counters",
        x: "replicas",
        y: "bytes per add",
        log_y: true,
        ..Axes::default()
    };
    let caption = "Bytes per add against the replicas: full states cost several times what deltas do, more with every \
                   replica; deltas cost what each further replica must be told anyway; a leader tells nobody.";
    Section {
        id: "bytes",
        title: "The network: messages and bytes per add",
        text: vec![
            "Sizes are those of the messages in postcard, the names of their fields left out and their type's name counted. \
             The last column is the redundancy: what was sent for a key and a number of 8 bytes each."
                .into(),
            "Gossip is paid by time, not by add: at a twentieth of the rate an add costs several times as much, while the \
             coordinated send the same for each. At the high rate deltas need the fewest messages, because one message carries \
             many adds; in bytes a leader is cheaper from four replicas on, since it tells nobody else, and a quorum, which \
             tells all of them one by one, is dearer. Full states are for small states and few replicas."
                .into(),
        ],
        pictures: vec![lines("bytes", caption, &axes, &pictured)],
        tables: vec![table],
    }
}
