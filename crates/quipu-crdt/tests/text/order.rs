//! Who stands where: what is typed at the same place at the same time is not mixed, and the order of arrival is no matter.

use std::cmp::Ordering::{self, Greater, Less};

use quipu_crdt::text::plain::Plain;
use quipu_crdt::text::{Anchor, Bias, Edit, Offset, TextError, Unit};
use quipu_crdt::{Lattice, NodeName, ReplicaId, Text};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

fn insert(text: &mut Text, who: &str, at: usize, what: &str) -> Text {
    text.insert(replica(who), Offset::Chars(at), what).expect("within the text")
}

fn delete(text: &mut Text, who: &str, at: usize, count: usize) -> Text {
    text.delete(replica(who), Offset::Chars(at)..Offset::Chars(at + count)).expect("within the text")
}

/// How many stretches of one letter there are.
fn stretches(text: &str) -> usize {
    let letters: Vec<char> = text.chars().filter(|letter| letter.is_alphabetic()).collect();
    letters.chunk_by(|one, next| one == next).count()
}

/// Two people start from the same text, do as they are told, and join; in both orders of their ids.
fn side_by_side(start: &str, one: impl Fn(&mut Text, &str), other: impl Fn(&mut Text, &str)) -> Vec<String> {
    [("m", "n"), ("n", "m")]
        .map(|(first, second)| {
            let mut here = Text::default();
            insert(&mut here, "start", 0, start);
            let mut there = here.clone();
            one(&mut here, first);
            other(&mut there, second);
            let joined = here.clone().joined(&there);
            assert_eq!(joined, there.joined(&here));
            joined.to_string()
        })
        .into()
}

fn typed(text: &mut Text, who: &str, at: usize, letter: &str) {
    for by in 0..8 {
        insert(text, who, at + by, letter);
    }
}

fn typed_backwards(text: &mut Text, who: &str, at: usize, letter: &str) {
    for _ in 0..8 {
        insert(text, who, at, letter);
    }
}

#[test]
fn what_two_type_forward_at_one_place_is_not_mixed() {
    for start in ["", "-", "--"] {
        for at in 0..=start.len() {
            for text in side_by_side(
                start,
                |text, who| typed(text, who, at, "a"),
                |text, who| typed(text, who, at, "b"),
            ) {
                assert_eq!(stretches(&text), 2, "{text}");
            }
        }
    }
}

#[test]
fn what_two_type_backward_at_one_place_is_not_mixed() {
    for start in ["", "-", "--"] {
        for at in 0..=start.len() {
            let texts = side_by_side(
                start,
                |text, who| typed_backwards(text, who, at, "a"),
                |text, who| typed_backwards(text, who, at, "b"),
            );
            for text in texts {
                assert_eq!(stretches(&text), 2, "{text}");
            }
        }
    }
}

#[test]
fn forward_against_backward_is_not_mixed() {
    for text in side_by_side(
        "--",
        |text, who| typed(text, who, 1, "a"),
        |text, who| typed_backwards(text, who, 1, "b"),
    ) {
        assert_eq!(stretches(&text), 2, "{text}");
    }
}

#[test]
fn one_who_prepends_in_two_sessions_is_not_split() {
    // The second session is another life of the same person: it puts its text in front of what the first one wrote.
    let two_sessions = |text: &mut Text, who: &str| {
        typed(text, &format!("{who}1"), 1, "a");
        typed(text, &format!("{who}2"), 1, "a");
    };
    for text in side_by_side("--", two_sessions, |text, who| typed(text, who, 1, "b")) {
        assert_eq!(stretches(&text), 2, "{text}");
    }
}

/// All orders in which few things can be done.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(count - 1);
    let put = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, count - 1);
        order
    };
    (0..count).flat_map(|at| shorter.iter().map(move |order| put(order, at))).collect()
}

#[test]
fn six_changes_in_all_orders_make_one_state() {
    let (mut here, mut there) = (Text::default(), Text::default());
    let mut deltas = vec![insert(&mut here, "m", 0, "abcd")];
    there.join(&deltas[0]);
    deltas.push(delete(&mut here, "m", 1, 2));
    deltas.push(insert(&mut here, "m", 1, "é🪢"));
    deltas.push(insert(&mut there, "n", 2, "xy"));
    deltas.push(insert(&mut there, "n", 2, "z"));
    deltas.push(delete(&mut there, "n", 3, 2));
    let whole = here.joined(&there);
    for order in permutations(deltas.len()) {
        let mut text = Text::default();
        let mut shown = Vec::new();
        for number in &order {
            crate::recorded::follow(&mut shown, &text.apply(&deltas[*number], Unit::Utf16));
            assert_eq!(String::from_utf16(&shown).expect("whole characters"), text.to_string(), "{order:?}");
        }
        assert_eq!(text, whole, "{order:?}");
        assert_eq!(postcard::to_allocvec(&text), postcard::to_allocvec(&whole), "{order:?}");
    }
}

