//! Why a change of a bounded counter cannot be made, or not here.

use alloc::vec::Vec;
use core::fmt;

use crate::{Overflow, ReplicaId};

/// A change that was not made. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RightsError {
    /// The replica does not hold that many rights: ask one that does for some, or send the client there.
    Insufficient(InsufficientRights),
    /// A transfer from a replica to itself.
    ToItself,
    /// Only from an earlier incarnation of the same node can rights be inherited.
    NotAnEarlierLife {
        /// Whose rights were asked for.
        old: ReplicaId,
        /// Who asked.
        new: ReplicaId,
    },
    /// A replica's own number would pass 2^64 - 1.
    Overflow,
}

/// "Cannot decide here": what was asked for, what is here, and who could help. All of it as far as known here: others may
/// have created, used or moved rights since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsufficientRights {
    /// How many rights the change takes.
    pub asked: u64,
    /// How many the replica holds: fewer.
    pub here: u128,
    /// Who else holds rights, and how many; who holds most comes first.
    pub elsewhere: Vec<(ReplicaId, u128)>,
}

impl InsufficientRights {
    /// All rights known here: the value of the counter.
    pub fn known_total(&self) -> u128 {
        self.here + self.elsewhere.iter().map(|(_, rights)| rights).sum::<u128>()
    }

    /// True if all known rights together do not suffice: then asking others helps only if somebody has created rights that
    /// are not known here. False: others hold what is lacking.
    pub fn is_total_too_small(&self) -> bool {
        self.known_total() < u128::from(self.asked)
    }
}

impl From<InsufficientRights> for RightsError {
    fn from(answer: InsufficientRights) -> Self {
        Self::Insufficient(answer)
    }
}

impl From<Overflow> for RightsError {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl fmt::Display for InsufficientRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, here, elsewhere } = self;
        if self.is_total_too_small() {
            return write!(
                f,
                "{asked} asked, but only {} known to exist, {here} of them here",
                self.known_total()
            );
        }
        write!(f, "cannot decide here: {asked} asked, rights for {here} here; ask")?;
        for (index, (holder, rights)) in elsewhere.iter().enumerate() {
            write!(f, "{} {holder} ({rights})", if index == 0 { "" } else { " or" })?;
        }
        Ok(())
    }
}

impl fmt::Display for RightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insufficient(answer) => answer.fmt(f),
            Self::ToItself => f.write_str("a replica cannot transfer rights to itself; name another replica"),
            Self::NotAnEarlierLife { old, new } => {
                write!(f, "{new} cannot inherit from {old}: they must be different incarnations of one node")
            }
            Self::Overflow => Overflow.fmt(f),
        }
    }
}

impl core::error::Error for InsufficientRights {}

impl core::error::Error for RightsError {}
