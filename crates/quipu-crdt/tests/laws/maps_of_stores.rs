//! Maps of the other dot stores: sets and flags as values.
//!
//! One specification serves them all: under each key stands what its operations come to that no later one, and no removal of
//! the key, had seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use quipu_crdt::{Causal, DotStore, DwFlag, EwFlag, OrMap, OrSet, Overflow, ReplicaId, RwSet, Writer};
use quipu_laws::Past;

use crate::assert_causal_laws;
use crate::flags::Switch::{self, Disable, Enable};
use crate::kind::{Coded, Kind, Of, in_force};
use crate::sets::SetOperation::{self, Add, Clear, Remove};

/// What can be done to a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keyed<O> {
    /// Something to the value of a key.
    At(u8, O),
    /// The key is removed.
    RemoveKey(u8),
}

use Keyed::{At, RemoveKey};

impl<O> Keyed<O> {
    const fn key(&self) -> u8 {
        match self {
            At(key, _) | RemoveKey(key) => *key,
        }
    }
}

/// A dot store as a value of a map.
pub(crate) trait Stored: DotStore + Debug + Eq {
    type Operation: Clone + Debug + PartialEq;
    type View: PartialEq + Debug;

    /// Two operations on one element, or all there are.
    fn few() -> [Self::Operation; 2];

    fn edit(&mut self, writer: &mut Writer<'_>, operation: &Self::Operation) -> Result<Self, Overflow>;

    fn view(&self) -> Self::View;

    /// Whether the later one takes the place of the earlier one, which it had seen.
    fn undoes(later: &Self::Operation, earlier: &Self::Operation) -> bool;

    /// What these come to, none of which another one had undone; nothing if they leave nothing behind.
    fn shown(in_force: &[&Self::Operation]) -> Option<Self::View>;
}

impl<S: Stored> Kind for Causal<OrMap<u8, S>>
where
    Self: Coded,
{
    type Operation = Keyed<S::Operation>;
    type View = BTreeMap<u8, S::View>;

    fn alphabet() -> Vec<Self::Operation> {
        let [one, other] = S::few();
        vec![At(1, one), RemoveKey(1), At(1, other)]
    }

    fn further() -> Vec<Self::Operation> {
        let [one, other] = S::few();
        vec![At(2, one), At(2, other), RemoveKey(2)]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Self::Operation) -> Option<Self> {
        match operation {
            At(key, operation) => {
                self.update(replica, *key, |value, writer| value.edit(writer, operation)).ok()
            }
            RemoveKey(key) => Some(self.remove(replica, key)),
        }
    }

    fn view(&self) -> Self::View {
        self.iter().map(|(key, value)| (*key, value.view())).collect()
    }

    fn specification(past: Past<'_, Self::Operation>) -> Self::View {
        let undoes = |later: &Self::Operation, earlier: &Self::Operation| match (later, earlier) {
            (At(_, new), At(_, old)) => later.key() == earlier.key() && S::undoes(new, old),
            (RemoveKey(_), At(..)) => later.key() == earlier.key(),
            (_, RemoveKey(_)) => false,
        };
        let mut by_key: BTreeMap<u8, Vec<&S::Operation>> = BTreeMap::new();
        for id in in_force(past, undoes).iter() {
            if let At(key, operation) = &past.record(id).operation {
                by_key.entry(*key).or_default().push(operation);
            }
        }
        by_key.into_iter().filter_map(|(key, operations)| Some((key, S::shown(&operations)?))).collect()
    }
}

impl Stored for EwFlag {
    type Operation = Switch;
    type View = bool;

    fn few() -> [Switch; 2] {
        [Enable, Disable]
    }

    fn edit(&mut self, writer: &mut Writer<'_>, operation: &Switch) -> Result<Self, Overflow> {
        match operation {
            Enable => self.enable(writer),
            Disable => Ok(self.disable(writer)),
        }
    }

    fn view(&self) -> bool {
        self.value()
    }

    fn undoes(_: &Switch, _: &Switch) -> bool {
        true
    }

