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
