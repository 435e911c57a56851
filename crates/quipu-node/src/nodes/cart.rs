//! `cart`: a shopping cart that is filled at every node, gossiped.

use std::sync::Arc;

use quipu_crdt::{Cart, CartError, Causal};

use super::replica::{Records, Replica, change_of};
use super::settings::{Remedy, Settings};
use crate::message::{ChangeKind, ErrorKind};
use crate::{Cx, Event, Node, Reply, Request};

/// A cart that is filled, changed and emptied at every node, in every partition: a [`Cart`] spread by [`crate::Gossip`].
///
/// Additions add up. Setting a quantity, removing and checking out take away what this node has seen in the cart, and
/// nothing else. Replies name the additions and settings that were made and those that were taken away. What is
/// acknowledged is durable, and survives the node's death.
///
/// *Without [`Remedy::Additions`]* a node adds by reading the quantity and setting a larger one: of two additions at the same
/// time one is lost.
#[derive(Debug)]
pub struct CartNode {
    cart: Replica<Causal<Cart<Arc<str>>>>,
    additions: bool,
}

impl CartNode {
    /// An empty cart.
    pub fn new(settings: &Settings) -> Self {
        Self { cart: Replica::new(settings, Records::Own), additions: settings.has(Remedy::Additions) }
    }

    fn request(&mut self, cx: &mut Cx<'_>, request: Request) -> Reply {
        let changed = match request {
            Request::AddItem { product, quantity } => self.add(cx, product, quantity),
            Request::SetQuantity { product, quantity } => {
                self.set(cx, ChangeKind::SetQuantity, product, quantity)
            }
            Request::RemoveItem(product) => {
                self.change(cx, ChangeKind::RemoveItem, |cart, writer| Ok(cart.remove(writer, &product)))
            }
            Request::Checkout => self.change(cx, ChangeKind::Checkout, Cart::checkout),
            Request::Read => return self.read(),
            other => return Reply::not_served(&other),
        };
        changed.unwrap_or_else(refusal)
    }

    fn read(&self) -> Reply {
        let shown = |quantity: u128| u64::try_from(quantity).unwrap_or(u64::MAX);
        let lines = self.cart.state().lines();
        let lines = lines.map(|(product, quantity)| (Arc::clone(product), shown(quantity)));
        Reply::Lines(Arc::new(lines.collect()))
    }

    fn add(&mut self, cx: &mut Cx<'_>, product: Arc<str>, quantity: u64) -> Result<Reply, Refused> {
        if !self.additions {
            let seen = self.cart.state().quantity(&product);
            let sum = u64::try_from(seen).unwrap_or(u64::MAX).saturating_add(quantity);
            return self.set(cx, ChangeKind::AddItem, product, sum);
        }
        let quantity = small(quantity)?;
        self.change(cx, ChangeKind::AddItem, |cart, writer| cart.add(writer, product, quantity))
    }

    fn set(
        &mut self,
        cx: &mut Cx<'_>,
        kind: ChangeKind,
        product: Arc<str>,
        quantity: u64,
    ) -> Result<Reply, Refused> {
        let quantity = small(quantity)?;
        self.change(cx, kind, |cart, writer| cart.set_quantity(writer, product, quantity))
    }

    fn change(
        &mut self,
        cx: &mut Cx<'_>,
        kind: ChangeKind,
        change: impl FnOnce(&mut Cart<Arc<str>>, &mut quipu_crdt::Writer<'_>) -> Result<Cart<Arc<str>>, CartError>,
    ) -> Result<Reply, Refused> {
        let delta = self.cart.change(cx, |cart, me| cart.change(me, change)).map_err(Refused::Cart)?;
        Ok(Reply::Changed(change_of(kind, &delta)))
    }
}

/// Why a request was not carried out.
#[derive(Clone, Copy)]
enum Refused {
    Cart(CartError),
    TooMany(u64),
}

fn small(quantity: u64) -> Result<u32, Refused> {
    u32::try_from(quantity).map_err(|_| Refused::TooMany(quantity))
}

fn refusal(refused: Refused) -> Reply {
    match refused {
        Refused::Cart(CartError::Empty) => {
            Reply::error(ErrorKind::PreconditionFailed, CartError::Empty.to_string())
        }
        Refused::Cart(error) => Reply::error(ErrorKind::Abort, error.to_string()),
        Refused::TooMany(quantity) => Reply::error(
            ErrorKind::Malformed,
            format!("{quantity} of one product; at most {} at a time", u32::MAX),
        ),
    }
}

impl Node for CartNode {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = self.request(cx, request);
                cx.reply(from, reply);
            }
            other => self.cart.step(cx, other),
        }
        self.cart.settle(cx);
    }
}
