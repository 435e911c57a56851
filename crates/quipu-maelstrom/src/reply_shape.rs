//! The documented forms of replies: which type, which fields, and what each field may hold.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use quipu_node::{Change, ChangeKind, Reply, Value};
use serde_json::Value as Json;

use crate::message::Body;
use crate::value::from_json;

/// The form that the reply to a request must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplyShape {
    /// `init_ok`; the one reply whose other keys nobody looks at.
    Init,
    /// `echo_ok` with `echo`.
    Echo,
    /// `generate_ok` with `id`.
    Generate,
    /// `topology_ok`.
    Topology,
    /// `broadcast_ok`.
    Broadcast,
    /// `add_ok`.
    Add,
    /// The answer to a change of a set with removal, a register or a cart: with the lists `added` and `removed`.
    Changed(ChangeKind),
    /// `insert_ok` with the characters `after` and `before`.
    Insert,
    /// `delete_ok` with `text`.
    Delete,
    /// `read_ok` with an integer `value`.
    ReadCounter,
    /// `read_ok` with a list `messages`.
    ReadMessages,
    /// `read_ok` with a list `value`.
    ReadElements,
    /// `read_ok` with a list `values` and a `context`.
    ReadSiblings,
    /// `read_ok` with `text`.
    ReadText,
    /// `read_ok` with an object `lines` from products to quantities.
    ReadLines,
}

/// A field and what it may hold.
type Field = (&'static str, Content);

impl ReplyShape {
    /// The type of the reply.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Init => "init_ok",
            Self::Echo => "echo_ok",
            Self::Generate => "generate_ok",
            Self::Topology => "topology_ok",
            Self::Broadcast => "broadcast_ok",
            Self::Add => "add_ok",
            Self::Changed(change) => change.reply(),
            Self::Insert => "insert_ok",
            Self::Delete => "delete_ok",
            Self::ReadCounter
            | Self::ReadMessages
            | Self::ReadElements
            | Self::ReadSiblings
            | Self::ReadText
            | Self::ReadLines => "read_ok",
        }
    }

    /// The fields that it carries: all of them.
    pub(crate) const fn fields(self) -> &'static [Field] {
        match self {
            Self::Init | Self::Topology | Self::Broadcast | Self::Add => &[],
            Self::Echo => &[("echo", Content::Anything)],
            Self::Generate => &[("id", Content::Anything)],
            Self::Changed(_) => &[("added", Content::Names), ("removed", Content::Names)],
            Self::Insert => &[("after", Content::Character), ("before", Content::Character)],
            Self::ReadCounter => &[("value", Content::Integer)],
            Self::ReadMessages => &[("messages", Content::List)],
            Self::ReadElements => &[("value", Content::List)],
            Self::ReadSiblings => &[("values", Content::List), ("context", Content::Anything)],
            Self::ReadText | Self::Delete => &[("text", Content::Text)],
            Self::ReadLines => &[("lines", Content::Quantities)],
        }
    }

    /// The reply that a body of this form says; none if a field is missing or of the wrong type.
    pub(crate) fn reply(self, body: &Body) -> Option<Reply> {
        let any = |field: &str| body.get(field).map(from_json);
        let list = |field: &str| list(body.get(field)?);
        let text = |field: &str| body.get(field)?.as_str().map(Arc::from);
        Some(match self {
            Self::Init => {
                Reply::Custom { kind: self.kind().into(), fields: from_json(&Json::Object(body.clone())) }
            }
            Self::Echo => Reply::Echo(any("echo")?),
            Self::Generate => Reply::Id(any("id")?),
            Self::Topology => Reply::TopologyOk,
            Self::Broadcast => Reply::BroadcastOk,
            Self::Add => Reply::AddOk,
            Self::Changed(kind) => {
                let (added, removed) = (names(body.get("added")?)?, names(body.get("removed")?)?);
                Reply::Changed(Change { kind, added, removed })
            }
            Self::Insert => Reply::Inserted {
                after: character(body.get("after")?)?,
                before: character(body.get("before")?)?,
            },
            Self::Delete => Reply::Deleted(text("text")?),
            Self::ReadCounter => Reply::Counter(integer(body.get("value")?)?),
            Self::ReadMessages => Reply::Messages(list("messages")?),
            Self::ReadElements => Reply::Elements(list("value")?),
            Self::ReadSiblings => Reply::Siblings { values: list("values")?, context: any("context")? },
            Self::ReadText => Reply::Text(text("text")?),
            Self::ReadLines => Reply::Lines(Arc::new(quantities(body.get("lines")?)?)),
        })
    }
}

impl fmt::Display for ReplyShape {
    /// The body as one would document it: `{type: "read_ok", value: integer}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{type: \"{}\"", self.kind())?;
        for (field, content) in self.fields() {
            write!(f, ", {field}: {content}")?;
        }
        f.write_str("}")
    }
}

/// What a documented field may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    Anything,
    Integer,
    Text,
    Character,
    List,
    Names,
    Quantities,
}

impl Content {
    /// True if a field of this kind may hold the value.
    pub(crate) fn fits(self, value: &Json) -> bool {
        match self {
            Self::Anything => true,
            Self::Integer => integer(value).is_some(),
            Self::Text => value.is_string(),
            Self::Character => character(value).is_some(),
            Self::List => list(value).is_some(),
            Self::Names => names(value).is_some(),
            Self::Quantities => quantities(value).is_some(),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anything => "any value",
            Self::Integer => "integer",
            Self::Text => "string",
            Self::Character => "string of one character, or null",
            Self::List => "list",
            Self::Names => "list of strings",
            Self::Quantities => "object from products to quantities",
        })
    }
}

fn integer(value: &Json) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

/// One character, or that there is none.
#[expect(clippy::option_option, reason = "a field may hold null, or be of the wrong type")]
fn character(value: &Json) -> Option<Option<char>> {
    if value.is_null() {
        return Some(None);
    }
    let mut characters = value.as_str()?.chars();
    let one = characters.next()?;
    characters.next().is_none().then_some(Some(one))
}

fn list(value: &Json) -> Option<Arc<[Value]>> {
    match value {
        Json::Null => Some(Arc::from([])),
        Json::Array(items) => Some(items.iter().map(from_json).collect()),
        _ => None,
    }
}

fn names(value: &Json) -> Option<Arc<[Arc<str>]>> {
    value.as_array()?.iter().map(|name| name.as_str().map(Arc::from)).collect()
}

fn quantities(value: &Json) -> Option<BTreeMap<Arc<str>, u64>> {
    let line =
        |(product, quantity): (&String, &Json)| Some((Arc::from(product.as_str()), quantity.as_u64()?));
    value.as_object()?.iter().map(line).collect()
}
