//! All registers, 6 bits each.
//!
//! 32 registers make a block of three words. The lower 4 bits of registers 0 to 15 are in the first word, those of registers 16 to 31
//! in the second. The third has the upper 2 bits of both: of register i in the lower half of its i-th group of four bits, and of
//! register 16 + i in the upper half of that group. So no register straddles a word, a block is exactly 24 bytes, reading a register
//! takes two shifts, and 16 registers at a time can be compared and joined within words.
//!
//! *Source:* Lamport, *Multiple byte processing with full-word instructions*, 1975.

use alloc::boxed::Box;
use alloc::vec;

use super::sparse::Entry;

const LANES: u32 = 32;
const HALF: u32 = 16;

/// These bits in every group of four.
const LOWEST_TWO: u64 = 0x3333_3333_3333_3333;
const THIRD: u64 = 0x4444_4444_4444_4444;
const LOWEST_THREE: u64 = 0x7777_7777_7777_7777;
const HIGHEST: u64 = 0x8888_8888_8888_8888;

type Block = [u64; 3];

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Dense(Box<[Block]>);

impl Dense {
    /// All registers at zero.
    pub(super) fn new(count: usize) -> Self {
        Self(vec![[0; 3]; count.div_ceil(LANES as usize)].into())
    }

    /// Raises one register; true if it was lower.
    pub(super) fn raise(&mut self, entry: Entry) -> bool {
        let (block, lane) = (&mut self.0[(entry.index() / LANES) as usize], entry.index() % LANES);
        if entry.rank() <= read(block, lane) {
            return false;
        }
        let rank = u64::from(entry.rank());
        let (half, lower, upper) = place(lane);
        block[half] = block[half] & !(0xf << lower) | (rank & 0xf) << lower;
        block[2] = block[2] & !(0x3 << upper) | (rank >> 4) << upper;
        true
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> u8 {
        read(&self.0[(index / LANES) as usize], index % LANES)
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(&other.0) {
            let (first, second) = (higher(theirs, ours, 0), higher(theirs, ours, 1));
            ours[0] ^= (ours[0] ^ theirs[0]) & first;
            ours[1] ^= (ours[1] ^ theirs[1]) & second;
            ours[2] ^= (ours[2] ^ theirs[2]) & (first & LOWEST_TWO | second & !LOWEST_TWO);
        }
    }

    pub(super) fn includes(&self, other: &Self) -> bool {
        let higher = |ours, theirs| higher(theirs, ours, 0) | higher(theirs, ours, 1);
        self.0.iter().zip(&other.0).all(|(ours, theirs)| higher(ours, theirs) == 0)
    }

    /// Visits the registers above zero, in order.
    pub(super) fn for_each(&self, mut visit: impl FnMut(Entry)) {
        for (number, block) in (0..).zip(&self.0) {
            for lane in 0..LANES {
                let rank = read(block, lane);
                if rank > 0 {
                    visit(Entry::new(number * LANES + lane, rank));
                }
            }
        }
    }

    /// How many of the first `count` registers have each value.
    pub(super) fn histogram(&self, count: usize) -> [u32; 64] {
        // Two, since a counter that was just raised is slow to raise again, and most registers are of few values.
        let (mut first, mut second) = ([0; 64], [0; 64]);
        for [lower, more, upper] in self.0.iter().copied() {
            for lane in (0..HALF).map(|lane| 4 * lane) {
                first[usize::from(six_bits(lower >> lane, upper >> lane))] += 1;
                second[usize::from(six_bits(more >> lane, upper >> (lane + 2)))] += 1;
            }
        }
        let mut histogram = core::array::from_fn(|rank| first[rank] + second[rank]);
        // A sketch of less than 32 registers does not fill its block.
        let missing = self.0.len() * LANES as usize - count;
        histogram[0] -= u32::try_from(missing).expect("less than 32");
        histogram
    }
}

/// Where a register is: which word has its lower bits, from where on, and from where on the third word has its upper ones.
#[inline]
fn place(lane: u32) -> (usize, u32, u32) {
    let (half, group) = (lane / HALF, 4 * (lane % HALF));
    (half as usize, group, group + 2 * half)
}

#[inline]
fn read(block: &Block, lane: u32) -> u8 {
    let (half, lower, upper) = place(lane);
    six_bits(block[half] >> lower, block[2] >> upper)
}

#[expect(clippy::cast_possible_truncation, reason = "six bits")]
#[inline]
fn six_bits(lower: u64, upper: u64) -> u8 {
    (lower & 0xf | (upper & 0x3) << 4) as u8
}

/// All four bits of every group whose register in this half is higher in `a` than in `b`.
#[inline]
fn higher(a: &Block, b: &Block, half: usize) -> u64 {
    let upper = |block: &Block| block[2] >> (2 * half) & LOWEST_TWO;
    let (a_upper, b_upper) = (upper(a), upper(b));
    // A bit that is set above what is subtracted from survives if nothing had to be borrowed.
    let at_least = ((a_upper | THIRD) - b_upper) & THIRD;
    let at_most = ((b_upper | THIRD) - a_upper) & THIRD;
    let (above, same) = (at_least & !at_most, at_least & at_most);

    let (a, b) = (a[half], b[half]);
    // The same for the lower three of the four bits; the highest bit decides if it differs.
    let not_below = (b | HIGHEST) - (a & LOWEST_THREE);
    let lower_above = (a & !b | !(a ^ b) & !not_below) & HIGHEST;

    let higher = above << 1 | same << 1 & lower_above;
    (higher << 1).wrapping_sub(higher >> 3)
}
