//! A stock that must not be oversold, while the network is cut in two.

use std::time::Duration;

use quipu_sim::{Fault, Partition};

use super::{Section, Sweeps};
use crate::load::{Load, Pace};
use crate::mechanism::Mechanism;
use crate::setup::Setup;
use crate::table::{Table, one};

fn load(stock: i64, partition: bool, skewed: bool) -> Load {
    let mut faults = Vec::new();
    if partition {
        faults.push((Duration::from_secs(2), Fault::Partition(Partition::isolating(&[3, 4], 5))));
        faults.push((Duration::from_secs(12), Fault::Heal));
    }
    Load {
        // One user alone is at n1: all the demand is at one node, and three quarters of the stock are elsewhere.
        clients: if skewed { 1 } else { 16 },
        keys: 1,
        change: -1,
        stock,
        pace: Pace::Open(Duration::from_millis(if skewed { 31 } else { 500 })),
        operations: usize::MAX,
        duration: Duration::from_secs(20),
        faults,
        quiet: Duration::from_secs(20),
        ..Load::default()
    }
}

pub(super) fn sale(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("stock");
    let setup = Setup { patience: Duration::from_secs(1), ..Setup::default() };
    let mut table = Table::new(
        "stock",
        "200 units, put in equal parts at four nodes; about 640 users want one each within 20 s. In the partition two of \
         the nodes are cut off from the home from second 2 to 12.",
        &[
            "mechanism",
            "partition",
            "demand",
            "sold",
            "oversold",
            "left",
            "refused while some was left",
            "unknown",
            "requests for rights",
            "half sold after s",
        ],
    );
    let mut oversold = 0;
    for skewed in [false, true] {
        for partition in [false, true] {
            for mechanism in super::offered() {
                let sample = sweeps.look(mechanism, &setup, &load(200, partition, skewed), false);
                let verdict = &sample.verdict;
                let mut sales: Vec<f64> = Vec::new();
                for done in &sample.history.done {
                    if matches!(done.outcome, crate::Outcome::Done(_)) {
                        sales.push(done.ended.since(sample.history.began).as_secs_f64());
                    }
                }
                if partition && mechanism == Mechanism::CrdtDelta {
                    oversold = oversold.max(verdict.oversold);
                }
                table.row(vec![
                    mechanism.name().into(),
                    if partition { "yes" } else { "no" }.into(),
                    if skewed { "at one node" } else { "even" }.into(),
                    verdict.accepted.into(),
                    verdict.oversold.into(),
                    verdict.left.into(),
                    verdict.failed.into(),
                    verdict.unknown.into(),
                    sample.history.tally.rights_wanted.into(),
                    sales.get(99).map_or(crate::table::Cell::None, |second| one(*second)),
                ]);
            }
        }
    }
    Section {
        id: "stock",
        title: "A stock that must not go below zero",
        text: vec![
            format!(
                "A replicated counter that looks before it sells oversells whenever two sides look at once: {oversold} units \
                 beyond 200 in the partition. Escrow sells exactly what there is: a node sells what it holds the rights to, \
                 in a partition too, and refuses beyond that although others may hold some. Those units are stranded until \
                 rights can travel. The coordinated never oversell, and refuse whoever cannot reach them."
            ),
            "Refused while some was left: for escrow, the node had too few rights and asked for more; for the others, the \
             home did not answer in time."
                .into(),
        ],
        pictures: Vec::new(),
        tables: vec![table],
    }
}
