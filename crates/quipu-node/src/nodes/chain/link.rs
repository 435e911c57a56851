//! One value of the chain.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{KvError, Value};

/// One value of the chain, as stored and with its sum at hand.
#[derive(Clone, Debug)]
pub(super) struct Link {
    value: Value,
    sum: i64,
}

impl Link {
    /// The link that a stored value is. Nobody else writes the key, but whatever is there must not crash a node.
    pub(super) fn parse(value: Value) -> Result<Self, KvError> {
        let sum = value.get("sum").and_then(Value::as_int).and_then(|sum| i64::try_from(sum).ok());
        match (sum, value.get("last")) {
            (Some(sum), Some(Value::Map(_))) => Ok(Self { value, sum }),
            _ => Err(KvError::Malformed(format!("`{value}` is no link of the chain").into())),
        }
    }

    /// The link that follows `base`, or that begins the chain if there is none.
    ///
    /// `round` is the new number of `me`; none leaves all numbers as they are.
    pub(super) fn after(
        base: Option<&Self>,
        sum: i64,
        me: &Arc<str>,
        round: Option<u64>,
        tag: Value,
    ) -> Self {
        let mut last = match base.and_then(|base| base.value.get("last")) {
            Some(Value::Map(last)) => BTreeMap::clone(last),
            _ => BTreeMap::new(),
        };
        if let Some(round) = round {
            last.insert(Arc::clone(me), round.into());
        }
        let last = Value::Map(Arc::new(last));
        Self { value: Value::map([("sum", Value::from(sum)), ("last", last), ("tag", tag)]), sum }
    }

    /// What is stored.
    pub(super) const fn value(&self) -> &Value {
        &self.value
    }

    /// The counter's value.
    pub(super) const fn sum(&self) -> i64 {
        self.sum
    }

    /// The number of the last round of `node` that is in the sum; 0 if there is none.
    pub(super) fn last(&self, node: &str) -> u64 {
        let last = self.value.get("last").and_then(|last| last.get(node)).and_then(Value::as_int);
        last.map_or(0, number)
    }

    /// How many rounds of other nodes came since `earlier`, and of how many nodes.
    pub(super) fn foreign_since(&self, earlier: &Self, me: &str) -> (u64, u32) {
        let (mut rounds, mut nodes) = (0_u64, 0);
        if let Some(Value::Map(last)) = self.value.get("last") {
            for (node, now) in last.iter().filter(|(node, _)| ***node != *me) {
                let new = now.as_int().map_or(0, number).saturating_sub(earlier.last(node));
                rounds = rounds.saturating_add(new);
                nodes += u32::from(new > 0);
            }
        }
        (rounds, nodes)
    }
}

/// A stored round number. One that no node wrote counts as none; the bound leaves room to count on.
fn number(stored: i128) -> u64 {
    u64::try_from(stored).ok().filter(|number| *number < 1 << 62).unwrap_or(0)
}
