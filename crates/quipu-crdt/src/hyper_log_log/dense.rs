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
use core::hash::{Hash, Hasher};

use super::Registers;
use super::estimate::Harmonic;
use super::sparse::{Entry, Sparse};

const LANES: u32 = 32;
const HALF: u32 = 16;

/// These bits in every group of four.
const LOWEST_TWO: u64 = 0x3333_3333_3333_3333;
const THIRD: u64 = 0x4444_4444_4444_4444;
const LOWEST_THREE: u64 = 0x7777_7777_7777_7777;
const HIGHEST: u64 = 0x8888_8888_8888_8888;

type Block = [u64; 3];

#[derive(Clone)]
pub(super) struct Dense<const PRECISION: u8> {
    blocks: Box<[Block]>,
    /// Follows from the registers.
    harmonic: Harmonic<PRECISION>,
}

impl<const PRECISION: u8> Dense<PRECISION> {
    /// All registers at zero.
    pub(super) fn new() -> Self {
        let blocks = vec![[0; 3]; Registers::<PRECISION>::COUNT.div_ceil(LANES as usize)].into();
        Self { blocks, harmonic: Harmonic::EMPTY }
    }

    pub(super) fn of(list: &Sparse<PRECISION>) -> Self {
        let mut all = Self::new();
        list.iter().for_each(|entry| _ = all.raise(entry));
        all
    }

    /// Raises one register; true if it was lower.
    #[inline(never)]
    pub(super) fn raise(&mut self, entry: Entry) -> bool {
        let (block, lane) = (&mut self.blocks[(entry.index() / LANES) as usize], entry.index() % LANES);
        let before = read(block, lane);
        if entry.rank() <= before {
            return false;
        }
        self.harmonic.raise(before, entry.rank());
        let rank = u64::from(entry.rank());
        let (half, lower, upper) = place(lane);
        block[half] = block[half] & !(0xf << lower) | (rank & 0xf) << lower;
        block[2] = block[2] & !(0x3 << upper) | (rank >> 4) << upper;
        true
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> u8 {
        read(&self.blocks[(index / LANES) as usize], index % LANES)
    }

    /// True if this hash changes nothing, as far as can be told without counting: its first 1 after the bits that choose the
    /// register is within as many bits as the register says. Its lower four bits say enough unless there are very many elements.
    #[expect(clippy::cast_possible_truncation, reason = "a precision is at most 18 bits")]
    #[inline]
    pub(super) fn has(&self, hash: u64) -> bool {
        let index = (hash >> (64 - PRECISION)) as u32;
        let (block, lane) = (&self.blocks[(index / LANES) as usize], index % LANES);
        let covers = |register: u8| hash << PRECISION >> (63 - register) > 1;
        let (half, lower, _) = place(lane);
        covers(six_bits(block[half] >> lower, 0)) || covers(read(block, lane))
    }

    pub(super) const fn harmonic(&self) -> Harmonic<PRECISION> {
        self.harmonic
    }

    pub(super) fn join(&mut self, other: &Self) {
        let mut raised = 0;
        for (ours, theirs) in self.blocks.iter_mut().zip(&other.blocks) {
            let (first, second) = (higher(theirs, ours, 0), higher(theirs, ours, 1));
            ours[0] ^= (ours[0] ^ theirs[0]) & first;
            ours[1] ^= (ours[1] ^ theirs[1]) & second;
            ours[2] ^= (ours[2] ^ theirs[2]) & (first & LOWEST_TWO | second & !LOWEST_TWO);
            raised |= first | second;
        }
        if raised != 0 {
            self.harmonic = self.count();
        }
    }

    pub(super) fn includes(&self, other: &Self) -> bool {
        let higher = |ours, theirs| higher(theirs, ours, 0) | higher(theirs, ours, 1);
        self.blocks.iter().zip(&other.blocks).all(|(ours, theirs)| higher(ours, theirs) == 0)
    }

    /// Visits the registers above zero, in order.
    pub(super) fn for_each(&self, mut visit: impl FnMut(Entry)) {
        for (number, block) in (0..).zip(&self.blocks) {
            for lane in 0..LANES {
                let rank = read(block, lane);
                if rank > 0 {
                    visit(Entry::new(number * LANES + lane, rank));
                }
            }
        }
    }

    /// Goes through all registers, eight at a time, each in a byte.
    fn count(&self) -> Harmonic<PRECISION> {
        let (mut sum, mut above_zero, mut full) = (0, 0, 0);
        // So many blocks that the counts of a byte, one for each of four words of a block, stay within it.
        for blocks in self.blocks.chunks(63) {
            let (mut above_zero_by_byte, mut below_full_by_byte) = (0, 0);
            for word in blocks.iter().flat_map(bytes) {
                sum += sum_of_terms::<PRECISION>(word);
                above_zero_by_byte += ones_above_zero(word);
                below_full_by_byte +=
                    ones_above_zero(word ^ (EACH_BYTE * u64::from(Harmonic::<PRECISION>::FULL)));
            }
            above_zero += sum_of_bytes(above_zero_by_byte);
            full +=
                u32::try_from(blocks.len()).expect("at most 63") * LANES - sum_of_bytes(below_full_by_byte);
        }
        Harmonic::of(sum, above_zero, full)
    }
}

impl<const PRECISION: u8> PartialEq for Dense<PRECISION> {
    fn eq(&self, other: &Self) -> bool {
        self.blocks == other.blocks
    }
}

impl<const PRECISION: u8> Eq for Dense<PRECISION> {}

impl<const PRECISION: u8> Hash for Dense<PRECISION> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.blocks.hash(state);
    }
}

const EACH_BYTE: u64 = 0x0101_0101_0101_0101;
const LOWEST_FOUR: u64 = 0x0f0f_0f0f_0f0f_0f0f;

/// The registers of a block, each in a byte, in another order.
#[inline]
fn bytes([first, second, upper]: &Block) -> [u64; 4] {
    let halves = [(first, upper & LOWEST_TWO), (second, upper >> 2 & LOWEST_TWO)];
    let [(first, of_first), (second, of_second)] = halves;
    [
        first & LOWEST_FOUR | (of_first & LOWEST_FOUR) << 4,
        first >> 4 & LOWEST_FOUR | of_first & !LOWEST_FOUR,
        second & LOWEST_FOUR | (of_second & LOWEST_FOUR) << 4,
        second >> 4 & LOWEST_FOUR | of_second & !LOWEST_FOUR,
    ]
}

#[inline]
fn sum_of_terms<const PRECISION: u8>(word: u64) -> u64 {
    word.to_le_bytes().into_iter().map(|rank| Harmonic::<PRECISION>::TERMS[usize::from(rank) % 64]).sum()
}

/// A 1 in each byte that is above zero; each is below 128.
#[inline]
const fn ones_above_zero(word: u64) -> u64 {
    (word + 0x7f * EACH_BYTE) >> 7 & EACH_BYTE
}

/// Of bytes whose sum may pass 255.
#[inline]
fn sum_of_bytes(word: u64) -> u32 {
    word.to_le_bytes().into_iter().map(u32::from).sum()
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

#[cfg(test)]
mod tests;
