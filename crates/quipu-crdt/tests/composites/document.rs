//! The JSON-like document.

use quipu_crdt::{Causal, Document, DocumentError, DotStore, Float, Json, Lattice, ReplicaId, Step, path};

use crate::executions::{self, Dice};
use crate::{orders, replica};

type Doc = Causal<Document>;
type Change = fn(&mut Doc, ReplicaId) -> Result<Doc, DocumentError>;

fn texts(items: &str) -> Json {
    items.split_terminator(' ').collect()
}

fn field(key: &str, value: impl Into<Json>) -> Json {
    Json::from_iter([(key, value.into())])
}

#[test]
fn one_author_edits_a_plain_document() {
    let alice = replica("alice");
    let mut doc = Doc::default();
    doc.set(alice, &path!["a"], field("b", texts("x y"))).expect("writable");
    doc.set(alice, &path!["a", "c"], 1).expect("writable");
    doc.set(alice, &path!["a", "b", 0], Json::object()).expect("writable");
    doc.set(alice, &path!["a", "b", 0, "deep"], true).expect("writable");
    doc.insert(alice, &path!["a", "b", 2], Json::Null).expect("writable");
    doc.insert(alice, &path!["a", "b", 0], Float::new(0.5).expect("finite")).expect("writable");
    let list = Json::List(vec![
        Float::new(0.5).expect("finite").into(),
        field("deep", true),
        "y".into(),
        Json::Null,
    ]);
    assert_eq!(doc.value(), field("a", Json::from_iter([("b", list.clone()), ("c", 1.into())])));
    assert_eq!(doc.get(&path!["a", "b"]), Some(list));
    doc.remove(alice, &path!["a", "b", 1]).expect("there");
    doc.set(alice, &path!["a", "c"], Json::Counter(40)).expect("writable");
    doc.increment(alice, &path!["a", "c"], 3).expect("a counter");
    doc.increment(alice, &path!["a", "c"], -1).expect("a counter");
    assert_eq!(doc.get(&path!["a", "c"]), Some(Json::Counter(42)));
    assert_eq!(doc.get(&path!["a", "b", 1]), Some("y".into()));
    doc.remove(alice, &path!["a"]).expect("there");
    assert_eq!((doc.value(), DotStore::is_empty(doc.store())), (Json::object(), true));
}

