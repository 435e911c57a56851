//! The built-in nodes, one file each.

mod broadcast;
mod echo;
mod elements;
mod g_set;
mod gossip_counter;
mod per_request;
mod unique_ids;

pub use broadcast::Broadcast;
pub use echo::Echo;
pub use g_set::GSetNode;
pub use gossip_counter::{GossipCounter, GossipCounterSettings};
pub use per_request::{Call, PerRequest};
pub use unique_ids::UniqueIds;
