//! Sketches serialised: the parameters, then the registers in the representation that they have in memory.
//!
//! For people: `{"precision": 11, "key": 0, "registers": {"listed": [[3, 1], [70, 2]]}}`, register and rank; or
//! `{"all": [0, 2, ...]}`, every register. In binary, an entry of the list is one number, `gap * 64 + rank`, where the gap is how many
//! registers are left out before it; and all registers are bytes, with register i in the bits 6i to 6i + 5, lowest first.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::dense::Dense;
use super::estimate::Harmonic;
use super::sparse::{Entry, Full, Sparse};
use super::{HyperLogLog, Registers};

const BITS: usize = 6;

#[derive(Serialize)]
struct Written<'a, const PRECISION: u8> {
    precision: u8,
    key: u64,
    registers: &'a Registers<PRECISION>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<const PRECISION: u8, const KEY: u64> {
    #[serde(rename = "precision")]
    _precision: Precision<PRECISION>,
    #[serde(rename = "key")]
    _key: Key<KEY>,
    registers: Form<PRECISION>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form<const PRECISION: u8> {
    Listed(Listed<PRECISION>),
    All(All<PRECISION>),
}

struct Precision<const PRECISION: u8>;
struct Key<const KEY: u64>;
struct Listed<const PRECISION: u8>(Sparse<PRECISION>);
struct All<const PRECISION: u8>(Dense<PRECISION>);

impl<const PRECISION: u8, const KEY: u64> Serialize for HyperLogLog<PRECISION, KEY> {
    /// See the module `wire`: parameters first, then the registers.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { precision: PRECISION, key: KEY, registers: &self.registers }.serialize(serializer)
    }
}

impl<'de, const PRECISION: u8, const KEY: u64> Deserialize<'de> for HyperLogLog<PRECISION, KEY> {
    /// Refuses other parameters, ranks that no hash has, and the representation that these registers would not have.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::<PRECISION, KEY>::deserialize(deserializer)?;
        let registers = match read.registers {
            Form::Listed(Listed(list)) => Registers::Listed(list),
            Form::All(All(all)) => Registers::All(all),
        };
        Ok(Self { registers })
    }
}

impl<'de, const PRECISION: u8> Deserialize<'de> for Precision<PRECISION> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            found if found == PRECISION => Ok(Self),
            other => Err(D::Error::custom(format_args!("a sketch of precision {other}, not {PRECISION}"))),
        }
    }
}

impl<'de, const KEY: u64> Deserialize<'de> for Key<KEY> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            found if found == KEY => Ok(Self),
            other => Err(D::Error::custom(format_args!("a sketch under the key {other}, not {KEY}"))),
        }
    }
}

impl<const PRECISION: u8> Serialize for Registers<PRECISION> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Listed(list) => serializer.serialize_newtype_variant("Registers", 0, "listed", list),
            Self::All(_) => serializer.serialize_newtype_variant("Registers", 1, "all", &EveryOne(self)),
        }
    }
}

impl<const PRECISION: u8> Serialize for Sparse<PRECISION> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.sorted();
        if serializer.is_human_readable() {
            return serializer.collect_seq(entries.iter().map(|entry| (entry.index(), entry.rank())));
        }
        let mut next = 0;
        serializer.collect_seq(entries.iter().map(|entry| {
            let gap = entry.index() - next;
            next = entry.index() + 1;
            gap << BITS | u32::from(entry.rank())
        }))
    }
}

struct EveryOne<'a, const PRECISION: u8>(&'a Registers<PRECISION>);

impl<const PRECISION: u8> Serialize for EveryOne<'_, PRECISION> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ranks = (0..1_u32 << PRECISION).map(|index| self.0.register(index));
        if serializer.is_human_readable() {
            return serializer.collect_seq(ranks);
        }
        let mut bytes = vec![0; Registers::<PRECISION>::COUNT * BITS / 8];
        for (index, rank) in ranks.enumerate() {
            let (byte, shift) = (index * BITS / 8, index * BITS % 8);
            let [low, high] = (u16::from(rank) << shift).to_le_bytes();
            bytes[byte] |= low;
            // Zero where the register ends with the byte, so nothing goes past the last one.
            if high != 0 {
                bytes[byte + 1] |= high;
            }
        }
        serializer.serialize_bytes(&bytes)
    }
}