#[test]
fn a_change_that_cannot_be_made_says_why_and_changes_nothing() {
    let alice = replica("alice");
    let mut doc = Doc::default();
    let start = Json::from_iter([("list", texts("x")), ("object", Json::object()), ("text", "x".into())]);
    doc.set(alice, &path!["root"], start).expect("writable");
    let before = doc.clone();
    let conflict = || Json::Conflict(vec![1.into(), 2.into()]);
    let refused = [
        (doc.set(alice, &[], 1), DocumentError::NotInRoot),
        (doc.set(alice, &path![0], 1), DocumentError::NotInRoot),
        (doc.remove(alice, &[]), DocumentError::NotInRoot),
        (doc.insert(alice, &path![0], 1), DocumentError::NotInRoot),
        (doc.set(alice, &path!["no", "x"], 1), DocumentError::NoSuchPlace),
        (doc.set(alice, &path!["root", "no", "x"], 1), DocumentError::NoSuchPlace),
        (doc.set(alice, &path!["root", "list", 1], 1), DocumentError::NoSuchPlace),
        (doc.insert(alice, &path!["root", "list", 2], 1), DocumentError::NoSuchPlace),
        (doc.remove(alice, &path!["no"]), DocumentError::NoSuchPlace),
        (doc.remove(alice, &path!["root", "no"]), DocumentError::NoSuchPlace),
        (doc.remove(alice, &path!["root", "list", 1]), DocumentError::NoSuchPlace),
        (doc.increment(alice, &path!["no"], 1), DocumentError::NoSuchPlace),
        (doc.set(alice, &path!["root", "text", "x"], 1), DocumentError::NotAnObject),
        (doc.set(alice, &path!["root", "list", "x"], 1), DocumentError::NotAnObject),
        (doc.set(alice, &path!["root", 0], 1), DocumentError::NotAList),
        (doc.insert(alice, &path!["root", 0], 1), DocumentError::NotAList),
        (doc.insert(alice, &path!["root", "list"], 1), DocumentError::NotAList),
        (doc.increment(alice, &path!["root", "text"], 1), DocumentError::NotACounter),
        (doc.set(alice, &path!["root", "x"], conflict()), DocumentError::NotWritable),
        (doc.set(alice, &path!["root", "x"], Json::List(vec![conflict()])), DocumentError::NotWritable),
        (doc.set(alice, &path!["root", "x"], Json::Counter(i128::MAX)), DocumentError::NotWritable),
    ];
    for (number, (result, error)) in refused.into_iter().enumerate() {
        assert_eq!(result, Err(error), "{number}");
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(doc, before);
    assert_eq!((Float::new(f64::NAN), Float::new(f64::INFINITY)), (None, None));
}

/// What it is about, the field `a` before, what Alice and Bob do to it, and the field after.
type Row = (&'static str, Json, Change, Change, Option<Json>);

fn rows_of_objects() -> Vec<Row> {
    let object = || field("old", true);
    vec![
        (
            "two fields",
            object(),
            |doc, id| doc.set(id, &path!["a", "x"], 1),
            |doc, id| doc.set(id, &path!["a", "y"], 2),
            Some(Json::from_iter([("old", true.into()), ("x", Json::Int(1)), ("y", Json::Int(2))])),
        ),
        (
            "two values",
            object(),
            |doc, id| doc.set(id, &path!["a"], 1),
            |doc, id| doc.set(id, &path!["a"], 2),
            Some(Json::Conflict(vec![1.into(), 2.into()])),
        ),
        (
            "one value twice",
            object(),
            |doc, id| doc.set(id, &path!["a"], 1),
            |doc, id| doc.set(id, &path!["a"], 1),
            Some(1.into()),
        ),
        (
            "two objects",
            object(),
            |doc, id| doc.set(id, &path!["a"], field("x", 1)),
            |doc, id| doc.set(id, &path!["a"], field("y", 2)),
            Some(Json::from_iter([("x", 1), ("y", 2)])),
        ),
        (
            "a list and a value",
            object(),
            |doc, id| doc.set(id, &path!["a"], Json::list()),
            |doc, id| doc.set(id, &path!["a"], 1),
            Some(Json::Conflict(vec![Json::list(), 1.into()])),
        ),
        (
            "removed and changed inside",
            object(),
            |doc, id| doc.remove(id, &path!["a"]),
            |doc, id| doc.set(id, &path!["a", "x"], 1),
            Some(field("x", 1)),
        ),
        (
            "replaced and changed inside",
            object(),
            |doc, id| doc.set(id, &path!["a"], 1),
            |doc, id| doc.set(id, &path!["a", "x"], 2),
            Some(Json::Conflict(vec![field("x", 2), 1.into()])),
        ),
    ]
}

fn rows_of_counters_and_lists() -> Vec<Row> {
    let object = || field("old", true);
    vec![
        (
            "counted by both",
            Json::Counter(5),
            |doc, id| doc.increment(id, &path!["a"], 1),
            |doc, id| doc.increment(id, &path!["a"], 1),
            Some(Json::Counter(7)),
        ),
        (
            "counted and removed",
            Json::Counter(5),
            |doc, id| doc.increment(id, &path!["a"], 1),
            |doc, id| doc.remove(id, &path!["a"]),
            Some(Json::Counter(1)),
        ),
        (
            "an item changed and removed",
            Json::List(vec![object(), 3.into()]),
            |doc, id| doc.set(id, &path!["a", 0, "x"], 1),
            |doc, id| doc.remove(id, &path!["a", 0]),
            Some(Json::List(vec![field("x", 1), 3.into()])),
        ),
        (
            "two items at one place",
            texts("a z"),
            |doc, id| doc.insert(id, &path!["a", 1], "by alice"),
            |doc, id| doc.insert(id, &path!["a", 1], "by bob"),
            Some(Json::from_iter(["a", "by alice", "by bob", "z"])),
        ),
        (
            "removed twice",
            object(),
            |doc, id| doc.remove(id, &path!["a"]),
            |doc, id| doc.remove(id, &path!["a"]),
            None,
        ),
    ]
}

/// The module's table, in every order of delivery, with another field beside.
#[test]
fn concurrent_changes_end_as_the_table_says() {
    let (alice, bob, carol) = (replica("alice"), replica("bob"), replica("carol"));
    for (name, value, alices, bobs, expected) in
        rows_of_objects().into_iter().chain(rows_of_counters_and_lists())
    {
        let mut start = Doc::default();
        let unrelated = start.set(carol, &path!["unrelated"], 1).expect("writable");
        let first = start.set(carol, &path!["a"], value).expect("writable");
        let one = alices(&mut start.clone(), alice).expect("writable");
        let two = bobs(&mut start.clone(), bob).expect("writable");
        for order in orders(4) {
            let mut state = Doc::default();
            for at in order {
                state.join([&first, &one, &two, &unrelated][at]);
            }
            assert_eq!(state.get(&path!["a"]), expected, "{name}");
            assert_eq!(state.get(&path!["unrelated"]), Some(1.into()), "{name}");
        }
    }
}

#[test]
fn a_conflict_is_resolved_alike_everywhere_and_ended_by_a_write() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut at_alice = Doc::default();
    let mut at_bob = Doc::default();
    at_alice.set(alice, &path!["a"], "text").expect("writable");
    at_bob.set(bob, &path!["a"], field("x", 1)).expect("writable");
    at_alice.join(&at_bob);
    let both = at_alice.get(&path!["a"]).expect("there");
    assert_eq!(both, Json::Conflict(vec![field("x", 1), "text".into()]));
    assert_eq!(at_alice.value().resolved(), field("a", field("x", 1)));
    // What is inside stays within reach, and a write ends it.
    at_alice.set(alice, &path!["a", "x"], 2).expect("writable");
    assert_eq!(at_alice.get(&path!["a", "x"]), Some(2.into()));
    at_alice.set(alice, &path!["a"], "ended").expect("writable");
    assert_eq!(at_alice.value(), field("a", "ended"));
}

/// Two replicas insert eight items each at one place, forwards, backwards, or one and then in front of it: two runs.
#[test]
fn runs_inserted_at_the_same_time_are_not_interleaved() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    for around in ["", "< >", "<", ">"] {
        for (forwards, bob_forwards) in [(true, true), (false, false), (true, false), (false, true)] {
            let mut at_alice = Doc::default();
            at_alice.set(replica("carol"), &path!["a"], texts(around)).expect("writable");
            let mut at_bob = at_alice.clone();
            let at = usize::from(around.starts_with('<'));
            for number in 0..8 {
                let place = |forwards| if forwards { at + number } else { at };
                at_alice.insert(alice, &path!["a", place(forwards)], "alice").expect("writable");
                at_bob.insert(bob, &path!["a", place(bob_forwards)], "bob").expect("writable");
            }
            at_alice.join(&at_bob);
            let Some(Json::List(items)) = at_alice.get(&path!["a"]) else { panic!("a list") };
            assert_eq!(items.len(), 16 + around.split_whitespace().count());
            let turns = items.windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert_eq!(turns, 1 + around.split_whitespace().count(), "{items:?}");
        }
    }
}

