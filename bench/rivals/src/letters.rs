//! What a replicated text should show, as far as that needs no order: which letters are there.
//!
//! Each insertion brings a letter of its own, so a letter names its insertion. The order of letters is left to the laws:
//! equal knowledge gives equal texts.

use std::collections::{BTreeMap, BTreeSet};

use quipu_laws::{Operations, Past, Record, Replica};

/// What can be done to a text. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Insert the replica's next letter at this place.
    Insert(usize),
    /// Remove the letter that is at this place *in the alphabet*, of those that are there.
    Remove(usize),
}

use Edit::{Insert, Remove};

pub(crate) fn alphabet() -> Vec<Edit> {
    vec![Insert(0), Insert(1), Remove(0)]
}

pub(crate) fn further() -> Vec<Edit> {
    vec![Insert(2), Insert(3), Insert(5), Remove(1), Remove(2), Remove(4)]
}

/// The letter of a replica's insertion number `number`, from 0. The first ones are easy to tell apart for a reader.
pub(crate) fn letter(replica: Replica, number: usize) -> char {
    let first = match replica.node {
        _ if number >= 25 || replica.incarnation > 1 => 0x4e00 + 128 * replica.number(),
        0 => u64::from('a'),
        1 => u64::from('A'),
        _ => u64::from('\u{3b1}'),
    };
    let code = first + number as u64;
    u32::try_from(code).ok().and_then(char::from_u32).expect("far below the last letter")
}

/// The letter that an edit removes from these.
pub(crate) fn chosen(rank: usize, letters: &BTreeSet<char>) -> Option<char> {
    letters.iter().copied().nth(rank.checked_rem(letters.len())?)
}

/// The letters that were inserted, less those that were removed.
pub(crate) fn specification(past: Past<'_, Edit>) -> BTreeSet<char> {
    let mut inserted = BTreeMap::new();
    let mut removed = BTreeMap::new();
    let known = |operations: Operations, inserted: &BTreeMap<_, char>, removed: &BTreeMap<_, char>| {
        let gone: BTreeSet<char> = operations.iter().filter_map(|id| removed.get(&id).copied()).collect();
        let there = operations.iter().filter_map(|id| inserted.get(&id).copied());
        there.filter(|letter| !gone.contains(letter)).collect::<BTreeSet<char>>()
    };
    for (id, record) in past.whole().iter() {
        let before = past.before(id);
        match record.operation {
            Insert(_) => {
                let mine = |earlier: &Record<Edit>| {
                    earlier.replica == record.replica && matches!(earlier.operation, Insert(_))
                };
                inserted.insert(id, letter(record.replica, before.filter(mine).iter().count()));
            }
            Remove(rank) => {
                if let Some(letter) = chosen(rank, &known(before.operations(), &inserted, &removed)) {
                    removed.insert(id, letter);
                }
            }
        }
    }
    known(past.operations(), &inserted, &removed)
}
