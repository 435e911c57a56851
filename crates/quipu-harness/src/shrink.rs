//! From a failing run to the shortest one that still fails: fewest faults, operations, final reads and nodes.
//!
//! A shorter run draws differently from the world's seed, so a candidate counts as failing if it fails for any of a
//! few world seeds; the seed for which it did is kept. Every step is a run of the real node in the real simulator.
//!
//! A run may fail by a coincidence that hardly another world has. If a part is dropped where that happens to return, what is left
//! fails more rarely still, and soon nothing can be dropped any more. So what is dropped first is what leaves a run failing in many
//! worlds: few seeds are tried for a candidate until nothing more can be dropped so, and only then many. A run that is still long after
//! many tries is replaced by others, drawn at ever lower rates: what can go wrong among many operations mostly can among few.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::check::Validity;
use crate::explore::{run_virtual, world_seed};
use crate::fault_nodes::{self, nodes_of};
use crate::operation::Action;
use crate::options::Options;
use crate::runner::{Plan, Script};
use crate::world::MakeNode;

/// A failing run in full: what the simulation is a function of.
#[derive(Clone, Debug, PartialEq)]
pub struct Failing {
    /// The test's options.
    pub options: Options,
    /// What happens.
    pub script: Script,
    /// The seed of the world.
    pub world_seed: u64,
    /// The kind of failure that is kept.
    pub kind: &'static str,
}

/// How far shrinking got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Runs made.
    pub runs: u64,
    /// True if the budget ended it rather than that nothing smaller fails.
    pub exhausted: bool,
}

/// World seeds tried per candidate, at first and at last. With the last number, a coin toss that fails once in ten is still found
/// with probability 0.998.
const TRIES: [u64; 3] = [5, 15, 60];

/// After so many runs, what has not become short fails by coincidence.
const PATIENCE: u64 = 2500;

/// Runs drawn at each rate, and how many operations are few enough.
const DRAWS: u64 = 60;
const FEW: usize = 10;

/// Shrinks `failing` until nothing smaller fails or `budget` runs are used up. `watch` sees each success.
pub fn shrink(
    failing: Failing,
    make: &MakeNode,
    budget: u64,
    watch: &mut dyn FnMut(&Failing, Effort),
) -> (Failing, Effort) {
    let at_first = budget.min(PATIENCE);
    let mut search = Search { best: failing, make, budget: at_first, runs: 0, tries: TRIES[0], watch };
    search.drop_all_that_can_be();
    if search.exhausted() {
        search.budget = budget;
        search.draw_sparser();
        search.drop_all_that_can_be();
    }
    search.budget = budget;
    for tries in &TRIES[1..] {
        search.tries = *tries;
        search.drop_all_that_can_be();
    }
    let effort = search.effort();
    (search.best, effort)
}

struct Search<'a> {
    best: Failing,
    make: &'a MakeNode,
    budget: u64,
    runs: u64,
    /// World seeds tried per candidate.
    tries: u64,
    watch: &'a mut dyn FnMut(&Failing, Effort),
}

