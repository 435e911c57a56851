//! Flags and the remove-wins set: what each order of concurrent changes ends in.

use quipu_crdt::{Causal, DwFlag, EwFlag, Lattice, RwSet};

use crate::{executions, orders, replica};

#[test]
fn flags_start_off_and_do_as_they_are_told_by_one() {
    let alice = replica("alice");
    let (mut ew, mut dw) = (Causal::<EwFlag>::default(), Causal::<DwFlag>::default());
    assert_eq!((ew.value(), dw.value()), (false, false));
    for on in [true, true, false, false, true, false, true] {
        if on {
            ew.enable(alice).expect("fits");
            dw.enable(alice).expect("fits");
        } else {
            ew.disable(alice);
            dw.disable(alice).expect("fits");
        }
        assert_eq!((ew.value(), dw.value()), (on, on));
    }
}

/// From on: Alice disables, then enables again; Bob, who has seen neither, disables or enables. All orders of delivery.
#[test]
fn every_order_of_enable_and_disable_ends_as_the_names_say() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    for bob_enables in [false, true] {
        let mut ew = Causal::<EwFlag>::default();
        let start = ew.enable(alice).expect("fits");
        let mut bobs = ew.clone();
        let off = ew.disable(alice);
        let on = ew.enable(alice).expect("fits");
        let other = if bob_enables { bobs.enable(bob).expect("fits") } else { bobs.disable(bob) };
        for order in orders(4) {
            let mut state = Causal::<EwFlag>::default();
            let mut seen = [false; 4];
            for at in order {
                state.join([&start, &off, &on, &other][at]);
                seen[at] = true;
                let [start, off, on, other] = seen;
                assert_eq!(state.value(), on || (other && bob_enables) || (start && !off && !other));
            }
        }
    }
}

#[test]
fn every_order_of_marks_ends_with_the_disable_unless_it_was_seen() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    for bob_enables in [false, true] {
        let mut dw = Causal::<DwFlag>::default();
        let start = dw.enable(alice).expect("fits");
        let mut bobs = dw.clone();
        let off = dw.disable(alice).expect("fits");
        let other = if bob_enables { bobs.enable(bob) } else { bobs.disable(bob) }.expect("fits");
        let mut all = dw.clone().joined(&other);
        let on = all.enable(alice).expect("fits");
        for order in orders(4) {
            let mut state = Causal::<DwFlag>::default();
            let mut seen = [false; 4];
            for at in order {
                state.join([&start, &off, &other, &on][at]);
                seen[at] = true;
                let [start, off, other, on] = seen;
                let of_two = !off && if other { bob_enables } else { start };
                assert_eq!(state.value(), on || of_two, "{seen:?} {bob_enables}");
            }
        }
    }
}

/// An enable that a disable has not seen stays, also where the disable comes from one who had enabled, and where both sides
/// of the join hold the flag on under different dots.
#[test]
fn a_disable_covers_the_enables_that_it_saw_and_no_other() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let (mut at_alice, mut at_bob) = (Causal::<EwFlag>::default(), Causal::<EwFlag>::default());
    at_alice.enable(alice).expect("fits");
    at_bob.enable(bob).expect("fits");
    at_alice.join(&at_bob);
    let old = at_alice.clone();
    at_bob.enable(bob).expect("fits");
    let off = at_alice.disable(alice);
    assert!(!old.clone().joined(&off).value(), "seen on both sides: off");
    assert!(old.clone().joined(&at_bob).joined(&off).value(), "not seen: on");
    assert!(off.joined(&at_bob).joined(&old).value());
}

#[test]
fn the_set_keeps_one_dot_for_a_removed_element_until_it_is_added_again() {
    let alice = replica("alice");
    let mut set = Causal::<RwSet<&str>>::default();
    set.remove(alice, "never there").expect("fits");
    for _ in 0..10 {
        set.add(alice, "milk").expect("fits");
        set.add(alice, "bread").expect("fits");
        set.remove(alice, "milk").expect("fits");
    }
    assert_eq!((set.value(), set.len(), set.is_empty()), (vec![&"bread"], 1, false));
    assert_eq!(set.removed().collect::<Vec<_>>(), [&"milk", &"never there"]);
    assert_eq!(quipu_crdt::DotStore::dots(set.store()).len(), 3);
    set.add(alice, "milk").expect("fits");
    assert!(set.contains(&"milk"));
    assert_eq!((set.len(), quipu_crdt::DotStore::dots(set.store()).len()), (2, 3));
}

