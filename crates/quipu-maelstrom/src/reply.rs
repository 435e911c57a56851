//! Answers to clients: what a node writes, and how strictly a harness reads.
//!
//! Maelstrom takes a reply only if its body has exactly the documented keys, with values of the documented types, and
//! perhaps an integer `msg_id`; otherwise the operation counts as indeterminate. [`check_reply`] judges alike and says
//! what was expected and what came. Bodies of errors are exempt: more keys are allowed there.

use std::fmt;

use quipu_node::{ErrorKind, Reply, Value};
use serde_json::Value as Json;

use crate::codes::{code_of, kind_of_code};
use crate::message::Body;
use crate::reply_shape::ReplyShape;

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
        Reply::Counter(_)
        | Reply::Messages(_)
        | Reply::Elements(_)
        | Reply::Siblings { .. }
        | Reply::Text(_)
        | Reply::Lines(_) => "read_ok",
        Reply::Changed(change) => change.kind.reply(),
        Reply::Inserted { .. } => "insert_ok",
        Reply::Deleted(_) => "delete_ok",
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
        Reply::Changed(change) => {
            put(out, "added", &*change.added)?;
            put(out, "removed", &*change.removed)?;
        }
        Reply::Siblings { values, context } => {
            put(out, "values", &**values)?;
            put(out, "context", context)?;
        }
        Reply::Text(text) | Reply::Deleted(text) => put(out, "text", &**text)?,
        Reply::Lines(lines) => put(out, "lines", &**lines)?,
        Reply::Inserted { after, before } => {
            put(out, "after", after)?;
            put(out, "before", before)?;
        }
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
    match body.get("type") {
        Some(Json::String(got)) if got == "error" => return error_reply(body).map_err(complain),
        Some(Json::String(got)) if got == shape.kind() => {}
        Some(other) => return Err(complain(format!("the type is {other} instead of \"{}\"", shape.kind()))),
        None => return Err(complain("`type` is missing".into())),
    }
    let fields = shape.fields();
    for (key, value) in body.iter().filter(|_| shape != ReplyShape::Init) {
        if !is_reserved(key) && fields.iter().all(|(name, _)| name != key) {
            return Err(complain(format!("extra key `{key}`")));
        }
        if matches!(&**key, "msg_id" | "in_reply_to") && !is_integer(value) {
            return Err(complain(format!("`{key}` is not an integer")));
        }
    }
    for (name, content) in fields {
        match body.get(*name) {
            None => return Err(complain(format!("`{name}` is missing"))),
            Some(value) if !content.fits(value) => {
                return Err(complain(format!("`{name}` is not of the right type ({content})")));
            }
            Some(_) => {}
        }
    }
    shape.reply(body).ok_or_else(|| complain("not of the documented form".into()))
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
