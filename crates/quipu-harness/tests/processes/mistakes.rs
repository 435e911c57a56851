//! What a node does wrong is named, counted, and told with its line.

use std::fs;
use std::time::Duration;

use quipu_harness::mistake::MistakeKind;
use quipu_harness::process::{ProcessConfig, ProcessWorld};
use quipu_harness::world::World;
use quipu_maelstrom::ReplyShape;
use quipu_node::{Reply, Request};

use super::{Folder, next, only, read};

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
    print("answered", file=sys.stderr, flush=True)
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
    assert_eq!(mistakes[0].examples[1], "line 3 of its stdout: an empty line");
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
    let pause = |world: &mut ProcessWorld, millis: u64| {
        let until = world.now() + Duration::from_millis(millis);
        assert_eq!(world.run_until(until), None);
    };
    // What it says on stderr after its answer shows that the answer is out.
    while !fs::read_to_string(folder.0.join("n0.log")).unwrap().contains("answered") {
        pause(&mut world, 10);
    }
    pause(&mut world, 100);
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
