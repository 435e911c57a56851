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
use quipu_harness::workload::Workload;
use quipu_harness::world::MakeNode;
use quipu_node::nodes::{Fence, NodeKind, Remedy, Settings};
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

fn does(at: u64, worker: u32, action: Action) -> ScriptedOperation {
    ScriptedOperation { at: Duration::from_millis(at), worker, action }
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

/// A situation of a replicated type on two nodes, perhaps with one part left out.
fn replicated(
    name: &'static str,
    (workload, kind): (Workload, NodeKind),
    without: Option<Remedy>,
    operations: Vec<ScriptedOperation>,
) -> Situation {
    let mut told = situation(name, kind, 2, operations);
    told.options.workload = workload;
    told.settings.without = without;
    told
}

/// What each type does, and what each of them does with the part left out that answers its particular danger.
fn replicated_situations() -> Vec<Situation> {
    [sets_and_registers(), carts(), stocks(), texts()].into_iter().flatten().collect()
}

fn partition() -> TimedFault {
    fault(100, Fault::Partition(Partition::isolating(&[0], 2)))
}

fn sets_and_registers() -> Vec<Situation> {
    let or_set = (Workload::OrSet, NodeKind::OrSet);
    let write = |at, worker, value| does(at, worker, Action::Write { value, blind: false });
    let mut again = replicated(
        "or_set_gives_a_name_twice",
        or_set,
        Some(Remedy::Incarnation),
        vec![does(0, 0, Action::AddElement(1)), does(200, 0, Action::AddElement(2))],
    );
    let restart = [fault(110, Fault::Kill(vec![0])), fault(120, Fault::Restart(vec![0]))];
    again.script.faults = [partition()].into_iter().chain(restart).chain([fault(300, Fault::Heal)]).collect();
    let kept = replicated(
        "or_set_keeps_what_was_removed_elsewhere",
        or_set,
        Some(Remedy::Context),
        vec![does(0, 0, Action::AddElement(1)), does(100, 1, Action::RemoveElement(1))],
    );
    let written = |name, without| {
        let operations = vec![read(0, 0), write(50, 1, 1), write(150, 0, 2)];
        replicated(name, (Workload::MvRegister, NodeKind::MvRegister), without, operations)
    };
    vec![
        kept,
        again,
        written("mv_register_keeps_what_nobody_has_read", None),
        written("mv_register_replaces_what_nobody_has_read", Some(Remedy::Siblings)),
    ]
}

fn carts() -> Vec<Situation> {
    let cart = (Workload::Cart, NodeKind::Cart);
    let add_item =
        |at, worker, quantity| does(at, worker, Action::AddItem { product: "apples".into(), quantity });
    let remove = does(150, 0, Action::RemoveItem("apples".into()));
    let operations = vec![add_item(0, 0, 2), remove, add_item(150, 1, 3)];
    let mut both_sides = replicated("cart_on_both_sides_of_a_partition", cart, None, operations);
    both_sides.script.faults = vec![partition(), fault(300, Fault::Heal)];
    let operations = vec![add_item(0, 0, 2), add_item(0, 1, 3)];
    vec![both_sides, replicated("cart_adds_by_reading", cart, Some(Remedy::Additions), operations)]
}

fn stocks() -> Vec<Situation> {
    let stock = (Workload::BoundedCounter, NodeKind::BoundedCounter);
    let asks = vec![add(0, 0, 3), add(100, 1, -2), add(200, 1, -2)];
    let sells = vec![add(0, 0, 1), add(100, 0, -1), add(100, 1, -1)];
    vec![
        replicated("bounded_counter_asks_who_holds_rights", stock, None, asks),
        replicated("bounded_counter_sells_one_piece_twice", stock, Some(Remedy::Escrow), sells),
    ]
}

fn texts() -> Vec<Situation> {
    let insert = |at, text: &str| does(at, 0, Action::Insert { at: 0, text: text.into() });
    let editing = |name, without| {
        let delete = does(200, 1, Action::Delete { at: 400, length: 1 });
        let operations = vec![insert(0, "abc"), read(100, 1), insert(200, "xy"), delete];
        replicated(name, (Workload::Text, NodeKind::Text), without, operations)
    };
    vec![
        editing("text_keeps_what_was_typed_together", None),
        editing("text_by_index_deletes_what_nobody_meant", Some(Remedy::Origins)),
    ]
}

#[test]
fn every_situation_is_told_as_it_stands_in_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let write = std::env::var_os("QUIPU_GOLDEN").is_some_and(|value| value == "write");
    let mut differing = Vec::new();
    for situation in situations().into_iter().chain(replicated_situations()) {
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
