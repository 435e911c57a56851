//! Places that move with the text.

use core::num::NonZeroU64;

use super::change::Id;
use super::offset::{Offset, TextError, Unit};
use super::sequence::{Gap, Sequence};
use super::span::Measure;
use crate::Dot;

/// On which side of what is inserted at its place an anchor stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Bias {
    /// Before it: the anchor holds to the character on its left. The end of a selection.
    Left,
    /// After it: the anchor holds to the character on its right. The start of a selection, or a cursor.
    Right,
}

/// A place in a text that stays where it is meant while others edit: it is next to a character, by id.
///
/// If that character is deleted the anchor stands where it was. An anchor means the same in every copy of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Anchor {
    /// The character; the beginning of the text if there is none on the left, the end if none on the right.
    pub character: Option<Dot>,
    /// On which side of the anchor the character is.
    pub bias: Bias,
}

impl Sequence {
    pub(super) fn anchor(&self, at: Offset, bias: Bias) -> Result<Anchor, TextError> {
        let (gap, place) = self.gap_at(at)?;
        let gap = match bias {
            Bias::Left => gap,
            Bias::Right => {
                let next = place.start.chars + gap.offset as usize + 1;
                if next > self.tree.total().chars {
                    return Ok(Anchor { character: None, bias });
                }
                self.gap_at(Offset::Chars(next))?.0
            }
        };
        let character = self.replicas.global(self.before(gap)).and_then(|id| {
            let counter = NonZeroU64::new(id.seq.into())?;
            Some(Dot::new(id.replica, counter))
        });
        Ok(Anchor { character, bias })
    }

    pub(super) fn resolve(&self, anchor: Anchor, unit: Unit) -> Option<usize> {
        let Some(dot) = anchor.character else {
            let end = if anchor.bias == Bias::Left { Measure::default() } else { self.tree.total() };
            return Some(end.in_unit(unit));
        };
        let id = Id { replica: dot.replica, seq: u32::try_from(dot.counter.get()).ok()? };
        let (local, _) = self.replicas.locate(id)?;
        let Gap { leaf, index, offset } = self.place_of(local)?;
        let span = self.tree.span(leaf, index);
        let chars = match (span.deleted, anchor.bias) {
            (true, _) => return Some(self.start_of(leaf, index).in_unit(unit)),
            (false, Bias::Left) => offset + 1,
            (false, Bias::Right) => offset,
        };
        Some(self.start_of(leaf, index).plus(self.measure(span, chars)).in_unit(unit))
    }
}
