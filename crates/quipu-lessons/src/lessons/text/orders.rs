//! Three orders of characters typed at one place: fractions, RGA, and the text of the library (Fugue).
//!
//! Two authors who know the same empty text type a word each, then hear of each other. Letters of one word are all `a`, of the
//! other all `b`, so that a mixed text is seen at a glance.

use quipu_crdt::text::Offset;
use quipu_crdt::{Lattice, NodeName, ReplicaId, Text};
use quipu_node::Rng;

use crate::report::Story;
use crate::sketch::Sketch;

/// The names of the orders; they are chosen by their place here.
pub(super) const ORDERS: [&str; 3] =
    ["a fraction between the neighbours", "behind the left neighbour (RGA)", "Fugue"];

const LETTERS: usize = 6;

/// In which order the letters of a word are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    Forward,
    Backward,
    Halves,
}

impl Typing {
    pub(super) const ALL: [Self; 3] = [Self::Forward, Self::Backward, Self::Halves];

    /// Where each next letter goes, as a number of letters of the own word before it.
    fn places(self) -> [usize; LETTERS] {
        match self {
            Self::Forward => [0, 1, 2, 3, 4, 5],
            Self::Backward => [0; LETTERS],
            Self::Halves => [0, 1, 2, 0, 0, 0],
        }
    }
}

/// The merged text of both words.
pub(super) fn typed(order: usize, typing: Typing, seed: u64) -> String {
    let mut rng = Rng::new(seed);
    match order {
        0 => fractions(typing, &mut rng),
        1 => rga(typing, &mut rng),
        _ => fugue(typing, &mut rng),
    }
}

/// The number of runs of equal letters: two if both words are whole.
pub(super) fn runs(text: &str) -> usize {
    let letters: Vec<char> = text.chars().collect();
    letters.chunk_by(|one, next| one == next).count()
}

/// Two words typed at once, told and drawn.
pub(super) fn story(order: usize, typing: Typing) -> Story {
    let mixed = |seed: &u64| runs(&typed(order, typing, *seed)) > 2;
    let seed = (0..100).find(mixed).unwrap_or(0);
    let text = typed(order, typing, seed);
    let way = if typing == Typing::Forward { "forwards" } else { "backwards" };
    let mut sketch = Sketch::new();
    let (one, other) = ("a".repeat(LETTERS), "b".repeat(LETTERS));
    sketch.asks(0, &format!("type {one}"), way);
    sketch.asks(1, &format!("type {other}"), way);
    sketch.cross((0, &one), (1, &other));
    if runs(&text) > 2 {
        sketch.asks_wrongly(1, "read", &text, "the letters of two words are mixed");
    } else {
        sketch.asks(1, "read", &text);
        sketch.note("So: both words are whole.");
    }
    sketch.story(&format!("Two words typed {way} at one place: {}", ORDERS[order]))
}

/// Each letter gets a number between those of its neighbours; the numbers are the order.
fn fractions(typing: Typing, rng: &mut Rng) -> String {
    let mut all: Vec<(f64, char)> = Vec::new();
    for letter in ['a', 'b'] {
        let mut own: Vec<f64> = Vec::new();
        for place in typing.places() {
            let before = place.checked_sub(1).map_or(0.0, |before| own[before]);
            let after = own.get(place).copied().unwrap_or(1.0);
            own.insert(place, before + (after - before) * (0.05 + 0.9 * rng.fraction()));
        }
        all.extend(own.into_iter().map(|number| (number, letter)));
    }
    all.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    all.into_iter().map(|(_, letter)| letter).collect()
}

/// A letter's name: a number higher than all its author knew, and the author.
type Name = (u32, u64);

/// Each letter names the one before it; of several behind the same one, the newest comes first.
fn rga(typing: Typing, rng: &mut Rng) -> String {
    let authors = [rng.next_u64(), rng.next_u64()];
    let mut merged: Vec<(Name, char)> = Vec::new();
    for (author, letter) in authors.into_iter().zip(['a', 'b']) {
        let mut own: Vec<Name> = Vec::new();
        for (number, place) in (1..).zip(typing.places()) {
            let name: Name = (number, author);
            let origin = place.checked_sub(1).map(|before| own[before]);
            own.insert(place, name);
            let behind = |merged: &[(Name, char)]| {
                origin.map_or(0, |origin| {
                    merged.iter().position(|(known, _)| *known == origin).map_or(0, |at| at + 1)
                })
            };
            let mut at = behind(&merged);
            // Newer letters stand first, with all that hangs on them.
            while merged.get(at).is_some_and(|(known, _)| *known > name) {
                at += 1;
            }
            merged.insert(at, (name, letter));
        }
    }
    merged.into_iter().map(|(_, letter)| letter).collect()
}

/// The same with the text of the library.
fn fugue(typing: Typing, rng: &mut Rng) -> String {
    let mut merged = Text::default();
    for letter in ["a", "b"] {
        let author = ReplicaId::new(NodeName::new("author"), rng.next_u64());
        let mut own = Text::default();
        for place in typing.places() {
            // A place within the own word, and a letter: nothing that could be refused.
            let Ok(_) = own.insert(author, Offset::Chars(place), letter) else { return String::new() };
        }
        merged.join(&own);
    }
    merged.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_keeps_every_letter() {
        for order in 0..ORDERS.len() {
            for typing in Typing::ALL {
                let text = typed(order, typing, 7);
                assert_eq!(text.matches('a').count(), LETTERS, "{order} {typing:?} {text}");
                assert_eq!(text.matches('b').count(), LETTERS, "{order} {typing:?} {text}");
            }
        }
    }

    #[test]
    fn a_whole_word_is_one_run() {
        assert_eq!((runs("aabb"), runs("abab"), runs("")), (2, 4, 0));
    }
}
