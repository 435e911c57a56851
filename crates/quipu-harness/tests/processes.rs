//! Real child processes: small Python nodes, right and wrong ones, in the world of processes.
//!
//! Nothing here sleeps and hopes: every step waits for a message, or for the end of something.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use quipu_harness::mistake::{Mistake, MistakeKind};
use quipu_harness::process::{Launch, LaunchError, ProcessConfig, ProcessWorld, StartError};
use quipu_harness::world::{Arrival, World};
use quipu_maelstrom::ReplyShape;
use quipu_node::{Reply, Request, Value};
use quipu_sim::{Fault, NetworkConfig, Partition, SeqKvModel, TraceKind};

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

#[test]
fn a_node_in_another_language_answers_and_makes_no_mistakes() {
    let folder = Folder::new();
    let mut world = folder.start("main(serve)", 3);
    for node in 0..3 {
        world.request(10 + u32::from(node), node, 1, &Request::Add(5), ReplyShape::Add);
        let expected = Arrival { client: 10 + u32::from(node), node, msg_id: 1, reply: Ok(Reply::AddOk) };
        assert_eq!(next(&mut world), expected);
    }
    assert_eq!(read(&mut world, 20, 1).reply, Ok(Reply::Counter(5)));
    let stats = world.network_stats();
    assert_eq!((stats.clients.send_count, stats.clients.recv_count, stats.servers.send_count), (14, 14, 0));
    assert_eq!(world.finish(), []);
}

#[test]
fn a_program_that_cannot_be_started_is_told_in_one_line_before_anything_runs() {
    let folder = Folder::new();
    let plain = folder.file("plain", "hello", 0o644);
    let cases = [
        (folder.0.join("none"), "there is no file `"),
        (PathBuf::from("no-such-program"), "there is no file `no-such-program` here (programs on the PATH"),
        (folder.0.clone(), "is a directory, not a program"),
        (plain, "is not executable (try: chmod +x "),
    ];
    for (program, expected) in cases {
        let error: LaunchError = Launch::new(&program, Vec::new(), &folder.0).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected) && text.lines().count() == 1, "{text}");
    }
    let orphan = folder.file("orphan", "#!/no/such/interpreter\n", 0o755);
    let mut config = folder.config("", 1);
    config.launch = Launch::new(&orphan, Vec::new(), &folder.0).unwrap();
    let error = ProcessWorld::start(config).unwrap_err();
    assert!(error.is_usage());
    assert!(error.to_string().contains("the interpreter in its first line does not exist"), "{error}");
}

#[test]
fn arguments_are_passed_on_and_the_working_directory_is_as_told() {
    let folder = Folder::new();
    let mut config = folder.config(
        "main(lambda m: reply(m, {'type': 'echo_ok', 'echo': [sys.argv[1:], os.path.realpath(os.getcwd())]}))",
        1,
    );
    config.launch = Launch::new(&folder.0.join("node"), vec!["--a".into(), "b c".into()], &folder.0).unwrap();
    let mut world = ProcessWorld::start(config).unwrap();
    world.request(9, 0, 1, &Request::Echo(Value::Null), ReplyShape::Echo);
    let directory = fs::canonicalize(&folder.0).unwrap();
    let arguments = Value::List(["--a", "b c"].map(Value::from).into());
    let expected = Value::List([arguments, Value::from(&*directory.to_string_lossy())].into());
    assert_eq!(next(&mut world).reply, Ok(Reply::Echo(expected)));
}

/// Before each answer, says things that are no messages.
const BABBLER: &str = r#"
def handle(message):
    say("Hello, world")
    say("")
    say("[1, 2")
    say(json.dumps({"src": me, "dest": "n0", "body": {}, "time": 3}))
    say(json.dumps({"src": me, "body": {}}))
    say(json.dumps({"src": me, "dest": "n7", "body": {"type": "gossip"}}))
    say(json.dumps({"src": "n9", "dest": "n0", "body": {}}))
    serve(message)
main(handle)"#;

