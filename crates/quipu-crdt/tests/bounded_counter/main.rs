//! The bounded counter: what it answers, what its deltas carry, and what becomes of it in executions.

mod amnesia;
mod executions;

use std::collections::BTreeMap;

use quipu_crdt::{BoundedCounter, Lattice, NodeName, Overflow, ReplicaId, RightsError, wire};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

fn life(name: &str, incarnation: u64) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), incarnation)
}

/// Whose rows are in a state.
fn rows(state: &BoundedCounter) -> Vec<ReplicaId> {
    let text = serde_json::to_string(state).expect("has a JSON form");
    let rows: BTreeMap<ReplicaId, serde_json::Value> = serde_json::from_str(&text).expect("is a map");
    rows.into_keys().collect()
}

#[test]
fn a_refusal_names_who_holds_how_much() {
    let [a, b, c] = ["a", "b", "c"].map(replica);
    let mut stock = BoundedCounter::default();
    stock.increment(a, 2).expect("fits");
    stock.increment(b, 5).expect("fits");
    stock.increment(c, 5).expect("fits");
    let before = stock.clone();
    let Err(RightsError::Insufficient(answer)) = stock.decrement(a, 3) else { panic!("a holds only 2") };
    assert_eq!((answer.asked, answer.here, answer.known_total()), (3, 2, 12));
    assert_eq!(answer.elsewhere, [(b, 5), (c, 5)], "the largest first, equals by id");
    assert!(!answer.is_total_too_small());
    assert_eq!(answer.to_string(), "cannot decide here: 3 asked, rights for 2 here; ask b@1 (5) or c@1 (5)");
    let Err(RightsError::Insufficient(answer)) = stock.transfer(a, b, 13) else { panic!("12 in all") };
    assert!(answer.is_total_too_small());
    let Err(RightsError::Insufficient(all)) = stock.transfer(a, b, 12) else { panic!("a holds only 2") };
    assert!(!all.is_total_too_small(), "the others hold exactly what is lacking");
    assert_eq!(answer.to_string(), "13 asked, but only 12 known to exist, 2 of them here");
    assert_eq!(stock, before, "a refusal changes nothing");
    assert_eq!(stock.holders(), [(b, 5), (c, 5), (a, 2)]);
}

#[test]
fn a_transfer_moves_rights_and_leaves_the_value() {
    let [a, b, unheard] = ["a", "b", "unheard"].map(replica);
    let mut stock = BoundedCounter::default();
    stock.increment(a, 5).expect("fits");
    stock.transfer(a, b, 3).expect("a holds 5");
    stock.transfer(b, unheard, 1).expect("b got 3");
    assert_eq!([a, b, unheard].map(|id| stock.rights(id)), [2, 2, 1]);
    assert_eq!((stock.value(), stock.oversold()), (5, 0));
    assert_eq!(stock.transfer(a, a, 1), Err(RightsError::ToItself));
    assert_eq!(stock.transfer(a, a, 0), Err(RightsError::ToItself));
    for nothing in [stock.transfer(a, b, 0), stock.decrement(a, 0), Ok(stock.increment(a, 0).expect("fits"))]
    {
        assert_eq!(nothing, Ok(BoundedCounter::default()));
    }
}

#[test]
fn a_delta_brings_the_rows_it_lives_on_and_no_others() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(replica);
    let mut stock = BoundedCounter::default();
    stock.increment(a, 9).expect("fits");
    stock.increment(c, 9).expect("fits");
    stock.increment(d, 9).expect("fits");
    assert_eq!(rows(&stock.transfer(a, b, 4).expect("held")), [a], "own creations cover it");
    stock.transfer(c, b, 2).expect("held");
    assert_eq!(rows(&stock.decrement(b, 3).expect("got 6")), [a, b], "the larger gift is enough");
    assert_eq!(rows(&stock.decrement(b, 1).expect("got 6")), [a, b], "and enough to its last right");
    let both = stock.decrement(b, 1).expect("2 are left");
    assert_eq!(rows(&both), [a, b, c], "now it takes both gifts");
    assert_eq!((both.value(), both.rights(b), both.rights(a)), (13, 1, 5));
    stock.transfer(b, d, 1).expect("held");
    let chain = stock.decrement(d, 10).expect("9 of its own and 1 from b");
    assert_eq!(rows(&chain), [a, b, c, d], "what b gave rests on what a and c gave to b");
    assert_eq!(rows(&stock.increment(d, 1).expect("fits")), [d], "its own again");
}

