use crate::store::Character;
use crate::world::Plan;
use quipu_node::nodes::*;
#[test]
fn probe() {
    for kind in
        [NodeKind::Lossy, NodeKind::Cas, NodeKind::Keys, NodeKind::Locked, NodeKind::Slots, NodeKind::Chain]
    {
        for character in [Character::Linearizable, Character::Maelstrom, Character::Adversary] {
            let mut plan = Plan::stock(kind);
            plan.character = character;
            let (mut bad, mut back, mut oob, mut messages, mut errors, mut un) = (0, 0, 0, 0.0, 0, 0);
            let n = 60;
            for seed in 0..n {
                let run = plan.run(seed);
                bad += usize::from(!run.finals_out_of_bounds().is_empty());
                oob += usize::from(!run.reads_out_of_bounds().is_empty());
                back += usize::from(!run.backward_reads(true).is_empty());
                messages += run.messages_per_operation() / n as f64;
                errors += run.errors();
                un += run.unanswered();
            }
            println!(
                "{kind} {character:?}: bad finals {bad}, oob {oob}, back {back} of {n}; messages {messages:.2} errors {errors} unanswered {un}"
            );
        }
    }
}
