//! What is written is read back the same, and nothing that arrives can crash a reader.
//!
//! Each case is made from one seed. A failure names it; replay it alone with
//! `QUIPU_SEED=<seed> cargo test -p quipu-maelstrom --test round_trip`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use quipu_maelstrom::{
    Answer, Change, ChangeKind, ERROR_CODES, Identity, KvError, KvRequest, Message, Node, NodeId,
    PeerMessage, Reply, ReplyShape, Request, Rng, Service, Session, Time, Value, check_reply, decode_answer,
    decode_init, decode_kv_request, decode_request, encode_answer, encode_kv_request, encode_reply,
    encode_request, from_json, parse_line, to_json,
};
use serde_json::json;

const CASES: u64 = 3000;

fn for_each_seed(case: impl Fn(&mut Rng)) {
    let given = std::env::var("QUIPU_SEED").ok().map(|seed| seed.parse().expect("QUIPU_SEED is a number"));
    let seeds = given.map_or(0..CASES, |seed: u64| seed..seed + 1);
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| case(&mut Rng::new(seed)))) {
            #[expect(clippy::print_stderr, reason = "how to replay a failure")]
            {
                eprintln!("replay: QUIPU_SEED={seed} cargo test -p quipu-maelstrom --test round_trip");
            }
            std::panic::resume_unwind(panic);
        }
    }
}

fn text(rng: &mut Rng) -> String {
    let alphabet = ['a', 'n', '1', '"', '\\', '\n', '\0', ' ', 'é', '漢', '🦀', '{', '\u{7f}', '\u{2028}'];
    (0..rng.below(6)).map(|_| *rng.pick(&alphabet).unwrap()).collect()
}

fn int(rng: &mut Rng) -> i64 {
    let shift = rng.below(64);
    rng.next_u64().cast_signed() >> shift
}

fn float(rng: &mut Rng) -> f64 {
    let float = f64::from_bits(rng.next_u64());
    if float.is_finite() { float } else { 1.0 }
}

fn value(rng: &mut Rng, depth: u64) -> Value {
    match rng.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => Value::Bool(rng.chance(0.5)),
        2 => Value::from(int(rng)),
        3 => Value::from(rng.next_u64()),
        4 => Value::Float(float(rng)),
        5 => Value::from(&*text(rng)),
        6 => Value::List((0..rng.below(4)).map(|_| value(rng, depth - 1)).collect()),
        _ => Value::map((0..rng.below(4)).map(|_| (text(rng), value(rng, depth - 1))).collect::<Vec<_>>()),
    }
}

fn request(rng: &mut Rng) -> Request {
    let quantity = |rng: &mut Rng| (text(rng).into(), rng.next_u64() >> rng.below(64));
    match rng.below(16) {
        0 => Request::Echo(value(rng, 3)),
        1 => Request::Generate,
        2 => {
            let mut neighbours = || (0..rng.below(3)).map(|_| NodeId::new(text(rng))).collect::<Vec<_>>();
            let lists: Vec<_> = (0..3).map(|_| neighbours()).collect();
            Request::Topology(
                lists.into_iter().map(|list| (NodeId::new(text(rng)), list)).collect::<BTreeMap<_, _>>(),
            )
        }
        3 => Request::Broadcast(value(rng, 3)),
        4 => Request::Add(int(rng)),
        5 => Request::AddElement(value(rng, 3)),
        6 => Request::Read,
        7 => Request::RemoveElement(value(rng, 3)),
        8 => Request::Write { value: value(rng, 3), context: rng.chance(0.5).then(|| value(rng, 2)) },
        9 => Request::Insert { position: rng.next_u64(), text: text(rng).into() },
        10 => Request::Delete { position: rng.below(9), length: rng.next_u64() },
        11 => {
            let (product, quantity) = quantity(rng);
            Request::AddItem { product, quantity }
        }
        12 => {
            let (product, quantity) = quantity(rng);
            Request::SetQuantity { product, quantity }
        }
        13 => Request::RemoveItem(text(rng).into()),
        14 => Request::Checkout,
        _ => Request::Custom {
            kind: "txn".into(),
            fields: Value::map([(format!("f{}", text(rng)), value(rng, 3))]),
        },
    }
}

