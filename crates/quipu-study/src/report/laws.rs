//! The laws beside the measurements: how far off they are, and why where it is more than ten percent.

use std::collections::BTreeMap;

use crate::mechanism::Mechanism;
use crate::sweep::{Check, Section, TOLERANCE};
use crate::table::{Cell, Table, one};

pub(super) fn section(checks: &[Check]) -> Section {
    let mut all = Table::new(
        "laws",
        "Every prediction: how far the law is off the measurement, in percent of it.",
        &["section", "mechanism", "setting", "law off by %"],
    )
    .in_file_only();
    let mut by_kind: BTreeMap<(Mechanism, &str), Vec<f64>> = BTreeMap::new();
    let mut far = Table::new(
        "laws-off",
        "Every prediction that is off by more than ten percent, and why.",
        &["section", "mechanism", "setting", "law off by %", "off if nobody gives up", "why"],
    );
    for check in checks {
        let row = vec![
            check.section.into(),
            check.mechanism.name().into(),
            check.setting.clone().into(),
            one(check.error_percent),
        ];
        by_kind.entry((check.mechanism, check.section)).or_default().push(check.error_percent.abs());
        if check.error_percent.abs() > TOLERANCE {
            let why = why_off(check).unwrap_or("not explained");
            let patient = check.patient_percent.map_or(Cell::None, one);
            far.row(row.iter().cloned().chain([patient, why.into()]).collect());
        }
        all.row(row);
    }
    let mut summary = Table::new(
        "laws-summary",
        "Predictions by mechanism and section.",
        &["mechanism", "section", "predictions", "within 10 %", "median off by %", "worst off by %"],
    );
    let mut within = 0;
    for ((mechanism, section), mut errors) in by_kind {
        errors.sort_by(f64::total_cmp);
        let good = errors.partition_point(|error| *error <= TOLERANCE);
        within += good;
        summary.row(vec![
            mechanism.name().into(),
            section.into(),
            (errors.len() as u64).into(),
            (good as u64).into(),
            one(errors[errors.len() / 2]),
            one(errors.last().copied().unwrap_or(0.0)),
        ]);
    }
    Section {
        id: "laws",
        title: "Cost laws: prediction beside measurement",
        text: vec![
            format!(
                "Each mechanism has a law that says what an add must cost, from the round trip, the skew, the computing, the \
                 fsync, the users and the replicas alone; nothing in it is fitted. Of {} predictions {within} are within ten \
                 percent of the measured goodput or convergence time. The others are below, each with its reason.",
                checks.len()
            ),
            "CRDT and escrow: two deliveries and the fsync. Leader: the same, a round trip and two deliveries more. Quorum: as \
             the leader, one more round trip to a majority. Lock: a queue for each counter whose server is the hold (round \
             trip, computing, fsync), solved by mean value analysis. Optimistic: the time from read to swap is a dead time \
             in which everybody else who reads will fail, so that an attempt succeeds with probability one minus the rate \
             of changes times that time. Gossip: the exact mean of a random process of telling."
                .into(),
        ],
        pictures: Vec::new(),
        tables: vec![summary, far, all],
    }
}

/// Why a law is off by more than the tolerance, if that is known.
pub(super) fn why_off(check: &Check) -> Option<&'static str> {
    use Mechanism::{CrdtFull, LockFenced, LockUnfenced, Optimistic, Quorum};
    let users = |count: &str| check.setting.contains(&format!("{count} users"));
    Some(match (check.mechanism, check.section) {
        (Optimistic, "contention" | "crossover") if check.error_percent < 0.0 => {
            "An operation is given up after 4 s, and the user turns to another counter; the law lets everybody try until it \
             is done. Where waits come near 4 s, users leave the hottest counter, and more is done at the others. If nobody \
             gives up, nearly all users stand before the hottest counter, and their reads no longer come at random, as the \
             law takes them to: it then predicts a little too much."
        }
        (Optimistic, "contention") if users("2") || users("4") || users("8") => {
            "The law takes reads to come at random. With a few users on one counter they do not: who is refused reads again \
             at a time that the other's swap has set."
        }
        (LockFenced | LockUnfenced, "contention" | "crossover") => {
            "Mean value analysis with half a hold for the one in progress is an approximation for holds of constant \
             length: too careful where users are few or queues are short, and it knows no giving up after 4 s."
        }
        (Quorum, "durability") => {
            "The law adds up four waits behind a node's own disk as if they were independent. They are not: what one sync \
             releases arrives elsewhere in a bunch and shares the next one."
        }
        (CrdtFull, "convergence") => {
            "The mean of so few exponentially distributed waits is itself uncertain by several percent."
        }
        _ => return None,
    })
}
