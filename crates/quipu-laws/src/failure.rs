//! A broken law as a short story: what was done, what came of it, and how to see it again.

use std::fmt;

use crate::Law;

/// An execution that breaks a law, as short as it could be made.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The law that does not hold.
    pub law: Law,
    /// How that shows.
    pub detail: String,
    /// The steps, each with the state it led to.
    pub story: Vec<String>,
    /// The seed that leads here, if chance did.
    pub seed: Option<u64>,
    /// How many executions, or states of the search, it took to find this.
    pub found_after: u64,
    /// How many steps the execution had when it was found.
    pub steps_when_found: usize,
    /// As in [`Settings`](crate::Settings).
    pub arguments: &'static str,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "broken: {}", self.law)?;
        writeln!(f, "  {}", self.detail)?;
        let (shortest, found) = (self.story.len(), self.steps_when_found);
        writeln!(f, "after these steps ({shortest}, shrunk from {found}):")?;
        for (number, line) in self.story.iter().enumerate() {
            writeln!(f, "  {}. {line}", number + 1)?;
        }
        match self.seed {
            Some(seed) => write!(f, "found by execution {}; again: {}", self.found_after, self.again(seed)),
            None => write!(f, "found by the exhaustive search, after {} states", self.found_after),
        }
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// The command that runs this one execution again.
    fn again(&self, seed: u64) -> String {
        let package = std::env::var("CARGO_PKG_NAME").map(|name| format!("-p {name}")).unwrap_or_default();
        let thread = std::thread::current();
        let test = thread.name().filter(|name| *name != "main").unwrap_or_default();
        let words =
            ["cargo test", &package, self.arguments, test].into_iter().filter(|word| !word.is_empty());
        let command = words.collect::<Vec<_>>().join(" ");
        format!("QUIPU_LAWS_SEED={seed} QUIPU_LAWS_EXECUTIONS=1 {command}")
    }
}
