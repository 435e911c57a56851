//! In which leaf each character of one replica is: ranges of numbers in order, in chunks.

use alloc::vec;
use alloc::vec::Vec;

use super::tree::NONE;

/// Entries of a full chunk.
const CHUNK: usize = 64;

/// From this number up to that of the next entry, the characters are in this leaf; in none if it is [`NONE`].
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    leaf: u32,
}

/// Neighbouring entries have different leaves. No chunk is empty but the only one.
#[derive(Clone, Debug)]
pub(super) struct Leaves {
    chunks: Vec<Vec<Entry>>,
    /// The number after the highest that has a leaf.
    end: u32,
    /// The leaf of the last entry.
    last: u32,
}

impl Default for Leaves {
    fn default() -> Self {
        Self { chunks: vec![Vec::new()], end: 1, last: NONE }
    }
}

impl Leaves {
    #[inline]
    pub(super) fn get(&self, seq: u32) -> Option<u32> {
        if seq >= self.end {
            return None;
        }
        let (chunk, index) = self.after(seq);
        let leaf = self.chunks[chunk][..index].last()?.leaf;
        (leaf != NONE).then_some(leaf)
    }

    /// From `seq` on, the first number that has a leaf.
    pub(super) fn first_from(&self, seq: u32) -> Option<u32> {
        if self.get(seq).is_some() {
            return Some(seq);
        }
        self.entries_after(seq).find(|entry| entry.leaf != NONE).map(|entry| entry.start)
    }

    /// Up to which number, at most `end`, all from `seq` on have leaves, as `seq` must.
    pub(super) fn placed_until(&self, seq: u32, end: u32) -> u32 {
        let end = end.min(self.end);
        let gap =
            self.entries_after(seq).take_while(|entry| entry.start < end).find(|entry| entry.leaf == NONE);
        gap.map_or(end, |entry| entry.start)
    }

    /// Notes that the characters `start..end` are in `leaf`.
    #[inline]
    pub(super) fn set(&mut self, start: u32, end: u32, leaf: u32) {
        if start == self.end && leaf == self.last {
            self.end = end;
        } else if start < self.end {
            self.overwrite(start, end, leaf);
        } else {
            self.append(start, end, leaf);
        }
    }

    fn append(&mut self, start: u32, end: u32, leaf: u32) {
        if start > self.end && self.last != NONE {
            self.push(Entry { start: self.end, leaf: NONE });
        }
        if self.last != leaf {
            self.push(Entry { start, leaf });
        }
        self.end = end;
    }

    fn push(&mut self, entry: Entry) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(entry),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(entry);
                self.chunks.push(chunk);
            }
        }
        self.last = entry.leaf;
    }

    fn overwrite(&mut self, start: u32, end: u32, leaf: u32) {
        let (chunk, index) = self.after(start - 1);
        let before = self.chunks[chunk][..index].last().map(|entry| entry.leaf);
        // What holds from `end` on: the last entry that is overwritten, or the one before.
        let mut after = before.unwrap_or(NONE);
        let (mut from, mut place) = (index, chunk);
        while let Some(entries) = self.chunks.get_mut(place) {
            let gone = entries[from..].iter().take_while(|entry| entry.start <= end).count();
            let all = from + gone == entries.len();
            if gone > 0 {
                after = entries[from + gone - 1].leaf;
                entries.drain(from..from + gone);
            }
            if !all {
                break;
            }
            if place > chunk {
                self.chunks.remove(place);
            } else {
                (from, place) = (0, chunk + 1);
            }
        }
        let first = (before != Some(leaf)).then_some(Entry { start, leaf });
        let second = (end < self.end && after != leaf).then_some(Entry { start: end, leaf: after });
        for entry in [second, first].into_iter().flatten() {
            self.chunks[chunk].insert(index, entry);
        }
        if self.chunks[chunk].len() > CHUNK {
            let half = self.chunks[chunk].split_off(CHUNK / 2);
            self.chunks.insert(chunk + 1, half);
        }
        self.end = self.end.max(end);
        self.last = self.chunks.last().and_then(|chunk| chunk.last()).map_or(NONE, |entry| entry.leaf);
    }

    /// Where the first entry would be that starts after `seq`; not at the beginning of a chunk but the first.
    #[inline]
    fn after(&self, seq: u32) -> (usize, usize) {
        let starts_later = |chunk: &Vec<Entry>| chunk.first().is_none_or(|entry| entry.start <= seq);
        let chunk = self.chunks.partition_point(starts_later).saturating_sub(1);
        (chunk, self.chunks[chunk].partition_point(|entry| entry.start <= seq))
    }

    fn entries_after(&self, seq: u32) -> impl Iterator<Item = &Entry> {
        let (chunk, index) = self.after(seq);
        self.chunks[chunk][index..].iter().chain(self.chunks[chunk + 1..].iter().flatten())
    }

    /// An index of ranges in order.
    pub(super) fn of(ranges: impl Iterator<Item = (u32, u32, u32)>) -> Self {
        let mut leaves = Self::default();
        for (start, end, leaf) in ranges {
            leaves.set(start, end, leaf);
        }
        leaves
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{CHUNK, Leaves, NONE};

    /// Random ranges, beside a list with one entry per number.
    #[test]
    fn a_range_overwrites_what_was_there() {
        let mut state = 7_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for round in 0..40 {
            let (mut leaves, mut plain) = (Leaves::default(), [NONE; 600]);
            for _ in 0..20 * round {
                let start = 1 + random(580);
                let end = start + 1 + random(18);
                let leaf = random(5);
                leaves.set(start, end, leaf);
                plain[start as usize..end as usize].fill(leaf);
                for seq in 1..600 {
                    let expected = plain[seq as usize];
                    assert_eq!(leaves.get(seq), (expected != NONE).then_some(expected), "{seq}");
                }
                let first = (start..600).find(|seq| plain[*seq as usize] != NONE);
                assert_eq!(leaves.first_from(start), first);
                let until = (start..600).find(|seq| plain[*seq as usize] == NONE).unwrap_or(600);
                assert_eq!(leaves.placed_until(start, 600), until);
            }
            assert_short(&leaves);
        }
    }

    #[test]
    fn ranges_in_order_fill_the_chunks() {
        let leaves = Leaves::of((1..201).map(|seq| (seq, seq + 1, seq % 2)));
        assert!((1..201).all(|seq| leaves.get(seq) == Some(seq % 2)));
        assert_short(&leaves);
        assert_eq!(leaves.chunks.len(), 200_usize.div_ceil(CHUNK));
    }

    /// No entry says what the one before it says, or says it of numbers that are not there.
    fn assert_short(leaves: &Leaves) {
        assert!(leaves.chunks.iter().all(|chunk| chunk.len() <= CHUNK));
        let entries: Vec<(u32, u32)> =
            leaves.chunks.iter().flatten().map(|entry| (entry.start, entry.leaf)).collect();
        assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
        assert!(entries.last().is_none_or(|last| last.0 < leaves.end && last.1 == leaves.last));
    }
}
