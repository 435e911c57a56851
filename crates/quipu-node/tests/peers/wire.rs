//! The form that gossip's messages have when serialised.

use std::sync::Arc;

use quipu_crdt::text::Offset;
use quipu_crdt::{
    BoundedCounter, Cart, Causal, GSet, MvRegister, NodeName, OrSet, PnCounter, ReplicaId, Text,
};
use quipu_node::{GossipState, PeerMessage, Receipt, Value};
use serde_json::{from_str, from_value, json, to_value};

fn round_trip(message: &PeerMessage, expected: &serde_json::Value) {
    assert_eq!(to_value(message).expect("serialises"), *expected);
    assert_eq!(from_value::<PeerMessage>(expected.clone()).expect("comes back"), *message);
    for reserved in ["msg_id", "in_reply_to"] {
        assert!(expected.get(reserved).is_none(), "`{reserved}` belongs to the protocol");
    }
}

#[test]
fn messages_look_as_others_expect_them_and_come_back() {
    let receipt = Receipt { of: 5, base: 1, upto: 2 };
    let state = PnCounter::of_slot(ReplicaId::new(NodeName::new("n0"), 0x1f), u64::MAX, 1).into();
    round_trip(
        &PeerMessage::GossipDelta {
            boot: u64::MAX >> 1,
            base: 0,
            upto: 3,
            state,
            pull: true,
            receipt: Some(receipt),
        },
        &json!({
            "type": "gossip_delta", "boot": u64::MAX >> 1, "base": 0, "upto": 3, "pull": true,
            "state": {"counter": {"n0@1f": [u64::MAX, 1]}}, "receipt": {"of": 5, "base": 1, "upto": 2}
        }),
    );
    let state =
        GSet::from_iter([Value::text("a"), Value::from(-1_i64), Value::Float(0.5), Value::Null]).into();
    round_trip(
        &PeerMessage::GossipDelta { boot: 1, base: 2, upto: 3, state, pull: false, receipt: None },
        &json!({
            "type": "gossip_delta", "boot": 1, "base": 2, "upto": 3,
            "state": {"elements": [null, -1, 0.5, "a"]}
        }),
    );
    let replica = ReplicaId::new(NodeName::new("n0"), 0x1f);
    let mut set: Causal<OrSet<Value>> = Causal::default();
    set.add(replica, "tea".into()).expect("a first add");
    set.add(replica, "milk".into()).expect("a second add");
    set.remove(replica, &"tea".into());
    round_trip(
        &PeerMessage::GossipDelta {
            boot: 1,
            base: 2,
            upto: 3,
            state: set.into(),
            pull: false,
            receipt: None,
        },
        &json!({
            "type": "gossip_delta", "boot": 1, "base": 2, "upto": 3,
            "state": {"or_set": {"seen": {"n0@1f": [[1, 2]]}, "alive": [[["n0@1f", 2], "milk"]]}}
        }),
    );
    round_trip(
        &PeerMessage::RightsWanted { replica, amount: 3 },
        &json!({"type": "rights_wanted", "replica": "n0@1f", "amount": 3}),
    );
    round_trip(
        &PeerMessage::GossipReceipt { boot: 1, receipt },
        &json!({"type": "gossip_receipt", "boot": 1, "receipt": {"of": 5, "base": 1, "upto": 2}}),
    );
    round_trip(
        &PeerMessage::GossipDigest { boot: 1, upto: 2, fingerprint: 3 },
        &json!({"type": "gossip_digest", "boot": 1, "upto": 2, "fingerprint": 3}),
    );
}

#[test]
fn a_state_that_no_replica_has_is_no_message() {
    for state in
        [r#"{"counter": {"n0@1": [0, 0]}}"#, r#"{"counter": {"n0": [1, 0]}}"#, r#"{"other": []}"#, "[]"]
    {
        let text =
            format!(r#"{{"type": "gossip_delta", "boot": 1, "base": 0, "upto": 1, "state": {state}}}"#);
        assert!(from_str::<PeerMessage>(&text).is_err(), "{state}");
    }
}

#[test]
fn every_type_comes_back_from_a_message_as_it_was() {
    let replica = ReplicaId::new(NodeName::new("n0"), 0x1f);
    let mut register: Causal<MvRegister<Value>> = Causal::default();
    register.write(replica, Value::Null).expect("a first write");
    let mut cart: Causal<Cart<Arc<str>>> = Causal::default();
    cart.add(replica, "tea".into(), 2).expect("a first addition");
    cart.checkout(replica).expect("there is something to order");
    cart.set_quantity(replica, "milk".into(), 3).expect("a setting");
    let mut stock = BoundedCounter::default();
    stock.increment(replica, 5).expect("a first increment");
    let mut text = Text::default();
    text.insert(replica, Offset::Chars(0), "aé漢").expect("a first insertion");
    text.delete(replica, Offset::Chars(1)..Offset::Chars(2)).expect("there is a second character");
    let states: [GossipState; 4] = [register.into(), cart.into(), stock.into(), text.into()];
    for state in states {
        let message =
            PeerMessage::GossipDelta { boot: 1, base: 0, upto: 1, state, pull: false, receipt: None };
        let written = serde_json::to_string(&message).expect("serialises");
        assert_eq!(from_str::<PeerMessage>(&written).expect("comes back"), message, "{written}");
    }
}

#[test]
fn a_state_is_shown_in_one_short_line() {
    let replica = ReplicaId::new(NodeName::new("n0"), 1);
    let mut set: Causal<OrSet<Value>> = Causal::default();
    let mut shown = Vec::new();
    for element in 1..5_i64 {
        set.add(replica, element.into()).expect("small");
        shown.push(GossipState::from(set.clone()).to_string());
    }
    assert_eq!(shown, ["{1}", "{1, 2}", "{1, 2, 3}", "4 elements"]);
    let shown = |typed: &str| {
        let mut text = Text::default();
        text.insert(replica, Offset::Chars(0), typed).expect("a first insertion");
        GossipState::from(text).to_string()
    };
    assert_eq!(shown("zwanzig Buchstaben é"), "\"zwanzig Buchstaben é\"");
    assert_eq!(shown("zwanzig Buchstaben ß und mehr"), "\"zwanzig Buchstaben ß...\"");
}
