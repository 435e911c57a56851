//! The name of a node, in 16 bytes.
//!
//! Node names on the wire are text such as `n0`; states and messages hold many of them, compare them in every join
//! and copy them freely. So a name is a fixed 16 bytes: up to 16 bytes of text are kept as they are, readable in
//! every trace; a longer name (`counter-eu-west-1.example.com:7000`) is replaced by `~` and 15 digits of its hash.
//!
//! *Left out:* a table that maps names to small numbers. It would save bytes, but all nodes would have to agree on it.

use core::cmp::Ordering;
use core::fmt;

const LENGTH: usize = 16;
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The name of a node: 16 bytes, copied, ordered by its text.
///
/// Different names of up to 16 bytes are always different. Two longer ones are taken for one another with
/// probability 2^-75 (the hash is not made against an attacker who chooses names). Names that begin with `~` are
/// for this purpose; do not give them to nodes.
///
/// ```
/// use quipu_crdt::NodeName;
///
/// assert_eq!(NodeName::new("n0").as_str(), "n0");
/// let long = NodeName::new("counter-eu-west-1.example.com:7000");
/// assert_eq!(long.as_str().len(), 16);
/// assert_eq!(NodeName::new(long.as_str()), long);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeName([u8; LENGTH]);

impl NodeName {
    /// The name for `name`. Given the form that [`NodeName::as_str`] returns, it gives the same name again.
    pub fn new(name: &str) -> Self {
        let mut bytes = [0; LENGTH];
        match bytes.get_mut(..name.len()) {
            // A zero byte would be taken for the end of a shorter name.
            Some(kept) if !name.as_bytes().contains(&0) => kept.copy_from_slice(name.as_bytes()),
            _ => bytes = hashed(name),
        }
        Self(bytes)
    }

    /// The name whose text is exactly this; `None` for a text that would have to be hashed.
    pub(crate) fn from_canonical(text: &str) -> Option<Self> {
        Some(Self::new(text)).filter(|name| name.as_str() == text)
    }

    /// The name as one number, which travels in registers.
    #[inline]
    pub(crate) const fn word(self) -> u128 {
        u128::from_ne_bytes(self.0)
    }

    /// The name of a number that [`NodeName::word`] gave.
    #[inline]
    pub(crate) const fn from_word(word: u128) -> Self {
        Self(word.to_ne_bytes())
    }

    /// The text: the name itself, or its hash form if it was too long.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(LENGTH);
        core::str::from_utf8(&self.0[..end]).expect("made of a whole `str`, or of ASCII digits")
    }
}

impl Ord for NodeName {
    /// The order of the text. As one 128-bit integer, first byte highest, which takes two instructions instead of a
    /// comparison of memory; joins of many replicas do little else.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
    }
}

impl PartialOrd for NodeName {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `~` and 75 bits of the 128-bit FNV-1a hash, 5 per digit.
fn hashed(name: &str) -> [u8; LENGTH] {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in name.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    let mut bytes = [b'~'; LENGTH];
    for digit in &mut bytes[1..] {
        *digit = DIGITS[(hash % 32) as usize];
        hash /= 32;
    }
    bytes
}

impl From<&str> for NodeName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
