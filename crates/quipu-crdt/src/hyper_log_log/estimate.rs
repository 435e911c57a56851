//! From registers to a number: Ertl's improved raw estimator.
//!
//! The original estimator is the harmonic mean of 2^register, corrected by tables or by counting empty registers while elements are few,
//! with a bump of error where one gives way to the other. Ertl's replaces the terms of the empty and of the full registers
//! by what they stand for on average (`sigma` and `tau`), and so has no ranges, no tables and no bump.
//!
//! All it needs of the other registers is the sum of 2^-register. [`Harmonic`] keeps that as an integer, so an estimate takes a
//! few operations, and more only while registers are empty.
//!
//! This is the one place in the crate that uses floats; only additions, multiplications, divisions and square roots, which
//! IEEE 754 rounds the same way everywhere. So equal registers give the same estimate on every platform.
//!
//! *Source:* Ertl, *New cardinality estimation algorithms for `HyperLogLog` sketches*, 2017, algorithm 6.

/// What the estimate is made of. Follows from the registers, exactly: integers, so that it may be kept while registers change
/// one by one, and is the same whatever the way they came.
#[derive(Clone, Copy)]
pub(super) struct Harmonic<const PRECISION: u8> {
    /// The sum of 2^-register over the registers that are neither empty nor full, in units of 2^-([`Self::FULL`] - 1): at
    /// most 2^PRECISION halves, which is 2^63 units.
    sum: u64,
    empty: u32,
    full: u32,
}

impl<const PRECISION: u8> Harmonic<PRECISION> {
    /// The highest value of a register: that of a hash whose bits after the register's number are all zero.
    pub(super) const FULL: u8 = 64 - PRECISION + 1;

    const COUNT: u32 = 1 << PRECISION;

    /// What a register of each value adds to the sum.
    pub(super) const TERMS: [u64; 64] = {
        let mut terms = [0; 64];
        let mut rank = 1;
        while rank < Self::FULL {
            terms[rank as usize] = 1 << (Self::FULL - 1 - rank);
            rank += 1;
        }
        terms
    };

    /// Of empty registers.
    pub(super) const EMPTY: Self = Self { sum: 0, empty: Self::COUNT, full: 0 };

    /// Of registers whose terms have this sum, so many of them above zero and so many full.
    pub(super) const fn of(sum: u64, above_zero: u32, full: u32) -> Self {
        Self { sum, empty: Self::COUNT - above_zero, full }
    }

    /// Takes note that a register was raised.
    #[inline]
    pub(super) fn raise(&mut self, before: u8, after: u8) {
        self.sum -= Self::TERMS[usize::from(before) % 64];
        self.sum += Self::TERMS[usize::from(after) % 64];
        self.empty -= u32::from(before == 0);
        self.full += u32::from(after == Self::FULL);
    }

    /// How many different elements have left these registers.
    pub(super) fn estimate(self) -> f64 {
        let registers = f64::from(Self::COUNT);
        // A power of two: multiplying by it rounds nothing.
        let unit = 1.0 / (1_u64 << (Self::FULL - 1)) as f64;
        let full = registers * tau(1.0 - f64::from(self.full) / registers);
        let empty = registers * sigma(f64::from(self.empty) / registers);
        let mean = (self.sum as f64 + full) * unit + empty;
        registers * registers / (2.0 * core::f64::consts::LN_2 * mean)
    }
}

/// x + the sum of x^(2^k) 2^(k-1) for k from 1: infinite for 1, when all registers are empty.
fn sigma(x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut weight, mut sum) = (x, 1.0, x);
    loop {
        power *= power;
        let before = sum;
        sum += power * weight;
        weight += weight;
        if sum <= before {
            return sum;
        }
    }
}

/// A third of 1 - x - the sum of (1 - x^(2^-k))^2 2^-k for k from 1: zero for 1, when no register is full.
fn tau(x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut root, mut weight, mut sum) = (x, 1.0, 1.0 - x);
    loop {
        root = libm::sqrt(root);
        let before = sum;
        weight *= 0.5;
        sum -= (1.0 - root) * (1.0 - root) * weight;
        if sum >= before {
            return sum / 3.0;
        }
    }
}
