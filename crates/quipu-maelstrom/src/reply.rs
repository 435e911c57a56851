//! Answers to clients: what a node writes, and how strictly a harness reads.
//!
//! Maelstrom takes a reply only if its body has exactly the documented keys, with values of the documented types, and
//! perhaps an integer `msg_id`; otherwise the operation counts as indeterminate. [`check_reply`] judges alike and says
//! what was expected and what came. Bodies of errors are exempt: more keys are allowed there.

use std::fmt;
use std::sync::Arc;

use quipu_node::{ErrorKind, Reply, Value};
use serde_json::Value as Json;

use crate::codes::{code_of, kind_of_code};
use crate::message::Body;
use crate::value::from_json;

/// Appends the body of a reply: exactly the documented keys.
///
/// # Errors
/// If the reply holds something that JSON cannot hold; what was appended by then must be cut off again.
pub fn encode_reply(reply: &Reply, in_reply_to: i64, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let kind = match reply {
        Reply::Echo(_) => "echo_ok",
        Reply::Id(_) => "generate_ok",
        Reply::TopologyOk => "topology_ok",
        Reply::BroadcastOk => "broadcast_ok",
        Reply::AddOk => "add_ok",
        Reply::Counter(_) | Reply::Messages(_) | Reply::Elements(_) => "read_ok",
        Reply::Custom { kind, .. } => kind,
        Reply::Error { .. } => "error",
    };
    out.extend_from_slice(b"{\"type\":");
    serde_json::to_writer(&mut *out, kind)?;
    put(out, "in_reply_to", &in_reply_to)?;
    match reply {
        Reply::Echo(payload) => put(out, "echo", payload)?,
        Reply::Id(id) => put(out, "id", id)?,
        Reply::Counter(value) => put(out, "value", value)?,
        Reply::Messages(items) => put(out, "messages", &**items)?,
        Reply::Elements(items) => put(out, "value", &**items)?,
        Reply::Custom { fields: Value::Map(fields), .. } => {
            for (key, value) in fields.iter().filter(|(key, _)| !is_reserved(key)) {
                put(out, key, value)?;
            }
        }
        Reply::Error { kind, text } => {
            put(out, "code", &code_of(*kind))?;
            put(out, "text", &**text)?;
        }
        Reply::TopologyOk | Reply::BroadcastOk | Reply::AddOk | Reply::Custom { .. } => {}
    }
    out.push(b'}');
    Ok(())
}

fn put<T: serde::Serialize + ?Sized>(
    out: &mut Vec<u8>,
    key: &str,
    value: &T,
) -> Result<(), serde_json::Error> {
    out.push(b',');
    serde_json::to_writer(&mut *out, key)?;
    out.push(b':');
    serde_json::to_writer(&mut *out, value)
}

fn is_reserved(key: &str) -> bool {
    matches!(key, "type" | "msg_id" | "in_reply_to")
}

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
    /// `read_ok` with an integer `value`.
    ReadCounter,
    /// `read_ok` with a list `messages`.
    ReadMessages,
    /// `read_ok` with a list `value`.
    ReadElements,
}

impl ReplyShape {
    /// The type of the reply, and the field it carries.
    const fn parts(self) -> (&'static str, Option<(&'static str, Content)>) {
        match self {
            Self::Init => ("init_ok", None),
            Self::Echo => ("echo_ok", Some(("echo", Content::Anything))),
            Self::Generate => ("generate_ok", Some(("id", Content::Anything))),
            Self::Topology => ("topology_ok", None),
            Self::Broadcast => ("broadcast_ok", None),
            Self::Add => ("add_ok", None),
            Self::ReadCounter => ("read_ok", Some(("value", Content::Integer))),
            Self::ReadMessages => ("read_ok", Some(("messages", Content::List))),
            Self::ReadElements => ("read_ok", Some(("value", Content::List))),
        }
    }
}

impl fmt::Display for ReplyShape {
    /// The body as one would document it: `{type: "read_ok", value: integer}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (kind, None) => write!(f, "{{type: \"{kind}\"}}"),
            (kind, Some((field, content))) => write!(f, "{{type: \"{kind}\", {field}: {content}}}"),
        }
    }
}

