//! The serialised forms of a text: readable as JSON, compact otherwise.
//!
//! A binary form is one sequence of bytes. Its first byte says which of two it is:
//! - a *little* one is at most one run of at most 256 bytes, and deletions: what an edit makes. A typed character takes
//!   about 10 bytes beside the replica's id.
//! - a *full* one holds everything, in the order of the document, in columns of small numbers that are compressed
//!   each by itself. Loading it builds the tree from left to right; nothing has to find its place.
//!
//! Which of the two it is follows from the content, so there is one form of each state (but for deleted text, which may have
//! been dropped). Little is believed on decoding: memory grows as data comes, and what was compressed may be only so much
//! longer than its packed form ([`columns::NUMBERS`], [`columns::TEXT`]), which the encoder sees to; ids are used once,
//! and every character stands between its origins. What is *not* checked of a full form is that characters put between the
//! same two at the same time stand in the order of the rule: who sends them in another order makes a text that differs
//! from everybody else's until it is built anew from deltas.

mod columns;
mod full;
mod human;
mod little;
mod number;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::change::{Change, Ranges};
use super::{Known, Text};

/// The longest text of a little form.
const LITTLE: usize = 256;

impl Serialize for Text {
    /// Readable: `{"runs": [{"id": ["n0@1f", 1], "text": "abc"}], "deleted": [["n0@1f", 2, 3]]}`, where a run may have
    /// the ids `left` and `right` of its origins, and the number `dropped` of its characters instead of `text`; a
    /// deletion names the first number and the one after the last. Compact: a sequence of bytes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return human::Form::of(&self.read()).serialize(serializer);
        }
        let mut bytes = Vec::new();
        match &self.known {
            Known::Little(change) if fits(change) => little::write(change, &mut bytes),
            _ => {
                let sequence = self.read();
                match sequence.as_change().filter(fits) {
                    Some(change) => little::write(&change, &mut bytes),
                    None => full::write(&sequence, &mut bytes),
                }
            }
        }
        serializer.serialize_bytes(&bytes)
    }
}

fn fits(change: &Change) -> bool {
    let text = change.insert.as_ref().and_then(|run| run.text.as_ref());
    text.is_none_or(|text| text.as_str().len() <= LITTLE)
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return human::Form::deserialize(deserializer)?.into_text().map_err(D::Error::custom);
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a text")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text, E> {
        read(bytes).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Text, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = sequence.next_element()? {
            bytes.push(byte);
        }
        read(&bytes).map_err(A::Error::custom)
    }
}

fn read(bytes: &[u8]) -> Result<Text, Malformed> {
    let mut input = number::Input::new(bytes);
    let first = input.byte()?;
    if first & little::FULL == 0 {
        let change = little::read(first, &mut input)?;
        input.finish()?;
        return Ok(Text::of(change));
    }
    let sequence = full::read(first, &mut input)?;
    input.finish()?;
    Ok(Text { known: Known::Much(Box::new(sequence)) })
}

/// Why bytes are not a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    Truncated,
    Trailing,
    BadNumber,
    BadText,
    BadReplica,
    Compressed,
    UnknownForm,
    NoSuchReplica,
    BadRange,
    Twice,
    NoOrigin,
    Misplaced,
    TextLost,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the bytes of the text end too early",
            Self::Trailing => "there are bytes after the end of the text",
            Self::BadNumber => "a number is longer than it needs to be or out of range",
            Self::BadText => "a run's text is not UTF-8, or shorter or longer than the runs say",
            Self::BadReplica => "a replica's name is not one, or the replicas are not in order",
            Self::Compressed => "a compressed column is damaged, or expands more than any encoder makes it",
            Self::UnknownForm => "the first byte names no form of a text",
            Self::NoSuchReplica => "an id names a replica that is not in the list",
            Self::BadRange => "a run or a deletion is empty, or its numbers are beyond 2^32 - 1",
            Self::Twice => "a character is there twice",
            Self::NoOrigin => "a character with a place has an origin without one",
            Self::Misplaced => "a character does not stand between its origins",
            Self::TextLost => "a visible character has no text",
        })
    }
}

/// Deletions in order, as they must be written.
fn in_order(ranges: Vec<super::change::IdRange>) -> Result<Ranges, Malformed> {
    let count = ranges.len();
    let ranges = Ranges::of(ranges);
    if ranges.as_slice().len() == count { Ok(ranges) } else { Err(Malformed::Twice) }
}

#[cfg(test)]
mod tests;
