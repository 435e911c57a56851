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

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(feed: impl Fn(&mut Fnv)) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        feed(&mut hasher);
        hasher.finish()
    }

    /// From the authors' list of test vectors.
    #[test]
    fn the_hash_is_fnv_1a() {
        for (bytes, hash) in [
            (&b""[..], 0xcbf2_9ce4_8422_2325),
            (b"a", 0xaf63_dc4c_8601_ec8c),
            (b"foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(hashed(|hasher| hasher.write(bytes)), hash);
        }
    }

    #[test]
    fn numbers_are_their_bytes_from_the_lowest_on() {
        let foo = |count: usize| {
            let mut bytes = b"foo".to_vec();
            bytes.resize(count, 0);
            hashed(|hasher| hasher.write(&bytes))
        };
        let number = 0x006f_6f66_u32;
        assert_eq!(hashed(|hasher| hasher.write_u32(number)), foo(4));
        assert_eq!(hashed(|hasher| hasher.write_u64(number.into())), foo(8));
        assert_eq!(hashed(|hasher| hasher.write_usize(number as usize)), foo(8));
        assert_eq!(hashed(|hasher| hasher.write_u128(number.into())), foo(16));
    }

    #[test]
    fn a_fingerprint_is_63_bits_and_tells_states_apart() {
        // Numbers of different lengths when they are written.
        let states: [u64; 100] = std::array::from_fn(|number| (number as u64).pow(9));
        for fingerprint in [fingerprint::<u64>, fingerprint_of_bytes::<u64>] {
            let mut all = states.map(|state| fingerprint(&state)).to_vec();
            assert!(all.iter().all(|print| print >> 63 == 0));
            assert!(all.iter().any(|print| print >> 62 == 1));
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), states.len());
        }
    }
}