impl Search<'_> {
    /// Replaces the run by one of half the rate that fails in the same way, as long as one is found.
    fn draw_sparser(&mut self) {
        while self.best.script.operations.len() > FEW && self.draw_at(self.best.options.rate / 2.0) {}
    }

    fn draw_at(&mut self, rate: f64) -> bool {
        let seed = self.best.options.seed;
        for draw in 1..=DRAWS {
            if self.exhausted() {
                return false;
            }
            self.runs += 1;
            let options = Options { rate, seed: seed.wrapping_add(draw), ..self.best.options.clone() };
            let world_seed = world_seed(options.seed);
            let Ok((run, checked)) = run_virtual(&options, &Plan::Random, world_seed, self.make, false)
            else {
                continue;
            };
            if checked.verdict == Validity::Invalid && checked.kinds.contains(&self.best.kind) {
                // It still belongs to the seed that it was found for.
                let options = Options { seed, ..options };
                self.best = Failing { options, script: run.script(), world_seed, kind: self.best.kind };
                let effort = self.effort();
                (self.watch)(&self.best, effort);
                return true;
            }
        }
        false
    }

    fn drop_all_that_can_be(&mut self) {
        loop {
            let before = self.best.clone();
            self.drop_chances();
            self.drop_faults();
            self.drop_final_reads();
            self.drop_operations();
            self.drop_nodes();
            self.simplify();
            if self.best == before || self.exhausted() {
                break;
            }
        }
    }

    /// Keeps the candidate if it fails in the same way.
    fn accept(&mut self, options: Options, script: Script) -> bool {
        if (&options, &script) == (&self.best.options, &self.best.script) {
            return false;
        }
        let plan = Plan::Script(script.clone());
        for attempt in 0..self.tries {
            if self.exhausted() {
                return false;
            }
            self.runs += 1;
            let world_seed = self.best.world_seed.wrapping_add(attempt);
            let Ok((_, checked)) = run_virtual(&options, &plan, world_seed, self.make, false) else {
                continue;
            };
            if checked.verdict == Validity::Invalid && checked.kinds.contains(&self.best.kind) {
                self.best = Failing { options, script, world_seed, kind: self.best.kind };
                let effort = self.effort();
                (self.watch)(&self.best, effort);
                return true;
            }
        }
        false
    }

    const fn exhausted(&self) -> bool {
        self.runs >= self.budget
    }

    const fn effort(&self) -> Effort {
        Effort { runs: self.runs, exhausted: self.exhausted() }
    }

    fn with_script(&mut self, change: impl FnOnce(&mut Script)) -> bool {
        let mut script = self.best.script.clone();
        change(&mut script);
        self.accept(self.best.options.clone(), script)
    }

    fn with_options(&mut self, change: impl FnOnce(&mut Options)) -> bool {
        let mut options = self.best.options.clone();
        change(&mut options);
        self.accept(options, self.best.script.clone())
    }

    fn drop_chances(&mut self) {
        self.with_options(|options| (options.loss, options.duplicate) = (0.0, 0.0));
        self.with_options(|options| options.loss = 0.0);
        self.with_options(|options| options.duplicate = 0.0);
        self.with_options(|options| {
            options.latency = 0;
            options.latency_dist = crate::options::LatencyDistribution::Constant;
        });
    }

    fn drop_faults(&mut self) {
        self.drop_from(|script| script.faults.len(), |script, from, to| drop(script.faults.drain(from..to)));
    }

    fn drop_final_reads(&mut self) {
        self.drop_from(
            |script| script.final_reads.len(),
            |script, from, to| drop(script.final_reads.drain(from..to)),
        );
    }

    fn drop_operations(&mut self) {
        self.drop_from(
            |script| script.operations.len(),
            |script, from, to| drop(script.operations.drain(from..to)),
        );
    }

    /// Delta debugging: drops ever smaller pieces of a list, from its end, while the rest still fails.
    fn drop_from(&mut self, len: fn(&Script) -> usize, drop_range: fn(&mut Script, usize, usize)) {
        let mut piece = len(&self.best.script);
        while piece > 0 && !self.exhausted() {
            let mut end = len(&self.best.script);
            while end > 0 {
                let start = end.saturating_sub(piece);
                self.with_script(|script| drop_range(script, start, end));
                end = start;
            }
            piece /= 2;
        }
    }

    /// Leaves out the nodes that no operation, final read or fault names, and renumbers the rest.
    fn drop_nodes(&mut self) {
        let Failing { options, script, .. } = &self.best;
        let workers =
            || script.operations.iter().map(|op| op.worker).chain(script.final_reads.iter().copied());
        let mut used: Vec<u16> = workers().map(|worker| options.node_of(worker)).collect();
        used.extend(script.faults.iter().flat_map(|timed| nodes_of(&timed.fault)));
        used.sort_unstable();
        used.dedup();
        let renumbered: BTreeMap<u16, u16> = used.iter().copied().zip(0..).collect();
        let count = u16::try_from(used.len().max(1)).unwrap_or(u16::MAX);
        if count >= options.node_count {
            return;
        }
        // The j-th worker of a node becomes the j-th worker of the renumbered node.
        let old_count = u32::from(options.node_count);
        let worker =
            |old: u32| u32::from(renumbered[&options.node_of(old)]) + old / old_count * u32::from(count);
        let mut smaller = script.clone();
        smaller.operations.iter_mut().for_each(|op| op.worker = worker(op.worker));
        smaller.final_reads.iter_mut().for_each(|reader| *reader = worker(*reader));
        smaller
            .faults
            .iter_mut()
            .for_each(|timed| timed.fault = fault_nodes::renumbered(&timed.fault, &renumbered));
        let concurrency = workers().map(worker).max().map_or(1, |last| last + 1).max(u32::from(count));
        let options = Options { node_count: count, concurrency, ..options.clone() };
        self.accept(options, smaller);
    }

    /// Rounder numbers: operations one after the other, deltas of 1, no needless waiting.
    fn simplify(&mut self) {
        if self.best.script.faults.is_empty() {
            self.with_script(|script| {
                for (index, operation) in script.operations.iter_mut().enumerate() {
                    operation.at = Duration::from_millis(20 * index as u64);
                }
            });
        }
        for index in 0..self.best.script.operations.len() {
            if matches!(self.best.script.operations[index].action, Action::Add(delta) if delta != 1) {
                self.with_script(|script| script.operations[index].action = Action::Add(1));
            }
        }
        let end = self.best.script.operations.last().map_or(Duration::ZERO, |last| last.at);
        let last_fault = self.best.script.faults.last().map_or(Duration::ZERO, |last| last.at);
        let seconds = end.max(last_fault).as_secs() + 1;
        if seconds < self.best.options.time_limit {
            self.with_options(|options| options.time_limit = seconds);
        }
    }
}
