//! The shopping cart: quantities and notes by product, and the orders that are open.

use std::collections::BTreeMap;

use quipu_crdt::{Cart, Causal, ReplicaId};
use quipu_laws::{OperationId, Operations, Past};

use crate::assert_causal_laws;
use crate::kind::{Kind, Of};

/// What can be done to a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shopping {
    Add(u8, u32),
    Set(u8, u32),
    Remove(u8),
    Note(u8, &'static str),
    Checkout,
    /// The open order of this number, in the order of replicas and then of checkouts; modulo what there is.
    Close(usize),
}

use Shopping::{Add, Checkout, Close, Note, Remove, Set};

/// By product, the quantity and the notes.
type Lines = BTreeMap<u8, (u128, Vec<String>)>;

impl Shopping {
    /// Whether this takes the place of the quantity of a product.
    fn replaces_quantity(&self, product: u8) -> bool {
        match self {
            Set(other, _) | Remove(other) => *other == product,
            Checkout => true,
            _ => false,
        }
    }

    fn undoes(&self, earlier: &Self) -> bool {
        match earlier {
            Add(product, _) | Set(product, _) => self.replaces_quantity(*product),
            Note(product, _) => match self {
                Note(other, _) | Remove(other) | Set(other, 0) => other == product,
                Checkout => true,
                _ => false,
            },
            _ => false,
        }
    }
}

/// What was not refused and still stands.
///
/// By the general rule for what was still in force where an operation was made, in every past: for those that miss nothing
/// it is the same as "not seen by one that takes its place".
fn standing(past: Past<'_, Shopping>) -> Operations {
    let told = past.filter(|record| record.told);
    told.standing(Shopping::undoes)
}

fn lines(past: Past<'_, Shopping>) -> Lines {
    let mut added: BTreeMap<u8, u128> = BTreeMap::new();
    let mut set: BTreeMap<u8, u128> = BTreeMap::new();
    let mut notes: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for id in standing(past).iter() {
        match past.record(id).operation {
            Add(product, quantity) => *added.entry(product).or_default() += u128::from(quantity),
            Set(product, quantity) => {
                let largest = set.entry(product).or_default();
                *largest = (*largest).max(quantity.into());
            }
            Note(product, note) => notes.entry(product).or_default().push(note.into()),
            Remove(_) | Checkout | Close(_) => {}
        }
    }
    for (product, quantity) in set {
        *added.entry(product).or_default() += quantity;
    }
    let mut lines = Lines::new();
    for (product, quantity) in added.into_iter().filter(|(_, quantity)| *quantity > 0) {
        let mut notes = notes.remove(&product).unwrap_or_default();
        notes.sort();
        notes.dedup();
        lines.insert(product, (quantity, notes));
    }
    lines
}

/// The checkouts whose orders are open, in the order of their replicas.
fn open(past: Past<'_, Shopping>) -> Vec<OperationId> {
    let told = past.filter(|record| record.told);
    let closed: Vec<OperationId> =
        told.iter().filter_map(|(id, record)| closes(past, id, &record.operation)).collect();
    let checkouts = told.iter().filter(|(id, record)| record.operation == Checkout && !closed.contains(id));
    let mut open: Vec<OperationId> = checkouts.map(|(id, _)| id).collect();
    open.sort_by_key(|id| (past.record(*id).replica, *id));
    open
}

/// Which checkout's order this operation closes.
fn closes(past: Past<'_, Shopping>, id: OperationId, operation: &Shopping) -> Option<OperationId> {
    let Close(number) = operation else { return None };
    let open = open(past.before(id));
    open.get(number.checked_rem(open.len())?).copied()
}

fn should_be_refused(past: Past<'_, Shopping>, id: OperationId) -> bool {
    let before = past.before(id);
    match &past.record(id).operation {
        Note(product, _) => !lines(before).contains_key(product),
        Checkout => lines(before).is_empty(),
        Close(_) => open(before).is_empty(),
        Add(..) | Set(..) | Remove(_) => false,
    }
}

impl Kind for Causal<Cart<u8>> {
    type Operation = Shopping;
    /// What is in the cart, and the open orders.
    type View = (Lines, Vec<Lines>);

    fn alphabet() -> Vec<Shopping> {
        vec![Add(1, 1), Checkout, Set(1, 3)]
    }

    fn further() -> Vec<Shopping> {
        let engraved = [Note(1, "for Ada"), Note(1, "for Bob"), Note(2, "blue")];
        let rest =
            [Add(1, 2), Add(2, 1), Set(1, 2), Set(1, 0), Set(2, 5), Remove(1), Remove(2), Close(0), Close(1)];
        engraved.into_iter().chain(rest).collect()
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Shopping) -> Option<Self> {
        match *operation {
            Add(product, quantity) => self.add(replica, product, quantity).ok(),
            Set(product, quantity) => self.set_quantity(replica, product, quantity).ok(),
            Remove(product) => Some(self.remove(replica, &product)),
            Note(product, note) => self.set_note(replica, product, note.into()).ok(),
            Checkout => self.checkout(replica).ok(),
            Close(number) => {
                let orders: Vec<_> = self.orders().map(|(dot, _)| dot).collect();
                self.close(replica, *orders.get(number.checked_rem(orders.len())?)?).ok()
            }
        }
    }

    fn view(&self) -> Self::View {
        let noted = |product: &u8| self.notes(product).into_iter().map(String::from).collect();
        let lines = self.lines().map(|(product, quantity)| {
            assert_eq!(self.quantity(product), quantity);
            (*product, (quantity, noted(product)))
        });
        let ordered = self.orders().map(|(_, order)| {
            order.lines().iter().map(|line| (line.product, (line.quantity, line.notes.clone()))).collect()
        });
        (lines.collect(), ordered.collect())
    }

    /// The quantity is the sum of the standing additions and the largest standing setting. An order holds what was in the
    /// cart where the checkout was made, until it is closed.
    fn specification(past: Past<'_, Shopping>) -> Self::View {
        for (id, record) in past.iter() {
            assert_eq!(record.told, !should_be_refused(past, id), "{record:?}");
        }
        (lines(past), open(past).into_iter().map(|id| lines(past.before(id))).collect())
    }
}

#[test]
fn a_cart_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<Cart<u8>>>>("Cart");
}
