//! The map of causal types.

use std::fmt::Debug;

use quipu_crdt::{
    Causal, CausalContext, DotStore, DwFlag, EwFlag, Lattice, MvRegister, OrMap, OrSet, Overflow,
    ReadContext, ResettableCounter, RwSet, Writer,
};

use crate::{executions, orders, replica};

/// How a nested type is changed, and which changes can be read from it. Changes are the numbers 1, 10 and 100.
struct Nested<S> {
    update: fn(&mut S, &mut Writer<'_>, u8) -> Result<S, Overflow>,
    read: fn(&S) -> Vec<u8>,
    /// True if an update replaces the one that it has seen.
    replaces: bool,
}

/// Both hold change 1. Alice removes the key and makes change 100; Bob, who has seen neither, makes change 10. A second key
/// takes part all the while. In every order of delivery, after every step, the key holds what it should, and is there
/// exactly if it holds something.
fn table<S: DotStore + Debug>(nested: &Nested<S>) {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut map: Causal<OrMap<&str, S>> = Causal::default();
    let unrelated = map.update(alice, "unrelated", |value, writer| (nested.update)(value, writer, 1));
    let start = map.update(alice, "key", |value, writer| (nested.update)(value, writer, 1));
    let mut bobs = map.clone();
    let removed = map.remove(alice, &"key");
    let again = map.update(alice, "key", |value, writer| (nested.update)(value, writer, 100));
    let other = bobs.update(bob, "key", |value, writer| (nested.update)(value, writer, 10));
    let deltas = [start, Ok(removed), again, other, unrelated].map(|delta| delta.expect("fits"));
    for order in orders(5) {
        let mut state = Causal::<OrMap<&str, S>>::default();
        let mut seen = [false; 5];
        for at in order {
            state.join(&deltas[at]);
            seen[at] = true;
            let [start, removed, again, other, unrelated] = seen;
            let is_alive = [start && !removed && !(nested.replaces && other), other, again];
            let expected: Vec<u8> =
                [1, 10, 100].into_iter().zip(is_alive).filter(|(_, alive)| *alive).map(|(n, _)| n).collect();
            let read = state.get("key").map(nested.read).unwrap_or_default();
            assert_eq!(read, expected, "{seen:?}");
            assert_eq!(state.contains_key("key"), !expected.is_empty());
            assert_eq!(state.contains_key("unrelated"), unrelated);
            assert_eq!(state.len(), usize::from(unrelated) + usize::from(!expected.is_empty()));
        }
    }
}

#[test]
fn every_order_of_remove_update_and_add_again_for_a_counter() {
    table::<ResettableCounter>(&Nested {
        update: |counter, writer, n| counter.add(writer, n.into()),
        read: |counter| {
            [1, 10, 100].into_iter().filter(|n| counter.value() / i128::from(*n) % 10 == 1).collect()
        },
        replaces: false,
    });
}

#[test]
fn every_order_of_remove_update_and_add_again_for_a_register() {
    table::<MvRegister<u8>>(&Nested {
        update: |register, writer, n| register.write(writer, n),
        read: |register| register.value().into_iter().copied().collect(),
        replaces: true,
    });
}

#[test]
fn every_order_of_remove_update_and_add_again_for_sets() {
    table::<OrSet<u8>>(&Nested {
        update: |set, writer, n| set.add(writer, n),
        read: |set| set.value().into_iter().copied().collect(),
        replaces: false,
    });
    table::<RwSet<u8>>(&Nested {
        update: |set, writer, n| set.add(writer, n),
        read: |set| set.value().into_iter().copied().collect(),
        replaces: false,
    });
}

#[test]
fn every_order_of_remove_update_and_add_again_for_a_nested_map() {
    table::<OrMap<u8, EwFlag>>(&Nested {
        update: |map, writer, n| map.update(writer, n, EwFlag::enable),
        read: |map| map.keys().copied().collect(),
        replaces: false,
    });
    table::<OrMap<&str, OrMap<u8, DwFlag>>>(&Nested {
        update: |map, writer, n| {
            map.update(writer, "inner", |inner, writer| inner.update(writer, n, DwFlag::enable))
        },
        read: |map| map.iter().flat_map(|(_, inner)| inner.keys().copied()).collect(),
        replaces: false,
    });
}

#[test]
fn every_order_of_remove_update_and_add_again_for_a_product() {
    table::<(OrSet<u8>, ResettableCounter)>(&Nested {
        update: |(set, counter), writer, n| Ok((set.add(writer, n)?, counter.add(writer, n.into())?)),
        read: |(set, counter)| {
            let elements: Vec<u8> = set.value().into_iter().copied().collect();
            assert_eq!(elements.iter().map(|n| i128::from(*n)).sum::<i128>(), counter.value());
            elements
        },
        replaces: false,
    });
}

#[test]
fn a_change_that_fails_leaves_no_key_behind() {
    let mut map: Causal<OrMap<u8, ResettableCounter>> = Causal::default();
    let before = map.clone();
    assert_eq!(map.update(replica("alice"), 1, |_, _| Err("no")), Err("no"));
    assert_eq!(map, before);
    let nothing = map.update(replica("alice"), 1, |counter, writer| counter.add(writer, 0)).expect("fits");
    assert!(nothing.is_bottom() && map == before);
}

#[test]
fn a_remove_delta_claims_the_dots_of_its_key_alone() {
    let alice = replica("alice");
    let mut map: Causal<OrMap<u8, OrSet<u8>>> = Causal::default();
    for n in 0..10 {
        map.update(alice, n % 2, |set, writer| set.add(writer, n)).expect("fits");
    }
    let removed = map.remove(alice, &1);
    assert_eq!((removed.context().len(), removed.len()), (5, 0));
    let cleared = map.clear(alice);
    assert_eq!((cleared.context().len(), map.len()), (5, 0));
    assert!(map.remove(alice, &1).is_bottom());
}

/// A read context of one key that is handed to a write of another removes what it names, here as at everybody who joins.
#[test]
fn a_read_context_of_another_key_does_the_same_everywhere() {
    let alice = replica("alice");
    let mut map: Causal<OrMap<&str, OrMap<&str, MvRegister<u8>>>> = Causal::default();
    let write = |map: &mut Causal<OrMap<&'static str, _>>, outer, inner, read: &ReadContext, n| {
        map.update(alice, outer, |registers: &mut OrMap<&str, MvRegister<u8>>, writer| {
            registers.update(writer, inner, |register, writer| register.write_over(writer, read, n))
        })
        .expect("fits")
    };
    write(&mut map, "a", "x", &ReadContext::default(), 1);
    write(&mut map, "a", "y", &ReadContext::default(), 2);
    let everything = ReadContext::from(map.context().clone());
    let before = map.clone();
    let delta = write(&mut map, "b", "z", &everything, 3);
    assert_eq!(before.joined(&delta), map);
    assert_eq!(map.keys().collect::<Vec<_>>(), [&"b"]);
    assert_eq!(map.dots(), map.dots_within(map.context()));
}

