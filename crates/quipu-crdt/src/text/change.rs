//! A small part of a text that stands by itself, under global names: what one edit adds.

use alloc::string::String;
use alloc::vec::Vec;

use super::span::Span;
use crate::ReplicaId;

/// The name of a character, the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) replica: ReplicaId,
    pub(super) seq: u32,
}

impl Id {
    pub(super) fn plus(self, count: u32) -> Self {
        Self { replica: self.replica, seq: self.seq + count }
    }
}

/// Consecutive characters of one replica: `start..end`, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IdRange {
    pub(super) replica: ReplicaId,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Characters of one replica, each but the first with the one before it as left origin, all with one right origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) id: Id,
    pub(super) left: Option<Id>,
    pub(super) right: Option<Id>,
    pub(super) chars: u32,
    /// `None` if the text is not kept; then all the characters are deleted.
    pub(super) text: Option<Snippet>,
}

impl Run {
    pub(super) fn end(&self) -> u32 {
        self.id.seq + self.chars
    }

    /// Takes in a run that goes on where this one ends; false, and nothing is changed, if that one does not.
    pub(super) fn extend(&mut self, next: &Self) -> bool {
        let follows = next.id == self.id.plus(self.chars)
            && next.left == Some(self.id.plus(self.chars - 1))
            && next.right == self.right;
        match (&mut self.text, &next.text) {
            _ if !follows => return false,
            (None, None) => {}
            (Some(text), Some(more)) if text.as_str().len() + more.as_str().len() <= Span::MOST_BYTES => {
                text.push_str(more.as_str());
            }
            _ => return false,
        }
        self.chars += next.chars;
        true
    }

    /// The characters `from..to` alone.
    pub(super) fn slice(&self, from: u32, to: u32) -> Self {
        let text = self.text.as_ref().map(|text| Snippet::new(chars_of(text.as_str(), from, to)));
        let left = if from == 0 { self.left } else { Some(self.id.plus(from - 1)) };
        Self { id: self.id.plus(from), left, right: self.right, chars: to - from, text }
    }
}

/// The characters `from..to` of a text.
pub(super) fn chars_of(text: &str, from: u32, to: u32) -> &str {
    &text[byte_of_char(text, from as usize)..byte_of_char(text, to as usize)]
}

/// Where the character number `chars` begins, or the end.
pub(super) fn byte_of_char(text: &str, chars: usize) -> usize {
    if text.as_bytes().get(..chars).is_some_and(<[u8]>::is_ascii) {
        return chars;
    }
    text.char_indices().nth(chars).map_or(text.len(), |(byte, _)| byte)
}

/// Insertions of at most one run, and deletions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) insert: Option<Run>,
    pub(super) deleted: Ranges,
}

/// Deleted characters, as ranges in order that do not touch.
#[derive(Clone, Debug, Default)]
pub(super) enum Ranges {
    #[default]
    None,
    One(IdRange),
    Many(Vec<IdRange>),
}

impl Ranges {
    pub(super) fn as_slice(&self) -> &[IdRange] {
        match self {
            Self::None => &[],
            Self::One(range) => core::slice::from_ref(range),
            Self::Many(ranges) => ranges,
        }
    }

    /// True if all characters of a run are among them.
    #[cfg(feature = "serde")]
    pub(super) fn cover(&self, run: &Run) -> bool {
        let ranges = self.as_slice();
        let first =
            ranges.partition_point(|range| (range.replica, range.end) <= (run.id.replica, run.id.seq));
        ranges.get(first).is_some_and(|range| {
            range.replica == run.id.replica && range.start <= run.id.seq && range.end >= run.end()
        })
    }

    /// Ranges in any order, which may touch and overlap.
    pub(super) fn of(mut ranges: Vec<IdRange>) -> Self {
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let touch = last.replica == next.replica && last.end >= next.start;
            if touch {
                last.end = last.end.max(next.end);
            }
            touch
        });
        match *ranges {
            [] => Self::None,
            [range] => Self::One(range),
            _ => Self::Many(ranges),
        }
    }
}

impl PartialEq for Ranges {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Ranges {}

const INLINE: usize = 22;

/// A text that needs no allocation while it is short, as what one keystroke inserts is.
#[derive(Clone, Debug)]
pub(super) enum Snippet {
    Inline { len: u8, bytes: [u8; INLINE] },
    Heap(String),
}

impl Snippet {
    #[inline]
    pub(super) fn new(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(kept), Ok(len)) => {
                kept.copy_from_slice(text.as_bytes());
                Self::Inline { len, bytes }
            }
            _ => Self::Heap(text.into()),
        }
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Inline { len, bytes } => {
                core::str::from_utf8(&bytes[..*len as usize]).expect("made of a whole `str`")
            }
            Self::Heap(text) => text,
        }
    }

    fn push_str(&mut self, more: &str) {
        if let Self::Heap(text) = self {
            text.push_str(more);
            return;
        }
        let text = self.as_str();
        if text.len() + more.len() <= INLINE {
            let mut bytes = [0; INLINE];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            bytes[text.len()..text.len() + more.len()].copy_from_slice(more.as_bytes());
            if let Ok(len) = u8::try_from(text.len() + more.len()) {
                *self = Self::Inline { len, bytes };
            }
            return;
        }
        let mut whole = String::with_capacity(2 * INLINE + more.len());
        whole.push_str(text);
        whole.push_str(more);
        *self = Self::Heap(whole);
    }
}

impl PartialEq for Snippet {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Snippet {}

#[cfg(test)]
mod tests;
