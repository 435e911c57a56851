//! The sweeps: what is varied, measured, predicted and told, section by section.

mod anomalies;
mod bytes;
mod contention;
mod latency;
mod locks;
mod partition;
mod space;
mod spread;
mod stock;

use std::time::Duration;

use crate::law::{Prediction, error_percent, predict};
use crate::load::Load;
use crate::mechanism::Mechanism;
use crate::oracle::{Speed, Verdict};
use crate::plot::Picture;
use crate::run::{History, Plan};
use crate::setup::Setup;
use crate::table::Table;

/// A law is right if it is within this, in percent.
pub(crate) const TOLERANCE: f64 = 10.0;

/// A section of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its name in links.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What is to be learnt, in paragraphs.
    pub text: Vec<String>,
    /// Its pictures.
    pub pictures: Vec<Picture>,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// How much of the study is done, and what it has found about the laws so far.
pub struct Sweeps<'a> {
    quick: bool,
    runs: u64,
    progress: &'a mut dyn FnMut(u64, &str),
    section: &'static str,
    checks: Vec<Check>,
}

/// A prediction held against its measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// In which section.
    pub section: &'static str,
    /// Whose law.
    pub mechanism: Mechanism,
    /// What was set, in words.
    pub setting: String,
    /// How far the law is off, in percent of the measurement.
    pub error_percent: f64,
    /// The same where nobody ever gives up, tried if giving up may be why the law is off.
    pub patient_percent: Option<f64>,
}

/// One run and what it is worth.
pub(crate) struct Sample {
    pub(crate) history: History,
    pub(crate) speed: Speed,
    pub(crate) verdict: Verdict,
    pub(crate) law: Prediction,
    pub(crate) error: f64,
}

/// All that the sweeps found.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The sections in their order.
    pub sections: Vec<Section>,
    /// All predictions beside their measurements.
    pub checks: Vec<Check>,
    /// How many runs it took.
    pub runs: u64,
}

/// Carries out all sweeps; `progress` hears the number of runs so far and what is being measured. Quick ones are a fixed
/// subset with shorter runs.
pub fn run_all(quick: bool, progress: &mut dyn FnMut(u64, &str)) -> Study {
    let mut sweeps = Sweeps { quick, runs: 0, progress, section: "", checks: Vec::new() };
    let all: [fn(&mut Sweeps<'_>) -> Section; 10] = [
        latency::round_trips,
        latency::durability,
        contention::goodput,
        contention::crossover,
        locks::expiry,
        partition::accepted,
        anomalies::per_million,
        spread::convergence,
        bytes::on_the_wire,
        space::and_registers,
    ];
    let mut sections: Vec<Section> = all.iter().map(|sweep| sweep(&mut sweeps)).collect();
    sections.insert(6, stock::sale(&mut sweeps));
    Study { sections, checks: sweeps.checks, runs: sweeps.runs }
}

impl Sweeps<'_> {
    /// The whole grid, or its quick subset: the first, the middle and the last.
    pub(crate) fn grid<T: Clone>(&self, all: &[T]) -> Vec<T> {
        if !self.quick || all.len() <= 3 {
            return all.to_vec();
        }
        [0, all.len() / 2, all.len() - 1].iter().map(|index| all[*index].clone()).collect()
    }

    /// So many operations, or a quarter.
    pub(crate) const fn operations(&self, full: usize) -> usize {
        if self.quick { full / 4 } else { full }
    }

    /// Runs one plan without holding a law against it.
    pub(crate) fn look(&mut self, mechanism: Mechanism, setup: &Setup, load: &Load, weigh: bool) -> Sample {
        self.runs += 1;
        let section = self.section;
        (self.progress)(self.runs, &format!("{section}: {}", mechanism.title()));
        // The seed is the same everywhere: mechanisms meet the same users in the same order.
        let plan = Plan { mechanism, setup: setup.clone(), load: load.clone(), seed: 1, weigh };
        let history = plan.run();
        let (speed, verdict) = (Speed::of(&history), Verdict::of(&history));
        let law = predict(mechanism, setup, load);
        let error = error_percent(law.goodput, speed.goodput);
        Sample { history, speed, verdict, law, error }
    }

    /// Runs one plan of adds and holds its law against it.
    pub(crate) fn measure(
        &mut self,
        mechanism: Mechanism,
        setup: &Setup,
        load: &Load,
        setting: String,
    ) -> Sample {
        let sample = self.look(mechanism, setup, load, false);
        // The law knows no giving up. Where less is predicted than done, the same is tried without it, for long enough that
        // the hottest counter has its line.
        let may_be_patience = mechanism == Mechanism::Optimistic && sample.error < -TOLERANCE;
        let patient_percent = may_be_patience.then(|| {
            let setup = Setup { patience: Duration::from_hours(1), ..setup.clone() };
            let load = Load { duration: 10 * load.duration, ..load.clone() };
            self.look(mechanism, &setup, &load, false).error
        });
        let (section, error_percent) = (self.section, sample.error);
        self.checks.push(Check { section, mechanism, setting, error_percent, patient_percent });
        sample
    }

    pub(crate) fn begin(&mut self, section: &'static str) {
        self.section = section;
    }

    /// Takes note of a law that is not one of the cost of an add.
    pub(crate) fn check(
        &mut self,
        mechanism: Mechanism,
        setting: String,
        predicted: f64,
        measured: f64,
    ) -> f64 {
        let error_percent = error_percent(predicted, measured);
        let (section, patient_percent) = (self.section, None);
        self.checks.push(Check { section, mechanism, setting, error_percent, patient_percent });
        error_percent
    }
}

/// The colour of a mechanism: its place among all.
pub(crate) fn colour(mechanism: Mechanism) -> usize {
    Mechanism::ALL.iter().position(|other| *other == mechanism).unwrap_or(0)
}

/// All but the control: it has nothing to offer that is worth its speed.
pub(crate) fn offered() -> impl Iterator<Item = Mechanism> {
    Mechanism::ALL.into_iter().filter(|mechanism| *mechanism != Mechanism::Blind)
}
