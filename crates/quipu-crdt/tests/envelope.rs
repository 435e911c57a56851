//! The bytes around a state: each refusal says what is wrong, and where.

use quipu_crdt::wire::{DecodeError, Kind, decode, decode_at_most, encode};
use quipu_crdt::{GCounter, NodeName, PnCounter, ReplicaId};

/// Version and kind, one slot: name, life, count.
const BYTES: [u8; 9] = *b"\x01\x02\x01\x02n0\x1f\xac\x02";

fn counter() -> GCounter {
    let mut counter = GCounter::default();
    counter.increment(ReplicaId::new(NodeName::new("n0"), 0x1f), 300).expect("fits");
    counter
}

#[test]
fn a_state_is_version_kind_and_content() {
    assert_eq!(encode(&counter()), BYTES);
    assert_eq!(decode(&BYTES), Ok(counter()));
}

#[test]
fn a_refusal_says_what_is_there_and_at_which_byte() {
    let refused = |bytes: &[u8]| decode::<GCounter>(bytes).expect_err("no state");
    let with = |at: usize, byte: u8| {
        let mut bytes = BYTES;
        bytes[at] = byte;
        bytes
    };
    assert_eq!(refused(&with(0, 2)), DecodeError::Version { found: 2 });
    assert_eq!(refused(&with(1, 3)), DecodeError::Kind { expected: Kind::GCounter, found: 3 });
    assert_eq!(decode::<PnCounter>(&BYTES), Err(DecodeError::Kind { expected: Kind::PnCounter, found: 2 }));
    for length in [0, 1, 2, 3, 4, 6, 7, 8] {
        assert_eq!(refused(&BYTES[..length]), DecodeError::Malformed { at: length }, "cut short");
    }
    assert_eq!(refused(&with(4, 0)), DecodeError::Malformed { at: 6 }, "a zero byte in a name");
    assert_eq!(refused(&[&BYTES[..7], &[0, 0]].concat()), DecodeError::Malformed { at: 8 }, "an empty slot");
    assert_eq!(refused(&[&BYTES[..], &[0]].concat()), DecodeError::Trailing { bytes: 1 });
    assert_eq!(refused(&[&BYTES[..], &BYTES[..]].concat()), DecodeError::Trailing { bytes: BYTES.len() });
}

#[test]
fn what_is_larger_than_the_limit_is_not_read() {
    let bytes = BYTES.len();
    assert_eq!(decode_at_most(&BYTES, bytes), Ok(counter()));
    assert_eq!(decode_at_most(&BYTES, usize::MAX), Ok(counter()));
    for limit in [0, bytes - 1] {
        let error = decode_at_most::<GCounter>(&BYTES, limit);
        assert_eq!(error, Err(DecodeError::TooLarge { bytes, limit }));
    }
    assert_eq!(decode_at_most::<PnCounter>(&BYTES, bytes), decode(&BYTES), "and otherwise as without one");
}
