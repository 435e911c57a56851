//! A message in a few words, for pictures and stories.

use quipu_maelstrom::{Body, decode_answer, decode_kv_request, from_json};
use quipu_node::Value;
use quipu_sim::Endpoint;

/// What a message says, in words: `add 3`, `cas total 5 -> 7`, `gossip {known: [1, 2]}`.
pub(super) fn label(from: Endpoint, to: Endpoint, body: &str) -> String {
    let fields: Body = serde_json::from_str(body).unwrap_or_default();
    if let Endpoint::Service(service) = to
        && let Some(request) = decode_kv_request(service, &fields)
    {
        return request.to_string();
    }
    if let (Endpoint::Service(_), Some((_, answer))) = (from, decode_answer(body)) {
        return match answer {
            Ok(answer) => answer.to_string(),
            Err(error) => error.to_string(),
        };
    }
    shortened(&in_general(&fields))
}

fn in_general(fields: &Body) -> String {
    let kind = fields.get("type").and_then(|kind| kind.as_str()).unwrap_or("(no type)");
    let said: Vec<(&str, Value)> = fields
        .iter()
        .filter(|(key, _)| !matches!(&***key, "type" | "msg_id" | "in_reply_to"))
        .map(|(key, value)| (&**key, from_json(value)))
        .collect();
    match &said[..] {
        [] => kind.to_owned(),
        [(_, only)] => format!("{kind} {only}"),
        _ => format!("{kind} {}", Value::map(said)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use quipu_node::Service;

    use super::*;

    #[test]
    fn messages_are_put_as_a_person_would() {
        let (client, node, store) =
            (Endpoint::Client(1), Endpoint::Node(0), Endpoint::Service(Service::SeqKv));
        let cases = [
            (client, node, r#"{"type":"add","delta":3,"msg_id":1}"#, "add 3"),
            (client, node, r#"{"type":"read","msg_id":1}"#, "read"),
            (node, client, r#"{"type":"read_ok","value":[1,2],"in_reply_to":1}"#, "read_ok [1, 2]"),
            (node, store, r#"{"type":"cas","key":"total","from":5,"to":7,"msg_id":2}"#, "cas total 5 -> 7"),
            (store, node, r#"{"type":"error","code":20,"text":"x","in_reply_to":2}"#, "key does not exist"),
            (node, Endpoint::Node(1), r#"{"type":"gossip","a":1,"b":[2]}"#, "gossip {a: 1, b: [2]}"),
            (node, store, r#"{"what":1}"#, "(no type) 1"),
        ];
        for (from, to, body, expected) in cases {
            assert_eq!(label(from, to, body), expected);
        }
    }
}
