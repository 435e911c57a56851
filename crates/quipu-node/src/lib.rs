//! The contract of a node, and the nodes.
//!
//! A node is a state machine: an event in, ordered effects out. [`Node`] is the contract.

mod gossip;
mod kv;
mod message;
mod node;
pub mod nodes;
mod rng;
mod seat;
mod talk;
mod time;
mod value;

pub use gossip::{Gossip, GossipSettings, GossipState, Overlay, Receipt, Replicated};
pub use kv::{Answer, Clock, Kv, KvClient, KvError, KvRequest, Oracle, Service, all};
pub use message::{ErrorKind, PeerMessage, Reply, Request};
pub use node::{Cx, Effect, Event, Identity, Node, NodeId, QuestionId, REPLY_WITHIN, Record, ReplyTo, Timer};
pub use rng::Rng;
pub use seat::{OpenQuestions, Seat};
pub use talk::{Line, Talks};
pub use time::Time;
pub use value::Value;
