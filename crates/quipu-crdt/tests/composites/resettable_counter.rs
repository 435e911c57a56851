//! The resettable counter.

use quipu_crdt::{Causal, CausalContext, Dot, DotStore, Lattice, Overflow, ReplicaId, ResettableCounter};

use crate::{executions, orders, replica};

type Counter = Causal<ResettableCounter>;

fn counter(replica: ReplicaId, steps: &[i64]) -> Counter {
    let mut counter = Counter::default();
    for step in steps {
        counter.add(replica, *step).expect("fits");
    }
    counter
}

#[test]
fn it_counts_and_a_reset_removes_what_was_seen() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut at_alice = counter(alice, &[2, 2, -1]);
    let mut at_bob = at_alice.clone();
    assert_eq!(at_alice.value(), 3);
    let more = at_bob.add(bob, 10).expect("fits");
    let reset = at_alice.reset(alice);
    assert_eq!((at_alice.value(), at_alice.is_empty()), (0, true));
    at_alice.join(&more);
    at_bob.join(&reset);
    assert_eq!((at_alice.value(), &at_alice), (10, &at_bob));
    assert_eq!(reset.context().len(), 3, "a reset claims what it removed and no more");
}

/// A resetter that has seen any set of the steps removes exactly these, whatever runs they are part of.
#[test]
fn a_reset_is_exact_for_every_part_of_the_steps() {
    let alice = replica("alice");
    for steps in [[1, 1, 1, 1, 1, 1], [1, 1, -2, -2, -2, 5], [3, 4, 3, 4, 4, 4]] {
        let mut whole = Counter::default();
        let deltas: Vec<Counter> = steps.iter().map(|step| whole.add(alice, *step).expect("fits")).collect();
        for seen in 0..64_u32 {
            let is_seen = |number: usize| seen >> number & 1 == 1;
            let mut resetter = Counter::default();
            (0..6).filter(|number| is_seen(*number)).for_each(|number| resetter.join(&deltas[number]));
            let reset = resetter.reset(replica("bob"));
            let left: i128 = (0..6).filter(|at| !is_seen(*at)).map(|at| i128::from(steps[at])).sum();
            let after = whole.clone().joined(&reset);
            assert_eq!(after.value(), left, "{steps:?} seen {seen:b}");
            assert_eq!(after, reset.joined(&whole));
        }
    }
}

/// Every order of a reset, an add that it has not seen, and a later add.
#[test]
fn every_order_of_reset_add_and_add_again_ends_in_the_same_value() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let start = counter(alice, &[5]);
    let (mut at_alice, mut at_bob) = (start.clone(), start.clone());
    let reset = at_alice.reset(alice);
    let again = at_alice.add(alice, 100).expect("fits");
    let concurrent = at_bob.add(bob, 20).expect("fits");
    let deltas = [&start, &reset, &again, &concurrent];
    let meanwhile = |seen: u32| {
        let has = |number: u32| seen >> number & 1 == 1;
        let first = if has(0) && !has(1) { 5 } else { 0 };
        first + if has(2) { 100 } else { 0 } + if has(3) { 20 } else { 0 }
    };
    for order in orders(4) {
        let (mut state, mut seen) = (Counter::default(), 0);
        for number in order {
            state.join(deltas[number]);
            seen |= 1 << number;
            assert_eq!(state.value(), meanwhile(seen), "{seen:b}");
        }
    }
}

#[test]
fn equal_steps_are_one_run_and_the_gap_of_a_late_delta_closes() {
    let alice = replica("alice");
    let mut whole = Counter::default();
    let deltas: Vec<Counter> = (0..1000).map(|_| whole.add(alice, 1).expect("fits")).collect();
    assert_eq!((whole.runs(), whole.value()), (1, 1000));
    let mut late = Counter::default();
    deltas.iter().step_by(2).for_each(|delta| late.join(delta));
    assert_eq!((late.runs(), late.value()), (500, 500));
    deltas.iter().skip(1).step_by(2).for_each(|delta| late.join(delta));
    assert_eq!((late.runs(), &late), (1, &whole));
}

#[test]
fn a_step_of_zero_is_no_change_and_the_last_dot_is_the_last_step() {
    let alice = replica("alice");
    let mut state = Counter::default();
    assert_eq!(state.add(alice, 0), Ok(Counter::default()));
    let nearly: Dot = serde_dot(alice, u64::MAX - 1);
    let mut state =
        Counter::from_parts(ResettableCounter::default(), CausalContext::of(nearly)).expect("nothing alive");
    state.add(alice, i64::MIN).expect("the last one");
    let before = state.clone();
    assert_eq!(state.add(alice, 1), Err(Overflow));
    assert_eq!(state, before);
    assert_eq!(state.value(), i128::from(i64::MIN));
    assert_eq!(state.add(alice, 0), Ok(Counter::default()));
}