    /// A disable leaves nothing behind.
    fn shown(in_force: &[&Switch]) -> Option<bool> {
        in_force.contains(&&Enable).then_some(true)
    }
}

impl Stored for DwFlag {
    type Operation = Switch;
    type View = bool;

    fn few() -> [Switch; 2] {
        [Disable, Enable]
    }

    fn edit(&mut self, writer: &mut Writer<'_>, operation: &Switch) -> Result<Self, Overflow> {
        match operation {
            Enable => self.enable(writer),
            Disable => self.disable(writer),
        }
    }

    fn view(&self) -> bool {
        self.value()
    }

    fn undoes(_: &Switch, _: &Switch) -> bool {
        true
    }

    fn shown(in_force: &[&Switch]) -> Option<bool> {
        (!in_force.is_empty()).then(|| !in_force.contains(&&Disable))
    }
}

/// The element that an operation is about, and whether it adds it.
fn element(operation: &SetOperation) -> Option<(u8, bool)> {
    match operation {
        Add(element) => Some((*element, true)),
        Remove(element) => Some((*element, false)),
        Clear => None,
    }
}

fn same_element(later: &SetOperation, earlier: &SetOperation) -> bool {
    element(later).map(|(element, _)| element) == element(earlier).map(|(element, _)| element)
}

/// The elements that some of these add, or that some remove.
fn elements(operations: &[&SetOperation], added: bool) -> BTreeSet<u8> {
    let elements = operations.iter().filter_map(|operation| element(operation));
    elements.filter(|(_, adds)| *adds == added).map(|(element, _)| element).collect()
}

impl Stored for OrSet<u8> {
    type Operation = SetOperation;
    type View = BTreeSet<u8>;

    fn few() -> [SetOperation; 2] {
        [Add(1), Remove(1)]
    }

    fn edit(&mut self, writer: &mut Writer<'_>, operation: &SetOperation) -> Result<Self, Overflow> {
        match operation {
            Add(element) => self.add(writer, *element),
            Remove(element) => Ok(self.remove(writer, element)),
            Clear => Ok(self.clear(writer)),
        }
    }

    fn view(&self) -> BTreeSet<u8> {
        self.iter().copied().collect()
    }

    fn undoes(later: &SetOperation, earlier: &SetOperation) -> bool {
        same_element(later, earlier)
    }

    /// A remove leaves nothing behind.
    fn shown(in_force: &[&SetOperation]) -> Option<BTreeSet<u8>> {
        Some(elements(in_force, true)).filter(|elements| !elements.is_empty())
    }
}

impl Stored for RwSet<u8> {
    type Operation = SetOperation;
    type View = BTreeSet<u8>;

    fn few() -> [SetOperation; 2] {
        [Add(1), Remove(1)]
    }

    fn edit(&mut self, writer: &mut Writer<'_>, operation: &SetOperation) -> Result<Self, Overflow> {
        match operation {
            Add(element) => self.add(writer, *element),
            Remove(element) => self.remove(writer, *element),
            Clear => unreachable!("not among the operations tried"),
        }
    }

    fn view(&self) -> BTreeSet<u8> {
        self.iter().copied().collect()
    }

    fn undoes(later: &SetOperation, earlier: &SetOperation) -> bool {
        same_element(later, earlier)
    }

    /// A remove stays, and so the key stays too.
    fn shown(in_force: &[&SetOperation]) -> Option<BTreeSet<u8>> {
        let left = &elements(in_force, true) - &elements(in_force, false);
        (!in_force.is_empty()).then_some(left)
    }
}

#[test]
fn a_map_of_sets_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<OrMap<u8, OrSet<u8>>>>>("OrMap of OrSet");
}

#[test]
fn a_map_of_remove_wins_sets_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<OrMap<u8, RwSet<u8>>>>>("OrMap of RwSet");
}

#[test]
fn a_map_of_enable_wins_flags_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<OrMap<u8, EwFlag>>>>("OrMap of EwFlag");
}

#[test]
fn a_map_of_disable_wins_flags_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<OrMap<u8, DwFlag>>>>("OrMap of DwFlag");
}
