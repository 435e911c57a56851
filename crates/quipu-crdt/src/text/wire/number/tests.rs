//! Numbers and ids, byte by byte.

use alloc::vec;

use super::*;

fn written(value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    bytes
}

#[test]
fn a_number_has_one_form_and_no_other() {
    for (value, form) in [
        (0, vec![0]),
        (1, vec![1]),
        (0x7f, vec![0x7f]),
        (0x80, vec![0x80, 1]),
        (0x3fff, vec![0xff, 0x7f]),
        (0x4000, vec![0x80, 0x80, 1]),
        (0x4081, vec![0x81, 0x81, 1]),
        (u64::from(u32::MAX), vec![0xff, 0xff, 0xff, 0xff, 0x0f]),
        (u64::MAX, [vec![0xff; 9], vec![1]].concat()),
    ] {
        assert_eq!(written(value), form);
        assert_eq!(Input::new(&form).number(), Ok(value));
        let (small, size) = (u32::try_from(value), usize::try_from(value));
        assert_eq!(Input::new(&form).small(), small.map_err(|_| Malformed::BadNumber));
        assert_eq!(Input::new(&form).size(), size.map_err(|_| Malformed::BadNumber));
    }
    for (bytes, error) in [
        (vec![], Malformed::Truncated),
        (vec![0x80], Malformed::Truncated),
        (vec![0x80, 0], Malformed::BadNumber),
        (vec![0xff, 0x80, 0], Malformed::BadNumber),
        ([vec![0xff; 9], vec![2]].concat(), Malformed::BadNumber),
        ([vec![0x80; 9], vec![0x81]].concat(), Malformed::BadNumber),
        ([vec![0x80; 10], vec![1]].concat(), Malformed::BadNumber),
    ] {
        assert_eq!(Input::new(&bytes).number(), Err(error), "{bytes:x?}");
    }
}

#[test]
fn a_number_near_another_is_a_small_one() {
    for (value, base, folded) in [
        (5, 5, 0),
        (4, 5, 1),
        (6, 5, 2),
        (0, 5, 9),
        (9, 5, 8),
        (u32::MAX, 0, 2 * u64::from(u32::MAX)),
        (0, u32::MAX, 2 * u64::from(u32::MAX) - 1),
    ] {
        let mut bytes = Vec::new();
        write_near(value, base, &mut bytes);
        assert_eq!(bytes, written(folded));
        assert_eq!(Input::new(&bytes).near(base), Ok(value));
    }
    for (folded, base) in [(1, 0), (2, u32::MAX), (13, 6), (u64::MAX, 7), (u64::MAX - 1, u32::MAX)] {
        assert_eq!(Input::new(&written(folded)).near(base), Err(Malformed::BadNumber));
    }
}

#[test]
fn bytes_are_taken_as_far_as_they_go() {
    let mut input = Input::new(&[7, 8, 9]);
    assert_eq!(
        (input.byte(), input.take(1), input.take(2)),
        (Ok(7), Ok(&[8][..]), Err(Malformed::Truncated))
    );
    assert_eq!((input.is_empty(), input.finish()), (false, Err(Malformed::Trailing)));
    assert_eq!(input.take(1), Ok(&[9][..]));
    assert_eq!((input.is_empty(), input.finish(), input.byte()), (true, Ok(()), Err(Malformed::Truncated)));
}

#[test]
fn replicas_stand_in_order_and_each_once() {
    let [m, n, again] =
        [("m", 1), ("n", 1), ("n", 300)].map(|(name, life)| ReplicaId::new(NodeName::new(name), life));
    let mut bytes = Vec::new();
    write_replicas(&[m, n, again], &mut bytes);
    assert_eq!(bytes, [3, 1, b'm', 1, 1, b'n', 1, 1, b'n', 0xac, 2]);
    assert_eq!(Input::new(&bytes).replicas().expect("in order").as_slice(), [m, n, again]);
    let at = |replica| place(&[m, n, again], Id { replica, seq: 1 });
    assert_eq!([at(m), at(n), at(again)], [0, 1, 2]);
    let long = [1, 40].into_iter().chain([b'a'; 40]).chain([1]).collect();
    for (bytes, error) in [
        (vec![2, 1, b'n', 1, 1, b'm', 1], Malformed::BadReplica),
        (vec![2, 1, b'm', 1, 1, b'm', 1], Malformed::BadReplica),
        (vec![1, 1, 0xff, 1], Malformed::BadReplica),
        (long, Malformed::BadReplica),
        (vec![1, 2, b'm'], Malformed::Truncated),
        (vec![2, 1, b'm', 1], Malformed::Truncated),
    ] {
        assert_eq!(Input::new(&bytes).replicas(), Err(error), "{bytes:?}");
    }
}
