//! What the nodes of the coordinating mechanisms say to one another: short lists of numbers.
//!
//! Every word may be lost. A question that gets no answer is given up after the patience of its operation, and never asked
//! again; so nothing is done twice.

use quipu_node::{PeerMessage, Value};

/// A word, with the number that the asking node gave its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// To the home: what is under the key? Answer: `Value`.
    Read { op: u64, key: u64 },
    /// To the home: put `to` where `from` is. Answer: `Done` or `Refused`.
    Swap { op: u64, key: u64, from: i64, to: i64 },
    /// To the home: put this there, whatever is. Answer: `Done`.
    Write { op: u64, key: u64, value: i64 },
    /// To the home: add this, unless that leaves less than nothing. Answer: `Done` or `Empty`.
    Apply { op: u64, key: u64, change: i64 },
    /// To the home: the lock, please. Answer, once it is this one's turn: `Granted`.
    Lock { op: u64, key: u64 },
    /// To the home, by the holder: put this there and take the lock back. Answer: `Done` or, of an old token, `Refused`.
    Commit { op: u64, key: u64, token: u64, value: i64 },
    /// To the home: the lock is not wanted any more, whether granted or not. No answer.
    Leave { op: u64, key: u64 },
    /// From the home: what is there.
    Value { op: u64, value: i64 },
    /// From the home: done, and this is there now.
    Done { op: u64, value: i64 },
    /// From the home: something else was there, or the token is old; nothing was done.
    Refused { op: u64 },
    /// From the home: nothing is left to take; nothing was done.
    Empty { op: u64 },
    /// From the home: the lock, its token, and what is under the key.
    Granted { op: u64, token: u64, value: i64 },
    /// From the leader: keep this entry. Answer: `Kept`.
    Keep { op: u64, key: u64, change: i64 },
    /// To the leader: the entry is durable here.
    Kept { op: u64 },
}

impl Word {
    pub(crate) fn to_message(self) -> PeerMessage {
        let (kind, op, rest): (i64, u64, Vec<Value>) = match self {
            Self::Read { op, key } => (0, op, vec![key.into()]),
            Self::Swap { op, key, from, to } => (1, op, vec![key.into(), from.into(), to.into()]),
            Self::Write { op, key, value } => (2, op, vec![key.into(), value.into()]),
            Self::Apply { op, key, change } => (3, op, vec![key.into(), change.into()]),
            Self::Lock { op, key } => (4, op, vec![key.into()]),
            Self::Commit { op, key, token, value } => (5, op, vec![key.into(), token.into(), value.into()]),
            Self::Leave { op, key } => (6, op, vec![key.into()]),
            Self::Value { op, value } => (7, op, vec![value.into()]),
            Self::Done { op, value } => (8, op, vec![value.into()]),
            Self::Refused { op } => (9, op, vec![]),
            Self::Empty { op } => (10, op, vec![]),
            Self::Granted { op, token, value } => (11, op, vec![token.into(), value.into()]),
            Self::Keep { op, key, change } => (12, op, vec![key.into(), change.into()]),
            Self::Kept { op } => (13, op, vec![]),
        };
        let mut content = vec![Value::from(kind), Value::from(op)];
        content.extend(rest);
        PeerMessage::Custom { content: Value::List(content.into()) }
    }

    /// The word in a message; none if it is not one.
    pub(crate) fn of_message(message: &PeerMessage) -> Option<Self> {
        let PeerMessage::Custom { content: Value::List(content) } = message else { return None };
        let number = |at: usize| content.get(at)?.as_int();
        let unsigned = |at: usize| number(at).and_then(|number| u64::try_from(number).ok());
        let signed = |at: usize| number(at).and_then(|number| i64::try_from(number).ok());
        let op = unsigned(1)?;
        Some(match number(0)? {
            0 => Self::Read { op, key: unsigned(2)? },
            1 => Self::Swap { op, key: unsigned(2)?, from: signed(3)?, to: signed(4)? },
            2 => Self::Write { op, key: unsigned(2)?, value: signed(3)? },
            3 => Self::Apply { op, key: unsigned(2)?, change: signed(3)? },
            4 => Self::Lock { op, key: unsigned(2)? },
            5 => Self::Commit { op, key: unsigned(2)?, token: unsigned(3)?, value: signed(4)? },
            6 => Self::Leave { op, key: unsigned(2)? },
            7 => Self::Value { op, value: signed(2)? },
            8 => Self::Done { op, value: signed(2)? },
            9 => Self::Refused { op },
            10 => Self::Empty { op },
            11 => Self::Granted { op, token: unsigned(2)?, value: signed(3)? },
            12 => Self::Keep { op, key: unsigned(2)?, change: signed(3)? },
            13 => Self::Kept { op },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_was_written() {
        let (op, key, value, token) = (u64::MAX, 7, i64::MIN, 3);
        let words = [
            Word::Read { op, key },
            Word::Swap { op, key, from: value, to: 1 },
            Word::Write { op, key, value },
            Word::Apply { op, key, change: -1 },
            Word::Lock { op, key },
            Word::Commit { op, key, token, value },
            Word::Leave { op, key },
            Word::Value { op, value },
            Word::Done { op, value },
            Word::Refused { op },
            Word::Empty { op },
            Word::Granted { op, token, value },
            Word::Keep { op, key, change: 1 },
            Word::Kept { op },
        ];
        for word in words {
            assert_eq!(Word::of_message(&word.to_message()), Some(word));
        }
    }

    #[test]
    fn other_messages_are_no_words() {
        for content in [Value::Null, Value::List(vec![Value::from(99_i64), Value::from(0_i64)].into())] {
            assert_eq!(Word::of_message(&PeerMessage::Custom { content }), None);
        }
    }
}