/// From present: Alice removes and adds again; Bob, who has seen neither, adds or removes; another element stays as it is.
#[test]
fn every_order_of_remove_add_and_add_again_ends_as_specified() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    for bob_adds in [false, true] {
        let mut set = Causal::<RwSet<&str>>::default();
        let start = set.add(alice, "milk").expect("fits");
        let mut bobs = set.clone();
        let bread = set.add(alice, "bread").expect("fits");
        let removed = set.remove(alice, "milk").expect("fits");
        let again = set.add(alice, "milk").expect("fits");
        let other = if bob_adds { bobs.add(bob, "milk") } else { bobs.remove(bob, "milk") }.expect("fits");
        for order in orders(5) {
            let mut state = Causal::<RwSet<&str>>::default();
            let mut seen = [false; 5];
            for at in order {
                state.join([&start, &removed, &again, &other, &bread][at]);
                seen[at] = true;
                let [start, removed, again, other, bread] = seen;
                let alices = if again { Some(true) } else { removed.then_some(false) };
                let known: Vec<bool> = alices.into_iter().chain(other.then_some(bob_adds)).collect();
                let expected = if known.is_empty() { start } else { known.iter().all(|added| *added) };
                assert_eq!(state.contains(&"milk"), expected, "{seen:?} {bob_adds}");
                assert_eq!(state.contains(&"bread"), bread);
                assert_eq!(state.len(), usize::from(expected) + usize::from(bread));
            }
        }
    }
}

#[test]
fn the_laws_hold_on_executions() {
    executions::run::<EwFlag>(
        200,
        |flag, id, dice| if dice.throw(2) == 0 { flag.enable(id).expect("fits") } else { flag.disable(id) },
        |_| {},
    );
    executions::run::<DwFlag>(
        200,
        |flag, id, dice| if dice.throw(2) == 0 { flag.enable(id) } else { flag.disable(id) }.expect("fits"),
        |_| {},
    );
    executions::run::<RwSet<u64>>(
        300,
        |set, id, dice| {
            let element = dice.throw(3);
            if dice.throw(2) == 0 { set.add(id, element) } else { set.remove(id, element) }.expect("fits")
        },
        |set| {
            assert_eq!(set.len(), set.iter().count());
            assert!(set.iter().all(|element| set.contains(element)));
            assert!(set.removed().all(|element| !set.contains(element)));
        },
    );
}

#[cfg(feature = "serde")]
mod wire {
    use serde_json::{from_str, to_string};

    use super::*;

    #[test]
    fn they_come_back_and_what_no_replica_writes_is_refused() {
        let alice = replica("alice");
        let mut ew = Causal::<EwFlag>::default();
        ew.enable(alice).expect("fits");
        assert_eq!(to_string(&ew).expect("text"), r#"{"seen":{"alice@1":[[1,1]]},"alive":[["alice@1",1]]}"#);
        let mut dw = Causal::<DwFlag>::default();
        dw.disable(alice).expect("fits");
        assert_eq!(to_string(dw.store()).expect("text"), r#"[[["alice@1",1],false]]"#);
        let mut set = Causal::<RwSet<String>>::default();
        set.add(alice, "milk".into()).expect("fits");
        set.remove(alice, "tea".into()).expect("fits");
        let text = r#"[[["alice@1",1],{"added":"milk"}],[["alice@1",2],{"removed":"tea"}]]"#;
        assert_eq!(to_string(set.store()).expect("text"), text);
        crate::both_encodings(&ew);
        crate::both_encodings(&dw);
        crate::both_encodings(&set);
        for text in [r#"[["a@1",2],["a@1",1]]"#, r#"[["a@1",1],["a@1",1]]"#, r#"[["a@1",0]]"#, "{}"] {
            assert!(from_str::<EwFlag>(text).is_err(), "{text}");
        }
        for text in [r#"[[["a@1",1],true],[["a@1",1],false]]"#, r#"[[["a@1",1],1]]"#] {
            assert!(from_str::<DwFlag>(text).is_err(), "{text}");
        }
        for text in [r#"[[["a@1",1],"milk"]]"#, r#"[[["a@1",1],{"lost":"milk"}]]"#] {
            assert!(from_str::<RwSet<String>>(text).is_err(), "{text}");
        }
        let unseen = r#"{"seen":{"a@1":[[1,1]]},"alive":[["a@1",2]]}"#;
        assert!(from_str::<Causal<EwFlag>>(unseen).is_err());
    }
}
