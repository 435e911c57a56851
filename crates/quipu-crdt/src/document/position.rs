//! Where an item of a list stands: a name that sorts between its neighbours' names, without a trace of removed items.
//!
//! A position is a path of places. The items that one replica inserts one after another, forwards or backwards, are one **run**: a
//! place is a rank among the runs beside it, the run's name (the dot of its first item), and an index within the run. What is
//! inserted between two neighbours of a run hangs under the left one. Sorting is that of the lists of places, a path before those
//! that it begins.
//!
//! ```text
//! alice writes a b c         a = (0, alice:1, 0)   b = (0, alice:1, 1)   c = (0, alice:1, 2)
//! bob puts X between a, b    X = (0, alice:1, 0)(0, bob:1, 0)
//! carol puts Z at the end    Z = (1, carol:1, 0)
//! ```
//!
//! *Interleaving.* Concurrent runs at one place get the same rank, and sort by their names as wholes: items of two
//! replicas never alternate, typed forwards or backwards. A run that a **second** replica continues at its front or end is a new run
//! with a rank further out, and a concurrent third one may end up between the two.
//!
//! *Cost:* a place is some 72 bytes, and nearly all positions have one or two. Ranks grow by a byte for each hundred
//! insertions into the same gap, not at all at the ends; each insertion into the middle of a foreign run adds a place.
//!
//! *Source:* the runs follow Weidner and Kleppmann, *The Art of the Fugue*, 2023; dense ranks are those of Logoot (Weiss, Urso and
//! Molli, 2009).

use alloc::vec::Vec;

use crate::Dot;

/// Ranks on the wire keep this distance from the ends of their type, so that there is room beyond each.
#[cfg(feature = "serde")]
const WHOLE_MAX: i64 = 1 << 62;

/// Where an item stands in its list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position(Vec<Place>);

/// One step of a path: which run among those beside it, and where in the run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    rank: Rank,
    run: Dot,
    /// Which change of the run's replica it is, counted from the run's first; below 0 if it was put in front.
    index: i64,
}

/// A dense order: between any two there is one more. The digits never end in 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Rank {
    whole: i64,
    digits: Vec<u8>,
}

impl Position {
    /// The position of the item that the change `dot` inserts between two neighbours. None if a rank would leave its type,
    /// which takes 2^62 insertions at one end.
    pub(crate) fn between(left: Option<&Self>, right: Option<&Self>, dot: Dot) -> Option<Self> {
        let goes_on =
            left.and_then(|left| left.in_run(dot, 1)).filter(|new| right.is_none_or(|right| new < right));
        let in_front = || right?.in_run(dot, -1).filter(|new| left.is_none_or(|left| left < new));
        goes_on.or_else(in_front).or_else(|| Self::new_run(left, right, dot))
    }

    /// The item's place in the run that this one ends in, if it is a run of the same replica.
    fn in_run(&self, dot: Dot, sign: i64) -> Option<Self> {
        let last = self.0.last().filter(|last| last.run.replica == dot.replica)?;
        let distance =
            dot.counter.get().checked_sub(last.run.counter.get()).filter(|distance| *distance > 0)?;
        let mut new = self.clone();
        new.0.last_mut()?.index = i64::try_from(distance).ok()? * sign;
        Some(new)
    }

    fn new_run(left: Option<&Self>, right: Option<&Self>, dot: Dot) -> Option<Self> {
        let (left, right) = (left.map_or(&[][..], |left| &left.0), right.map_or(&[][..], |right| &right.0));
        let common = left.iter().zip(right).take_while(|(a, b)| a == b).count();
        let (parent, rank) = match (left.get(common), right.get(common)) {
            (None, None) => (common, Some(Rank::default())),
            (None, Some(next)) => (common, next.rank.before()),
            (Some(last), None) => (common, last.rank.after()),
            (Some(last), Some(next)) => match last.rank.between(&next.rank) {
                Some(rank) => (common, Some(rank)),
                // No rank is free beside them: under the left one, behind all that hangs there.
                None => {
                    (common + 1, left.get(common + 1).map_or(Some(Rank::default()), |last| last.rank.after()))
                }
            },
        };
        let prefix = if left.len() >= parent { &left[..parent] } else { &right[..parent] };
        let mut places = prefix.to_vec();
        places.push(Place { rank: rank?, run: dot, index: 0 });
        Some(Self(places))
    }
}

