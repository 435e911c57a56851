//! Definitions as they are run: variables are counted outwards, parts of an expression are numbers into one list.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The definitions of one file.
#[derive(Debug, Default)]
pub struct Specification {
    /// Every expression of the file; the parts of each come before it.
    pub(crate) code: Vec<Code>,
    /// The value of each definition.
    pub(crate) globals: Vec<At>,
    pub(crate) names: BTreeMap<String, usize>,
}

impl Specification {
    /// How much may be open at a time.
    pub const OPEN: usize = 1_000_000;

    /// How many steps a call may take.
    pub const STEPS: u64 = 10_000_000;

    /// The names of all definitions, in the order of the alphabet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }
}

/// The place of an expression in the list of all.
pub(crate) type At = usize;

/// The name of a constructor.
pub(crate) type Name = Arc<str>;

#[derive(Debug)]
pub(crate) enum Code {
    /// A variable, by how many were bound after it.
    Local(usize),
    Global(usize),
    /// The function, then its arguments.
    Call(Vec<At>),
    /// How many parameters, and the body.
    Function(usize, At),
    Match(At, Vec<Branch>),
    Construct(Name, Vec<At>),
    /// A value, and what it is bound in.
    Let(At, At),
    /// Functions that know each other, and which of them is meant.
    Fix(Vec<At>, usize),
}

#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) pattern: Pattern,
    pub(crate) body: At,
}

#[derive(Debug)]
pub(crate) enum Pattern {
    Anything,
    /// Anything, and it is bound.
    Variable,
    /// A constructor with so many fields, each of which is bound.
    Constructor(Name, usize),
}
