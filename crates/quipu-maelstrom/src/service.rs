//! Questions to the key-value services and their answers, on both sides of the wire.

use std::sync::Arc;

use quipu_node::{Answer, ErrorKind, KvError, KvRequest, Service, Value};
use serde_json::{Value as Json, json};

use crate::body::Body as Fields;
use crate::codes::{code_of, kind_of_code};
use crate::message::Body;
use crate::value::{from_json, to_json};

/// Appends the body of a question to a service.
///
/// # Errors
/// If it holds something that JSON cannot hold; what was appended by then must be cut off again.
pub fn encode_kv_request(
    request: &KvRequest,
    msg_id: i64,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let (kind, fields): (_, &[(&str, &Value)]) = match request {
        KvRequest::Read { key } => ("read", &[("key", key)]),
        KvRequest::Write { key, value } => ("write", &[("key", key), ("value", value)]),
        KvRequest::CompareAndSwap { key, from, to, .. } => {
            ("cas", &[("key", key), ("from", from), ("to", to)])
        }
        KvRequest::Timestamp => ("ts", &[]),
    };
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"msg_id\":");
    serde_json::to_writer(&mut *out, &msg_id)?;
    for (name, value) in fields {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        serde_json::to_writer(&mut *out, value)?;
    }
    if matches!(request, KvRequest::CompareAndSwap { create_if_not_exists: true, .. }) {
        out.extend_from_slice(b",\"create_if_not_exists\":true");
    }
    out.push(b'}');
    Ok(())
}

/// Reads a service's answer, and the number of the question it answers; none if it answers no question.
///
/// Errors 20 and 22 are typed; any other code counts by whether it is definite: [`KvError::Refused`] if the operation
/// did not happen, [`KvError::Unknown`] if it may have. A body of another form is [`KvError::Malformed`].
pub fn decode_answer(body: &str) -> Option<(i64, Result<Answer, KvError>)> {
    match Fields::parse(body) {
        Ok(mut fields) => Some((fields.in_reply_to?, answer_of(&mut fields))),
        Err(why) => {
            let in_reply_to = Fields::salvage(body, "in_reply_to")?;
            Some((in_reply_to, Err(KvError::Malformed(why.into()))))
        }
    }
}

fn answer_of(fields: &mut Fields<'_>) -> Result<Answer, KvError> {
    match fields.kind() {
        "read_ok" => match fields.take("value") {
            Some(value) => Ok(Answer::Value(value)),
            None => Err(malformed("`read_ok` without a `value`")),
        },
        "write_ok" => Ok(Answer::Written),
        "cas_ok" => Ok(Answer::Swapped),
        "ts_ok" => {
            let timestamp = fields.take("ts").and_then(|ts| u64::try_from(ts.as_int()?).ok());
            timestamp.map(Answer::Timestamp).ok_or_else(|| malformed("`ts_ok` without an integer `ts`"))
        }
        "error" => Err(error_of(fields)),
        "" => Err(malformed("an answer without a `type`")),
        other => Err(malformed(format!("an answer of the unknown type `{other}`"))),
    }
}

fn error_of(fields: &mut Fields<'_>) -> KvError {
    let code = fields.take("code").and_then(|code| i64::try_from(code.as_int()?).ok());
    let Some(code) = code else {
        return malformed("an error without an integer `code`");
    };
    let text = match fields.take("text") {
        Some(Value::Text(text)) => text,
        _ => Arc::from(format!("error {code}")),
    };
    match kind_of_code(code) {
        Some(ErrorKind::KeyDoesNotExist) => KvError::KeyDoesNotExist,
        Some(ErrorKind::PreconditionFailed) => KvError::PreconditionFailed,
        Some(kind) if kind.is_definite() => KvError::Refused(text),
        _ => KvError::Unknown(text),
    }
}

fn malformed(why: impl Into<Arc<str>>) -> KvError {
    KvError::Malformed(why.into())
}

/// Reads a question as a service does. None if the service does not know the type: then it stays silent.
///
/// A missing field counts as null, and `create_if_not_exists` as true unless it is null or false, as in Maelstrom.
pub fn decode_kv_request(service: Service, body: &Body) -> Option<KvRequest> {
    let field = |name: &str| body.get(name).map_or(Value::Null, from_json);
    match (service, body.get("type")?.as_str()?) {
        (Service::LinTso, "ts") => Some(KvRequest::Timestamp),
        (Service::LinTso, _) => None,
        (_, "read") => Some(KvRequest::Read { key: field("key") }),
        (_, "write") => Some(KvRequest::Write { key: field("key"), value: field("value") }),
        (_, "cas") => Some(KvRequest::CompareAndSwap {
            key: field("key"),
            from: field("from"),
            to: field("to"),
            create_if_not_exists: !matches!(
                body.get("create_if_not_exists"),
                None | Some(Json::Null | Json::Bool(false))
            ),
        }),
        _ => None,
    }
}

/// The body of a service's answer. `in_reply_to` is the question's `msg_id` as it stood there, null if it had none.
pub fn encode_answer(answer: &Result<Answer, KvError>, in_reply_to: &Json) -> Body {
    let mut body = Body::new();
    let kind = match answer {
        Ok(Answer::Value(value)) => {
            body.insert("value".into(), to_json(value));
            "read_ok"
        }
        Ok(Answer::Written) => "write_ok",
        Ok(Answer::Swapped) => "cas_ok",
        Ok(Answer::Timestamp(timestamp)) => {
            body.insert("ts".into(), json!(timestamp));
            "ts_ok"
        }
        Err(error) => {
            let (kind, text) = error_parts(error);
            body.insert("code".into(), code_of(kind).into());
            body.insert("text".into(), text.into());
            "error"
        }
    };
    body.insert("type".into(), kind.into());
    body.insert("in_reply_to".into(), in_reply_to.clone());
    body
}

fn error_parts(error: &KvError) -> (ErrorKind, &str) {
    match error {
        KvError::KeyDoesNotExist => (ErrorKind::KeyDoesNotExist, "key does not exist"),
        KvError::PreconditionFailed => (ErrorKind::PreconditionFailed, "the current value is another one"),
        KvError::Refused(text) => (ErrorKind::TemporarilyUnavailable, text),
        KvError::Unknown(text) => (ErrorKind::Timeout, text),
        KvError::Malformed(text) => (ErrorKind::Crash, text),
    }
}
