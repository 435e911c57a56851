//! Small situations told as stories, compared with what stands in `tests/golden`.
//!
//! A story changes when a node, the network or a service does something else. `QUIPU_GOLDEN=write cargo test -p
//! quipu-harness --test golden` writes the stories anew; read the difference before you commit it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quipu_harness::explore::run_virtual;
use quipu_harness::nemesis::TimedFault;
use quipu_harness::operation::Action;
use quipu_harness::options::{Options, SeqKv};
use quipu_harness::runner::{Plan, Script, ScriptedOperation};
use quipu_harness::story;
use quipu_harness::world::MakeNode;
use quipu_node::nodes::{Fence, NodeKind, Settings};
use quipu_sim::{Fault, Partition};

/// One situation: who does what when, and what goes wrong.
struct Situation {
    name: &'static str,
    kind: NodeKind,
    settings: Settings,
    options: Options,
    script: Script,
    world_seed: u64,
}

fn add(at: u64, worker: u32, delta: i64) -> ScriptedOperation {
    ScriptedOperation { at: Duration::from_millis(at), worker, action: Action::Add(delta) }
}

fn read(at: u64, worker: u32) -> ScriptedOperation {
    ScriptedOperation { at: Duration::from_millis(at), worker, action: Action::Read }
}

fn fault(at: u64, fault: Fault) -> TimedFault {
    TimedFault { at: Duration::from_millis(at), fault }
}

fn situation(
    name: &'static str,
    kind: NodeKind,
    nodes: u16,
    operations: Vec<ScriptedOperation>,
) -> Situation {
    Situation {
        name,
        kind,
        settings: Settings::default(),
        options: Options {
            node_count: nodes,
            concurrency: u32::from(nodes),
            strict: true,
            ..Options::default()
        },
        script: Script { operations, faults: Vec::new(), final_reads: (0..u32::from(nodes)).collect() },
        world_seed: 3,
    }
}

fn situations() -> Vec<Situation> {
    let two_adds = || vec![add(0, 0, 1), add(0, 1, 2)];
    let mut gossip = situation(
        "gossip_across_a_partition",
        NodeKind::Gossip,
        3,
        vec![add(100, 0, 1), add(200, 2, 5), read(300, 1)],
    );
    gossip.script.faults =
        vec![fault(0, Fault::Partition(Partition::isolating(&[2], 3))), fault(1000, Fault::Heal)];
    let mut crash = situation(
        "chain_node_restarts",
        NodeKind::Chain,
        2,
        vec![add(0, 0, 1), add(100, 0, 2), read(200, 1)],
    );
    crash.script.faults = vec![fault(50, Fault::Kill(vec![0])), fault(60, Fault::Restart(vec![0]))];
    let mut adversary =
        situation("slots_on_the_most_inconvenient_store", NodeKind::Slots, 2, vec![add(0, 0, 1)]);
    adversary.options.seq_kv = SeqKv::Adversary;
    adversary.script.final_reads = vec![1];
    let mut identity =
        situation("cas_behind_an_identity_cas", NodeKind::Cas, 2, vec![add(0, 0, 1), read(50, 1)]);
    identity.settings.fence = Fence::Identity;
    vec![
        situation("lossy_loses_an_update", NodeKind::Lossy, 2, two_adds()),
        situation("cas_is_refused_and_tries_again", NodeKind::Cas, 2, two_adds()),
        situation("keys_sums_what_it_is_shown", NodeKind::Keys, 2, two_adds()),
        situation("slots_adds_and_reads", NodeKind::Slots, 2, two_adds()),
        situation("chain_adds_and_reads", NodeKind::Chain, 2, two_adds()),
        situation("locked_takes_turns", NodeKind::Locked, 2, vec![add(0, 0, 1), read(100, 1)]),
        gossip,
        crash,
        adversary,
        identity,
    ]
}

#[test]
fn every_situation_is_told_as_it_stands_in_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let write = std::env::var_os("QUIPU_GOLDEN").is_some_and(|value| value == "write");
    let mut differing = Vec::new();
    for situation in situations() {
        let Situation { name, kind, settings, options, script, world_seed } = situation;
        let make: MakeNode = Arc::new(move || kind.build(&settings));
        let (run, checked) =
            run_virtual(&options, &Plan::Script(script), world_seed, &make, true).expect("it runs");
        let told = story::lines(&story::tell(&run, &checked)).join("\n") + "\n";
        let path = folder.join(format!("{name}.txt"));
        if write {
            fs::write(&path, told).expect("the folder can be written");
        } else if fs::read_to_string(&path).unwrap_or_default() != told {
            differing.push(format!("{name} is told otherwise now:\n{told}"));
        }
    }
    assert!(
        differing.is_empty(),
        "{}\nQUIPU_GOLDEN=write cargo test -p quipu-harness --test golden writes the stories anew",
        differing.join("\n")
    );
}