#[test]
fn what_is_no_message_is_named_with_its_line_and_the_node_is_heard_all_the_same() {
    let folder = Folder::new();
    let mut world = folder.start(BABBLER, 1);
    for msg_id in 1..=2 {
        world.request(9, 0, msg_id, &Request::Add(1), ReplyShape::Add);
        assert_eq!(next(&mut world).reply, Ok(Reply::AddOk));
    }
    let mistakes = world.finish();
    let counts: Vec<_> = mistakes.iter().map(|mistake| (mistake.kind, mistake.count)).collect();
    let expected =
        [(MistakeKind::Garbage, 6), (MistakeKind::MalformedMessage, 6), (MistakeKind::UnknownDestination, 2)];
    assert_eq!(counts, expected);
    assert_eq!(
        mistakes[0].examples[0],
        "line 2 of its stdout: not JSON at column 1: expected value: Hello, world"
    );
    assert_eq!(mistakes[0].examples[1], "line 3 of its stdout: an empty line: ");
    let malformed: Vec<&str> = mistakes[1].examples.iter().map(String::as_str).collect();
    assert!(malformed[0].starts_with("line 5 of its stdout: extra top-level key `time`"), "{malformed:?}");
    assert!(malformed[1].starts_with("line 6 of its stdout: `dest` is missing"), "{malformed:?}");
    assert!(malformed[2].starts_with("line 8 of its stdout: its `src`, n9, is nobody"), "{malformed:?}");
    assert!(malformed[3].starts_with("line 13 of its stdout: extra"), "{malformed:?}");
    assert!(mistakes[2].examples[0].starts_with("line 7 of its stdout: there is nobody called n7: {"));
}

#[test]
fn like_maelstrom_a_node_is_not_heard_after_its_first_line_that_is_no_message() {
    let folder = Folder::new();
    let config = ProcessConfig { like_maelstrom: true, ..folder.config(BABBLER, 1) };
    let mut world = ProcessWorld::start(config).unwrap();
    world.request(9, 0, 1, &Request::Add(1), ReplyShape::Add);
    // The answer has been printed once the process has ended: its stdout is read before that is told.
    let pid = world.process_ids()[0].unwrap();
    let until = world.now() + Duration::from_millis(300);
    assert_eq!(world.run_until(until), None);
    assert!(lives(pid));
    let mistakes = world.finish();
    assert_eq!((only(&mistakes).kind, only(&mistakes).count), (MistakeKind::Garbage, 1));
}

#[test]
fn an_answer_to_a_client_that_has_given_up_is_a_late_reply_that_says_to_what() {
    let folder = Folder::new();
    let mut world = folder.start(
        r#"
held = []
def handle(message):
    if message["body"]["type"] == "add":
        held.append(message)
    else:
        for late in held:
            serve(late)
        serve(message)
main(handle)"#,
        1,
    );
    world.request(9, 0, 4, &Request::Add(3), ReplyShape::Add);
    world.close_client(9);
    assert_eq!(read(&mut world, 10, 0).reply, Ok(Reply::Counter(3)));
    let mistakes = world.finish();
    assert_eq!(only(&mistakes).kind, MistakeKind::LateReply);
    let example = &only(&mistakes).examples[0];
    assert!(example.starts_with("line 2 of its stdout: answers `add 3` of c9 0."), "{example}");
    assert!(example.contains(" s after it was asked; the client had given up after 0.000 s: {"), "{example}");
}

#[test]
fn a_reply_of_the_wrong_form_reaches_the_client_as_such() {
    let folder = Folder::new();
    let mut world = folder.start("main(lambda m: reply(m, {'type': 'read_ok', 'value': 1.0}))", 1);
    let text = read(&mut world, 9, 0).reply.unwrap_err();
    let expected =
        "`value` is not of the right type (integer): expected {type: \"read_ok\", value: integer}, got ";
    assert!(text.starts_with(expected), "{text}");
    let mistakes = world.finish();
    assert_eq!(only(&mistakes).kind, MistakeKind::MalformedReply);
    assert!(only(&mistakes).examples[0].starts_with("the answer to `read` of c9: `value` is not"));
}

