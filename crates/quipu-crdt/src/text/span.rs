//! The smallest parts: ids as one document numbers them, runs of characters, and their sizes.

use super::Unit;

/// A size within a span, which [`Span::MOST_BYTES`] and the width of the numbers keep in 32 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "sizes within a span fit")]
pub(super) fn narrow(size: usize) -> u32 {
    debug_assert!(u32::try_from(size).is_ok());
    size as u32
}

/// A character of this document: its replica, by the document's own number for it, and its number there from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) replica: u32,
    pub(super) seq: u32,
}

impl Local {
    /// What lies left of the first and right of the last character.
    pub(super) const EDGE: Self = Self { replica: u32::MAX, seq: 0 };

    pub(super) fn is_edge(self) -> bool {
        self == Self::EDGE
    }
}

/// A size or an offset in all three units at once. Sums of a tree wrap on the way and are exact in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) chars: usize,
    pub(super) utf16: usize,
    pub(super) bytes: usize,
}

impl Measure {
    pub(super) fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self { chars: text.len(), utf16: text.len(), bytes: text.len() };
        }
        let chars = text.chars().count();
        let utf16 = text.chars().map(char::len_utf16).sum();
        Self { chars, utf16, bytes: text.len() }
    }

    #[inline]
    pub(super) fn in_unit(self, unit: Unit) -> usize {
        match unit {
            Unit::Chars => self.chars,
            Unit::Utf16 => self.utf16,
            Unit::Bytes => self.bytes,
        }
    }

    #[inline]
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            chars: self.chars.wrapping_add(other.chars),
            utf16: self.utf16.wrapping_add(other.utf16),
            bytes: self.bytes.wrapping_add(other.bytes),
        }
    }

    #[inline]
    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            chars: self.chars.wrapping_sub(other.chars),
            utf16: self.utf16.wrapping_sub(other.utf16),
            bytes: self.bytes.wrapping_sub(other.bytes),
        }
    }
}

/// Characters of one replica with consecutive numbers that stand side by side, each but the first with the one before
/// it as left origin, all with the same right origin, all visible or all deleted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// The first character.
    pub(super) id: Local,
    /// The left origin of the first character.
    pub(super) left: Local,
    /// The right origin of every character.
    pub(super) right: Local,
    /// Where the text begins in the replica's buffer; [`Span::DROPPED`] if deleted and not kept.
    pub(super) text: usize,
    pub(super) chars: u32,
    /// Sizes of the text; 0 if it was dropped.
    pub(super) utf16: u32,
    pub(super) bytes: u32,
    pub(super) deleted: bool,
}

impl Span {
    /// The place of a text that is not kept.
    pub(super) const DROPPED: usize = usize::MAX;

    /// No span grows beyond this many bytes, so that its sizes always fit.
    pub(super) const MOST_BYTES: usize = 1 << 28;

    #[inline]
    pub(super) fn visible(&self) -> Measure {
        if self.deleted { Measure::default() } else { self.measure() }
    }

    #[inline]
    pub(super) fn measure(&self) -> Measure {
        Measure { chars: self.chars as usize, utf16: self.utf16 as usize, bytes: self.bytes as usize }
    }

    /// The number after the last character's.
    #[inline]
    pub(super) fn end(&self) -> u32 {
        self.id.seq + self.chars
    }

    /// The character at `offset`.
    #[inline]
    pub(super) fn at(&self, offset: u32) -> Local {
        Local { replica: self.id.replica, seq: self.id.seq + offset }
    }

    #[inline]
    pub(super) fn last(&self) -> Local {
        self.at(self.chars - 1)
    }

    #[inline]
    pub(super) fn contains(&self, id: Local) -> bool {
        self.id.replica == id.replica && id.seq >= self.id.seq && id.seq - self.id.seq < self.chars
    }

    /// The left origin of the character at `offset`.
    pub(super) fn left_of(&self, offset: u32) -> Local {
        if offset == 0 { self.left } else { self.at(offset - 1) }
    }

    #[inline]
    pub(super) fn is_ascii(&self) -> bool {
        self.bytes == self.chars
    }

    /// True if `next`, standing right after this span, is one run with it, whatever is deleted of the two.
    pub(super) fn runs_on_in(&self, next: &Self) -> bool {
        next.left == self.last() && next.id == self.at(self.chars) && self.right == next.right
    }

    /// True if `next`, standing right after this span, can be made part of it.
    #[inline]
    pub(super) fn can_take(&self, next: &Self) -> bool {
        let together = if self.text == Self::DROPPED {
            next.text == Self::DROPPED
        } else {
            self.text + self.bytes as usize == next.text
        };
        together
            && self.deleted == next.deleted
            && self.runs_on_in(next)
            && self.bytes as usize + next.bytes as usize <= Self::MOST_BYTES
    }

    /// Takes in a span for which [`Span::can_take`] holds.
    #[inline]
    pub(super) fn take(&mut self, next: &Self) {
        self.chars += next.chars;
        self.utf16 += next.utf16;
        self.bytes += next.bytes;
    }

    /// Cuts off and returns what comes after the first `head.chars` characters, which measure `head`.
    pub(super) fn cut(&mut self, head: Measure) -> Self {
        let (chars, utf16, bytes) = (narrow(head.chars), narrow(head.utf16), narrow(head.bytes));
        let tail = Self {
            id: self.at(chars),
            left: self.at(chars - 1),
            right: self.right,
            text: if self.text == Self::DROPPED { Self::DROPPED } else { self.text + head.bytes },
            chars: self.chars - chars,
            utf16: self.utf16 - utf16,
            bytes: self.bytes - bytes,
            deleted: self.deleted,
        };
        (self.chars, self.utf16, self.bytes) = (chars, utf16, bytes);
        tail
    }
}
