//! What texts know, and what one knows that another does not.

use quipu_crdt::text::Offset;
use quipu_crdt::{Lattice, NodeName, ReplicaId, Text};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

fn insert(text: &mut Text, who: &str, at: usize, what: &str) -> Text {
    text.insert(replica(who), Offset::Chars(at), what).expect("within the text")
}

fn delete(text: &mut Text, at: usize, count: usize) -> Text {
    text.delete(replica("m"), Offset::Chars(at)..Offset::Chars(at + count)).expect("within the text")
}

/// A text of one run, parts of which may be deleted and without text.
fn from_json(json: &str) -> Text {
    serde_json::from_str(json).expect("well formed")
}

#[test]
fn texts_that_say_different_things_are_not_equal() {
    let typed = |who: &str, what: &str, gone: usize| {
        let mut text = Text::default();
        insert(&mut text, who, 0, what);
        delete(&mut text, gone, 1);
        text
    };
    let mut longer = typed("m", "abc", 0);
    insert(&mut longer, "m", 2, "d");
    delete(&mut longer, 2, 1);
    let after = |left: &str, right: &str| {
        let run = format!(r#"{{"id":["n@1",1]{left}{right},"text":"x"}}"#);
        from_json(&format!(r#"{{"runs":[{{"id":["m@1",1],"text":"ab"}},{run}],"deleted":[["m@1",1,2]]}}"#))
    };
    let (left_a, left_b, right_b) = (r#","left":["m@1",1]"#, r#","left":["m@1",2]"#, r#","right":["m@1",2]"#);
    let mut different = vec![
        Text::default(),
        typed("m", "abc", 0),
        typed("m", "abc", 2),
        typed("n", "abc", 0),
        typed("m", "abd", 0),
        longer,
        after(left_a, right_b),
        after(left_a, ""),
        after("", right_b),
        after(left_b, ""),
        after("", ""),
    ];
    // What waits for what it builds on. Of what is deleted the text does not count, so there is no y.
    for (what, deleted) in
        [("x", ""), ("y", ""), ("xy", ""), ("x", r#"["n@1",1,2]"#), ("xy", r#"["n@1",1,2]"#)]
    {
        different.extend([left_a, left_b, right_b].map(|origin| {
            let run = format!(r#"{{"id":["n@1",1]{origin},"text":"{what}"}}"#);
            from_json(&format!(r#"{{"runs":[{run}],"deleted":[{deleted}]}}"#))
        }));
    }
    for (at, one) in different.iter().enumerate() {
        assert_eq!(*one, one.clone().joined(one));
        for other in &different[at + 1..] {
            assert_ne!(one, other);
            assert_ne!(other, one);
        }
    }
}

#[test]
fn what_is_beyond_a_version_is_no_more_than_that() {
    let mut text = Text::default();
    let first = insert(&mut text, "m", 0, "ab");
    let version = text.version();
    let second = insert(&mut text, "m", 2, "cd");
    let other = insert(&mut text, "n", 0, "e");
    assert_eq!(text.since(&version), second.clone().joined(&other));
    assert_eq!(text.since(&Text::default().version()), text);
    assert!(text.since(&text.version()).is_bottom());
    // What waits is known too.
    let waiting = second.clone().joined(&other);
    assert_eq!(waiting.since(&version), waiting);
    assert_eq!(second.since(&Text::default().version()), second);
    assert_eq!(first.joined(&waiting), text);
}

#[test]
fn what_waits_counts_for_the_version() {
    let mut text = Text::default();
    let first = insert(&mut text, "m", 0, "ab");
    let between = insert(&mut text, "n", 2, "x");
    let waits = insert(&mut text, "m", 3, "cd");
    let mut there = first.joined(&waits);
    assert_eq!((there.to_string().as_str(), there.version().of(replica("m"))), ("ab", 4));
    assert_eq!(waits.version().of(replica("m")), 0, "there is a gap before it");
    there.join(&between);
    assert_eq!(there, text);
}

#[test]
fn a_run_without_text_that_is_known_in_part_brings_only_the_rest() {
    let mut text = Text::default();
    let mut there = insert(&mut text, "m", 0, "abcd");
    insert(&mut text, "m", 4, "ef");
    delete(&mut text, 2, 4);
    let text = text.without_deleted_text();
    there.join(&text.difference(&there));
    assert_eq!((there.to_string().as_str(), &there), ("ab", &text));
}