/// What a documented field may hold.
#[derive(Clone, Copy, Debug)]
enum Content {
    Anything,
    Integer,
    List,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anything => "any value",
            Self::Integer => "integer",
            Self::List => "list",
        })
    }
}

/// A reply whose body is not as documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedReply {
    /// The documented form.
    pub expected: String,
    /// The body that came, as compact JSON.
    pub got: String,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for MalformedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.why, self.expected, self.got)
    }
}

impl std::error::Error for MalformedReply {}

/// Judges the body of a reply.
///
/// `null` counts as the empty list, as it does for Maelstrom. An integer beyond 64 bits is not an integer here, because
/// nobody's counter goes there. An error with a code outside the table comes back as [`ErrorKind::Crash`], which is
/// indefinite like it, with the code in its text. `init_ok` comes back as [`Reply::Custom`].
pub fn check_reply(shape: ReplyShape, body: &Body) -> Result<Reply, MalformedReply> {
    let complain = |why: String| MalformedReply {
        expected: shape.to_string(),
        got: serde_json::to_string(body).unwrap_or_default(),
        why,
    };
    let (kind, field) = shape.parts();
    match body.get("type") {
        Some(Json::String(got)) if got == "error" => return error_reply(body).map_err(complain),
        Some(Json::String(got)) if got == kind => {}
        Some(other) => return Err(complain(format!("the type is {other} instead of \"{kind}\""))),
        None => return Err(complain("`type` is missing".into())),
    }
    if shape == ReplyShape::Init {
        return Ok(Reply::Custom { kind: kind.into(), fields: from_json(&Json::Object(body.clone())) });
    }
    for (key, value) in body {
        let known = is_reserved(key) || field.is_some_and(|(name, _)| name == key);
        if !known {
            return Err(complain(format!("extra key `{key}`")));
        }
        if matches!(&**key, "msg_id" | "in_reply_to") && !is_integer(value) {
            return Err(complain(format!("`{key}` is not an integer")));
        }
    }
    match field {
        None => Ok(plain(shape)),
        Some((name, content)) => {
            let value = body.get(name).ok_or_else(|| complain(format!("`{name}` is missing")))?;
            reply_with(shape, value)
                .ok_or_else(|| complain(format!("`{name}` is not of the right type ({content})")))
        }
    }
}

/// The reply of a form without a field of its own.
fn plain(shape: ReplyShape) -> Reply {
    match shape {
        ReplyShape::Topology => Reply::TopologyOk,
        ReplyShape::Broadcast => Reply::BroadcastOk,
        _ => Reply::AddOk,
    }
}

/// The reply of a form with a field, unless the value is of the wrong type.
fn reply_with(shape: ReplyShape, value: &Json) -> Option<Reply> {
    match shape {
        ReplyShape::Echo => Some(Reply::Echo(from_json(value))),
        ReplyShape::Generate => Some(Reply::Id(from_json(value))),
        ReplyShape::ReadCounter => {
            let int = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
            int.map(Reply::Counter)
        }
        ReplyShape::ReadMessages => list(value).map(Reply::Messages),
        ReplyShape::ReadElements => list(value).map(Reply::Elements),
        ReplyShape::Init | ReplyShape::Topology | ReplyShape::Broadcast | ReplyShape::Add => None,
    }
}

fn list(value: &Json) -> Option<Arc<[Value]>> {
    match value {
        Json::Null => Some(Arc::from([])),
        Json::Array(items) => Some(items.iter().map(from_json).collect()),
        _ => None,
    }
}

fn is_integer(value: &Json) -> bool {
    value.is_i64() || value.is_u64()
}

fn error_reply(body: &Body) -> Result<Reply, String> {
    let code = match body.get("code") {
        Some(code) if is_integer(code) => code.as_i64(),
        Some(_) => return Err("`code` of the error is not an integer".into()),
        None => return Err("`code` of the error is missing".into()),
    };
    let text = body.get("text").and_then(Json::as_str).unwrap_or_default();
    Ok(match code.and_then(kind_of_code) {
        Some(kind) => Reply::error(kind, text),
        None => Reply::error(ErrorKind::Crash, format!("code {}: {text}", body["code"])),
    })
}