#[test]
fn a_removed_item_leaves_nothing_and_its_place_is_found_again() {
    let alice = replica("alice");
    let mut doc = Doc::default();
    doc.set(alice, &path!["a"], Json::list()).expect("writable");
    let empty = DotStore::dots(doc.store()).len();
    for number in 0..100_usize {
        doc.insert(alice, &path!["a", number / 2], i64::try_from(number).expect("small")).expect("writable");
    }
    for _ in 0..100 {
        doc.remove(alice, &path!["a", 0]).expect("there");
    }
    assert_eq!((doc.get(&path!["a"]), DotStore::dots(doc.store()).len()), (Some(Json::list()), empty));
}

fn nested(levels: usize, list: bool) -> Json {
    (1..levels).fold(Json::Null, |value, _| if list { Json::List(vec![value]) } else { field("a", value) })
}

#[test]
fn the_depth_is_limited_for_every_change() {
    let alice = replica("alice");
    let max = Document::DEPTH_MAX;
    let mut doc = Doc::default();
    doc.set(alice, &path!["a"], nested(max, true)).expect("as deep as can be");
    let before = doc.clone();
    let bottom: Vec<Step<'_>> = [Step::Key("a")].into_iter().chain((1..max).map(|_| Step::At(0))).collect();
    assert_eq!(doc.get(&bottom), Some(Json::Null));
    assert_eq!(doc.set(alice, &bottom, Json::list()).map(|_| ()), Ok(()));
    let deeper: Vec<Step<'_>> = bottom.iter().copied().chain([Step::At(0)]).collect();
    assert_eq!(doc.set(alice, &bottom, Json::List(vec![1.into()])), Err(DocumentError::TooDeep));
    assert_eq!(doc.insert(alice, &deeper, 1), Err(DocumentError::TooDeep));
    assert_eq!(doc.increment(alice, &deeper, 1), Err(DocumentError::TooDeep));
    assert_eq!(doc.set(alice, &path!["b"], nested(max + 1, false)), Err(DocumentError::TooDeep));
    let very = vec![Step::Key("a"); 100_000];
    assert_eq!(doc.set(alice, &very, 1), Err(DocumentError::TooDeep));
    assert_eq!(doc.get(&very), None);
    assert!(doc.includes(&before));
}

