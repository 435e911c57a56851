//! The serialised forms.

use quipu_crdt::text::{Offset, TextError, Unit};
use quipu_crdt::{Lattice, NodeName, ReplicaId, Text};

pub(crate) fn recoded_json(text: &Text) -> Text {
    let json = serde_json::to_string(text).expect("serialises");
    let back: Text = serde_json::from_str(&json).expect("comes back");
    assert_eq!(serde_json::to_string(&back).expect("serialises"), json, "one form");
    back
}

pub(crate) fn recoded_binary(text: &Text) -> Text {
    let bytes = postcard::to_allocvec(text).expect("serialises");
    let back: Text = postcard::from_bytes(&bytes).expect("comes back");
    assert_eq!(postcard::to_allocvec(&back).expect("serialises"), bytes, "one form");
    back
}

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

/// A text of two replicas with all that a form can hold: many pieces, deleted text, and parts that wait.
fn rich() -> Text {
    let (mut here, mut there) = (Text::default(), Text::default());
    let (m, n) = (replica("m"), replica("n"));
    for round in 0..12 {
        let at = Offset::Chars(here.len(Unit::Chars) / 2);
        here.insert(m, at, ["ab", "é", "日本語", "🪢"][round % 4]).expect("within the text");
        let at = Offset::Chars(there.len(Unit::Chars) / 3);
        there.insert(n, at, "xyz").expect("within the text");
        if round % 3 == 0 {
            here.join(&there);
            let end = Offset::Chars(here.len(Unit::Chars) / 2);
            here.delete(m, Offset::Chars(1)..end).expect("within the text");
        }
    }
    let lost = there.insert(n, Offset::Chars(0), "lost").expect("at the start");
    let late = there.insert(n, Offset::Chars(2), "late").expect("within the text");
    here.join(&late);
    here.join(&there.delete(n, Offset::Chars(0)..Offset::Chars(1)).expect("within the text"));
    assert!(!here.includes(&lost));
    here
}

/// What is accepted must be a state that can be used.
fn accepted(bytes: &[u8], honest: &Text) -> bool {
    let Ok(text) = postcard::from_bytes::<Text>(bytes) else { return false };
    let back: Text =
        postcard::from_bytes(&postcard::to_allocvec(&text).expect("serialises")).expect("comes back");
    assert_eq!(back, text);
    assert_eq!(text.clone().joined(&text), text);
    assert!(text.difference(&text).is_bottom());
    let mut joined = honest.clone();
    joined.apply(&text, Unit::Utf16);
    text.joined(honest).to_string();
    true
}

#[test]
fn damaged_bytes_are_refused_or_are_a_text() {
    let honest = rich();
    let delta = honest.difference(&Text::default());
    let typed = honest.clone().insert(replica("m"), Offset::Chars(1), "é").expect("within the text");
    let gone =
        honest.clone().delete(replica("m"), Offset::Chars(0)..Offset::Chars(4)).expect("within the text");
    let (mut refused, mut taken) = (0, 0);
    for text in [&honest, &honest.without_deleted_text(), &delta, &typed, &gone] {
        let bytes = postcard::to_allocvec(text).expect("serialises");
        assert!(accepted(&bytes, &honest));
        for at in 0..bytes.len() {
            assert!(!accepted(&bytes[..at], &honest), "cut at {at}");
            for change in [1, 2, 4, 0x10, 0x40, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= change;
                if accepted(&damaged, &honest) { taken += 1 } else { refused += 1 }
            }
            let mut doubled = bytes.clone();
            doubled.insert(at, bytes[at]);
            accepted(&doubled, &honest);
        }
    }
    assert!(refused > 1000 && taken > 100, "{refused} refused, {taken} taken");
}

#[test]
fn what_expands_too_much_is_written_as_it_is() {
    let mut text = Text::default();
    text.insert(replica("m"), Offset::Chars(0), &"a".repeat(100_000)).expect("at the start");
    let bytes = postcard::to_allocvec(&text).expect("serialises");
    assert!(bytes.len() > 100_000, "{}", bytes.len());
    assert_eq!(recoded_binary(&text), text);
    let mut varied = Text::default();
    let words: Vec<String> =
        (0..20_000_u32).map(|word| word.wrapping_mul(2_654_435_761).to_string()).collect();
    let words = words.join(" ");
    varied.insert(replica("m"), Offset::Chars(0), &words).expect("at the start");
    assert!(postcard::to_allocvec(&varied).expect("serialises").len() < words.len() / 2);
}

