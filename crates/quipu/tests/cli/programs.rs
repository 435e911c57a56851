//! Programs as nodes, in real time: small ones in Python, and our own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::{Ended, Folder};

/// A counter that gossips its share; the first argument names a mistake to make.
const COUNTER: &str = r#"#!/usr/bin/env python3
import json, sys
mistake = sys.argv[1] if len(sys.argv) > 1 else "none"
me, others, shares, seen = None, [], {}, 0
def send(dest, body):
    print(json.dumps({"src": me, "dest": dest, "body": body}), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    body, client = message["body"], message["src"]
    answer = {"in_reply_to": body.get("msg_id")}
    if body["type"] == "init":
        if mistake == "mute":
            sys.exit("no idea what to do")
        me, others = body["node_id"], [node for node in body["node_ids"] if node != body["node_id"]]
        send(client, dict(answer, type="init_ok"))
    elif body["type"] == "add":
        seen += 1
        if mistake == "garbage" and seen == 2:
            print("adding", flush=True)
        if mistake == "exit" and seen == 2:
            sys.exit("tired")
        shares[me] = shares.get(me, 0) + body["delta"]
        send(client, dict(answer, type="add_ok"))
        for other in others:
            send(other, {"type": "share", "share": shares[me]})
    elif body["type"] == "read":
        send(client, dict(answer, type="read_ok", value=sum(shares.values())))
    elif body["type"] == "share":
        shares[client] = body["share"]
"#;

fn write_counter(folder: &Folder) {
    let program = folder.path("counter.py");
    fs::write(&program, COUNTER).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

fn tested(folder: &Folder, words: &str) -> Ended {
    write_counter(folder);
    let test = "test -w pn-counter --node-count 2 --rate 50 --time-limit 1 --quiet-time 1 --out run";
    folder.quipu(&format!("{test} {words}"))
}

#[test]
fn a_program_in_another_language_is_judged() {
    let folder = Folder::new();
    let ended = tested(&folder, "--json --bin ./counter.py");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let results = ended.json();
    assert_eq!((&results["valid?"], &results["node"]), (&true.into(), &"counter.py".into()));
    assert_eq!(results["mistakes"], serde_json::json!([]));
    assert!(folder.path("run/node-logs/n1.log").exists());
    assert!(!folder.path("run/run.json").exists(), "a run in real time cannot be had again");
}

#[test]
fn garbage_on_stdout_is_named_and_the_node_is_still_heard() {
    let folder = Folder::new();
    let ended = tested(&folder, "--bin ./counter.py -- garbage");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("mistake      n0 printed a line on stdout that is not a JSON object"));
    assert!(
        ended.stdout.contains("of its stdout: not JSON at column 1: expected value: adding"),
        "{ended:?}"
    );
    assert!(ended.line("note").contains("Maelstrom ignores all that a node says"), "{ended:?}");
    assert!(ended.line("again").ends_with("--bin ./counter.py -- garbage"), "{ended:?}");
}

/// A node that is not heard any more gives no final read; Maelstrom does not mind.
#[test]
fn like_maelstrom_a_missing_final_read_counts_only_if_strict() {
    let deaf = "--seed 1 --like-maelstrom --bin ./counter.py -- garbage";
    // Both spend their time waiting for clients to give up.
    let other = std::thread::spawn(move || tested(&Folder::new(), &format!("--strict {deaf}")));
    let ended = tested(&Folder::new(), deaf);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.line("final reads").contains("no answer"), "{ended:?}");
    assert!(ended.line("every read").starts_with("final-reads-present: "), "{ended:?}");
    assert!(ended.line("again").contains("--like-maelstrom"), "{ended:?}");
    let strict = other.join().unwrap();
    assert_eq!(strict.code, Some(1), "{strict:?}");
}

