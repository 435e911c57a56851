//! Mistakes that libraries of this kind have made, each as a test that it is not made here.

use quipu_crdt::{
    Causal, CausalContext, Dot, EwFlag, Lattice, MvRegister, NodeName, OrMap, OrSet, Overflow, ReplicaId,
    ResettableCounter, Writer,
};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

type Counters = Causal<OrMap<&'static str, ResettableCounter>>;
type Nested = Causal<OrMap<u8, OrMap<u8, (OrSet<u8>, EwFlag)>>>;
type Registers = Causal<OrMap<&'static str, MvRegister<u8>>>;

fn count(map: &mut Counters, by: ReplicaId, key: &'static str, step: i64) -> Counters {
    map.update(by, key, |counter, writer| counter.add(writer, step)).expect("fits")
}

fn write(map: &mut Registers, by: ReplicaId, key: &'static str, value: u8) -> Registers {
    map.update(by, key, |register, writer| register.write(writer, value)).expect("fits")
}

/// `riak_dt`, pull request 82: what both sides of a merge held was kept, although one side held it under a new dot and had
/// removed the old one; flags and maps were wrong by design.
#[test]
fn a_merge_keeps_nothing_that_was_removed_on_the_other_side() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let (mut set, mut flag) = (Causal::<OrSet<&str>>::default(), Causal::<EwFlag>::default());
    set.add(alice, "milk").expect("fits");
    flag.enable(alice).expect("fits");
    let (old_set, old_flag) = (set.clone(), flag.clone());
    let (mut bobs_set, mut bobs_flag) = (set.clone(), flag.clone());

    set.remove(alice, &"milk");
    flag.disable(alice);
    assert!(!old_set.clone().joined(&set).contains(&"milk"));
    assert!(!set.clone().joined(&old_set).contains(&"milk"));
    assert!(!old_flag.clone().joined(&flag).value() && !flag.clone().joined(&old_flag).value());

    // Bob adds again without having seen the removal, then removes his own: the old dot is gone with it.
    bobs_set.add(bob, "milk").expect("fits");
    bobs_flag.enable(bob).expect("fits");
    assert!(old_set.clone().joined(&bobs_set).contains(&"milk"));
    bobs_set.remove(bob, &"milk");
    bobs_flag.disable(bob);
    assert!(!old_set.joined(&bobs_set).contains(&"milk"));
    assert!(!old_flag.joined(&bobs_flag).value());
}

/// rust-crdt, issues 33 and 35: the map's merge used the clock that its first key had already advanced, so that further new
/// keys looked removed.
#[test]
fn a_map_join_judges_every_key_by_the_contexts_before_the_join() {
    let alice = replica("alice");
    let mut at_alice = Counters::default();
    for key in ["a", "b", "c"] {
        count(&mut at_alice, alice, key, 1);
    }
    let mut at_bob = Counters::default();
    at_bob.join(&at_alice);
    assert_eq!((at_bob.len(), &at_bob), (3, &at_alice));

    let mut nested = Nested::default();
    for key in 0..9 {
        let change = |map: &mut OrMap<u8, (OrSet<u8>, EwFlag)>, writer: &mut Writer<'_>| {
            map.update(writer, key % 3, |(set, flag), writer| {
                Ok::<_, Overflow>((set.add(writer, key)?, flag.enable(writer)?))
            })
        };
        nested.update(alice, key / 3, change).expect("fits");
    }
    let copy = Nested::default().joined(&nested);
    assert_eq!(copy, nested);
    assert!(
        copy.iter().all(|(_, inner)| inner.iter().all(|(_, (set, flag))| set.len() == 1 && flag.value()))
    );
}

/// `riak_dt`, pull request 78: `>=` stood for `>` in the comparison of a dot with a clock, at the one number where it matters.
#[test]
fn a_dot_is_seen_from_its_own_number_on_and_not_before() {
    let alice = replica("alice");
    let mut whole = Causal::<OrSet<u64>>::default();
    let deltas: Vec<_> = (1..=4).map(|n| whole.add(alice, n).expect("fits")).collect();
    for known in 0..=4_u64 {
        let dots = (1..=known).map(|n| Dot::new(alice, n.try_into().expect("not 0")));
        let context: CausalContext = dots.collect();
        // A replica that saw the first changes and where all of them were removed.
        let empty = Causal::from_parts(OrSet::default(), context).expect("nothing alive");
        for n in 1..=4_u64 {
            let delta = &deltas[usize::try_from(n - 1).expect("small")];
            assert_eq!(empty.clone().joined(delta).contains(&n), n > known, "{n} of {known}");
            assert_eq!(empty.includes(delta), n <= known);
        }
    }
}

/// Antidote, issue 129: of two updates of one replica that arrived in the wrong order one was lost.
#[test]
fn two_updates_of_one_replica_may_arrive_in_any_order() {
    let alice = replica("alice");
    let mut counter = Causal::<ResettableCounter>::default();
    let steps = [counter.add(alice, 1).expect("fits"), counter.add(alice, 10).expect("fits")];
    let late = steps[1].clone().joined(&steps[0]);
    assert_eq!((late.value(), &late), (11, &counter));

    let mut set = Causal::<OrSet<u8>>::default();
    let adds = [set.add(alice, 1).expect("fits"), set.add(alice, 2).expect("fits"), set.remove(alice, &1)];
    let late = adds.iter().rev().fold(Causal::default(), Lattice::joined);
    assert_eq!((late.value(), &late), (vec![&2], &set));

    let mut register = Causal::<MvRegister<u8>>::default();
    let writes = [register.write(alice, 1).expect("fits"), register.write(alice, 2).expect("fits")];
    let late = writes[1].clone().joined(&writes[0]);
    assert_eq!((late.value(), &late), (vec![&2], &register));
}

