//! What a request comes to, given what its key holds.

use quipu_node::{Answer, KvError, KvRequest, Value};

/// What a request comes to on one state of the store.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) answer: Result<Answer, KvError>,
    /// What it puts under its key, be it what is there already.
    pub(super) put: Option<Value>,
}

impl Verdict {
    /// What the key holds afterwards, if that differs from what it holds.
    pub(super) fn change(&self, held: Option<&Value>) -> Option<&Value> {
        self.put.as_ref().filter(|put| Some(*put) != held)
    }
}

/// Judges a request on a state in which its key holds `held`.
pub(super) fn judge(held: Option<&Value>, request: &KvRequest) -> Verdict {
    match (request, held) {
        (KvRequest::Read { .. }, Some(held)) => {
            Verdict { answer: Ok(Answer::Value(held.clone())), put: None }
        }
        (KvRequest::Write { value, .. }, _) => {
            Verdict { answer: Ok(Answer::Written), put: Some(value.clone()) }
        }
        (KvRequest::CompareAndSwap { from, to, .. }, Some(held)) if held == from => {
            Verdict { answer: Ok(Answer::Swapped), put: Some(to.clone()) }
        }
        (KvRequest::CompareAndSwap { .. }, Some(_)) => {
            Verdict { answer: Err(KvError::PreconditionFailed), put: None }
        }
        (KvRequest::CompareAndSwap { to, create_if_not_exists: true, .. }, None) => {
            Verdict { answer: Ok(Answer::Swapped), put: Some(to.clone()) }
        }
        (KvRequest::Read { .. } | KvRequest::CompareAndSwap { .. } | KvRequest::Timestamp, _) => {
            Verdict { answer: Err(KvError::KeyDoesNotExist), put: None }
        }
    }
}

/// The key a request is about; none if a key-value store does not know such a request.
pub(super) const fn key_of(request: &KvRequest) -> Option<&Value> {
    match request {
        KvRequest::Read { key } | KvRequest::Write { key, .. } | KvRequest::CompareAndSwap { key, .. } => {
            Some(key)
        }
        KvRequest::Timestamp => None,
    }
}
