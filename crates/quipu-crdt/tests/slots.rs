//! The counters' slots against a plain map: joins of every shape, changes in any order, and what follows from them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use quipu_crdt::{GCounter, Lattice, NodeName, PnCounter, ReplicaId, VersionVector};

type Model = BTreeMap<ReplicaId, (u64, u64)>;

fn replica(number: u16) -> ReplicaId {
    // Names whose order is not that of the numbers, and two lives of some nodes.
    ReplicaId::new(NodeName::new(&format!("{:x}", number / 2)), u64::from(number % 2))
}

fn counter(model: &Model) -> PnCounter {
    let mut counter = PnCounter::default();
    for (replica, (added, taken)) in model {
        counter.join(&PnCounter::of_slot(*replica, *added, *taken));
    }
    counter
}

/// Equal to the model in everything that can be asked.
fn assert_is(counter: &PnCounter, model: &Model) {
    assert!(counter.iter().eq(model.iter().map(|(replica, tally)| (*replica, *tally))));
    let sum: i128 = model.values().map(|(added, taken)| i128::from(*added) - i128::from(*taken)).sum();
    assert_eq!(counter.value(), sum, "the sum that is kept is the sum of the slots");
    for number in 0..200 {
        let tally = model.get(&replica(number)).copied().unwrap_or_default();
        assert_eq!(counter.of(replica(number)), tally);
    }
}

fn joined(ours: &Model, theirs: &Model) -> Model {
    let mut joined = ours.clone();
    for (replica, (added, taken)) in theirs {
        let slot = joined.entry(*replica).or_default();
        *slot = (slot.0.max(*added), slot.1.max(*taken));
    }
    joined
}

fn models() -> impl Strategy<Value = (Model, Model)> {
    let model = |count: usize, most: u16| {
        proptest::collection::vec((0..most, 0_u64..4, 0_u64..4), 0..count).prop_map(|slots| {
            let slots = slots.into_iter().filter(|(_, added, taken)| added + taken > 0);
            slots.map(|(number, added, taken)| (replica(number), (added, taken))).collect::<Model>()
        })
    };
    // Few slots into many, many into few, many into many, and the same ids with other values.
    let same_ids = (model(200, 200), 0_u64..4).prop_map(|(ours, more)| {
        let theirs = ours.iter().map(|(id, (added, taken))| (*id, (added + more % 3, taken ^ more | 1)));
        (ours.clone(), theirs.collect())
    });
    prop_oneof![
        (model(4, 200), model(300, 200)),
        (model(300, 200), model(4, 200)),
        (model(60, 200), model(60, 200)),
        (model(4, 4), model(4, 4)),
        same_ids,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_join_is_that_of_two_maps((ours, theirs) in models()) {
        let (a, b) = (counter(&ours), counter(&theirs));
        let both = joined(&ours, &theirs);
        assert_is(&a.clone().joined(&b), &both);
        assert_eq!(a.clone().joined(&b), b.clone().joined(&a));
        let news: Model =
            ours.iter().filter(|(id, tally)| both_above(**tally, theirs.get(*id))).map(|(id, t)| (*id, *t)).collect();
        assert_is(&a.difference(&b), &news);
        assert_eq!(a.includes(&b), both == ours);
        assert_eq!(b.includes(&a), news.is_empty());
        assert_eq!(a == b, ours == theirs);
    }

    #[test]
    fn changes_of_many_replicas_find_their_own_slots(
        changes in proptest::collection::vec((0_u16..200, 0_u64..3, any::<bool>()), 0..300),
    ) {
        let (mut counter, mut model) = (PnCounter::default(), Model::new());
        let (mut up, mut known) = (GCounter::default(), VersionVector::default());
        for (number, amount, gains) in changes {
            let id = replica(number);
            let slot = model.entry(id).or_default();
            let delta = if gains {
                slot.0 += amount;
                counter.increment(id, amount)
            } else {
                slot.1 += amount;
                counter.decrement(id, amount)
            };
            let tally = *slot;
            model.retain(|_, tally| *tally != (0, 0));
            assert_eq!(delta.expect("small").iter().collect::<Vec<_>>(), if amount == 0 { vec![] } else { vec![(id, tally)] });
            assert_eq!(counter.of(id), tally);
            up.increment(id, amount).expect("small");
            assert_eq!(known.next_dot(id).expect("few").counter.get(), known.of(id));
        }
        assert_is(&counter, &model);
        let sum: u64 = model.values().map(|(added, taken)| added + taken).sum();
        assert_eq!(up.value(), u128::from(sum));
    }

    #[test]
    fn names_are_ordered_as_their_text_is(ours in "\\PC{0,6}", theirs in "\\PC{0,6}") {
        let (a, b) = (NodeName::new(&ours), NodeName::new(&theirs));
        assert_eq!(a.cmp(&b), a.as_str().cmp(b.as_str()));
        assert_eq!(a == b, a.as_str() == b.as_str());
    }
}

fn both_above(ours: (u64, u64), theirs: Option<&(u64, u64)>) -> bool {
    let (added, taken) = theirs.copied().unwrap_or_default();
    ours.0 > added || ours.1 > taken
}

/// The place that is remembered is a guess: joins that move slots must not lead changes astray.
#[test]
fn a_join_that_moves_slots_leaves_changes_right() {
    let mut counter = PnCounter::default();
    counter.increment(replica(100), 5).expect("small");
    for number in (0..200).rev() {
        counter.join(&PnCounter::of_slot(replica(number), 1, 0));
        counter.increment(replica(100), 1).expect("small");
    }
    assert_eq!(counter.of(replica(100)), (205, 0));
    assert_eq!(counter.value(), 205 + 199);
}
