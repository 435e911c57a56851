//! A data type of this crate as a subject of the harness.

use std::fmt::Debug;

use quipu_crdt::{Lattice, NodeName, ReplicaId};
use quipu_laws::{History, OperationId, Operations, Past, Replica, Subject};

/// What the harness has to know of a type: how it is changed, and what it should show.
pub(crate) trait Kind: Lattice + Debug + Coded {
    type Operation: Clone + Debug;
    type View: PartialEq + Debug;

    fn alphabet() -> Vec<Self::Operation>;

    /// Carries out an operation. `None` if it was refused.
    fn edit(&mut self, replica: ReplicaId, operation: &Self::Operation) -> Option<Self>;

    fn view(&self) -> Self::View;

    /// What a client should see who knows of these operations, without any notion of dots, slots or joins.
    fn specification(past: Past<'_, Self::Operation>) -> Self::View;

    /// As [`Subject::stands_for`].
    fn stands_for(history: &History<Self::Operation>, id: OperationId, delta: &Self) -> Operations {
        let _ = (history, delta);
        Operations::one(id)
    }

    /// As [`Subject::further`].
    fn further() -> Vec<Self::Operation> {
        Vec::new()
    }

    /// What else holds for any two states.
    fn own_laws(&self, other: &Self) -> Result<(), String> {
        let _ = other;
        Ok(())
    }
}

/// A replica of a type: the state and its id. One that is `FORGETFUL` goes on under its old id when it has lost everything.
#[derive(Clone)]
pub(crate) struct Of<T, const FORGETFUL: bool = false> {
    id: ReplicaId,
    state: T,
}

impl<T: Kind, const FORGETFUL: bool> Subject for Of<T, FORGETFUL> {
    type Operation = T::Operation;
    type Delta = T;
    type View = T::View;

    fn new(replica: Replica) -> Self {
        let life = if FORGETFUL { Replica { incarnation: 1, ..replica } } else { replica };
        Self { id: id_of(life), state: T::default() }
    }

    fn alphabet() -> Vec<T::Operation> {
        T::alphabet()
    }

    fn further() -> Vec<T::Operation> {
        T::further()
    }

    fn edit(&mut self, operation: &T::Operation) -> Option<T> {
        self.state.edit(self.id, operation)
    }

    fn receive(&mut self, delta: &T) {
        self.state.join(delta);
    }

    fn pull(&mut self, other: &Self) {
        self.state.join(&other.state);
    }

    fn view(&self) -> T::View {
        self.state.view()
    }

    fn specification(past: Past<'_, T::Operation>) -> T::View {
        T::specification(past)
    }

    fn same(&self, other: &Self) -> bool {
        self.state == other.state
    }

    fn stands_for(history: &History<T::Operation>, id: OperationId, delta: &T) -> Operations {
        T::stands_for(history, id, delta)
    }

    fn recode(&self) -> Result<Self, String> {
        Ok(Self { state: self.state.recoded()?, ..*self })
    }

    fn recode_delta(delta: &T) -> Result<T, String> {
        let recoded = delta.recoded()?;
        if recoded == *delta { Ok(recoded) } else { Err(format!("{delta:?} comes back as {recoded:?}")) }
    }

    fn news_for(&self, other: &Self) -> Option<T> {
        Some(self.state.difference(&other.state))
    }

    fn includes(&self, other: &Self) -> Option<bool> {
        Some(self.state.includes(&other.state))
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        let (a, b) = (&self.state, &other.state);
        let order = a.compare(b);
        if order.is_some_and(std::cmp::Ordering::is_eq) != (a == b) {
            return Err(format!("{a:?} compared with {b:?} is {order:?}"));
        }
        if a.is_bottom() != (*a == T::default()) {
            return Err(format!("is {a:?} bottom: {}", a.is_bottom()));
        }
        a.own_laws(b)
    }

    fn picture(&self) -> String {
        format!("{:?}", self.state)
    }
}

/// The id that a replica of the harness has in this crate.
pub(crate) fn id_of(replica: Replica) -> ReplicaId {
    let name = NodeName::new(["n0", "n1", "n2", "n3"][usize::from(replica.node)]);
    ReplicaId::new(name, replica.incarnation.into())
}

/// The operations that are in force: those that no later one, of the kind that undoes them, had seen.
///
/// So it is for whoever knows all that its operations had seen. For others, an operation undoes what was still in force
/// where it was made; what others had undone before comes to be undone once those arrive.
pub(crate) fn in_force<O>(past: Past<'_, O>, undoes: impl Fn(&O, &O) -> bool) -> Operations {
    if !past.is_causal() {
        return past.standing(undoes);
    }
    let seen = |id, operation: &O| past.seen_by(id, |later| undoes(later, operation));
    past.iter().filter(|(id, record)| !seen(*id, &record.operation)).map(|(id, _)| id).collect()
}

/// For the types with a [`PartialOrd`]: it is the order of knowledge.
pub(crate) fn ordered_as_compared<T: Lattice + PartialOrd + Debug>(a: &T, b: &T) -> Result<(), String> {
    let agree =
        a.partial_cmp(b) == a.compare(b) && a.compare(b).map(std::cmp::Ordering::reverse) == b.compare(a);
    if agree { Ok(()) } else { Err(format!("the orders of {a:?} and {b:?} differ")) }
}

/// Through both encodings and back; without serde there is nothing to go through.
pub(crate) trait Coded: Sized {
    fn recoded(&self) -> Result<Self, String>;
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug> Coded for T {
    fn recoded(&self) -> Result<Self, String> {
        let text = serde_json::to_string(self).map_err(|error| format!("to JSON: {error}"))?;
        let from_text: Self = serde_json::from_str(&text).map_err(|error| format!("{text}: {error}"))?;
        let bytes = postcard::to_allocvec(self).map_err(|error| format!("to bytes: {error}"))?;
        let from_bytes: Self = postcard::from_bytes(&bytes).map_err(|error| format!("{bytes:?}: {error}"))?;
        if from_text != from_bytes {
            return Err(format!("{from_text:?} from JSON, {from_bytes:?} from bytes"));
        }
        let again = postcard::to_allocvec(&from_text).map_err(|error| format!("to bytes: {error}"))?;
        if again == bytes { Ok(from_bytes) } else { Err(format!("{bytes:?}, and decoded, {again:?}")) }
    }
}

#[cfg(not(feature = "serde"))]
impl<T: Clone> Coded for T {
    fn recoded(&self) -> Result<Self, String> {
        Ok(self.clone())
    }
}
