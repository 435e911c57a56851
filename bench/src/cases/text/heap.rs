//! Heap, counted at the allocator. A counting allocator slows everything, so it lives in a program of its own, which does
//! one session with one library and prints what it counted.

use std::hint::black_box;
use std::process::Command;

use super::automerge::Automerge;
use super::cola::Cola;
use super::diamond_types::DiamondTypes;
use super::library::{Library, Recording, check};
use super::loro::Loro;
use super::quipu::Quipu;
use super::session::Session;
use super::yrs::Yrs;

/// What an allocator counts.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// Bytes allocated now.
    pub now: fn() -> usize,
    /// The most since the last reset.
    pub most: fn() -> usize,
    /// Makes `most` begin again at `now`.
    pub reset: fn(),
}

/// Heap of one library in one session, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// What the document holds when the session is done.
    pub live_after_edits: usize,
    /// The most while the document is loaded from its stored form.
    pub most_while_loading: usize,
}

/// Does the work of the counting program: both figures on one line.
pub fn count(library: &str, session: &str, counter: Counter) -> Result<String, String> {
    let Counted { live_after_edits, most_while_loading } = match library {
        Quipu::NAME => counted::<Quipu>(session, counter),
        DiamondTypes::NAME => counted::<DiamondTypes>(session, counter),
        Cola::NAME => counted::<Cola>(session, counter),
        Yrs::NAME => counted::<Yrs>(session, counter),
        Loro::NAME => counted::<Loro>(session, counter),
        Automerge::NAME => counted::<Automerge>(session, counter),
        unknown => Err(format!("unknown library `{unknown}`")),
    }?;
    Ok(format!("{live_after_edits} {most_while_loading}"))
}

fn counted<L: Library>(session: &str, counter: Counter) -> Result<Counted, String> {
    let session = Session::read(session)?;
    let (live_after_edits, stored) = if session.authors() == 1 {
        let before = (counter.now)();
        let mut document = L::new(0)?;
        for transaction in &session.transactions {
            L::edit(&mut document, &transaction.patches)?;
        }
        let live = (counter.now)().saturating_sub(before);
        check::<L>(&session, &document)?;
        (live, L::save(&document)?)
    } else {
        (0, L::save(&Recording::<L>::of(&session)?.document)?)
    };
    let before = (counter.now)();
    (counter.reset)();
    let loaded = L::load(&stored)?;
    black_box(&loaded);
    let most_while_loading = (counter.most)().saturating_sub(before);
    Ok(Counted { live_after_edits, most_while_loading })
}

/// Runs the counting program, which lies beside this one.
pub(crate) fn of_process(library: &str, session: &str) -> Result<Counted, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = here.with_file_name("quipu-bench-heap");
    let output = Command::new(&program).args([library, session]).output();
    let output = output.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<usize> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match figures.as_slice() {
        [live_after_edits, most_while_loading] if output.status.success() => {
            Ok(Counted { live_after_edits: *live_after_edits, most_while_loading: *most_while_loading })
        }
        _ => Err(format!("the heap was not counted: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
