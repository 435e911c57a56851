//! What can be asked of a cluster: how each operation becomes a request, and its reply an outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu_maelstrom::{ChangeKind, ReplyShape};
use quipu_node::{NodeId, Reply, Request, Value};
use serde::{Deserialize, Serialize};

use crate::operation::{Action, Outcome, Returned};
use crate::options::{Options, named};
use crate::session::Memory;

/// A workload: Maelstrom's own six, and five for data types that Maelstrom does not know.
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
    /// A set with removal, in which a concurrent add wins.
    OrSet,
    /// A register that keeps concurrent writes side by side.
    MvRegister,
    /// A shopping cart.
    Cart,
    /// A stock that is sold and never below zero.
    BoundedCounter,
    /// A text that everybody edits.
    Text,
}

named!(Workload {
    "echo" => Self::Echo,
    "unique-ids" => Self::UniqueIds,
    "broadcast" => Self::Broadcast,
    "g-set" => Self::GSet,
    "g-counter" => Self::GCounter,
    "pn-counter" => Self::PnCounter,
    "or-set" => Self::OrSet,
    "mv-register" => Self::MvRegister,
    "cart" => Self::Cart,
    "bounded-counter" => Self::BoundedCounter,
    "text" => Self::Text,
});

impl Workload {
    /// True if every worker reads once more after the quiet time.
    pub const fn has_final_reads(self) -> bool {
        !matches!(self, Self::Echo | Self::UniqueIds)
    }

    /// True if a client goes on after an indeterminate operation; the others' are closed, and their id disappears.
    pub const fn client_survives(self) -> bool {
        matches!(self, Self::UniqueIds)
    }

