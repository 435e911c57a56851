//! A digest of a set of counters: equal sets have equal digests, and different ones almost surely different ones.
//!
//! The sum, modulo 2^64 twice, of two hashes of each counter. So it follows an insertion or removal in constant time, in any
//! order. For two sets that were not made to collide the digests are equal with probability 2^-128: less than that of
//! a bit of memory flipping meanwhile.
//!
//! The hashes are fixed, so sets can be *made* to collide. Nothing is gained by it here: the digest is compared only between
//! states under equal contexts, where a sender who wants two replicas to differ need not go to that trouble: it can send them
//! different states.

use core::num::NonZeroU64;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest(u64, u64);

impl Digest {
    #[inline]
    pub(super) fn insert(&mut self, counter: NonZeroU64) {
        let (a, b) = hashes(counter);
        *self = Self(self.0.wrapping_add(a), self.1.wrapping_add(b));
    }

    #[inline]
    pub(super) fn remove(&mut self, counter: NonZeroU64) {
        let (a, b) = hashes(counter);
        *self = Self(self.0.wrapping_sub(a), self.1.wrapping_sub(b));
    }
}

/// Multiplication to 128 bits and folding the halves, twice with different constants (digits of pi) at the second time.
#[inline]
fn hashes(counter: NonZeroU64) -> (u64, u64) {
    let mixed = folded(counter.get() ^ 0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345);
    (
        folded(mixed ^ 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89),
        folded(mixed ^ 0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6d),
    )
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves")]
const fn folded(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of collisions rests on these hashes and no others; the values were computed apart from this code.
    const HASHES: [(u64, u64, u64); 5] = [
        (1, 0xc337_a0eb_7157_a2be, 0xdd3d_6e69_4b9b_01bd),
        (2, 0x5064_a7d1_a219_59f3, 0xc7cf_7eee_6fdb_b0b3),
        (64, 0xcb46_273f_bb52_182b, 0x99ad_11fc_cf94_c118),
        ((1 << 40) + 5, 0x349f_e752_eeb0_5535, 0x772a_9025_24f1_0577),
        (u64::MAX, 0x0883_e784_74ca_b6cc, 0x59cd_eab4_833d_9d17),
    ];

    fn counter(number: u64) -> NonZeroU64 {
        NonZeroU64::new(number).expect("not 0")
    }

    #[test]
    fn one_counter_has_the_hashes_of_the_definition() {
        for (number, a, b) in HASHES {
            let mut digest = Digest::default();
            digest.insert(counter(number));
            assert_eq!(digest, Digest(a, b), "{number}");
        }
    }

    #[test]
    fn a_digest_follows_insertions_and_removals_in_any_order() {
        let mut digest = Digest::default();
        (1..=100).for_each(|number| digest.insert(counter(number)));
        (1..=100).filter(|number| number % 3 != 0).for_each(|number| digest.remove(counter(number)));
        let mut rest = Digest::default();
        (1..=33).rev().for_each(|third| rest.insert(counter(third * 3)));
        assert_eq!(digest, rest);
        assert_ne!(rest, Digest::default());
    }
}
