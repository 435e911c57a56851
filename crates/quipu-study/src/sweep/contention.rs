//! What an operation costs when others want the same counter.

use std::time::Duration;

use super::{Sample, Section, Sweeps, colour};
use crate::load::{Load, Zipf};
use crate::mechanism::Mechanism;
use crate::oracle::quantile;
use crate::plot::{Axes, Line, Picture, lines, map};
use crate::setup::Setup;
use crate::table::{Cell, Table, one, three};

const TRIP: Duration = Duration::from_millis(10);

const COLUMNS: [&str; 10] = [
    "mechanism",
    "Zipf",
    "users",
    "goodput /s",
    "law /s",
    "law off by %",
    "p99 ms",
    "attempts per add",
    "refusals, worst add",
    "lock wait p99 ms",
];

fn load(sweeps: &Sweeps<'_>, clients: u32, keys: u64, zipf: f64) -> Load {
    // Enough operations for each user to get going.
    let operations = sweeps.operations(12_000).max(10 * clients as usize);
    let duration = Duration::from_secs(if sweeps.quick { 15 } else { 60 });
    Load { clients, keys, zipf, operations, duration, quiet: Duration::ZERO, ..Load::default() }
}

/// Attempts for each add that was done; the refused ones were wasted work.
fn attempts(sample: &Sample) -> f64 {
    let tally = &sample.history.tally;
    if tally.attempts == 0 { 1.0 } else { tally.attempts as f64 / sample.verdict.accepted.max(1) as f64 }
}

fn cells(mechanism: Mechanism, zipf: f64, clients: u32, sample: &Sample) -> Vec<Cell> {
    let mut waits = sample.history.tally.waits.clone();
    waits.sort_unstable();
    let wait = 1e3 * quantile(&waits, 0.99).as_secs_f64();
    vec![
        mechanism.name().into(),
        one(zipf),
        u64::from(clients).into(),
        one(sample.speed.goodput),
        one(sample.law.goodput),
        one(sample.error),
        three(sample.speed.latency_ms(0.99)),
        three(attempts(sample)),
        sample.history.tally.refusals_at_most.into(),
        if waits.is_empty() { Cell::None } else { three(wait) },
    ]
}

pub(super) fn goodput(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("contention");
    let setup = Setup::default().apart(TRIP);
    let mut by_zipf =
        Table::new("goodput-by-zipf", "64 users on 64 counters, 10 ms apart, against the skew.", &COLUMNS)
            .in_file_only();
    let mut by_users =
        Table::new("goodput-by-users", "64 counters, Zipf 1, 10 ms apart, against the users.", &COLUMNS)
            .in_file_only();
    let mut hot = Table::new("goodput-hot-key", "One counter, 10 ms apart, against the users.", &COLUMNS);
    let (mut zipf_lines, mut hot_lines) = (Vec::new(), Vec::new());
    for mechanism in super::offered() {
        let (mut points, mut law) = (Vec::new(), Vec::new());
        for zipf in sweeps.grid(&[0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4]) {
            let load = load(sweeps, 64, 64, zipf);
            let sample = sweeps.measure(mechanism, &setup, &load, format!("Zipf {zipf}, 64 users"));
            by_zipf.row(cells(mechanism, zipf, 64, &sample));
            points.push((zipf, sample.speed.goodput));
            law.push((zipf, sample.law.goodput));
        }
        picture(&mut zipf_lines, mechanism, points, law);
        for clients in sweeps.grid(&[1, 4, 16, 64, 256]) {
            let load = load(sweeps, clients, 64, 1.0);
            let sample = sweeps.measure(mechanism, &setup, &load, format!("Zipf 1, {clients} users"));
            by_users.row(cells(mechanism, 1.0, clients, &sample));
        }
        let (mut points, mut law) = (Vec::new(), Vec::new());
        for clients in sweeps.grid(&[1, 2, 4, 8, 16, 32, 64, 128, 256]) {
            let load = load(sweeps, clients, 1, 0.0);
            let sample = sweeps.measure(mechanism, &setup, &load, format!("one counter, {clients} users"));
            hot.row(cells(mechanism, 0.0, clients, &sample));
            points.push((f64::from(clients), sample.speed.goodput));
            law.push((f64::from(clients), sample.law.goodput));
        }
        picture(&mut hot_lines, mechanism, points, law);
    }
    let (policies, policy_text) = retry_policies(sweeps);
    let pictures = goodput_pictures(&zipf_lines, &hot_lines);
    Section {
        id: "contention",
        title: "Contention: goodput, attempts, waits",
        text: vec![
            "Adds that were done per second, not attempts. Replicated counters, leader and quorum do not know contention: \
             an add never depends on what others add. Whoever takes a value home to compute with it does: an optimistic \
             add fails if another one came in between, and a lock makes others wait. Both end at one add per round trip and \
             computing of the hottest counter, whatever the number of users."
                .into(),
            "Lines are measured, dashes are the laws.".into(),
            policy_text,
        ],
        pictures,
        tables: vec![hot, by_zipf, by_users, policies],
    }
}