#[test]
fn two_updates_of_one_replica_out_of_order() {
    let mut here = Text::default();
    let first = insert(&mut here, "m", 0, "a");
    let second = insert(&mut here, "m", 1, "b");
    let mut there = Text::default();
    assert_eq!(there.apply(&second, Unit::Chars), []);
    assert_eq!(there.to_string(), "");
    assert!(there.includes(&second) && !there.includes(&first));
    there.join(&first);
    assert_eq!(there.to_string(), "ab");
    assert_eq!(there, here);
}

#[test]
fn a_deletion_that_comes_first_is_kept() {
    let mut here = Text::default();
    let typed = insert(&mut here, "m", 0, "abc");
    let deleted = delete(&mut here, "m", 1, 1);
    let mut there = Text::default();
    there.join(&deleted);
    assert_eq!(there.apply(&typed, Unit::Chars).len(), 2);
    assert_eq!((there.to_string().as_str(), &there), ("ac", &here));
}

#[test]
fn what_is_deleted_in_one_place_is_one_edit() {
    let mut here = Text::default();
    insert(&mut here, "m", 0, "abc");
    insert(&mut here, "n", 3, "é");
    let mut there = here.clone();
    let gone = delete(&mut here, "m", 1, 3);
    assert_eq!(there.apply(&gone, Unit::Bytes), [Edit::Delete { at: 1, len: 4 }]);
    assert_eq!(there, here);
}

#[test]
fn what_another_deleted_stays_deleted() {
    let mut here = Text::default();
    insert(&mut here, "m", 0, "abc");
    let mut there = here.clone();
    delete(&mut there, "n", 0, 3);
    let typed = insert(&mut here, "m", 3, "d");
    here.join(&there);
    assert_eq!(here.to_string(), "d");
    there.join(&typed);
    assert_eq!(here, there);
}

#[test]
fn edits_beside_tombstones_at_both_ends() {
    for seed in 0..6 {
        let (mut text, mut plain) = (Text::default(), Plain::default());
        let who = replica("m");
        for round in 0..40 {
            let len = text.len(Unit::Chars);
            let at = [0, len, len / 2, len.saturating_sub(1), len.min(1), (round * 7 + seed) % (len + 1)]
                [(round + seed) % 6];
            let count = (len - at).min(round % 3);
            text.delete(who, Offset::Chars(at)..Offset::Chars(at + count)).expect("within the text");
            plain.delete(at..at + count);
            insert(&mut text, "m", at, "xé"[..[1, 3][round % 2]].as_ref());
            plain.insert(who, at, &"xé"[..[1, 3][round % 2]]).expect("few");
            assert_eq!(text.to_string(), plain.to_text());
            let inserted = text.to_string().chars().nth(at);
            assert_eq!(inserted, Some('x'), "what was inserted at an index is there");
        }
    }
}

#[test]
fn a_new_life_does_not_reuse_numbers() {
    let mut lost = Text::default();
    let seen = insert(&mut lost, "m", 0, "old");
    // The disk is gone; the same node comes back as another replica and writes before it has heard of its past.
    let mut back = Text::default();
    back.insert(ReplicaId::new(NodeName::new("m"), 2), Offset::Chars(0), "new").expect("at the start");
    back.join(&seen);
    assert_eq!(back.len(Unit::Chars), 6);
    // Under the old id it must at least go on after what it has heard of.
    let mut again = Text::default();
    again.join(&seen);
    insert(&mut again, "m", 3, "er");
    assert_eq!(again.joined(&lost).to_string(), "older");
}