impl<const PRECISION: u8> Registers<PRECISION> {
    const MAX_RANK: u8 = Harmonic::<PRECISION>::FULL;
}

/// Takes entries as they come, and refuses the first that does not fit.
#[derive(Default)]
struct Listing<const PRECISION: u8> {
    list: Sparse<PRECISION>,
    /// The first register that may come.
    next: u64,
}

impl<const PRECISION: u8> Listing<PRECISION> {
    fn push<E: Error>(&mut self, index: u64, rank: u8) -> Result<(), E> {
        if rank == 0 || rank > Registers::<PRECISION>::MAX_RANK {
            return Err(E::custom(format_args!("rank {rank} of register {index} is not one of any hash")));
        }
        if index < self.next {
            return Err(E::custom(format_args!("register {index} is out of order")));
        }
        self.next = index + 1;
        let index = u32::try_from(index).ok().filter(|index| index >> PRECISION == 0);
        let index = index.ok_or_else(|| E::custom("there is no such register"))?;
        let raised = self.list.raise(Entry::new(index, rank));
        raised.map(|_| ()).map_err(|Full| E::custom("too many registers for a list"))
    }
}

impl<'de, const PRECISION: u8> Deserialize<'de> for Listed<PRECISION> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<const PRECISION: u8> {
            pairs: bool,
        }

        impl<'de, const PRECISION: u8> Visitor<'de> for InOrder<PRECISION> {
            type Value = Listed<PRECISION>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("registers above zero and their ranks, in order")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut listing = Listing::<PRECISION>::default();
                if self.pairs {
                    while let Some((index, rank)) = seq.next_element::<(u32, u8)>()? {
                        listing.push(index.into(), rank)?;
                    }
                    return Ok(Listed(listing.list));
                }
                while let Some(code) = seq.next_element::<u32>()? {
                    listing.push(listing.next + u64::from(code >> BITS), (code % (1 << BITS)) as u8)?;
                }
                Ok(Listed(listing.list))
            }
        }

        let pairs = deserializer.is_human_readable();
        deserializer.deserialize_seq(InOrder::<PRECISION> { pairs })
    }
}

impl<'de, const PRECISION: u8> Deserialize<'de> for All<PRECISION> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ranks<const PRECISION: u8>;

        impl<'de, const PRECISION: u8> Visitor<'de> for Ranks<PRECISION> {
            type Value = All<PRECISION>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} registers", Registers::<PRECISION>::COUNT)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut ranks = Vec::new();
                while let Some(rank) = seq.next_element::<u8>()? {
                    ranks.push(rank);
                    if ranks.len() > Registers::<PRECISION>::COUNT {
                        return Err(A::Error::invalid_length(ranks.len(), &self));
                    }
                }
                if ranks.len() < Registers::<PRECISION>::COUNT {
                    return Err(A::Error::invalid_length(ranks.len(), &self));
                }
                all_of(ranks)
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                if bytes.len() != Registers::<PRECISION>::COUNT * BITS / 8 {
                    return Err(E::invalid_length(bytes.len(), &self));
                }
                all_of((0..Registers::<PRECISION>::COUNT).map(|index| {
                    let (byte, shift) = (index * BITS / 8, index * BITS % 8);
                    let pair = [bytes[byte], bytes.get(byte + 1).copied().unwrap_or(0)];
                    (u16::from_le_bytes(pair) >> shift).to_le_bytes()[0] % (1 << BITS)
                }))
            }
        }

        if deserializer.is_human_readable() {
            deserializer.deserialize_seq(Ranks::<PRECISION>)
        } else {
            deserializer.deserialize_bytes(Ranks::<PRECISION>)
        }
    }
}

fn all_of<const PRECISION: u8, E: Error>(ranks: impl IntoIterator<Item = u8>) -> Result<All<PRECISION>, E> {
    let mut all = Dense::new();
    let mut above_zero = 0;
    for (index, rank) in (0..).zip(ranks) {
        if rank > Registers::<PRECISION>::MAX_RANK {
            return Err(E::custom(format_args!("rank {rank} of register {index} is not one of any hash")));
        }
        above_zero += usize::from(all.raise(Entry::new(index, rank)));
    }
    if above_zero <= Sparse::<PRECISION>::MOST {
        return Err(E::custom("so few registers above zero are written as a list"));
    }
    Ok(All(all))
}
