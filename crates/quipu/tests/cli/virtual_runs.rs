//! Built-in nodes in virtual time: verdicts, files, and the same again.

use crate::{Ended, Folder};

const TEST: &str = "test -w g-counter --node-count 3 --rate 100 --time-limit 5";

/// A seed with which `cas` fails this short test.
fn failing_seed(folder: &Folder) -> u64 {
    let ended = folder.quipu("explore --node cas --time-limit 5 --seeds 20 --shrink-runs 0 --json");
    ended.json()["first-failure"].as_u64().unwrap()
}

#[test]
fn a_valid_run_ends_with_0_and_leaves_all_its_files() {
    let folder = Folder::new();
    let ended = folder.quipu(&format!("{TEST} --nemesis partition --seed 3 --out run"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.lines().last().unwrap().starts_with("Everything looks good!"));
    assert_eq!(ended.stderr, "");
    let results: serde_json::Value = serde_json::from_str(&folder.read("run/results.json")).unwrap();
    assert_eq!((&results["valid?"], &results["seed"]), (&true.into(), &3.into()));
    let history = folder.read("run/history.jsonl");
    let events = history.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let finals = events.filter(|event| event["final"] == true && event["type"] == "ok").count();
    assert_eq!(finals, 3, "every worker reads once more");
    assert!(folder.read("run/index.html").contains("</html>"));
    for node in ["n0", "n1", "n2"] {
        assert!(folder.read(&format!("run/node-logs/{node}.log")).contains("read_ok"));
    }
}

#[test]
fn an_invalid_run_ends_with_1_and_says_what_is_wrong() {
    let folder = Folder::new();
    let seed = failing_seed(&folder);
    let told = folder.quipu(&format!("{TEST} --node cas --seed {seed}"));
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.line("workload").contains("final reads are wrong"), "{told:?}");
    assert!(told.stdout.lines().last().unwrap().starts_with("Analysis invalid!"));

    let json = folder.quipu(&format!("{TEST} --node cas --seed {seed} --json"));
    assert_eq!(json.code, Some(1));
    let results = json.json();
    assert_eq!((&results["valid?"], &results["workload"]["valid?"]), (&false.into(), &false.into()));
    assert_eq!(json.stdout, folder.read(&format!("store/g-counter/cas-{seed}/results.json")));
}

#[test]
fn a_run_that_shows_nothing_ends_with_2() {
    let folder = Folder::new();
    let ended = folder.quipu("test -w g-set --rate 0 --time-limit 1 --json");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(ended.json()["valid?"], "unknown");
}

/// Every way to run the same again gives the same history, to the byte.
#[test]
fn a_run_can_be_had_again_from_its_folder_and_from_the_printed_command() {
    let folder = Folder::new();
    let faults = "--nemesis partition,kill --loss 0.01 --latency 5 --latency-dist exponential";
    let ended = folder.quipu(&format!("{TEST} {faults} --seed 5 --node slots --lease 700 --out first"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let first = folder.read("first/history.jsonl");
    let same = |ended: Ended, out: &str| {
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(folder.read(&format!("{out}/history.jsonl")) == first, "{out} has another history");
    };
    let again = ended.line("again").strip_prefix("quipu ").unwrap();
    same(folder.quipu(&format!("{again} --out again")), "again");
    same(folder.quipu("replay first --out replayed"), "replayed");
    same(folder.quipu("replay first/run.json --story --out told"), "told");
    let as_replay = again.replacen("test", "replay", 1);
    same(folder.quipu(&format!("{as_replay} --out by-flags")), "by-flags");
}

#[test]
fn several_tests_in_a_row_go_on_with_the_next_seed_and_stop_at_the_first_failure() {
    let folder = Folder::new();
    let ended = folder.quipu("test --time-limit 1 --test-count 3 --seed 40 --out runs");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let heads: Vec<_> = ended.stdout.lines().filter(|line| line.starts_with("chain under")).collect();
    assert_eq!(heads.len(), 3, "{ended:?}");
    assert!(heads[2].ends_with("seed 42"));
    assert!(folder.path("runs/2/results.json").exists());

    let seed = failing_seed(&folder);
    let ended = folder.quipu(&format!("{TEST} --node cas --seed {seed} --test-count 3"));
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stdout.matches("cas under g-counter").count(), 1);
}
