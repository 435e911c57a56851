//! What stands under a node's key.

use crate::{KvError, NodeId, Value};

/// What stands under a node's key, as stored and taken apart.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) value: Value,
    /// The sum of all that was added at the node.
    pub(super) total: i64,
    /// Goes up with every swap.
    pub(super) version: u64,
    /// The life of the node that wrote it.
    pub(super) boot: u64,
}

/// The key of a node's slot.
pub(super) fn key_of(node: &NodeId) -> String {
    format!("slot-{node}")
}

impl Slot {
    pub(super) fn new(total: i64, version: u64, boot: u64) -> Self {
        let fields = [("total", total.into()), ("version", version.into()), ("boot", boot.into())];
        Self { value: Value::map(fields), total, version, boot }
    }

    /// The slot that a stored value is. Nobody else writes the key, but whatever is there must not crash a node.
    pub(super) fn parse(value: Value) -> Result<Self, KvError> {
        let field = |name| value.get(name).and_then(Value::as_int);
        let total = field("total").and_then(|total| i64::try_from(total).ok());
        // The bound leaves room to count on.
        let version = field("version").and_then(|version| u64::try_from(version).ok());
        let version = version.filter(|version| *version < 1 << 62);
        let boot = field("boot").and_then(|boot| u64::try_from(boot).ok());
        match (total, version, boot) {
            (Some(total), Some(version), Some(boot)) => Ok(Self { value, total, version, boot }),
            _ => Err(KvError::Malformed(format!("`{value}` is no slot").into())),
        }
    }
}
