//! `quipu explore`: failure rates, the shortest failing run, and its JSON.

use crate::Folder;

#[test]
fn the_failure_of_cas_is_found_and_shrunk_to_one_add_and_one_read() {
    let folder = Folder::new();
    let ended = folder.quipu("explore --node cas -w g-counter --seeds 20 --out shrunk");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.line("failed").contains(" of 20 = "));
    assert!(ended.stdout.contains("stale: a final read shows too little"));
    assert!(ended.stdout.contains("shrunk to 2 operations, 2 nodes, 0 faults"), "{ended:?}");
    assert!(ended.stdout.contains("asks n1: add 1"), "the story begins with the add: {ended:?}");
    assert!(ended.stdout.contains("n0 read 0; acceptable: 1"), "{ended:?}");

    let again = ended.line("again").strip_prefix("quipu ").unwrap();
    let replayed = folder.quipu(&format!("{again} --out replayed"));
    assert_eq!(replayed.code, Some(1), "{replayed:?}");
    assert_eq!(folder.read("replayed/history.jsonl"), folder.read("shrunk/history.jsonl"));
    assert!(replayed.stdout.contains("n0 read 0; acceptable: 1"), "it tells the same story");
}

#[test]
fn the_first_failing_seed_is_given_with_its_command() {
    let folder = Folder::new();
    let ended = folder.quipu("explore --node cas --time-limit 5 --seeds 20 --shrink-runs 0");
    let (_, command) = ended.line("first").split_once(": quipu ").unwrap();
    let alone = folder.quipu(command);
    assert_eq!(alone.code, Some(1), "`quipu {command}`: {alone:?}");
}

#[test]
fn the_json_of_an_exploration_is_one_document() {
    let folder = Folder::new();
    let failing = folder.quipu("explore --node cas --time-limit 5 --seeds 20 --json --out shrunk");
    assert_eq!(failing.code, Some(1));
    let found = failing.json();
    assert_eq!(found["seeds"], 20);
    let failures = found["failures"].as_u64().unwrap();
    assert!((1..20).contains(&failures), "cas fails often, and not always: {failures}");
    assert_eq!((&found["shortest"]["operations"], &found["shortest"]["nodes"]), (&2.into(), &2.into()));
    assert_eq!(found["shortest"]["results"]["valid?"], false);
    assert_eq!(found["shortest"]["folder"], "shrunk");

    let right =
        folder.quipu("explore --node chain --time-limit 5 --seeds 20 --nemesis partition --strict --json");
    assert_eq!(right.code, Some(0));
    let found = right.json();
    assert_eq!((&found["failures"], found["shortest"].is_null()), (&0.into(), true));
}

#[test]
fn the_same_seeds_give_the_same_exploration_on_any_number_of_cores() {
    let folder = Folder::new();
    let with = |jobs| {
        let command = "explore --node keys --time-limit 5 --seeds 20 --shrink-runs 0 --json";
        folder.quipu(&format!("{command} --jobs {jobs}")).json()
    };
    assert_eq!(with(1), with(3));
}
