//! The nodes that speak to peers and to no service, in a small deterministic world of their own.

mod broadcast;
mod causal;
mod counter;
mod remedies;
mod sets;
mod storm;
mod wire;
mod world;
