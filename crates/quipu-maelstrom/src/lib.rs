//! Maelstrom's wire protocol, and the stdin/stdout world for any quipu node.
//!
//! Write a node as a plain state machine ([`Node`]), or as one async function per request ([`PerRequest`]), and
//! [`serve`] makes it a program that Maelstrom, or `quipu test --bin`, can run. This is the classic first try at a
//! counter on `seq-kv`, complete; it loses updates, because between its read and its write another node may write:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use std::time::Duration;
//!
//! use quipu_maelstrom::{Call, Kv, KvClient, KvError, PerRequest, Reply, Request, failure, serve};
//!
//! async fn answer(call: Call, request: Request) -> Reply {
//!     let store = KvClient::seq_kv(call.line, Duration::from_secs(1));
//!     let outcome = match request {
//!         Request::Add(delta) => add(&store, delta).await.map(|()| Reply::AddOk),
//!         Request::Read => sum(&store).await.map(|sum| Reply::Counter(sum.into())),
//!         other => return Reply::not_served(&other),
//!     };
//!     outcome.unwrap_or_else(|error| failure(&error))
//! }
//!
//! async fn add(store: &KvClient, delta: i64) -> Result<(), KvError> {
//!     let before = sum(store).await?;
//!     store.write("sum", (before + delta).into()).await
//! }
//!
//! async fn sum(store: &KvClient) -> Result<i64, KvError> {
//!     match store.read_int("sum").await {
//!         Err(KvError::KeyDoesNotExist) => Ok(0),
//!         other => other,
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     serve(|_| Box::new(PerRequest::new(answer)))
//! }
//! ```
//!
//! # What is here
//! - For nodes: [`serve`], [`serve_seeded`], and underneath a [`Session`] that needs neither clock nor streams.
//!   [`KvClient`] is the typed client of `seq-kv`, `lin-kv`, `lww-kv` and `lin-tso`: read, `read_int`, write,
//!   compare-and-swap, timestamp, each ended by its deadline at the latest, with errors sorted by what the caller may
//!   do ([`KvError`]).
//! - For harnesses: [`parse_line`], [`encode_request`], [`check_reply`], [`decode_kv_request`], [`encode_answer`], as
//!   strict as Maelstrom and with reasons.
//! - For both: the table of error codes, [`ERROR_CODES`].
//!
//! # Requests
//! Beside Maelstrom's own workloads, whose bodies are documented there, these are known. Each body has a `type`; in replies
//! `added` and `removed` are lists of strings, the names of the changes that the request made and of those it removed or
//! replaced. A checker can tell by them exactly what must be there in the end; clients may ignore them.
//!
//! | workload | request | reply |
//! |---|---|---|
//! | `or-set` | `add {element}`, `remove {element}` | `add_ok`, `remove_ok {added, removed}` |
//! | | `read` | `read_ok {value: [element, ...]}` |
//! | `mv-register` | `write {value, context}`; without `context`, all that the node has is replaced | `write_ok {added, removed}` |
//! | | `read` | `read_ok {values: [value, ...], context}`; `context` is to be handed back as it is |
//! | `cart` | `add_item {product, quantity}`, `set_quantity {product, quantity}`, `remove_item {product}`, `checkout` | the same with `_ok`, `{added, removed}` |
//! | | `read` | `read_ok {lines: {product: quantity, ...}}` |
//! | `bounded-counter` | `add {delta}`; a negative one sells, and may be refused with error 11 or 22 | `add_ok` |
//! | | `read` | `read_ok {value}` |
//! | `text` | `insert {position, text}`, in characters as this node has the text; beyond its end: error 22 | `insert_ok {after, before}`: the characters on both sides, or null |
//! | | `delete {position, length}` | `delete_ok {text}`: what was deleted |
//! | | `read` | `read_ok {text}` |
//!
//! # What is not
//! No node, no data type, no workload: this crate knows how things are said, not what they mean.

mod body;
mod codes;
mod message;
mod reply;
mod reply_shape;
mod request;
mod service;
mod stdio;
mod value;

pub use codes::{ERROR_CODES, code_of, failure, kind_of_code, name_of};
pub use message::{
    Body, LineError, Message, RawMessage, parse_line, parse_raw_line, write_line, write_raw_line,
};
pub use quipu_node::nodes::{Call, PerRequest};
pub use quipu_node::{
    Answer, Change, ChangeKind, Cx, ErrorKind, Event, Identity, Kv, KvClient, KvError, KvRequest, Line, Node,
    NodeId, PeerMessage, REPLY_WITHIN, Reply, ReplyTo, Request, Rng, Service, Talks, Time, Timer, Value,
};
pub use reply::{MalformedReply, check_reply, encode_reply};
pub use reply_shape::ReplyShape;
pub use request::{
    Incoming, Init, MalformedRequest, decode_init, decode_request, encode_init, encode_request,
};
pub use service::{decode_answer, decode_kv_request, encode_answer, encode_kv_request};
pub use stdio::{Session, run, serve, serve_seeded};
pub use value::{from_json, to_json};
