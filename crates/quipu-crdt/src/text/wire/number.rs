//! Numbers and ids as bytes.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::Malformed;
use crate::text::change::Id;
use crate::{NodeName, ReplicaId};

/// Replicas in order, mostly one or two.
pub(super) type Ids = SmallVec<[ReplicaId; 2]>;

/// What is left to read.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.bytes.split_first().ok_or(Malformed::Truncated)?;
        self.bytes = rest;
        Ok(*first)
    }

    /// A number, 7 bits a byte, the lowest first.
    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                return Err(Malformed::BadNumber);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return if byte == 0 { Err(Malformed::BadNumber) } else { Ok(value) };
            }
        }
        Err(Malformed::BadNumber)
    }

    #[inline]
    pub(super) fn small(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed::BadNumber)
    }

    pub(super) fn size(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| Malformed::BadNumber)
    }

    /// A number near `base`.
    #[inline]
    pub(super) fn near(&mut self, base: u32) -> Result<u32, Malformed> {
        let folded = self.number()?;
        let distance = i64::try_from(folded >> 1).map_err(|_| Malformed::BadNumber)?;
        let distance = if folded & 1 == 0 { distance } else { -1 - distance };
        let value = i64::from(base).checked_add(distance).ok_or(Malformed::BadNumber)?;
        u32::try_from(value).map_err(|_| Malformed::BadNumber)
    }

    #[inline]
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.bytes.split_at_checked(len).ok_or(Malformed::Truncated)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn finish(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed::Trailing) }
    }

    /// Replicas in order, each once.
    pub(super) fn replicas(&mut self) -> Result<Ids, Malformed> {
        let count = self.number()?;
        let mut replicas = Ids::new();
        for _ in 0..count {
            let len = self.size()?;
            let name = core::str::from_utf8(self.take(len)?).map_err(|_| Malformed::BadReplica)?;
            let node = NodeName::new(name);
            let replica = ReplicaId::new(node, self.number()?);
            if node.as_str() != name || replicas.last().is_some_and(|last| *last >= replica) {
                return Err(Malformed::BadReplica);
            }
            replicas.push(replica);
        }
        Ok(replicas)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest 7 bits are meant")]
pub(super) fn write(mut value: u64, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Writes a number as its distance from `base`.
pub(super) fn write_near(value: u32, base: u32, to: &mut Vec<u8>) {
    let distance = i64::from(value) - i64::from(base);
    write(
        if distance < 0 { ((-1 - distance).unsigned_abs() << 1) | 1 } else { distance.unsigned_abs() << 1 },
        to,
    );
}

pub(super) fn write_replicas(replicas: &[ReplicaId], to: &mut Vec<u8>) {
    write(replicas.len() as u64, to);
    for replica in replicas {
        let name = replica.node.as_str();
        write(name.len() as u64, to);
        to.extend_from_slice(name.as_bytes());
        write(replica.incarnation, to);
    }
}

/// The place of a replica in a list that holds it.
pub(super) fn place(replicas: &[ReplicaId], id: Id) -> u64 {
    replicas.binary_search(&id.replica).expect("all replicas were collected") as u64
}

#[cfg(test)]
mod tests;
