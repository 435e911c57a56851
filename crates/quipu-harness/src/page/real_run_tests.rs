use std::sync::Arc;

use quipu_node::nodes::{NodeKind, Settings};

use super::*;
use crate::check::Validity;
use crate::explore::{run_virtual, world_seed};
use crate::nemesis::NemesisKind;
use crate::options::Options;
use crate::runner::Plan;
use crate::story::tell;
use crate::world::MakeNode;

fn page_of(node: NodeKind, options: &Options, plan: &Plan) -> PageData {
    let make: MakeNode = Arc::new(move || node.build(&Settings::default()));
    let (run, checked) = run_virtual(options, plan, world_seed(options.seed), &make, true).unwrap();
    let story = if run.history.len() < 12 { tell(&run, &checked) } else { Vec::new() };
    let labels =
        RunLabels { node: "cas", command: "quipu test -w g-counter --seed 3", is_virtual: true, files: &[] };
    PageData::from_run(options, labels, &run, &checked, &story)
}

#[test]
fn a_real_run_with_faults_fills_its_page() {
    let options = Options {
        node_count: 3,
        concurrency: 6,
        rate: 100.0,
        time_limit: 20,
        nemesis: vec![NemesisKind::Partition, NemesisKind::Kill],
        nemesis_interval: 3.0,
        seed: 3,
        ..Options::default()
    };
    let data = page_of(NodeKind::Cas, &options, &Plan::Random);
    assert!(!data.operations.is_empty() && !data.faults.is_empty() && !data.messages.is_empty());
    write_if_asked("real", &render(&data));
}

#[test]
fn the_shrunk_real_failure_has_a_picture_with_the_old_state_in_it() {
    let options = Options { node_count: 2, concurrency: 2, rate: 1.0, time_limit: 1, ..Options::default() };
    let script = crate::runner::Script {
        operations: vec![crate::runner::ScriptedOperation {
            at: std::time::Duration::ZERO,
            worker: 0,
            action: crate::operation::Action::Add(3),
        }],
        faults: Vec::new(),
        final_reads: vec![1],
    };
    let failing = (0..200).find_map(|seed| {
        let data =
            page_of(NodeKind::Cas, &Options { seed, ..options.clone() }, &Plan::Script(script.clone()));
        (data.verdict == Validity::Invalid.into()).then_some(data)
    });
    let data = failing.expect("about half of these runs fail");
    let picture = diagram_svg(&data).expect("the run is small");
    assert!(picture.contains("class='event stale'"), "the old state is marked");
    write_if_asked("real-shrunk", &render(&data));
}

fn write_if_asked(name: &str, page: &str) {
    if let Some(folder) = std::env::var_os("QUIPU_PAGES").map(std::path::PathBuf::from) {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}
