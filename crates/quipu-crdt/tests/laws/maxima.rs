//! Types that join by a maximum: the last write, counts over windows, sketches.

use std::collections::BTreeMap;

use quipu_crdt::{HybridClock, HyperLogLog, LwwRegister, ReplicaId, WindowedCounter};
use quipu_laws::{History, OperationId, Operations, Past, Replica};

use crate::assert_laws;
use crate::kind::{Kind, Of};

/// Writes a value, by a physical clock that shows this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write(u8, u64);

impl Kind for LwwRegister<u8> {
    type Operation = Write;
    type View = Option<u8>;

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

    fn view(&self) -> Option<u8> {
        self.value().copied()
    }

    /// The write with the largest time. A write's time is that of its clock, but past all that its writer had seen.
    fn specification(past: Past<'_, Write>) -> Option<u8> {
        let mut times: BTreeMap<OperationId, (u64, u32, Replica)> = BTreeMap::new();
        for (id, record) in past.whole().iter() {
            let seen = record.seen.iter().map(|earlier| times[&earlier]).max();
            let Write(_, now) = record.operation;
            let time = match seen {
                Some((millis, counter, _)) if now <= millis => (millis, counter + 1),
                // A clock that has seen nothing still starts after time 0.
                None if now == 0 => (0, 1),
                _ => (now, 0),
            };
            times.insert(id, (time.0, time.1, record.replica));
        }
        let last = past.iter().max_by_key(|(id, _)| times[id]);
        last.map(|(_, record)| record.operation.0)
    }

    fn own_laws(&self, other: &Self) -> Result<(), String> {
        let agree = self.partial_cmp(other) == quipu_crdt::Lattice::compare(self, other);
        if agree { Ok(()) } else { Err(format!("the orders of {self:?} and {other:?} differ")) }
    }
}

/// Buckets of 10, windows of 3, lateness of 1: four buckets are kept.
type Windows = WindowedCounter<10, 3, 1>;

/// An event at this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event(u64);

impl Event {
    fn bucket(&self) -> u64 {
        self.0 / 10
    }
}

/// The operations, of all there are, that came too late where they were taken: more than one bucket behind the newest
/// bucket in which something counts.
fn late(past: Past<'_, Event>) -> Operations {
    let mut late = Operations::NONE;
    for (id, record) in past.whole().iter() {
        let counted = record.seen.without(late).iter();
        let newest = counted.map(|earlier| past.record(earlier).operation.bucket()).max();
        if newest.is_some_and(|newest| newest > record.operation.bucket() + 1) {
            late.insert(id);
        }
    }
    late
}

impl Kind for Windows {
    type Operation = Event;
    /// The buckets that are kept, and how many events were late.
    type View = (BTreeMap<u64, u128>, u128);

    fn alphabet() -> Vec<Event> {
        vec![Event(5), Event(25), Event(57)]
    }

    fn further() -> Vec<Event> {
        vec![Event(13), Event(38), Event(49), Event(61), Event(8)]
    }

    fn edit(&mut self, replica: ReplicaId, event: &Event) -> Option<Self> {
        Some(self.add(replica, event.0, 1, 100).ok()?.into_delta())
    }

    fn view(&self) -> Self::View {
        for (begin, _) in self.buckets() {
            let window: Option<u128> = self.value(begin).ok();
            let sum = self.buckets().filter(|(other, _)| *other <= begin && other + 30 > begin);
            assert!(window.is_none_or(|window| window == sum.map(|(_, count)| count).sum()));
        }
        (self.buckets().collect(), self.late())
    }

    /// The events that were not late where they were taken, in the four newest buckets.
    fn specification(past: Past<'_, Event>) -> Self::View {
        let mut buckets = BTreeMap::new();
        let late = late(past);
        for (_, record) in past.iter().filter(|(id, _)| !late.contains(*id)) {
            *buckets.entry(record.operation.bucket() * 10).or_default() += 1;
        }
        if let Some((last, _)) = buckets.last_key_value() {
            let last: u64 = *last;
            buckets.retain(|begin, _| begin + 40 > last);
        }
        (buckets, past.operations().and(late).len() as u128)
    }

    /// A delta is the slot of its replica in one bucket, or among the late ones.
    fn stands_for(history: &History<Event>, id: OperationId, _: &Self) -> Operations {
        let late = late(history.past(Operations::NONE));
        let class = |id| (!late.contains(id)).then(|| history.record(id).operation.bucket());
        let mine = history.by_same_replica_up_to(id);
        mine.iter().filter(|earlier| class(*earlier) == class(id)).collect()
    }
}

/// Few registers, so that elements meet in them and the list of them gets full.
type Sketch = HyperLogLog<4>;

impl Kind for Sketch {
    type Operation = u64;
    /// A sketch says the same as one that was given all the elements itself.
    type View = Self;

    fn alphabet() -> Vec<u64> {
        vec![1, 2, 3]
    }

    fn further() -> Vec<u64> {
        (4..100).collect()
    }

    fn edit(&mut self, _: ReplicaId, element: &u64) -> Option<Self> {
        Some(self.add_number(*element))
    }

    fn view(&self) -> Self {
        self.clone()
    }

    fn specification(past: Past<'_, u64>) -> Self {
        let mut sketch = Self::default();
        for (_, record) in past.iter() {
            sketch.add_number(record.operation);
        }
        sketch
    }

    /// Nothing is sent of an element that changed nothing.
    fn stands_for(_: &History<u64>, id: OperationId, delta: &Self) -> Operations {
        if *delta == Self::default() { Operations::NONE } else { Operations::one(id) }
    }
}

#[test]
fn a_last_writer_wins_register_obeys_its_laws() {
    assert_laws::<Of<LwwRegister<u8>>>("LwwRegister");
}

#[test]
fn a_windowed_counter_obeys_its_laws() {
    assert_laws::<Of<Windows>>("WindowedCounter");
}

#[test]
fn a_sketch_obeys_its_laws() {
    assert_laws::<Of<Sketch>>("HyperLogLog");
}
