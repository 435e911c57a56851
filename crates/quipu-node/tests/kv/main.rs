//! The counters over a store, each in a small world of its own over many seeds.
//!
//! A failure prints the seed, and the command that runs that seed alone.

mod check;
mod right;
mod store;
mod without;
mod world;

use crate::world::{Plan, Run};

/// Runs a plan over seeds (or the one in `QUIPU_SEED`), and returns those at which `complaints` has any.
fn failing_seeds(plan: &Plan, seeds: u64, complaints: impl Fn(&Run) -> Vec<String>) -> Vec<(u64, String)> {
    let chosen = std::env::var("QUIPU_SEED").ok().map(|seed| seed.parse().expect("QUIPU_SEED is a number"));
    let seeds = chosen.map_or(0..seeds, |seed| seed..seed + 1);
    let failing =
        seeds.filter_map(|seed| complaints(&plan.run(seed)).into_iter().next().map(|first| (seed, first)));
    failing.collect()
}

/// Demands that no seed has complaints.
#[track_caller]
fn assert_right(test: &str, plan: &Plan, seeds: u64, complaints: impl Fn(&Run) -> Vec<String>) {
    if let Some((seed, complaint)) = failing_seeds(plan, seeds, complaints).first() {
        panic!(
            "{} with seed {seed}: {complaint}\nreplay: QUIPU_SEED={seed} cargo test -p quipu-node --test kv {test}\n{plan:?}",
            plan.kind
        );
    }
}

/// Demands that at least so many of 100 seeds have complaints: what is wrong must be seen to be wrong.
#[track_caller]
fn assert_wrong(plan: &Plan, seeds: u64, per_cent: usize, complaints: impl Fn(&Run) -> Vec<String>) {
    let failing = failing_seeds(plan, seeds, complaints).len();
    let enough = failing * 100 >= per_cent * usize::try_from(seeds).expect("few seeds");
    assert!(
        enough || std::env::var("QUIPU_SEED").is_ok(),
        "only {failing} of {seeds} seeds failed: {plan:?}"
    );
}

/// Final reads, and every request answered in time.
fn finals(run: &Run) -> Vec<String> {
    let mut complaints = run.finals_out_of_bounds();
    complaints.extend(late(run));
    complaints
}

/// Every read within what real time allows, none before an earlier one, and every request answered in time.
fn linearizable(run: &Run) -> Vec<String> {
    let mut complaints = run.reads_out_of_bounds();
    complaints.extend(run.backward_reads(false));
    complaints.extend(late(run));
    complaints
}

/// Every read within what real time allows, for deltas of both signs; order cannot be judged then.
fn in_bounds(run: &Run) -> Vec<String> {
    let mut complaints = run.reads_out_of_bounds();
    complaints.extend(late(run));
    complaints
}

fn late(run: &Run) -> Option<String> {
    (run.late_replies > 0).then(|| format!("{} replies came too late", run.late_replies))
}
