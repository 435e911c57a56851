//! The simulated world: virtual clock, network, faults, disks, and key-value services as they may lawfully behave.
//!
//! A node of `quipu-node` runs here as it does in production, but time is a number, chance is a seed, and everything
//! that can go wrong is a value one can inject. A run is a function of its seed: the same seed gives the same trace, byte
//! for byte, on any machine.
//!
//! ```
//! use std::{collections::BTreeSet, time::Duration};
//! use quipu_node::{Cx, Event, Node, PeerMessage, Reply, Request, Time, Timer, Value};
//! use quipu_sim::{Fault, Partition, Sim, SimConfig};
//!
//! /// Tells everybody everything it knows, ten times a second.
//! #[derive(Default)]
//! struct Gossip(BTreeSet<Value>);
//!
//! impl Node for Gossip {
//!     fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
//!         let known = || -> Vec<Value> { self.0.iter().cloned().collect() };
//!         match event {
//!             Event::Start { .. } => cx.set_timer(Duration::from_millis(100), Timer::Round(0)),
//!             Event::Timer(timer) => {
//!                 let content = Value::List(known().into());
//!                 for peer in cx.peers().cloned().collect::<Vec<_>>() {
//!                     cx.send(&peer, PeerMessage::Custom { content: content.clone() });
//!                 }
//!                 cx.set_timer(Duration::from_millis(100), timer);
//!             }
//!             Event::Peer { message: PeerMessage::Custom { content: Value::List(items) }, .. } => {
//!                 self.0.extend(items.iter().cloned());
//!             }
//!             Event::Request { from, request: Request::Read } => {
//!                 cx.reply(from, Reply::Messages(known().into()));
//!             }
//!             Event::Request { from, request: Request::Broadcast(message) } => {
//!                 self.0.insert(message);
//!                 cx.reply(from, Reply::BroadcastOk);
//!             }
//!             Event::Request { from, request } => cx.reply(from, Reply::not_served(&request)),
//!             _ => {}
//!         }
//!     }
//! }
//!
//! let mut sim = Sim::new(SimConfig::default(), 42, Box::new(|| Box::new(Gossip::default())));
//! let mut ask = |sim: &mut Sim, node, request| {
//!     sim.request(0, node, 1, request);
//!     sim.run_until(sim.now() + Duration::from_secs(5)).expect("every request is answered").reply
//! };
//!
//! // While n2 is cut off, it does not hear the news.
//! sim.inject(&Fault::Partition(Partition::isolating(&[2], 3)));
//! assert_eq!(ask(&mut sim, 0, Request::Broadcast("news".into())), Reply::BroadcastOk);
//! assert!(sim.run_until(Time::from_millis(1_000)).is_none());
//! assert_eq!(ask(&mut sim, 1, Request::Read), Reply::Messages(vec!["news".into()].into()));
//! assert_eq!(ask(&mut sim, 2, Request::Read), Reply::Messages(vec![].into()));
//!
//! // Healed, it soon does.
//! sim.inject(&Fault::Heal);
//! assert!(sim.run_until(Time::from_millis(2_000)).is_none());
//! assert_eq!(ask(&mut sim, 2, Request::Read), Reply::Messages(vec!["news".into()].into()));
//! ```
//!
//! # Map
//! - [`Sim`] is the world: send requests, let time pass, inject a [`Fault`], look at the trace.
//! - [`Network`] and [`Services`] have no clock and no nodes of their own; a world of real processes drives them too.
//! - [`Partition`] draws who no longer hears whom; [`SeqKvModel`] says how unhelpful `seq-kv` is.
//!
//! # Left out
//! Clients, workloads and checkers: whoever drives the world brings them. Bandwidth and message size: Maelstrom's network
//! has neither. Byzantine nodes.

mod disk;
mod endpoint;
mod faults;
mod inbox;
mod latency;
mod network;
mod network_stats;
mod services;
mod trace;
mod world;

pub use endpoint::{Endpoint, NoSuchEndpoint};
pub use faults::{Fault, Partition, PartitionKind};
pub use latency::{Distribution, Latency};
pub use network::{Envelope, LossCause, Network, NetworkConfig, Passage};
pub use network_stats::{MessageCounts, NetworkStats};
pub use services::{Change, Intent, Observation, SeqKvModel, Served, Services};
pub use trace::{TraceEvent, TraceKind};
pub use world::{ClientReply, LateReply, Sim, SimConfig};