fn reply(rng: &mut Rng) -> (ReplyShape, Reply) {
    let items = |rng: &mut Rng| (0..rng.below(5)).map(|_| value(rng, 2)).collect();
    let names = |rng: &mut Rng| (0..rng.below(3)).map(|_| text(rng).into()).collect();
    let side = |rng: &mut Rng| text(rng).chars().next();
    match rng.below(15) {
        0 => (ReplyShape::Echo, Reply::Echo(value(rng, 3))),
        1 => (ReplyShape::Generate, Reply::Id(value(rng, 3))),
        2 => (ReplyShape::Topology, Reply::TopologyOk),
        3 => (ReplyShape::Broadcast, Reply::BroadcastOk),
        4 => (ReplyShape::Add, Reply::AddOk),
        5 => (ReplyShape::ReadCounter, Reply::Counter(int(rng).into())),
        6 => (ReplyShape::ReadMessages, Reply::Messages(items(rng))),
        7 => (ReplyShape::ReadElements, Reply::Elements(items(rng))),
        8 => {
            let kind = *rng.pick(&[ChangeKind::Add, ChangeKind::Write, ChangeKind::Checkout]).unwrap();
            let change = Change { kind, added: names(rng), removed: names(rng) };
            (ReplyShape::Changed(kind), Reply::Changed(change))
        }
        9 => (ReplyShape::ReadSiblings, Reply::Siblings { values: items(rng), context: value(rng, 2) }),
        10 => (ReplyShape::ReadText, Reply::Text(text(rng).into())),
        11 => {
            let lines: BTreeMap<_, _> =
                (0..rng.below(3)).map(|_| (text(rng).into(), rng.next_u64())).collect();
            (ReplyShape::ReadLines, Reply::Lines(lines.into()))
        }
        12 => (ReplyShape::Insert, Reply::Inserted { after: side(rng), before: side(rng) }),
        13 => (ReplyShape::Delete, Reply::Deleted(text(rng).into())),
        _ => (ReplyShape::Add, Reply::error(rng.pick(&ERROR_CODES).unwrap().0, text(rng))),
    }
}

fn question(rng: &mut Rng) -> (Service, KvRequest) {
    let service = *rng.pick(&[Service::SeqKv, Service::LinKv, Service::LwwKv]).unwrap();
    let request = match rng.below(4) {
        0 => KvRequest::Read { key: value(rng, 2) },
        1 => KvRequest::Write { key: value(rng, 2), value: value(rng, 2) },
        2 => KvRequest::CompareAndSwap {
            key: value(rng, 2),
            from: value(rng, 2),
            to: value(rng, 2),
            create_if_not_exists: rng.chance(0.5),
        },
        _ => return (Service::LinTso, KvRequest::Timestamp),
    };
    (service, request)
}

fn answer(rng: &mut Rng) -> Result<Answer, KvError> {
    match rng.below(6) {
        0 => Ok(Answer::Value(value(rng, 3))),
        1 => Ok(Answer::Written),
        2 => Ok(Answer::Swapped),
        3 => Ok(Answer::Timestamp(rng.next_u64())),
        4 => Err(KvError::KeyDoesNotExist),
        _ => Err(KvError::PreconditionFailed),
    }
}