impl Rank {
    fn before(&self) -> Option<Self> {
        Some(Self { whole: self.whole.checked_sub(1)?, digits: Vec::new() })
    }

    fn after(&self) -> Option<Self> {
        Some(Self { whole: self.whole.checked_add(1)?, digits: Vec::new() })
    }

    /// A rank strictly between; none if `next` is not larger.
    fn between(&self, next: &Self) -> Option<Self> {
        if self >= next {
            return None;
        }
        let digits = if self.whole == next.whole {
            digits_between(&self.digits, &next.digits)
        } else if next.whole - 1 > self.whole || !next.digits.is_empty() {
            return self.after();
        } else {
            digits_after(&self.digits)
        };
        Some(Self { whole: self.whole, digits })
    }
}

/// Larger digits, and no longer if that can be.
fn digits_after(digits: &[u8]) -> Vec<u8> {
    let mut after = digits.to_vec();
    match digits.iter().position(|digit| *digit < u8::MAX) {
        Some(at) => {
            after.truncate(at + 1);
            after[at] += 1;
        }
        None => after.push(128),
    }
    after
}

/// Digits strictly between two of which the second are larger.
fn digits_between(low: &[u8], high: &[u8]) -> Vec<u8> {
    let digit = |at: usize| low.get(at).copied().unwrap_or(0);
    let at = (0..high.len()).find(|at| digit(*at) != high[*at]).unwrap_or(high.len());
    let mut between = high[..at].to_vec();
    let top = high.get(at).copied().unwrap_or(u8::MAX);
    if top - digit(at).min(top) >= 2 {
        between.push(digit(at) + (top - digit(at)) / 2);
    } else {
        between.push(digit(at));
        between.append(&mut digits_after(low.get(at + 1..).unwrap_or_default()));
    }
    between
}

