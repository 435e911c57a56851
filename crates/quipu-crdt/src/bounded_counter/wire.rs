//! As a map from replicas to their rows, `{"n0@1": [created, consumed, {"n1@1": given}]}`.

use core::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BoundedCounter, Row};
use crate::slots::Count;
use crate::{Lattice, ReplicaId};

impl Serialize for BoundedCounter {
    /// As a map: `{"n0@1f": [3, 0, {"n1@1": 1}]}` for what was created, consumed and given to whom.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(&self.rows)
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.created, self.consumed, &self.given).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (created, consumed, given) = Deserialize::deserialize(deserializer)?;
        Ok(Self { created, consumed, given })
    }
}

impl<'de> Deserialize<'de> for BoundedCounter {
    /// Refuses what no replica writes: an empty row, two rows of one replica, a grant to oneself, a row that has used
    /// more rights than it ever got, and, in a binary form, rows that are out of order.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let any_order = deserializer.is_human_readable();
        deserializer.deserialize_map(RowsVisitor { any_order })
    }
}

struct RowsVisitor {
    any_order: bool,
}

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = BoundedCounter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from replicas to what they created, consumed and gave to whom")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BoundedCounter, A::Error> {
        let mut counter = BoundedCounter::default();
        while let Some((replica, row)) = map.next_entry::<ReplicaId, Row>()? {
            if row.is_bottom() {
                return Err(A::Error::custom(format_args!("{replica} has an empty row")));
            }
            if row.given.get(replica) != Count(0) {
                return Err(A::Error::custom(format_args!("{replica} gives to itself")));
            }
            if counter.rows.insert(replica, row).is_some() {
                return Err(A::Error::custom(format_args!("{replica} has two rows")));
            }
            let is_last = counter.rows.last_key_value().is_some_and(|(last, _)| *last == replica);
            if !is_last && !self.any_order {
                return Err(A::Error::custom(format_args!("{replica} is out of order")));
            }
        }
        match counter.balances().into_iter().find(|(_, balance)| *balance < 0) {
            Some((replica, _)) => {
                Err(A::Error::custom(format_args!("{replica} used more rights than it got")))
            }
            None => Ok(counter),
        }
    }
}
