//! The shopping cart: products with quantities that add up, notes, and orders.
//!
//! A [`OrMap`] from products to lines, and the orders beside it. Additions to a line add up; setting a quantity replaces what
//! the setter has seen; removing a product takes away what the remover has seen. Whatever was done at the same time elsewhere
//! and was not seen survives alone. There are no subtractions (set a smaller quantity), so no quantity is ever negative.
//!
//! *Under concurrency*, from 2 bottles in the cart:
//!
//! ```text
//! alice adds 1,  bob adds 3          6: additions add up
//! alice sets 5,  bob adds 3          8: the addition was not seen by the setting
//! alice sets 5,  bob sets 7          7: the larger of two settings, until one who has seen both sets again
//! alice removes, bob adds 3          3: not 5, and no addition is lost
//! alice removes, bob sets 7          7
//! alice orders,  bob adds 3          an order for 2, and 3 in the cart
//! alice orders,  bob orders          two orders for 2, which are seen to overlap
//! ```
//!
//! *Checkout is a visible rule.* It takes exactly the lines seen, which leave the cart and become an order, under the dot of the
//! checkout. An order remembers the dots of the quantities it took. Two replicas may check out the same lines at the same
//! time; no cart without coordination can prevent it, and merging the two silently would be a guess. So both orders stand, they
//! [overlap](Order::overlaps), and whoever fulfils orders [closes](Cart::close) one of them.
//!
//! As a specification over the history: *the quantity of a product is the sum of the additions plus the largest of the settings
//! that were received and that no received setting, removal or checkout of that product had seen; an order is there from its
//! checkout until a close of it is received.*
//! That is exact where all that a received operation had seen was received too. If deltas arrive with a gap, what a missing one
//! took away may show until it comes.
//!
//! *Cost* for n products: additions and the rest O(log n); each addition is a dot of some 100 bytes with its index entries until
//! the line is next set, removed or ordered.
//!
//! *Left out:* prices and stock; see [`crate::Causal`] for how a delta carries several changes at once.
//!
//! *Source:* `DeCandia` et al., *Dynamo*, 2007, for the cart that loses no addition; built of the other types of this crate.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;

use crate::{
    Causal, CausalContext, Dot, DotFun, DotStore, Lattice, MvRegister, OrMap, Overflow, ReplicaId,
    ResettableCounter, Writer,
};

/// What was added, what was set, and the notes.
type Line = (ResettableCounter, MvRegister<u32>, MvRegister<String>);

/// A shopping cart: the dot store. As a state of its own, `Causal<Cart<K>>`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cart<K> {
    lines: OrMap<K, Line>,
    orders: DotFun<Order<K>>,
}

/// What a checkout took.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields, bound(deserialize = "K: serde::Deserialize<'de>")))]
pub struct Order<K> {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::grown::list"))]
    lines: Vec<OrderLine<K>>,
    taken: CausalContext,
}

/// One product of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct OrderLine<K> {
    /// Which.
    pub product: K,
    /// How many; at least 1.
    pub quantity: u128,
    /// What was noted, ascending.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::grown::list"))]
    pub notes: Vec<String>,
}

/// Why a cart was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartError {
    /// The replica has made all the changes it can.
    Overflow,
    /// The product is not in the cart as known here.
    NotInCart,
    /// There is nothing to order.
    Empty,
    /// The order is not known here: closed, or not arrived yet.
    NoSuchOrder,
}

impl<K: Clone + Ord> Cart<K> {
    /// Adds so many of a product and returns the delta. Adding 0 is no change.
    ///
    /// # Errors
    /// [`CartError::Overflow`]; then nothing is changed.
    pub fn add(&mut self, writer: &mut Writer<'_>, product: K, quantity: u32) -> Result<Self, CartError> {
        self.line(writer, product, |(added, _, _), writer| {
            Ok((added.add(writer, quantity.into())?, MvRegister::default(), MvRegister::default()))
        })
    }

