//! A peer's message as it is read: all fields that any message has, in one pass.
//!
//! A format hands out the fields of a map in any order, the type perhaps last. Serde would keep them all until the type is
//! known, as values of its own that know no integers of 128 bits; but every field has one meaning, whatever the type.

use quipu_crdt::ReplicaId;
use serde::Deserialize;

use crate::gossip::{GossipState, Receipt};
use crate::message::PeerMessage;
use crate::value::Value;

/// The fields of all messages together.
#[derive(Deserialize)]
pub(crate) struct PeerFields {
    #[serde(rename = "type")]
    kind: Kind,
    boot: Option<u64>,
    base: Option<u64>,
    upto: Option<u64>,
    state: Option<GossipState>,
    #[serde(default)]
    pull: bool,
    receipt: Option<Receipt>,
    fingerprint: Option<u64>,
    replica: Option<ReplicaId>,
    amount: Option<u64>,
    content: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    GossipDelta,
    GossipReceipt,
    GossipDigest,
    RightsWanted,
    Custom,
}

impl TryFrom<PeerFields> for PeerMessage {
    type Error = String;

    fn try_from(fields: PeerFields) -> Result<Self, String> {
        let PeerFields { receipt, pull, .. } = fields;
        Ok(match fields.kind {
            Kind::GossipDelta => Self::GossipDelta {
                boot: there(fields.boot, "boot")?,
                base: there(fields.base, "base")?,
                upto: there(fields.upto, "upto")?,
                state: there(fields.state, "state")?,
                pull,
                receipt,
            },
            Kind::GossipReceipt => {
                Self::GossipReceipt { boot: there(fields.boot, "boot")?, receipt: there(receipt, "receipt")? }
            }
            Kind::GossipDigest => Self::GossipDigest {
                boot: there(fields.boot, "boot")?,
                upto: there(fields.upto, "upto")?,
                fingerprint: there(fields.fingerprint, "fingerprint")?,
            },
            Kind::RightsWanted => Self::RightsWanted {
                replica: there(fields.replica, "replica")?,
                amount: there(fields.amount, "amount")?,
            },
            // Null is a content, and reads as none.
            Kind::Custom => Self::Custom { content: fields.content.unwrap_or(Value::Null) },
        })
    }
}

fn there<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("missing field `{name}`"))
}
