//! Registers packed into words, beside registers in a list.

use alloc::vec::Vec;

use super::{Dense, Entry, LANES};

/// 32 registers: one block.
const PRECISION: u8 = 5;
const MOST: u8 = 64 - PRECISION + 1;

fn packed(ranks: &[u8]) -> Dense<PRECISION> {
    let mut all = Dense::new();
    for (index, rank) in (0..).zip(ranks) {
        assert_eq!(all.raise(Entry::new(index, *rank)), *rank > 0);
    }
    all
}

fn unpacked(all: &Dense<PRECISION>) -> Vec<u8> {
    (0..LANES).map(|index| all.get(index)).collect()
}

/// In each of the registers, each pair of ranks meets, among neighbours that change with it.
#[test]
fn a_register_is_raised_and_joined_whatever_stands_beside_it() {
    for one in 0..=MOST {
        for other in 0..=MOST {
            let lane = usize::from(one.wrapping_mul(7).wrapping_add(other)) % LANES as usize;
            let fill = |seed: u8| -> Vec<u8> {
                (0..32).map(|index: u8| seed.wrapping_add(index.wrapping_mul(11)) % (MOST + 1)).collect()
            };
            let (mut ours, mut theirs) = (fill(one), fill(other));
            (ours[lane], theirs[lane]) = (one, other);
            let (mut joined, right) = (packed(&ours), packed(&theirs));
            assert_eq!(unpacked(&joined), ours);
            let includes = ours.iter().zip(&theirs).all(|(our, their)| our >= their);
            assert_eq!(joined.includes(&right), includes, "{ours:?} {theirs:?}");
            joined.join(&right);
            let higher: Vec<u8> = ours.iter().zip(&theirs).map(|(our, their)| *our.max(their)).collect();
            assert_eq!(unpacked(&joined), higher, "{ours:?} {theirs:?}");
            assert!(joined == packed(&higher) && joined.includes(&right));
        }
    }
}

/// The registers of one group of bits are raised alike: what is higher in one half must not hide what is in the other.
#[test]
fn both_halves_of_a_block_are_compared() {
    for lane in 0..16 {
        for rank in 1..=MOST {
            let mut ranks = [0; 32];
            (ranks[lane], ranks[lane + 16]) = (rank, rank);
            let (mut ours, theirs) = (Dense::new(), packed(&ranks));
            assert!(!ours.includes(&theirs));
            ours.join(&theirs);
            assert!(ours == theirs);
            assert_eq!(ours.harmonic().estimate().to_bits(), theirs.harmonic().estimate().to_bits());
        }
    }
}

#[test]
fn a_register_that_is_raised_again_has_the_bits_of_its_last_rank_alone() {
    for index in [0, 15, 16, 31] {
        for first in 1..MOST {
            for second in first + 1..=MOST {
                let mut all = Dense::<PRECISION>::new();
                assert!(all.raise(Entry::new(index, first)) && all.raise(Entry::new(index, second)));
                assert_eq!(all.get(index), second);
            }
        }
    }
}
