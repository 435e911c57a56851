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
    for n in [3, 5, 10, 25] {
        for kind in [NodeKind::Chain, NodeKind::Slots] {
            let mut plan = Plan::stock(kind);
            plan.nodes = n;
            go(&format!("nodes {n}"), &plan, 10);
            plan.latency = Duration::from_millis(20);
            go(&format!("nodes {n} lat 20"), &plan, 10);
        }
    }
    for kind in [NodeKind::Chain, NodeKind::Locked] {
        for lat in [0, 5, 20, 50, 100] {
            let mut plan = Plan::stock(kind);
            plan.latency = Duration::from_millis(lat);
            go(&format!("no loss lat {lat}"), &plan, 20);
            plan.loss = 0.02;
            plan.duplicate = 0.02;
            go(&format!("lossy lat {lat}"), &plan, 20);
        }
    }
    for kind in [NodeKind::Chain, NodeKind::Slots, NodeKind::Keys, NodeKind::Cas, NodeKind::Locked] {
        for lat in [0, 50] {
            let mut plan = Plan::stock(kind);
            plan.loss = 0.02;
            plan.duplicate = 0.02;
            plan.negative = true;
            plan.latency = Duration::from_millis(lat);
            go(&format!("lossy lat {lat}"), &plan, 20);
            plan.kills = 4;
            go(&format!("lossy kill lat {lat}"), &plan, 20);
            plan.settings.blind_retry = true;
            plan.settings.fencing = false;
            plan.pauses = 3;
            plan.kills = 0;
            go(&format!("lossy pause, blind/unfenced lat {lat}"), &plan, 20);
        }
    }
    for kind in [NodeKind::Locked] {
        for fencing in [true, false] {
            let mut plan = Plan::stock(kind);
            plan.settings.fencing = fencing;
            plan.latency = Duration::from_millis(20);
            plan.pauses = 4;
            go(&format!("paused, fencing {fencing}"), &plan, 20);
            plan.latency = Duration::from_millis(100);
            go(&format!("paused, fencing {fencing} 100ms"), &plan, 20);
        }
    }
    for (remedy, kind) in [
        (Remedy::Tags, NodeKind::Chain),
        (Remedy::Settling, NodeKind::Chain),
        (Remedy::Joining, NodeKind::Chain),
        (Remedy::Settling, NodeKind::Slots),
        (Remedy::Barrier, NodeKind::Slots),
        (Remedy::Floors, NodeKind::Slots),
    ] {
        for without in [Some(remedy), None] {
            let mut plan = Plan::stock(kind);
            plan.settings.without = without;
            if remedy != Remedy::Tags && remedy != Remedy::Barrier && remedy != Remedy::Floors {
                plan.loss = 0.02;
                plan.kills = 3;
            }
            if remedy == Remedy::Floors {
                plan.nodes = 25;
                plan.rate = 1000;
                plan.latency = Duration::from_millis(20);
                plan.seconds = 5;
            }
            go(&format!("without {without:?} ({remedy})"), &plan, 20);
        }
    }
    let _ = (Linearizable, Adversary);
}
