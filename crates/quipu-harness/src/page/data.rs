//! What a page shows, as plain data: nothing here knows how a run was made.

use serde::Serialize;
use serde_json::{Map, Value as Json};

/// Everything on the page of one run.
///
/// Times are nanoseconds on the run's own clock; the page shows them relative to [`PageData::began`]. Lists may be
/// as long as the run was: [`render`](super::render) embeds only what a reader can use, and says how much that is.
#[derive(Clone, Debug, Serialize)]
pub struct PageData {
    /// What was tested, e.g. `g-counter on cas`.
    pub title: String,
    /// The node: the name of a built-in one, or the program.
    pub node: String,
    /// The command line that does the same again.
    pub command: String,
    /// The seed of every random choice.
    pub seed: u64,
    /// True if time was simulated.
    pub virtual_time: bool,
    /// When the load began.
    pub began: u64,
    /// When the load ended and faults were healed.
    pub healed: u64,
    /// When the last operation ended.
    pub ended: u64,
    /// The verdict that counts.
    pub verdict: Verdict,
    /// The verdict of Maelstrom's checks alone.
    pub maelstrom: Verdict,
    /// True if the checks of every read count too.
    pub strict: bool,
    /// Maelstrom's checks.
    pub findings: Vec<PageFinding>,
    /// Our checks of every read.
    pub reads: Vec<PageReadCheck>,
    /// The final values that are right, as text (`[3, 5]`); empty if the workload has none.
    pub acceptable: String,
    /// What the final reads showed.
    pub finals: Vec<FinalRead>,
    /// Further figures of the summary, beside those that follow from the operations.
    pub figures: Vec<Figure>,
    /// What nodes did wrong.
    pub mistakes: Vec<PageMistake>,
    /// Every operation, in the order of invocation.
    pub operations: Vec<PageOperation>,
    /// The faults as spans of time.
    pub faults: Vec<PageFault>,
    /// The messages, in the order of sending, as far as they were recorded.
    pub messages: Vec<PageMessage>,
    /// What happened at nodes and services besides messages.
    pub events: Vec<PageEvent>,
    /// Number of messages sent in the whole run.
    pub messages_total: u64,
    /// The run told in sentences; empty for runs too long to tell.
    pub story: Vec<String>,
    /// Where the rest is: paths as a person would type them.
    pub files: Vec<String>,
}

/// Valid, unknown or invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything checked is right.
    Valid,
    /// Too little was seen to tell.
    Unknown,
    /// Something is wrong.
    Invalid,
}

impl Verdict {
    /// In one word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Unknown => "Unknown",
            Self::Invalid => "Invalid",
        }
    }

    /// The same word as a style class.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
        }
    }
}

/// One of Maelstrom's checks.
#[derive(Clone, Debug, Serialize)]
pub struct PageFinding {
    /// Its name in the results.
    pub name: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// What it found, for people.
    pub sentence: Option<String>,
    /// What it found, as it stands in the results.
    pub details: Map<String, Json>,
}

/// One of our checks of every read.
#[derive(Clone, Debug, Serialize)]
pub struct PageReadCheck {
    /// Its name in the results.
    pub name: String,
    /// How many reads it looked at.
    pub checked: u64,
    /// How many it found wrong.
    pub violations: u64,
    /// The first few, in words.
    pub examples: Vec<String>,
}

/// What one final read showed.
#[derive(Clone, Debug, Serialize)]
pub struct FinalRead {
    /// The worker that read.
    pub worker: u32,
    /// The node asked.
    pub node: String,
    /// What it answered, or why it did not.
    pub value: String,
    /// False if that is wrong, or missing.
    pub right: bool,
}

/// One figure of the summary.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// Its value with its unit.
    pub value: String,
    /// What it refers to, in a few words; may be empty.
    pub note: String,
}

/// What a node did wrong.
#[derive(Clone, Debug, Serialize)]
pub struct PageMistake {
    /// The node's name.
    pub node: String,
    /// What it did, following the node's name in a sentence.
    pub words: String,
    /// How often.
    pub count: u64,
    /// The first few, each told in one sentence.
    pub examples: Vec<String>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PageOutcome {
    /// It happened.
    Ok,
    /// It may have happened.
    Info,
    /// It did not happen.
    Fail,
}

/// One operation.
#[derive(Clone, Debug, Serialize)]
pub struct PageOperation {
    /// The worker that ran it.
    pub worker: u32,
    /// The logical process.
    pub process: u32,
    /// The node asked.
    pub node: String,
    /// The function: add, read, ...
    pub function: String,
    /// Its argument as text; may be empty.
    pub argument: String,
    /// What it returned, or the error.
    pub result: String,
    /// How it ended.
    pub outcome: PageOutcome,
    /// When it was invoked.
    pub invoked: u64,
    /// When it ended.
    pub completed: u64,
    /// True for a final read.
    pub is_final: bool,
    /// What a check found wrong with it.
    pub wrong: Option<String>,
}

/// A fault from its start to its end.
#[derive(Clone, Debug, Serialize)]
pub struct PageFault {
    /// partition, kill, pause or slow.
    pub kind: String,
    /// What it did, in words.
    pub text: String,
    /// When it began.
    pub from: u64,
    /// When it ended.
    pub to: u64,
}

/// One message.
#[derive(Clone, Debug, Serialize)]
pub struct PageMessage {
    /// Its number in the run; later messages have higher ones.
    pub id: u64,
    /// The sender: n0, c7, seq-kv.
    pub from: String,
    /// The receiver.
    pub to: String,
    /// When it was sent.
    pub sent: u64,
    /// When it arrived: more than once if it was duplicated, never if it was lost or is on its way still.
    pub received: Vec<u64>,
    /// Why it was lost.
    pub lost: Option<String>,
    /// What it says, in a few words.
    pub label: String,
    /// True if it carries an old state.
    pub stale: bool,
    /// The sentence of the story that tells it, from 1.
    pub step: Option<u32>,
}

/// What happened at a node or service besides messages.
#[derive(Clone, Debug, Serialize)]
pub struct PageEvent {
    /// When.
    pub at: u64,
    /// Where: n0, seq-kv.
    pub place: String,
    /// What kind of event.
    pub kind: PageEventKind,
    /// In a few words.
    pub text: String,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PageEventKind {
    /// A node crashed.
    Crashed,
    /// A node came back.
    Restarted,
    /// A node stopped for a while.
    Paused,
    /// A paused node went on.
    Resumed,
    /// A service changed, or showed its newest state.
    Observed,
    /// A service showed an old state.
    Stale,
}
