//! How long news takes, and how old what one reads is.

use std::collections::BTreeMap;
use std::time::Duration;

use quipu_node::NodeId;

use super::{Sample, Section, Sweeps, colour};
use crate::law::spread_ms;
use crate::load::{Load, Pace};
use crate::mechanism::Mechanism;
use crate::oracle::quantile;
use crate::plot::{Axes, Line, lines};
use crate::request::Outcome;
use crate::setup::Setup;
use crate::table::{Cell, Table, one};

const SPREADING: [Mechanism; 2] = [Mechanism::CrdtFull, Mechanism::CrdtDelta];

pub(super) fn convergence(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("convergence");
    let columns = [
        "mechanism",
        "replicas",
        "interval ms",
        "fanout",
        "loss %",
        "mean ms",
        "p50 ms",
        "p99 ms",
        "law ms",
        "law off by %",
    ];
    let mut table = Table::new(
        "convergence",
        "Time from the acknowledgement of an add until the last node has it; 20 ms apart.",
        &columns,
    );
    let interval = |ms| Setup { gossip_interval: Duration::from_millis(ms), ..Setup::default() };
    let mut setups = Vec::new();
    setups.extend(sweeps.grid(&[50, 100, 200, 500, 1000]).into_iter().map(interval));
    setups.extend(sweeps.grid(&[2, 3, 4]).into_iter().map(|fanout| Setup { fanout, ..Setup::default() }));
    setups.extend(sweeps.grid(&[0.1, 0.3, 0.5]).into_iter().map(|loss| Setup { loss, ..Setup::default() }));
    setups.extend(
        sweeps.grid(&[2, 3, 7, 9]).into_iter().map(|replicas| Setup { replicas, ..Setup::default() }),
    );
    for mechanism in SPREADING {
        for setup in &setups {
            table.row(row(sweeps, mechanism, setup));
        }
    }
    let (staleness, picture_lines) = staleness(sweeps);
    let axes = Axes {
        title: "How old a read is: 5 replicas, 20 ms apart, 64 counters",
        x: "age of the oldest add that the read lacks (ms)",
        y: "reads that are not older (%)",
        ..Axes::default()
    };
    Section {
        id: "convergence",
        title: "Convergence and staleness",
        text: vec![
            "One user adds at one node, and each node notes when it has the add. Full states travel by rounds at random times; \
             the law is the exact mean of that process. Deltas are pushed at once through the hub, n0, and cost about one \
             round trip whatever the interval; with losses they wait for a retry. Deltas have a law without loss only: two \
             one-way trips."
                .into(),
            "Staleness is PBS's question, what is the probability of reading something older than t, asked of all reads: a \
             fresh read has age zero, so that a curve begins at the share of fresh reads."
                .into(),
        ],
        pictures: vec![lines(
            "staleness",
            "Share of reads that are not older than t: deltas are nearly all fresh within a round trip, full states within \
             several intervals.",
            &axes,
            &picture_lines,
        )],
        tables: vec![table, staleness],
    }
}

fn row(sweeps: &mut Sweeps<'_>, mechanism: Mechanism, setup: &Setup) -> Vec<Cell> {
    let every = Duration::from_millis(400).max(setup.gossip_interval * 4);
    let adds = if sweeps.quick { 60 } else { 400 };
    let load = Load {
        clients: 1,
        keys: 1,
        pace: Pace::Open(every),
        operations: usize::MAX,
        duration: every * adds,
        quiet: Duration::ZERO,
        ..Load::default()
    };
    let sample = sweeps.look(mechanism, setup, &load, false);
    let spans = spread(&sample, usize::from(setup.replicas));
    let mean = 1e3 * spans.iter().sum::<Duration>().as_secs_f64() / spans.len().max(1) as f64;
    let law = match mechanism {
        Mechanism::CrdtFull => Some(spread_ms(setup)),
        _ if setup.loss <= 0.0 => {
            // To the hub, and from it to the others, if there are others.
            let trips = f64::from(setup.replicas.min(3) - 1);
            Some(trips * 1e3 * (setup.round_trip / 2 + setup.hop).as_secs_f64())
        }
        _ => None,
    };
    let interval = 1e3 * setup.gossip_interval.as_secs_f64();
    let setting = format!(
        "{} replicas, interval {interval} ms, fanout {}, loss {}",
        setup.replicas, setup.fanout, setup.loss
    );
    // The clock of the law starts when the node has the add, half a local operation before the acknowledgement.
    let law = law.map(|law| law - 1e3 * setup.hop.as_secs_f64());
    let error = law.map(|law| sweeps.check(mechanism, setting, law, mean));
    vec![
        mechanism.name().into(),
        u64::from(setup.replicas).into(),
        one(interval),
        (setup.fanout as u64).into(),
        one(100.0 * setup.loss),
        one(mean),
        one(1e3 * quantile(&spans, 0.5).as_secs_f64()),
        one(1e3 * quantile(&spans, 0.99).as_secs_f64()),
        law.map_or(Cell::None, one),
        error.map_or(Cell::None, one),
    ]
}