    /// Sets the quantity of a product in the place of what is known here and returns the delta. Setting 0 removes the product.
    ///
    /// # Errors
    /// [`CartError::Overflow`]; then nothing is changed.
    pub fn set_quantity(
        &mut self,
        writer: &mut Writer<'_>,
        product: K,
        quantity: u32,
    ) -> Result<Self, CartError> {
        if quantity == 0 {
            return Ok(self.remove(writer, &product));
        }
        self.line(writer, product, |(added, set, _), writer| {
            let set = set.write(writer, quantity)?;
            Ok((added.reset(writer), set, MvRegister::default()))
        })
    }

    /// Writes a note to a product, an engraving or a size, in the place of the notes known here, and returns the delta.
    ///
    /// # Errors
    /// [`CartError::NotInCart`] if the product is not in the cart, or [`CartError::Overflow`]; then nothing is changed.
    pub fn set_note(&mut self, writer: &mut Writer<'_>, product: K, note: String) -> Result<Self, CartError> {
        if self.quantity(&product) == 0 {
            return Err(CartError::NotInCart);
        }
        self.line(writer, product, |(_, _, notes), writer| {
            Ok((ResettableCounter::default(), MvRegister::default(), notes.write(writer, note)?))
        })
    }

    /// Removes a product, as far as it is known here, and returns the delta.
    pub fn remove(&mut self, writer: &mut Writer<'_>, product: &K) -> Self {
        Self { lines: self.lines.remove(writer, product), orders: DotFun::default() }
    }

    /// Makes an order of all lines known here, which leave the cart, and returns the delta: it holds the order.
    ///
    /// # Errors
    /// [`CartError::Empty`] if there is nothing to order, or [`CartError::Overflow`]; then nothing is changed.
    pub fn checkout(&mut self, writer: &mut Writer<'_>) -> Result<Self, CartError> {
        let mut taken = CausalContext::default();
        let mut lines = Vec::new();
        for (product, quantity) in self.lines() {
            if let Some(line) = self.lines.get(product) {
                taken.join(&quantity_dots(line));
            }
            let notes = self.notes(product).into_iter().map(String::from).collect();
            lines.push(OrderLine { product: product.clone(), quantity, notes });
        }
        if lines.is_empty() {
            return Err(CartError::Empty);
        }
        let dot = writer.dot()?;
        self.lines.clear(writer);
        let order = Order { lines, taken };
        self.orders.insert(dot, order.clone());
        Ok(Self { lines: OrMap::default(), orders: DotFun::of(dot, order) })
    }

    /// Takes an order off the list, fulfilled or withdrawn, and returns the delta.
    ///
    /// # Errors
    /// [`CartError::NoSuchOrder`] if it is not on the list here; then nothing is changed.
    pub fn close(&mut self, writer: &mut Writer<'_>, order: Dot) -> Result<Self, CartError> {
        self.orders.remove(order).ok_or(CartError::NoSuchOrder)?;
        writer.forget(order);
        Ok(Self::default())
    }

    /// How many of a product are in the cart.
    pub fn quantity(&self, product: &K) -> u128 {
        self.lines.get(product).map_or(0, quantity)
    }

    /// The notes to a product, ascending: more than one if they were written at the same time.
    pub fn notes(&self, product: &K) -> Vec<&str> {
        let line = self.lines.get(product).filter(|line| quantity(line) > 0);
        line.map(|(_, _, notes)| notes.value().into_iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The products in the cart and how many of each, at least 1, in the order of the products.
    pub fn lines(&self) -> impl Iterator<Item = (&K, u128)> + '_ {
        let lines = self.lines.iter().map(|(product, line)| (product, quantity(line)));
        lines.filter(|(_, quantity)| *quantity > 0)
    }

    /// The open orders, each under the dot of its checkout, in the order of dots.
    pub fn orders(&self) -> impl Iterator<Item = (Dot, &Order<K>)> + '_ {
        self.orders.iter()
    }