#[test]
fn a_second_answer_and_one_to_something_else_are_passed_over() {
    let folder = Folder::new();
    let mut world = folder.start(
        r#"
def handle(message):
    send(message["src"], {"type": "read_ok", "value": 7, "in_reply_to": 99})
    serve(message)
    serve(message)
main(handle)"#,
        1,
    );
    assert_eq!(read(&mut world, 9, 0).reply, Ok(Reply::Counter(0)));
    world.request(9, 0, 2, &Request::Add(1), ReplyShape::Add);
    assert_eq!(next(&mut world).msg_id, 2);
    assert_eq!(world.finish(), []);
}

#[test]
fn a_node_that_does_not_answer_init_ends_the_set_up_with_what_it_said() {
    let folder = Folder::new();
    let mut config = folder.config(
        "main(serve, lambda m: (say('Starting...'), reply(m, {'type': 'init_ok'}) if me == 'n1' else None))",
        2,
    );
    config.init_within = Duration::from_millis(2500);
    let error = ProcessWorld::start(config).unwrap_err();
    assert!(!error.is_usage());
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "n0 did not answer init with init_ok: no answer to init within 2.5 s");
    assert!(lines[1].starts_with("n0 printed a line on stdout that is not a JSON object: line 1"), "{text}");
}

#[test]
fn a_node_that_answers_init_otherwise_ends_the_set_up() {
    let folder = Folder::new();
    let config = folder.config("main(serve, lambda m: reply(m, {'type': 'ok'}))", 1);
    let error = ProcessWorld::start(config).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("n0 did not answer init with init_ok: answered init with {\"type\": \"ok\""),
        "{text}"
    );
}

#[test]
fn a_node_that_ends_before_init_ok_is_told_with_status_and_last_words() {
    let folder = Folder::new();
    let config = folder.config("sys.stderr.write('cannot find my config\\n'); sys.exit(3)", 1);
    let error = ProcessWorld::start(config).unwrap_err();
    let StartError::NoInitOk { mistakes } = &error else { panic!("{error}") };
    let example = &only(mistakes).examples[0];
    assert!(example.starts_with("exit status: 3 after "), "{example}");
    assert!(example.ends_with("last on stderr:\n    cannot find my config"), "{example}");
}

#[test]
fn a_node_that_ends_in_the_middle_is_told_and_the_others_go_on() {
    let folder = Folder::new();
    let mut world = folder.start(
        r#"
def handle(message):
    if me == "n0":
        serve(message)
        for number in range(30):
            print("line", number, file=sys.stderr)
        os.abort()
    serve(message)
main(handle)"#,
        2,
    );
    assert_eq!(read(&mut world, 9, 0).reply, Ok(Reply::Counter(0)));
    assert_eq!(read(&mut world, 10, 1).reply, Ok(Reply::Counter(0)));
    while world.process_ids()[0].is_some() {
        let until = world.now() + Duration::from_millis(20);
        world.run_until(until);
    }
    let mistakes = world.finish();
    assert_eq!((only(&mistakes).kind, &*only(&mistakes).node), (MistakeKind::Exited, "n0"));
    let example = &only(&mistakes).examples[0];
    assert!(example.contains("signal: 6 (SIGABRT)"), "{example}");
    assert!(
        example.contains("\n    line 10\n") && !example.contains("line 9\n"),
        "the last twenty: {example}"
    );
    assert!(fs::read_to_string(folder.0.join("n0.log")).unwrap().starts_with("line 0\nline 1\n"));
}

/// A counter in the store, for as many messages to it as a test wants.
const STORE: &str = r#"
asked = {}
def handle(message):
    body = message["body"]
    if "in_reply_to" in body:
        client = asked.pop(body["in_reply_to"])
        reply(client, {"type": "echo_ok", "echo": body})
    else:
        asked[body["msg_id"]] = message
        service, question = body["echo"]
        send(service, dict(question, msg_id=body["msg_id"]))
main(handle)"#;

