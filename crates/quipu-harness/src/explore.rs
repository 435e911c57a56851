//! Thousands of seeds: how often does a node fail, and how?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::check::{Checked, Validity, check};
use crate::mistake::MistakeKind;
use crate::options::Options;
use crate::runner::{Plan, Progress, Run, SetupError, run};
use crate::world::{MakeNode, VirtualWorld};

/// What an exploration found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exploration {
    /// Seeds run.
    pub seeds: u64,
    /// Runs whose verdict is invalid.
    pub failures: u64,
    /// Runs whose verdict is unknown.
    pub unknown: u64,
    /// Runs in which a check of every read, or a missing final read, was violated, whether it counted or not.
    pub read_violations: u64,
    /// Failed runs by kind; a run may be of several.
    pub kinds: BTreeMap<&'static str, u64>,
    /// The lowest failing seed.
    pub first_failure: Option<u64>,
    /// Final reads with an answer, and how many of them were not acceptable (counters only).
    pub final_reads: (u64, u64),
    /// Operations, and messages between nodes and services, summed over all runs.
    pub operations: u64,
    /// Messages between nodes, and between nodes and services.
    pub server_messages: u64,
    /// Operations that succeeded, summed over all runs.
    pub ok_operations: u64,
    /// Runs in which a node made a mistake, by kind; only child processes can.
    pub mistakes: BTreeMap<MistakeKind, u64>,
}

/// The judgement of one seed's run.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What the checks say.
    pub checked: Checked,
    /// The number of operations.
    pub operations: u64,
    /// Messages between nodes and services.
    pub server_messages: u64,
    /// Final reads with an answer, and those not acceptable.
    pub final_reads: (u64, u64),
    /// The kinds of mistakes that nodes made.
    pub mistakes: BTreeSet<MistakeKind>,
}

/// Runs one seed of a built-in node in virtual time.
pub fn run_virtual(
    options: &Options,
    plan: &Plan,
    world_seed: u64,
    make: &MakeNode,
    trace: bool,
) -> Result<(Run, Checked), SetupError> {
    run_virtual_watched(options, plan, world_seed, make, trace, &mut |_| {})
}

/// The same, telling `watch` how it goes on: for single runs, which may be long.
pub fn run_virtual_watched(
    options: &Options,
    plan: &Plan,
    world_seed: u64,
    make: &MakeNode,
    trace: bool,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<(Run, Checked), SetupError> {
    let mut world = VirtualWorld::new(options, world_seed, make, trace);
    let run = run(options, plan, &mut world, watch)?;
    let checked = check(options, &run.history);
    Ok((run, checked))
}

/// The seed of the simulated world that belongs to a test's seed.
///
/// Different from it, so that the world's draws do not repeat the workload's.
pub const fn world_seed(seed: u64) -> u64 {
    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5157_4950_5500_0001
}

impl Judged {
    /// What matters of a run for an exploration.
    pub fn of(run: &Run, checked: Checked) -> Self {
        let count = |key: &str| {
            checked.workload().details.get(key).and_then(|list| list.as_array()).map_or(0, Vec::len)
        };
        let final_reads = (count("final-reads") as u64, count("errors") as u64);
        Self {
            operations: run.history.len() as u64,
            server_messages: run.network.servers.msg_count,
            final_reads,
            mistakes: run.mistakes.iter().map(|mistake| mistake.kind).collect(),
            checked,
        }
    }
}

/// Runs the seeds `first..first + seeds` on `jobs` threads; `judge` runs one. `watch` is told after each seed.
///
/// The result does not depend on the number of threads. The first error of `judge` ends it.
pub fn explore<E: Send>(
    first: u64,
    seeds: u64,
    jobs: usize,
    judge: &(dyn Fn(u64) -> Result<Judged, E> + Sync),
    watch: &(dyn Fn(&Exploration) + Sync),
) -> Result<Exploration, E> {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let total = Mutex::new((Exploration::default(), None));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let offset = next.fetch_add(1, Ordering::Relaxed);
                    if offset >= seeds {
                        break;
                    }
                    let seed = first.wrapping_add(offset);
                    let judged = judge(seed);
                    let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match judged {
                        Ok(judged) => total.0.add(seed, &judged),
                        Err(error) => {
                            stop.store(true, Ordering::Relaxed);
                            total.1.get_or_insert(error);
                        }
                    }
                    watch(&total.0);
                }
            });
        }
    });
    let (exploration, error) = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    error.map_or(Ok(exploration), Err)
}

impl Exploration {
    /// Takes one seed's judgement into account.
    pub fn add(&mut self, seed: u64, judged: &Judged) {
        self.seeds += 1;
        match judged.checked.verdict {
            Validity::Valid => {}
            Validity::Unknown => self.unknown += 1,
            Validity::Invalid => {
                self.failures += 1;
                self.first_failure = Some(self.first_failure.map_or(seed, |first| first.min(seed)));
                for kind in &judged.checked.kinds {
                    *self.kinds.entry(kind).or_default() += 1;
                }
            }
        }
        self.read_violations += u64::from(judged.checked.reads.iter().any(|check| check.violations > 0));
        self.final_reads.0 += judged.final_reads.0;
        self.final_reads.1 += judged.final_reads.1;
        self.operations += judged.operations;
        self.server_messages += judged.server_messages;
        self.ok_operations += judged.checked.stats.all.ok;
        for kind in &judged.mistakes {
            *self.mistakes.entry(*kind).or_default() += 1;
        }
    }

    /// The share of failed runs.
    pub fn failure_rate(&self) -> f64 {
        if self.seeds == 0 { 0.0 } else { self.failures as f64 / self.seeds as f64 }
    }

    /// The share of operations that succeeded, over all runs; 1 if there were none.
    pub fn availability(&self) -> f64 {
        if self.operations == 0 { 1.0 } else { self.ok_operations as f64 / self.operations as f64 }
    }

    /// Messages between nodes and services per operation, over all runs.
    pub fn messages_per_operation(&self) -> f64 {
        if self.operations == 0 { 0.0 } else { self.server_messages as f64 / self.operations as f64 }
    }
}