fn goodput_pictures(zipf_lines: &[Line], hot_lines: &[Line]) -> Vec<Picture> {
    let axes = Axes {
        title: "Goodput against contention: 64 users, 64 counters, 10 ms round trip",
        x: "Zipf exponent of the choice of counter",
        y: "adds per second",
        log_y: true,
        ..Axes::default()
    };
    let hot_axes =
        Axes { title: "Goodput of one counter, 10 ms round trip", x: "users", log_x: true, ..axes.clone() };
    let of_zipf = "Goodput of all mechanisms against the skew of the choice of counter: flat for those that ship the \
                   operation, falling for those that fetch the value.";
    let of_hot = "Goodput of one counter against the number of users: optimistic and lock stop at one add per round trip.";
    vec![
        lines("goodput-zipf", of_zipf, &axes, zipf_lines),
        lines("goodput-hot-key", of_hot, &hot_axes, hot_lines),
    ]
}

fn picture(into: &mut Vec<Line>, mechanism: Mechanism, points: Vec<(f64, f64)>, law: Vec<(f64, f64)>) {
    if Mechanism::DRAWN.contains(&mechanism) {
        into.push(Line::new(mechanism.title(), colour(mechanism), points));
        into.push(Line::new("", colour(mechanism), law).predicted());
    }
}

/// What back-off is good for, and what computing in the window costs.
fn retry_policies(sweeps: &mut Sweeps<'_>) -> (Table, String) {
    let mut table = Table::new(
        "optimistic-retry",
        "Optimistic adds to one counter, 10 ms apart: computing time and back-off.",
        &[
            "users",
            "compute ms",
            "back-off",
            "goodput /s",
            "attempts per add",
            "refused %",
            "messages per add",
            "refusals, worst add",
            "given up",
        ],
    );
    let mut worst = (0.0, 0.0);
    for clients in [16, 64] {
        for compute in sweeps.grid(&[0, 5, 20]) {
            for backoff in [true, false] {
                let mut setup = Setup::default().apart(TRIP);
                setup.compute = Duration::from_millis(compute);
                if !backoff {
                    setup.backoff = Duration::ZERO;
                }
                let load = load(sweeps, clients, 1, 0.0);
                let sample = sweeps.look(Mechanism::Optimistic, &setup, &load, false);
                let tally = &sample.history.tally;
                let refused = 100.0 * tally.refusals as f64 / tally.attempts.max(1) as f64;
                let messages = sample.history.messages as f64 / sample.verdict.accepted.max(1) as f64;
                if clients == 64 && compute == 0 {
                    if backoff { worst.0 = messages } else { worst.1 = messages }
                }
                table.row(vec![
                    u64::from(clients).into(),
                    compute.into(),
                    if backoff { "capped, jitter" } else { "none" }.into(),
                    one(sample.speed.goodput),
                    three(attempts(&sample)),
                    one(refused),
                    one(messages),
                    tally.refusals_at_most.into(),
                    (sample.verdict.failed + sample.verdict.unknown).into(),
                ]);
            }
        }
    }
    let text = format!(
        "What back-off saves is wasted work: with 64 users and no computing an add costs {:.0} messages with it and {:.0} \
         without. There is no livelock either way, because of all who try somebody always wins; there is starvation, see the \
         worst add and those given up after 4 s.",
        worst.0, worst.1
    );
    (table, text)
}

