//! The built-in nodes, one file each.

mod echo;
mod per_request;

pub use echo::Echo;
pub use per_request::{Call, PerRequest};
