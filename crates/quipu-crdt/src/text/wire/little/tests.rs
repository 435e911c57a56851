//! Little forms byte by byte, and what is no little form.

use alloc::vec;

use super::*;
use crate::NodeName;
use crate::text::change::Ranges;

/// The list of one replica, and of two.
const M: [u8; 4] = [1, 1, b'm', 1];
const MN: [u8; 7] = [2, 1, b'm', 1, 1, b'n', 1];

fn id(name: &str, seq: u32) -> Id {
    Id { replica: ReplicaId::new(NodeName::new(name), 1), seq }
}

fn run(id: Id, left: Option<Id>, right: Option<Id>, text: &str) -> Run {
    let chars = u32::try_from(text.chars().count()).unwrap();
    Run { id, left, right, chars, text: Some(Snippet::new(text)) }
}

fn insertion(run: Run) -> Change {
    Change { insert: Some(run), deleted: Ranges::None }
}

fn range(name: &str, start: u32, end: u32) -> IdRange {
    IdRange { replica: id(name, 1).replica, start, end }
}

fn bytes(flags: u8, replicas: &[u8], rest: &[u8]) -> Vec<u8> {
    [&[flags], replicas, rest].concat()
}

fn read_all(bytes: &[u8]) -> Result<Change, Malformed> {
    let mut input = Input::new(bytes);
    let change = read(input.byte()?, &mut input)?;
    input.finish().map(|()| change)
}

#[test]
fn each_change_is_these_bytes() {
    let m = |seq| Some(id("m", seq));
    let dropped = Run { text: None, chars: 3, ..run(id("m", 1), None, None, "") };
    let deletions = |ranges| Change { insert: None, deleted: Ranges::of(ranges) };
    for (change, form) in [
        (Change::default(), bytes(0, &[0], &[])),
        (insertion(run(id("m", 1), None, None, "ab")), bytes(RUN, &M, &[2, 2, b'a', b'b'])),
        (insertion(run(id("m", 3), m(2), None, "c")), bytes(RUN | LEFT_OWN, &M, &[6, 1, b'c'])),
        (insertion(run(id("m", 2), m(1), None, "c")), bytes(RUN | LEFT_OWN, &M, &[4, 1, b'c'])),
        (insertion(run(id("m", 5), m(2), m(3), "x")), bytes(RUN | LEFT | RIGHT_NEXT, &M, &[10, 5, 1, b'x'])),
        (insertion(run(id("m", 5), m(6), m(2), "x")), bytes(RUN | LEFT | RIGHT, &M, &[10, 2, 5, 1, b'x'])),
        (insertion(run(id("m", 5), None, m(1), "x")), bytes(RUN | RIGHT, &M, &[10, 7, 1, b'x'])),
        (
            insertion(run(id("n", 3), m(2), m(3), "x")),
            bytes(RUN | LEFT | RIGHT_NEXT, &MN, &[1, 6, 0, 1, 1, b'x']),
        ),
        (
            insertion(run(id("m", 3), Some(id("n", 2)), None, "x")),
            bytes(RUN | LEFT, &MN, &[0, 6, 1, 1, 1, b'x']),
        ),
        (
            Change { insert: Some(dropped), deleted: Ranges::One(range("m", 1, 4)) },
            bytes(RUN | DROPPED | DELETED, &M, &[2, 3, 1, 0, 3]),
        ),
        (
            Change {
                insert: Some(run(id("m", 4), None, None, "é")), deleted: Ranges::One(range("m", 4, 5))
            },
            bytes(RUN | DELETED, &M, &[8, 2, 0xc3, 0xa9, 1, 0, 1]),
        ),
        (deletions(vec![range("m", 2, 5)]), bytes(DELETED, &M, &[1, 4, 3])),
        (deletions(vec![range("m", 2, 5), range("m", 8, 9)]), bytes(DELETED, &M, &[2, 4, 3, 6, 1])),
        (deletions(vec![range("m", 2, 5), range("n", 5, 6)]), bytes(DELETED, &MN, &[2, 0, 4, 3, 1, 0, 1])),
    ] {
        let mut written = Vec::new();
        write(&change, &mut written);
        assert_eq!(written, form, "{change:?}");
        assert_eq!(read_all(&form), Ok(change));
    }
}

#[test]
fn flags_that_contradict_each_other_are_no_form() {
    let rest = [10, 5, 5, 1, b'x'];
    for flags in [
        RUN | LEFT | LEFT_OWN,
        RUN | RIGHT | RIGHT_NEXT,
        RUN | LEFT | RIGHT | RIGHT_NEXT,
        LEFT,
        LEFT_OWN,
        RIGHT,
        RIGHT_NEXT,
        DROPPED,
        LEFT | DELETED,
        DROPPED | DELETED,
    ] {
        assert_eq!(read_all(&bytes(flags, &M, &rest)), Err(Malformed::UnknownForm), "{flags:x}");
    }
}