/// Who does more, how many times as much, and the colour of who that is.
fn winner(optimistic: f64, lock: f64) -> (String, usize) {
    let ratio = optimistic.max(lock) / optimistic.min(lock).max(1e-9);
    let (word, winner) =
        if optimistic >= lock { ("CAS", Mechanism::Optimistic) } else { ("lock", Mechanism::LockFenced) };
    (format!("{word} x {ratio:.2}"), colour(winner))
}

pub(super) fn crossover(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("crossover");
    let mut table = Table::new(
        "crossover",
        "Goodput of 32 users on 64 counters, by skew and round trip.",
        &["Zipf", "round trip ms", "mechanism", "goodput /s", "law /s", "law off by %"],
    )
    .in_file_only();
    let candidates = [Mechanism::Optimistic, Mechanism::LockFenced, Mechanism::Leader, Mechanism::Escrow];
    let (skews, trips) = (sweeps.grid(&[0.0, 0.4, 0.8, 1.1, 1.4]), sweeps.grid(&[1, 5, 20, 80, 200]));
    let mut cells = Vec::new();
    for zipf in &skews {
        let mut row = Vec::new();
        for ms in &trips {
            let setup = Setup::default().apart(Duration::from_millis(*ms));
            let load = load(sweeps, 32, 64, *zipf);
            let mut found = Vec::new();
            for mechanism in candidates {
                let setting = format!("Zipf {zipf}, {ms} ms, 32 users");
                let sample = sweeps.measure(mechanism, &setup, &load, setting);
                table.row(vec![
                    one(*zipf),
                    (*ms).into(),
                    mechanism.name().into(),
                    one(sample.speed.goodput),
                    one(sample.law.goodput),
                    one(sample.error),
                ]);
                found.push(sample.speed.goodput);
            }
            row.push(winner(found[0], found[1]));
        }
        cells.push(row);
    }
    let hottest = |zipf: f64| 100.0 * Zipf::new(64, zipf).probabilities()[0];
    let row_names: Vec<String> = skews.iter().map(|zipf| format!("{zipf}")).collect();
    let column_names: Vec<String> = trips.iter().map(|ms| format!("{ms} ms")).collect();
    let picture = map(
        "crossover",
        "For each skew and round trip: whether optimistic or lock does more adds per second, and how many times as many.",
        ("When the value must be fetched: optimistic or lock?", "round trip", "Zipf"),
        (&column_names, &row_names),
        &cells,
    );
    Section {
        id: "crossover",
        title: "Crossover: which mechanism, at which skew and distance",
        text: vec![
            format!(
                "If the operation can be shipped, there is no crossover to be found: the leader does at least as much as \
                 optimistic and lock everywhere on this map, and escrow, where taking is all there is to be bounded, more \
                 again by the factor of the round trip to a local operation (see the file). The map is for operations that \
                 must fetch the value and compute with it. The hottest of 64 counters has {:.0} % of all operations at \
                 Zipf 0, {:.0} % at 0.8 and {:.0} % at 1.4.",
                hottest(0.0),
                hottest(0.8),
                hottest(1.4)
            ),
            "Uncontended, both cost two round trips (see latency). With 32 users on 64 counters there is some contention even \
             when all are equally liked, and a line wastes no attempt: the lock does 1.1 to 1.3 times as much. Where waits come \
             near the 4 s after which an operation is given up, at long round trips and hot counters, this turns: those who \
             wait in line then give up as late as possible, and trying does more."
                .into(),
        ],
        pictures: vec![picture],
        tables: vec![table],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_lets_every_user_ask_ten_times() {
        let mut progress = |_: u64, _: &str| {};
        let sweeps =
            Sweeps { quick: true, runs: 0, progress: &mut progress, section: "", checks: Vec::new() };
        assert_eq!(load(&sweeps, 512, 1, 0.0).operations, 5120);
    }
}