#[cfg(feature = "serde")]
mod wire {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Place, Position, Rank, WHOLE_MAX};
    use crate::Dot;
    use crate::grown::Grown;

    impl Serialize for Position {
        /// As a list of places: rank (whole and digits), run and index.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let plain = |place: &Place| (place.rank.whole, place.rank.digits.clone(), place.run, place.index);
            serializer.collect_seq(self.0.iter().map(plain))
        }
    }

    impl<'de> Deserialize<'de> for Position {
        /// Refuses a path of no places, ranks that end in 0, and ranks at the ends of their type.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Grown(plain) = Grown::<(i64, Grown<u8>, Dot, i64)>::deserialize(deserializer)?;
            let is_place = |(whole, Grown(digits), _, _): &(i64, Grown<u8>, Dot, i64)| {
                (-WHOLE_MAX..=WHOLE_MAX).contains(whole) && digits.last() != Some(&0)
            };
            if plain.is_empty() || !plain.iter().all(is_place) {
                return Err(D::Error::custom("a position has no places, or a rank that nobody writes"));
            }
            let place =
                |(whole, Grown(digits), run, index)| Place { rank: Rank { whole, digits }, run, index };
            Ok(Self(plain.into_iter().map(place).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::num::NonZeroU64;

    use super::{Position, Rank, digits_after, digits_between};
    use crate::{Dot, NodeName, ReplicaId};

    fn dot(name: &str, counter: u64) -> Dot {
        Dot::new(ReplicaId::new(NodeName::new(name), 1), NonZeroU64::new(counter).expect("not 0"))
    }

    /// As decoded states of broken replicas may have it, too.
    #[test]
    fn a_position_is_new_even_if_a_dot_was_used_before() {
        let first = Position::between(None, None, dot("a", 1)).expect("room");
        let behind = Position::between(Some(&first), None, dot("a", 2)).expect("room");
        let in_front = Position::between(None, Some(&first), dot("a", 2)).expect("room");
        assert!(in_front < first && first < behind);
        let again = Position::between(Some(&first), None, dot("a", 1)).expect("room");
        assert!(first < again);
        let again = Position::between(Some(&first), Some(&behind), dot("a", 2)).expect("room");
        assert!(first < again && again < behind);
        let again = Position::between(Some(&in_front), Some(&first), dot("a", 2)).expect("room");
        assert!(in_front < again && again < first);
    }

    #[test]
    fn ranks_stay_as_short_as_they_can_be() {
        let rank = |whole, digits: &[u8]| Rank { whole, digits: digits.to_vec() };
        for (low, high, between) in [
            (rank(0, &[]), rank(2, &[]), Some(rank(1, &[]))),
            (rank(-5, &[7]), rank(5, &[]), Some(rank(-4, &[]))),
            (rank(0, &[]), rank(1, &[1]), Some(rank(1, &[]))),
            (rank(0, &[]), rank(1, &[]), Some(rank(0, &[128]))),
            (rank(0, &[255, 3]), rank(1, &[]), Some(rank(0, &[255, 4]))),
            (rank(0, &[10]), rank(0, &[20]), Some(rank(0, &[15]))),
            (rank(0, &[]), rank(0, &[]), None),
            (rank(1, &[]), rank(0, &[]), None),
        ] {
            assert_eq!(low.between(&high), between, "{low:?} {high:?}");
        }
        assert_eq!(digits_after(&[3, 7]), [4]);
        assert_eq!(digits_after(&[255, 254]), [255, 255]);
        assert_eq!(digits_after(&[255, 255]), [255, 255, 128]);
    }

    #[test]
    fn digits_are_dense() {
        let some: [&[u8]; 9] =
            [&[], &[0, 1], &[0, 255], &[1], &[1, 0, 0, 1], &[1, 255], &[2], &[255], &[255, 255]];
        for (at, low) in some.iter().enumerate() {
            assert!(digits_after(low).as_slice() > *low && digits_after(low).last() != Some(&0));
            for high in &some[at + 1..] {
                let between = digits_between(low, high);
                assert!(
                    *low < between.as_slice() && between.as_slice() < *high,
                    "{low:?} {between:?} {high:?}"
                );
                assert_ne!(between.last(), Some(&0));
            }
        }
    }

    /// Two replicas take turns at each end, which gives each item a rank of its own.
    #[cfg(feature = "serde")]
    #[test]
    fn positions_are_read_as_they_were_written_up_to_the_ends_of_ranks() {
        let read = |json: &str| serde_json::from_str::<Position>(json);
        let (mut first, mut last) = (None, None);
        for number in 1..20 {
            let author = ["a", "b"][usize::from(number % 2 == 0)];
            first = Position::between(None, first.as_ref(), dot(author, number));
            last = Position::between(last.as_ref(), None, dot(author, number));
            for end in [&first, &last].into_iter().flatten() {
                assert_eq!(&read(&serde_json::to_string(end).expect("text")).expect("a position"), end);
            }
        }
        let mut end = first.expect("room");
        for (whole, is_read) in
            [(1 << 62, true), (-(1 << 62), true), ((1 << 62) + 1, false), (i64::MIN, false)]
        {
            end.0[0].rank.whole = whole;
            assert_eq!(read(&serde_json::to_string(&end).expect("text")).is_ok(), is_read, "{whole}");
        }
    }

    /// Three authors insert at random places of one list, for long: every position is new and lies where it should.
    #[test]
    fn a_position_lies_between_its_neighbours() {
        let mut random = 1_u64;
        let mut list: Vec<Position> = Vec::new();
        for number in 1..3000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let author = ["a", "b", "c"][usize::try_from((random >> 40) % 3).expect("small")];
            let spread = (list.len() as u64 + 1).min(if number % 7 == 0 { u64::MAX } else { 5 });
            let at = usize::try_from((random >> 33) % spread).expect("small");
            let left = at.checked_sub(1).map(|left| &list[left]);
            let new = Position::between(left, list.get(at), dot(author, number)).expect("room");
            assert!(left.is_none_or(|left| *left < new) && list.get(at).is_none_or(|right| new < *right));
            list.insert(at, new);
        }
        assert!(list.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn runs_at_both_ends_and_turns_at_the_end_stay_short() {
        let (mut first, mut last): (Option<Position>, Option<Position>) = (None, None);
        for number in 1..2000 {
            last =
                Position::between(last.as_ref(), None, dot(["a", "b"][usize::from(number % 2 == 0)], number));
            first = Position::between(None, first.as_ref(), dot("c", number));
        }
        for end in [first, last].into_iter().flatten() {
            assert_eq!(end.0.len(), 1);
            assert!(end.0[0].rank.digits.is_empty());
        }
    }
}
