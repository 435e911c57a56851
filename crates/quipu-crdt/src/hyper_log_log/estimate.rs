//! From registers to a number: Ertl's improved raw estimator.
//!
//! The original estimator is the harmonic mean of 2^register, corrected by tables or by counting empty registers while elements are few,
//! with a bump of error where one gives way to the other. Ertl's replaces the terms of the empty and of the full registers
//! by what they stand for on average (`sigma` and `tau`), and so has no ranges, no tables and no bump.
//!
//! This is the one place in the crate that uses floats; only additions, multiplications, divisions and square roots, which
//! IEEE 754 rounds the same way everywhere. So equal registers give the same estimate on every platform.
//!
//! *Source:* Ertl, *New cardinality estimation algorithms for `HyperLogLog` sketches*, 2017, algorithm 6.

/// How many different elements have left registers of which `histogram` says how many have each value.
pub(super) fn estimate(precision: u8, histogram: &[u32; 64]) -> f64 {
    let registers = f64::from(1_u32 << precision);
    let full = usize::from(64 - precision + 1);
    let mut mean = registers * tau(1.0 - f64::from(histogram[full]) / registers);
    for count in histogram[1..full].iter().rev() {
        mean = 0.5 * (mean + f64::from(*count));
    }
    mean += registers * sigma(f64::from(histogram[0]) / registers);
    registers * registers / (2.0 * core::f64::consts::LN_2 * mean)
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
