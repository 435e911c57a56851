//! The definition of sequential consistency, as a check: does one order of all operations explain every answer?

use std::collections::BTreeMap;

use quipu_node::{Answer, KvError, KvRequest, Value};

use crate::endpoint::Endpoint;

/// An operation and its answer; `serial` counts in real time.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) serial: usize,
    pub(super) caller: Endpoint,
    pub(super) request: KvRequest,
    pub(super) answer: Result<Answer, KvError>,
}

/// Replays operations in the given order on a plain map. An error tells which answer the order does not explain, or
/// which caller's own order it breaks.
pub(super) fn explains(order: &[Done]) -> Result<(), String> {
    let mut map = BTreeMap::new();
    let mut last = BTreeMap::new();
    for done in order {
        let lawful = answer(&mut map, &done.request);
        if lawful != done.answer {
            return Err(format!("{done:?} should be {lawful:?}"));
        }
        if last.insert(done.caller, done.serial).is_some_and(|before| before > done.serial) {
            return Err(format!("{done:?} stands after a later operation of its caller"));
        }
    }
    Ok(())
}

fn answer(map: &mut BTreeMap<Value, Value>, request: &KvRequest) -> Result<Answer, KvError> {
    match request {
        KvRequest::Read { key } => map.get(key).cloned().map(Answer::Value).ok_or(KvError::KeyDoesNotExist),
        KvRequest::Write { key, value } => {
            map.insert(key.clone(), value.clone());
            Ok(Answer::Written)
        }
        KvRequest::CompareAndSwap { key, from, to, create_if_not_exists } => {
            match map.get(key) {
                Some(held) if held != from => return Err(KvError::PreconditionFailed),
                None if !create_if_not_exists => return Err(KvError::KeyDoesNotExist),
                _ => map.insert(key.clone(), to.clone()),
            };
            Ok(Answer::Swapped)
        }
        KvRequest::Timestamp => unreachable!("not asked in these tests"),
    }
}

/// Requests in few words.
pub(super) fn read(key: &str) -> KvRequest {
    KvRequest::Read { key: key.into() }
}

pub(super) fn write(key: &str, value: i64) -> KvRequest {
    KvRequest::Write { key: key.into(), value: value.into() }
}

pub(super) fn cas(key: &str, from: i64, to: i64) -> KvRequest {
    KvRequest::CompareAndSwap {
        key: key.into(),
        from: from.into(),
        to: to.into(),
        create_if_not_exists: false,
    }
}

pub(super) fn create(key: &str, from: i64, to: i64) -> KvRequest {
    KvRequest::CompareAndSwap {
        key: key.into(),
        from: from.into(),
        to: to.into(),
        create_if_not_exists: true,
    }
}
