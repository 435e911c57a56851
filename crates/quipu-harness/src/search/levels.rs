//! The search through all executions of one program, step by step.

use std::collections::BTreeMap;

use super::property::{complaint, sums_read};
use super::tell::tell;
use super::world::{Global, Step, World};
use super::{Census, NODES_MAX, Unsearchable, Verdict};

/// The search; it looks only for executions of fewer than `below` steps.
pub(super) struct Levels<'l, 'w, 'a> {
    pub(super) world: World<'w, 'a>,
    pub(super) census: &'l mut Census,
    pub(super) below: usize,
    pub(super) watch: &'l mut dyn FnMut(&Census),
}

/// All states that are reached in the same number of steps. No state is reached in two numbers of steps, since each step
/// is one more input of a node, or one more question carried out.
type Level = BTreeMap<Global, Met>;

/// A state that was reached.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    /// In how many ways.
    ways: u128,
    /// For each node the tidiest way whose last step is about it, by its place in [`Ways`].
    tidiest: [Option<u32>; NODES_MAX],
    /// True if a client was answered in the last step. Nothing else can make an execution wrong.
    is_new: bool,
}

/// Ways to states, as a tree.
struct Ways(Vec<Way>);

#[derive(Clone, Copy, Debug)]
struct Way {
    from: Option<u32>,
    step: Step,
    /// How often it goes from one node to another: of ways as long as one another, the one that jumps less makes the
    /// better story.
    jumps: u32,
}

/// How many states pass between two reports.
const WATCH_EVERY: u64 = 4096;

impl Levels<'_, '_, '_> {
    pub(super) fn run(mut self) -> Result<Verdict, Unsearchable> {
        let mut ways = Ways(Vec::new());
        let mut level = Level::from([(self.world.first()?, Met { ways: 1, ..Met::default() })]);
        let mut steps = 1;
        while !level.is_empty() && steps < self.below {
            let mut next = Level::new();
            for (global, met) in level {
                if self.census.states == self.world.bounds.states {
                    return Ok(Verdict::GivenUp);
                }
                self.go_on(&global, met, &mut ways, &mut next)?;
            }
            if let Some((way, complaint)) = self.tidiest_wrong(&next, &ways) {
                return tell(&mut self.world, &ways.path(way), complaint).map(Verdict::Wrong);
            }
            level = next;
            steps += 1;
        }
        Ok(Verdict::Right)
    }

    /// Takes a state into account, and all that can follow on it.
    fn go_on(
        &mut self,
        global: &Global,
        met: Met,
        ways: &mut Ways,
        next: &mut Level,
    ) -> Result<(), Unsearchable> {
        self.census.states += 1;
        if self.census.states.is_multiple_of(WATCH_EVERY) {
            (self.watch)(self.census);
        }
        let steps = self.world.next(global)?;
        if steps.is_empty() {
            let locals = self.world.locals(global);
            let is_cut = locals.iter().any(|local| local.has_timer());
            self.census.executions = self.census.executions.saturating_add(met.ways);
            self.census.cut = self.census.cut.saturating_add(if is_cut { met.ways } else { 0 });
            self.census.reads += sums_read(&locals);
        }
        for (step, after) in steps {
            let node = usize::from(step.node());
            let known = next.entry(after).or_default();
            known.ways = known.ways.saturating_add(met.ways);
            known.is_new |= self.world.has_replied(global, &after, node);
            ways.go_on(&met.tidiest, step, &mut known.tidiest[node])?;
        }
        Ok(())
    }

    /// The tidiest way to a state that is wrong, and what is wrong.
    fn tidiest_wrong(&self, level: &Level, ways: &Ways) -> Option<(u32, String)> {
        let wrong = level.iter().filter(|(_, met)| met.is_new).filter_map(|(global, met)| {
            let world = &self.world;
            let text = complaint(world.program, &world.locals(global), global.before, world.property)?;
            Some((ways.tidiest(&met.tidiest)?, text))
        });
        wrong.min_by_key(|(way, _)| ways.jumps(*way))
    }
}

impl Ways {
    /// Goes on with `step` from one of these ways, and takes that for `known` if it is tidier.
    fn go_on(
        &mut self,
        from: &[Option<u32>; NODES_MAX],
        step: Step,
        known: &mut Option<u32>,
    ) -> Result<(), Unsearchable> {
        let jumps = |from: u32| {
            let way = &self.0[from as usize];
            way.jumps + u32::from(way.step.node() != step.node())
        };
        let best = from.iter().flatten().map(|from| (jumps(*from), Some(*from))).min();
        let (jumps, from) = best.unwrap_or_default();
        let way = Way { from, step, jumps };
        match *known {
            Some(known) if self.jumps(known) <= jumps => {}
            Some(known) => self.0[known as usize] = way,
            None => {
                *known = Some(u32::try_from(self.0.len()).map_err(|_| Unsearchable::TooManyHistories)?);
                self.0.push(way);
            }
        }
        Ok(())
    }

    fn tidiest(&self, ways: &[Option<u32>; NODES_MAX]) -> Option<u32> {
        ways.iter().flatten().copied().min_by_key(|way| self.jumps(*way))
    }

    fn jumps(&self, way: u32) -> u32 {
        self.0[way as usize].jumps
    }

    fn path(&self, end: u32) -> Vec<Step> {
        let mut path = Vec::new();
        let mut at = Some(end);
        while let Some(way) = at.map(|at| self.0[at as usize]) {
            path.push(way.step);
            at = way.from;
        }
        path.reverse();
        path
    }
}
