//! Dividing an amount into parts that add up to it.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;
use core::num::NonZeroU32;

use super::{Amount, Unit};

/// No part has a weight above zero, so nobody could get the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoWeight;

impl fmt::Display for NoWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no weight is above zero: give at least one part a weight")
    }
}

impl core::error::Error for NoWeight {}

impl<U: Unit> Amount<U> {
    /// Equal parts that add up exactly; if it does not divide, the first ones are one minor unit larger.
    pub fn split(self, parts: NonZeroU32) -> impl ExactSizeIterator<Item = Self> {
        let count = u128::from(parts.get());
        let (share, left) = (self.minor.unsigned_abs() / count, self.minor.unsigned_abs() % count);
        (0..parts.get()).map(move |part| self.with_sign_of(share + u128::from(u128::from(part) < left)))
    }

    /// One part per weight, in proportion to the weights, that add up exactly: the method of the largest remainder.
    /// A part of weight zero gets nothing.
    ///
    /// # Errors
    /// [`NoWeight`] if there is no weight above zero.
    pub fn split_by_ratio(self, weights: &[u32]) -> Result<Vec<Self>, NoWeight> {
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        if total == 0 {
            return Err(NoWeight);
        }
        // Whole rounds and the rest apart: their product with a weight of 32 bits fits 128 bits.
        let (rounds, rest) = (self.minor.unsigned_abs() / total, self.minor.unsigned_abs() % total);
        let weights = weights.iter().map(|weight| u128::from(*weight));
        let mut shares: Vec<u128> =
            weights.clone().map(|weight| rounds * weight + rest * weight / total).collect();
        let mut by_remainder: Vec<_> =
            weights.map(|weight| Reverse(rest * weight % total)).enumerate().collect();
        by_remainder.sort_by_key(|(part, remainder)| (*remainder, *part));
        let left = self.minor.unsigned_abs() - shares.iter().sum::<u128>();
        // Each remainder is below one unit, so what is left is less than there are remainders above zero.
        for (_, (part, _)) in (0..left).zip(by_remainder) {
            shares[part] += 1;
        }
        Ok(shares.into_iter().map(|share| self.with_sign_of(share)).collect())
    }

    /// A part of this amount, given its size.
    fn with_sign_of(self, size: u128) -> Self {
        let minor = if self.minor < 0 {
            0_i128.checked_sub_unsigned(size)
        } else {
            0_i128.checked_add_unsigned(size)
        };
        Self::from_minor(minor.expect("a part is no larger than the whole"))
    }
}
