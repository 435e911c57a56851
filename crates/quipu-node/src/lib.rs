//! The contract of a node, conversations with key-value services, and the built-in nodes.
//!
//! A node is a state machine: one [`Event`] in, ordered [`Effect`]s out. It reads no clock, draws no ambient randomness
//! and does no I/O, so the same node runs in virtual time, over stdin and stdout, and in a test of ten lines. [`Node`]
//! states what the world promises it, and what it must promise; this page shows how to write one.
//!
//! # A node
//!
//! One method. It changes the node and pushes what shall happen to [`Cx`]: [`Cx::reply`] to a client, [`Cx::send`] to a
//! peer, [`Cx::ask`] a service, [`Cx::set_timer`], [`Cx::persist`]. The order of effects is meaning: what follows a
//! `persist` is done only once it is durable. A world runs the node in a [`Seat`].
//!
//! ```
//! use quipu_node::{Cx, Effect, Event, Identity, Node, NodeId, Reply, ReplyTo, Request, Rng, Seat, Time};
//!
//! /// Counts its own adds, and forgets them when it crashes.
//! #[derive(Default)]
//! struct Tally(i64);
//!
//! impl Node for Tally {
//!     fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
//!         // Peers, timers and answers are of no interest to this node.
//!         let Event::Request { from, request } = event else { return };
//!         let reply = match request {
//!             Request::Add(delta) => {
//!                 self.0 = self.0.saturating_add(delta);
//!                 Reply::AddOk
//!             }
//!             Request::Read => Reply::Counter(self.0.into()),
//!             other => Reply::not_served(&other),
//!         };
//!         cx.reply(from, reply);
//!     }
//! }
//!
//! // A world of one node: hand in events, carry out effects.
//! let me = NodeId::new("n0");
//! let identity = Identity { me: me.clone(), nodes: [me].into(), boot: 1 };
//! let mut seat = Seat::new(Box::new(Tally::default()), identity, Rng::new(1));
//! let mut replies = Vec::new();
//! for (msg_id, request) in [(1, Request::Add(3)), (2, Request::Add(4)), (3, Request::Read)] {
//!     let from = ReplyTo { client: "c1".into(), msg_id, deadline: Time::from_millis(4500) };
//!     let mut effects = Vec::new();
//!     seat.step(Time::ZERO, Event::Request { from, request }, &mut effects);
//!     for effect in effects {
//!         match effect {
//!             Effect::Reply { reply, .. } => replies.push(reply),
//!             other => panic!("this node does nothing else: {other:?}"),
//!         }
//!     }
//! }
//! assert_eq!(replies, [Reply::AddOk, Reply::AddOk, Reply::Counter(7)]);
//! ```
//!
//! # A node that talks to a store
//!
//! What waits for answers reads best as one function. A *talk* is an `async fn` over a [`Line`]; the node keeps it in
//! [`Talks`], hands it each answer, and polls it inside its own step. There is no executor and no thread, and to the
//! world a talk is invisible: it sees the same effects. [`nodes::PerRequest`] makes a node of one such function.
//!
//! Every question ends: with an answer, or with [`KvError::Unknown`] after its timeout. **The errors are sorted by what
//! the caller may do**: after `Unknown` the operation may have happened, and may happen yet; after the others it did
//! not. Turned into a [`Reply`], an error says to the client which of the two it is.
//!
//! ```
//! use std::time::Duration;
//! use quipu_node::nodes::{Call, PerRequest};
//! use quipu_node::{
//!     Answer, Effect, Event, Identity, Kv, KvClient, KvError, KvRequest, NodeId, Reply, ReplyTo, Request, Rng, Seat,
//!     Time, Value,
//! };
//!
//! /// A counter that loses updates: two adds may read the same sum.
//! async fn serve(call: Call, request: Request) -> Reply {
//!     // Each answer is waited for at most a second, and none beyond the time by which the client wants its own.
//!     let kv = KvClient::seq_kv(call.line.clone(), Duration::from_secs(1)).until(call.deadline);
//!     let served = match request {
//!         Request::Add(delta) => add(&kv, delta).await.map(|()| Reply::AddOk),
//!         Request::Read => kv.read_int_or("sum", 0).await.map(|sum| Reply::Counter(sum.into())),
//!         other => return Reply::not_served(&other),
//!     };
//!     served.unwrap_or_else(Reply::from)
//! }
//!
//! async fn add(kv: &impl Kv, delta: i64) -> Result<(), KvError> {
//!     let sum = kv.read_int_or("sum", 0).await?;
//!     kv.write("sum", sum.saturating_add(delta).into()).await
//! }
//!
//! let me = NodeId::new("n0");
//! let identity = Identity { me: me.clone(), nodes: [me].into(), boot: 1 };
//! let mut seat = Seat::new(Box::new(PerRequest::new(serve)), identity, Rng::new(1));
//!
//! // A world with a store of one key that answers at once.
//! let mut sum: Option<Value> = None;
//! let mut replies = Vec::new();
//! for (msg_id, request) in [(1, Request::Add(3)), (2, Request::Add(4)), (3, Request::Read)] {
//!     let from = ReplyTo { client: "c1".into(), msg_id, deadline: Time::from_millis(4500) };
//!     let mut events = vec![Event::Request { from, request }];
//!     while let Some(event) = events.pop() {
//!         let mut effects = Vec::new();
//!         seat.step(Time::ZERO, event, &mut effects);
//!         for effect in effects {
//!             match effect {
//!                 Effect::Reply { reply, .. } => replies.push(reply),
//!                 Effect::Ask { question, request: KvRequest::Read { .. }, .. } => {
//!                     let result = sum.clone().map(Answer::Value).ok_or(KvError::KeyDoesNotExist);
//!                     events.push(Event::Answer { question, result });
//!                 }
//!                 Effect::Ask { question, request: KvRequest::Write { value, .. }, .. } => {
//!                     sum = Some(value);
//!                     events.push(Event::Answer { question, result: Ok(Answer::Written) });
//!                 }
//!                 other => panic!("this node does nothing else: {other:?}"),
//!             }
//!         }
//!     }
//! }
//! assert_eq!(replies, [Reply::AddOk, Reply::AddOk, Reply::Counter(7)]);
//! ```
//!
//! # What to get right
//!
//! - **Answer each request once, in time.** [`ReplyTo::deadline`] is 4.5 s after arrival; a later answer is dropped. Bound
//!   every wait ([`KvClient::until`]) and every loop.
//! - **Say honestly what is known.** [`ErrorKind::is_definite`]: nothing happened and never will; otherwise it may have.
//! - **Expect loss, duplicates, delay and any order** of messages between nodes and to services, and a restart with
//!   nothing but what was persisted. [`Cx::boot`] is a number that no other start of any node has had.
//! - **Never panic on what arrives**: what a store holds or a peer says is not under the node's control.
//! - **A timer is never cancelled.** One that has gone stale is recognised by what it carries.
//!
//! The built-in [`nodes`] are examples of each: `echo` in 20 lines, `lossy` as above, [`nodes::slots`] and
//! [`nodes::chain`] with a talk of their own and the argument why they are right.

mod gossip;
mod kv;
mod message;
mod message_display;
mod message_fields;
mod node;
pub mod nodes;
mod rng;
mod seat;
mod talk;
mod time;
mod value;

pub use gossip::{Gossip, GossipSettings, GossipState, Overlay, Receipt, Replicated};
pub use kv::{Answer, Clock, Kv, KvClient, KvError, KvRequest, Oracle, Service, all};
pub use message::{Change, ChangeKind, ErrorKind, PeerMessage, Reply, Request};
pub use node::{Cx, Effect, Event, Identity, Node, NodeId, QuestionId, REPLY_WITHIN, Record, ReplyTo, Timer};
pub use rng::Rng;
pub use seat::{OpenQuestions, Seat};
pub use talk::{Line, Talks};
pub use time::Time;
pub use value::Value;
