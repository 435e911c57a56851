//! The laws, by name.

use std::fmt;

/// What must hold on every execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// After every step, a replica shows what the specification makes of the operations it knows of.
    Specification,
    /// Every state is the one that an oracle beside it computes: see [`Subject::as_the_oracle_says`](crate::Subject).
    Oracle,
    /// Replicas that know of the same operations have equal states, on whatever way they came to know.
    EqualKnowledge,
    /// The state after an edit is the state before it with the delta received.
    DeltaIsTheChange,
    /// An edit that returns no delta has changed nothing.
    NoDeltaNoChange,
    /// An edit or a join only adds: taking in the state before it again changes nothing.
    Inflationary,
    /// `a ⊔ b = b ⊔ a`.
    Commutative,
    /// `(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)`.
    Associative,
    /// `a ⊔ a = a`.
    Idempotent,
    /// A replica that knows nothing adds nothing.
    BottomIsNeutral,
    /// What a replica has for itself is no news, and receiving it changes nothing.
    NoNews,
    /// Receiving what one lacks of another is as good as joining the other's whole state.
    Difference,
    /// "Includes" is the order of the join.
    Includes,
    /// A state, and a delta, is what it was after encoding and decoding.
    Recode,
    /// All deltas, in any order, in groups and repeated, make what all states make.
    DeltasMakeTheState,
    /// Replicas that have exchanged everything are equal.
    Convergence,
    /// A law of the type's own.
    OfItsOwn,
    /// Nothing panics.
    NoPanic,
}

impl Law {
    /// The law in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Specification => "a replica shows what its history says",
            Self::Oracle => "a state is what the oracle says",
            Self::EqualKnowledge => "equal knowledge gives equal states",
            Self::DeltaIsTheChange => "the state after an edit is the one before it with the delta",
            Self::NoDeltaNoChange => "an edit without a delta changes nothing",
            Self::Inflationary => "an edit or a join only adds",
            Self::Commutative => "join is commutative",
            Self::Associative => "join is associative",
            Self::Idempotent => "join is idempotent",
            Self::BottomIsNeutral => "joining a replica that knows nothing changes nothing",
            Self::NoNews => "no news changes nothing",
            Self::Difference => "receiving what is lacking is joining the whole",
            Self::Includes => "`includes` is the order of the join",
            Self::Recode => "encoding and decoding changes nothing",
            Self::DeltasMakeTheState => "all deltas make what all states make",
            Self::Convergence => "replicas that exchanged everything are equal",
            Self::OfItsOwn => "a law of its own",
            Self::NoPanic => "nothing panics",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A law that does not hold, and where that shows.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) law: Law,
    pub(crate) detail: String,
}

/// Fails with `law` unless `holds`.
pub(crate) fn demand(law: Law, holds: bool, detail: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { law, detail: detail() }) }
}
