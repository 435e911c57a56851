//! What no replica writes is refused, and no bytes make a decoder panic.

use proptest::prelude::*;
use quipu_crdt::wire::{self, DecodeError, Encoded};
use quipu_crdt::{AmountCounter, HybridClock, HyperLogLog, Lattice, LwwRegister, WindowedCounter};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::amounts::Eur;
use crate::execution::config;
use crate::replica;

type Windows = WindowedCounter<10, 3, 1>;
type Tiny = HyperLogLog<4, 7>;

/// Euros in another scale.
enum Mill {}

impl quipu_crdt::Unit for Mill {
    const CODE: &'static str = "EUR";
    const SCALE: u8 = 3;
}

fn refused<T: DeserializeOwned>(texts: impl IntoIterator<Item = Value>) {
    for text in texts {
        assert!(serde_json::from_value::<T>(text.clone()).is_err(), "{text}");
    }
}

#[test]
fn a_windowed_counter_that_no_replica_has_is_refused() {
    let with = |buckets: &str| {
        let text = format!(r#"{{"width":10,"window":3,"lateness":1,"buckets":{buckets},"late":{{}}}}"#);
        serde_json::from_str::<Windows>(&text)
    };
    let whole = with(r#"{"2":{"n0@1":1},"5":{"n0@1":1}}"#).expect("four buckets");
    assert_eq!(whole.value(50), Ok(1));
    let last = with(r#"{"1844674407370955161":{"n0@1":1}}"#).expect("the bucket in which time ends");
    assert_eq!(last.value(u64::MAX), Ok(1));
    for buckets in [
        r#"{"1":{"n0@1":1},"5":{"n0@1":1}}"#,
        r#"{"5":{}}"#,
        r#"{"5":{"n0@1":1},"5":{"n1@1":1}}"#,
        r#"{"5":{"n0@1":0}}"#,
        r#"{"1844674407370955162":{"n0@1":1}}"#,
        r#"{"-1":{"n0@1":1}}"#,
        "[]",
    ] {
        assert!(with(buckets).is_err(), "{buckets}");
    }
    let (with_width, empty) = (
        |width: u64, window: u64, lateness: u64| json!({ "width": width, "window": window, "lateness": lateness, "buckets": {}, "late": {} }),
        json!({}),
    );
    refused::<Windows>([with_width(11, 3, 1), with_width(10, 4, 1), with_width(10, 3, 0), empty]);
}

#[test]
fn a_sketch_that_no_replica_has_is_refused() {
    let listed = |entries: Value| json!({ "precision": 4, "key": 7, "registers": { "listed": entries } });
    let all = |ranks: &[u8]| json!({ "precision": 4, "key": 7, "registers": { "all": ranks } });
    let full: [u8; 16] = core::array::from_fn(|register| u8::try_from(register).expect("small"));
    for text in [listed(json!([[3, 1], [15, 61]])), all(&full)] {
        let sketch: Tiny = serde_json::from_value(text.clone()).expect("possible");
        assert_eq!(serde_json::to_value(&sketch).expect("is text"), text);
    }
    refused::<Tiny>([
        listed(json!([[3, 0]])),
        listed(json!([[3, 62]])),
        listed(json!([[16, 1]])),
        listed(json!([[3, 1], [3, 2]])),
        listed(json!([[4, 1], [3, 1]])),
        listed(json!([[1, 1], [2, 1], [3, 1]])),
        all(&full[..15]),
        all(&[1; 17]),
        all(&[62; 16]),
        all(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]),
        json!({ "precision": 5, "key": 7, "registers": { "listed": [] } }),
        json!({ "precision": 4, "key": 8, "registers": { "listed": [] } }),
        json!({ "precision": 4, "key": 7 }),
    ]);
    // The same in binary: a gap past the end, a rank of 0, a list too long, too few bytes.
    for bytes in [&[4, 7, 0, 1, 0x81, 8][..], &[4, 7, 0, 1, 64], &[4, 7, 0, 3, 1, 1, 1], &[4, 7, 1, 2, 0, 0]]
    {
        assert!(postcard::from_bytes::<Tiny>(bytes).is_err(), "{bytes:?}");
    }
    let endless = [4, 7, 0, 2, 1, 0xff, 0xff, 0xff, 0xff, 0x0f];
    assert!(postcard::from_bytes::<Tiny>(&endless).is_err(), "the largest gap");
}

#[test]
fn a_register_that_no_replica_has_is_refused() {
    let with = |time: Value| json!({ "time": time, "replica": "n0@1", "value": 3 });
    assert!(serde_json::from_value::<LwwRegister<u8>>(with(json!([5, 0]))).is_ok());
    assert!(
        serde_json::from_value::<LwwRegister<u8>>(Value::Null).is_ok_and(|register| register.is_bottom())
    );
    refused::<LwwRegister<u8>>([
        with(json!([5])),
        with(json!([5, 4_294_967_296_u64])),
        with(json!([-5, 0])),
        json!({ "time": [5, 0], "value": 3 }),
        json!({ "time": [5, 0], "replica": "n0@1", "value": 3, "more": 1 }),
    ]);
}

#[test]
fn bytes_of_other_parameters_are_refused_as_such() {
    let bytes = wire::encode(&Tiny::default());
    assert_eq!(wire::decode::<HyperLogLog<5, 7>>(&bytes), Err(DecodeError::Parameters));
    assert_eq!(wire::decode::<HyperLogLog<4, 8>>(&bytes), Err(DecodeError::Parameters));
    let bytes = wire::encode(&Windows::default());
    assert_eq!(wire::decode::<WindowedCounter<10, 3, 2>>(&bytes), Err(DecodeError::Parameters));
    assert_eq!(wire::decode::<WindowedCounter<300, 3, 1>>(&bytes), Err(DecodeError::Parameters));
    let bytes = wire::encode(&AmountCounter::<Eur>::default());
    assert_eq!(wire::decode::<AmountCounter<Mill>>(&bytes), Err(DecodeError::Parameters));
    assert!(wire::decode::<AmountCounter<Eur>>(&bytes).is_ok());
    let cut = wire::decode::<AmountCounter<Eur>>(&bytes[..4]);
    assert!(matches!(cut, Err(DecodeError::Malformed { .. })), "{cut:?}");
}

/// A state of each type with something in every part of it.
fn samples() -> (Windows, Tiny, Tiny, HyperLogLog, LwwRegister<String>, AmountCounter<Eur>) {
    let n0 = replica("n0");
    let mut windows = Windows::default();
    for time in [3, 25, 44, 5] {
        let _ = windows.add(n0, time, 300, 100).expect("fits");
    }
    let mut small = Tiny::default();
    small.add(b"ann");
    let (mut full, mut listed) = (Tiny::default(), <HyperLogLog>::default());
    for element in 0..40 {
        full.add_number(element);
        listed.add_number(element);
    }
    let mut register = LwwRegister::default();
    register.set(n0, &mut HybridClock::new(0), 5000, "text".into()).expect("first");
    let mut sum = AmountCounter::default();
    sum.add(n0, "-12.34".parse().expect("an amount")).expect("fits");
    (windows, small, full, listed, register, sum)
}

/// Damages the bytes, and checks that what still decodes is a state that comes back.
fn survives<T: Lattice + Encoded + std::fmt::Debug>(state: &T, damage: &[(usize, u8)], cut: usize) {
    let mut bytes = wire::encode(state);
    for (at, byte) in damage {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    bytes.truncate(bytes.len() - cut % bytes.len());
    if let Ok(decoded) = wire::decode::<T>(&bytes) {
        assert_eq!(wire::decode::<T>(&wire::encode(&decoded)).as_ref(), Ok(&decoded));
        assert!(decoded.includes(&decoded) && decoded.difference(&decoded).is_bottom());
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_bytes_are_a_state_or_an_error(
        damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
        cut in prop_oneof![3 => Just(0_usize), 1 => any::<usize>()],
    ) {
        let (windows, small, full, listed, register, sum) = samples();
        survives(&windows, &damage, cut);
        survives(&small, &damage, cut);
        survives(&full, &damage, cut);
        survives(&listed, &damage, cut);
        survives(&register, &damage, cut);
        survives(&sum, &damage, cut);
    }
}
