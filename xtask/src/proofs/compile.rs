//! Compiles files in the order of what they need, as many at a time as there are cores.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::source::Source;
use super::{coq, failed};
use crate::command::run_quietly;

/// Compiles all; the first error ends it.
pub(super) fn all(folder: &Path, sources: &[Source], workers: usize) -> Result<(), String> {
    let mut coqdep = coq("coqdep", folder);
    coqdep.args(sources.iter().map(Source::file));
    let needs = needs(&run_quietly(&mut coqdep, &[0])?.printed);
    let queue = Queue::new(sources.iter().map(|source| source.name().to_owned()), needs);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| while queue.work(|name| one(folder, name)) {});
        }
    });
    queue.outcome()
}

#[expect(clippy::disallowed_methods, reason = "chores run in real time, and say how long they took")]
fn one(folder: &Path, name: &str) -> Result<(), String> {
    let begin = Instant::now();
    let mut coqc = coq("coqc", folder);
    coqc.arg(format!("{name}.v"));
    let outcome = run_quietly(&mut coqc, &[0]);
    outcome.map_err(|message| failed(&coqc, &message))?;
    println!("{name}.v checked in {:.1} s", begin.elapsed().as_secs_f64());
    Ok(())
}

/// Which files of ours each file needs, from what `coqdep` prints: `A.vo A.glob A.v.beautified: A.v B.vo`.
fn needs(printed: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (targets, sources) in printed.lines().filter_map(|line| line.split_once(':')) {
        let Some(name) = targets.split(' ').find_map(|target| target.strip_suffix(".vo")) else { continue };
        let found = sources.split(' ').filter_map(|source| source.strip_suffix(".vo"));
        let ours = found.filter(|source| !source.contains('/')).map(str::to_owned);
        needs.entry(name.to_owned()).or_default().extend(ours);
    }
    needs
}

/// What is still to do, shared by the workers.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: BTreeSet<String>,
    running: usize,
    done: BTreeSet<String>,
    needs: BTreeMap<String, BTreeSet<String>>,
    error: Option<String>,
}

impl Queue {
    fn new(names: impl Iterator<Item = String>, needs: BTreeMap<String, BTreeSet<String>>) -> Self {
        let (waiting, done) = (names.collect(), BTreeSet::new());
        let state = State { waiting, running: 0, done, needs, error: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Does the next piece of work, waiting for it if it needs what others are doing; false if there is none left.
    fn work(&self, compile: impl FnOnce(&str) -> Result<(), String>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let name = loop {
            if state.error.is_some() || state.waiting.is_empty() {
                return false;
            }
            if let Some(name) = state.ready() {
                break name;
            }
            if state.running == 0 {
                state.error = Some(format!("these files need each other: {:?}", state.waiting));
                return false;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.waiting.remove(&name);
        state.running += 1;
        drop(state);
        let outcome = compile(&name);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.running -= 1;
        match outcome {
            Ok(()) => _ = state.done.insert(name),
            Err(message) => _ = state.error.get_or_insert(message),
        }
        self.changed.notify_all();
        true
    }

    fn outcome(self) -> Result<(), String> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).error.map_or(Ok(()), Err)
    }
}

impl State {
    /// A waiting file whose needs are all compiled.
    fn ready(&self) -> Option<String> {
        let is_ready = |name: &&String| self.needs.get(*name).is_none_or(|needs| needs.is_subset(&self.done));
        self.waiting.iter().find(is_ready).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_the_files_of_ours_alone() {
        let printed = "A.vo A.glob A.v.beautified A.required_vo: A.v \n\
                       B.vo B.glob B.v.beautified B.required_vo: B.v A.vo /usr/lib/coq/List.vo\nB.vio: B.v A.vio\n";
        let needs = needs(printed);
        assert_eq!(needs["A"], BTreeSet::new());
        assert_eq!(needs["B"], BTreeSet::from(["A".to_owned()]));
    }

    #[test]
    fn a_file_is_compiled_after_what_it_needs_and_nothing_after_an_error() {
        let needs = BTreeMap::from([("A".to_owned(), BTreeSet::from(["B".to_owned()]))]);
        let names = || ["A", "B", "C"].map(str::to_owned).into_iter();
        let queue = Queue::new(names(), needs.clone());
        let mut order = Vec::new();
        while queue.work(|name| {
            order.push(name.to_owned());
            Ok(())
        }) {}
        assert_eq!((order, queue.outcome()), (["B", "A", "C"].map(str::to_owned).to_vec(), Ok(())));

        let queue = Queue::new(names(), needs);
        while queue.work(|name| Err(format!("no {name}"))) {}
        assert_eq!(queue.outcome(), Err("no B".to_owned()));
    }

    #[test]
    fn a_circle_is_an_error_and_not_a_wait_without_end() {
        let needs = BTreeMap::from([("A".to_owned(), BTreeSet::from(["A".to_owned()]))]);
        let queue = Queue::new(["A".to_owned()].into_iter(), needs);
        assert!(!queue.work(|_| Ok(())));
        assert!(queue.outcome().is_err());
    }
}
