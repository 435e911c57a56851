//! Two carts that are wrong: one that is replaced as a whole, and one that only ever grows.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu_node::{Change, ChangeKind, Reply, Request, Value};

use super::Rule;

/// How two carts become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carts {
    /// The one that was changed last replaces the other.
    Replaced,
    /// All lines of both.
    United,
}

/// Additions by name: product and quantity.
pub(crate) struct ToyCart {
    joined: Carts,
    me: Arc<str>,
    made: u64,
    version: (i128, Arc<str>),
    lines: BTreeMap<Arc<str>, (Arc<str>, u64)>,
}

impl ToyCart {
    pub(crate) fn new(joined: Carts) -> Self {
        Self { joined, me: "".into(), made: 0, version: (0, "".into()), lines: BTreeMap::new() }
    }

    fn add(&mut self, product: Arc<str>, quantity: u64) -> Arc<str> {
        self.made += 1;
        let name: Arc<str> = format!("{}-{}", self.me, self.made).into();
        self.lines.insert(Arc::clone(&name), (product, quantity));
        name
    }

    fn take(&mut self, product: Option<&str>) -> Vec<Arc<str>> {
        let matches = |line: &str| product.is_none_or(|product| product == line);
        let gone: Vec<_> = self
            .lines
            .iter()
            .filter(|(_, (line, _))| matches(line))
            .map(|(name, _)| Arc::clone(name))
            .collect();
        self.lines.retain(|name, _| !gone.contains(name));
        gone
    }

    fn read(&self) -> Reply {
        let mut shown: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        for (product, quantity) in self.lines.values() {
            *shown.entry(Arc::clone(product)).or_default() += quantity;
        }
        Reply::Lines(Arc::new(shown))
    }
}

impl Rule for ToyCart {
    fn start(&mut self, me: &str) {
        self.me = me.into();
    }

    fn request(&mut self, request: Request) -> Reply {
        let (kind, added, removed) = match request {
            Request::AddItem { product, quantity } => {
                (ChangeKind::AddItem, vec![self.add(product, quantity)], vec![])
            }
            Request::SetQuantity { product, quantity } => {
                let removed = self.take(Some(&product));
                (ChangeKind::SetQuantity, vec![self.add(product, quantity)], removed)
            }
            Request::RemoveItem(product) => (ChangeKind::RemoveItem, vec![], self.take(Some(&product))),
            Request::Checkout => (ChangeKind::Checkout, vec![], self.take(None)),
            Request::Read => return self.read(),
            other => return Reply::not_served(&other),
        };
        self.version = (self.version.0 + 1, Arc::clone(&self.me));
        Reply::Changed(Change { kind, added: added.into(), removed: removed.into() })
    }

    fn tell(&self) -> Value {
        let line = |(name, (product, quantity)): (&Arc<str>, &(Arc<str>, u64))| {
            let line = [Value::text(Arc::clone(product)), Value::from(*quantity)];
            (Arc::clone(name), Value::List(line.into()))
        };
        let version = [Value::Int(self.version.0), Value::text(Arc::clone(&self.version.1))];
        Value::map([
            ("version", Value::List(version.into())),
            ("lines", Value::map(self.lines.iter().map(line))),
        ])
    }

    fn hear(&mut self, told: &Value) {
        let (Some(Value::List(version)), Some(Value::Map(lines))) = (told.get("version"), told.get("lines"))
        else {
            return;
        };
        let [Value::Int(number), Value::Text(author)] = &**version else { return };
        let version = (*number, Arc::clone(author));
        if self.joined == Carts::Replaced {
            if version <= self.version {
                return;
            }
            self.lines.clear();
        }
        self.version = self.version.clone().max(version);
        for (name, line) in lines.iter() {
            if let Value::List(line) = line
                && let [Value::Text(product), quantity] = &**line
            {
                let quantity = quantity.as_int().and_then(|quantity| u64::try_from(quantity).ok());
                self.lines.insert(Arc::clone(name), (Arc::clone(product), quantity.unwrap_or(0)));
            }
        }
    }
}
