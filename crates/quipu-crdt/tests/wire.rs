//! The serialised forms: what they look like, that they come back, and what is refused.

use std::num::NonZeroU64;

use quipu_crdt::{
    CausalContext, Dot, GCounter, GSet, NodeName, PnCounter, ReplicaId, ResettableCounter, VersionVector,
};
use serde::de::DeserializeOwned;
use serde_json::{from_str, to_string};

fn round_trip<T: serde::Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, text: &str) {
    assert_eq!(to_string(value).expect("serialises"), text);
    assert_eq!(&from_str::<T>(text).expect("comes back"), value);
}

#[test]
fn states_look_as_documented_and_come_back() {
    let n0 = ReplicaId::new(NodeName::new("n0"), 0x1f);
    let mut up = GCounter::default();
    up.increment(n0, u64::MAX).expect("fits");
    round_trip(&up, r#"{"n0@1f":18446744073709551615}"#);
    round_trip(&PnCounter::of_slot(n0, 5, 1), r#"{"n0@1f":[5,1]}"#);
    round_trip(&PnCounter::default(), "{}");
    let dot = Dot::new(n0, NonZeroU64::new(3).expect("not 0"));
    round_trip(&dot, r#"["n0@1f",3]"#);
    round_trip(&VersionVector::up_to(dot), r#"{"n0@1f":3}"#);
    round_trip(&GSet::from_iter([2, 1]), "[1,2]");
}

#[test]
fn what_no_replica_writes_is_refused() {
    for text in [
        r#"{"n0@1": 0}"#,
        r#"{"n0@1": 1, "n0@1": 2}"#,
        r#"{"n0@1": -1}"#,
        r#"{"n0@1": 18446744073709551616}"#,
        r#"{"n0": 1}"#,
        r#"{"n0@01": 1}"#,
        "[]",
    ] {
        assert!(from_str::<GCounter>(text).is_err(), "{text}");
        assert!(from_str::<VersionVector>(text).is_err(), "{text}");
    }
    for text in [r#"{"n0@1": [0, 0]}"#, r#"{"n0@1": [1]}"#, r#"{"n0@1": 1}"#, r#"{"n0@1": [1, 2, 3]}"#] {
        assert!(from_str::<PnCounter>(text).is_err(), "{text}");
    }
    assert!(from_str::<Dot>(r#"["n0@1", 0]"#).is_err());
}

#[test]
fn ranges_out_of_place_are_refused() {
    for (ranges, is_context) in [
        ("[[1,3],[5,5]]", true),
        ("[[18446744073709551615,18446744073709551615]]", true),
        ("[]", false),
        ("[[0,1]]", false),
        ("[[3,1]]", false),
        ("[[1,3],[2,5]]", false),
        ("[[1,3],[3,3]]", false),
        ("[[1,3],[4,5]]", false),
        ("[[1,3],[7,6]]", false),
        ("[[5,5],[1,3]]", false),
        ("[[1,18446744073709551615],[1,1]]", false),
    ] {
        let text = format!(r#"{{"n0@1":{ranges}}}"#);
        assert_eq!(from_str::<CausalContext>(&text).is_ok(), is_context, "{text}");
    }
}

#[test]
fn the_keys_of_a_json_object_come_in_any_order() {
    let seen = r#"{"n0@10":[[1,2]],"n0@2":[[1,1]]}"#;
    let sorted = r#"{"n0@2":[[1,1]],"n0@10":[[1,2]]}"#;
    let context: CausalContext = from_str(seen).expect("is a context");
    assert_eq!(to_string(&context).expect("serialises"), sorted);
    assert!(from_str::<CausalContext>(r#"{"n0@2":[[1,1]],"n0@2":[[2,2]]}"#).is_err());
    let counter = r#"{"n0@10":[[1,2,1]],"n0@2":[[1,1,1]]}"#;
    let counter: ResettableCounter = from_str(counter).expect("is a counter");
    assert_eq!(counter.value(), 3);
}
