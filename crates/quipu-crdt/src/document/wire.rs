//! Documents on the wire: nested nodes, with a limit on their depth.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::node::{Inner, Node};
use super::{Document, Position};
use crate::or_map::wire::MapSeed;
use crate::{CausalContext, DotStore, Lattice, OrMap};

/// The parts of a node that are not empty, by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Is,
    Fields,
    Items,
    Steps,
}

impl Serialize for Document {
    /// As a map from keys to nodes: `{"a": {"is": [[dot, {"int": 1}]]}}`. An object's node has `fields`, a list's has `items`, pairs
    /// of a position and a node, a counter's has `steps`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Document {
    /// Refuses what no replica writes, and documents deeper than [`Document::DEPTH_MAX`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seed = MapSeed { value: NodeSeed { depth: 1 }, key: PhantomData };
        seed.deserialize(deserializer).map(|fields| Self { fields })
    }
}

struct Items<'a>(&'a OrMap<Position, Node>);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = Inner::default();
        let (fields, items, steps) = self.inner.as_deref().unwrap_or(&none);
        let full = [!self.marks.is_empty(), !fields.is_empty(), !items.is_empty(), !steps.is_empty()];
        let mut map = serializer.serialize_map(Some(full.iter().filter(|full| **full).count()))?;
        if full[0] {
            map.serialize_entry(&Part::Is, &self.marks)?;
        }
        if full[1] {
            map.serialize_entry(&Part::Fields, fields)?;
        }
        if full[2] {
            map.serialize_entry(&Part::Items, &Items(items))?;
        }
        if full[3] {
            map.serialize_entry(&Part::Steps, steps)?;
        }
        map.end()
    }
}

/// Decodes a node that is so deep.
#[derive(Clone, Copy)]
struct NodeSeed {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for NodeSeed {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        if self.depth > Document::DEPTH_MAX {
            let problem = format_args!("a document more than {} levels deep", Document::DEPTH_MAX);
            return Err(D::Error::custom(problem));
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the parts of a node: `is`, `fields`, `items`, `steps`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut node = Node::default();
        let mut inner = Inner::default();
        let mut seen = Vec::new();
        let mut dots = CausalContext::default();
        let deeper = NodeSeed { depth: self.depth + 1 };
        while let Some(part) = map.next_key::<Part>()? {
            let new = match part {
                Part::Is => {
                    node.marks = map.next_value()?;
                    DotStore::dots(&node.marks)
                }
                Part::Fields => {
                    inner.0 = map.next_value_seed(MapSeed { value: deeper, key: PhantomData })?;
                    inner.0.dots()
                }
                Part::Items => {
                    inner.1 = map.next_value_seed(ItemsSeed { value: deeper })?;
                    inner.1.dots()
                }
                Part::Steps => {
                    inner.2 = map.next_value()?;
                    inner.2.dots()
                }
            };
            if seen.contains(&part) {
                return Err(A::Error::custom("a part of a node is there twice"));
            }
            if new.is_empty() || !new.intersection(&dots).is_empty() {
                return Err(A::Error::custom("a part of a node is empty, or has a change of another part"));
            }
            dots.join(&new);
            seen.push(part);
        }
        node.inner = (!DotStore::is_empty(&inner)).then(|| inner.into());
        Ok(node)
    }
}

/// Decodes the items of a list.
struct ItemsSeed {
    value: NodeSeed,
}

impl<'de> DeserializeSeed<'de> for ItemsSeed {
    type Value = OrMap<Position, Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ItemsSeed {
    type Value = OrMap<Position, Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pairs of a position and a node, in the order of positions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = OrMap::default();
        while let Some((position, node)) = seq.next_element_seed(ItemSeed { value: self.value })? {
            items.admit(position, node).map_err(A::Error::custom)?;
        }
        Ok(items)
    }
}

/// Decodes a position and a node.
struct ItemSeed {
    value: NodeSeed,
}

impl<'de> DeserializeSeed<'de> for ItemSeed {
    type Value = (Position, Node);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_tuple(2, self)
    }
}

impl<'de> Visitor<'de> for ItemSeed {
    type Value = (Position, Node);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a position and a node")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let position = seq.next_element()?;
        let node = seq.next_element_seed(self.value)?;
        position.zip(node).ok_or_else(|| A::Error::custom("an item is a position and a node"))
    }
}
