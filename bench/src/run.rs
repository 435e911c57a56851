//! Takes the samples: round by round, library by library, so that a disturbance meets all of them alike.

use crate::measure::{Meter, median, processor_seconds};
use crate::row::{Entry, OURS, Role, Row, Sampler, Target, Unit};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Samples of each library at each work.
    pub rounds: usize,
    /// Measured processor time of a sample, in milliseconds.
    pub sample_milliseconds: f64,
    /// A library that has used this much processor time at a work takes no further sample there.
    pub seconds_at_most: f64,
}

/// A row, measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The table it stands in.
    pub group: &'static str,
    /// What was done.
    pub work: String,
    /// What was measured.
    pub unit: Unit,
    /// By whom.
    pub figures: Vec<Figure>,
    /// What ours was to reach.
    pub targets: Vec<Target>,
    /// Peers that failed or gave a wrong result, and how.
    pub failed: Vec<(&'static str, String)>,
}

/// What one library needed for one work.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The library.
    pub library: &'static str,
    /// What the figure stands for.
    pub role: Role,
    /// The median of the samples.
    pub median: f64,
    /// The smallest sample.
    pub lowest: f64,
    /// The largest sample.
    pub highest: f64,
    /// How many samples there are.
    pub samples: usize,
}

/// Measures one row. A peer that fails or gives a wrong result is left out and named; ours may not.
pub fn measure(row: Row, plan: &Plan, meter: &Meter) -> Result<Measured, String> {
    let Row { group, work, unit, entries, targets, .. } = row;
    let (mut running, mut failed) = (Vec::new(), Vec::new());
    for (place, entry) in entries.into_iter().enumerate() {
        let library = entry.library;
        match Running::new(place, entry) {
            Ok(entry) => running.push(entry),
            Err(error) => note_failure(&mut failed, library, error)?,
        }
    }
    for round in 0..plan.rounds {
        // Each round another one begins, so that nobody always runs after the same neighbour.
        let count = running.len().max(1);
        running.rotate_left(usize::from(round > 0).min(count - 1));
        let mut standing = Vec::with_capacity(count);
        for mut entry in running {
            match entry.sample(plan, meter) {
                Ok(()) => standing.push(entry),
                Err(error) => note_failure(&mut failed, entry.library, error)?,
            }
        }
        running = standing;
    }
    running.sort_by_key(|entry| entry.place);
    let figures = running.into_iter().map(Running::figure).collect();
    Ok(Measured { group, work, unit, figures, targets, failed })
}

