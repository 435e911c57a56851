//! The mechanisms as nodes under the ordinary contract: an event in, ordered effects out.

pub(crate) mod central;
pub(crate) mod escrow;
mod home;
pub(crate) mod metered;
pub(crate) mod quorum;
pub(crate) mod replicated;
