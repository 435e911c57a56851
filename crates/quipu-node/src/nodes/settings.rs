//! What can be set about the built-in nodes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::fence::Fence;
use crate::{GossipSettings, REPLY_WITHIN, Time};

/// What can be set about the built-in nodes; each node looks at what concerns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long to wait for the answer of a service. 800 ms: five tries fit before a client must be answered, and a
    /// round trip at an exponential mean of 100 ms each way takes longer only three times in a thousand.
    pub question_timeout: Duration,
    /// How long after its arrival a request is given up, and answered with an error. 4 s, half a second before
    /// [`crate::ReplyTo::deadline`].
    pub answer_within: Duration,
    /// How often a loop tries again before it gives up, however much time is left. 256: enough to catch up with a
    /// store that shows each caller its past one change at a time.
    pub attempts: u32,
    /// How `lossy`, `cas` and `keys` fence their reads. Not at all.
    pub fence: Fence,
    /// `cas`: tries again also when the answer to a compare-and-swap was lost, and so may add twice. Off.
    pub blind_retry: bool,
    /// `locked`: data carries the holder's token, and a write by an older holder is refused. On.
    pub fencing: bool,
    /// `locked`: how long a lock may be held before others may break it. 2 s.
    pub lease: Duration,
    /// One part of a node left out, to show what it is there for. None.
    pub without: Option<Remedy>,
    /// All nodes that gossip: how changes spread.
    pub gossip: GossipSettings,
    /// `gossip`: a node's own adds are durable before they are acknowledged. Off.
    pub durable: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            question_timeout: Duration::from_millis(800),
            answer_within: Duration::from_secs(4),
            attempts: 256,
            fence: Fence::None,
            blind_retry: false,
            fencing: true,
            lease: Duration::from_secs(2),
            without: None,
            gossip: GossipSettings::default(),
            durable: false,
        }
    }
}

impl Settings {
    /// The moment at which a request is given up, from the moment after which it may not be answered.
    pub(super) fn give_up_at(&self, deadline: Time) -> Time {
        deadline - REPLY_WITHIN.saturating_sub(self.answer_within)
    }

    /// True if a remedy is in force.
    pub(super) fn has(&self, remedy: Remedy) -> bool {
        self.without != Some(remedy)
    }
}

/// A part of a node that answers one particular danger, and that can be left out to see the danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// `chain`: every link is a value that never was before. Without it a read changes nothing, may lawfully run in
    /// the past, and is stale.
    Tags,
    /// `chain`, `slots`: after a lost answer, look whether the change was made before making it again. Without it
    /// an add counts twice.
    Settling,
    /// `chain`: after a restart, learn the last operation before serving. Without it the operations of the node's
    /// former life pass for those of its present one, and adds are lost.
    Joining,
    /// `slots`: a read moves the own key first, which carries the node to the store's newest state. Without it
    /// reads are stale.
    Barrier,
    /// `slots`: each slot is remembered, and only a newer version replaces it. Without it a read can go backwards
    /// where the store does.
    Floors,
    /// `or-set`: what a state says was removed counts at whoever receives it. Without it what one node removes is kept by
    /// the others, as in a plain union of sets.
    Context,
    /// `mv-register`: a write replaces what its client had read. Without it, it replaces all that the node has, unseen
    /// writes among it, and they are lost.
    Siblings,
    /// `cart`: an addition is a contribution of its own. Without it a node reads the quantity and sets a larger one, and of
    /// two additions at the same time one is lost.
    Additions,
    /// `bounded-counter`: whoever takes from the stock must hold the rights to it. Without it a node looks how much there is
    /// and takes, as another does at the same time, and more is sold than there was.
    Escrow,
    /// `text`: what is inserted stands between the characters it was typed between. Without it edits are replayed by the
    /// number of the character, on a text that is not the one they were made for.
    Origins,
    /// All nodes of causal types: changes are durable, and each start is a replica of its own. Without it a node that was
    /// killed gives names anew that others know already, and one of the two changes is lost.
    Incarnation,
}

impl Remedy {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Tags,
        Self::Settling,
        Self::Joining,
        Self::Barrier,
        Self::Floors,
        Self::Context,
        Self::Siblings,
        Self::Additions,
        Self::Escrow,
        Self::Origins,
        Self::Incarnation,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Settling => "settling",
            Self::Joining => "joining",
            Self::Barrier => "barrier",
            Self::Floors => "floors",
            Self::Context => "context",
            Self::Siblings => "siblings",
            Self::Additions => "additions",
            Self::Escrow => "escrow",
            Self::Origins => "origins",
            Self::Incarnation => "incarnation",
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Remedy {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|remedy| remedy.name() == name);
        found.ok_or_else(|| UnknownName::new("remedy", name, Self::ALL.map(Self::name)))
    }
}

/// A name that is none of those it should be one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName(String);

impl UnknownName {
    pub(super) fn new<const N: usize>(what: &str, name: &str, known: [&str; N]) -> Self {
        Self(format!("there is no {what} `{name}`; there are: {}", known.join(", ")))
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnknownName {}
