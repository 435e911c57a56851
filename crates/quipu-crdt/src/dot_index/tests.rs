//! The index beside a map from each dot to its key, at both ends of the numbers.

use alloc::collections::BTreeMap;

use fastrand::Rng;

use super::*;
use crate::NodeName;

type Model = BTreeMap<(ReplicaId, u64), u8>;

const REPLICAS: u64 = 2;

fn replica(number: u64) -> ReplicaId {
    ReplicaId::new(NodeName::new("n"), number)
}

/// A span of up to five of the dots that there are: the first twenty and the last twenty.
fn some_span(rng: &mut Rng) -> Span {
    let first = if rng.bool() { rng.u64(1..20) } else { u64::MAX - rng.u64(..20) };
    (replica(rng.u64(..REPLICAS)), first, first.saturating_add(rng.u64(..5)))
}

fn dots_of((replica, first, last): Span) -> impl Iterator<Item = (ReplicaId, u64)> {
    (first..=last).map(move |number| (replica, number))
}

/// The fewest spans that say the same.
fn spans_of(model: &Model) -> Vec<(Span, u8)> {
    let mut spans: Vec<(Span, u8)> = Vec::new();
    for ((replica, number), key) in model {
        match spans.last_mut() {
            Some(((other, _, last), owner))
                if (*other, *owner) == (*replica, *key) && last.checked_add(1) == Some(*number) =>
            {
                *last = *number;
            }
            _ => spans.push(((*replica, *number, *number), *key)),
        }
    }
    spans
}

fn model_of<'a>(parts: impl IntoIterator<Item = (Span, &'a u8)>) -> Model {
    let mut model = Model::new();
    for (span, key) in parts {
        assert!(span.1 <= span.2, "{span:?} is no span");
        dots_of(span).for_each(|dot| assert_eq!(model.insert(dot, *key), None, "{dot:?} is there twice"));
    }
    model
}

/// The same changes to both; `insert_new` only takes dots without a key.
fn changed(rng: &mut Rng) -> (DotIndex<u8>, Model) {
    let (mut index, mut model) = (DotIndex::default(), Model::new());
    for _ in 0..rng.usize(..30) {
        let (span, key) = (some_span(rng), rng.u8(..2));
        match rng.u8(..4) {
            0 => {
                index.remove(span);
                model.retain(|dot, _| !dots_of(span).any(|gone| gone == *dot));
            }
            #[cfg(feature = "serde")]
            1 if dots_of(span).any(|dot| model.contains_key(&dot)) => assert!(!index.insert_new(span, key)),
            #[cfg(feature = "serde")]
            1 => {
                assert!(index.insert_new(span, key));
                model.extend(dots_of(span).map(|dot| (dot, key)));
            }
            _ => {
                index.insert(span, key);
                model.extend(dots_of(span).map(|dot| (dot, key)));
            }
        }
        let spans: Vec<(Span, u8)> = index.iter().map(|(span, key)| (span, *key)).collect();
        assert_eq!(spans, spans_of(&model), "as few spans as there can be");
    }
    (index, model)
}

#[test]
fn it_says_what_a_map_from_each_dot_says() {
    for seed in 0..2_000 {
        let mut rng = Rng::with_seed(seed);
        let ((index, model), (other, theirs)) = (changed(&mut rng), changed(&mut rng));
        let context = other.dots();
        assert!(dots(&context).eq(theirs.keys().copied()), "seed {seed}");
        let (inside, outside): (Model, Model) =
            model.iter().map(|(dot, key)| (*dot, *key)).partition(|(dot, _)| theirs.contains_key(dot));
        assert_eq!(model_of(index.within(&context)), inside, "seed {seed}");
        assert_eq!(model_of(index.outside(&context)), outside, "seed {seed}");
        assert_eq!(model_of(index.within_but_not_in(&context, &other)), Model::new(), "seed {seed}");
        let all = index.dots();
        assert_eq!(model_of(index.within_but_not_in(&all, &other)), outside, "seed {seed}");
    }
}

fn dots(context: &CausalContext) -> impl Iterator<Item = (ReplicaId, u64)> + '_ {
    context.dots().map(|dot| (dot.replica, dot.counter.get()))
}
