//! Requests of clients: what a node reads and what a harness writes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use quipu_node::{ErrorKind, NodeId, Reply, Request, Value};
use serde_json::json;

use crate::body::Body as Fields;
use crate::message::Body;
use crate::value::to_json;

/// A client's message as a node reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The number under which the client expects the answer; without one there is nobody to answer.
    pub msg_id: Option<i64>,
    /// What is asked, or what is wrong with it.
    pub request: Result<Request, MalformedRequest>,
}

/// Why a body is not a request: one sentence that names the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedRequest(pub String);

impl MalformedRequest {
    /// The answer that tells the client: error 12.
    pub fn to_reply(&self) -> Reply {
        Reply::error(ErrorKind::Malformed, self.0.as_str())
    }
}

impl fmt::Display for MalformedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MalformedRequest {}

/// What `init` tells a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// The node's own name.
    pub node: NodeId,
    /// All nodes, in the same order everywhere.
    pub nodes: Arc<[NodeId]>,
}

/// Reads a client's body.
///
/// `add` with an `element` is [`Request::AddElement`], with an integer `delta` of 64 bits [`Request::Add`]; `1.0` is
/// not an integer. A `read` or `write` with a `key` is another workload's, therefore [`Request::Custom`], as is every type
/// this crate does not know. Fields that a known request does not have are passed over.
pub fn decode_request(body: &str) -> Incoming {
    match Fields::parse(body) {
        Ok(fields) => Incoming { msg_id: fields.msg_id, request: request_of(fields) },
        Err(why) => Incoming { msg_id: Fields::salvage_msg_id(body), request: Err(MalformedRequest(why)) },
    }
}

/// Reads the body of an `init`, and its message number.
pub fn decode_init(body: &str) -> Result<(i64, Init), MalformedRequest> {
    let mut fields = Fields::parse(body).map_err(MalformedRequest)?;
    let msg_id = fields.msg_id.ok_or_else(|| malformed("`init` needs an integer `msg_id`"))?;
    let node = match required(&mut fields, "init", "node_id")? {
        Value::Text(name) => NodeId::new(name),
        other => return Err(not_a("init", "node_id", "a string", &other)),
    };
    let nodes: Arc<[NodeId]> = names("init", "node_ids", &required(&mut fields, "init", "node_ids")?)?.into();
    if nodes.contains(&node) {
        Ok((msg_id, Init { node, nodes }))
    } else {
        Err(malformed(format!("`node_ids` of `init` does not name `{node}` itself")))
    }
}

/// The body of a request as a harness writes it.
pub fn encode_request(request: &Request, msg_id: i64) -> Body {
    let mut body = Body::new();
    match request {
        Request::Echo(payload) => drop(body.insert("echo".into(), to_json(payload))),
        Request::Broadcast(message) => drop(body.insert("message".into(), to_json(message))),
        Request::Add(delta) => drop(body.insert("delta".into(), json!(delta))),
        Request::AddElement(element) | Request::RemoveElement(element) => {
            body.insert("element".into(), to_json(element));
        }
        Request::Write { value, context } => {
            body.insert("value".into(), to_json(value));
            body.extend(context.iter().map(|context| ("context".into(), to_json(context))));
        }
        Request::Insert { position, text } => {
            body.extend([("position".into(), json!(position)), ("text".into(), json!(&**text))]);
        }
        Request::Delete { position, length } => {
            body.extend([("position".into(), json!(position)), ("length".into(), json!(length))]);
        }
        Request::AddItem { product, quantity } | Request::SetQuantity { product, quantity } => {
            body.extend([("product".into(), json!(&**product)), ("quantity".into(), json!(quantity))]);
        }
        Request::RemoveItem(product) => drop(body.insert("product".into(), json!(&**product))),
        Request::Topology(topology) => drop(body.insert("topology".into(), json!(topology))),
        Request::Custom { fields: Value::Map(fields), .. } => {
            body.extend(fields.iter().map(|(key, value)| ((**key).to_owned(), to_json(value))));
        }
        Request::Generate | Request::Checkout | Request::Read | Request::Custom { .. } => {}
    }
    body.insert("type".into(), request.kind().into());
    body.insert("msg_id".into(), msg_id.into());
    body
}

/// The body of an `init` as a harness writes it.
pub fn encode_init(init: &Init, msg_id: i64) -> Body {
    let mut body = Body::new();
    body.insert("type".into(), "init".into());
    body.insert("msg_id".into(), msg_id.into());
    body.insert("node_id".into(), init.node.as_str().into());
    body.insert("node_ids".into(), init.nodes.iter().map(NodeId::as_str).collect());
    body
}

