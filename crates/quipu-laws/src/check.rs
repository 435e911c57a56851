//! Random executions, as many as asked for.

use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::execution::{Execution, Tally};
use crate::law::{Broken, Law};
use crate::shrink::shrink;
use crate::step::{Step, script};
use crate::{Failure, Random, Subject, Weights};

/// Which executions are run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seed of the first execution; the next one has the next seed.
    pub seed: u64,
    /// How many.
    pub executions: u64,
    /// Each has up to this many steps.
    pub steps: usize,
    /// Each has this many replicas, 2 to 7.
    pub replicas: u8,
    /// How often each kind of step is drawn.
    pub weights: Weights,
    /// Whether the states reached are held against the laws of one, two and three states at the end. It is most of the
    /// work; without it, what is checked is each step, and the last exchange of everything.
    pub laws_on_states: bool,
    /// What `cargo test` needs beside the names of package and test to run these tests again: `--features serde`, say.
    pub arguments: &'static str,
}

impl Default for Settings {
    /// A thousand executions of up to 40 steps of three replicas, with all laws.
    fn default() -> Self {
        Self {
            seed: 2018,
            executions: 1000,
            steps: 40,
            replicas: 3,
            weights: Weights::default(),
            laws_on_states: true,
            arguments: "",
        }
    }
}

impl Settings {
    /// The default, with `QUIPU_LAWS_SEED` and `QUIPU_LAWS_EXECUTIONS` of the environment put in.
    pub fn from_environment() -> Self {
        Self::default().or_from_environment()
    }

    /// These, with `QUIPU_LAWS_SEED` and `QUIPU_LAWS_EXECUTIONS` of the environment put in.
    #[must_use]
    pub fn or_from_environment(self) -> Self {
        let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
        Self {
            seed: number("QUIPU_LAWS_SEED").unwrap_or(self.seed),
            executions: number("QUIPU_LAWS_EXECUTIONS").unwrap_or(self.executions),
            ..self
        }
    }
}

/// What was run without finding anything.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Executions.
    pub executions: u64,
    /// Steps in them.
    pub steps: u64,
    /// Operations in them.
    pub edits: u64,
    /// States reached and held against history and laws.
    pub states: u64,
    /// The first seed.
    pub seed: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executions, steps, edits, states, seed } = self;
        write!(
            f,
            "{executions} executions from seed {seed}: {steps} steps, {edits} operations, {states} states checked"
        )
    }
}

/// Runs executions and holds each against all laws.
///
/// # Errors
/// The first [`Failure`], shrunk.
pub fn check<S: Subject>(settings: &Settings) -> Result<Report, Failure> {
    let mut report = Report { seed: settings.seed, ..Report::default() };
    for index in 0..settings.executions {
        let seed = settings.seed.wrapping_add(index);
        let mut random = Random::new(seed);
        let steps = script::<S>(&mut random, settings.replicas, settings.steps, &settings.weights);
        match attempt::<S>(&steps, settings, seed) {
            Ok(tally) => {
                report.executions += 1;
                report.steps += steps.len() as u64;
                report.edits += tally.edits;
                report.states += tally.states;
            }
            Err(_) => return Err(explain::<S>(steps, settings, Some(seed), index + 1)),
        }
    }
    Ok(report)
}

/// The failure of a script that fails, told on its shortest form.
pub(crate) fn explain<S: Subject>(
    steps: Vec<Step<S::Operation>>,
    settings: &Settings,
    seed: Option<u64>,
    found_after: u64,
) -> Failure {
    let steps_when_found = steps.len();
    let finish = seed.unwrap_or_default();
    let law_of = |steps: &[_]| attempt::<S>(steps, settings, finish).err().map(|broken| broken.law);
    let law = law_of(&steps);
    // The same law: otherwise the story may end as one of another mistake.
    let mut fails = |steps: &[Step<S::Operation>]| law_of(steps) == law;
    let steps = if law.is_some() { shrink(steps, &S::alphabet(), &mut fails) } else { steps };
    let mut story = Vec::new();
    let outcome = quietly(|| run::<S>(&steps, settings, finish, Some(&mut story)));
    let Broken { law, detail } = outcome.err().unwrap_or_else(|| Broken {
        law: Law::NoPanic,
        detail: "the same steps fail or not: the type is not deterministic".into(),
    });
    let arguments = settings.arguments;
    Failure { law, detail, story, seed, found_after, steps_when_found, arguments }
}

/// Runs a script to the end.
pub(crate) fn attempt<S: Subject>(
    steps: &[Step<S::Operation>],
    settings: &Settings,
    seed: u64,
) -> Result<Tally, Broken> {
    quietly(|| run::<S>(steps, settings, seed, None))
}

fn run<S: Subject>(
    steps: &[Step<S::Operation>],
    settings: &Settings,
    seed: u64,
    mut story: Option<&mut Vec<String>>,
) -> Result<Tally, Broken> {
    let mut execution = Execution::<S>::new(settings.replicas);
    for step in steps {
        if let Some(story) = &mut story {
            story.push(step.to_string());
        }
        let outcome = execution.step(step);
        if let (Some(line), Some(node)) = (story.as_mut().and_then(|story| story.last_mut()), step.node()) {
            line.push_str("  ->  ");
            line.push_str(&execution.picture(node));
        }
        outcome?;
    }
    if settings.laws_on_states {
        execution.laws_on_reached()?;
    }
    execution.finish(&mut Random::new(seed))?;
    Ok(execution.tally())
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic; a panic is a broken law, and is not printed.
fn quietly<T>(action: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(action));
    QUIET.set(false);
    outcome.unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(Broken { law: Law::NoPanic, detail: format!("panicked: {text}") })
    })
}