#[test]
fn a_little_form_is_refused_for_what_is_wrong_with_it() {
    let most = [0xfe, 0xff, 0xff, 0xff, 0x1f];
    let next_to_most = [0xfc, 0xff, 0xff, 0xff, 0x1f];
    for (form, error) in [
        (bytes(DELETED, &M, &[0]), Malformed::BadRange),
        (bytes(DELETED, &M, &[1, 4, 0]), Malformed::BadRange),
        (bytes(DELETED, &M, &[&[1], &most[..], &[1]].concat()), Malformed::BadRange),
        (bytes(DELETED, &M, &[2, 4, 3, 0, 1]), Malformed::Twice),
        (bytes(DELETED, &M, &[2, 4, 3, 1, 1]), Malformed::Twice),
        (bytes(DELETED, &M, &[1, 0, 1]), Malformed::BadNumber),
        (bytes(DELETED, &M, &[1, 4, 3, 9]), Malformed::Trailing),
        (bytes(DELETED, &MN, &[1, 0, 4, 3]), Malformed::BadReplica),
        (bytes(DELETED, &MN, &[1, 2, 4, 3]), Malformed::NoSuchReplica),
        (bytes(RUN, &[0], &[2, 1, b'x']), Malformed::NoSuchReplica),
        (bytes(RUN, &M, &[0, 1, b'x']), Malformed::BadNumber),
        (bytes(RUN, &M, &[2, 0]), Malformed::BadRange),
        (bytes(RUN, &M, &[2, 1, 0xff]), Malformed::BadText),
        (bytes(RUN, &M, &[2, 2, b'x']), Malformed::Truncated),
        (bytes(RUN, &M, &[&most[..], &[1, b'x']].concat()), Malformed::BadRange),
        (bytes(RUN, &M, &[&next_to_most[..], &[2, b'x', b'y']].concat()), Malformed::BadRange),
        (bytes(RUN, &M, &[&[2, 0x81, 2], &[b'x'; 257][..]].concat()), Malformed::BadText),
        (bytes(RUN | DROPPED, &M, &[2, 3]), Malformed::TextLost),
        (bytes(RUN | DROPPED | DELETED, &M, &[2, 3, 1, 0, 2]), Malformed::TextLost),
        (bytes(RUN | DROPPED | DELETED, &M, &[4, 3, 1, 1, 2]), Malformed::TextLost),
        (bytes(RUN | DROPPED | DELETED, &M, &[2, 3, 1, 2, 4]), Malformed::TextLost),
        (bytes(RUN | DROPPED | DELETED, &MN, &[0, 2, 3, 1, 1, 0, 3]), Malformed::TextLost),
        (bytes(RUN | LEFT_OWN, &M, &[2, 1, b'x']), Malformed::BadRange),
        (bytes(RUN | RIGHT_NEXT, &M, &[2, 1, b'x']), Malformed::NoOrigin),
        (bytes(RUN | LEFT, &M, &[10, 0, 2, b'x', b'y']), Malformed::Misplaced),
        (bytes(RUN | LEFT, &M, &[10, 2, 2, b'x', b'y']), Malformed::Misplaced),
        (bytes(RUN | RIGHT, &M, &[10, 0, 2, b'x', b'y']), Malformed::Misplaced),
        (bytes(RUN | RIGHT, &M, &[10, 2, 2, b'x', b'y']), Malformed::Misplaced),
        (bytes(RUN | LEFT | RIGHT, &M, &[10, 5, 5, 2, b'x', b'y']), Malformed::Misplaced),
    ] {
        assert_eq!(read_all(&form), Err(error), "{form:?}");
    }
}

#[test]
fn a_little_form_may_go_up_to_the_limits() {
    let next_to_most = [0xfc, 0xff, 0xff, 0xff, 0x1f];
    for form in [
        bytes(DELETED, &M, &[&[1], &next_to_most[..], &[1]].concat()),
        bytes(RUN, &M, &[&next_to_most[..], &[1, b'x']].concat()),
        bytes(RUN, &M, &[&[2, 0x80, 2], &[b'x'; 256][..]].concat()),
        bytes(RUN | DROPPED | DELETED, &M, &[4, 3, 1, 1, 4]),
        bytes(RUN | DROPPED | DELETED, &M, &[2, 3, 1, 0, 5]),
        // The characters right before and right after its own may be origins of a run.
        bytes(RUN | LEFT_OWN | RIGHT, &M, &[10, 4, 2, b'x', b'y']),
        bytes(RUN | LEFT | RIGHT, &M, &[10, 4, 1, 2, b'x', b'y']),
    ] {
        let change = read_all(&form).unwrap_or_else(|error| panic!("{form:?}: {error}"));
        let mut written = Vec::new();
        write(&change, &mut written);
        assert_eq!(written, form);
    }
}
