//! What clients did and what came of it: the history that every checker reads.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use quipu_node::{Change, Time, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a client does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Add a delta to the counter.
    Add(i64),
    /// Add an element to the set.
    AddElement(u64),
    /// Remove an element from the set.
    RemoveElement(u64),
    /// Broadcast a message.
    Broadcast(u64),
    /// Write a value into the register, over what the client has read; if blind, over whatever the node has.
    Write {
        /// The value: no other write has it.
        value: u64,
        /// True if the client does not say what it has read.
        blind: bool,
    },
    /// Insert characters that nobody else inserts.
    Insert {
        /// Where, in thousandths of the text as the client knows it.
        at: u16,
        /// What.
        text: String,
    },
    /// Delete characters.
    Delete {
        /// Where, in thousandths of the text as the client knows it.
        at: u16,
        /// How many, if there are so many.
        length: u64,
    },
    /// Put so many more of a product into the cart.
    AddItem {
        /// The product.
        product: String,
        /// How many more.
        quantity: u64,
    },
    /// Let the cart hold so many of a product.
    SetQuantity {
        /// The product.
        product: String,
        /// How many.
        quantity: u64,
    },
    /// Take a product out of the cart.
    RemoveItem(String),
    /// Take out and buy all that is in the cart.
    Checkout,
    /// Read everything.
    Read,
    /// Make an identifier.
    Generate,
    /// Have a text sent back.
    Echo(String),
}

/// What a successful operation returned.
#[derive(Clone, Debug, PartialEq)]
pub enum Returned {
    /// Nothing but the acknowledgement.
    Nothing,
    /// The counter's value.
    Counter(i128),
    /// The elements, or messages, read.
    Elements(Vec<Value>),
    /// One value: an identifier, or an echo.
    Value(Value),
    /// What a change has made and removed.
    Changed(Change),
    /// The register's values, and the context to be handed back.
    Siblings {
        /// The values.
        values: Vec<Value>,
        /// The context.
        context: Value,
    },
    /// The text.
    Text(String),
    /// The cart: products and quantities.
    Lines(BTreeMap<Arc<str>, u64>),
    /// The characters between which something was inserted.
    Inserted {
        /// The one before it.
        after: Option<char>,
        /// The one behind it.
        before: Option<char>,
    },
    /// The characters that were deleted.
    Deleted(String),
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It happened.
    Ok(Returned),
    /// It did not happen, and never will.
    Fail(String),
    /// It may have happened, or may still happen.
    Info(String),
}

/// One operation of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The worker that ran it; its node is fixed by it.
    pub worker: u32,
    /// The logical process: a worker whose operation ended indeterminate goes on as a new process.
    pub process: u32,
    /// The node asked.
    pub node: u16,
    /// What was done.
    pub action: Action,
    /// True for the last read of a worker, after the quiet time.
    pub is_final: bool,
    /// When it was invoked.
    pub invoked: Time,
    /// When it ended; an operation without an answer ends when its client gives up.
    pub completed: Time,
    /// How it ended.
    pub outcome: Outcome,
}

impl Operation {
    /// True if it succeeded.
    pub const fn is_ok(&self) -> bool {
        matches!(self.outcome, Outcome::Ok(_))
    }

    /// The counter's value, if this is a successful read of one.
    pub const fn counter(&self) -> Option<i128> {
        match &self.outcome {
            Outcome::Ok(Returned::Counter(value)) => Some(*value),
            _ => None,
        }
    }

    /// The elements, if this is a successful read of a set.
    pub fn elements(&self) -> Option<&[Value]> {
        match &self.outcome {
            Outcome::Ok(Returned::Elements(elements)) => Some(elements),
            _ => None,
        }
    }

    /// What a change has made and removed, if this is a successful one.
    pub const fn change(&self) -> Option<&Change> {
        match &self.outcome {
            Outcome::Ok(Returned::Changed(change)) => Some(change),
            _ => None,
        }
    }

    /// True if it may have happened.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.outcome, Outcome::Info(_))
    }

    /// The delta, if this is an add to a counter.
    pub const fn delta(&self) -> Option<i64> {
        match self.action {
            Action::Add(delta) => Some(delta),
            _ => None,
        }
    }
}