    /// True if reads show a number, and some numbers are acceptable in the end.
    pub const fn is_counter(self) -> bool {
        matches!(self, Self::GCounter | Self::PnCounter | Self::BoundedCounter)
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

    /// The request that asks for an action, from a client who remembers its reads.
    pub fn request(self, action: &Action, memory: &Memory) -> Request {
        match action {
            Action::Add(delta) => Request::Add(*delta),
            Action::AddElement(element) => Request::AddElement(Value::from(*element)),
            Action::RemoveElement(element) => Request::RemoveElement(Value::from(*element)),
            Action::Broadcast(message) => Request::Broadcast(Value::from(*message)),
            Action::Write { value, blind } => {
                let context = if *blind { None } else { memory.context().cloned() };
                Request::Write { value: Value::from(*value), context }
            }
            Action::Insert { at, text } => {
                Request::Insert { position: memory.position(*at), text: text.as_str().into() }
            }
            Action::Delete { at, length } => {
                let position = memory.position(*at);
                Request::Delete { position, length: memory.at_most(position, *length) }
            }
            Action::AddItem { product, quantity } => {
                Request::AddItem { product: product.as_str().into(), quantity: *quantity }
            }
            Action::SetQuantity { product, quantity } => {
                Request::SetQuantity { product: product.as_str().into(), quantity: *quantity }
            }
            Action::RemoveItem(product) => Request::RemoveItem(product.as_str().into()),
            Action::Checkout => Request::Checkout,
            Action::Read => Request::Read,
            Action::Generate => Request::Generate,
            Action::Echo(text) => Request::Echo(Value::text(text.as_str())),
        }
    }

    /// True if clients of this workload may do `action`.
    pub const fn has_action(self, action: &Action) -> bool {
        match action {
            Action::Add(delta) => {
                matches!(self, Self::PnCounter | Self::BoundedCounter)
                    || matches!(self, Self::GCounter) && *delta >= 0
            }
            Action::AddElement(_) => matches!(self, Self::GSet | Self::OrSet),
            Action::RemoveElement(_) => matches!(self, Self::OrSet),
            Action::Broadcast(_) => matches!(self, Self::Broadcast),
            Action::Write { .. } => matches!(self, Self::MvRegister),
            Action::Insert { .. } | Action::Delete { .. } => matches!(self, Self::Text),
            Action::AddItem { .. }
            | Action::SetQuantity { .. }
            | Action::RemoveItem(_)
            | Action::Checkout => matches!(self, Self::Cart),
            Action::Read => self.has_final_reads(),
            Action::Generate => matches!(self, Self::UniqueIds),
            Action::Echo(_) => matches!(self, Self::Echo),
        }
    }

    /// The form that a good answer to an action has.
    pub const fn shape(self, action: &Action) -> ReplyShape {
        match (action, self) {
            (Action::AddElement(_), Self::OrSet) => ReplyShape::Changed(ChangeKind::Add),
            (Action::Add(_) | Action::AddElement(_), _) => ReplyShape::Add,
            (Action::RemoveElement(_), _) => ReplyShape::Changed(ChangeKind::Remove),
            (Action::Broadcast(_), _) => ReplyShape::Broadcast,
            (Action::Write { .. }, _) => ReplyShape::Changed(ChangeKind::Write),
            (Action::Insert { .. }, _) => ReplyShape::Insert,
            (Action::Delete { .. }, _) => ReplyShape::Delete,
            (Action::AddItem { .. }, _) => ReplyShape::Changed(ChangeKind::AddItem),
            (Action::SetQuantity { .. }, _) => ReplyShape::Changed(ChangeKind::SetQuantity),
            (Action::RemoveItem(_), _) => ReplyShape::Changed(ChangeKind::RemoveItem),
            (Action::Checkout, _) => ReplyShape::Changed(ChangeKind::Checkout),
            (Action::Read, Self::Broadcast) => ReplyShape::ReadMessages,
            (Action::Read, Self::GSet | Self::OrSet) => ReplyShape::ReadElements,
            (Action::Read, Self::MvRegister) => ReplyShape::ReadSiblings,
            (Action::Read, Self::Cart) => ReplyShape::ReadLines,
            (Action::Read, Self::Text) => ReplyShape::ReadText,
            (Action::Read, _) => ReplyShape::ReadCounter,
            (Action::Generate, _) => ReplyShape::Generate,
            (Action::Echo(_), _) => ReplyShape::Echo,
        }
    }

    /// What a reply makes of an operation.
    ///
    /// Counters, g-set and echo translate no error at all: even a definite one leaves it open whether the
    /// operation happened, as in Maelstrom. The others do, and a failed broadcast read is harmless.
    pub fn outcome(self, action: &Action, reply: &Reply) -> Outcome {
        Outcome::Ok(match reply {
            Reply::Error { kind, text } => {
                return self.error(action, kind.is_definite(), format!("{kind:?}: {text}"));
            }
            Reply::Custom { kind, .. } => {
                return Outcome::Info(format!("an answer of an unknown type `{kind}`"));
            }
            Reply::AddOk | Reply::BroadcastOk | Reply::TopologyOk => Returned::Nothing,
            Reply::Counter(value) => Returned::Counter(*value),
            Reply::Messages(items) | Reply::Elements(items) => Returned::Elements(items.to_vec()),
            Reply::Id(value) | Reply::Echo(value) => Returned::Value(value.clone()),
            Reply::Changed(change) => Returned::Changed(change.clone()),
            Reply::Siblings { values, context } => {
                Returned::Siblings { values: values.to_vec(), context: context.clone() }
            }
            Reply::Text(text) => Returned::Text(text.to_string()),
            Reply::Lines(lines) => Returned::Lines((**lines).clone()),
            Reply::Inserted { after, before } => Returned::Inserted { after: *after, before: *before },
            Reply::Deleted(text) => Returned::Deleted(text.to_string()),
        })
    }

    /// What an operation comes to that ended without a good answer.
    pub fn error(self, action: &Action, definite: bool, text: String) -> Outcome {
        let translates = !matches!(self, Self::Echo | Self::GSet | Self::GCounter | Self::PnCounter);
        let harmless = self == Self::Broadcast && *action == Action::Read;
        if translates && (definite || harmless) { Outcome::Fail(text) } else { Outcome::Info(text) }
    }

    /// True if a value is one that [`crate::generator::Generator`] could have added.
    pub fn element(value: &Value) -> Option<u64> {
        value.as_int().and_then(|int| u64::try_from(int).ok())
    }

    /// The workload's name, shared.
    pub fn name(self) -> Arc<str> {
        self.to_string().into()
    }
}
