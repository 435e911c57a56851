//! Maelstrom's key-value services, as they may lawfully behave.
//!
//! `lin-kv` and `lin-tso` do what one expects. `lww-kv` is two replicas that gossip only when asked something.
//! `seq-kv` promises sequential consistency: there is *some* total order of all operations, which keeps each caller's
//! own order and explains every answer, but which need not follow real time. How it uses that freedom is a
//! [`SeqKvModel`]: as the original does, quirks included; at random within the law; or as unhelpfully as the law allows.

mod adversary;
mod judge;
mod order;
mod replicas;
mod versions;

#[cfg(test)]
mod replay;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use quipu_node::{Answer, KvError, KvRequest, Rng, Service, Value};

use crate::endpoint::Endpoint;
use adversary::Adversary;
use judge::{judge, key_of};
use replicas::Replicas;
use versions::{Lookback, Versions};

/// How `seq-kv` uses the freedom that sequential consistency leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum SeqKvModel {
    /// As Maelstrom does, bug for bug. Of the last 32 states a request sees a random one that the caller has not gone
    /// past; only what changes the store is forced to the newest. A caller 32 or more changes behind may go back
    /// in time, so it is not quite sequentially consistent.
    #[default]
    Maelstrom,
    /// The same without that last bug: truly sequential, with random lawful staleness.
    Strict,
    /// The most inconvenient lawful answer, always. A node that is right here is right by the model, not by luck.
    Adversary,
}

impl fmt::Display for SeqKvModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Maelstrom => "maelstrom",
            Self::Strict => "strict",
            Self::Adversary => "adversary",
        })
    }
}

impl FromStr for SeqKvModel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Maelstrom, Self::Strict, Self::Adversary]
            .into_iter()
            .find(|model| model.to_string() == name)
            .ok_or_else(|| format!("`{name}` is not a model of seq-kv: maelstrom, strict or adversary"))
    }
}

/// What an omniscient adversary knows of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Intent {
    /// Nothing.
    #[default]
    Unknown,
    /// It serves nothing but reads at the moment, and will undo what it changes on the way: a lock it takes it gives
    /// back.
    ReadsOnly,
}

/// What a service made of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The answer; none if the service does not know such a request, or chose not to carry it out.
    pub answer: Option<Result<Answer, KvError>>,
    /// For stories: which state of `seq-kv` the caller saw. None for other services, or if not asked for.
    pub observation: Option<Box<Observation>>,
}

/// Which state of `seq-kv` a caller saw, of how many, and what that state lacked.
///
/// States are numbered by the changes before them in the store's own order, from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The state the answer comes from.
    pub picked: u64,
    /// The newest state.
    pub newest: u64,
    /// The changes after `picked`, oldest first; of very many, the newest.
    pub missed: Vec<Change>,
    /// True if the request changed the store.
    pub changed: bool,
}

/// One change of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The state it made.
    pub state: u64,
    /// Who made it.
    pub by: Endpoint,
    /// The key.
    pub key: Value,
    /// What was there.
    pub from: Option<Value>,
    /// What is there now.
    pub to: Value,
}

impl fmt::Display for Observation {
    /// `state 41 of 43; missed 2 changes, last: total 5 -> 7 by n0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state {} of {}", self.picked, self.newest)?;
        if let Some(last) = self.missed.last() {
            let count = self.missed.len();
            write!(f, "; missed {count} change{}, last: {last}", if count == 1 { "" } else { "s" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Some(from) => write!(f, "{} {from} -> {} by {}", self.key, self.to, self.by),
            None => write!(f, "{} created as {} by {}", self.key, self.to, self.by),
        }
    }
}

/// The four services of one run.
#[derive(Debug)]
pub struct Services {
    rng: Rng,
    observing: bool,
    seq_kv: SeqKv,
    lin_kv: BTreeMap<Value, Value>,
    lww_kv: Replicas,
    next_timestamp: u64,
}

#[derive(Debug)]
enum SeqKv {
    Versions(Versions),
    Adversary(Adversary),
}

/// At most so many missed changes are told.
pub(crate) const MISSED_TOLD: usize = 32;

impl Services {
    /// Empty services. All their chance comes from `rng`.
    pub fn new(model: SeqKvModel, rng: Rng) -> Self {
        let seq_kv = match model {
            SeqKvModel::Maelstrom => SeqKv::Versions(Versions::new(Lookback::Wraps)),
            SeqKvModel::Strict => SeqKv::Versions(Versions::new(Lookback::Clamped)),
            SeqKvModel::Adversary => SeqKv::Adversary(Adversary::new()),
        };
        Self {
            rng,
            observing: true,
            seq_kv,
            lin_kv: BTreeMap::new(),
            lww_kv: Replicas::new(),
            next_timestamp: 0,
        }
    }

    /// Whether [`Served::observation`] is filled in (it is, unless told otherwise). Not doing so saves time and
    /// changes no answer.
    pub const fn set_observing(&mut self, observing: bool) {
        self.observing = observing;
    }

    /// Carries out one request of one caller.
    pub fn handle(
        &mut self,
        service: Service,
        caller: Endpoint,
        request: &KvRequest,
        intent: Intent,
    ) -> Served {
        let answer = match service {
            Service::SeqKv => return self.seq_kv(caller, request, intent),
            Service::LinKv => self.lin_kv(request),
            Service::LwwKv => self.lww_kv.handle(request, &mut self.rng),
            Service::LinTso => self.timestamp(request),
        };
        Served { answer, observation: None }
    }

    fn seq_kv(&mut self, caller: Endpoint, request: &KvRequest, intent: Intent) -> Served {
        match &mut self.seq_kv {
            SeqKv::Versions(store) => store.handle(caller, request, &mut self.rng, self.observing),
            SeqKv::Adversary(store) => store.handle(caller, request, intent, self.observing),
        }
    }

    fn lin_kv(&mut self, request: &KvRequest) -> Option<Result<Answer, KvError>> {
        let key = key_of(request)?;
        let verdict = judge(self.lin_kv.get(key), request);
        if let Some(value) = verdict.put {
            self.lin_kv.insert(key.clone(), value);
        }
        Some(verdict.answer)
    }

    fn timestamp(&mut self, request: &KvRequest) -> Option<Result<Answer, KvError>> {
        if *request != KvRequest::Timestamp {
            return None;
        }
        let timestamp = self.next_timestamp;
        self.next_timestamp += 1;
        Some(Ok(Answer::Timestamp(timestamp)))
    }
}
