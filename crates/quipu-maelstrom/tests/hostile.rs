//! Every built-in node behind a session that is fed lines of good and bad form. Nothing may panic, all that is written
//! must be a message as strict readers want it, and every receiver one whom the session knows: a line to anybody
//! else would silence the node for good under Maelstrom.
//!
//! A failure prints the seed, and the command that runs that seed alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use quipu_maelstrom::{Identity, Node, Rng, Session, Time, parse_line};
use quipu_node::nodes::{NodeKind, Settings};
use serde_json::{Value as Json, json};

const SEEDS: u64 = 40;
const LINES: usize = 300;
const NODES: [&str; 3] = ["n0", "n1", "n2"];
const SERVICES: [&str; 4] = ["seq-kv", "lin-kv", "lww-kv", "lin-tso"];

fn content(rng: &mut Rng) -> Json {
    let text = "x".repeat(rng.index(300));
    let choices = [
        json!(null),
        json!(1),
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!(text),
        json!([1, [2]]),
        json!({"n1": ["n0"]}),
        json!({"counter": {"n0@1": [1, 2]}}),
        json!({"sum": 1, "last": {"n1": 7}, "tag": "t"}),
        json!({"total": 1, "version": 2, "boot": 3}),
    ];
    rng.pick(&choices).unwrap().clone()
}

/// The body of a message of any kind, whose fields hold anything, or what they should.
fn body(rng: &mut Rng) -> Json {
    let kinds = [
        "add",
        "read",
        "broadcast",
        "topology",
        "echo",
        "generate",
        "init",
        "error",
        "read_ok",
        "write_ok",
        "cas_ok",
        "ts_ok",
        "gossip_delta",
        "gossip_receipt",
        "gossip_digest",
        "custom",
        "nonsense",
    ];
    let fields = [
        "delta",
        "element",
        "message",
        "echo",
        "topology",
        "value",
        "ts",
        "code",
        "text",
        "boot",
        "base",
        "upto",
        "state",
        "pull",
        "receipt",
        "fingerprint",
        "content",
        "key",
        "node_id",
        "node_ids",
    ];
    let mut body = json!({"type": *rng.pick(&kinds).unwrap()});
    for field in fields {
        if rng.chance(0.4) {
            body[field] = if rng.chance(0.5) { json!(rng.below(30)) } else { content(rng) };
        }
    }
    for field in ["msg_id", "in_reply_to"] {
        if rng.chance(0.7) {
            body[field] = if rng.chance(0.9) { json!(rng.below(100)) } else { content(rng) };
        }
    }
    body
}

/// One line for n1: a new message, or one that was written before, sent on with an answer's or a peer's face.
fn line(rng: &mut Rng, written: &[Json]) -> Vec<u8> {
    let names = ["c1", "c2", "n0", "n1", "n2", "seq-kv", "lin-kv", "lin-tso", "", "n7"];
    let mut message = json!({"id": 1, "src": *rng.pick(&names).unwrap(), "dest": "n1", "body": body(rng)});
    match rng.pick(written) {
        // A question of the node is answered, more or less.
        Some(asked) if rng.chance(0.4) && SERVICES.contains(&asked["dest"].as_str().unwrap()) => {
            message["src"] = asked["dest"].clone();
            message["body"]["in_reply_to"] = asked["body"]["msg_id"].clone();
            if rng.chance(0.5) {
                message["body"]["type"] = json!(format!("{}_ok", asked["body"]["type"].as_str().unwrap()));
            }
        }
        // What it said comes back, as if a peer had said it, with one field changed.
        Some(said) if rng.chance(0.3) => {
            message["src"] = json!(*rng.pick(&NODES).unwrap());
            message["body"] = said["body"].clone();
            let keys: Vec<String> = message["body"].as_object().unwrap().keys().cloned().collect();
            message["body"][rng.pick(&keys).unwrap()] = content(rng);
        }
        _ => {}
    }
    let mut line = serde_json::to_vec(&message).unwrap();
    if rng.chance(0.1) {
        let at = rng.index(line.len());
        match rng.below(3) {
            0 => line[at] = rng.next_u64().to_le_bytes()[0],
            1 => line.truncate(at),
            _ => drop(line.splice(at..at, [b'['; 200])),
        }
    }
    line
}

fn torment(kind: NodeKind, seed: u64) {
    let mut rng = Rng::new(seed);
    let make = |_: &Identity| -> Box<dyn Node> { kind.build(&Settings::default()) };
    let mut session = Session::new(make, seed, false);
    let init = json!({"src": "c0", "dest": "n1", "body": {"type": "init", "msg_id": 1, "node_id": "n1", "node_ids": NODES}});
    let mut known: BTreeSet<String> = NODES.into_iter().chain(SERVICES).map(str::to_owned).collect();
    known.insert("c0".to_owned());
    let mut now = Time::ZERO;
    session.line(now, now, init.to_string().as_bytes());
    let mut written: Vec<Json> = Vec::new();
    for _ in 0..LINES {
        let line = line(&mut rng, &written);
        if let Ok(text) = std::str::from_utf8(&line)
            && let Ok(message) = serde_json::from_str::<Json>(text)
            && let Some(src) = message["src"].as_str()
        {
            known.insert(src.to_owned());
        }
        session.line(now, now, &line);
        now = now + rng.exponential(Duration::from_millis(50));
        session.advance(now);
        let text = String::from_utf8(std::mem::take(session.output())).unwrap();
        session.log().clear();
        for line in text.lines() {
            let message = parse_line(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(known.contains(&message.dest), "written to {}, who is unknown: {line}", message.dest);
            assert_eq!(message.src, "n1");
            written.push(serde_json::from_str(line).unwrap());
        }
    }
}

#[test]
fn whatever_lines_come_all_that_is_written_is_a_message_to_somebody_known() {
    let chosen = std::env::var("QUIPU_SEED").ok().map(|seed| seed.parse().unwrap());
    for seed in chosen.map_or(0..SEEDS, |seed: u64| seed..seed + 1) {
        for kind in NodeKind::ALL {
            let run = catch_unwind(AssertUnwindSafe(|| torment(kind, seed)));
            assert!(
                run.is_ok(),
                "{kind} fails with seed {seed}, as said above; replay: QUIPU_SEED={seed} cargo test -p quipu-maelstrom --test hostile"
            );
        }
    }
}
