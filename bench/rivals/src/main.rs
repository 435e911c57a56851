//! The harness of laws, pointed at public CRDT crates.
//!
//! Some of them have known bugs, and have property tests that do not see them. The harness must find each within a
//! thousand executions, and must find nothing in the types that are held to be right. The exit code says whether it was so.
//!
//! ```text
//! cargo run --manifest-path bench/rivals/Cargo.toml
//! ```

mod crdt_kit;
mod crdts;
mod letters;
mod texts;

use std::process::ExitCode;

use quipu_laws::{Bounds, Failure, Report, Settings, Subject, Weights, check, exhaust};

/// What one type is expected to do, and what it did.
struct Case {
    name: &'static str,
    expected: Expected,
    outcome: Result<Report, Failure>,
    /// The shortest failing execution of few operations, if the bug shows in one.
    search: Option<Failure>,
}

enum Expected {
    /// Held to be right.
    Clean,
    /// The bug, in words.
    Bug(&'static str),
}

fn main() -> ExitCode {
    let cases = cases();
    for case in &cases {
        tell(case);
    }
    let right = cases.iter().filter(|case| as_expected(case)).count();
    println!("{right} of {} as expected", cases.len());
    if right == cases.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn cases() -> Vec<Case> {
    vec![
        clean::<crdts::Orswot<false>>("crdts 7.3.2 Orswot, operations", deliveries()),
        clean::<crdts::Orswot<true>>("crdts 7.3.2 Orswot, merge", pulls()),
        bug::<crdts::Map<false>>(
            "crdts 7.3.2 Map<_, MVReg>, operations",
            "operations in causal order, and yet a removed value stays at some replicas",
            deliveries(),
        ),
        bug::<crdts::Map<true>>(
            "crdts 7.3.2 Map<_, MVReg>, merge",
            "merging the same state twice changes it",
            pulls(),
        ),
        clean::<crdt_kit::Set<false>>("crdt-kit 0.5.1 ORSet, merge", pulls()),
        bug::<crdt_kit::Set<true>>(
            "crdt-kit 0.5.1 ORSet, merge and compact_tombstones",
            "an element comes back after its removal was compacted",
            pulls(),
        ),
        bug::<crdt_kit::Register>(
            "crdt-kit 0.5.1 MVRegister, delta",
            "a delta without news erases the value",
            news(),
        ),
        clean::<crdt_kit::Sequence<false>>("crdt-kit 0.5.1 Rga, merge", pulls()),
        bug::<crdt_kit::Sequence<true>>(
            "crdt-kit 0.5.1 Rga, delta",
            "what arrives as a delta is in another order",
            news(),
        ),
        bug::<texts::YOcto>("y-octo 0.1.1 Text, updates", "replicas diverge, or panic", pulls()),
        clean::<texts::Abyo>("abyo-crdt 0.4.0-alpha.1 Text, merge and operations", both()),
    ]
}

/// Only edits and one way of exchange: the way that is documented for the type.
fn edits() -> Weights {
    Weights { edit: 8, pull: 0, deliver: 0, group: 0, news: 0, recode: 0, restart: 0, restore: 0, partition: 1 }
}

fn deliveries() -> Weights {
    Weights { deliver: 12, ..edits() }
}

fn pulls() -> Weights {
    Weights { pull: 8, ..edits() }
}

fn news() -> Weights {
    Weights { news: 8, ..edits() }
}

fn both() -> Weights {
    Weights { pull: 4, deliver: 8, ..edits() }
}

fn clean<S: Subject>(name: &'static str, weights: Weights) -> Case {
    let outcome = check::<S>(&Settings { weights, ..Settings::default() });
    Case { name, expected: Expected::Clean, outcome, search: None }
}

fn bug<S: Subject>(name: &'static str, text: &'static str, weights: Weights) -> Case {
    let outcome = check::<S>(&Settings { weights, ..Settings::default() });
    Case { name, expected: Expected::Bug(text), outcome, search: exhaust::<S>(Bounds::new(3, 3)).err() }
}

fn as_expected(case: &Case) -> bool {
    matches!((&case.expected, &case.outcome), (Expected::Clean, Ok(_)) | (Expected::Bug(_), Err(_)))
}

fn tell(case: &Case) {
    let verdict = if as_expected(case) { "as expected" } else { "NOT AS EXPECTED" };
    let known = match case.expected {
        Expected::Clean => "nothing",
        Expected::Bug(text) => text,
    };
    println!("== {}: {verdict}\n   known: {known}", case.name);
    match &case.outcome {
        Ok(report) => println!("   found: nothing; {report}"),
        Err(failure) => tell_failure(failure),
    }
    if let Some(search) = &case.search {
        let steps = search.story.len();
        println!(
            "   the search over 3 operations found it after {} states ({steps} steps)",
            search.found_after
        );
    }
    println!();
}

fn tell_failure(failure: &Failure) {
    let Failure { law, detail, story, found_after, steps_when_found, .. } = failure;
    println!("   found: by execution {found_after}, broken: {law}");
    println!("   {detail}");
    println!("   the shortest way there ({} steps, from {steps_when_found}):", story.len());
    for (number, line) in story.iter().enumerate() {
        println!("     {}. {line}", number + 1);
    }
}