    fn line(
        &mut self,
        writer: &mut Writer<'_>,
        product: K,
        change: impl FnOnce(&mut Line, &mut Writer<'_>) -> Result<Line, Overflow>,
    ) -> Result<Self, CartError> {
        let lines = self.lines.update(writer, product, change)?;
        Ok(Self { lines, orders: DotFun::default() })
    }
}

fn quantity((added, set, _): &Line) -> u128 {
    let added = u128::try_from(added.value()).unwrap_or(0);
    added.saturating_add(set.siblings().map(|(_, quantity)| u128::from(*quantity)).max().unwrap_or(0))
}

fn quantity_dots((added, set, _): &Line) -> CausalContext {
    added.dots().joined(&set.dots())
}

impl<K> Order<K> {
    /// The products that were ordered, in their order.
    pub fn lines(&self) -> &[OrderLine<K>] {
        &self.lines
    }

    /// The additions and settings whose quantities this order took.
    pub const fn taken(&self) -> &CausalContext {
        &self.taken
    }

    /// True if both orders took some of the same: they were made at the same time, and one of them is a double.
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.taken.intersection(&other.taken).is_empty()
    }
}

impl<K: Clone + Ord> Causal<Cart<K>> {
    /// Adds so many of a product in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// ```
    /// use quipu_crdt::{Cart, CartError, Causal, Lattice, NodeName, ReplicaId};
    ///
    /// let phone = ReplicaId::new(NodeName::new("phone"), 1);
    /// let laptop = ReplicaId::new(NodeName::new("laptop"), 1);
    /// let mut at_phone: Causal<Cart<&str>> = Causal::default();
    /// at_phone.add(phone, "tea", 2)?;
    /// let mut at_laptop = at_phone.clone();
    ///
    /// let order = at_phone.checkout(phone)?;
    /// let more_tea = at_laptop.add(laptop, "tea", 1)?;
    /// at_phone.join(&more_tea);
    /// at_laptop.join(&order);
    /// assert_eq!(at_laptop.lines().collect::<Vec<_>>(), [(&"tea", 1)]);
    /// let (_, order) = at_laptop.orders().next().expect("one order");
    /// assert_eq!(order.lines()[0].quantity, 2);
    /// assert_eq!(at_phone, at_laptop);
    /// # Ok::<(), CartError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Cart::add`].
    pub fn add(&mut self, replica: ReplicaId, product: K, quantity: u32) -> Result<Self, CartError> {
        self.change(replica, |cart, writer| cart.add(writer, product, quantity))
    }

    /// Sets the quantity of a product in the place of what is known here and returns the delta.
    ///
    /// # Errors
    /// As for [`Cart::set_quantity`].
    pub fn set_quantity(&mut self, replica: ReplicaId, product: K, quantity: u32) -> Result<Self, CartError> {
        self.change(replica, |cart, writer| cart.set_quantity(writer, product, quantity))
    }

    /// Writes a note to a product and returns the delta.
    ///
    /// # Errors
    /// As for [`Cart::set_note`].
    pub fn set_note(&mut self, replica: ReplicaId, product: K, note: String) -> Result<Self, CartError> {
        self.change(replica, |cart, writer| cart.set_note(writer, product, note))
    }

    /// Removes a product, as far as it is known here, and returns the delta.
    pub fn remove(&mut self, replica: ReplicaId, product: &K) -> Self {
        self.apply(replica, |cart, writer| cart.remove(writer, product))
    }

    /// Makes an order of all lines known here and returns the delta, which holds the order.
    ///
    /// # Errors
    /// As for [`Cart::checkout`].
    pub fn checkout(&mut self, replica: ReplicaId) -> Result<Self, CartError> {
        self.change(replica, Cart::checkout)
    }

