//! Places in a text as its users count them, edits, and what can be wrong with a place.

use alloc::string::String;
use core::fmt;

use crate::ReplicaId;

/// In what a text is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalar values: `char` in Rust, characters of strings in Python.
    #[default]
    Chars,
    /// UTF-16 code units: strings in JavaScript, Java, C#, and the Language Server Protocol.
    Utf16,
    /// Bytes of UTF-8: strings in Rust and Go.
    Bytes,
}

/// A place between two characters, counted from the start of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offset {
    /// After that many characters.
    Chars(usize),
    /// After that many UTF-16 code units.
    Utf16(usize),
    /// After that many bytes.
    Bytes(usize),
}

impl Offset {
    /// The place after `count` of these units.
    pub const fn new(unit: Unit, count: usize) -> Self {
        match unit {
            Unit::Chars => Self::Chars(count),
            Unit::Utf16 => Self::Utf16(count),
            Unit::Bytes => Self::Bytes(count),
        }
    }

    /// In what it is counted.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Chars(_) => Unit::Chars,
            Self::Utf16(_) => Unit::Utf16,
            Self::Bytes(_) => Unit::Bytes,
        }
    }

    /// How many units come before it.
    pub const fn count(self) -> usize {
        match self {
            Self::Chars(count) | Self::Utf16(count) | Self::Bytes(count) => count,
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chars(count) => write!(f, "character {count}"),
            Self::Utf16(count) => write!(f, "UTF-16 unit {count}"),
            Self::Bytes(count) => write!(f, "byte {count}"),
        }
    }
}

/// What an editor must do to a plain string to follow a change, in the unit it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Put `text` in at `at`.
    Insert {
        /// Where, in the text as the edits before this one have left it.
        at: usize,
        /// What.
        text: String,
    },
    /// Take `len` units out from `at` on.
    Delete {
        /// Where, in the text as the edits before this one have left it.
        at: usize,
        /// How many units.
        len: usize,
    },
}

/// A local edit that cannot be made. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// The place is beyond the end.
    OutOfRange {
        /// The place asked for.
        offset: Offset,
        /// The length of the text in the same unit.
        len: usize,
    },
    /// The place is within one character, between its bytes or its two UTF-16 units.
    InsideCharacter {
        /// The place asked for.
        offset: Offset,
    },
    /// The range ends before it starts.
    Reversed {
        /// Where it starts.
        start: Offset,
        /// Where it ends.
        end: Offset,
    },
    /// More than 2^28 bytes at once.
    TooLong {
        /// How many bytes there were.
        bytes: usize,
    },
    /// The replica would have inserted 2^32 - 1 characters or more.
    Exhausted {
        /// Which replica.
        replica: ReplicaId,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { offset, len } => {
                write!(f, "{offset} is beyond the end at {len}; ask `len` before editing")
            }
            Self::InsideCharacter { offset } => {
                write!(f, "{offset} is inside a character; use the place before or after it")
            }
            Self::Reversed { start, end } => {
                write!(f, "the range ends at {end}, before its start at {start}")
            }
            Self::TooLong { bytes } => {
                write!(f, "{bytes} bytes at once; insert at most 2^28 bytes at a time")
            }
            Self::Exhausted { replica } => {
                write!(f, "{replica} has no numbers left for these characters; go on under a new incarnation")
            }
        }
    }
}

impl core::error::Error for TextError {}