fn note_failure(
    failed: &mut Vec<(&'static str, String)>,
    library: &'static str,
    error: String,
) -> Result<(), String> {
    if library == OURS {
        return Err(format!("{library}: {error}"));
    }
    failed.push((library, error));
    Ok(())
}

struct Running {
    place: usize,
    library: &'static str,
    role: Role,
    sampler: Sampler,
    samples: Vec<f64>,
    seconds: f64,
}

impl Running {
    fn new(place: usize, entry: Entry) -> Result<Self, String> {
        let sampler = (entry.prepare)()?;
        Ok(Self {
            place,
            library: entry.library,
            role: entry.role,
            sampler,
            samples: Vec::new(),
            seconds: 0.0,
        })
    }

    fn sample(&mut self, plan: &Plan, meter: &Meter) -> Result<(), String> {
        if !self.samples.is_empty() && self.seconds >= plan.seconds_at_most {
            return Ok(());
        }
        let begin = processor_seconds();
        self.samples.push((self.sampler)(meter)?);
        self.seconds += processor_seconds() - begin;
        Ok(())
    }

    fn figure(mut self) -> Figure {
        let median = median(&mut self.samples);
        let (lowest, highest) = (self.samples[0], self.samples[self.samples.len() - 1]);
        let samples = self.samples.len();
        Figure { library: self.library, role: self.role, median, lowest, highest, samples }
    }
}

impl Measured {
    /// The figure in a column.
    pub fn figure(&self, library: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.library == library)
    }

    /// Our figure.
    pub fn ours(&self) -> Option<&Figure> {
        self.figure(OURS)
    }

    /// The smallest figure among the peers; floors are no peers, and a lower bound counts as what it is at least.
    pub fn best_peer(&self) -> Option<&Figure> {
        let peers = self.figures.iter().filter(|figure| figure.library != OURS && figure.role != Role::Floor);
        peers.min_by(|one, other| one.median.total_cmp(&other.median))
    }

    /// How many times as much the best peer needs.
    pub fn ratio(&self) -> Option<f64> {
        let (ours, best) = (self.ours()?, self.best_peer()?);
        (ours.median > 0.0).then(|| best.median / ours.median)
    }

    /// True if all targets are met; `None` if there are none, or nothing of ours.
    pub fn is_met(&self) -> Option<bool> {
        self.ours()?;
        (!self.targets.is_empty()).then(|| self.targets.iter().all(|target| self.meets(*target)))
    }

    /// A target whose peer or floor is missing is missed.
    fn meets(&self, target: Target) -> bool {
        let Some(ours) = self.ours().map(|figure| figure.median) else { return false };
        let of = |library: &str| self.figure(library).map(|figure| figure.median);
        let best = || self.best_peer().map(|figure| figure.median);
        match target {
            Target::Fastest => best().is_some_and(|best| ours <= best * 1.02),
            Target::WithinBest(times) => best().is_some_and(|best| ours <= best * times),
            Target::WithinFloor(times, floor) => of(floor).is_some_and(|floor| ours <= floor * times),
            Target::AtMost(limit) => ours <= limit,
            Target::TimesLess(times, peer) => of(peer).is_some_and(|peer| ours * times <= peer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::sampler;

    fn row(ours: f64, peer: f64, floor: f64) -> Row {
        Row::new("group", "work", Unit::Time)
            .ours(move || sampler(move |_| Ok(ours)))
            .peer("peer", move || sampler(move |_| Ok(peer)))
            .floor("floor", move || sampler(move |_| Ok(floor)))
    }

    fn measured(row: Row) -> Measured {
        let plan = Plan { rounds: 3, sample_milliseconds: 1.0, seconds_at_most: 1.0 };
        measure(row, &plan, &Meter::new(1.0)).unwrap()
    }

    #[test]
    fn a_target_is_met_by_less_and_missed_by_more() {
        let met = |target| measured(row(10.0, 30.0, 6.0).target(target)).is_met();
        assert_eq!(met(Target::Fastest), Some(true));
        assert_eq!(met(Target::TimesLess(3.0, "peer")), Some(true));
        assert_eq!(met(Target::TimesLess(3.1, "peer")), Some(false));
        assert_eq!(met(Target::WithinFloor(2.0, "floor")), Some(true));
        assert_eq!(met(Target::WithinFloor(1.5, "floor")), Some(false));
        assert_eq!(met(Target::AtMost(9.9)), Some(false));
        assert_eq!(met(Target::TimesLess(1.0, "nobody")), Some(false));
        assert_eq!(measured(row(10.0, 30.0, 6.0)).is_met(), None);
    }

    #[test]
    fn a_floor_is_no_peer() {
        assert_eq!(measured(row(10.0, 30.0, 6.0)).ratio(), Some(3.0));
    }

    #[test]
    fn who_has_used_its_time_takes_no_further_sample() {
        let mut calls = 0;
        let slow = move |meter: &Meter| {
            calls += 1;
            Ok(meter.time_of(1, || (0..3_000_000_u64).map(std::hint::black_box).sum::<u64>())
                + f64::from(calls))
        };
        let row = Row::new("group", "work", Unit::Time).ours(move || sampler(slow));
        let plan = Plan { rounds: 5, sample_milliseconds: 0.1, seconds_at_most: 0.0 };
        let measured = measure(row, &plan, &Meter::new(0.1)).unwrap();
        assert_eq!(measured.figures[0].samples, 1);
    }

    #[test]
    fn a_peer_with_a_wrong_result_is_left_out_and_named_and_ours_stops_everything() {
        let plan = Plan { rounds: 2, sample_milliseconds: 1.0, seconds_at_most: 1.0 };
        let wrong = || Err("wrong result: 3".into());
        let row = row(10.0, 30.0, 6.0).peer("broken", wrong);
        let measured = measure(row, &plan, &Meter::new(1.0)).unwrap();
        assert_eq!(measured.failed, [("broken", "wrong result: 3".to_owned())]);
        assert_eq!(measured.ratio(), Some(3.0));
        let ours = Row::new("group", "work", Unit::Time).ours(wrong);
        assert_eq!(measure(ours, &plan, &Meter::new(1.0)).unwrap_err(), "quipu: wrong result: 3");
    }
}
