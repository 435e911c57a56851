//! What can go wrong.

use std::error::Error;
use std::fmt;

/// Why a file is refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// It is not what Coq writes, or it has a form that is left out here.
    NotUnderstood(serde_json::Error),
    /// A name is used that nothing has.
    Unbound(String),
    /// Two definitions have one name.
    Twice(String),
    /// A `fix` means a function that it does not have.
    NoSuchFix(usize),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnderstood(error) => write!(f, "not understood: {error}"),
            Self::Unbound(name) => write!(f, "`{name}` is used and not defined"),
            Self::Twice(name) => write!(f, "`{name}` is defined twice"),
            Self::NoSuchFix(index) => write!(f, "a `fix` means function {index}, which it does not have"),
        }
    }
}

impl Error for LoadError {}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// There is no such definition.
    Unknown(String),
    /// Something is applied that is no function.
    NotAFunction,
    /// A `match` has no branch for this constructor, or for this many fields of it.
    NoBranch(String),
    /// A function is matched on.
    MatchOnFunction,
    /// The code of another specification is called.
    Foreign,
    /// More is open than [`Specification::OPEN`](crate::Specification::OPEN), or a value is deeper than
    /// [`Value::DEPTH`](crate::Value::DEPTH).
    TooDeep,
    /// It takes more than [`Specification::STEPS`](crate::Specification::STEPS).
    TooLong,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "there is no definition `{name}`"),
            Self::NotAFunction => f.write_str("something is applied that is no function"),
            Self::NoBranch(name) => write!(f, "no branch is for `{name}`"),
            Self::MatchOnFunction => f.write_str("a function is matched on"),
            Self::Foreign => f.write_str("a function comes from another specification"),
            Self::TooDeep => f.write_str("it goes too deep"),
            Self::TooLong => f.write_str("it takes too long"),
        }
    }
}

impl Error for CallError {}

/// A value is not of the shape asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongShape {
    /// What was asked for.
    pub wanted: &'static str,
    /// What there is.
    pub found: String,
}

impl fmt::Display for WrongShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not {}", self.found, self.wanted)
    }
}

impl Error for WrongShape {}
