//! What clients do: the mixes of operations, and how each becomes a request and its reply an outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu_maelstrom::ReplyShape;
use quipu_node::{NodeId, Reply, Request, Rng, Value};
use serde::{Deserialize, Serialize};

use crate::operation::{Action, Outcome, Returned};
use crate::options::{Options, named};

/// A workload of Maelstrom's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Send back what is sent.
    Echo,
    /// Identifiers that are never made twice.
    UniqueIds,
    /// Messages that reach every node.
    Broadcast,
    /// A set that only grows.
    GSet,
    /// A counter that only grows.
    GCounter,
    /// A counter that grows and shrinks.
    PnCounter,
}

named!(Workload {
    "echo" => Self::Echo,
    "unique-ids" => Self::UniqueIds,
    "broadcast" => Self::Broadcast,
    "g-set" => Self::GSet,
    "g-counter" => Self::GCounter,
    "pn-counter" => Self::PnCounter,
});

/// Makes a workload's operations, one after the other.
#[derive(Clone, Debug)]
pub struct Generator {
    workload: Workload,
    rng: Rng,
    next_element: u64,
}

impl Generator {
    /// The operations of `workload` that belong to `rng`'s seed.
    pub const fn new(workload: Workload, rng: Rng) -> Self {
        Self { workload, rng, next_element: 0 }
    }

    /// The next operation.
    pub fn next_action(&mut self) -> Action {
        match self.workload {
            Workload::Echo => Action::Echo(format!("Please echo {}", self.rng.below(128))),
            Workload::UniqueIds => Action::Generate,
            Workload::Broadcast => self.element_or_read(Action::Broadcast),
            Workload::GSet => self.element_or_read(Action::AddElement),
            Workload::PnCounter => self.delta_or_read(),
            // Negative deltas are dropped, not redrawn: a third of what remains are adds.
            Workload::GCounter => loop {
                match self.delta_or_read() {
                    Action::Add(delta) if delta < 0 => {}
                    action => break action,
                }
            },
        }
    }

    fn element_or_read(&mut self, add: fn(u64) -> Action) -> Action {
        if self.rng.below(2) == 0 {
            let element = self.next_element;
            self.next_element += 1;
            add(element)
        } else {
            Action::Read
        }
    }

    #[expect(clippy::cast_possible_wrap, reason = "below 10")]
    fn delta_or_read(&mut self) -> Action {
        if self.rng.below(2) == 0 { Action::Add(self.rng.below(10) as i64 - 5) } else { Action::Read }
    }
}

impl Workload {
    /// True if every worker reads once more after the quiet time.
    pub const fn has_final_reads(self) -> bool {
        !matches!(self, Self::Echo | Self::UniqueIds)
    }

    /// True if a client goes on after an indeterminate operation; the others' are closed, and their id disappears.
    pub const fn client_survives(self) -> bool {
        matches!(self, Self::UniqueIds)
    }

    /// True if the node may be asked to add negative deltas.
    pub const fn is_counter(self) -> bool {
        matches!(self, Self::GCounter | Self::PnCounter)
    }

    /// True if the workload reads sets.
    pub const fn is_set(self) -> bool {
        matches!(self, Self::GSet | Self::Broadcast)
    }

    /// The requests that each node gets before the load begins.
    pub fn setup(self, options: &Options) -> Option<Request> {
        (self == Self::Broadcast).then(|| {
            let name = |node: &u16| NodeId::new(format!("n{node}"));
            let neighbours: BTreeMap<_, _> = options
                .topology
                .neighbours(options.node_count)
                .iter()
                .map(|(node, list)| (name(node), list.iter().map(name).collect()))
                .collect();
            Request::Topology(neighbours)
        })
    }

    /// The request that asks for an action.
    pub fn request(self, action: &Action) -> Request {
        match action {
            Action::Add(delta) => Request::Add(*delta),
            Action::AddElement(element) => Request::AddElement(Value::from(*element)),
            Action::Broadcast(message) => Request::Broadcast(Value::from(*message)),
            Action::Read => Request::Read,
            Action::Generate => Request::Generate,
            Action::Echo(text) => Request::Echo(Value::text(text.as_str())),
        }
    }

    /// True if clients of this workload may do `action`.
    pub const fn has_action(self, action: &Action) -> bool {
        match action {
            Action::Add(delta) => {
                matches!(self, Self::PnCounter) || matches!(self, Self::GCounter) && *delta >= 0
            }
            Action::AddElement(_) => matches!(self, Self::GSet),
            Action::Broadcast(_) => matches!(self, Self::Broadcast),
            Action::Read => self.has_final_reads(),
            Action::Generate => matches!(self, Self::UniqueIds),
            Action::Echo(_) => matches!(self, Self::Echo),
        }
    }

    /// The form that a good answer to an action has.
    pub const fn shape(self, action: &Action) -> ReplyShape {
        match (action, self) {
            (Action::Add(_) | Action::AddElement(_), _) => ReplyShape::Add,
            (Action::Broadcast(_), _) => ReplyShape::Broadcast,
            (Action::Read, Self::Broadcast) => ReplyShape::ReadMessages,
            (Action::Read, Self::GSet) => ReplyShape::ReadElements,
            (Action::Read, _) => ReplyShape::ReadCounter,
            (Action::Generate, _) => ReplyShape::Generate,
            (Action::Echo(_), _) => ReplyShape::Echo,
        }
    }

    /// What a reply makes of an operation.
    ///
    /// Counters, g-set and echo translate no error at all: even a definite one leaves it open whether the
    /// operation happened, as in Maelstrom. Broadcast and unique-ids do, and a failed broadcast read is harmless.
    pub fn outcome(self, action: &Action, reply: &Reply) -> Outcome {
        match reply {
            Reply::Error { kind, text } => {
                self.error(action, kind.is_definite(), format!("{kind:?}: {text}"))
            }
            Reply::AddOk | Reply::BroadcastOk | Reply::TopologyOk => Outcome::Ok(Returned::Nothing),
            Reply::Counter(value) => Outcome::Ok(Returned::Counter(*value)),
            Reply::Messages(items) | Reply::Elements(items) => {
                Outcome::Ok(Returned::Elements(items.to_vec()))
            }
            Reply::Id(value) | Reply::Echo(value) => Outcome::Ok(Returned::Value(value.clone())),
            Reply::Custom { kind, .. } => Outcome::Info(format!("an answer of an unknown type `{kind}`")),
        }
    }

    /// What an operation comes to that ended without a good answer.
    pub fn error(self, action: &Action, definite: bool, text: String) -> Outcome {
        let translates = matches!(self, Self::Broadcast | Self::UniqueIds);
        let harmless = self == Self::Broadcast && *action == Action::Read;
        if translates && (definite || harmless) { Outcome::Fail(text) } else { Outcome::Info(text) }
    }

    /// True if a value is one that [`Generator`] could have added.
    pub fn element(value: &Value) -> Option<u64> {
        value.as_int().and_then(|int| u64::try_from(int).ok())
    }

    /// The workload's name, shared.
    pub fn name(self) -> Arc<str> {
        self.to_string().into()
    }
}