/// `riak_dt`, issues 92 and 98, and Akka, issue 22648: a removed key came back with the old value of its counter under the new
/// one, or could not be reset at all.
#[test]
fn a_removed_key_does_not_come_back_with_its_old_count() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut at_alice = Counters::default();
    count(&mut at_alice, alice, "hits", 40);
    count(&mut at_alice, alice, "other", 1);
    let mut at_bob = at_alice.clone();
    count(&mut at_bob, bob, "hits", 2);
    at_alice.remove(alice, &"hits");
    count(&mut at_alice, alice, "hits", 100);
    at_alice.join(&at_bob);
    at_bob.join(&at_alice);
    assert_eq!(at_bob.get("hits").map(ResettableCounter::value), Some(102));
    assert_eq!((at_alice.get("other").map(ResettableCounter::value), &at_alice), (Some(1), &at_bob));
}

/// Stores that give a write the clock of the server instead of the reader's lose what the reader was never shown (the case for
/// dotted version vectors, Preguiça et al. 2010).
#[test]
fn a_write_leaves_the_siblings_that_its_writer_has_not_read() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut at_alice = Causal::<MvRegister<&str>>::default();
    at_alice.write(alice, "draft").expect("fits");
    let read = at_alice.read_context();
    let mut at_bob = at_alice.clone();
    let unseen = at_bob.write(bob, "from bob").expect("fits");
    at_alice.join(&unseen);
    // A client of Alice writes now what it thought about after its read.
    at_alice.write_over(alice, &read, "from the client").expect("fits");
    assert_eq!(at_alice.value(), [&"from bob", &"from the client"]);
}

/// crdt-kit 0.5.1: the delta between two equal states, which has no news, erased the register that it was applied to.
#[test]
fn a_delta_without_news_changes_nothing() {
    let alice = replica("alice");
    let mut register = Causal::<MvRegister<u8>>::default();
    register.write(alice, 1).expect("fits");
    let nothing = register.difference(&register.clone());
    assert!(nothing.is_bottom());
    assert_eq!(register.clone().joined(&nothing), register);
    assert_eq!(register.value(), [&1]);
}

/// Akka, issue 22890: a remove delta carried the whole version vector of its sender, and later adds were dropped without a word.
#[test]
fn a_remove_delta_claims_what_it_removes_and_no_more() {
    let (alice, bob) = (replica("alice"), replica("bob"));
    let mut at_alice = Causal::<OrSet<&str>>::default();
    let milk = at_alice.add(alice, "milk").expect("fits");
    let bread = at_alice.add(alice, "bread").expect("fits");
    let removed = at_alice.remove(alice, &"milk");
    assert_eq!(removed.context().len(), 1);
    // Carol receives the removal first, then what was there before it, and an add of Bob.
    let mut at_carol = removed.clone();
    at_carol.join(&bread);
    at_carol.join(&Causal::<OrSet<&str>>::default().add(bob, "tea").expect("fits"));
    at_carol.join(&milk);
    assert_eq!(at_carol.value(), [&"bread", &"tea"]);

    let mut map = Registers::default();
    let one = write(&mut map, alice, "one", 1);
    write(&mut map, alice, "two", 2);
    let removed = map.remove(alice, &"two");
    assert_eq!((removed.context().len(), removed.joined(&one).len()), (1, 1));
}

/// rust-crdt, issue 10: a register in a map was tagged with a clock that held dots of other keys, so that a removal never
/// emptied it: replicas diverged, and merging one state twice brought a value back.
#[test]
fn a_value_is_tagged_with_its_own_dots_only() {
    let alice = replica("alice");
    let mut at_alice = Registers::default();
    let mut at_bob = Registers::default();
    at_bob.join(&write(&mut at_alice, alice, "unrelated", 1));
    at_bob.join(&write(&mut at_alice, alice, "key", 2));
    write(&mut at_alice, alice, "key", 3);
    at_alice.remove(alice, &"key");
    let before = at_bob.clone();
    for _ in 0..2 {
        at_bob.join(&at_alice);
        assert_eq!((at_bob.contains_key("key"), &at_bob), (false, &at_alice));
    }
    at_alice.join(&before);
    assert_eq!(at_bob, at_alice);
    assert_eq!(at_alice.get("unrelated").map(MvRegister::value), Some(vec![&1]));
}

/// `riak_kv`, issue 679: a virtual node that had lost its disk counted on under its old id; its new writes looked old and
/// vanished. Here too, under the same incarnation; that is what incarnations are for.
#[test]
fn equal_ids_after_a_crash_lose_what_a_new_incarnation_keeps() {
    let [first_life, second_life] = [1, 2].map(|life| ReplicaId::new(NodeName::new("alice"), life));
    let mut at_bob = Causal::<OrSet<&str>>::default();
    at_bob.join(&Causal::<OrSet<&str>>::default().add(first_life, "milk").expect("fits"));

    // Alice has forgotten everything. Her next change has a name that means something else elsewhere.
    let mut same_life = Causal::<OrSet<&str>>::default();
    let reused = same_life.add(first_life, "bread").expect("fits");
    assert_eq!(at_bob.clone().joined(&reused).value(), [&"milk"], "the loss");

    let mut new_life = Causal::<OrSet<&str>>::default();
    let fresh = new_life.add(second_life, "bread").expect("fits");
    assert_eq!(at_bob.joined(&fresh).value(), [&"bread", &"milk"]);
}
