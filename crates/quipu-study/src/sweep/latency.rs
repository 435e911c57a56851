//! What an operation costs when nobody is in its way: against the round trip, the replicas, and the disk.

use std::time::Duration;

use super::{Section, Sweeps, colour};
use crate::load::Load;
use crate::mechanism::Mechanism;
use crate::plot::{Axes, Line, lines};
use crate::setup::Setup;
use crate::table::{Table, one, three};

const COLUMNS: [&str; 8] =
    ["mechanism", "round trip ms", "replicas", "p50 ms", "p99 ms", "mean ms", "law ms", "law off by %"];

/// Few users on many counters.
fn calm(sweeps: &Sweeps<'_>) -> Load {
    Load {
        clients: 8,
        keys: 1024,
        operations: sweeps.operations(2400),
        quiet: Duration::ZERO,
        ..Load::default()
    }
}

pub(super) fn round_trips(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("latency");
    let mut by_trip = Table::new(
        "latency-by-round-trip",
        "Latency of an add against the round trip, five replicas.",
        &COLUMNS,
    );
    let mut by_replicas =
        Table::new("latency-by-replicas", "Latency of an add against the replicas, 80 ms apart.", &COLUMNS)
            .in_file_only();
    let mut pictured: Vec<Line> = Vec::new();
    for mechanism in super::offered() {
        let mut points = Vec::new();
        for ms in sweeps.grid(&[1, 20, 80, 200]) {
            let setup = Setup::default().apart(Duration::from_millis(ms));
            let p99 = add_row(sweeps, &mut by_trip, mechanism, &setup);
            points.push((ms as f64, p99));
        }
        if Mechanism::DRAWN.contains(&mechanism) {
            pictured.push(Line::new(mechanism.title(), colour(mechanism), points));
        }
        for replicas in sweeps.grid(&[1, 2, 3, 5, 7, 9]) {
            let setup = Setup { replicas, ..Setup::default() }.apart(Duration::from_millis(80));
            add_row(sweeps, &mut by_replicas, mechanism, &setup);
        }
    }
    let axes = Axes {
        title: "Tail latency of an add, five replicas, no contention",
        x: "round trip between nodes (ms)",
        y: "p99 latency (ms)",
        log_x: true,
        log_y: true,
        ..Axes::default()
    };
    let caption = "p99 latency against the round trip: replicated counters do not depend on it, a leader pays it once, \
                   optimistic, lock and quorum twice.";
    Section {
        id: "latency",
        title: "Latency: round trips on the critical path",
        text: vec![
            "Eight users on 1,024 counters, so that nobody is in anybody's way. Users sit at every node but the home; \
             alone, the home has users. A local operation is two deliveries of 0.25 ms. What remains is the number of \
             round trips, and it explains everything: none for replicated counters, one for the leader, two for \
             optimistic (read, swap), for the lock (lock, write and unlock) and for the quorum (to the leader, and \
             from it to a majority). The number of replicas does not matter beyond the first: a majority is asked in \
             parallel, and here all links are equally long."
                .into(),
        ],
        pictures: vec![lines("latency", caption, &axes, &pictured)],
        tables: vec![by_trip, by_replicas],
    }
}

fn add_row(sweeps: &mut Sweeps<'_>, table: &mut Table, mechanism: Mechanism, setup: &Setup) -> f64 {
    let load = calm(sweeps);
    let trip = 1e3 * setup.round_trip.as_secs_f64();
    let setting = format!("{trip} ms, {} replicas", setup.replicas);
    let sample = sweeps.measure(mechanism, setup, &load, setting);
    let (speed, law) = (&sample.speed, sample.law);
    table.row(vec![
        mechanism.name().into(),
        one(trip),
        u64::from(setup.replicas).into(),
        three(speed.latency_ms(0.5)),
        three(speed.latency_ms(0.99)),
        three(speed.mean_ms()),
        three(law.latency_ms),
        one(sample.error),
    ]);
    speed.latency_ms(0.99)
}

pub(super) fn durability(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("durability");
    let mut table = Table::new(
        "durability",
        "Adds by 32 users on 64 counters (Zipf 0.8), 10 ms apart, against the time of an fsync.",
        &["mechanism", "fsync ms", "goodput /s", "p50 ms", "p99 ms", "law /s", "law off by %"],
    );
    let mut pictured = Vec::new();
    for mechanism in super::offered() {
        let mut points = Vec::new();
        for ms in sweeps.grid(&[0, 1, 5, 20]) {
            let fsync = Duration::from_millis(ms);
            let setup = Setup { fsync, ..Setup::default() }.apart(Duration::from_millis(10));
            let operations = sweeps.operations(6000);
            let load = Load { clients: 32, zipf: 0.8, operations, quiet: Duration::ZERO, ..Load::default() };
            let sample = sweeps.measure(mechanism, &setup, &load, format!("fsync {ms} ms"));
            table.row(vec![
                mechanism.name().into(),
                ms.into(),
                one(sample.speed.goodput),
                three(sample.speed.latency_ms(0.5)),
                three(sample.speed.latency_ms(0.99)),
                one(sample.law.goodput),
                one(sample.error),
            ]);
            points.push((ms as f64, sample.speed.goodput));
        }
        if Mechanism::DRAWN.contains(&mechanism) {
            pictured.push(Line::new(mechanism.title(), colour(mechanism), points));
        }
    }
    let axes = Axes {
        title: "Goodput against the time of an fsync",
        x: "fsync (ms)",
        y: "adds per second",
        log_y: true,
        ..Axes::default()
    };
    let caption = "What durable acknowledgements cost: the disk is a large part of a local operation and a small one of \
                   an operation that travels.";
    Section {
        id: "durability",
        title: "Durability: one fsync before the acknowledgement",
        text: vec![
            "With a disk, every acknowledgement waits until its record is durable: at the node for replicated counters, at \
             the home or leader for the others, at a majority for the quorum. Syncs of one disk overlap, as with group \
             commit, so that a disk delays and does not limit; only the lock, which is held over the sync, also loses \
             throughput by it."
                .into(),
        ],
        pictures: vec![lines("durability", caption, &axes, &pictured)],
        tables: vec![table],
    }
}