#[test]
fn a_late_reader_sees_no_right_used_before_it_was_created() {
    let [a, b] = ["a", "b"].map(replica);
    let mut at_a = BoundedCounter::default();
    let created = at_a.increment(a, 5).expect("fits");
    let given = at_a.transfer(a, b, 5).expect("held");
    let mut at_b = BoundedCounter::default().joined(&given);
    let used = at_b.decrement(b, 4).expect("got 5");
    for deltas in [vec![&used], vec![&used, &created], vec![&created, &used], vec![&given, &used, &created]] {
        let mut reader = BoundedCounter::default();
        for delta in deltas {
            reader.join(delta);
        }
        assert_eq!((reader.value(), reader.rights(a), reader.rights(b), reader.oversold()), (1, 0, 1, 0));
    }
    // A difference for one who knows the rows it rests on still stands alone, if it goes astray.
    let astray = at_b.difference(&given);
    assert_eq!((astray.value(), astray.oversold()), (1, 0));
}

#[test]
fn what_does_not_fit_is_an_error_and_changes_nothing() {
    let [a, b] = ["a", "b"].map(replica);
    let mut stock = BoundedCounter::default();
    stock.increment(a, u64::MAX).expect("fits exactly");
    stock.increment(b, u64::MAX).expect("fits exactly");
    stock.transfer(a, b, u64::MAX).expect("held");
    stock.transfer(b, a, 1).expect("held");
    assert_eq!((stock.value(), stock.rights(b)), (2 * u128::from(u64::MAX), 2 * u128::from(u64::MAX) - 1));
    let before = stock.clone();
    assert_eq!(stock.increment(a, 1), Err(Overflow));
    assert_eq!(stock.transfer(a, b, 1), Err(RightsError::Overflow), "2^64 - 1 were given to b before");
    assert_eq!(stock.inherit(b, life("b", 2)), Err(RightsError::Overflow), "too many for one move");
    assert_eq!(stock, before);
    stock.decrement(b, u64::MAX).expect("held");
    let before = stock.clone();
    assert_eq!(stock.decrement(b, 1), Err(RightsError::Overflow), "the rights are there, the number is full");
    assert_eq!(stock, before);
}

#[test]
fn what_no_replica_writes_is_refused() {
    for text in [
        r#"{"a@1": [0, 0, {}]}"#,
        r#"{"a@1": [1, 2, {}]}"#,
        r#"{"a@1": [1, 0, {"b@1": 2}]}"#,
        r#"{"a@1": [1, 0, {"b@1": 1}], "b@1": [0, 2, {}]}"#,
        r#"{"a@1": [1, 0, {"a@1": 1}]}"#,
        r#"{"a@1": [1, 0, {"b@1": 0}]}"#,
        r#"{"a@1": [1, 0, {}], "a@1": [2, 0, {}]}"#,
        r#"{"a@1": [1, 0]}"#,
        r#"{"a@1": [-1, 0, {}]}"#,
    ] {
        assert!(serde_json::from_str::<BoundedCounter>(text).is_err(), "{text}");
    }
    let accepted = r#"{"b@1":[0,1,{}],"a@1":[1,0,{"b@1":1}]}"#;
    let state: BoundedCounter = serde_json::from_str(accepted).expect("b lives on what a gave");
    let sorted = r#"{"a@1":[1,0,{"b@1":1}],"b@1":[0,1,{}]}"#;
    assert_eq!(serde_json::to_string(&state).expect("has a JSON form"), sorted);
    // Version and kind, two rows: name, life, created, consumed, gifts.
    let bytes = wire::encode(&state);
    let (a_row, b_row) = (*b"\x01a\x01\x01\x00\x01\x01b\x01\x01", *b"\x01b\x01\x00\x01\x00");
    assert_eq!(bytes[2..], [&[2][..], &a_row, &b_row].concat());
    let other_order = [&bytes[..2], &[2], &b_row, &a_row].concat();
    assert_eq!(wire::decode::<BoundedCounter>(&bytes), Ok(state));
    assert!(wire::decode::<BoundedCounter>(&other_order).is_err());
}
