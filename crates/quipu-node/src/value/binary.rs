//! Values in formats that do not say what they hold: each as a number for its kind, and its content.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Value;

/// Lists in lists, and maps in maps, to this depth: as deep as JSON is read.
const DEPTH: u8 = 128;

pub(super) fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    let mut pair = serializer.serialize_tuple(2)?;
    pair.serialize_element(&value.rank())?;
    match value {
        Value::Null => pair.serialize_element(&())?,
        Value::Bool(bool) => pair.serialize_element(bool)?,
        Value::Int(int) => pair.serialize_element(int)?,
        Value::Float(float) => pair.serialize_element(float)?,
        Value::Text(text) => pair.serialize_element(&**text)?,
        Value::List(items) => pair.serialize_element(&**items)?,
        Value::Map(entries) => pair.serialize_element(&Entries(entries))?,
    }
    pair.end()
}

struct Entries<'a>(&'a BTreeMap<Arc<str>, Value>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (&**key, value)))
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Nested(DEPTH).deserialize(deserializer)
}

/// A value that may hold others to this depth.
#[derive(Clone, Copy)]
struct Nested(u8);

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_tuple(2, PairVisitor(self.0))
    }
}

struct PairVisitor(u8);

impl<'de> Visitor<'de> for PairVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of a kind of value, and its content")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Value, A::Error> {
        let kind: u8 = next(&mut pair)?;
        let deeper = || self.0.checked_sub(1).ok_or_else(|| A::Error::custom("values nested too deep"));
        let missing = || A::Error::custom("a value without content");
        Ok(match kind {
            0 => next(&mut pair).map(|()| Value::Null)?,
            1 => Value::Bool(next(&mut pair)?),
            2 => Value::Int(next(&mut pair)?),
            3 => Value::Float(next(&mut pair)?),
            4 => Value::Text(next(&mut pair)?),
            5 => pair.next_element_seed(ListSeed(deeper()?))?.ok_or_else(missing)?,
            6 => pair.next_element_seed(MapSeed(deeper()?))?.ok_or_else(missing)?,
            _ => return Err(A::Error::custom(format_args!("there is no kind {kind} of values"))),
        })
    }
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(pair: &mut A) -> Result<T, A::Error> {
    pair.next_element()?.ok_or_else(|| A::Error::custom("a value without content"))
}

struct ListSeed(u8);

impl<'de> DeserializeSeed<'de> for ListSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Nested(self.0))? {
            items.push(item);
        }
        Ok(Value::List(items.into()))
    }
}

struct MapSeed(u8);

impl<'de> DeserializeSeed<'de> for MapSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MapSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from text to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key::<Arc<str>>()? {
            entries.insert(key, map.next_value_seed(Nested(self.0))?);
        }
        Ok(Value::Map(Arc::new(entries)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(value: &Value) {
        let bytes = postcard::to_allocvec(value).unwrap();
        assert_eq!(postcard::from_bytes::<Value>(&bytes).unwrap(), *value);
    }

    #[test]
    fn every_kind_of_value_is_read_as_it_was_written() {
        let all = [
            Value::Null,
            Value::Bool(true),
            Value::Int(i128::MIN),
            Value::from(7_u64),
            Value::Float(-0.5),
            Value::text("é"),
        ];
        all.iter().for_each(round_trip);
        round_trip(&Value::List(all.clone().into()));
        round_trip(&Value::map([("a", Value::List(all.into())), ("", Value::Null)]));
    }

    #[test]
    fn bytes_that_nest_without_end_are_refused() {
        let lists: Vec<u8> = [5_u8, 1].into_iter().cycle().take(1_000_000).collect();
        assert!(postcard::from_bytes::<Value>(&lists).is_err());
        assert!(postcard::from_bytes::<Value>(&[9, 0]).is_err());
    }
}