fn request_of(mut body: Fields<'_>) -> Result<Request, MalformedRequest> {
    match body.kind() {
        "" => Err(malformed("`type` is missing")),
        "echo" => Ok(Request::Echo(required(&mut body, "echo", "echo")?)),
        "generate" => Ok(Request::Generate),
        "topology" => topology(&required(&mut body, "topology", "topology")?).map(Request::Topology),
        "broadcast" => Ok(Request::Broadcast(required(&mut body, "broadcast", "message")?)),
        "add" => add(&mut body),
        "remove" => Ok(Request::RemoveElement(required(&mut body, "remove", "element")?)),
        "write" if !body.has("key") => {
            let value = required(&mut body, "write", "value")?;
            Ok(Request::Write { value, context: body.take("context") })
        }
        "insert" => {
            let position = count(&mut body, "insert", "position")?;
            Ok(Request::Insert { position, text: text(&mut body, "insert", "text")? })
        }
        "delete" => {
            let position = count(&mut body, "delete", "position")?;
            Ok(Request::Delete { position, length: count(&mut body, "delete", "length")? })
        }
        "add_item" => {
            let (product, quantity) = item(&mut body, "add_item")?;
            Ok(Request::AddItem { product, quantity })
        }
        "set_quantity" => {
            let (product, quantity) = item(&mut body, "set_quantity")?;
            Ok(Request::SetQuantity { product, quantity })
        }
        "remove_item" => Ok(Request::RemoveItem(text(&mut body, "remove_item", "product")?)),
        "checkout" => Ok(Request::Checkout),
        "read" if !body.has("key") => Ok(Request::Read),
        kind => {
            let kind = kind.into();
            Ok(Request::Custom { kind, fields: body.into_fields() })
        }
    }
}

fn add(body: &mut Fields<'_>) -> Result<Request, MalformedRequest> {
    if let Some(element) = body.take("element") {
        return Ok(Request::AddElement(element));
    }
    let delta = body.take("delta").ok_or_else(|| malformed("`add` needs a `delta` or an `element`"))?;
    match delta.as_int().map(i64::try_from) {
        Some(Ok(delta)) => Ok(Request::Add(delta)),
        Some(Err(_)) => Err(malformed(format!("`delta` of `add` is beyond 64 bits: {delta}"))),
        None => Err(not_a("add", "delta", "an integer", &delta)),
    }
}

fn item(body: &mut Fields<'_>, kind: &str) -> Result<(Arc<str>, u64), MalformedRequest> {
    Ok((text(body, kind, "product")?, count(body, kind, "quantity")?))
}

fn text(body: &mut Fields<'_>, kind: &str, field: &str) -> Result<Arc<str>, MalformedRequest> {
    match required(body, kind, field)? {
        Value::Text(text) => Ok(text),
        other => Err(not_a(kind, field, "a string", &other)),
    }
}

fn count(body: &mut Fields<'_>, kind: &str, field: &str) -> Result<u64, MalformedRequest> {
    let value = required(body, kind, field)?;
    let count = value.as_int().and_then(|int| u64::try_from(int).ok());
    count.ok_or_else(|| not_a(kind, field, "an integer from 0 to 2^64 - 1", &value))
}

fn topology(value: &Value) -> Result<BTreeMap<NodeId, Vec<NodeId>>, MalformedRequest> {
    let Value::Map(entries) = value else {
        return Err(not_a("topology", "topology", "an object", value));
    };
    let neighbours = |(node, list): (&Arc<str>, &Value)| {
        Ok((NodeId::new(Arc::clone(node)), names("topology", "topology", list)?))
    };
    entries.iter().map(neighbours).collect()
}

fn names(kind: &str, field: &str, list: &Value) -> Result<Vec<NodeId>, MalformedRequest> {
    let Value::List(items) = list else {
        return Err(not_a(kind, field, "a list of names", list));
    };
    let name = |item: &Value| match item {
        Value::Text(name) => Ok(NodeId::new(Arc::clone(name))),
        other => Err(not_a(kind, field, "a list of names", other)),
    };
    items.iter().map(name).collect()
}

fn required(body: &mut Fields<'_>, kind: &str, field: &str) -> Result<Value, MalformedRequest> {
    body.take(field).ok_or_else(|| malformed(format!("`{kind}` needs the field `{field}`")))
}

fn not_a(kind: &str, field: &str, expected: &str, got: &Value) -> MalformedRequest {
    // As JSON: `1.0` and "1" must not look like 1.
    let got = serde_json::to_string(got).unwrap_or_else(|_| got.to_string());
    malformed(format!("`{field}` of `{kind}` must be {expected}, but it holds {}", shortened(&got)))
}

/// The beginning of a text that may be long.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn malformed(why: impl Into<String>) -> MalformedRequest {
    MalformedRequest(why.into())
}
