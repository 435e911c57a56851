//! What holds of every document inside, whatever was done to it: each part is checked against the others.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use fastrand::Rng;

use super::change::Id;
use super::sequence::Sequence;
use super::span::{Local, Measure, Span};
use super::{Known, Offset, Text, Unit};
use crate::{Lattice, NodeName, ReplicaId};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

impl Text {
    /// Panics unless the parts of the document agree.
    fn assert_sound(&self) {
        if let Known::Much(sequence) = &self.known {
            sequence.assert_sound();
        }
    }

    fn spans(&self) -> usize {
        self.read().tree.iter().count()
    }
}

impl Sequence {
    fn assert_sound(&self) {
        self.tree.assert_sound();
        self.pending.assert_sound();
        let cursor = self.cursor;
        let is_empty = self.tree.iter().next().is_none();
        assert!(cursor.index < self.tree.leaf(cursor.leaf).spans.len() || is_empty && cursor.index == 0);
        assert_eq!(cursor.start, self.tree.start_of(cursor.leaf, cursor.index), "where the cursor is");
        let mut spans: BTreeMap<(u32, u32), (u32, usize)> = BTreeMap::new();
        for leaf in self.tree.leaves_in_order() {
            let here = &self.tree.leaf(leaf).spans;
            for (index, span) in here.iter().enumerate() {
                self.assert_span(span, leaf, index);
                spans.insert((span.id.replica, span.id.seq), (leaf, index));
            }
        }
        self.assert_index(&spans);
    }

    /// Panics if neighbours in a leaf could be one span. Where deleted text was dropped, visible ones may.
    fn assert_joined(&self) {
        for leaf in self.tree.leaves_in_order() {
            let spans = &self.tree.leaf(leaf).spans;
            assert!(spans.windows(2).all(|pair| !pair[0].can_take(&pair[1])), "what can be one span is one");
        }
    }

    fn assert_span(&self, span: &Span, leaf: u32, index: usize) {
        let text = self.replicas.text(span);
        if span.text != Span::DROPPED {
            assert_eq!(Measure::of(text), span.measure());
        }
        assert_eq!(self.start_of(leaf, index), self.tree.start_of(leaf, index), "the way from the cursor");
        for offset in [0, span.chars / 2, span.chars - 1] {
            let gap = self.place_of(span.at(offset)).expect("it has a place");
            assert_eq!((gap.leaf, gap.index, gap.offset), (leaf, index, offset));
        }
    }

    /// Every number that has a place is found in its leaf, and no other.
    fn assert_index(&self, spans: &BTreeMap<(u32, u32), (u32, usize)>) {
        for (number, replica) in self.replicas.in_order() {
            let mut at = 1;
            for ((_, start), (leaf, index)) in spans.range((number, 0)..(number + 1, 0)) {
                for free in at..*start {
                    assert_eq!(self.replicas.leaf_of(Local { replica: number, seq: free }), None);
                }
                at = self.tree.span(*leaf, *index).end();
                assert!(*start > 0 && at <= replica.next);
                for seq in *start..at {
                    assert_eq!(self.replicas.leaf_of(Local { replica: number, seq }), Some(*leaf));
                }
            }
            for seq in at..replica.next + 2 {
                assert_eq!(self.replicas.leaf_of(Local { replica: number, seq }), None);
            }
        }
        let by_id: Vec<(Id, u32)> = self.by_id().map(|span| (self.id_of(span), span.end())).collect();
        assert!(by_id.is_sorted() && by_id.len() == spans.len(), "each span once, by id");
    }
}

const TEXTS: [&str; 6] = ["a", "bc", "é", "日本", "🪢", "x🪢é"];