#[test]
fn anchors_move_with_the_text() {
    let mut text = Text::default();
    insert(&mut text, "m", 0, "aé🪢d");
    let at = |anchor: Anchor, text: &Text| text.resolve(anchor, Unit::Chars).expect("known");
    let left = text.anchor(Offset::Chars(2), Bias::Left).expect("in range");
    let right = text.anchor(Offset::Utf16(2), Bias::Right).expect("in range");
    let (start, end) = (
        text.anchor(Offset::Chars(0), Bias::Left).expect("in range"),
        text.anchor(Offset::Chars(4), Bias::Right).expect("in range"),
    );
    assert_eq!((at(left, &text), at(right, &text)), (2, 2));
    let mut other = text.clone();
    insert(&mut other, "n", 2, "XY");
    insert(&mut other, "n", 0, "Z");
    insert(&mut other, "n", 7, "!");
    text.join(&other);
    assert_eq!(text.to_string(), "ZaéXY🪢d!");
    assert_eq!((at(left, &text), at(right, &text), at(start, &text), at(end, &text)), (3, 5, 0, 8));
    assert_eq!(text.resolve(right, Unit::Bytes), Some(6));
    delete(&mut text, "m", 1, 6);
    assert_eq!((at(left, &text), at(right, &text)), (1, 1));
    assert_eq!(Text::default().resolve(left, Unit::Chars), None);
    let json = serde_json::to_string(&left).expect("serialises");
    assert_eq!(serde_json::from_str::<Anchor>(&json).expect("comes back"), left);
}

#[test]
fn an_anchor_holds_to_the_character_on_its_side() {
    let mut text = Text::default();
    insert(&mut text, "m", 0, "abc");
    for at in 0..=3 {
        let [left, right] =
            [Bias::Left, Bias::Right].map(|bias| text.anchor(Offset::Chars(at), bias).expect("in range"));
        let mut longer = text.clone();
        insert(&mut longer, "n", at, "XY");
        let now = |anchor| longer.resolve(anchor, Unit::Chars).expect("known");
        assert_eq!((now(left), now(right)), (at, at + 2));
        insert(&mut longer, "n", 5, "!");
        let end = longer.resolve(right, Unit::Chars).expect("known");
        assert_eq!(end, if at == 3 { 6 } else { at + 2 }, "only what is at the end stays at the end");
    }
    assert_eq!(text.anchor(Offset::Chars(4), Bias::Left).ok(), None);
}

#[test]
fn the_order_of_texts_is_that_of_knowledge() {
    let mut here = Text::default();
    insert(&mut here, "m", 0, "ab");
    let mut there = here.clone();
    assert_eq!(here.partial_cmp(&there), Some(Ordering::Equal));
    delete(&mut here, "m", 0, 2);
    assert_eq!((here.partial_cmp(&there), there.partial_cmp(&here)), (Some(Greater), Some(Less)));
    insert(&mut there, "n", 0, "c");
    assert_eq!(here.partial_cmp(&there), None);
    assert!(here.is_empty() && !there.is_empty() && Text::default().is_empty());
    assert_eq!(Text::default().partial_cmp(&here), Some(Less));
}

#[test]
fn too_much_at_once_is_refused() {
    let bytes = (1 << 28) + 1;
    let much = String::from_utf8(vec![0; bytes]).expect("zeros are characters");
    let mut text = Text::default();
    let error = text.insert(replica("m"), Offset::Chars(0), &much).err();
    assert_eq!(error, Some(TextError::TooLong { bytes }));
    assert!(text.is_bottom());
}

#[test]
fn a_failed_edit_changes_nothing() {
    let mut text = Text::default();
    insert(&mut text, "m", 0, "a🪢");
    let before = text.clone();
    let m = replica("m");
    let inside = Offset::Utf16(2);
    assert_eq!(text.insert(m, inside, "x"), Err(TextError::InsideCharacter { offset: inside }));
    assert_eq!(
        text.insert(m, Offset::Bytes(3), "x"),
        Err(TextError::InsideCharacter { offset: Offset::Bytes(3) })
    );
    let far = Offset::Chars(3);
    assert_eq!(text.insert(m, far, ""), Err(TextError::OutOfRange { offset: far, len: 2 }));
    assert_eq!(text.delete(m, Offset::Chars(0)..far), Err(TextError::OutOfRange { offset: far, len: 2 }));
    let (start, end) = (Offset::Chars(2), Offset::Bytes(1));
    assert_eq!(text.delete(m, start..end), Err(TextError::Reversed { start, end }));
    assert_eq!(text, before);
    assert!(text.insert(m, Offset::Chars(1), "").expect("in range").is_bottom());
    assert!(text.delete(m, Offset::Chars(1)..Offset::Chars(1)).expect("in range").is_bottom());
    assert_eq!(text, before);
}
