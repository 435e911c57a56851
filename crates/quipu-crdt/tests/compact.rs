//! The binary form: what it looks like, how small it is, and what is refused.

use quipu_crdt::{Dot, GCounter, GSet, Lattice, NodeName, PnCounter, ReplicaId, VersionVector};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("encodes")
}

fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, expected: &[u8]) {
    assert_eq!(bytes(value), expected);
    assert_eq!(from_bytes::<T>(expected).as_ref(), Some(value));
}

#[test]
fn states_are_name_life_and_number() {
    let n0 = ReplicaId::new(NodeName::new("n0"), 0x1f);
    comes_back(&n0, b"\x02n0\x1f");
    comes_back(&ReplicaId::new(NodeName::new(""), 0), b"\x00\x00");
    let up = GCounter::default().joined(&GCounter::default().increment(n0, 300).expect("fits"));
    comes_back(&up, b"\x01\x02n0\x1f\xac\x02");
    comes_back(&PnCounter::of_slot(n0, 5, 1), b"\x01\x02n0\x1f\x05\x01");
    comes_back(&PnCounter::default(), b"\x00");
    let dot = Dot::new(n0, 3.try_into().expect("not 0"));
    comes_back(&VersionVector::up_to(dot), b"\x01\x02n0\x1f\x03");
    comes_back(&GSet::from_iter([2_u8, 1]), b"\x02\x01\x02");
}

#[test]
fn what_no_replica_writes_is_refused() {
    let refused: [(&str, &[u8]); 8] = [
        ("an empty slot", b"\x01\x02n0\x01\x00"),
        ("two slots of one replica", b"\x02\x02n0\x01\x01\x02n0\x01\x02"),
        ("slots out of order", b"\x02\x02n1\x01\x01\x02n0\x01\x01"),
        ("a name of more than 16 bytes", b"\x01\x11seventeen-bytes-x\x01\x01"),
        ("a zero byte in a name", b"\x01\x02n\0\x01\x01"),
        ("a name that is not UTF-8", b"\x01\x02n\xff\x01\x01"),
        ("fewer slots than announced", b"\x02\x02n0\x01\x01"),
        ("more slots than there can be", b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x02n0\x01\x01"),
    ];
    for (what, input) in refused {
        assert_eq!(from_bytes::<GCounter>(input), None, "{what}");
        assert_eq!(from_bytes::<VersionVector>(input), None, "{what}");
    }
    assert_eq!(from_bytes::<PnCounter>(b"\x01\x02n0\x01\x00\x00"), None, "an empty slot");
    assert_eq!(from_bytes::<GSet<u8>>(b"\x02\x02\x01"), None, "elements out of order");
    assert_eq!(from_bytes::<GSet<u8>>(b"\x02\x01\x01"), None, "an element twice");
    assert_eq!(from_bytes::<GSet<()>>(b"\xff\xff\xff\xff\x0f"), None, "elements that take no bytes");
}

#[test]
fn a_replica_takes_ten_bytes_at_most_with_short_names() {
    let mut counter = GCounter::default();
    for node in 0..1000 {
        let id = ReplicaId::new(NodeName::new(&format!("n{node}")), 1);
        counter.increment(id, 10_000 + node).expect("fits");
    }
    let encoded = bytes(&counter);
    println!("{} bytes for 1,000 replicas that counted to about 10,000", encoded.len());
    assert!(encoded.len() <= 10 * 1000);
    assert_eq!(from_bytes::<GCounter>(&encoded), Some(counter));
}
