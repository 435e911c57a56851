//! The world around a node, told lines and the time: no clock, no threads, no streams.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quipu_maelstrom::Kv;
use quipu_maelstrom::{
    Call, Cx, Event, Identity, KvClient, KvRequest, Node, NodeId, PeerMessage, PerRequest, Reply, ReplyTo,
    Request, Service, Session, Time, Timer, Value, failure,
};
use serde_json::{Value as Json, json};

type Make = Box<dyn FnOnce(&Identity) -> Box<dyn Node>>;
type Act = Box<dyn FnMut(&mut Cx<'_>, &Event) + Send>;

/// A session, with what it wrote so far taken apart.
struct World {
    session: Session<Make>,
}

impl World {
    fn new(make: impl FnOnce(&Identity) -> Box<dyn Node> + 'static) -> Self {
        Self { session: Session::new(Box::new(make), 7, false) }
    }

    /// One that has been told that it is n1 of n0, n1, n2.
    fn initialised(make: impl FnOnce(&Identity) -> Box<dyn Node> + 'static) -> Self {
        let mut world = Self::new(make);
        world.line(0, r#"{"id":0,"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n0","n1","n2"]}}"#);
        assert_eq!(
            world.written(),
            [json!({"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}})]
        );
        world
    }

    fn line(&mut self, at_ms: u64, line: &str) {
        self.session.line(Time::from_millis(at_ms), Time::from_millis(at_ms), line.as_bytes());
    }

    fn request(&mut self, at_ms: u64, body: &str) {
        self.line(at_ms, &format!(r#"{{"src":"c5","dest":"n1","body":{body}}}"#));
    }

    fn written(&mut self) -> Vec<Json> {
        let bytes = std::mem::take(self.session.output());
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn log(&mut self) -> String {
        std::mem::take(self.session.log())
    }
}

/// Writes down every event, and does what the test put there for the next one.
struct Scripted {
    seen: Arc<Mutex<Vec<Event>>>,
    act: Act,
}

impl Node for Scripted {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        (self.act)(cx, &event);
        self.seen.lock().unwrap().push(event);
    }
}

fn scripted(act: impl FnMut(&mut Cx<'_>, &Event) + Send + 'static) -> (World, Arc<Mutex<Vec<Event>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let node = Scripted { seen: Arc::clone(&seen), act: Box::new(act) };
    (World::initialised(|_| Box::new(node)), seen)
}

async fn read_sum(call: Call, _: Request) -> Reply {
    let store = KvClient::seq_kv(call.line, Duration::from_millis(500));
    match store.read_int("sum").await {
        Ok(sum) => Reply::Counter(sum.into()),
        Err(error) => failure(&error),
    }
}

#[test]
fn the_node_is_told_to_start_only_with_the_first_message_after_init() {
    let (mut world, seen) = scripted(|_, _| ());
    world.session.advance(Time::from_millis(5000));
    assert!(seen.lock().unwrap().is_empty());
    world.request(6000, r#"{"type":"read","msg_id":1}"#);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], Event::Start { recovered: vec![] });
    assert!(
        matches!(&seen[1], Event::Request { request: Request::Read, from } if from.msg_id == 1 && &*from.client == "c5")
    );
}

#[test]
fn the_identity_is_what_init_said_and_the_boot_number_has_63_bits() {
    let told = Arc::new(Mutex::new(None));
    let copy = Arc::clone(&told);
    World::initialised(move |identity| {
        *copy.lock().unwrap() = Some(identity.clone());
        Box::new(PerRequest::new(read_sum))
    });
    let identity = told.lock().unwrap().clone().unwrap();
    assert_eq!(identity.me, NodeId::new("n1"));
    assert_eq!(identity.nodes.iter().map(NodeId::as_str).collect::<Vec<_>>(), ["n0", "n1", "n2"]);
    assert!(identity.boot < 1 << 63);
}

#[test]
fn a_question_is_put_to_the_service_and_its_answer_reaches_the_client() {
    let mut world = World::initialised(|_| Box::new(PerRequest::new(read_sum)));
    world.request(10, r#"{"type":"read","msg_id":4}"#);
    let asked = world.written();
    let question = asked[0]["body"]["msg_id"].as_i64().unwrap();
    assert_eq!(
        asked,
        [json!({"src":"n1","dest":"seq-kv","body":{"type":"read","key":"sum","msg_id":question}})]
    );
    let answer = format!(
        r#"{{"src":"seq-kv","dest":"n1","body":{{"type":"read_ok","value":42,"in_reply_to":{question}}}}}"#
    );
    world.line(20, &answer);
    let reply = json!({"src":"n1","dest":"c5","body":{"type":"read_ok","value":42,"in_reply_to":4}});
    assert_eq!(world.written(), [reply]);
    // A copy of the answer finds no open question.
    world.line(21, &answer);
    assert_eq!(world.written(), [] as [Json; 0]);
    assert_eq!(world.log(), "");
}

#[test]
fn a_question_without_an_answer_ends_at_its_deadline_and_not_before() {
    let mut world = World::initialised(|_| Box::new(PerRequest::new(read_sum)));
    world.request(10, r#"{"type":"read","msg_id":4}"#);
    world.written();
    assert_eq!(world.session.next_due(), Some(Time::from_millis(510)));
    world.session.advance(Time::from_millis(509));
    assert_eq!(world.written(), [] as [Json; 0]);
    world.session.advance(Time::from_millis(510));
    let written = world.written();
    assert_eq!((&written[0]["body"]["code"], &written[0]["body"]["in_reply_to"]), (&json!(0), &json!(4)));
    assert_eq!(world.session.next_due(), None);
}

#[test]
fn an_answer_to_a_question_of_an_earlier_process_is_not_taken_for_one_of_this() {
    let question_of = |seed| {
        let mut world = World::new(|_| Box::new(PerRequest::new(read_sum)));
        world.session = Session::new(
            Box::new(|_: &Identity| Box::new(PerRequest::new(read_sum)) as Box<dyn Node>),
            seed,
            false,
        );
        world.line(
            0,
            r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}"#,
        );
        world.request(1, r#"{"type":"read","msg_id":4}"#);
        let question = world.written()[1]["body"]["msg_id"].as_i64().unwrap();
        (world, question)
    };
    let (_, earlier) = question_of(1);
    let (mut world, _) = question_of(2);
    world.line(
        2,
        &format!(
            r#"{{"src":"seq-kv","dest":"n1","body":{{"type":"read_ok","value":1,"in_reply_to":{earlier}}}}}"#
        ),
    );
    assert_eq!(world.written(), [] as [Json; 0]);
    assert!((0..1 << 53).contains(&earlier), "exact in every JSON library");
}

#[test]
fn a_reply_later_than_four_and_a_half_seconds_is_not_written() {
    for (delay_ms, written) in [(4500, 1), (4501, 0)] {
        let mut waiting: Option<ReplyTo> = None;
        let (mut world, _) = scripted(move |cx, event| match event {
            Event::Request { from, .. } => {
                waiting = Some(from.clone());
                cx.set_timer(Duration::from_millis(delay_ms), Timer::Round(1));
            }
            Event::Timer(_) => cx.reply(waiting.take().unwrap(), Reply::AddOk),
            _ => {}
        });
        world.request(100, r#"{"type":"add","delta":1,"msg_id":9}"#);
        world.session.advance(Time::from_millis(100 + delay_ms));
        assert_eq!(world.written().len(), written);
        assert_eq!(world.log().contains("reply to request 9 of c5: too late"), written == 0);
    }
}

#[test]
fn a_request_that_waited_too_long_before_it_was_looked_at_is_not_carried_out() {
    let (mut world, seen) = scripted(|_, _| ());
    let line = br#"{"src":"c5","dest":"n1","body":{"type":"add","delta":1,"msg_id":9}}"#;
    world.session.line(Time::from_millis(100), Time::from_millis(4601), line);
    assert!(!seen.lock().unwrap().iter().any(|event| matches!(event, Event::Request { .. })));
    assert!(world.log().contains("request 9 waited too long"));
}

#[test]
fn timers_fire_in_order_of_time_then_of_setting_each_once() {
    let (mut world, seen) = scripted(|cx, event| {
        if matches!(event, Event::Start { .. }) {
            for (after_ms, number) in [(30, 1), (10, 2), (30, 3), (20, 4)] {
                cx.set_timer(Duration::from_millis(after_ms), Timer::Round(number));
            }
        }
    });
    world.request(0, r#"{"type":"read","msg_id":1}"#);
    assert_eq!(world.session.next_due(), Some(Time::from_millis(10)));
    world.session.advance(Time::from_millis(10));
    world.session.advance(Time::from_millis(40));
    let timers: Vec<Event> =
        seen.lock().unwrap().drain(..).filter(|event| matches!(event, Event::Timer(_))).collect();
    assert_eq!(timers, [2, 4, 1, 3].map(|number| Event::Timer(Timer::Round(number))));
    assert_eq!(world.session.next_due(), None);
}

#[test]
fn peers_speak_through_their_own_messages_and_strangers_are_never_written_to() {
    let custom = || PeerMessage::Custom { content: Value::map([("seen", Value::from(3_i64))]) };
    let (mut world, seen) = scripted(move |cx, event| {
        if matches!(event, Event::Start { .. }) {
            cx.send(&NodeId::new("n2"), custom());
            cx.send(&NodeId::new("n9"), custom());
        }
    });
    world.line(0, r#"{"src":"n0","dest":"n1","body":{"type":"custom","content":[1,2]}}"#);
    assert_eq!(
        world.written(),
        [json!({"src":"n1","dest":"n2","body":{"type":"custom","content":{"seen":3}}})]
    );
    assert!(world.log().contains("n9, which is no node of this cluster"));
    let content = Value::List([Value::from(1_i64), Value::from(2_i64)].into());
    let expected = Event::Peer { from: NodeId::new("n0"), message: PeerMessage::Custom { content } };
    assert_eq!(seen.lock().unwrap()[1], expected);
    world.line(1, r#"{"src":"n0","dest":"n1","body":{"type":"no such"}}"#);
    assert!(world.log().starts_with("input line 3: from n0: unknown variant"));
}

#[test]
fn what_is_persisted_is_durable_after_the_step() {
    let (mut world, seen) = scripted(|cx, event| {
        if matches!(event, Event::Request { .. }) {
            for byte in [1, 2] {
                cx.persist(quipu_node::Record(vec![byte]));
            }
        }
    });
    world.request(0, r#"{"type":"read","msg_id":1}"#);
    assert_eq!(seen.lock().unwrap().last(), Some(&Event::Durable { records: 2 }));
}

#[test]
fn every_service_is_reached_under_its_name() {
    let (mut world, _) = scripted(|cx, event| {
        if matches!(event, Event::Start { .. }) {
            for service in Service::ALL {
                cx.ask(service, KvRequest::Timestamp, Duration::from_secs(1));
            }
        }
    });
    world.request(0, r#"{"type":"read","msg_id":1}"#);
    let names: Vec<Json> = world.written().iter().map(|message| message["dest"].clone()).collect();
    assert_eq!(names, ["seq-kv", "lin-kv", "lww-kv", "lin-tso"]);
}

#[test]
fn a_bad_line_is_logged_with_its_number_and_the_next_one_is_served() {
    let mut world = World::new(|_| Box::new(quipu_node::nodes::Echo));
    world.request(0, r#"{"type":"echo","echo":1,"msg_id":1}"#);
    assert_eq!(world.log(), "input line 1: came before `init`: ignored\n");
    world.line(
        0,
        r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n0"]}}"#,
    );
    assert_eq!(world.written()[0]["body"]["code"], json!(12));
    assert!(world.log().contains("line 2: `node_ids` of `init` does not name `n1` itself"));
    world.line(
        0,
        r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}"#,
    );
    world.written();
    let bad = [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not a message"),
        ("{}", "not a message: missing field `src`"),
        (r#"{"src":"c1","dest":"n1","body":{"type":"echo","echo":1}}"#, "a request without `msg_id`"),
        (r#"{"src":"seq-kv","dest":"n1","body":{"type":"read_ok"}}"#, "not an answer to anything"),
    ];
    for (line, why) in bad {
        world.line(1, line);
        let log = world.log();
        assert!(log.contains(why), "{line}: {log}");
    }
    world.session.line(Time::ZERO, Time::ZERO, b"\xff\xfe");
    assert!(world.log().starts_with("input line 10: not UTF-8"));
    world.request(2, r#"{"type":"echo","echo":[1.0,"\u0000\n"],"msg_id":2}"#);
    let expected =
        json!({"src":"n1","dest":"c5","body":{"type":"echo_ok","echo":[1.0,"\u{0}\n"],"in_reply_to":2}});
    assert_eq!(world.written(), [expected]);
}

#[test]
fn an_unknown_type_is_error_10_and_a_malformed_body_error_12() {
    let mut world = World::initialised(|_| Box::new(quipu_node::nodes::Echo));
    for (body, code) in [
        (r#"{"type":"brew","msg_id":1}"#, 10),
        (r#"{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}"#, 10),
        (r#"{"type":"add","delta":1.5,"msg_id":1}"#, 12),
        (r#"{"type":"echo","msg_id":1}"#, 12),
        (r#"{"type":null,"msg_id":1}"#, 12),
        (r#"{"msg_id":1,"type":"add","delta":1e999}"#, 12),
        (r#"{"type":"add","type":7,"delta":1,"msg_id":"x","msg_id":1}"#, 12),
        (
            &format!(r#"{{"type":"echo","echo":{}{},"msg_id":1}}"#, "[".repeat(100_000), "]".repeat(100_000)),
            12,
        ),
    ] {
        world.request(0, body);
        assert_eq!(world.written()[0]["body"]["code"], json!(code), "{body}");
    }
}
