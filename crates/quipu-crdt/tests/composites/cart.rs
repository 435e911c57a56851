//! The shopping cart.

use quipu_crdt::{Cart, CartError, Causal, Lattice, ReplicaId};

use crate::{executions, orders, replica};

type Tea = Causal<Cart<&'static str>>;
type Change = fn(&mut Tea, ReplicaId) -> Result<Tea, CartError>;

/// The module's table: from 2, Alice and Bob do one thing each at the same time; what all end with, and how many orders.
#[test]
fn concurrent_changes_end_as_the_table_says() {
    let add_1: Change = |cart, id| cart.add(id, "tea", 1);
    let add_3: Change = |cart, id| cart.add(id, "tea", 3);
    let set_5: Change = |cart, id| cart.set_quantity(id, "tea", 5);
    let set_7: Change = |cart, id| cart.set_quantity(id, "tea", 7);
    let remove: Change = |cart, id| Ok(cart.remove(id, &"tea"));
    let set_0: Change = |cart, id| cart.set_quantity(id, "tea", 0);
    let order: Change = |cart, id| cart.checkout(id);
    let table: [(&str, Change, Change, u128, usize); 12] = [
        ("add add", add_1, add_3, 6, 0),
        ("set add", set_5, add_3, 8, 0),
        ("set set", set_5, set_7, 7, 0),
        ("set same", set_5, set_5, 5, 0),
        ("remove add", remove, add_3, 3, 0),
        ("remove set", remove, set_7, 7, 0),
        ("remove remove", remove, set_0, 0, 0),
        ("order add", order, add_3, 3, 1),
        ("order set", order, set_7, 7, 1),
        ("order remove", order, remove, 0, 1),
        ("order order", order, order, 0, 2),
        ("set 0 add", set_0, add_1, 1, 0),
    ];
    let (alice, bob, carol) = (replica("alice"), replica("bob"), replica("carol"));
    for (name, alices, bobs, expected, open) in table {
        let mut start = Tea::default();
        let unrelated = start.add(carol, "cups", 4).expect("fits");
        let tea = start.add(carol, "tea", 2).expect("fits");
        let one = alices(&mut start.clone(), alice).expect("fits");
        let two = bobs(&mut start.clone(), bob).expect("fits");
        for order in orders(4) {
            let mut state = Tea::default();
            for at in order {
                state.join([&tea, &one, &two, &unrelated][at]);
            }
            assert_eq!((state.quantity(&"tea"), state.orders().count()), (expected, open), "{name}");
            let cups = if open > 0 { 0 } else { 4 };
            assert_eq!(state.quantity(&"cups"), cups, "{name}");
            assert!(state.orders().all(|(_, order)| order.lines().iter().any(|line| line.quantity == 2)));
        }
    }
}

#[test]
fn one_after_another_it_is_a_plain_cart() {
    let alice = replica("alice");
    let mut cart = Tea::default();
    assert_eq!(cart.checkout(alice), Err(CartError::Empty));
    assert_eq!(cart.set_note(alice, "tea", "green".into()), Err(CartError::NotInCart));
    cart.add(alice, "tea", 0).expect("no change");
    assert!(cart.is_bottom());
    cart.add(alice, "tea", 2).expect("fits");
    cart.set_quantity(alice, "tea", 5).expect("fits");
    cart.add(alice, "tea", u32::MAX).expect("fits");
    cart.set_note(alice, "tea", "green".into()).expect("there");
    assert_eq!(cart.lines().collect::<Vec<_>>(), [(&"tea", 5 + u128::from(u32::MAX))]);
    assert_eq!(cart.notes(&"tea"), ["green"]);
    cart.set_quantity(alice, "tea", 1).expect("fits");
    assert_eq!((cart.quantity(&"tea"), cart.notes(&"tea")), (1, vec!["green"]));
    let order = cart.checkout(alice).expect("something");
    let (id, taken) = order.orders().next().expect("the order");
    assert_eq!((taken.lines()[0].quantity, &taken.lines()[0].notes[..]), (1, &["green".to_string()][..]));
    assert_eq!((cart.lines().count(), cart.notes(&"tea").len()), (0, 0));
    cart.close(alice, id).expect("open");
    assert_eq!((cart.orders().count(), cart.close(alice, id)), (0, Err(CartError::NoSuchOrder)));
    cart.add(alice, "tea", 1).expect("fits");
    assert_eq!((cart.quantity(&"tea"), cart.notes(&"tea").len()), (1, 0), "nothing of old comes back");
}

#[test]
fn a_double_order_is_seen_and_one_is_closed() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut at_alice = Tea::default();
    at_alice.add(alice, "tea", 2).expect("fits");
    let mut at_bob = at_alice.clone();
    at_bob.add(bob, "cups", 1).expect("fits");
    at_alice.checkout(alice).expect("something");
    at_bob.checkout(bob).expect("something");
    at_bob.add(bob, "milk", 1).expect("fits");
    at_bob.checkout(bob).expect("something");
    at_alice.join(&at_bob);
    let open: Vec<_> = at_alice.orders().collect();
    assert_eq!(open.len(), 3);
    let overlaps = |a: usize, b: usize| open[a].1.overlaps(open[b].1);
    assert!(overlaps(0, 1) && !overlaps(0, 2) && !overlaps(1, 2));
    let double = open[0].0;
    let closed = at_alice.close(alice, double).expect("open");
    at_bob.join(&closed);
    assert_eq!((at_alice.orders().count(), at_bob.orders().count()), (2, 2));
}