#[test]
fn a_node_that_exits_makes_the_run_a_crash() {
    let folder = Folder::new();
    let ended = tested(&folder, "--bin ./counter.py -- exit");
    assert_eq!(ended.code, Some(255), "{ended:?}");
    assert!(ended.stdout.contains("n0 exited by itself: exit status: 1 after"), "{ended:?}");
    assert!(ended.stdout.contains("    tired"), "its last words are told: {ended:?}");
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.starts_with("Crashed: n0"), "the verdict of the checks is not the last word: {last}");
}

#[test]
fn a_node_that_does_not_answer_init_ends_the_test_at_once() {
    let folder = Folder::new();
    let ended = tested(&folder, "--bin ./counter.py -- mute");
    assert_eq!((ended.code, &*ended.stdout), (Some(255), ""), "{ended:?}");
    let first = ended.stderr.lines().next().unwrap();
    assert!(first.starts_with("error: n") && first.contains("exited by itself: exit status: 1"), "{first}");
    assert!(ended.stderr.contains("    no idea what to do"), "{ended:?}");
    assert!(ended.stderr.contains("run/node-logs"), "it says where the logs are: {ended:?}");
}

#[test]
fn our_own_programs_pass_their_own_test() {
    let folder = Folder::new();
    let counter = env!("CARGO_BIN_EXE_maelstrom-counter");
    let quipu = env!("CARGO_BIN_EXE_quipu");
    let short = "--node-count 3 --rate 50 --time-limit 1 --nemesis partition --strict";
    // What gossips needs some of the quiet that a real test gives it: a partition may last until the load ends, and the
    // next round of anti-entropy may be two seconds off.
    for (workload, quiet, program) in [
        ("g-counter", 0.5, counter.to_owned()),
        ("pn-counter", 0.5, format!("{counter} -- --node slots")),
        ("g-set", 6.0, format!("{quipu} -- node g-set")),
        ("broadcast", 6.0, format!("{quipu} -- node broadcast")),
        ("unique-ids", 0.5, format!("{quipu} -- node unique-ids")),
        ("echo", 0.5, format!("{quipu} -- node echo")),
    ] {
        let ended = folder.quipu(&format!("test -w {workload} --quiet-time {quiet} {short} --bin {program}"));
        assert_eq!(ended.code, Some(0), "{workload}: {ended:?}");
        assert!(!ended.stdout.contains("mistake"), "{workload}: {ended:?}");
    }
}

#[test]
fn an_exploration_of_a_program_is_a_flake_meter() {
    let folder = Folder::new();
    let counter = env!("CARGO_BIN_EXE_maelstrom-counter");
    let options = "-w g-counter --rate 50 --time-limit 1 --quiet-time 2 --seeds 2 --jobs 2 --json";
    let ended = folder.quipu(&format!("explore {options} --bin {counter} -- gossip"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let found = ended.json();
    assert_eq!((&found["seeds"], &found["failures"]), (&2.into(), &0.into()));
    assert_eq!(found["node"], "maelstrom-counter gossip");
}

#[test]
fn an_exploration_names_mistakes_and_leaves_the_page_of_each_run() {
    let folder = Folder::new();
    write_counter(&folder);
    let options = "-w pn-counter --node-count 1 --rate 50 --time-limit 1 --quiet-time 0.2 --seeds 2 --jobs 2";
    let garbage = folder.quipu(&format!("explore {options} --bin ./counter.py --out runs -- garbage"));
    assert_eq!(garbage.code, Some(0), "{garbage:?}");
    assert_eq!(
        garbage.line("mistake"),
        "in 2 runs a node printed a line on stdout that is not a JSON object"
    );
    assert!(folder.read("runs/1/results.json").contains("adding"));
    assert!(folder.path("runs/1/index.html").exists());
    assert!(garbage.line("page").contains("runs/0/index.html"), "{garbage:?}");

    let exit = folder.quipu(&format!("explore {options} --bin ./counter.py --json -- exit"));
    assert_eq!(exit.code, Some(255), "{exit:?}");
    assert_eq!(exit.json()["mistakes"], serde_json::json!([{"kind": "exited", "runs": 2}]));
}
