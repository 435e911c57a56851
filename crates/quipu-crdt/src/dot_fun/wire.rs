//! The serialised forms of a function from dots.
//!
//! Where people read, a list of dots and values in the order of dots: `[[["n0@1f", 3], "milk"]]`. In binary formats a list of
//! replicas and their entries, each the number of counters skipped since the last one, and the value: so a replica is
//! written once, and a dot takes one byte wherever formats write small numbers in one.

use core::fmt;
use core::marker::PhantomData;
use core::num::NonZeroU64;

use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{DotFun, Form};
use crate::{Dot, ReplicaId};

impl<V: Serialize> Serialize for DotFun<V> {
    /// As a list of dots and values in the order of dots: `[[["n0@1f", 3], "milk"]]`. In binary formats by replica, with
    /// the number of counters skipped before each value.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_seq(self.iter());
        }
        match &self.form {
            Form::Few(few) => {
                let rows = few.entries().chunk_by(|(a, _), (b, _)| a.replica == b.replica).map(|row| {
                    let entries = row.iter().map(|(dot, value)| (*dot, value));
                    (row[0].0.replica, Entries { entries, len: row.len() })
                });
                collect(serializer, rows)
            }
            Form::Many(pages) => {
                let rows = pages.rows().map(|(_, row)| {
                    let entries = row.iter();
                    (row.replica, Entries { entries, len: row.len() })
                });
                collect(serializer, rows)
            }
        }
    }
}

/// A list whose length is counted first, as binary formats want it.
fn collect<S: Serializer>(
    serializer: S,
    rows: impl Iterator<Item: Serialize> + Clone,
) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(rows.clone().count()))?;
    for row in rows {
        list.serialize_element(&row)?;
    }
    list.end()
}

/// The entries of one replica.
struct Entries<I> {
    entries: I,
    len: usize,
}

impl<'a, V: Serialize + 'a, I: Iterator<Item = (Dot, &'a V)> + Clone> Serialize for Entries<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len))?;
        let mut before = 0;
        for (dot, value) in self.entries.clone() {
            list.serialize_element(&(dot.counter.get() - before - 1, value))?;
            before = dot.counter.get();
        }
        list.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for DotFun<V> {
    /// Refuses dots out of order, and replicas without any.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_seq(ReadableVisitor(PhantomData))
        } else {
            deserializer.deserialize_seq(RowsVisitor(PhantomData))
        }
    }
}

struct ReadableVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for ReadableVisitor<V> {
    type Value = DotFun<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dots and their values, in the order of dots")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<DotFun<V>, A::Error> {
        let mut values = DotFun::default();
        let mut last = None;
        while let Some((dot, value)) = seq.next_element::<(Dot, V)>()? {
            if last.is_some_and(|last| last >= dot) {
                return Err(A::Error::custom(format_args!("{dot} is out of order or there twice")));
            }
            values.insert(dot, value);
            last = Some(dot);
        }
        Ok(values)
    }
}

struct RowsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for RowsVisitor<V> {
    type Value = DotFun<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("replicas in order, each with its entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<DotFun<V>, A::Error> {
        let mut values = DotFun::default();
        let mut last = None;
        while let Some(replica) = seq.next_element_seed(RowSeed { values: &mut values, last })? {
            last = Some(replica);
        }
        Ok(values)
    }
}

/// A replica beyond the last one, and its entries.
struct RowSeed<'a, V> {
    values: &'a mut DotFun<V>,
    last: Option<ReplicaId>,
}

impl<'de, V: Deserialize<'de>> DeserializeSeed<'de> for RowSeed<'_, V> {
    type Value = ReplicaId;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ReplicaId, D::Error> {
        deserializer.deserialize_tuple(2, self)
    }
}

impl<'de, V: Deserialize<'de>> Visitor<'de> for RowSeed<'_, V> {
    type Value = ReplicaId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a replica and its entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ReplicaId, A::Error> {
        let replica: ReplicaId = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        if self.last.is_some_and(|last| last >= replica) {
            return Err(A::Error::custom(format_args!("{replica} is out of order or there twice")));
        }
        let entries = EntriesSeed { values: self.values, replica };
        seq.next_element_seed(entries)?.ok_or_else(|| A::Error::custom("a replica without entries"))?;
        Ok(replica)
    }
}

/// Counters skipped and values, at least one.
struct EntriesSeed<'a, V> {
    values: &'a mut DotFun<V>,
    replica: ReplicaId,
}

impl<'de, V: Deserialize<'de>> DeserializeSeed<'de> for EntriesSeed<'_, V> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesSeed<'_, V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the numbers of counters skipped, and values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut last = 0_u64;
        while let Some((skipped, value)) = seq.next_element::<(u64, V)>()? {
            let counter = last.checked_add(1).and_then(|next| next.checked_add(skipped));
            let counter = counter.and_then(NonZeroU64::new);
            let counter = counter.ok_or_else(|| A::Error::custom("a counter beyond 2^64 - 1"))?;
            self.values.insert(Dot::new(self.replica, counter), value);
            last = counter.get();
        }
        if last == 0 { Err(A::Error::invalid_length(0, &self)) } else { Ok(()) }
    }
}
