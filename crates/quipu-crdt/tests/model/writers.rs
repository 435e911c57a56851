//! What a writer notes, whatever is made and removed in whatever order.

use quipu_crdt::{Causal, CausalContext, Dot, DotStore, Lattice, OrSet, ReplicaId, Writer};

use super::reference::{Dots, context_of, dot, dots_of, replica};

/// One step of a change.
#[derive(Clone, Copy, Debug)]
enum Step {
    Make,
    Forget(Dot),
    /// Forgets in a part of the change.
    ForgetInPart(Dot),
}

/// Some dots of the writer's own, one with a gap, and one of somebody else.
fn steps(own: ReplicaId) -> Vec<Step> {
    let dots = [dot(own, 1), dot(own, 2), dot(own, 3), dot(own, 7), dot(replica(2), 1)];
    let mut steps: Vec<Step> = dots.map(Step::Forget).to_vec();
    steps.extend([Step::Make, Step::ForgetInPart(dot(own, 2))]);
    steps
}

/// The dots of the change, as a set.
fn perform(writer: &mut Writer<'_>, script: &[Step]) -> Dots {
    let mut noted = Dots::new();
    for step in script {
        let dot = match *step {
            Step::Make => writer.dot().expect("few changes"),
            Step::Forget(dot) => {
                writer.forget(dot);
                dot
            }
            Step::ForgetInPart(dot) => {
                let ((), part) = writer.part(|part| part.forget(dot));
                assert_eq!(part, CausalContext::of(dot));
                dot
            }
        };
        noted.insert(dot);
    }
    noted
}

#[test]
fn a_delta_claims_what_was_made_and_removed_in_any_order_and_no_more() {
    let own = replica(1);
    let steps = steps(own);
    let choices = steps.len();
    for code in 0..choices.pow(4) {
        let script: Vec<Step> = (0..4).map(|at| steps[code / choices.pow(at) % choices]).collect();
        let before: Dots = (1..=4).map(|counter| dot(own, counter)).collect();
        let mut seen = context_of(&before);
        let mut writer = Writer::new(&mut seen, own);
        let noted = perform(&mut writer, &script);
        assert_eq!(dots_of(&writer.finish()), noted, "{script:?}");
        assert_eq!(dots_of(&seen), before.union(&noted).copied().collect::<Dots>(), "{script:?}");
    }
}

/// A removal may be told of before the change that it removes.
#[test]
fn what_is_removed_before_it_arrives_stays_away() {
    let (alice, bob) = (replica(1), replica(2));
    let added = Causal::<OrSet<u8>>::default().add(alice, 1).expect("fits");
    let mut at_bob = Causal::<OrSet<u8>>::default();
    at_bob.apply(bob, |_, writer| {
        added.dots().dots().for_each(|dot| writer.forget(dot));
        OrSet::default()
    });
    assert_eq!(at_bob.context(), added.context());
    assert!(at_bob.joined(&added).is_empty());
}
