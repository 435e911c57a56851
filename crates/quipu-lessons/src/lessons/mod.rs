//! The lessons, one file each.

pub(crate) mod amnesia;
pub(crate) mod cart;
pub(crate) mod chain;
pub(crate) mod compare_and_swap;
pub(crate) mod fences;
pub(crate) mod fixed_point;
pub(crate) mod g_counter;
pub(crate) mod gossip;
pub(crate) mod key_per_node;
pub(crate) mod laws;
pub(crate) mod lost_update;
pub(crate) mod maximum;
pub(crate) mod mv_register;
pub(crate) mod official;
pub(crate) mod or_set;
pub(crate) mod pn_counter;
pub(crate) mod read_your_writes;
pub(crate) mod retries;
pub(crate) mod stale_reads;
pub(crate) mod stock;
pub(crate) mod text;
pub(crate) mod total_views;
pub(crate) mod unique_viewers;
