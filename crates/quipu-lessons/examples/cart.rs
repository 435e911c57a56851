//! A shopping cart, to start from: it keeps additions by their names and tells nobody.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use quipu_maelstrom::{Change, ChangeKind, Cx, Event, Node, Reply, Request, serve};

type Name = Arc<str>;

/// The name of each addition, its product, and how many.
#[derive(Default)]
struct Start {
    lines: BTreeMap<Name, (Arc<str>, u64)>,
    made: u64,
}

impl Start {
    fn answer(&mut self, cx: &Cx<'_>, request: Request) -> Reply {
        match request {
            Request::AddItem { product, quantity } => {
                let name = self.add(cx, product, quantity);
                changed(ChangeKind::AddItem, vec![name], vec![])
            }
            Request::SetQuantity { product, quantity } => {
                let removed = self.remove(|line| *line == product);
                let name = self.add(cx, product, quantity);
                changed(ChangeKind::SetQuantity, vec![name], removed)
            }
            Request::RemoveItem(product) => {
                changed(ChangeKind::RemoveItem, vec![], self.remove(|line| *line == product))
            }
            Request::Checkout => changed(ChangeKind::Checkout, vec![], self.remove(|_| true)),
            Request::Read => {
                let mut shown: BTreeMap<Arc<str>, u64> = BTreeMap::new();
                for (product, quantity) in self.lines.values() {
                    *shown.entry(Arc::clone(product)).or_default() += quantity;
                }
                Reply::Lines(Arc::new(shown))
            }
            other => Reply::not_served(&other),
        }
    }

    fn add(&mut self, cx: &Cx<'_>, product: Arc<str>, quantity: u64) -> Name {
        self.made += 1;
        let name: Name = format!("{}-{}-{}", cx.me(), cx.boot(), self.made).into();
        self.lines.insert(Arc::clone(&name), (product, quantity));
        name
    }

    fn remove(&mut self, matches: impl Fn(&Arc<str>) -> bool) -> Vec<Name> {
        let gone = self.lines.iter().filter(|(_, (product, _))| matches(product));
        let gone: Vec<Name> = gone.map(|(name, _)| Arc::clone(name)).collect();
        self.lines.retain(|name, _| !gone.contains(name));
        gone
    }
}

fn changed(kind: ChangeKind, added: Vec<Name>, removed: Vec<Name>) -> Reply {
    Reply::Changed(Change { kind, added: added.into(), removed: removed.into() })
}

impl Node for Start {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        if let Event::Request { from, request } = event {
            let reply = self.answer(cx, request);
            cx.reply(from, reply);
        }
    }
}

fn main() -> ExitCode {
    serve(|_| Box::new(Start::default()))
}
