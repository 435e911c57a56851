//! What users ask of a keyed counter, on the ordinary request and reply of a node.

use quipu_node::{ErrorKind, Reply, Request, Value};

/// An operation on one of many counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Add a change; one that takes must leave nothing below zero.
    Add {
        /// Which counter.
        key: u64,
        /// What to add, or to take away.
        change: i64,
    },
    /// Read a counter.
    Read {
        /// Which counter.
        key: u64,
    },
}

impl Operation {
    /// Which counter it is about.
    pub const fn key(self) -> u64 {
        match self {
            Self::Add { key, .. } | Self::Read { key } => key,
        }
    }

    pub(crate) fn to_request(self) -> Request {
        let (kind, fields) = match self {
            Self::Add { key, change } => ("add", vec![Value::from(key), Value::from(change)]),
            Self::Read { key } => ("read", vec![Value::from(key)]),
        };
        Request::Custom { kind: kind.into(), fields: Value::List(fields.into()) }
    }

    /// The operation in a request; the reply that says that there is none.
    pub(crate) fn of_request(request: &Request) -> Result<Self, Reply> {
        let Request::Custom { kind, fields: Value::List(fields) } = request else {
            return Err(Reply::not_served(request));
        };
        let number = |at: usize| fields.get(at).and_then(Value::as_int);
        let key = number(0).and_then(|key| u64::try_from(key).ok());
        let change = number(1).and_then(|change| i64::try_from(change).ok());
        match (&**kind, key, change) {
            ("add", Some(key), Some(change)) => Ok(Self::Add { key, change }),
            ("read", Some(key), None) => Ok(Self::Read { key }),
            ("add" | "read", ..) => Err(Reply::error(ErrorKind::Malformed, "a key and a change are numbers")),
            _ => Err(Reply::not_served(request)),
        }
    }
}

/// What a user gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done; the counter's value as the node then knew it.
    Done(i64),
    /// Refused because nothing is left to take.
    Empty,
    /// Not done, and it never will be.
    Failed,
    /// Nobody knows whether it was done, or will be.
    Unknown,
}

impl Outcome {
    pub(crate) fn to_reply(self) -> Reply {
        match self {
            Self::Done(value) => Reply::Counter(value.into()),
            Self::Empty => Reply::error(ErrorKind::PreconditionFailed, "nothing is left to take"),
            Self::Failed => {
                Reply::error(ErrorKind::TemporarilyUnavailable, "not done in time, and not tried")
            }
            Self::Unknown => Reply::error(ErrorKind::Crash, "no answer came in time"),
        }
    }

    pub(crate) fn of_reply(reply: &Reply) -> Self {
        match reply {
            Reply::Counter(value) => i64::try_from(*value).map_or(Self::Unknown, Self::Done),
            Reply::Error { kind: ErrorKind::PreconditionFailed, .. } => Self::Empty,
            Reply::Error { kind, .. } if kind.is_definite() => Self::Failed,
            _ => Self::Unknown,
        }
    }
}
