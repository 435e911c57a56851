//! The built-in nodes, one file or folder each.

mod batch;
mod broadcast;
mod cas;
pub mod chain;
mod echo;
mod elements;
mod failure;
mod fence;
mod g_set;
mod gossip_counter;
mod keys;
mod kind;
pub mod locked;
mod lossy;
mod per_request;
mod settings;
pub mod slots;
mod unique_ids;

pub use broadcast::Broadcast;
pub use cas::cas;
pub use chain::Chain;
pub use echo::Echo;
pub use fence::Fence;
pub use g_set::GSetNode;
pub use gossip_counter::{GossipCounter, GossipCounterSettings};
pub use keys::Keys;
pub use kind::NodeKind;
pub use locked::Locked;
pub use lossy::lossy;
pub use per_request::{Call, PerRequest};
pub use settings::{Remedy, Settings, UnknownName};
pub use slots::Slots;
pub use unique_ids::UniqueIds;
