//! Maelstrom's error codes: the closed table, and what each says about whether the request happened.
//!
//! A **definite** error means that the request did not happen and never will; after an indefinite one it may have.
//! Whether a kind is definite is said by [`ErrorKind::is_definite`]. Codes outside the table are a program's own;
//! Maelstrom takes them as indefinite, and so does [`kind_of_code`].

use quipu_node::{ErrorKind, KvError, Reply};

/// Every kind with its code on the wire and its name, in the order of the codes.
pub const ERROR_CODES: [(ErrorKind, i64, &str); 11] = [
    (ErrorKind::Timeout, 0, "timeout"),
    (ErrorKind::NodeNotFound, 1, "node-not-found"),
    (ErrorKind::NotSupported, 10, "not-supported"),
    (ErrorKind::TemporarilyUnavailable, 11, "temporarily-unavailable"),
    (ErrorKind::Malformed, 12, "malformed-request"),
    (ErrorKind::Crash, 13, "crash"),
    (ErrorKind::Abort, 14, "abort"),
    (ErrorKind::KeyDoesNotExist, 20, "key-does-not-exist"),
    (ErrorKind::KeyAlreadyExists, 21, "key-already-exists"),
    (ErrorKind::PreconditionFailed, 22, "precondition-failed"),
    (ErrorKind::TransactionConflict, 30, "txn-conflict"),
];

/// The code of a kind on the wire.
pub const fn code_of(kind: ErrorKind) -> i64 {
    row(kind).1
}

/// The name of a kind, as Maelstrom writes it.
pub const fn name_of(kind: ErrorKind) -> &'static str {
    row(kind).2
}

/// The kind of a code, or none if the code is a program's own: such an error is indefinite.
pub fn kind_of_code(code: i64) -> Option<ErrorKind> {
    ERROR_CODES.iter().find(|row| row.1 == code).map(|row| row.0)
}

/// The reply that tells a client what a failed operation on a store means for its request, if that operation was
/// the one by which the request happens: indefinite if the operation may have happened.
pub fn failure(error: &KvError) -> Reply {
    let kind = match error {
        KvError::KeyDoesNotExist => ErrorKind::KeyDoesNotExist,
        KvError::PreconditionFailed => ErrorKind::PreconditionFailed,
        KvError::Refused(_) => ErrorKind::Abort,
        KvError::Unknown(_) => ErrorKind::Timeout,
        KvError::Malformed(_) => ErrorKind::Crash,
    };
    Reply::error(kind, error.to_string())
}

const fn row(kind: ErrorKind) -> (ErrorKind, i64, &'static str) {
    let index = match kind {
        ErrorKind::Timeout => 0,
        ErrorKind::NodeNotFound => 1,
        ErrorKind::NotSupported => 2,
        ErrorKind::TemporarilyUnavailable => 3,
        ErrorKind::Malformed => 4,
        ErrorKind::Crash => 5,
        ErrorKind::Abort => 6,
        ErrorKind::KeyDoesNotExist => 7,
        ErrorKind::KeyAlreadyExists => 8,
        ErrorKind::PreconditionFailed => 9,
        ErrorKind::TransactionConflict => 10,
    };
    ERROR_CODES[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_its_own_inverse() {
        for (kind, code, name) in ERROR_CODES {
            assert_eq!((code_of(kind), name_of(kind), kind_of_code(code)), (code, name, Some(kind)));
        }
        for code in [-1, 2, 15, 23, 1000, i64::MAX] {
            assert_eq!(kind_of_code(code), None);
        }
    }

    #[test]
    fn only_timeout_and_crash_leave_it_open_whether_the_request_happened() {
        let indefinite: Vec<i64> =
            ERROR_CODES.iter().filter(|row| !row.0.is_definite()).map(|row| row.1).collect();
        assert_eq!(indefinite, [0, 13]);
    }

    #[test]
    fn a_failed_store_operation_is_never_told_as_more_definite_than_it_is() {
        let errors = [
            KvError::KeyDoesNotExist,
            KvError::PreconditionFailed,
            KvError::Refused("no".into()),
            KvError::Unknown("silence".into()),
            KvError::Malformed("odd".into()),
        ];
        for error in errors {
            let Reply::Error { kind, .. } = failure(&error) else { panic!("not an error reply") };
            assert_eq!(kind.is_definite(), error.is_definite(), "{error}");
        }
    }
}
