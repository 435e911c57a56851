//! Counters that join by a maximum: of one number for all, of one per node, of two per node.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu_node::{Reply, Request, Value};

use super::Rule;

/// One number for all, joined by the larger one: what two nodes add at the same time is counted once.
#[derive(Default)]
pub(crate) struct OneNumber(i128);

impl Rule for OneNumber {
    fn start(&mut self, _: &str) {}

    fn request(&mut self, request: Request) -> Reply {
        match request {
            Request::Add(delta) => {
                self.0 = self.0.saturating_add(delta.into());
                Reply::AddOk
            }
            Request::Read => Reply::Counter(self.0),
            other => Reply::not_served_by_counter(&other),
        }
    }

    fn tell(&self) -> Value {
        Value::Int(self.0)
    }

    fn hear(&mut self, told: &Value) {
        self.0 = self.0.max(told.as_int().unwrap_or(0));
    }
}

/// One number per node, joined by the larger one. Only its node raises it, so the larger one is the later one.
#[derive(Default)]
pub(crate) struct PerNode {
    me: Arc<str>,
    counts: BTreeMap<Arc<str>, i128>,
}

impl PerNode {
    /// True if all that `told` says is known here.
    pub(crate) fn knows(&self, told: &Value) -> bool {
        let Value::Map(told) = told else { return false };
        let known = |node| self.counts.get(node).copied().unwrap_or(0);
        told.iter().all(|(node, count)| count.as_int().is_some_and(|count| count <= known(node)))
    }
}

impl Rule for PerNode {
    fn start(&mut self, me: &str) {
        self.me = me.into();
    }

    fn request(&mut self, request: Request) -> Reply {
        match request {
            Request::Add(delta) => {
                let own = self.counts.entry(Arc::clone(&self.me)).or_default();
                *own = own.saturating_add(delta.into());
                Reply::AddOk
            }
            Request::Read => Reply::Counter(self.counts.values().sum()),
            other => Reply::not_served_by_counter(&other),
        }
    }

    fn tell(&self) -> Value {
        Value::map(self.counts.iter().map(|(node, count)| (Arc::clone(node), Value::Int(*count))))
    }

    fn hear(&mut self, told: &Value) {
        join(&mut self.counts, told);
    }
}

/// Increments and decrements apart, each a number per node; joined in both halves, or in the first one only.
pub(crate) struct Halves {
    up: PerNode,
    down: PerNode,
    joins_down: bool,
}

impl Halves {
    pub(crate) fn new(joins_down: bool) -> Self {
        Self { up: PerNode::default(), down: PerNode::default(), joins_down }
    }
}

impl Rule for Halves {
    fn start(&mut self, me: &str) {
        self.up.start(me);
        self.down.start(me);
    }

    fn request(&mut self, request: Request) -> Reply {
        match request {
            Request::Add(delta) if delta >= 0 => self.up.request(Request::Add(delta)),
            Request::Add(delta) => self.down.request(Request::Add(delta.saturating_neg())),
            Request::Read => {
                let sum = |half: &PerNode| half.counts.values().sum::<i128>();
                Reply::Counter(sum(&self.up) - sum(&self.down))
            }
            other => Reply::not_served_by_counter(&other),
        }
    }

    fn tell(&self) -> Value {
        Value::map([("up", self.up.tell()), ("down", self.down.tell())])
    }

    fn hear(&mut self, told: &Value) {
        if let Some(up) = told.get("up") {
            self.up.hear(up);
        }
        if let Some(down) = told.get("down").filter(|_| self.joins_down) {
            self.down.hear(down);
        }
    }
}

fn join(counts: &mut BTreeMap<Arc<str>, i128>, told: &Value) {
    let Value::Map(told) = told else { return };
    for (node, count) in told.iter() {
        let own = counts.entry(Arc::clone(node)).or_default();
        *own = (*own).max(count.as_int().unwrap_or(0));
    }
}
