//! The sketch that counts different elements (`HyperLogLog`): unique viewers in 1.5 KB.
//!
//! Each element is hashed to 64 bits. The first `PRECISION` bits choose one of 2^PRECISION **registers**; of the other bits, the
//! position of the first 1 is the **rank**. A register keeps the largest rank it was given: rank r needs about 2^r different
//! elements to come up, so the registers tell how many there were. Joining takes the larger of each register; adding an
//! element again changes nothing, wherever that happens.
//!
//! *Under concurrency.* Two replicas that count viewers of one page:
//!
//! ```text
//! n0 adds ann, bea      n1 adds bea, cid      joined: the registers of ann, bea, cid - about 3, bea counted once
//! ```
//!
//! The joined sketch is *equal* to one that was given all the elements itself. So its error does not grow with joins.
//!
//! *Error.* The estimate is off by a normally distributed error with a standard deviation of 1.04 / sqrt(2^PRECISION), which is
//! [`HyperLogLog::STANDARD_ERROR`]: 2.3 % by default, 26 % at precision 4, 0.2 % at 18; less while elements are fewer than registers.
//! The estimator (see `estimate.rs`) needs no tables of corrections, for any size up to about 2^60.
//!
//! *The parameters are part of the type*: sketches of different precision or key cannot be joined, since the program does not
//! compile; bytes of other parameters are refused. That keeps `join` total, which a key that is known at run time only would
//! not: then one of two sketches would have to be dropped.
//!
//! *The hash* is XXH3 (64 bits) with `KEY` as its seed: the same on every platform, and written down elsewhere. The key separates
//! purposes; it is no secret, and elements *chosen by an attacker* to inflate the count call for a keyed cryptographic hash.
//! Compute that outside and use [`HyperLogLog::add_hash`].
//!
//! *Two representations.* While few registers are above zero they are listed (about 2 bytes each on the wire; in memory, up to 8
//! within the struct, up to 128 in a table of 1 KB, more in 8 to 32 bytes each); when the list passes a sixteenth of the registers
//! (or 1,024 entries), all registers are kept, 6 bits each. Which one is a function of the registers alone, so equal knowledge is
//! equal state. Both hold the same registers and estimate the same.
//!
//! *Cost:* adding O(1), without allocation if nothing changes; joining 16 registers at a time (see `dense.rs`), and if one was raised
//! a look at each; or the shorter list entry by entry; estimating O(1) once all registers are kept, before O(listed). Memory: 1.5 KB
//! by default, 192 KB at precision 18. A delta is one entry.
//!
//! *Left out:* removal, and the size of an intersection: neither is in the registers. A finer list while it is short, as in
//! HLL++: it would make the joins of a list and of registers lose what the list knows.
//!
//! *Source:* Flajolet, Fusy, Gandouet and Meunier, *`HyperLogLog`*, 2007; Heule, Nunkesser and Hall, *`HyperLogLog` in Practice*, 2013
//! (64 bits, sparse form); Ertl, *New cardinality estimation algorithms for `HyperLogLog` sketches*, 2017.
//!
//! ```
//! use quipu_crdt::{HyperLogLog, Lattice};
//!
//! let (mut monday, mut tuesday) = <(HyperLogLog, HyperLogLog)>::default();
//! for viewer in 0..60_000_u64 {
//!     monday.add_number(viewer);
//!     tuesday.add_number(viewer + 40_000);
//! }
//! let both = monday.joined(&tuesday).estimate();
//! assert!((both - 100_000.0).abs() < 3.0 * HyperLogLog::<11>::STANDARD_ERROR * 100_000.0);
//!
//! let delta = tuesday.add(b"ann");
//! assert!(tuesday.includes(&delta));
//! ```
//!
//! ```compile_fail,E0308
//! use quipu_crdt::{HyperLogLog, Lattice};
//!
//! HyperLogLog::<12>::default().join(&HyperLogLog::<11>::default());
//! ```

mod dense;
mod estimate;
mod hash;
mod sparse;
mod table;
#[cfg(feature = "serde")]
mod wire;

use core::cmp::Ordering;
use core::fmt;
use core::mem;

use dense::Dense;
use estimate::Harmonic;
use sparse::{Entry, Sparse};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::Lattice;

/// A sketch that estimates how many different elements were added: 2^`PRECISION` registers, elements hashed under `KEY`.
///
/// A precision below 4 or above 18 does not compile.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HyperLogLog<const PRECISION: u8 = 11, const KEY: u64 = 0> {
    registers: Registers<PRECISION>,
}

/// Invariant: `Listed` if at most [`MOST`](Sparse::MOST) registers are above zero, else `All`.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Registers<const PRECISION: u8> {
    Listed(Sparse<PRECISION>),
    All(Dense<PRECISION>),
}

impl<const PRECISION: u8, const KEY: u64> HyperLogLog<PRECISION, KEY> {
    /// The standard deviation of the relative error of an estimate: 1.04 / sqrt(registers).
    pub const STANDARD_ERROR: f64 = {
        let even = 1.04 / (1_u64 << (PRECISION / 2)) as f64;
        if PRECISION.is_multiple_of(2) { even } else { even / core::f64::consts::SQRT_2 }
    };

    /// Adds an element and returns the delta: one register, or nothing if this changed nothing.
    #[inline]
    pub fn add(&mut self, element: &[u8]) -> Self {
        self.add_hash(xxh3_64_with_seed(element, KEY))
    }

    /// Adds a number: the same as adding its 8 bytes, the lowest first.
    #[inline]
    pub fn add_number(&mut self, element: u64) -> Self {
        self.add_hash(hash::of_number(element, KEY))
    }