/// Some edit, mostly near the last one, and what came of it.
fn edit(text: &mut Text, who: ReplicaId, last: &mut usize, rng: &mut Rng) -> Text {
    let len = text.len(Unit::Chars);
    let at = if rng.u8(..4) == 0 { rng.usize(..=len) } else { (*last).min(len) };
    let count = rng.usize(1..4);
    match rng.u8(..5) {
        0 => {
            *last = at;
            text.delete(who, Offset::Chars(at)..Offset::Chars((at + count).min(len)))
        }
        1 => {
            *last = at.saturating_sub(count);
            text.delete(who, Offset::Chars(*last)..Offset::Chars(at))
        }
        _ => {
            let what = TEXTS[rng.usize(..TEXTS.len())];
            *last = at + what.chars().count();
            text.insert(who, Offset::Chars(at), what)
        }
    }
    .expect("within the text")
}

#[test]
fn all_parts_of_a_document_agree_after_every_change() {
    for seed in 0..6 {
        let mut rng = Rng::with_seed(seed);
        let mut texts: Vec<(ReplicaId, Text, usize)> =
            (0..3).map(|number| (replica(&format!("n{number}")), Text::default(), 0)).collect();
        let mut deltas: Vec<Text> = Vec::new();
        for step in 0..400 {
            let number = rng.usize(..3);
            let (who, text, last) = &mut texts[number];
            let delta = match (rng.u8(..8), deltas.len()) {
                (0 | 1, count) if count > 0 => {
                    let delta = deltas[rng.usize(..count)].clone();
                    text.join(&delta);
                    delta
                }
                (2, _) if number == 2 => {
                    *text = text.without_deleted_text();
                    Text::default()
                }
                _ => {
                    let delta = edit(text, *who, last, &mut rng);
                    deltas.push(delta.clone());
                    delta
                }
            };
            text.assert_sound();
            if number < 2 {
                text.read().assert_joined();
            }
            assert!(text.includes(&delta), "seed {seed}, step {step}");
        }
        let mut whole = Text::default();
        for delta in deltas.iter().rev() {
            whole.join(delta);
            whole.assert_sound();
        }
        for (_, mut text, _) in texts {
            text.join(&whole);
            text.assert_sound();
            assert_eq!(text, whole, "seed {seed}");
        }
    }
}

#[test]
fn what_is_typed_or_deleted_in_a_row_is_one_span() {
    let who = replica("m");
    let mut text = Text::default();
    for at in 0..100 {
        text.insert(who, Offset::Chars(at), "é").expect("at the end");
    }
    assert_eq!(text.spans(), 1);
    let mut backspaced = text.clone();
    let mut gone_forwards = text.clone();
    for at in 0..10 {
        let at = Offset::Chars(59 - at)..Offset::Chars(60 - at);
        backspaced.delete(who, at).expect("within the text");
        gone_forwards.delete(who, Offset::Chars(50)..Offset::Chars(51)).expect("within the text");
    }
    assert_eq!((backspaced.spans(), gone_forwards.spans()), (3, 3));
    assert_eq!(backspaced, gone_forwards);
    backspaced.delete(who, Offset::Chars(45)..Offset::Chars(55)).expect("within the text");
    assert_eq!(backspaced.spans(), 3);
    backspaced.delete(who, Offset::Chars(0)..Offset::Chars(80)).expect("within the text");
    assert_eq!(backspaced.spans(), 1);
    let mut long = Text::default();
    for at in [0, 20_000] {
        long.insert(who, Offset::Chars(at), &"x".repeat(20_000)).expect("at the end");
    }
    assert_eq!(long.spans(), 1);
}

#[test]
fn without_its_text_what_is_deleted_takes_no_more_spans_than_it_must() {
    let who = replica("m");
    let mut text = Text::default();
    let [first, second, third] = [(0, "ab"), (2, "cd"), (0, "ef")]
        .map(|(at, what)| text.insert(who, Offset::Chars(at), what).expect("within the text"));
    // The second comes last, so what was typed in a row is not kept in a row.
    let mut there = first.joined(&third).joined(&second);
    assert_eq!((there.to_string().as_str(), there.spans()), ("efabcd", 3));
    there.delete(who, Offset::Chars(0)..Offset::Chars(6)).expect("within the text");
    assert_eq!(there.without_deleted_text().spans(), 2);
}
