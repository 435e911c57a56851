//! Types that join by a maximum: the last write, and sketches.

use std::collections::BTreeMap;
use std::fmt;

use quipu_crdt::{HybridClock, HyperLogLog, LwwRegister, ReplicaId};
use quipu_oracle::Value;

use crate::twin::{Question, Twin, assert_as_its_twin, equal, number, through_json, value};

/// Writes a value, by a physical clock that shows this time.
#[derive(Clone, Debug)]
pub(crate) struct Write(u8, u64);

impl Twin for LwwRegister<u8> {
    type Operation = Write;

    const NAME: &'static str = "lww_register";

    fn alphabet() -> Vec<Write> {
        vec![Write(1, 10), Write(2, 5)]
    }

    fn further() -> Vec<Write> {
        vec![Write(3, 10), Write(4, 11), Write(5, 0), Write(1, 5)]
    }

    fn edit(&mut self, replica: ReplicaId, Write(value, now): &Write) -> Option<Self> {
        // The register remembers the latest timestamp that its replica has given out or seen.
        self.set(replica, &mut HybridClock::new(u64::MAX), *now, *value).ok()
    }

    fn question(replica: ReplicaId, Write(written, now): &Write) -> Question {
        Question("set", vec![value(number(replica)), value(*now), value(*written)])
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        let write = self.timestamp().zip(self.writer()).zip(self.value());
        let write = write.map(|((time, writer), written)| {
            ((time.millis, u64::from(time.counter)), (number(writer), *written))
        });
        equal(&value(write), twin)
    }

    fn view(&self) -> Value {
        value(self.value().copied())
    }
}

/// Few registers, so that elements meet in them, and the list of those above zero gets full after two.
type Sketch = HyperLogLog<4>;

/// A hash, and by hand what the sketch must make of it: the register from its first 4 bits, and the place of the first 1
/// among the others, or 61 if there is none.
#[derive(Clone)]
pub(crate) struct Hash(u64);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash(register {}, rank {})", self.register(), self.rank())
    }
}

impl Hash {
    fn of(register: u64, rank: u32) -> Self {
        let first = 60_u32.checked_sub(rank).map_or(0, |place| 1 << place);
        Self(register << 60 | first)
    }

    fn register(&self) -> u64 {
        self.0 >> 60
    }

    fn rank(&self) -> u64 {
        (1..=60).find(|place| self.0 >> (60 - place) & 1 == 1).unwrap_or(61)
    }
}

/// The registers above zero, whichever form they are written in.
fn registers(sketch: &Sketch) -> Value {
    let written: serde_json::Value = through_json(sketch);
    let form: BTreeMap<String, serde_json::Value> = through_json(&written["registers"]);
    let registers: Vec<(u64, u64)> = match form.iter().next() {
        Some((form, listed)) if form == "listed" => through_json(listed),
        Some((_, all)) => (0..).zip(through_json::<_, Vec<u64>>(all)).filter(|(_, rank)| *rank > 0).collect(),
        None => Vec::new(),
    };
    value(registers)
}

impl Twin for Sketch {
    type Operation = Hash;

    const NAME: &'static str = "sketch";

    fn alphabet() -> Vec<Hash> {
        vec![Hash::of(1, 1), Hash::of(2, 3), Hash::of(1, 2), Hash::of(15, 61)]
    }

    fn further() -> Vec<Hash> {
        let (registers, ranks) = ([0, 1, 2, 7, 15], [1, 2, 4, 5, 60]);
        registers.into_iter().flat_map(|register| ranks.map(|rank| Hash::of(register, rank))).collect()
    }

    fn edit(&mut self, _: ReplicaId, hash: &Hash) -> Option<Self> {
        Some(self.add_hash(hash.0))
    }

    fn question(_: ReplicaId, hash: &Hash) -> Question {
        Question("add", vec![value(hash.register()), value(hash.rank())])
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&registers(self), twin)
    }

    fn view(&self) -> Value {
        registers(self)
    }
}

#[test]
fn a_last_writer_wins_register_is_as_its_twin() {
    assert_as_its_twin::<LwwRegister<u8>>(1000);
}

#[test]
fn a_sketch_is_as_its_twin() {
    assert_as_its_twin::<Sketch>(1000);
}
