//! What a lesson says, in its fixed order of parts.

use crate::figures::{Rate, Table};

/// What came of giving a lesson. Words and figures; how they look is for [`crate::plain`] and [`crate::site`].
#[derive(Clone, Debug)]
pub struct Report {
    /// The problem, in paragraphs.
    pub problem: Vec<String>,
    /// What fails, how often, and the shortest story of it.
    pub failure: Vec<Block>,
    /// The idea, in paragraphs.
    pub idea: Vec<String>,
    /// The remedy on the same schedule.
    pub remedy: Vec<Block>,
    /// What to try oneself.
    pub exercise: Exercise,
    /// Questions as they come up in interviews.
    pub questions: Vec<Question>,
    /// What the words above take for granted about the figures, each with whether this run bears it out.
    pub claims: Vec<Claim>,
}

/// One piece of a report.
#[derive(Clone, Debug)]
pub enum Block {
    /// A paragraph; `code` stands between backticks.
    Text(String),
    /// A measured rate.
    Rate(Rate),
    /// Figures.
    Table(Table),
    /// A short run told, with its picture.
    Story(Story),
    /// The command line that measures the same.
    Command(String),
    /// A few lines of code.
    Code(String),
}

/// A short run: its sentences and its space-time diagram.
#[derive(Clone, Debug)]
pub struct Story {
    /// What it is.
    pub title: String,
    /// Its sentences, numbered.
    pub lines: Vec<String>,
    /// Its space-time diagram, a standalone SVG.
    pub picture: Option<String>,
}

/// Something to write oneself, starting from the lesson's skeleton, and the command that judges it.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// What to do.
    pub task: String,
    /// Options of `quipu test` that judge the program: all but `--bin`.
    pub judge: &'static str,
}

/// A question and its answer, which has a number from a run.
#[derive(Clone, Debug)]
pub struct Question {
    /// As an interviewer would ask.
    pub ask: String,
    /// The answer.
    pub answer: String,
}

/// What the words say about the figures.
#[derive(Clone, Debug)]
pub struct Claim {
    /// In one sentence.
    pub says: String,
    /// True if the run bears it out.
    pub holds: bool,
}

impl Claim {
    /// A claim and whether it holds.
    pub fn new(says: impl Into<String>, holds: bool) -> Self {
        Self { says: says.into(), holds }
    }

    /// Something happened at least once.
    pub fn happens(rate: &Rate) -> Self {
        Self::new(format!("{}: at least one", rate.what), rate.hits > 0)
    }

    /// Something never happened, and could have.
    pub fn never(rate: &Rate) -> Self {
        Self::new(format!("{}: none", rate.what), rate.hits == 0 && rate.trials > 0)
    }
}

impl Question {
    /// A question and its answer.
    pub fn new(ask: impl Into<String>, answer: impl Into<String>) -> Self {
        Self { ask: ask.into(), answer: answer.into() }
    }
}

impl Block {
    /// A paragraph.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}