#[test]
fn a_typed_character_takes_few_bytes() {
    let mut text = rich();
    let m = replica("m");
    text.insert(m, Offset::Chars(0), &"some text ".repeat(5000)).expect("at the start");
    let typed = text.insert(m, Offset::Chars(20_000), "x").expect("within the text");
    let name = "m".len() + 2;
    assert!(postcard::to_allocvec(&typed).expect("serialises").len() <= name + 12);
    let gone = text.delete(m, Offset::Chars(20_000)..Offset::Chars(20_001)).expect("within the text");
    assert!(postcard::to_allocvec(&gone).expect("serialises").len() <= name + 8);
}

#[test]
fn the_readable_form_is_as_documented() {
    let mut text = Text::default();
    text.insert(replica("m"), Offset::Chars(0), "ab").expect("at the start");
    text.insert(replica("n"), Offset::Chars(1), "é").expect("within the text");
    text.delete(replica("n"), Offset::Chars(0)..Offset::Chars(1)).expect("within the text");
    let json = r#"{"runs":[{"id":["m@1",1],"text":"ab"},{"id":["n@1",1],"left":["m@1",1],"right":["m@1",2],"text":"é"}],"deleted":[["m@1",1,2]]}"#;
    assert_eq!(serde_json::to_string(&text).expect("serialises"), json);
    assert_eq!(recoded_json(&text), text);
    for (part, broken) in [
        (r#""text":"ab""#, r#""text":"""#),
        (r#""text":"ab""#, r#""text":"ab","dropped":2"#),
        (r#""text":"ab""#, r#""dropped":2"#),
        (r#"["m@1",1,2]"#, r#"["m@1",2,2]"#),
        (r#"["m@1",1,2]"#, r#"["m@1",0,2]"#),
        (r#"["m@1",1,2]"#, r#"["m@1",1,2],["m@1",1,3]"#),
        (r#""id":["n@1",1]"#, r#""id":["m@1",2]"#),
        (r#""id":["n@1",1]"#, r#""id":["n@1",4294967295]"#),
        (r#""left":["m@1",1]"#, r#""left":["m@1",0]"#),
        (r#""left":["m@1",1]"#, r#""left":["m@1",2]"#),
    ] {
        let bad = json.replace(part, broken);
        assert_ne!(bad, json);
        assert!(serde_json::from_str::<Text>(&bad).is_err(), "{bad}");
    }
}

#[test]
fn dropped_text_that_waits_is_equal_to_kept_text_that_waits() {
    let (m, n) = (replica("m"), replica("n"));
    let mut text = Text::default();
    let first = text.insert(m, Offset::Chars(0), "a").expect("at the start");
    text.insert(n, Offset::Chars(1), "bcd").expect("within the text");
    text.delete(n, Offset::Chars(2)..Offset::Chars(3)).expect("within the text");
    let kept = text.difference(&first);
    let dropped = text.without_deleted_text().difference(&first);
    assert_eq!(kept, dropped);
    assert_eq!(dropped, kept);
    assert_eq!(recoded_binary(&dropped), kept);
    assert_eq!(recoded_json(&dropped), kept);
    assert_eq!(kept.clone().joined(&dropped), dropped.clone().joined(&kept));
    assert_eq!(first.joined(&dropped).to_string(), "abd");
}

#[test]
fn numbers_go_up_to_the_last() {
    let json =
        r#"{"runs":[{"id":["m@1",4294967290],"text":"abcd"}],"deleted":[["m@1",4294967291,4294967292]]}"#;
    let mut text: Text = serde_json::from_str(json).expect("well formed");
    assert_eq!(text.to_string(), "acd");
    assert_eq!(serde_json::to_string(&text).expect("serialises"), json);
    assert_eq!((recoded_binary(&text), recoded_json(&text)), (text.clone(), text.clone()));
    let m = replica("m");
    let exhausted = Err(TextError::Exhausted { replica: m });
    assert_eq!(text.insert(m, Offset::Chars(3), "ef"), exhausted);
    text.insert(m, Offset::Chars(3), "e").expect("one number is left");
    assert_eq!(text.insert(m, Offset::Chars(3), "f"), exhausted);
    assert_eq!(text.to_string(), "acde");
}
