//! What all the types share: a state that grows by joining.

use core::cmp::Ordering;

/// A join-semilattice with a least element: the state, and equally the delta, of a replicated data type.
///
/// # Laws
/// For all `a`, `b`, `c`, with `a ⊔ b` for `a` after `a.join(&b)` and ⊥ for `Default::default()`:
/// - `a ⊔ b = b ⊔ a`, `(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)`, `a ⊔ a = a`, `a ⊔ ⊥ = a`;
/// - `a.includes(&b)` exactly if `a ⊔ b = a`;
/// - `b ⊔ a.difference(&b) = b ⊔ a`, and the difference is ⊥ exactly if `b` includes `a`.
///
/// The tests of this crate check them on states that executions reach: replicas that share history, restart,
/// and get messages late, twice or never.
pub trait Lattice: Clone + Default + PartialEq {
    /// Takes in all that `other` knows. Never fails; what is known already changes nothing.
    fn join(&mut self, other: &Self);

    /// True if `other` knows nothing that this state does not: `other ≤ self`.
    fn includes(&self, other: &Self) -> bool;

    /// What a state that knows `known` lacks of this one: as little as the type can separate.
    fn difference(&self, known: &Self) -> Self;

    /// True for the state that knows nothing.
    fn is_bottom(&self) -> bool {
        *self == Self::default()
    }

    /// The order of knowledge: `None` if each knows something that the other lacks, that is, if they are concurrent.
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.includes(other), other.includes(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }

    /// The join of two states, as a new one.
    #[must_use]
    fn joined(mut self, other: &Self) -> Self {
        self.join(other);
        self
    }
}
