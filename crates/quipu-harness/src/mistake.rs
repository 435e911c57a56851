//! What a node does wrong, named.

use std::fmt;

use serde::Serialize;

/// A mistake that a node made: which kind, how often, and the first examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The node's name.
    pub node: String,
    /// The kind of mistake.
    pub kind: MistakeKind,
    /// How many times.
    pub count: u64,
    /// The first few, each told in one sentence.
    pub examples: Vec<String>,
}

/// The kinds of mistakes, each with what it costs under the original harness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MistakeKind {
    /// A line on stdout that is no JSON object. The original ignores the node from then on.
    Garbage,
    /// A message whose envelope is not exactly src, dest, body (and id). The original ignores the node from then on.
    MalformedMessage,
    /// A message to nobody. The original ignores the node from then on.
    UnknownDestination,
    /// A reply to a client that has given up: to nobody, as above.
    LateReply,
    /// A reply whose body has not the documented form: the operation counts as indeterminate.
    MalformedReply,
    /// A request of a type that the service does not know: it never answers.
    UnknownServiceRequest,
    /// No answer to init in time, or another one. The original aborts the run.
    NoInitOk,
    /// The node ended by itself. The original ends the run without results.
    Exited,
}

impl MistakeKind {
    /// The mistake in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Garbage => "printed a line on stdout that is not a JSON object",
            Self::MalformedMessage => "sent a malformed message",
            Self::UnknownDestination => "sent a message to an unknown destination",
            Self::LateReply => "answered a client that had given up",
            Self::MalformedReply => "sent a reply body of the wrong form",
            Self::UnknownServiceRequest => "asked a service for what it does not know",
            Self::NoInitOk => "did not answer init with init_ok",
            Self::Exited => "exited by itself",
        }
    }
}

impl MistakeKind {
    /// True if the original harness does not hear the node any more after it.
    pub const fn deafens(self) -> bool {
        matches!(self, Self::Garbage | Self::MalformedMessage | Self::UnknownDestination | Self::LateReply)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.node, self.kind.words())?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        match self.examples.first() {
            Some(example) => write!(f, ": {example}"),
            None => Ok(()),
        }
    }
}
