//! Decimal amounts: fixed point over integers, with the unit in the type.
//!
//! An amount is a whole number of **minor units**: 12.34 EUR is 1234 cents. How many decimals there are, and of what, is said
//! by a [`Unit`], a type of the user's own. Nothing here is a float, and nothing is rounded: what does not fit is an error.
//!
//! ```
//! use quipu_crdt::{Amount, Unit};
//!
//! enum Eur {}
//!
//! impl Unit for Eur {
//!     const CODE: &'static str = "EUR";
//!     const SCALE: u8 = 2;
//! }
//!
//! let price: Amount<Eur> = "12.34".parse()?;
//! let total = price.checked_add(Amount::from_minor(66))?;
//! assert_eq!(total.to_string(), "13.00 EUR");
//!
//! // A third of 13.00 does not exist. The parts differ by a cent at most, and add up.
//! let parts: Vec<i128> = total.split(3.try_into()?).map(Amount::minor).collect();
//! assert_eq!(parts, [434, 433, 433]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Amounts of different units do not add; the program does not compile:
//!
//! ```compile_fail,E0308
//! use quipu_crdt::{Amount, Unit};
//!
//! enum Eur {}
//! impl Unit for Eur {
//!     const CODE: &'static str = "EUR";
//!     const SCALE: u8 = 2;
//! }
//! enum Yen {}
//! impl Unit for Yen {
//!     const CODE: &'static str = "JPY";
//!     const SCALE: u8 = 0;
//! }
//!
//! let euros: Amount<Eur> = Amount::from_minor(1);
//! let yen: Amount<Yen> = Amount::from_minor(1);
//! euros.checked_add(yen); // expected `Amount<Eur>`, found `Amount<Yen>`
//! ```
//!
//! *Range:* 128 bits with a sign, thus ±1.7 · 10^38 minor units. The amounts that one [`crate::AmountCounter`] replica adds and
//! takes are bounded by 64 bits each, so that their sum over replicas always fits here.
//!
//! *Splitting* is exact. [`Amount::split`] gives equal parts, of which the first ones are one minor unit larger if need be.
//! [`Amount::split_by_ratio`] gives each part its share rounded towards zero, and what is left, a unit each, to the largest remainders,
//! the earlier part first among equals. A negative amount splits as its mirror image.
//!
//! *As text:* `12.34 EUR`, always with all decimals. Reading takes fewer decimals, and the code may be missing. Serialised for
//! people it is that text with the code; in binary, code, scale and minor units. Bytes of another unit or scale are refused.
//!
//! *Cost:* 16 bytes; all operations O(1), splits linear in the parts.
//!
//! *Left out:* conversion between units and rounding modes: both need a rate and a rule that only the user knows. Thousands
//! separators and currency signs: matters of a locale.
//!
//! *Source:* Fowler, *Quantity* and *Money* in *Analysis Patterns*, 1997, and *Patterns of Enterprise Application Architecture*, 2002; the
//! largest-remainder method is Hamilton's.

mod split;
mod text;
#[cfg(feature = "serde")]
mod wire;

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

pub use split::NoWeight;
pub use text::ParseAmountError;
#[cfg(feature = "serde")]
pub(crate) use wire::Declared;

/// What an amount is counted in: a currency, or any other unit with decimals.
pub trait Unit: 'static {
    /// Its code, such as `EUR` or `kg`: what is shown and what travels. Without spaces.
    const CODE: &'static str;
    /// How many decimals it has, at most 38; more do not compile.
    const SCALE: u8;
}

/// A decimal amount of the unit `U`.
pub struct Amount<U> {
    minor: i128,
    unit: PhantomData<fn() -> U>,
}

impl<U: Unit> Amount<U> {
    /// One whole unit in minor units: 10^SCALE.
    pub const ONE: i128 = 10_i128.pow(U::SCALE as u32);

    /// The amount of so many minor units.
    pub const fn from_minor(minor: i128) -> Self {
        Self { minor, unit: PhantomData }
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i128 {
        self.minor
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountOverflow`] if it does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, AmountOverflow> {
        self.minor.checked_add(other.minor).map(Self::from_minor).ok_or(AmountOverflow)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`AmountOverflow`] if it does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountOverflow> {
        self.minor.checked_sub(other.minor).map(Self::from_minor).ok_or(AmountOverflow)
    }

    /// So many times this amount: the price of a quantity.
    ///
    /// # Errors
    /// [`AmountOverflow`] if it does not fit.
    pub fn checked_mul(self, times: i128) -> Result<Self, AmountOverflow> {
        self.minor.checked_mul(times).map(Self::from_minor).ok_or(AmountOverflow)
    }

    /// The sum of many.
    ///
    /// # Errors
    /// [`AmountOverflow`] if it does not fit, or a sum on the way does not.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountOverflow> {
        amounts.into_iter().try_fold(Self::default(), Self::checked_add)
    }
}

/// An amount that would pass 128 bits. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountOverflow;

impl fmt::Display for AmountOverflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("overflow: the amount would pass 128 bits of minor units; compute with smaller ones")
    }
}

impl core::error::Error for AmountOverflow {}

// Written out, since derived ones would ask the same of the unit, which has no values.
impl<U> Clone for Amount<U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U> Copy for Amount<U> {}

impl<U> Default for Amount<U> {
    fn default() -> Self {
        Self { minor: 0, unit: PhantomData }
    }
}

impl<U> PartialEq for Amount<U> {
    fn eq(&self, other: &Self) -> bool {
        self.minor == other.minor
    }
}

impl<U> Eq for Amount<U> {}

impl<U> PartialOrd for Amount<U> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<U> Ord for Amount<U> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.minor.cmp(&other.minor)
    }
}

impl<U> Hash for Amount<U> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.minor.hash(state);
    }
}
