//! A short stand-in for a state, to find out whether two nodes have the same one.

use std::hash::{Hash, Hasher};

use serde::Serialize;

/// 63 bits that are equal for equal states on all machines, and almost surely different for different ones.
///
/// The hash (FNV-1a) is not made against an attacker: one who can make two sets with the same fingerprint can keep
/// anti-entropy from noticing, until the next change, that they differ. Pushes do not depend on it. 63 bits, because
/// some readers of JSON know no larger integers.
pub(super) fn fingerprint<S: Hash>(state: &S) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    state.hash(&mut hasher);
    hasher.finish() >> 1
}

/// The same for a state that is not hashed but written: equal states have equal bytes.
pub(super) fn fingerprint_of_bytes<S: Serialize>(state: &S) -> u64 {
    // Into memory, and every state says beforehand how long it is: there is nothing that could fail.
    let bytes = postcard::to_allocvec(state).expect("plain data can always be written");
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    hasher.write(&bytes);
    hasher.finish() >> 1
}

/// FNV-1a with 64 bits; numbers are fed in a byte order and width that no machine changes.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write(&number.to_le_bytes());
    }

    fn write_u64(&mut self, number: u64) {
        self.write(&number.to_le_bytes());
    }

    fn write_u128(&mut self, number: u128) {
        self.write(&number.to_le_bytes());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}
