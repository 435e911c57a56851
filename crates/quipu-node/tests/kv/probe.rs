use crate::store::Character;
use crate::world::Plan;
use quipu_node::nodes::*;
use std::time::Duration;
fn go(label: &str, plan: &Plan, n: u64) {
    let (mut bad, mut back, mut oob, mut messages, mut errors, mut un, mut ops, mut late) =
        (0, 0, 0, 0.0, 0, 0, 0, 0);
    for seed in 0..n {
        let run = plan.run(seed);
        bad += usize::from(!run.finals_out_of_bounds().is_empty());
        oob += usize::from(!run.reads_out_of_bounds().is_empty());
        back += usize::from(!run.backward_reads(true).is_empty());
        messages += run.messages_per_operation() / n as f64;
        errors += run.errors();
        un += run.unanswered();
        ops += run.operations.len();
        late += run.late_replies;
    }
    println!(
        "{label} {}: bad finals {bad}, oob {oob}, back {back} of {n}; messages {messages:.2} errors {errors} unanswered {un} late {late} of {ops}",
        plan.kind
    );
}
#[test]
fn probe() {
    use Character::*;
    for (kind, n, lat) in [
        (NodeKind::Chain, 3, 0),
        (NodeKind::Chain, 3, 50),
        (NodeKind::Chain, 3, 100),
        (NodeKind::Chain, 5, 50),
        (NodeKind::Chain, 25, 20),
        (NodeKind::Locked, 3, 5),
        (NodeKind::Locked, 3, 20),
        (NodeKind::Locked, 3, 50),
    ] {
        for character in [Maelstrom, Linearizable] {
            let mut plan = Plan::stock(kind);
            plan.latency = Duration::from_millis(lat);
            plan.nodes = n;
            plan.character = character;
            go(&format!("no loss n {n} lat {lat} {character:?}"), &plan, 10);
        }
    }
}