    /// Adds an element by its hash, whose 64 bits must be as good as random. All replicas must use the same hash, and should
    /// give the sketch a `KEY` that no sketch of another hash has.
    #[inline]
    pub fn add_hash(&mut self, hash: u64) -> Self {
        // While there are few elements, most that come are new; once there are many, nearly all change nothing. That much is
        // inlined, and the delta, so that who does not want it does not pay for it.
        let raised = match &mut self.registers {
            Registers::All(all) if all.has(hash) => None,
            registers => registers.raise_by(hash),
        };
        Self { registers: Registers::Listed(raised.map_or_else(Sparse::default, Sparse::of)) }
    }

    /// About how many different elements were added. Exactly 0 if none was.
    pub fn estimate(&self) -> f64 {
        self.registers.harmonic().estimate()
    }

    /// The estimate to the nearest whole number.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive; a cast saturates")]
    pub fn value(&self) -> u64 {
        libm::round(self.estimate()) as u64
    }
}

impl<const PRECISION: u8> Registers<PRECISION> {
    const COUNT: usize = {
        assert!(PRECISION >= 4 && PRECISION <= 18, "the precision is between 4 and 18");
        1 << PRECISION
    };

    /// Raises the register of a hash, and returns what it is now, if it was lower.
    #[inline]
    fn raise_by(&mut self, hash: u64) -> Option<Entry> {
        let entry = Entry::of_hash(hash, PRECISION);
        let is_added = if let Self::Listed(list) = self { list.add(entry) } else { false };
        (is_added || self.raise(entry)).then_some(entry)
    }

    /// Raises one register; true if it was lower.
    #[inline(never)]
    fn raise(&mut self, entry: Entry) -> bool {
        let list = match self {
            Self::All(all) => return all.raise(entry),
            Self::Listed(list) => list,
        };
        if let Ok(is_raised) = list.raise(entry) {
            return is_raised;
        }
        let mut all = Dense::of(list);
        all.raise(entry);
        *self = Self::All(all);
        true
    }

    fn raise_all(&mut self, list: &Sparse<PRECISION>) {
        let mut entries = list.iter();
        while let Self::Listed(_) = self {
            let Some(entry) = entries.next() else { return };
            self.raise(entry);
        }
        if let Self::All(all) = self {
            entries.for_each(|entry| _ = all.raise(entry));
        }
    }

    fn register(&self, index: u32) -> u8 {
        match self {
            Self::Listed(list) => list.get(index),
            Self::All(all) => all.get(index),
        }
    }

    fn harmonic(&self) -> Harmonic<PRECISION> {
        match self {
            Self::All(all) => all.harmonic(),
            Self::Listed(list) => {
                let mut harmonic = Harmonic::EMPTY;
                list.iter().for_each(|entry| harmonic.raise(0, entry.rank()));
                harmonic
            }
        }
    }
}

impl<const PRECISION: u8, const KEY: u64> Default for HyperLogLog<PRECISION, KEY> {
    fn default() -> Self {
        Self { registers: Registers::Listed(Sparse::default()) }
    }
}

impl<const PRECISION: u8, const KEY: u64> Lattice for HyperLogLog<PRECISION, KEY> {
    fn join(&mut self, other: &Self) {
        match (&mut self.registers, &other.registers) {
            (Registers::All(ours), Registers::All(theirs)) => ours.join(theirs),
            (ours @ Registers::All(_), Registers::Listed(theirs)) => ours.raise_all(theirs),
            (Registers::Listed(ours), Registers::Listed(theirs)) if ours.len() >= theirs.len() => {
                self.registers.raise_all(theirs);
            }
            (Registers::Listed(ours), more) => {
                let ours = mem::take(ours);
                self.registers = more.clone();
                self.registers.raise_all(&ours);
            }
        }
    }

    fn includes(&self, other: &Self) -> bool {
        match (&self.registers, &other.registers) {
            (Registers::All(ours), Registers::All(theirs)) => ours.includes(theirs),
            // More registers are above zero there than here.
            (Registers::Listed(_), Registers::All(_)) => false,
            (ours, Registers::Listed(theirs)) => {
                theirs.iter().all(|entry| ours.register(entry.index()) >= entry.rank())
            }
        }
    }

    /// The registers that are higher than known.
    fn difference(&self, known: &Self) -> Self {
        let mut lacking = Self::default();
        let visit = |entry: Entry| {
            if known.registers.register(entry.index()) < entry.rank() {
                lacking.registers.raise(entry);
            }
        };
        match &self.registers {
            Registers::Listed(list) => list.iter().for_each(visit),
            Registers::All(all) => all.for_each(visit),
        }
        lacking
    }

    fn is_bottom(&self) -> bool {
        matches!(&self.registers, Registers::Listed(list) if list.len() == 0)
    }
}

impl<const PRECISION: u8, const KEY: u64> PartialOrd for HyperLogLog<PRECISION, KEY> {
    /// The order of knowledge, not of estimates: see [`Lattice::compare`].
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl<const PRECISION: u8, const KEY: u64> fmt::Debug for HyperLogLog<PRECISION, KEY> {
    /// The estimate, and all registers above zero while they are listed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "about {:.1}", self.estimate())?;
        match &self.registers {
            Registers::Listed(list) => {
                f.write_str(" ")?;
                f.debug_map()
                    .entries(list.sorted().iter().map(|entry| (entry.index(), entry.rank())))
                    .finish()
            }
            Registers::All(_) => Ok(()),
        }
    }
}