/// What such a read context does not name stays, also under the key that it names something of.
#[test]
fn a_read_context_of_another_key_takes_nothing_else() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut map: Causal<OrMap<&str, MvRegister<u8>>> = Causal::default();
    let first = map.update(alice, "a", |register, writer| register.write(writer, 1)).expect("fits");
    let nothing = ReadContext::default();
    map.update(bob, "a", |register, writer| register.write_over(writer, &nothing, 2)).expect("fits");
    let before = map.clone();
    let read = ReadContext::from(first.context().clone());
    let delta = map.update(bob, "b", |register, writer| register.write_over(writer, &read, 3)).expect("fits");
    assert_eq!(before.joined(&delta), map);
    let values = |key| map.get(key).map(MvRegister::value);
    assert_eq!((values("a"), values("b")), (Some(vec![&2]), Some(vec![&3])));
}

#[test]
fn the_laws_hold_on_executions() {
    let same_index = |map: &Causal<OrMap<u64, ResettableCounter>>| {
        let mut one_by_one = CausalContext::default();
        map.for_each_dot(&mut |dot| one_by_one.insert(dot));
        assert_eq!(map.dots(), one_by_one);
    };
    executions::run::<OrMap<u64, ResettableCounter>>(
        400,
        |map, id, dice| {
            let key = dice.throw(3);
            match dice.throw(6) {
                0 => map.remove(id, &key),
                1 => map
                    .update(id, key, |counter, writer| Ok::<_, Overflow>(counter.reset(writer)))
                    .expect("fits"),
                _ => map.update(id, key, |counter, writer| counter.add(writer, 1)).expect("fits"),
            }
        },
        same_index,
    );
    executions::run::<OrMap<u64, MvRegister<u64>>>(
        400,
        |map, id, dice| {
            let (key, value) = (dice.throw(3), dice.throw(2));
            if dice.throw(3) == 0 {
                map.remove(id, &key)
            } else {
                map.update(id, key, |register, writer| register.write(writer, value)).expect("fits")
            }
        },
        |_| {},
    );
}