    /// Takes an order off the list and returns the delta.
    ///
    /// # Errors
    /// As for [`Cart::close`].
    pub fn close(&mut self, replica: ReplicaId, order: Dot) -> Result<Self, CartError> {
        self.change(replica, |cart, writer| cart.close(writer, order))
    }
}

impl<K: Clone + Ord> DotStore for Cart<K> {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        self.lines.join(ours, &other.lines, theirs);
        self.orders.join(ours, &other.orders, theirs);
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.orders.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.lines.for_each_dot(visit);
        self.orders.for_each_dot(visit);
    }

    fn dots(&self) -> CausalContext {
        self.lines.dots().joined(&self.orders.dots())
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        self.lines.dots_within(context).joined(&self.orders.dots_within(context))
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self { lines: self.lines.unknown_to(context), orders: self.orders.unknown_to(context) }
    }
}

impl<K> Default for Cart<K> {
    fn default() -> Self {
        Self { lines: OrMap::default(), orders: DotFun::default() }
    }
}

impl<K: fmt::Debug> fmt::Debug for Cart<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cart").field("lines", &self.lines).field("orders", &self.orders).finish()
    }
}

impl From<Overflow> for CartError {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl fmt::Display for CartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => Overflow.fmt(f),
            Self::NotInCart => f.write_str("the product is not in the cart as known here: add it first"),
            Self::Empty => f.write_str("the cart as known here is empty: there is nothing to order"),
            Self::NoSuchOrder => {
                f.write_str("the order is not known here: it was closed, or has not arrived yet")
            }
        }
    }
}

impl core::error::Error for CartError {}

#[cfg(feature = "serde")]
mod wire {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Cart, Line, Order, OrderLine, quantity_dots};
    use crate::{DotFun, DotStore, OrMap};

    #[derive(Serialize)]
    #[serde(rename = "Cart")]
    struct Parts<'a, K> {
        lines: &'a OrMap<K, Line>,
        orders: &'a DotFun<Order<K>>,
    }

    #[derive(Deserialize)]
    #[serde(rename = "Cart", deny_unknown_fields, bound = "K: Deserialize<'de> + Clone + Ord")]
    struct OwnedParts<K> {
        lines: OrMap<K, Line>,
        orders: DotFun<Order<K>>,
    }

    impl<K: Serialize> Serialize for Cart<K> {
        /// As `{"lines": {product: [added, set, notes]}, "orders": [[dot, order]]}`.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Parts { lines: &self.lines, orders: &self.orders }.serialize(serializer)
        }
    }

    impl<'de, K: Deserialize<'de> + Clone + Ord> Deserialize<'de> for Cart<K> {
        /// Refuses what no replica writes: subtractions, settings to 0, orders of nothing, a dot in two places.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let OwnedParts { lines, orders } = OwnedParts::deserialize(deserializer)?;
            if !lines.iter().all(|(_, line)| is_line(line)) {
                return Err(D::Error::custom("a line has a subtraction, a setting to 0, or a dot twice"));
            }
            if !orders.iter().all(|(_, order)| is_order(order)) {
                return Err(D::Error::custom("an order has no lines, a line of 0, or products out of order"));
            }
            if !lines.dots_within(&orders.dots()).is_empty() {
                return Err(D::Error::custom("an order has the dot of a line"));
            }
            Ok(Self { lines, orders })
        }
    }

    fn is_line(line: &Line) -> bool {
        let (added, set, notes) = line;
        !added.goes_down()
            && set.siblings().all(|(_, quantity)| *quantity > 0)
            && added.dots_within(&set.dots()).is_empty()
            && notes.dots_within(&quantity_dots(line)).is_empty()
    }

    fn is_order<K: Ord>(order: &Order<K>) -> bool {
        let is_line = |line: &OrderLine<K>| line.quantity > 0 && line.notes.is_sorted_by(|a, b| a < b);
        !order.lines.is_empty()
            && order.lines.iter().all(is_line)
            && order.lines.is_sorted_by(|a, b| a.product < b.product)
    }
}