/// For each add, how long after its acknowledgement the last node had it; sorted.
fn spread(sample: &Sample, replicas: usize) -> Vec<Duration> {
    let mut by_node: BTreeMap<&NodeId, Vec<_>> = BTreeMap::new();
    // The adder's own node learns nothing from others.
    let adder = sample.history.done.first().map(|done| format!("n{}", done.node)).unwrap_or_default();
    let others = sample.history.tally.sightings.iter().filter(|(_, node, _)| node.as_str() != adder);
    for (at, node, value) in others {
        by_node.entry(node).or_default().push((*value, *at));
    }
    let mut spans = Vec::new();
    for done in &sample.history.done {
        let Outcome::Done(value) = done.outcome else { continue };
        let arrivals = by_node.values().filter_map(|seen| {
            let first = seen.partition_point(|(have, _)| *have < value);
            seen.get(first).map(|(_, at)| at.since(done.ended))
        });
        let arrivals: Vec<Duration> = arrivals.collect();
        // The last ones may not have arrived everywhere before the run ended.
        if arrivals.len() + 1 == replicas {
            spans.extend(arrivals.into_iter().max());
        }
    }
    spans.sort_unstable();
    spans
}

fn staleness(sweeps: &mut Sweeps<'_>) -> (Table, Vec<Line>) {
    let mut table = Table::new(
        "staleness",
        "Age of reads: 16 users, each 20 operations a second, half of them reads, Zipf 1.",
        &["mechanism", "interval ms", "fresh %", "p50 ms", "p90 ms", "p99 ms", "oldest ms"],
    );
    let mut pictured = Vec::new();
    let cases = [
        (Mechanism::CrdtDelta, 100, 1),
        (Mechanism::CrdtFull, 50, 0),
        (Mechanism::CrdtFull, 200, 3),
        (Mechanism::CrdtFull, 1000, 4),
        (Mechanism::Leader, 100, colour(Mechanism::Leader)),
    ];
    for (mechanism, interval, colour) in cases {
        let setup = Setup { gossip_interval: Duration::from_millis(interval), ..Setup::default() };
        let load = Load {
            reads: 0.5,
            zipf: 1.0,
            pace: Pace::Open(Duration::from_millis(50)),
            operations: usize::MAX,
            duration: Duration::from_secs(if sweeps.quick { 15 } else { 60 }),
            quiet: Duration::ZERO,
            ..Load::default()
        };
        let sample = sweeps.look(mechanism, &setup, &load, false);
        let ages = &sample.verdict.staleness;
        let ms = |share: f64| 1e3 * quantile(ages, share).as_secs_f64();
        let fresh = 100.0 * (1.0 - sample.verdict.stale as f64 / sample.verdict.reads.max(1) as f64);
        let oldest = ms(1.0);
        let cells = [fresh, ms(0.5), ms(0.9), ms(0.99), oldest].map(one);
        let mut row = vec![mechanism.name().into(), interval.into()];
        row.extend(cells);
        table.row(row);
        let points = (0..=50).map(|step| {
            let age = Duration::from_millis(20 * step);
            let share = ages.partition_point(|found| *found <= age) as f64 / ages.len().max(1) as f64;
            ((20 * step) as f64, 100.0 * share)
        });
        let name = match mechanism {
            Mechanism::CrdtFull => format!("full, every {interval} ms"),
            other => other.title().to_owned(),
        };
        pictured.push(Line::new(name, colour, points.collect()));
    }
    (table, pictured)
}