/// A body written by a node, as a harness reads it: through a whole line.
fn through_a_line(body: &[u8]) -> Message {
    let line = format!(r#"{{"src":"n0","dest":"c0","body":{}}}"#, std::str::from_utf8(body).unwrap());
    assert!(!line.contains('\n'), "one line: {line}");
    parse_line(&line).unwrap()
}

#[test]
fn what_is_written_is_read_back_the_same() {
    for_each_seed(|rng| {
        let msg_id = int(rng);
        let request = request(rng);
        let incoming = decode_request(&serde_json::to_string(&encode_request(&request, msg_id)).unwrap());
        assert_eq!((incoming.msg_id, incoming.request), (Some(msg_id), Ok(request)));

        let (shape, reply) = reply(rng);
        let mut written = Vec::new();
        encode_reply(&reply, msg_id, &mut written).unwrap();
        let message = through_a_line(&written);
        assert_eq!(message.body["in_reply_to"], json!(msg_id));
        assert_eq!(check_reply(shape, &message.body), Ok(reply));

        let (service, question) = question(rng);
        let mut written = Vec::new();
        encode_kv_request(&question, msg_id, &mut written).unwrap();
        assert_eq!(decode_kv_request(service, &through_a_line(&written).body), Some(question));

        let answer = answer(rng);
        let written = serde_json::to_string(&encode_answer(&answer, &json!(msg_id))).unwrap();
        assert_eq!(decode_answer(&written), Some((msg_id, answer)));

        let value = value(rng, 4);
        assert_eq!(from_json(&to_json(&value)), value);
        let peer = PeerMessage::Custom { content: value };
        let written = serde_json::to_string(&peer).unwrap();
        assert_eq!(serde_json::from_str::<PeerMessage>(&written).unwrap(), peer);
    });
}

/// A line that is nearly right: a good one with some bytes changed, cut, doubled or mixed with another.
fn hostile_line(rng: &mut Rng) -> Vec<u8> {
    let src = *rng.pick(&["c1", "n0", "n1", "seq-kv", "lin-tso", "", "x"]).unwrap();
    let body = match rng.below(4) {
        0 => serde_json::to_value(encode_request(&request(rng), int(rng))).unwrap(),
        1 => serde_json::to_value(encode_answer(&answer(rng), &json!(int(rng)))).unwrap(),
        2 => to_json(&value(rng, 4)),
        _ => serde_json::to_value(PeerMessage::Custom { content: value(rng, 3) }).unwrap(),
    };
    let mut line = serde_json::to_vec(&json!({"src": src, "dest": "n1", "body": body})).unwrap();
    for _ in 0..rng.below(4) {
        let at = rng.index(line.len());
        match rng.below(5) {
            0 => line[at] = rng.next_u64().to_le_bytes()[0],
            1 => line.truncate(at),
            2 => line.extend_from_within(at..),
            3 => drop(line.splice(at..at, b"99999999999999999999".iter().copied())),
            _ => drop(line.splice(at..at, [b'['; 200])),
        }
        if line.is_empty() {
            break;
        }
    }
    line
}

#[test]
fn nothing_that_arrives_crashes_a_reader_and_the_session_goes_on() {
    for_each_seed(|rng| {
        let make = |_: &Identity| Box::new(quipu_node::nodes::Echo) as Box<dyn Node>;
        let mut session = Session::new(make, 1, false);
        let init = br#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n0","n1"]}}"#;
        session.line(Time::ZERO, Time::ZERO, init);
        for _ in 0..8 {
            let line = hostile_line(rng);
            session.line(Time::ZERO, Time::ZERO, &line);
            let text = String::from_utf8_lossy(&line);
            if let Ok(message) = parse_line(&text) {
                for shape in [
                    ReplyShape::Init,
                    ReplyShape::Add,
                    ReplyShape::Changed(ChangeKind::Add),
                    ReplyShape::Insert,
                    ReplyShape::ReadCounter,
                    ReplyShape::ReadMessages,
                    ReplyShape::ReadSiblings,
                    ReplyShape::ReadLines,
                ] {
                    let _ = check_reply(shape, &message.body);
                }
                for service in Service::ALL {
                    let _ = decode_kv_request(service, &message.body);
                }
            }
            let _ = (decode_request(&text), decode_answer(&text), decode_init(&text));
        }
        session.output().clear();
        session.line(
            Time::ZERO,
            Time::ZERO,
            br#"{"src":"c1","dest":"n1","body":{"type":"echo","echo":1,"msg_id":2}}"#,
        );
        let written = String::from_utf8(session.output().clone()).unwrap();
        assert!(written.ends_with("{\"type\":\"echo_ok\",\"in_reply_to\":2,\"echo\":1}}\n"), "{written}");
        for line in written.lines() {
            parse_line(line).unwrap();
        }
    });
}