#[test]
fn the_laws_hold_on_executions_of_nested_maps() {
    type Deep = OrMap<u64, OrMap<u64, (OrSet<u64>, ResettableCounter)>>;
    executions::run::<Deep>(
        400,
        |map, id, dice| {
            let (outer, inner, what) = (dice.throw(2), dice.throw(2), dice.throw(6));
            if what == 0 {
                return map.remove(id, &outer);
            }
            map.update(id, outer, |values, writer| {
                if what == 1 {
                    return Ok::<_, Overflow>(values.remove(writer, &inner));
                }
                values.update(writer, inner, |(set, counter), writer| match what {
                    2 => Ok((set.remove(writer, &0), counter.reset(writer))),
                    3 => Ok((OrSet::default(), counter.add(writer, 2)?)),
                    _ => Ok((set.add(writer, what)?, counter.add(writer, 1)?)),
                })
            })
            .expect("fits")
        },
        |_| {},
    );
}

#[cfg(feature = "serde")]
mod wire {
    use serde_json::{from_str, to_string};

    use super::*;

    type Counters = OrMap<String, ResettableCounter>;
    type Triples = OrMap<u64, (OrSet<u8>, EwFlag, DwFlag)>;

    #[test]
    fn it_comes_back_from_both_encodings() {
        let (alice, bob) = (replica("alice"), replica("bob"));
        let mut map: Causal<Counters> = Causal::default();
        map.update(alice, "b".into(), |counter, writer| counter.add(writer, 2)).expect("fits");
        map.update(bob, "a".into(), |counter, writer| counter.add(writer, 1)).expect("fits");
        assert_eq!(
            to_string(map.store()).expect("text"),
            r#"{"a":{"bob@1":[[1,1,1]]},"b":{"alice@1":[[1,1,2]]}}"#
        );
        crate::both_encodings(&map);
        let mut numbers: Causal<Triples> = Causal::default();
        numbers
            .update(alice, 7, |(set, ew, dw), writer| {
                Ok::<_, Overflow>((set.add(writer, 1)?, ew.enable(writer)?, dw.disable(writer)?))
            })
            .expect("fits");
        crate::both_encodings(&numbers);
    }

    #[test]
    fn what_no_replica_writes_is_refused() {
        for text in [
            r#"{"a": {}}"#,
            r#"{"a": {"n@1": [[1,1,1]]}, "a": {"n@1": [[2,2,1]]}}"#,
            r#"{"a": {"n@1": [[1,3,1]]}, "b": {"n@1": [[2,2,1]]}}"#,
            r#"{"a": {"n@1": [[2,2,1]]}, "b": {"n@1": [[1,18446744073709551615,1]]}}"#,
            "[]",
        ] {
            assert!(from_str::<Counters>(text).is_err(), "{text}");
        }
        let keys_in_any_order = r#"{"b": {"n@1": [[1,1,1]]}, "a": {"n@1": [[2,2,1]]}}"#;
        assert!(from_str::<Counters>(keys_in_any_order).is_ok());
        let unseen = r#"{"seen": {"n@1": [[1,1]]}, "alive": {"a": {"n@1": [[2,2,1]]}}}"#;
        assert!(from_str::<Causal<Counters>>(unseen).is_err());
        let whole = r#"{"seen": {"n@1": [[1,18446744073709551615]]}, "alive": {"a": {"n@1": [[1,18446744073709551615,1]]}}}"#;
        let state: Causal<Counters> = from_str(whole).expect("a state");
        assert_eq!(state.get("a").map(ResettableCounter::value), Some(i128::from(u64::MAX)));
    }
}
