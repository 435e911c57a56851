//! The works, each for any library.

use std::cell::LazyCell;
use std::rc::Rc;

use super::heap;
use super::library::{Library, Recording, check};
use super::session::Session;
use crate::measure::Batch;
use crate::row::{Role, Sampler, constant, ensure, sampler};

/// One column of the comparison: what is done with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Local,
    Remote,
    Wire,
    History,
    Save,
    Load,
    Full,
    Compact,
    HeapLive,
    HeapPeak,
}

impl Work {
    pub(crate) const ALL: [Self; 10] = [
        Self::Local,
        Self::Remote,
        Self::Wire,
        Self::History,
        Self::Save,
        Self::Load,
        Self::Full,
        Self::Compact,
        Self::HeapLive,
        Self::HeapPeak,
    ];
}

pub(crate) type Prepare = Box<dyn FnOnce() -> Result<Sampler, String>>;

type Lazy<T> = Rc<LazyCell<Result<T, String>, Box<dyn FnOnce() -> Result<T, String>>>>;

/// A session that is read when it is first needed.
#[derive(Clone)]
pub(crate) struct SharedSession {
    pub(crate) name: &'static str,
    read: Lazy<Rc<Session>>,
}

impl SharedSession {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, read: Rc::new(LazyCell::new(Box::new(move || Session::read(name).map(Rc::new)))) }
    }

    pub(crate) fn get(&self) -> Result<Rc<Session>, String> {
        LazyCell::force(&self.read).clone()
    }
}

/// A recording that is made when it is first needed.
pub(crate) struct SharedRecording<L: Library>(Lazy<Recording<L>>);

impl<L: Library> Clone for SharedRecording<L> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<L: Library> SharedRecording<L> {
    fn get(&self) -> Result<&Recording<L>, String> {
        LazyCell::force(&self.0).as_ref().map_err(Clone::clone)
    }
}

pub(crate) fn recording<L: Library>(session: &SharedSession) -> SharedRecording<L> {
    let session = session.clone();
    SharedRecording(Rc::new(LazyCell::new(Box::new(move || Recording::of(&*session.get()?)))))
}

/// The library at a work; `None` if it does not do it.
pub(crate) fn prepare<L: Library>(
    work: Work,
    session: &SharedSession,
    recording: &SharedRecording<L>,
) -> Option<(Role, Prepare)> {
    let (session, recording) = (session.clone(), recording.clone());
    let name = session.name;
    let prepare: Prepare = match work {
        Work::Local => Box::new(move || local::<L>(session.get()?)),
        Work::Remote => Box::new(move || remote(session.get()?, recording)),
        Work::Wire => Box::new(move || wire(recording.get()?)),
        Work::History if L::HAS_HISTORY => Box::new(move || {
            let bytes = L::history(&recording.get()?.document)?;
            reading::<L>(session.get()?, bytes, L::replay)
        }),
        Work::Save => Box::new(move || save(&recording)),
        Work::Load => Box::new(move || {
            let bytes = L::save(&recording.get()?.document)?;
            reading::<L>(session.get()?, bytes, L::load)
        }),
        Work::Full if L::HAS_HISTORY => Box::new(move || {
            let recording = recording.get()?;
            constant(L::full(&recording.document, &recording.changes)?.len())
        }),
        Work::Compact if L::DROPS_DELETED => {
            Box::new(move || constant(L::compact(&recording.get()?.document)?.len()))
        }
        Work::HeapLive => Box::new(move || constant(heap::of_process(L::NAME, name)?.live_after_edits)),
        Work::HeapPeak => Box::new(move || constant(heap::of_process(L::NAME, name)?.most_while_loading)),
        Work::History | Work::Full | Work::Compact => return None,
    };
    let is_part = work == Work::Remote && L::REMOTE_AT_MOST < usize::MAX;
    Some((if is_part { Role::AtLeast } else { Role::Library }, prepare))
}

fn local<L: Library>(session: Rc<Session>) -> Result<Sampler, String> {
    sampler(move |meter| {
        meter.time_checked(
            Batch::ONE,
            || L::new(0),
            |document| {
                let Ok(document) = document else { return };
                for transaction in &session.transactions {
                    if let Err(error) = L::edit(document, &transaction.patches) {
                        panic!("{} refuses an edit of its own text: {error}", L::NAME);
                    }
                }
            },
            |document| check::<L>(&session, document.as_ref().map_err(Clone::clone)?),
        )
    })
}

fn remote<L: Library>(session: Rc<Session>, recording: SharedRecording<L>) -> Result<Sampler, String> {
    let count = recording.get()?.changes.len();
    let received = count.min(L::REMOTE_AT_MOST);
    sampler(move |meter| {
        let changes = &recording.get()?.changes[..received];
        let took = meter.time_checked(
            Batch::ONE,
            || L::new(99),
            |document| {
                let document = document.as_mut().map_err(|error| error.clone())?;
                changes.iter().try_for_each(|change| L::receive(document, change))
            },
            |document| {
                let document = document.as_ref().map_err(Clone::clone)?;
                if received == count { check::<L>(&session, document) } else { Ok(()) }
            },
        )?;
        Ok(took * count as f64 / received as f64)
    })
}

fn wire<L: Library>(recording: &Recording<L>) -> Result<Sampler, String> {
    let bytes: usize = recording.changes.iter().map(Vec::len).sum();
    let each = bytes as f64 / recording.changes.len() as f64;
    sampler(move |_| Ok(each))
}

/// Of a document that has not been encoded before.
fn save<L: Library>(recording: &SharedRecording<L>) -> Result<Sampler, String> {
    let document = &recording.get()?.document;
    let (bytes, read): (_, fn(&[u8]) -> _) =
        if L::HAS_HISTORY { (L::history(document)?, L::replay) } else { (L::save(document)?, L::load) };
    sampler(move |meter| {
        meter.time_checked(
            Batch::ONE,
            || (read(&bytes), Vec::new()),
            |(document, saved)| {
                *saved =
                    document.as_ref().ok().and_then(|document| L::save(document).ok()).unwrap_or_default();
            },
            |(_, saved)| ensure(!saved.is_empty(), "nothing was encoded"),
        )
    })
}

/// From bytes to a live document and its text.
fn reading<L: Library>(
    session: Rc<Session>,
    bytes: Vec<u8>,
    read: fn(&[u8]) -> Result<L::Document, String>,
) -> Result<Sampler, String> {
    check::<L>(&session, &read(&bytes)?)?;
    sampler(move |meter| {
        meter.time_checked(
            Batch::ONE,
            || None,
            |document| *document = read(&bytes).ok().map(|document| (L::text(&document), document)),
            |document| ensure(document.as_ref().is_some_and(|(text, _)| *text == session.end), "the text"),
        )
    })
}
