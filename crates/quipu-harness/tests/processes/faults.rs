//! Partitions, kills, pauses, and nodes that end by themselves.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use quipu_harness::mistake::MistakeKind;
use quipu_harness::process::{ProcessConfig, ProcessWorld};
use quipu_harness::world::World;
use quipu_maelstrom::ReplyShape;
use quipu_node::{Reply, Request};
use quipu_sim::{Fault, Partition, TraceKind};

use super::{Folder, lives, next, only, read};

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
