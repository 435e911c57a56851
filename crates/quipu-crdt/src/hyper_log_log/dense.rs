//! All registers, 6 bits each, in bit planes.
//!
//! 64 registers make a block of six words: bit i of word b is bit b of register i. So a comparison or a maximum of 64
//! registers is done at once, in some forty operations on words, and a block is exactly 48 bytes. Reading one register gathers six
//! bits of one cache line.
//!
//! *Source:* Lamport, *Multiple byte processing with full-word instructions*, 1975; the layout is that of bit-sliced indexes
//! (O'Neil and Quass, *Improved query performance with variant indexes*, 1997).

use alloc::boxed::Box;
use alloc::vec;

use super::sparse::Entry;

const PLANES: usize = 6;
const LANES: u32 = u64::BITS;

type Block = [u64; PLANES];

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Dense(Box<[Block]>);

impl Dense {
    /// All registers at zero.
    pub(super) fn new(count: usize) -> Self {
        Self(vec![[0; PLANES]; count.div_ceil(LANES as usize)].into())
    }

    /// Raises one register; true if it was lower.
    #[inline]
    pub(super) fn raise(&mut self, entry: Entry) -> bool {
        let (block, lane) = (&mut self.0[(entry.index() / LANES) as usize], entry.index() % LANES);
        let rank = entry.rank();
        if rank <= read(block, lane) {
            return false;
        }
        for (bit, plane) in block.iter_mut().enumerate() {
            *plane = *plane & !(1 << lane) | u64::from(rank >> bit & 1) << lane;
        }
        true
    }

    pub(super) fn get(&self, index: u32) -> u8 {
        read(&self.0[(index / LANES) as usize], index % LANES)
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(&other.0) {
            let higher = higher(theirs, ours);
            for (our, their) in ours.iter_mut().zip(theirs) {
                *our ^= (*our ^ their) & higher;
            }
        }
    }

    pub(super) fn includes(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(ours, theirs)| higher(theirs, ours) == 0)
    }

    /// Visits the registers above zero, in order.
    pub(super) fn for_each(&self, mut visit: impl FnMut(Entry)) {
        for (number, block) in (0..).zip(&self.0) {
            let mut left = block.iter().fold(0, |any, plane| any | plane);
            while left != 0 {
                let lane = left.trailing_zeros();
                visit(Entry::new(number * LANES + lane, read(block, lane)));
                left &= left - 1;
            }
        }
    }

    /// How many of the first `count` registers have each value.
    pub(super) fn histogram(&self, count: usize) -> [u32; 64] {
        let mut histogram = [0; 64];
        for block in &self.0 {
            tally(block, PLANES, u64::MAX, 0, &mut histogram);
        }
        // A sketch of less than 64 registers does not fill its block.
        let missing = self.0.len() * LANES as usize - count;
        histogram[0] -= u32::try_from(missing).expect("less than 64");
        histogram
    }
}

#[inline]
fn read(block: &Block, lane: u32) -> u8 {
    let mut value = 0;
    for (bit, plane) in block.iter().enumerate() {
        value |= ((plane >> lane & 1) as u8) << bit;
    }
    value
}

/// The lanes in which `a` is higher than `b`: decided by the highest plane in which they differ.
#[inline]
fn higher(a: &Block, b: &Block) -> u64 {
    let mut higher = 0;
    for (a, b) in a.iter().zip(b) {
        // From the lowest plane up, each overrules what those below it said.
        higher = a & !b | higher & !(a ^ b);
    }
    higher
}

/// Counts the `lanes` by their lower `planes` bits; `above` is what the upper ones say.
fn tally(block: &Block, planes: usize, lanes: u64, above: usize, histogram: &mut [u32; 64]) {
    if lanes == 0 {
        return;
    }
    let Some(plane) = planes.checked_sub(1) else {
        histogram[above] += lanes.count_ones();
        return;
    };
    tally(block, plane, lanes & !block[plane], above, histogram);
    tally(block, plane, lanes & block[plane], above | 1 << plane, histogram);
}