fn serde_dot(replica: ReplicaId, counter: u64) -> Dot {
    Dot::new(replica, counter.try_into().expect("not 0"))
}

#[test]
fn the_laws_hold_on_executions() {
    executions::run::<ResettableCounter>(
        300,
        |state, id, dice| match dice.throw(5) {
            0 => state.reset(id),
            1 => state.add(id, -3).expect("fits"),
            _ => state.add(id, i64::try_from(dice.throw(2)).expect("small") + 1).expect("fits"),
        },
        |state| {
            let sum: i128 = state.dots().dots().map(|dot| value_at(state, dot)).sum();
            assert_eq!(state.value(), sum);
        },
    );
}

/// What one live step adds: the value without the others.
fn value_at(state: &Counter, dot: Dot) -> i128 {
    let others = state.dots().difference(&CausalContext::of(dot));
    state.store().unknown_to(&others).value()
}

#[cfg(feature = "serde")]
mod wire {
    use serde_json::{from_str, to_string};

    use super::*;

    #[test]
    fn it_comes_back_from_both_encodings() {
        let mut state = counter(replica("alice"), &[1, 1, 1, -4, 1]);
        state.join(&counter(replica("bob"), &[7]));
        let text = to_string(&state).expect("serialises");
        let alive = r#"{"alice@1":[[1,3,1],[4,4,-4],[5,5,1]],"bob@1":[[1,1,7]]}"#;
        assert_eq!(text, format!(r#"{{"seen":{{"alice@1":[[1,5]],"bob@1":[[1,1]]}},"alive":{alive}}}"#));
        assert_eq!(from_str::<Counter>(&text).expect("comes back"), state);
        let bytes = postcard::to_allocvec(&state).expect("serialises");
        let back: Counter = postcard::from_bytes(&bytes).expect("comes back");
        assert_eq!((back.value(), &back), (state.value(), &state));
    }

    #[test]
    fn what_no_replica_writes_is_refused() {
        for text in [
            r#"{"n0@1": []}"#,
            r#"{"n0@1": [[1, 1, 0]]}"#,
            r#"{"n0@1": [[0, 1, 1]]}"#,
            r#"{"n0@1": [[2, 1, 1]]}"#,
            r#"{"n0@1": [[1, 2, 1], [2, 3, 2]]}"#,
            r#"{"n0@1": [[1, 2, 1], [3, 3, 1]]}"#,
            r#"{"n0@1": [[5, 6, 1], [1, 1, 1]]}"#,
            r#"{"n0@1": [[1, 1, 1]], "n0@1": [[2, 2, 1]]}"#,
            r#"{"n0@1": [[1, 1]]}"#,
            "[]",
        ] {
            assert!(from_str::<ResettableCounter>(text).is_err(), "{text}");
        }
        let keys_in_any_order = r#"{"n1@1": [[1, 1, 1]], "n0@1": [[1, 1, 1]]}"#;
        assert!(from_str::<ResettableCounter>(keys_in_any_order).is_ok());
        let row = |name: u8| [2, b'n', name, 1, 1, 0, 0, 2];
        let rows = |one, two| [&[2][..], &row(one), &row(two)].concat();
        let decoded = postcard::from_bytes::<ResettableCounter>(&rows(b'0', b'1'));
        assert_eq!(decoded.map(|counter| counter.value()), Ok(2));
        assert!(postcard::from_bytes::<ResettableCounter>(&rows(b'1', b'0')).is_err(), "out of order");
        assert!(postcard::from_bytes::<ResettableCounter>(&rows(b'0', b'0')).is_err(), "twice");
        let unseen = r#"{"seen": {"n0@1": [[1, 2]]}, "alive": {"n0@1": [[1, 3, 1]]}}"#;
        assert!(from_str::<Counter>(unseen).is_err());
    }

    /// A few bytes may claim all the steps that there are: nothing walks through them one by one, and nothing wraps.
    #[test]
    fn a_claim_of_all_steps_is_taken_in_at_once() {
        let full = |step: i64| {
            let rows = ["a", "b", "c"].map(|name| format!(r#""{name}@1": [[1, {}, {step}]]"#, u64::MAX));
            let seen = ["a", "b", "c"].map(|name| format!(r#""{name}@1": [[1, {}]]"#, u64::MAX));
            let text = format!(r#"{{"seen": {{{}}}, "alive": {{{}}}}}"#, seen.join(","), rows.join(","));
            from_str::<Counter>(&text).expect("a state")
        };
        let mut state = full(i64::MAX);
        assert_eq!((state.value(), state.steps()), (i128::MAX, 3 * u128::from(u64::MAX)));
        assert_eq!(full(i64::MIN).value(), i128::MIN);
        let same = state.clone();
        state.join(&same);
        assert!(state.includes(&same) && state.difference(&same).is_bottom());
        assert_eq!(state.add(replica("a"), 1), Err(Overflow));
        state.reset(replica("b"));
        assert_eq!(state.value(), 0);
    }
}
