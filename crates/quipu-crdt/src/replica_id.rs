//! Who makes changes: a node, in one of its lives.
//!
//! The key invariant of every type in this crate is: *nobody knows more of a replica's changes than the replica
//! itself*. A node that crashes and loses its newest changes breaks it: others may have seen them, and the changes
//! it makes next would be counted under numbers that mean something else elsewhere, and vanish in a join. So a
//! node that may have lost anything comes back under a new **incarnation**, which makes it a new replica.
//!
//! *Worked example.* `n0` in incarnation 7 adds 5; `n1` sees it; `n0` loses its disk and adds 2. Under the old id,
//! `n1` would hold 5, receive 2, and keep the larger: the new add is gone. As `n0@8` it holds 5 and 2, which is 7.

use core::fmt;
use core::str::FromStr;

use crate::NodeName;

/// A replica: a node, and which of its lives. 24 bytes, copied. As text `n0@1f`, the incarnation in hexadecimal; in a binary
/// form the name and the number.
///
/// ```
/// use quipu_crdt::{NodeName, ReplicaId};
///
/// let id: ReplicaId = "n0@1f".parse()?;
/// assert_eq!(id, ReplicaId::new(NodeName::new("n0"), 31));
/// assert!("n0@1F".parse::<ReplicaId>().is_err()); // one spelling only
/// # Ok::<(), quipu_crdt::ParseReplicaIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaId {
    /// The node.
    pub node: NodeName,
    /// Which life of it: any number that no other life of this node has had; a start counter or a random one.
    pub incarnation: u64,
}

impl ReplicaId {
    /// The replica that `node` is in this incarnation.
    pub const fn new(node: NodeName, incarnation: u64) -> Self {
        Self { node, incarnation }
    }
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{:x}", self.node, self.incarnation)
    }
}

impl fmt::Debug for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not of the form `node@incarnation` with a hexadecimal incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseReplicaIdError;

impl fmt::Display for ParseReplicaIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a replica is written `node@incarnation`, the incarnation in hexadecimal, as in `n0@1f`")
    }
}

impl core::error::Error for ParseReplicaIdError {}

impl FromStr for ReplicaId {
    type Err = ParseReplicaIdError;

    /// Takes what [`fmt::Display`] writes, and no other spelling of it.
    fn from_str(text: &str) -> Result<Self, ParseReplicaIdError> {
        let (node, digits) = text.rsplit_once('@').ok_or(ParseReplicaIdError)?;
        let plain = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !plain || (digits.len() > 1 && digits.starts_with('0')) {
            return Err(ParseReplicaIdError);
        }
        let incarnation = u64::from_str_radix(digits, 16).map_err(|_| ParseReplicaIdError)?;
        let node = NodeName::from_canonical(node).ok_or(ParseReplicaIdError)?;
        Ok(Self::new(node, incarnation))
    }
}

#[cfg(feature = "serde")]
mod wire {
    use core::fmt;

    use serde::de::{Error, Unexpected, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::ReplicaId;
    use crate::NodeName;

    impl Serialize for ReplicaId {
        /// As text where people read, so that it can be a key of a JSON object; else as a pair of the name's text and
        /// the incarnation, `("n0", 31)`, which binary formats write in a byte more than the name has and few more.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.collect_str(self)
            } else {
                (self.node.as_str(), self.incarnation).serialize(serializer)
            }
        }
    }

    impl<'de> Deserialize<'de> for ReplicaId {
        /// Refuses every spelling but the one that is written.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                return deserializer.deserialize_str(Text);
            }
            let (Name(node), incarnation) = Deserialize::deserialize(deserializer)?;
            Ok(Self::new(node, incarnation))
        }
    }

    struct Text;

    impl Visitor<'_> for Text {
        type Value = ReplicaId;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a replica, as in `n0@1f`")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<ReplicaId, E> {
            text.parse().map_err(E::custom)
        }
    }

    struct Name(NodeName);

    impl<'de> Deserialize<'de> for Name {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct NameText;

            impl Visitor<'_> for NameText {
                type Value = Name;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a node's name of at most 16 bytes without a zero byte")
                }

                fn visit_str<E: Error>(self, text: &str) -> Result<Name, E> {
                    let name = NodeName::from_canonical(text).map(Name);
                    name.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
                }
            }

            deserializer.deserialize_str(NameText)
        }
    }
}
