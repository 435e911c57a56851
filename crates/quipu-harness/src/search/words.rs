//! What is asked of the store and what it says, as small numbers: there are few of each, and they are compared millions
//! of times.

use std::collections::BTreeMap;

use quipu_node::{Answer, KvError, KvRequest, Value};

use super::Unsearchable;

/// A value that was ever asked for, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ValueId(u16);

/// How many keys a node may use, over all nodes.
pub(super) const KEYS_MAX: usize = 8;

/// A state of the store: what each key holds, if it exists.
pub(super) type Map = [Option<ValueId>; KEYS_MAX];

/// A request to the key-value store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub(super) key: u8,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Read,
    Write(ValueId),
    Swap { from: ValueId, to: ValueId, create: bool },
}

/// What a service says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    Value(ValueId),
    Written,
    Swapped,
    NoSuchKey,
    Refused,
    Timestamp(u8),
}

impl Asked {
    /// What the request comes to where its key holds `held`: the answer, and what the key holds then.
    pub(super) fn judge(self, held: Option<ValueId>) -> (Said, Option<ValueId>) {
        match (self.what, held) {
            (What::Read, Some(value)) => (Said::Value(value), held),
            (What::Write(value), _) => (Said::Written, Some(value)),
            (What::Swap { from, to, .. }, Some(value)) if value == from => (Said::Swapped, Some(to)),
            (What::Swap { .. }, Some(_)) => (Said::Refused, held),
            (What::Swap { to, create: true, .. }, None) => (Said::Swapped, Some(to)),
            (What::Read | What::Swap { .. }, None) => (Said::NoSuchKey, None),
        }
    }

    /// True for a write, which puts its value there whatever was there.
    pub(super) const fn is_write(self) -> bool {
        matches!(self.what, What::Write(_))
    }

    /// The value that it would put under its key.
    pub(super) const fn puts(self) -> Option<ValueId> {
        match self.what {
            What::Read => None,
            What::Write(value) | What::Swap { to: value, .. } => Some(value),
        }
    }
}

/// The keys and values met so far.
#[derive(Debug, Default)]
pub(super) struct Words {
    keys: Vec<Value>,
    values: Vec<Value>,
    numbers: BTreeMap<Value, ValueId>,
}

impl Words {
    /// The request in small numbers.
    pub(super) fn asked(&mut self, request: &KvRequest) -> Result<Asked, Unsearchable> {
        let (key, what) = match request {
            KvRequest::Read { key } => (key, What::Read),
            KvRequest::Write { key, value } => (key, What::Write(self.value(value)?)),
            KvRequest::CompareAndSwap { key, from, to, create_if_not_exists } => {
                let (from, to) = (self.value(from)?, self.value(to)?);
                (key, What::Swap { from, to, create: *create_if_not_exists })
            }
            KvRequest::Timestamp => return Err(Unsearchable::OtherService),
        };
        Ok(Asked { key: self.key(key)?, what })
    }

    /// A store that holds the same under every key.
    pub(super) fn map_of(&mut self, value: Option<i64>) -> Result<Map, Unsearchable> {
        Ok([value.map(|value| self.value(&Value::from(value))).transpose()?; KEYS_MAX])
    }

    fn key(&mut self, key: &Value) -> Result<u8, Unsearchable> {
        let index = self.keys.iter().position(|known| known == key).unwrap_or(self.keys.len());
        if index == self.keys.len() {
            self.keys.push(key.clone());
        }
        let number = u8::try_from(index).ok().filter(|number| usize::from(*number) < KEYS_MAX);
        number.ok_or(Unsearchable::TooManyKeys)
    }

    fn value(&mut self, value: &Value) -> Result<ValueId, Unsearchable> {
        if let Some(known) = self.numbers.get(value) {
            return Ok(*known);
        }
        let id = ValueId(u16::try_from(self.values.len()).map_err(|_| Unsearchable::TooManyValues)?);
        self.values.push(value.clone());
        self.numbers.insert(value.clone(), id);
        Ok(id)
    }

    /// The answer as a node gets it.
    pub(super) fn answer(&self, said: Said) -> Result<Answer, KvError> {
        match said {
            Said::Value(value) => Ok(Answer::Value(self.spelt(value).clone())),
            Said::Written => Ok(Answer::Written),
            Said::Swapped => Ok(Answer::Swapped),
            Said::Timestamp(timestamp) => Ok(Answer::Timestamp(timestamp.into())),
            Said::NoSuchKey => Err(KvError::KeyDoesNotExist),
            Said::Refused => Err(KvError::PreconditionFailed),
        }
    }

    /// The request as it was asked.
    pub(super) fn request(&self, asked: Asked) -> KvRequest {
        let key = self.key_spelt(asked.key).clone();
        match asked.what {
            What::Read => KvRequest::Read { key },
            What::Write(value) => KvRequest::Write { key, value: self.spelt(value).clone() },
            What::Swap { from, to, create } => KvRequest::CompareAndSwap {
                key,
                from: self.spelt(from).clone(),
                to: self.spelt(to).clone(),
                create_if_not_exists: create,
            },
        }
    }

    pub(super) fn spelt(&self, value: ValueId) -> &Value {
        &self.values[usize::from(value.0)]
    }

    pub(super) fn key_spelt(&self, key: u8) -> &Value {
        &self.keys[usize::from(key)]
    }
}