/// A random change of a document with few keys, so that changes meet.
fn edit(doc: &mut Doc, id: ReplicaId, dice: &mut Dice) -> Doc {
    let keys = ["a", "b"];
    let mut key = || keys[usize::from(dice.throw(2) == 0)];
    let (first, second) = (key(), key());
    let index = usize::try_from(dice.throw(3)).expect("small");
    let value = match dice.throw(6) {
        0 => Json::object(),
        1 => texts("x y"),
        2 => field(second, Json::Counter(1)),
        3 => Json::Counter(i128::from(dice.throw(3))),
        4 => Json::List(vec![field(second, 1)]),
        _ => Json::Int(i64::try_from(dice.throw(3)).expect("small")),
    };
    let changed = match dice.throw(9) {
        0 => doc.remove(id, &path![first]),
        1 => doc.remove(id, &path![first, second]),
        2 => doc.remove(id, &path![first, index]),
        3 => doc.increment(id, &path![first], 1),
        4 => doc.increment(id, &path![first, second], -1),
        5 => doc.insert(id, &path![first, index], value),
        6 => doc.set(id, &path![first, index], value),
        7 => doc.set(id, &path![first, second], value),
        _ => doc.set(id, &path![first], value),
    };
    changed.unwrap_or_default()
}

#[test]
fn the_laws_hold_on_executions() {
    executions::run::<Document>(600, edit, |doc| {
        assert_eq!(doc.value() == Json::object(), DotStore::is_empty(doc.store()));
        assert_eq!(doc.value().resolved(), doc.value().resolved().resolved());
    });
}

#[cfg(feature = "serde")]
mod wire {
    use serde_json::{from_str, to_string};

    use super::*;

