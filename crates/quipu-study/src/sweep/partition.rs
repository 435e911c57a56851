//! Who is served while the network is cut in two.

use std::time::Duration;

use quipu_sim::{Fault, Partition};

use super::{Section, Sweeps, colour};
use crate::load::{Load, Pace};
use crate::mechanism::Mechanism;
use crate::plot::{Axes, Line, Picture, lines};
use crate::request::Outcome;
use crate::run::Done;
use crate::setup::Setup;
use crate::table::{Table, one};

const CUT: u64 = 10;
const HEALED: u64 = 20;
const END: u64 = 30;

fn load(cut_off: &[u16]) -> Load {
    Load {
        clients: 16,
        keys: 16,
        pace: Pace::Open(Duration::from_millis(100)),
        operations: usize::MAX,
        duration: Duration::from_secs(END),
        faults: vec![
            (Duration::from_secs(CUT), Fault::Partition(Partition::isolating(cut_off, 5))),
            (Duration::from_secs(HEALED), Fault::Heal),
        ],
        quiet: Duration::from_secs(20),
        ..Load::default()
    }
}

/// The share of operations begun in a span that were done, in percent, of the users at some nodes.
fn share(done: &[Done], began: quipu_node::Time, (from, to): (f64, f64), at: impl Fn(u16) -> bool) -> f64 {
    let (mut started, mut accepted) = (0, 0);
    for operation in done.iter().filter(|done| at(done.node)) {
        let second = operation.invoked.since(began).as_secs_f64();
        if second >= from && second < to {
            started += 1;
            accepted += u32::from(matches!(operation.outcome, Outcome::Done(_)));
        }
    }
    100.0 * f64::from(accepted) / f64::from(started.max(1))
}

pub(super) fn accepted(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("partition");
    let setup = Setup { patience: Duration::from_secs(1), ..Setup::default() };
    let mut table = Table::new(
        "partition",
        "Share of adds done while the partition lasts (10 s), by side; the whole run is judged after it has healed.",
        &[
            "mechanism",
            "cut off from the home",
            "home's side %",
            "other side %",
            "all sides %",
            "unknown outcomes",
            "lost",
            "healed after s",
        ],
    );
    let mut series = Table::new(
        "partition-by-second",
        "The same by second.",
        &["mechanism", "cut off from the home", "second", "home's side %", "other side %"],
    )
    .in_file_only();
    let mut pictured = Vec::new();
    for (cut_off, name) in [(&[3_u16, 4][..], "2 of 5"), (&[2, 3, 4][..], "3 of 5")] {
        let away = |node: u16| cut_off.contains(&node);
        for mechanism in super::offered() {
            let sample = sweeps.look(mechanism, &setup, &load(cut_off), false);
            let (done, began) = (&sample.history.done, sample.history.began);
            let during = (CUT as f64, HEALED as f64 - 1.0);
            let mut points = Vec::new();
            for half in 0..2 * END {
                let span = (half as f64 / 2.0, half as f64 / 2.0 + 0.5);
                points.push((span.0, share(done, began, span, away)));
                series.row(vec![
                    mechanism.name().into(),
                    name.into(),
                    one(span.0),
                    one(share(done, began, span, |node| !away(node))),
                    one(share(done, began, span, away)),
                ]);
            }
            let (cut, end) = (CUT as f64, END as f64);
            let refused =
                points.iter().rposition(|(second, share)| *second >= cut && *second < end && *share < 99.0);
            let healed = refused.map_or(0.0, |at| (points[at].0 + 0.5 - HEALED as f64).max(0.0));
            table.row(vec![
                mechanism.name().into(),
                name.into(),
                one(share(done, began, during, |node| !away(node))),
                one(share(done, began, during, away)),
                one(share(done, began, during, |_| true)),
                sample.verdict.unknown.into(),
                sample.verdict.lost.into(),
                one(healed),
            ]);
            if Mechanism::DRAWN.contains(&mechanism) && cut_off.len() == 3 {
                pictured.push((mechanism, done.clone(), began));
            }
        }
    }
    Section {
        id: "partition",
        title: "Partition: who is served, and what is lost",
        text: text(),
        pictures: vec![picture(&pictured)],
        tables: vec![table, series],
    }
}

fn picture(pictured: &[(Mechanism, Vec<Done>, quipu_node::Time)]) -> Picture {
    let all = pictured.iter().map(|(mechanism, done, began)| {
        let points = (0..2 * END).map(|half| {
            let second = half as f64 / 2.0;
            (second, share(done, *began, (second, second + 0.5), |_| true))
        });
        Line::new(mechanism.title(), colour(*mechanism), points.collect())
    });
    let axes = Axes {
        title: "Accepted share while three of five nodes are cut off from the home",
        x: "time at which the add began (s)",
        y: "adds done (%)",
        marked: Some((CUT as f64, HEALED as f64, "partition")),
        ..Axes::default()
    };
    let caption = "Share of adds done over time: replicated counters serve everybody throughout; optimistic, lock and \
                   leader only the home's side (a quarter of the users); the quorum nobody, because its leader has no \
                   majority.";
    lines("partition", caption, &axes, &all.collect::<Vec<_>>())
}

fn text() -> Vec<String> {
    vec![
        "Every user asks ten times a second, answered or not, and an operation is given up after a second. Users are at \
         n1 to n4; the home is n0. Once n3 and n4 are cut off from it, once n2, n3 and n4."
            .into(),
        "Nothing that was acknowledged is lost by any of them. What a partition costs the coordinated is service: whoever \
         cannot reach the home gets nothing. And it matters what was sent before the silence: leader and quorum send the \
         change itself, so that every add on the wrong side ends with the worst of answers, unknown; optimistic and lock ask \
         before they change, so that nearly all of theirs certainly did not happen, and can be tried again."
            .into(),
        "A quorum whose leader is in the minority serves nobody; a real one would choose another leader on the other side \
         after a time-out, which is left out here. Then the other side is served and the home's is not: one side at most, \
         never both."
            .into(),
    ]
}