impl Action {
    /// The name of the function in the history.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Add(_) | Self::AddElement(_) => "add",
            Self::RemoveElement(_) => "remove",
            Self::Broadcast(_) => "broadcast",
            Self::Write { .. } => "write",
            Self::Insert { .. } => "insert",
            Self::Delete { .. } => "delete",
            Self::AddItem { .. } => "add_item",
            Self::SetQuantity { .. } => "set_quantity",
            Self::RemoveItem(_) => "remove_item",
            Self::Checkout => "checkout",
            Self::Read => "read",
            Self::Generate => "generate",
            Self::Echo(_) => "echo",
        }
    }

    fn argument(&self) -> serde_json::Value {
        match self {
            Self::Add(delta) => json!(delta),
            Self::AddElement(element) | Self::RemoveElement(element) | Self::Broadcast(element) => {
                json!(element)
            }
            Self::Write { value, blind: false } => json!(value),
            Self::Write { value, blind: true } => json!({ "value": value, "blind": true }),
            Self::Insert { at, text } => json!({ "at": at, "text": text }),
            Self::Delete { at, length } => json!({ "at": at, "length": length }),
            Self::AddItem { product, quantity } | Self::SetQuantity { product, quantity } => {
                json!({ "product": product, "quantity": quantity })
            }
            Self::RemoveItem(product) => json!(product),
            Self::Echo(text) => json!(text),
            Self::Read | Self::Generate | Self::Checkout => serde_json::Value::Null,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read | Self::Generate | Self::Checkout => f.write_str(self.name()),
            Self::Write { value, blind: true } => write!(f, "write {value} blindly"),
            Self::Insert { at, text } => write!(f, "insert {text} at {at} ‰"),
            Self::Delete { at, length } => write!(f, "delete {length} at {at} ‰"),
            Self::AddItem { product, quantity } | Self::SetQuantity { product, quantity } => {
                write!(f, "{} {quantity} {product}", self.name())
            }
            Self::RemoveItem(product) => write!(f, "remove_item {product}"),
            _ => write!(f, "{} {}", self.name(), self.argument()),
        }
    }
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("done"),
            Self::Counter(value) => value.fmt(f),
            Self::Elements(elements) => write!(f, "{} elements", elements.len()),
            Self::Value(value) => value.fmt(f),
            Self::Changed(change) if change.removed.is_empty() => f.write_str("done"),
            Self::Changed(change) => write!(f, "done, in place of {}", change.removed.len()),
            Self::Siblings { values, .. } => Value::List(values.as_slice().into()).fmt(f),
            Self::Text(text) | Self::Deleted(text) => write!(f, "{text:?}"),
            Self::Lines(lines) if lines.is_empty() => f.write_str("nothing"),
            Self::Lines(lines) => {
                let words: Vec<_> =
                    lines.iter().map(|(product, quantity)| format!("{quantity} {product}")).collect();
                f.write_str(&words.join(", "))
            }
            Self::Inserted { after, before } => {
                let name =
                    |side: &Option<char>| side.map_or_else(|| "the edge".into(), |side| side.to_string());
                write!(f, "between {} and {}", name(after), name(before))
            }
        }
    }
}

impl Returned {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Nothing => serde_json::Value::Null,
            // JSON numbers of serde_json are 64 bits; a wider counter is written as text rather than rounded.
            Self::Counter(value) => {
                i64::try_from(*value).map_or_else(|_| json!(value.to_string()), |int| json!(int))
            }
            Self::Elements(elements) => json!(elements),
            Self::Value(value) => json!(value),
            Self::Changed(Change { added, removed, .. }) => json!({ "added": added, "removed": removed }),
            Self::Siblings { values, context } => json!({ "values": values, "context": context }),
            Self::Text(text) | Self::Deleted(text) => json!(text),
            Self::Lines(lines) => json!(lines),
            Self::Inserted { after, before } => json!({ "after": after, "before": before }),
        }
    }
}

/// Writes a history as one JSON object per line, in the order of events: index, time in nanoseconds, type
/// (invoke, ok, fail, info), process, f, value, node, and error or final where they apply.
pub fn write_history(history: &[Operation], mut out: impl Write) -> io::Result<()> {
    for (index, event) in events(history).into_iter().enumerate() {
        let operation = &history[event.operation];
        let mut line = json!({
            "index": index,
            "time": event.at.as_nanos(),
            "type": "invoke",
            "process": operation.process,
            "node": format!("n{}", operation.node),
            "f": operation.action.name(),
            "value": operation.action.argument(),
        });
        if operation.is_final {
            line["final"] = json!(true);
        }
        if event.is_completion {
            line["type"] = json!(operation.outcome.name());
            match &operation.outcome {
                Outcome::Ok(Returned::Nothing) => {}
                Outcome::Ok(returned) => line["value"] = returned.to_json(),
                Outcome::Fail(error) | Outcome::Info(error) => line["error"] = json!(error),
            }
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

impl Outcome {
    /// ok, fail or info.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Fail(_) => "fail",
            Self::Info(_) => "info",
        }
    }
}

/// An operation's beginning or end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryEvent {
    /// When.
    pub at: Time,
    /// Index of the operation in the history.
    pub operation: usize,
    /// False for the invocation.
    pub is_completion: bool,
}

/// The beginnings and ends of all operations in order of time; what ends at a moment ends before what begins then.
pub fn events(history: &[Operation]) -> Vec<HistoryEvent> {
    let mut events: Vec<_> = history
        .iter()
        .enumerate()
        .flat_map(|(operation, op)| {
            let invoke = HistoryEvent { at: op.invoked, operation, is_completion: false };
            let complete = HistoryEvent { at: op.completed, operation, is_completion: true };
            [invoke, complete]
        })
        .collect();
    events.sort_by_key(|event| {
        let instant = history[event.operation].invoked == history[event.operation].completed;
        // An operation that takes no time at all still begins before it ends.
        (
            event.at,
            if instant { 1 + u8::from(event.is_completion) } else { 2 * u8::from(!event.is_completion) },
            event.operation,
        )
    });
    events
}
