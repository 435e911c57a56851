use crate::store::Character;
use crate::world::Plan;
use quipu_node::{Reply, nodes::*};
use std::time::Duration;
#[test]
fn probe2() {
    let mut plan = Plan::stock(NodeKind::Chain);
    plan.latency = Duration::from_millis(100);
    plan.character = Character::Linearizable;
    for seed in 0..10 {
        println!("E {seed} errors {}", plan.run(seed).errors());
    }
    let run = plan.run(5);
    let mut texts = std::collections::BTreeMap::<String, usize>::new();
    for op in &run.operations {
        if let Some((at, Reply::Error { kind, text })) = &op.ended {
            *texts.entry(format!("n{} ended {} {kind:?} {text}", op.node, at)).or_default() += 1;
        }
    }
    for (t, n) in texts {
        println!("E {t} x{n}");
    }
    let mut oks = std::collections::BTreeMap::<String, (usize, Duration)>::new();
    for op in &run.operations {
        if let Some((at, Reply::Counter(_) | Reply::AddOk)) = &op.ended {
            let e = oks.entry(format!("{} n{}", at, op.node)).or_default();
            e.0 += 1;
            e.1 = e.1.max(at.since(op.invoked));
        }
    }
    for (t, (n, max)) in oks {
        println!("ok {t} x{n} max latency {max:?}");
    }
}