#[test]
fn services_answer_through_the_network_and_what_they_do_not_know_is_named() {
    let folder = Folder::new();
    let mut world = folder.start(STORE, 1);
    let exchange = |world: &mut ProcessWorld, msg_id: i64, question: &str| {
        let payload: Value = serde_json::from_str(question).unwrap();
        world.request(9, 0, msg_id, &Request::Echo(payload), ReplyShape::Echo);
    };
    let cases = [
        (r#"["lin-kv",{"type":"read","key":[1]}]"#, r#""code":20"#),
        (
            r#"["lin-kv",{"type":"cas","key":[1],"from":0,"to":1,"create_if_not_exists":true}]"#,
            r#""type":"cas_ok""#,
        ),
        (r#"["lin-kv",{"type":"cas","key":[1],"from":1.0,"to":2}]"#, r#""code":22"#),
        (r#"["lin-kv",{"type":"read","key":[1]}]"#, r#""value":1}"#),
        (r#"["lin-tso",{"type":"ts"}]"#, r#""ts":0"#),
        (r#"["seq-kv",{"type":"write","key":"k","value":0.30000000000000004}]"#, r#""type":"write_ok""#),
        (r#"["seq-kv",{"type":"read","key":"k"}]"#, r#""value":0.30000000000000004}"#),
    ];
    for (msg_id, (question, expected)) in (1..).zip(cases) {
        exchange(&mut world, msg_id, question);
        let Ok(Reply::Echo(answer)) = next(&mut world).reply else { panic!("no answer to {question}") };
        let answer = serde_json::to_string(&answer).unwrap();
        assert!(answer.contains(expected), "{question}: {answer}");
    }
    exchange(&mut world, 20, r#"["lin-kv",{"type":"delete","key":[1]}]"#);
    exchange(&mut world, 21, r#"["lin-tso",{"type":"ts"}]"#);
    assert_eq!(next(&mut world).msg_id, 21);
    let mistakes = world.finish();
    assert_eq!(only(&mistakes).kind, MistakeKind::UnknownServiceRequest);
    assert!(only(&mistakes).examples[0].starts_with("lin-kv does not know, and never answers: {"));
}

/// Each add is told to all others, without being answered by them.
const TELLER: &str = r#"
def handle(message):
    global counter
    if message["body"]["type"] == "told":
        counter += message["body"]["delta"]
    else:
        serve(message)
        if message["body"]["type"] == "add":
            for other in others:
                if other != me:
                    send(other, {"type": "told", "delta": message["body"]["delta"]})
main(handle)"#;

/// Adds at n0, and goes on until the network has delivered or lost what n0 told the others.
fn add_and_settle(world: &mut ProcessWorld, client: u32) {
    let before = world.network_stats().servers.send_count;
    world.request(client, 0, 1, &Request::Add(1), ReplyShape::Add);
    assert_eq!(next(world).reply, Ok(Reply::AddOk));
    while world.network_stats().servers.send_count < before + 2 {
        let until = world.now() + Duration::from_millis(5);
        world.run_until(until);
    }
}

#[test]
fn a_partition_cuts_nodes_off_from_each_other_but_not_from_clients_until_it_is_healed() {
    let folder = Folder::new();
    let config = ProcessConfig { trace: true, ..folder.config(TELLER, 3) };
    let mut world = ProcessWorld::start(config).unwrap();
    world.inject(&Fault::Partition(Partition::isolating(&[2], 3)));
    add_and_settle(&mut world, 10);
    assert_eq!(read(&mut world, 11, 1).reply, Ok(Reply::Counter(1)));
    assert_eq!(read(&mut world, 12, 2).reply, Ok(Reply::Counter(0)));
    world.inject(&Fault::Heal);
    add_and_settle(&mut world, 13);
    assert_eq!(read(&mut world, 14, 2).reply, Ok(Reply::Counter(1)));
    assert_eq!(world.finish(), []);
    let trace = world.take_trace();
    let lost: Vec<String> = trace
        .iter()
        .filter(|event| matches!(event.kind, TraceKind::Lost(_)))
        .map(|event| format!("{} {} {}", event.from, event.to, event.label))
        .collect();
    assert_eq!(lost, ["n0 n2 told 1"]);
    let faults: Vec<&str> =
        trace.iter().filter(|event| event.kind == TraceKind::Fault).map(|event| &*event.label).collect();
    assert_eq!(faults, ["n2 cut off from n0, n1", "all partitions healed"]);
}

#[test]
fn a_killed_node_forgets_loses_what_is_sent_to_it_and_is_initialised_again() {
    let folder = Folder::new();
    let mut world = folder.start("main(serve)", 2);
    world.request(10, 0, 1, &Request::Add(5), ReplyShape::Add);
    next(&mut world);
    let before = world.process_ids()[0].unwrap();
    world.inject(&Fault::Kill(vec![0]));
    assert!(!lives(before));
    world.request(11, 0, 1, &Request::Add(7), ReplyShape::Add);
    assert_eq!(read(&mut world, 12, 1).reply, Ok(Reply::Counter(0)), "the other node answers");
    world.close_client(11);
    world.inject(&Fault::Restart(vec![0, 1]));
    assert_ne!(world.process_ids()[0], Some(before));
    assert_eq!(read(&mut world, 13, 0).reply, Ok(Reply::Counter(0)));
    assert_eq!(world.finish(), []);
}

#[test]
fn a_paused_node_answers_once_it_goes_on() {
    let folder = Folder::new();
    let mut world = folder.start("main(serve)", 2);
    world.inject(&Fault::Pause(vec![0]));
    world.request(10, 0, 1, &Request::Read, ReplyShape::ReadCounter);
    let stat = PathBuf::from(format!("/proc/{}/stat", world.process_ids()[0].unwrap()));
    while !fs::read_to_string(&stat).unwrap().contains(") T ") {
        std::thread::yield_now();
    }
    assert_eq!(read(&mut world, 11, 1).client, 11);
    let until = world.now() + Duration::from_millis(100);
    assert_eq!(world.run_until(until), None);
    world.inject(&Fault::Resume(vec![0, 1]));
    assert_eq!(next(&mut world).client, 10);
    world.inject(&Fault::Pause(vec![1]));
    let pids = world.process_ids();
    assert_eq!(world.finish(), []);
    assert!(pids.into_iter().flatten().all(|pid| !lives(pid)), "paused nodes are ended too");
}

#[test]
fn a_node_that_floods_its_stdout_does_not_stop_the_others() {
    let folder = Folder::new();
    let mut world = folder.start(
        r#"
def handle(message):
    while me == "n0":
        sys.stdout.write("y\n" * 10000)
    serve(message)
main(handle)"#,
        2,
    );
    world.request(10, 0, 1, &Request::Read, ReplyShape::ReadCounter);
    for client in 11..31 {
        assert_eq!(read(&mut world, client, 1).client, client);
    }
    let mistakes = world.finish();
    assert_eq!(only(&mistakes).kind, MistakeKind::Garbage);
    assert_eq!(only(&mistakes).examples.len(), 5);
}

#[test]
fn half_a_line_of_a_node_that_was_killed_is_nobodys_mistake_but_one_of_a_node_that_ended_is() {
    let folder = Folder::new();
    let script = r#"
def handle(message):
    serve(message)
    sys.stdout.write('{"src":')
    sys.stdout.flush()
    if me == "n1":
        sys.exit(0)
main(handle)"#;
    let mut world = folder.start(script, 2);
    read(&mut world, 10, 0);
    read(&mut world, 11, 1);
    while world.process_ids()[1].is_some() {
        let until = world.now() + Duration::from_millis(20);
        world.run_until(until);
    }
    world.inject(&Fault::Kill(vec![0]));
    let until = world.now() + Duration::from_millis(100);
    world.run_until(until);
    let kinds: Vec<_> = world.finish().iter().map(|mistake| (mistake.node.clone(), mistake.kind)).collect();
    assert_eq!(kinds, [("n1".to_owned(), MistakeKind::Garbage), ("n1".to_owned(), MistakeKind::Exited)]);
}

#[test]
fn a_world_that_is_dropped_leaves_no_process_behind() {
    let folder = Folder::new();
    let world = folder.start("main(serve)", 2);
    let pids = world.process_ids();
    drop(world);
    assert!(pids.into_iter().flatten().all(|pid| !lives(pid)));
}
