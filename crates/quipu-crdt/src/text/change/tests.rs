//! Runs, ranges and short texts: when they are one, and when they are equal.

use alloc::vec;

use super::*;
use crate::NodeName;

fn id(name: &str, seq: u32) -> Id {
    Id { replica: ReplicaId::new(NodeName::new(name), 1), seq }
}

fn run(seq: u32, left: Option<Id>, text: &str) -> Run {
    let chars = u32::try_from(text.chars().count()).unwrap();
    Run { id: id("m", seq), left, right: None, chars, text: Some(Snippet::new(text)) }
}

fn dropped(seq: u32, left: Option<Id>, chars: u32) -> Run {
    Run { text: None, chars, ..run(seq, left, "") }
}

/// A text that takes no memory until it is written to.
fn zeros(bytes: usize) -> Snippet {
    Snippet::Heap(String::from_utf8(vec![0; bytes]).unwrap())
}

#[test]
fn a_run_takes_in_what_goes_on_where_it_ends() {
    let long = "é".repeat(9000);
    for (one, next, whole) in [
        (run(1, None, "ab"), run(3, Some(id("m", 2)), "cd"), run(1, None, "abcd")),
        (run(1, None, &long), run(9001, Some(id("m", 9000)), &long), run(1, None, &long.repeat(2))),
        (dropped(4, None, 2), dropped(6, Some(id("m", 5)), 3), dropped(4, None, 5)),
    ] {
        let mut joined = one.clone();
        assert!(joined.extend(&next));
        assert_eq!(joined, whole);
        assert_eq!((joined.slice(0, one.chars), joined.slice(one.chars, whole.chars)), (one, next));
    }
}

#[test]
fn a_run_takes_in_nothing_else() {
    let one = run(1, None, "ab");
    let other_right = Run { right: Some(id("n", 1)), ..run(3, Some(id("m", 2)), "c") };
    let other_replica = Run { id: id("n", 3), ..run(3, Some(id("m", 2)), "c") };
    for next in [
        run(4, Some(id("m", 2)), "c"),
        run(3, Some(id("m", 1)), "c"),
        run(3, None, "c"),
        other_right,
        other_replica,
        dropped(3, Some(id("m", 2)), 1),
    ] {
        let mut same = one.clone();
        assert!(!same.extend(&next), "{next:?}");
        assert_eq!(same, one);
    }
    assert!(!dropped(1, None, 2).extend(&run(3, Some(id("m", 2)), "c")));
}

#[test]
fn no_run_grows_beyond_what_a_span_holds() {
    let most = Span::MOST_BYTES;
    let chars = u32::try_from(most).unwrap() - 1;
    let mut run_of_most = Run { chars, text: Some(zeros(most - 1)), ..run(1, None, "") };
    let next = |seq: u32| run(seq, Some(id("m", seq - 1)), "x");
    assert!(run_of_most.extend(&next(chars + 1)));
    assert!(!run_of_most.extend(&next(chars + 2)));
    assert_eq!(run_of_most.chars, chars + 1);
}

#[test]
fn a_text_is_the_same_however_it_is_kept() {
    for len in [0, 1, INLINE - 1, INLINE, INLINE + 1, 3 * INLINE] {
        for more in [0, 1, INLINE - 1, INLINE, INLINE + 1] {
            let (text, end) = ("x".repeat(len), "y".repeat(more));
            let mut snippet = Snippet::new(&text);
            snippet.push_str(&end);
            let whole = text + &end;
            assert_eq!(snippet.as_str(), whole);
            assert_eq!(snippet, Snippet::new(&whole));
            assert_ne!(snippet, Snippet::new(&(whole + "z")));
        }
    }
    assert!(
        matches!(Snippet::new(&"x".repeat(INLINE)), Snippet::Inline { .. }),
        "what is short needs no memory"
    );
    assert_ne!(run(1, None, "a"), run(1, None, "b"));
    assert_ne!(run(1, None, "a"), dropped(1, None, 1));
}

#[test]
fn ranges_in_any_order_are_a_list_that_is_as_short_as_can_be() {
    let range = |name: &str, start: u32, end: u32| IdRange { replica: id(name, 1).replica, start, end };
    let (first, second) = (range("m", 2, 5), range("n", 5, 7));
    assert!(matches!(Ranges::of(vec![]), Ranges::None));
    assert!(matches!(Ranges::of(vec![first]), Ranges::One(only) if only == first));
    for (ranges, shortest) in [
        (vec![second, first], vec![first, second]),
        (vec![range("m", 4, 5), range("m", 2, 3), range("m", 3, 4)], vec![first]),
        (vec![range("m", 2, 5), range("m", 3, 4)], vec![first]),
        (vec![first, range("m", 6, 7)], vec![first, range("m", 6, 7)]),
    ] {
        assert_eq!(Ranges::of(ranges).as_slice(), shortest);
    }
    assert_ne!(Ranges::of(vec![first]), Ranges::of(vec![first, second]));
}
