//! What nodes, clients and services say to one another.

use std::fs;
use std::time::Duration;

use quipu_harness::mistake::MistakeKind;
use quipu_harness::process::ProcessWorld;
use quipu_harness::world::{Arrival, World};
use quipu_maelstrom::ReplyShape;
use quipu_node::{Reply, Request, Value};

use super::{Folder, next, only, read};

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
fn replies_that_come_together_are_handed_out_without_waiting_for_anything_else() {
    let folder = Folder::new();
    let mut world = folder.start(
        r#"
held = []
def handle(message):
    held.append(message)
    if len(held) == 5:
        answers = [{"src": me, "dest": held_one["src"], "body": {"type": "add_ok", "in_reply_to": 1}}
                   for held_one in held]
        say("\n".join(json.dumps(answer) for answer in answers))
main(handle)"#,
        1,
    );
    for client in 10..15 {
        world.request(client, 0, 1, &Request::Add(1), ReplyShape::Add);
    }
    let began = world.now();
    let clients: Vec<u32> = (0..5).map(|_| next(&mut world).client).collect();
    assert_eq!(clients, [10, 11, 12, 13, 14]);
    assert!(world.now().since(began) < Duration::from_secs(10), "waited for the deadline");
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

#[test]
fn a_node_that_floods_its_stdout_does_not_stop_the_others() {
    let folder = Folder::new();
    let mut world = folder.start(
        r#"
def handle(message):
    while me == "n0":
        say("y\n" * 10000)
        print("flooding", file=sys.stderr, flush=True)
    serve(message)
main(handle)"#,
        2,
    );
    world.request(10, 0, 1, &Request::Read, ReplyShape::ReadCounter);
    while !fs::read_to_string(folder.0.join("n0.log")).unwrap().contains("flooding") {
        let until = world.now() + Duration::from_millis(10);
        assert_eq!(world.run_until(until), None);
    }
    for client in 11..31 {
        assert_eq!(read(&mut world, client, 1).client, client);
    }
    let mistakes = world.finish();
    assert_eq!(only(&mistakes).kind, MistakeKind::Garbage);
    assert_eq!(only(&mistakes).examples.len(), 5);
}
