//! Text, on recorded editing sessions.

mod automerge;
mod cola;
mod diamond_types;
pub mod heap;
mod library;
mod loro;
mod quipu;
mod ropes;
mod session;
mod works;
mod yrs;

use crate::row::{Role, Row, Target, Unit};

use library::Library;
use session::{CONCURRENT, SEQUENTIAL_LONG, SEQUENTIAL_SHORT};
use works::{Prepare, SharedSession, Work};

pub(crate) const LOCAL: &str = "Text: local edits";
pub(crate) const REMOTE: &str = "Text: remote changes from bytes, one by one";
pub(crate) const WIRE: &str = "Text: bytes of a change on the wire";
pub(crate) const HISTORY: &str = "Text: whole history from bytes to live document";
pub(crate) const SAVE: &str = "Text: encode";
pub(crate) const LOAD: &str = "Text: load what was encoded";
pub(crate) const FULL: &str = "Text: bytes, full history";
pub(crate) const COMPACT: &str = "Text: bytes after dropping deleted text";
pub(crate) const HEAP_LIVE: &str = "Text: heap after local edits";
pub(crate) const HEAP_PEAK: &str = "Text: heap at most, while loading";

pub(crate) const NOTES_LOCAL: &str = "\
A session is done in one replica, one commit per recorded transaction. Every session's characters are ASCII, so that each \
library counts positions in its own way at no cost. cola keeps no text; the rope crop stands beside it. Floors: the ropes \
jumprope and crop alone.";
pub(crate) const NOTES_REMOTE: &str = "\
A live document receives every transaction by itself, as an editor does. cola's messages are in postcard. automerge receives \
the first 1,000 changes, and its time is scaled up: a lower bound, since its cost grows with the document.";
pub(crate) const NOTES_WIRE: &str = "The mean over the session; without any transport around it.";
pub(crate) const NOTES_HISTORY: &str = "\
Reading the text once is part of it. From the form in which replicas exchange a whole history: for loro all updates; for yrs \
one update in which deleted text is gone already, which is less than the others read; automerge and diamond-types have one form.";
pub(crate) const NOTES_SAVE: &str = "\
The form in which the library stores documents: loro's snapshot with history, yrs' update in its first version, which is \
the faster; for cola the index and the text. Encoded is a document \
that was just replayed, since loro keeps what it encoded before.";
pub(crate) const NOTES_FULL: &str = "\
Every change and all text. yrs: a document that keeps deleted text, in the second version of its format, the smaller; it does \
not keep the order of changes. loro: the smaller of snapshot and updates.";
pub(crate) const NOTES_COMPACT: &str = "\
What is left when deleted text is dropped; the text can still be edited and joined. diamond-types: the graph without inserted \
text, and the final text in LZ4, which this version of it can write and not read. loro: state only, without history.";
pub(crate) const NOTES_HEAP: &str = "Counted at the allocator, in a process of its own.";

/// Rows of all sessions, session by session: what one session needs is dropped before the next begins.
pub(crate) fn rows() -> Vec<Row> {
    let short = SEQUENTIAL_SHORT.into_iter().flat_map(|name| rows_of(name, true));
    let long = SEQUENTIAL_LONG.into_iter().flat_map(|name| rows_of(name, true)).map(Row::long);
    let concurrent = CONCURRENT.into_iter().flat_map(|name| rows_of(name, false));
    short.chain(long).chain(concurrent).collect()
}

/// A library, ready to do any work on one session.
struct Contestant {
    library: &'static str,
    prepare: Box<dyn Fn(Work) -> Option<(Role, Prepare)>>,
}

fn contestant<L: Library>(session: &SharedSession) -> Contestant {
    let recording = works::recording::<L>(session);
    let session = session.clone();
    let prepare = move |work| works::prepare(work, &session, &recording);
    Contestant { library: L::NAME, prepare: Box::new(prepare) }
}

fn rows_of(name: &'static str, is_sequential: bool) -> Vec<Row> {
    let session = SharedSession::new(name);
    let contestants = [
        contestant::<quipu::Quipu>(&session),
        contestant::<diamond_types::DiamondTypes>(&session),
        contestant::<cola::Cola>(&session),
        contestant::<yrs::Yrs>(&session),
        contestant::<loro::Loro>(&session),
        contestant::<automerge::Automerge>(&session),
    ];
    let mut rows = Vec::new();
    for work in Work::ALL.into_iter().filter(|work| is_sequential || work.is_for_concurrent_sessions()) {
        let described = if is_sequential { name.to_owned() } else { format!("{name} (concurrent)") };
        let mut row = Row::new(work.group(), described, work.unit());
        for contestant in &contestants {
            if let Some((role, prepare)) = (contestant.prepare)(work) {
                row = row.entry(contestant.library, role, prepare);
            }
        }
        if work == Work::Local {
            let (one, other) = (session.clone(), session.clone());
            row = row.floor("jumprope", move || ropes::jumprope(&one.get()?));
            row = row.floor("crop", move || ropes::crop(&other.get()?));
        }
        rows.push(work.targets().into_iter().fold(row, Row::target));
    }
    rows
}

impl Work {
    fn group(self) -> &'static str {
        match self {
            Self::Local => LOCAL,
            Self::Remote => REMOTE,
            Self::Wire => WIRE,
            Self::History => HISTORY,
            Self::Save => SAVE,
            Self::Load => LOAD,
            Self::Full => FULL,
            Self::Compact => COMPACT,
            Self::HeapLive => HEAP_LIVE,
            Self::HeapPeak => HEAP_PEAK,
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Local | Self::Remote | Self::History | Self::Save | Self::Load => Unit::Time,
            Self::Wire => Unit::BytesEach,
            Self::Full | Self::Compact | Self::HeapLive | Self::HeapPeak => Unit::Bytes,
        }
    }

    fn targets(self) -> Vec<Target> {
        let below = |times| ["yrs", "automerge", "loro"].map(|peer| Target::TimesLess(times, peer)).to_vec();
        match self {
            Self::Local => below(10.0),
            Self::Remote => below(1.0),
            Self::History => vec![Target::AtMost(5e6)],
            Self::Full => vec![Target::TimesLess(1.0, "automerge")],
            Self::Wire | Self::Save | Self::Load | Self::Compact | Self::HeapLive | Self::HeapPeak => {
                Vec::new()
            }
        }
    }

    /// What an author of a concurrent session typed stands at positions of a text that the other one changes.
    fn is_for_concurrent_sessions(self) -> bool {
        !matches!(self, Self::Local | Self::HeapLive)
    }
}
