//! Real child processes: small Python nodes, right and wrong ones, in the world of processes.
//!
//! Nothing here sleeps and hopes: every step waits for a message, or for the end of something.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod faults;
mod messages;
mod mistakes;
mod start;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use quipu_harness::mistake::Mistake;
use quipu_harness::process::{Launch, ProcessConfig, ProcessWorld};
use quipu_harness::world::{Arrival, World};
use quipu_maelstrom::ReplyShape;
use quipu_node::Request;
use quipu_sim::{NetworkConfig, SeqKvModel};

/// Reads messages, keeps a counter in memory, and calls what the test wrote for the rest.
const PRELUDE: &str = r#"#!/usr/bin/env python3
import json, os, sys
me, others, counter = None, [], 0
def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
def send(dest, body):
    say(json.dumps({"src": me, "dest": dest, "body": body}))
def reply(message, body):
    send(message["src"], dict(body, in_reply_to=message["body"]["msg_id"]))
def serve(message):
    global counter
    body = message["body"]
    if body["type"] == "add":
        counter += body["delta"]
        reply(message, {"type": "add_ok"})
    elif body["type"] == "read":
        reply(message, {"type": "read_ok", "value": counter})
def main(handle, on_init=lambda message: reply(message, {"type": "init_ok"})):
    global me, others
    for line in sys.stdin:
        message = json.loads(line)
        if message["body"]["type"] == "init":
            me, others = message["body"]["node_id"], message["body"]["node_ids"]
            on_init(message)
        else:
            handle(message)
"#;

/// A folder of its own for each test, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("quipu-processes-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn config(&self, script: &str, node_count: u16) -> ProcessConfig {
        let program = self.file("node", &format!("{PRELUDE}{script}\n"), 0o755);
        ProcessConfig {
            launch: Launch::new(&program, Vec::new(), &self.0).unwrap(),
            node_count,
            network: NetworkConfig { hop: Duration::ZERO, ..NetworkConfig::default() },
            seq_kv: SeqKvModel::Maelstrom,
            seed: 1,
            logs: self.0.clone(),
            init_within: Duration::from_secs(10),
            trace: false,
            like_maelstrom: false,
            echo_stderr: false,
        }
    }

    fn start(&self, script: &str, node_count: u16) -> ProcessWorld {
        ProcessWorld::start(self.config(script, node_count)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The next reply to any client; a test that gets none within a generous time has failed.
fn next(world: &mut ProcessWorld) -> Arrival {
    let until = world.now() + Duration::from_secs(20);
    world.run_until(until).expect("a reply")
}

fn read(world: &mut ProcessWorld, client: u32, node: u16) -> Arrival {
    world.request(client, node, 1, &Request::Read, ReplyShape::ReadCounter);
    next(world)
}

fn only(mistakes: &[Mistake]) -> &Mistake {
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    &mistakes[0]
}

fn lives(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
