//! Every kind of message, both ways, against the text that stands on the wire.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use quipu_maelstrom::{
    Answer, Body, Change, ChangeKind, ErrorKind, Init, KvError, KvRequest, NodeId, Reply, ReplyShape,
    Request, Service, Value, check_reply, decode_answer, decode_init, decode_kv_request, decode_request,
    encode_answer, encode_init, encode_kv_request, encode_reply, encode_request,
};
use serde_json::json;

fn body(text: &str) -> Body {
    serde_json::from_str(text).unwrap()
}

fn text(body: &Body) -> String {
    serde_json::to_string(body).unwrap()
}

fn list(items: &[i64]) -> Value {
    Value::List(items.iter().map(|item| Value::from(*item)).collect())
}

#[test]
fn requests_are_written_and_read_as_documented() {
    let topology = BTreeMap::from([
        (NodeId::new("n0"), vec![NodeId::new("n1")]),
        (NodeId::new("n1"), vec![NodeId::new("n0"), NodeId::new("n2")]),
    ]);
    let cas =
        Value::map([("key", Value::from(3_i64)), ("from", Value::from(1_i64)), ("to", Value::from(2_i64))]);
    let cases = [
        (Request::Echo("hi".into()), r#"{"echo":"hi","msg_id":1,"type":"echo"}"#),
        (Request::Generate, r#"{"msg_id":1,"type":"generate"}"#),
        (
            Request::Topology(topology),
            r#"{"msg_id":1,"topology":{"n0":["n1"],"n1":["n0","n2"]},"type":"topology"}"#,
        ),
        (Request::Broadcast(7_i64.into()), r#"{"message":7,"msg_id":1,"type":"broadcast"}"#),
        (Request::Add(-5), r#"{"delta":-5,"msg_id":1,"type":"add"}"#),
        (Request::Add(i64::MIN), r#"{"delta":-9223372036854775808,"msg_id":1,"type":"add"}"#),
        (Request::AddElement(Value::Null), r#"{"element":null,"msg_id":1,"type":"add"}"#),
        (Request::AddElement(Value::Float(1.0)), r#"{"element":1.0,"msg_id":1,"type":"add"}"#),
        (Request::Read, r#"{"msg_id":1,"type":"read"}"#),
        (Request::RemoveElement("a".into()), r#"{"element":"a","msg_id":1,"type":"remove"}"#),
        (Request::Write { value: Value::Null, context: None }, r#"{"msg_id":1,"type":"write","value":null}"#),
        (
            Request::Write { value: 1_i64.into(), context: Some(Value::map([("n0@1f", list(&[3]))])) },
            r#"{"context":{"n0@1f":[3]},"msg_id":1,"type":"write","value":1}"#,
        ),
        (
            Request::Insert { position: 0, text: "é".into() },
            r#"{"msg_id":1,"position":0,"text":"é","type":"insert"}"#,
        ),
        (
            Request::Delete { position: u64::MAX, length: 2 },
            r#"{"length":2,"msg_id":1,"position":18446744073709551615,"type":"delete"}"#,
        ),
        (
            Request::AddItem { product: "tea".into(), quantity: 2 },
            r#"{"msg_id":1,"product":"tea","quantity":2,"type":"add_item"}"#,
        ),
        (
            Request::SetQuantity { product: "tea".into(), quantity: 0 },
            r#"{"msg_id":1,"product":"tea","quantity":0,"type":"set_quantity"}"#,
        ),
        (Request::RemoveItem("tea".into()), r#"{"msg_id":1,"product":"tea","type":"remove_item"}"#),
        (Request::Checkout, r#"{"msg_id":1,"type":"checkout"}"#),
        (
            Request::Custom {
                kind: "write".into(),
                fields: Value::map([("key", 3_i64.into()), ("value", 4_i64.into())]),
            },
            r#"{"key":3,"msg_id":1,"type":"write","value":4}"#,
        ),
        (
            Request::Custom { kind: "read".into(), fields: Value::map([("key", Value::from(3_i64))]) },
            r#"{"key":3,"msg_id":1,"type":"read"}"#,
        ),
        (
            Request::Custom { kind: "cas".into(), fields: cas },
            r#"{"from":1,"key":3,"msg_id":1,"to":2,"type":"cas"}"#,
        ),
    ];
    for (request, expected) in cases {
        let written = text(&encode_request(&request, 1));
        assert_eq!(written, expected);
        let incoming = decode_request(&written);
        assert_eq!((incoming.msg_id, incoming.request), (Some(1), Ok(request)));
    }
}

#[test]
fn a_malformed_request_is_refused_with_the_name_of_the_field() {
    let cases = [
        (r#"{"msg_id":4}"#, "`type` is missing"),
        (r#"{"msg_id":4,"type":5}"#, "`type`: invalid type: integer `5`, expected a string"),
        (r#"{"msg_id":4,"type":"echo"}"#, "`echo` needs the field `echo`"),
        (r#"{"msg_id":4,"type":"broadcast"}"#, "`broadcast` needs the field `message`"),
        (r#"{"msg_id":4,"type":"topology"}"#, "`topology` needs the field `topology`"),
        (
            r#"{"msg_id":4,"type":"topology","topology":[]}"#,
            "`topology` of `topology` must be an object, but it holds []",
        ),
        (
            r#"{"msg_id":4,"type":"topology","topology":{"n0":[1]}}"#,
            "`topology` of `topology` must be a list of names, but it holds 1",
        ),
        (r#"{"msg_id":4,"type":"add"}"#, "`add` needs a `delta` or an `element`"),
        (r#"{"msg_id":4,"type":"add","delta":1.0}"#, "`delta` of `add` must be an integer, but it holds 1.0"),
        (
            r#"{"msg_id":4,"type":"add","delta":"1"}"#,
            "`delta` of `add` must be an integer, but it holds \"1\"",
        ),
        (
            r#"{"msg_id":4,"type":"add","delta":null}"#,
            "`delta` of `add` must be an integer, but it holds null",
        ),
        (
            r#"{"msg_id":4,"type":"add","delta":9223372036854775808}"#,
            "`delta` of `add` is beyond 64 bits: 9223372036854775808",
        ),
        (r#"{"msg_id":4,"type":"remove"}"#, "`remove` needs the field `element`"),
        (r#"{"msg_id":4,"type":"write","context":{}}"#, "`write` needs the field `value`"),
        (
            r#"{"msg_id":4,"type":"insert","position":-1,"text":"a"}"#,
            "`position` of `insert` must be an integer from 0 to 2^64 - 1, but it holds -1",
        ),
        (
            r#"{"msg_id":4,"type":"insert","position":0,"text":7}"#,
            "`text` of `insert` must be a string, but it holds 7",
        ),
        (
            r#"{"msg_id":4,"type":"add_item","product":"tea","quantity":1.5}"#,
            "`quantity` of `add_item` must be an integer from 0 to 2^64 - 1, but it holds 1.5",
        ),
    ];
    for (written, why) in cases {
        let incoming = decode_request(written);
        let malformed = incoming.request.unwrap_err();
        assert_eq!((incoming.msg_id, &*malformed.0), (Some(4), why), "{written}");
        assert!(matches!(malformed.to_reply(), Reply::Error { kind: ErrorKind::Malformed, .. }));
    }
    assert_eq!(decode_request(r#"{"type":"read","msg_id":"x"}"#).msg_id, None);
    assert_eq!(decode_request("[]").msg_id, None);
}

#[test]
fn fields_a_request_does_not_have_are_passed_over_and_the_last_of_equal_keys_counts() {
    let incoming = decode_request(r#"{"delta":1,"more":[1,{"a":null}],"type":"add","msg_id":1,"delta":2}"#);
    assert_eq!(incoming.request, Ok(Request::Add(2)));
}

#[test]
fn init_is_written_and_read_as_documented() {
    let init = Init { node: NodeId::new("n1"), nodes: [NodeId::new("n0"), NodeId::new("n1")].into() };
    let written = text(&encode_init(&init, 1));
    assert_eq!(written, r#"{"msg_id":1,"node_id":"n1","node_ids":["n0","n1"],"type":"init"}"#);
    assert_eq!(decode_init(&written), Ok((1, init)));
    let cases = [
        (r#"{"type":"init","node_id":"n0","node_ids":["n0"]}"#, "`init` needs an integer `msg_id`"),
        (r#"{"type":"init","msg_id":1,"node_ids":["n0"]}"#, "`init` needs the field `node_id`"),
        (r#"{"type":"init","msg_id":1,"node_id":7}"#, "`node_id` of `init` must be a string, but it holds 7"),
        (r#"{"type":"init","msg_id":1,"node_id":"n0"}"#, "`init` needs the field `node_ids`"),
        (
            r#"{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n1"]}"#,
            "`node_ids` of `init` does not name `n0` itself",
        ),
    ];
    for (written, why) in cases {
        assert_eq!(decode_init(written).unwrap_err().to_string(), why);
    }
}

#[test]
fn replies_have_exactly_the_documented_keys_and_pass_the_strict_check() {
    let items = |items: &[i64]| items.iter().map(|item| Value::from(*item)).collect();
    let cases = [
        (ReplyShape::Echo, Reply::Echo("hi".into()), r#"{"type":"echo_ok","in_reply_to":3,"echo":"hi"}"#),
        (
            ReplyShape::Generate,
            Reply::Id(list(&[1, 2])),
            r#"{"type":"generate_ok","in_reply_to":3,"id":[1,2]}"#,
        ),
        (ReplyShape::Topology, Reply::TopologyOk, r#"{"type":"topology_ok","in_reply_to":3}"#),
        (ReplyShape::Broadcast, Reply::BroadcastOk, r#"{"type":"broadcast_ok","in_reply_to":3}"#),
        (ReplyShape::Add, Reply::AddOk, r#"{"type":"add_ok","in_reply_to":3}"#),
        (ReplyShape::ReadCounter, Reply::Counter(-7), r#"{"type":"read_ok","in_reply_to":3,"value":-7}"#),
        (
            ReplyShape::ReadMessages,
            Reply::Messages(items(&[1])),
            r#"{"type":"read_ok","in_reply_to":3,"messages":[1]}"#,
        ),
        (
            ReplyShape::ReadElements,
            Reply::Elements(items(&[])),
            r#"{"type":"read_ok","in_reply_to":3,"value":[]}"#,
        ),
        (
            ReplyShape::Add,
            Reply::error(ErrorKind::TemporarilyUnavailable, "not\nnow"),
            r#"{"type":"error","in_reply_to":3,"code":11,"text":"not\nnow"}"#,
        ),
        (
            ReplyShape::Init,
            Reply::Custom { kind: "init_ok".into(), fields: Value::Null },
            r#"{"type":"init_ok","in_reply_to":3}"#,
        ),
    ];
    assert_written_and_read(&cases);
}

#[test]
fn replies_about_replicated_types_have_exactly_the_documented_keys_too() {
    let items = |items: &[i64]| items.iter().map(|item| Value::from(*item)).collect();
    let cases = [
        (
            ReplyShape::Changed(ChangeKind::Remove),
            Reply::Changed(Change {
                kind: ChangeKind::Remove,
                added: [].into(),
                removed: ["n0@1f:3".into()].into(),
            }),
            r#"{"type":"remove_ok","in_reply_to":3,"added":[],"removed":["n0@1f:3"]}"#,
        ),
        (
            ReplyShape::ReadSiblings,
            Reply::Siblings { values: items(&[1, 2]), context: Value::map([("n0@1f", list(&[3]))]) },
            r#"{"type":"read_ok","in_reply_to":3,"values":[1,2],"context":{"n0@1f":[3]}}"#,
        ),
        (ReplyShape::ReadText, Reply::Text("é".into()), r#"{"type":"read_ok","in_reply_to":3,"text":"é"}"#),
        (
            ReplyShape::ReadLines,
            Reply::Lines(BTreeMap::from([("tea".into(), 2)]).into()),
            r#"{"type":"read_ok","in_reply_to":3,"lines":{"tea":2}}"#,
        ),
        (
            ReplyShape::Insert,
            Reply::Inserted { after: None, before: Some('é') },
            r#"{"type":"insert_ok","in_reply_to":3,"after":null,"before":"é"}"#,
        ),
        (
            ReplyShape::Delete,
            Reply::Deleted("ab".into()),
            r#"{"type":"delete_ok","in_reply_to":3,"text":"ab"}"#,
        ),
    ];
    assert_written_and_read(&cases);
}

fn assert_written_and_read(cases: &[(ReplyShape, Reply, &str)]) {
    for (shape, reply, expected) in cases {
        let mut written = Vec::new();
        encode_reply(reply, 3, &mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, *expected);
        let checked = check_reply(*shape, &body(&written)).unwrap();
        if *shape != ReplyShape::Init {
            assert_eq!(checked, *reply);
        }
    }
}

#[test]
fn a_custom_reply_cannot_forge_the_reserved_keys() {
    let fields = Value::map([
        ("in_reply_to", Value::from(9_i64)),
        ("type", "x".into()),
        ("value", Value::from(1_i64)),
    ]);
    let mut written = Vec::new();
    encode_reply(&Reply::Custom { kind: "read_ok".into(), fields }, 3, &mut written).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), r#"{"type":"read_ok","in_reply_to":3,"value":1}"#);
}

#[test]
fn a_reply_that_maelstrom_would_refuse_is_refused_with_the_reason() {
    use ReplyShape::{Add, Echo, Generate, Init, ReadCounter, ReadElements, ReadMessages};
    let cases = [
        (Add, r#"{"type":"add_ok","in_reply_to":1,"value":3}"#, "extra key `value`"),
        (Add, r#"{"type":"add_ok","in_reply_to":1,"msg_id":"a"}"#, "`msg_id` is not an integer"),
        (Add, r#"{"type":"read_ok","in_reply_to":1}"#, "the type is \"read_ok\" instead of \"add_ok\""),
        (Add, r#"{"in_reply_to":1}"#, "`type` is missing"),
        (Add, r#"{"type":"error","in_reply_to":1}"#, "`code` of the error is missing"),
        (Add, r#"{"type":"error","in_reply_to":1,"code":"x"}"#, "`code` of the error is not an integer"),
        (
            ReadCounter,
            r#"{"type":"read_ok","in_reply_to":1,"value":1.0}"#,
            "`value` is not of the right type (integer)",
        ),
        (
            ReadCounter,
            r#"{"type":"read_ok","in_reply_to":1,"value":"1"}"#,
            "`value` is not of the right type (integer)",
        ),
        (ReadCounter, r#"{"type":"read_ok","in_reply_to":1}"#, "`value` is missing"),
        (ReadCounter, r#"{"type":"read_ok","in_reply_to":1,"messages":[]}"#, "extra key `messages`"),
        (
            ReadMessages,
            r#"{"type":"read_ok","in_reply_to":1,"messages":{}}"#,
            "`messages` is not of the right type (list)",
        ),
        (
            ReadElements,
            r#"{"type":"read_ok","in_reply_to":1,"value":3}"#,
            "`value` is not of the right type (list)",
        ),
        (Echo, r#"{"type":"echo_ok","in_reply_to":1}"#, "`echo` is missing"),
        (Generate, r#"{"type":"generate_ok","in_reply_to":1}"#, "`id` is missing"),
        (
            ReplyShape::Changed(ChangeKind::Write),
            r#"{"type":"write_ok","in_reply_to":1,"added":["a"]}"#,
            "`removed` is missing",
        ),
        (
            ReplyShape::Changed(ChangeKind::Checkout),
            r#"{"type":"checkout_ok","in_reply_to":1,"added":[1],"removed":[]}"#,
            "`added` is not of the right type (list of strings)",
        ),
        (
            ReplyShape::Insert,
            r#"{"type":"insert_ok","in_reply_to":1,"after":"ab","before":null}"#,
            "`after` is not of the right type (string of one character, or null)",
        ),
        (
            ReplyShape::ReadLines,
            r#"{"type":"read_ok","in_reply_to":1,"lines":{"tea":-1}}"#,
            "`lines` is not of the right type (object from products to quantities)",
        ),
        (Init, r#"{"type":"ok","in_reply_to":1}"#, "the type is \"ok\" instead of \"init_ok\""),
    ];
    for (shape, got, why) in cases {
        let malformed = check_reply(shape, &body(got)).unwrap_err();
        assert_eq!((&*malformed.why, &malformed.expected), (why, &shape.to_string()), "{got}");
        assert_eq!(body(&malformed.got), body(got));
    }
    assert_eq!(ReadCounter.to_string(), "{type: \"read_ok\", value: integer}");
}

#[test]
fn what_maelstrom_lets_pass_passes() {
    let allowed = [
        (ReplyShape::Add, r#"{"type":"add_ok","in_reply_to":1,"msg_id":9}"#, Reply::AddOk),
        (
            ReplyShape::ReadMessages,
            r#"{"type":"read_ok","in_reply_to":1,"messages":null}"#,
            Reply::Messages([].into()),
        ),
        (ReplyShape::Echo, r#"{"type":"echo_ok","in_reply_to":1,"echo":null}"#, Reply::Echo(Value::Null)),
        (
            ReplyShape::ReadCounter,
            r#"{"type":"error","in_reply_to":1,"code":14,"text":"no","extra":[1]}"#,
            Reply::error(ErrorKind::Abort, "no"),
        ),
        (
            ReplyShape::ReadCounter,
            r#"{"type":"error","in_reply_to":1,"code":1001}"#,
            Reply::error(ErrorKind::Crash, "code 1001: "),
        ),
    ];
    for (shape, got, reply) in allowed {
        assert_eq!(check_reply(shape, &body(got)), Ok(reply), "{got}");
    }
    let lenient = check_reply(ReplyShape::Init, &body(r#"{"type":"init_ok","in_reply_to":1,"hello":1}"#));
    assert!(lenient.is_ok());
}

#[test]
fn questions_to_services_are_written_and_read_as_documented() {
    let cas = |create_if_not_exists| KvRequest::CompareAndSwap {
        key: list(&[1]),
        from: 1_i64.into(),
        to: Value::Float(1.0),
        create_if_not_exists,
    };
    let cases = [
        (Service::SeqKv, KvRequest::Read { key: "k".into() }, r#"{"type":"read","msg_id":5,"key":"k"}"#),
        (
            Service::LwwKv,
            KvRequest::Write { key: Value::Null, value: list(&[]) },
            r#"{"type":"write","msg_id":5,"key":null,"value":[]}"#,
        ),
        (Service::LinKv, cas(false), r#"{"type":"cas","msg_id":5,"key":[1],"from":1,"to":1.0}"#),
        (
            Service::LinKv,
            cas(true),
            r#"{"type":"cas","msg_id":5,"key":[1],"from":1,"to":1.0,"create_if_not_exists":true}"#,
        ),
        (Service::LinTso, KvRequest::Timestamp, r#"{"type":"ts","msg_id":5}"#),
    ];
    for (service, request, expected) in cases {
        let mut written = Vec::new();
        encode_kv_request(&request, 5, &mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, expected);
        assert_eq!(decode_kv_request(service, &body(&written)), Some(request));
    }
}

#[test]
fn a_service_stays_silent_at_a_type_it_does_not_know_and_takes_a_missing_field_for_null() {
    let silent = [
        (Service::SeqKv, r#"{"type":"ts"}"#),
        (Service::LinTso, r#"{"type":"read","key":1}"#),
        (Service::LinKv, r#"{"type":"delete","key":1}"#),
        (Service::LinKv, r#"{"key":1}"#),
        (Service::LinKv, r#"{"type":7}"#),
    ];
    for (service, question) in silent {
        assert_eq!(decode_kv_request(service, &body(question)), None, "{question}");
    }
    let read = decode_kv_request(Service::SeqKv, &body(r#"{"type":"read"}"#));
    assert_eq!(read, Some(KvRequest::Read { key: Value::Null }));
    for (flag, expected) in [("null", false), ("false", false), ("true", true), ("0", true)] {
        let question = format!(r#"{{"type":"cas","create_if_not_exists":{flag}}}"#);
        let Some(KvRequest::CompareAndSwap { create_if_not_exists, .. }) =
            decode_kv_request(Service::LinKv, &body(&question))
        else {
            panic!("not a cas");
        };
        assert_eq!(create_if_not_exists, expected, "{flag}");
    }
}

#[test]
fn answers_of_services_are_written_and_read_as_documented() {
    let cases = [
        (Ok(Answer::Value(Value::Null)), r#"{"in_reply_to":8,"type":"read_ok","value":null}"#),
        (Ok(Answer::Value(Value::Float(1.0))), r#"{"in_reply_to":8,"type":"read_ok","value":1.0}"#),
        (Ok(Answer::Written), r#"{"in_reply_to":8,"type":"write_ok"}"#),
        (Ok(Answer::Swapped), r#"{"in_reply_to":8,"type":"cas_ok"}"#),
        (Ok(Answer::Timestamp(0)), r#"{"in_reply_to":8,"ts":0,"type":"ts_ok"}"#),
        (
            Err(KvError::KeyDoesNotExist),
            r#"{"code":20,"in_reply_to":8,"text":"key does not exist","type":"error"}"#,
        ),
        (
            Err(KvError::PreconditionFailed),
            r#"{"code":22,"in_reply_to":8,"text":"the current value is another one","type":"error"}"#,
        ),
    ];
    for (answer, expected) in cases {
        let written = text(&encode_answer(&answer, &json!(8)));
        assert_eq!(written, expected);
        assert_eq!(decode_answer(&written), Some((8, answer)));
    }
    assert_eq!(encode_answer(&Ok(Answer::Written), &json!(null))["in_reply_to"], json!(null));
}

#[test]
fn an_error_of_a_service_is_typed_by_whether_the_operation_may_have_happened() {
    let refused = |text: &str| Err(KvError::Refused(text.into()));
    let unknown = |text: &str| Err(KvError::Unknown(text.into()));
    let malformed = |text: &str| Err(KvError::Malformed(text.into()));
    let cases = [
        (r#"{"type":"error","code":11,"text":"later"}"#, refused("later")),
        (r#"{"type":"error","code":21,"text":"there"}"#, refused("there")),
        (r#"{"type":"error","code":10}"#, refused("error 10")),
        (r#"{"type":"error","code":0,"text":"slow"}"#, unknown("slow")),
        (r#"{"type":"error","code":13}"#, unknown("error 13")),
        (r#"{"type":"error","code":1234,"text":"own"}"#, unknown("own")),
        (r#"{"type":"error","code":20.0}"#, malformed("an error without an integer `code`")),
        (r#"{"type":"error"}"#, malformed("an error without an integer `code`")),
        (r#"{"type":"read_ok"}"#, malformed("`read_ok` without a `value`")),
        (r#"{"type":"ts_ok","ts":-1}"#, malformed("`ts_ok` without an integer `ts`")),
        (r#"{"type":"done"}"#, malformed("an answer of the unknown type `done`")),
        (r"{}", malformed("an answer without a `type`")),
        (r#"{"type":1}"#, malformed("`type`: invalid type: integer `1`, expected a string")),
    ];
    for (answer, expected) in cases {
        let mut numbered = body(answer);
        numbered.insert("in_reply_to".into(), json!(2));
        assert_eq!(decode_answer(&text(&numbered)), Some((2, expected)), "{answer}");
        assert_eq!(decode_answer(answer), None, "nobody asked: {answer}");
    }
}
