//! Requests, replies and peers' messages as one short line each, for traces, stories and diagrams.

use std::fmt;
use std::sync::Arc;

use crate::message::{PeerMessage, Reply, Request};

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo(value) => write!(f, "echo {value}"),
            Self::Topology(_) | Self::Generate | Self::Read | Self::Checkout => f.write_str(self.kind()),
            Self::Broadcast(value) => write!(f, "broadcast {value}"),
            Self::Add(delta) => write!(f, "add {delta}"),
            Self::AddElement(element) => write!(f, "add {element}"),
            Self::RemoveElement(element) => write!(f, "remove {element}"),
            Self::Write { value, context: Some(_) } => write!(f, "write {value} over what was read"),
            Self::Write { value, context: None } => write!(f, "write {value}"),
            Self::Insert { position, text } => write!(f, "insert {text} at {position}"),
            Self::Delete { position, length } => write!(f, "delete {length} at {position}"),
            Self::AddItem { product, quantity } => write!(f, "add_item {quantity} {product}"),
            Self::SetQuantity { product, quantity } => write!(f, "set_quantity {quantity} {product}"),
            Self::RemoveItem(product) => write!(f, "remove_item {product}"),
            Self::Custom { kind, fields } => write!(f, "{kind} {fields}"),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo(value) => write!(f, "echo_ok {value}"),
            Self::Id(value) => write!(f, "generate_ok {value}"),
            Self::TopologyOk => f.write_str("topology_ok"),
            Self::BroadcastOk => f.write_str("broadcast_ok"),
            Self::AddOk => f.write_str("add_ok"),
            Self::Counter(value) => write!(f, "read_ok {value}"),
            Self::Elements(items) if items.len() <= LIST_MAX => write!(f, "read_ok {}", List(items.iter())),
            Self::Messages(items) | Self::Elements(items) => write!(f, "read_ok ({} elements)", items.len()),
            Self::Changed(change) => write!(f, "{}{}", change.kind.reply(), Removed(change.removed.len())),
            Self::Siblings { values, .. } => write!(f, "read_ok {}", List(values.iter())),
            Self::Text(text) => write!(f, "read_ok {text:?}"),
            Self::Lines(lines) => {
                let line = |(product, quantity): (&Arc<str>, &u64)| format!("{quantity} {product}");
                write!(f, "read_ok {}", List(lines.iter().map(line)))
            }
            Self::Inserted { .. } => f.write_str("insert_ok"),
            Self::Deleted(text) => write!(f, "delete_ok {text:?}"),
            Self::Custom { kind, fields } => write!(f, "{kind} {fields}"),
            Self::Error { kind, text } => write!(f, "error {kind:?}: {text}"),
        }
    }
}

impl fmt::Display for PeerMessage {
    /// One short line for traces and diagrams.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GossipDelta { state, pull, receipt, .. } => {
                let (pull, receipt) =
                    (if *pull { " pull" } else { "" }, if receipt.is_some() { " +ok" } else { "" });
                write!(f, "delta {state}{pull}{receipt}")
            }
            Self::GossipReceipt { .. } => f.write_str("delta_ok"),
            Self::GossipDigest { fingerprint, .. } => write!(f, "digest {:04x}", fingerprint & 0xffff),
            Self::RightsWanted { amount, .. } => write!(f, "rights wanted: {amount}"),
            Self::Custom { content } => content.fmt(f),
        }
    }
}

/// How much a change has removed, if anything.
struct Removed(usize);

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            count => write!(f, " (in place of {count})"),
        }
    }
}

/// The first few of a list.
struct List<I>(I);

impl<T: fmt::Display, I: Iterator<Item = T> + Clone> fmt::Display for List<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, item) in self.0.clone().take(LIST_MAX).enumerate() {
            write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
        }
        match self.0.clone().count() {
            count if count > LIST_MAX => write!(f, ", {} more}}", count - LIST_MAX),
            _ => f.write_str("}"),
        }
    }
}

const LIST_MAX: usize = 8;