    #[test]
    fn it_comes_back_from_both_encodings() {
        executions::run::<Document>(20, edit, crate::both_encodings);
        let alice = replica("alice");
        let mut doc = Doc::default();
        doc.set(alice, &path!["f"], Float::new(-0.1).expect("finite")).expect("writable");
        doc.set(alice, &path!["l"], texts("x")).expect("writable");
        doc.set(alice, &path!["n"], Json::Counter(2)).expect("writable");
        let list = r#"{"is":[[["alice@1",2],"list"]],"items":[[[[0,[],["alice@1",3],0]],{"is":[[["alice@1",3],{"text":"x"}]]}]]}"#;
        let number = r#"{"is":[[["alice@1",4],"counter"]],"steps":{"alice@1":[[5,5,2]]}}"#;
        let text =
            format!(r#"{{"f":{{"is":[[["alice@1",1],{{"float":"-0.1"}}]]}},"l":{list},"n":{number}}}"#);
        assert_eq!(to_string(doc.store()).expect("text"), text);
        crate::both_encodings(&doc);
    }

    #[test]
    fn the_deepest_document_comes_back_and_a_deeper_one_is_refused() {
        let alice = replica("alice");
        for list in [true, false] {
            let mut doc = Doc::default();
            doc.set(alice, &path!["a"], nested(Document::DEPTH_MAX, list)).expect("as deep as can be");
            crate::both_encodings(&doc);
        }
        // One level more, by hand: each level is one field "a" under its own dot.
        let level = |number: usize, inner: &str| {
            let comma = if inner.is_empty() { "" } else { "," };
            format!(r#"{{"is":[[["n@1",{number}],"object"]]{comma}{inner}}}"#)
        };
        let deep = |levels: usize| {
            let wrap = |inner: String, number| format!(r#""fields":{{"a":{}}}"#, level(number, &inner));
            let inner = (1..=levels).rev().fold(String::new(), wrap);
            inner.trim_start_matches(r#""fields":"#).to_string()
        };
        assert!(from_str::<Document>(&deep(Document::DEPTH_MAX)).is_ok());
        let error = from_str::<Document>(&deep(Document::DEPTH_MAX + 1)).expect_err("too deep").to_string();
        assert!(error.contains("levels deep"), "{error}");
    }

    /// Binary formats have no limit of their own: a million levels are refused at the thirty-third.
    #[test]
    fn nesting_without_end_is_refused_in_bytes() {
        // A map of one key "a" to a node of one part, `fields`, which is such a map, and so on.
        let bytes: Vec<u8> = [1, 1, b'a', 1, 1].into_iter().cycle().take(5_000_000).collect();
        assert!(postcard::from_bytes::<Document>(&bytes).is_err());
        // The same with lists: one part, `items`, one item, its position of one place, a node of one part ...
        let item: &[u8] = &[1, 2, 1, 1, 0, 0, 3, b'a', b'@', b'1', 1, 0];
        let lists: Vec<u8> =
            [1, 1, b'a'].into_iter().chain(item.iter().copied().cycle().take(5_000_000)).collect();
        assert!(postcard::from_bytes::<Document>(&lists).is_err());
    }

    #[test]
    fn what_no_replica_writes_is_refused() {
        let node = |parts: &str| format!(r#"{{"a": {{{parts}}}}}"#);
        let item = |place: &str, dot: u32| format!(r#"[[{place}], {{"is": [[["n@1", {dot}], "null"]]}}]"#);
        let place = |digits: &str, index: i64| format!(r#"[0, [{digits}], ["n@1", 1], {index}]"#);
        let items = |items: &str| node(&format!(r#""items": [{items}]"#));
        assert!(from_str::<Document>(&items(&item(&place("", 0), 1))).is_ok());
        let twice = format!("{}, {}", item(&place("", 0), 1), item(&place("", 0), 2));
        let backwards = format!("{}, {}", item(&place("", 1), 2), item(&place("", 0), 1));
        let one_dot = format!("{}, {}", item(&place("", 0), 1), item(&place("", 1), 1));
        for text in [
            node(""),
            node(r#""is": []"#),
            node(r#""is": [[["n@1", 1], "thing"]]"#),
            node(r#""is": [[["n@1", 1], {"float": "NaN"}]]"#),
            node(r#""is": [[["n@1", 1], {"float": "1"}]]"#),
            node(r#""fields": {}"#),
            node(r#""is": [[["n@1", 1], "counter"]], "steps": {"n@1": [[1, 1, 1]]}"#),
            node(r#""is": [[["n@1", 1], "null"]], "is": [[["n@1", 2], "null"]]"#),
            node(r#""other": {}"#),
            items(""),
            items(&item("", 1)),
            items(&item(&place("0", 0), 1)),
            items(&item(&place("1, 0", 0), 1)),
            items(&item(r#"[9223372036854775807, [], ["n@1", 1], 0]"#, 1)),
            items(&twice),
            items(&one_dot),
        ] {
            assert!(from_str::<Document>(&text).is_err(), "{text}");
        }
        let fields_in_any_order = node(r#""steps": {"n@1": [[2, 2, 1]]}, "is": [[["n@1", 1], "counter"]]"#);
        for text in [fields_in_any_order, items(&backwards)] {
            assert!(from_str::<Document>(&text).is_ok(), "{text}");
        }
        let unseen = r#"{"seen": {}, "alive": {"a": {"is": [[["n@1", 1], "null"]]}}}"#;
        assert!(from_str::<Doc>(unseen).is_err());
    }
}