#[test]
fn a_note_beside_a_removal_shows_no_product() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut at_alice = Tea::default();
    at_alice.add(alice, "tea", 2).expect("fits");
    let mut at_bob = at_alice.clone();
    at_bob.set_note(bob, "tea", "green".into()).expect("there");
    at_alice.remove(alice, &"tea");
    at_alice.join(&at_bob);
    assert_eq!((at_alice.lines().count(), at_alice.notes(&"tea").len()), (0, 0));
    assert_eq!(at_alice.checkout(alice), Err(CartError::Empty));
    at_alice.add(alice, "tea", 1).expect("fits");
    assert_eq!(at_alice.notes(&"tea"), ["green"], "the note was never removed by one who had seen it");
}

#[test]
fn the_laws_hold_on_executions() {
    executions::run::<Cart<u64>>(
        400,
        |cart, id, dice| {
            let (product, quantity) = (dice.throw(3), u32::try_from(dice.throw(4)).expect("small"));
            let unchanged = Causal::default();
            match dice.throw(10) {
                0 => cart.remove(id, &product),
                1 | 2 => cart.set_quantity(id, product, quantity).expect("fits"),
                3 => cart.set_note(id, product, "x".into()).unwrap_or(unchanged),
                4 => cart.checkout(id).unwrap_or(unchanged),
                5 => {
                    let order = cart.orders().next().map(|(order, _)| order);
                    order.map_or(unchanged, |order| cart.close(id, order).expect("open"))
                }
                _ => cart.add(id, product, quantity).expect("fits"),
            }
        },
        |cart| assert!(cart.lines().all(|(_, quantity)| quantity > 0)),
    );
}

#[cfg(feature = "serde")]
mod wire {
    use serde_json::{from_str, to_string};

    use super::*;

    #[test]
    fn it_comes_back_from_both_encodings() {
        let alice = replica("alice");
        let mut cart: Causal<Cart<String>> = Causal::default();
        cart.add(alice, "tea".into(), 2).expect("fits");
        cart.set_note(alice, "tea".into(), "green".into()).expect("there");
        crate::both_encodings(&cart);
        cart.checkout(alice).expect("something");
        cart.add(alice, "tea".into(), 1).expect("fits");
        cart.set_quantity(alice, "cups".into(), 4).expect("fits");
        crate::both_encodings(&cart);
        let order =
            r#"{"lines":[{"product":"tea","quantity":2,"notes":["green"]}],"taken":{"alice@1":[[1,1]]}}"#;
        let lines = r#"{"cups":[{},[[["alice@1",5],4]],[]],"tea":[{"alice@1":[[4,4,1]]},[],[]]}"#;
        let text = format!(r#"{{"lines":{lines},"orders":[[["alice@1",3],{order}]]}}"#);
        assert_eq!(to_string(cart.store()).expect("text"), text);
    }

    #[test]
    fn what_no_replica_writes_is_refused() {
        let line = |line: &str| format!(r#"{{"lines": {{"tea": {line}}}, "orders": []}}"#);
        let order = |lines: &str| {
            format!(r#"{{"lines": {{}}, "orders": [[["n@1", 1], {{"lines": [{lines}], "taken": {{}}}}]]}}"#)
        };
        let tea = |quantity: u32| format!(r#"{{"product": "tea", "quantity": {quantity}, "notes": []}}"#);
        assert!(from_str::<Cart<String>>(&line(r#"[{"n@1": [[1,1,2]]}, [], []]"#)).is_ok());
        assert!(from_str::<Cart<String>>(&order(&tea(1))).is_ok());
        let noted =
            |notes: &str| order(&format!(r#"{{"product": "tea", "quantity": 1, "notes": [{notes}]}}"#));
        assert!(from_str::<Cart<String>>(&noted(r#""green", "loose""#)).is_ok());
        for text in [
            noted(r#""loose", "green""#),
            noted(r#""green", "green""#),
            line(r#"[{"n@1": [[1,1,-2]]}, [], []]"#),
            line(r#"[{"n@1": [[1,1,2]]}, [[["n@1", 1], 4]], []]"#),
            line(r#"[{"n@1": [[1,1,2]]}, [], [[["n@1", 1], "note"]]]"#),
            line(r#"[{}, [[["n@1", 1], 0]], []]"#),
            line("[{}, [], []]"),
            order(""),
            order(&tea(0)),
            order(&format!("{}, {}", tea(1), tea(1))),
            r#"{"lines": {"tea": [{"n@1": [[1,1,2]]}, [], []]}, "orders": [[["n@1", 1], {"lines": [{"product": "tea", "quantity": 1, "notes": []}], "taken": {}}]]}"#.into(),
            "{}".into(),
        ] {
            assert!(from_str::<Cart<String>>(&text).is_err(), "{text}");
        }
    }
}
