//! G-Counter and PN-Counter.

use std::hint::black_box;

use crdt_kit::Crdt;
use crdts::{CmRDT, CvRDT};
use quipu_crdt::{GCounter, Lattice, PnCounter};

use super::floors;
use super::ids::{numbers, replica};
use crate::measure::Batch;
use crate::row::{Row, Target, Unit, constant, ensure, sampler};

pub(crate) const G_COUNTER: &str = "G-Counter";
pub(crate) const PN_COUNTER: &str = "PN-Counter";

pub(crate) const NOTES: &str = "\
quipu's ids are 24 bytes (a node's name and its incarnation), the peers' are numbers of 8 bytes; its increments return the \
delta, those of crdts the operation, those of crdt-kit nothing. What is returned is dropped; \"delta kept\" has it written to memory. \
No counter is known to the compiler from one call to the next. abyo-crdt logs every operation; its merge is a replay of the \
log and stands in no row here. Floors: merging two sorted vectors into a third, with ids of 24 and of 8 bytes. Joins: both \
sides know the same replicas, every other of them better than the other side. Sizes: postcard for all, with two bytes in front for quipu that say what it is.";

pub(crate) const NOTES_PN: &str = "As for the G-Counter; every replica has both added and taken away.";

/// How many replicas a large counter has.
const MANY: usize = 1_000;
const CALLS: usize = 1_000;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        increment("increment, one replica", 1),
        increment("increment, one of 1,000 replicas", MANY),
        increment_kept(),
        join().target(Target::WithinFloor(2.0, FLOOR)).target(Target::Fastest),
        join_of_strangers().target(Target::Fastest),
        read("value of 1 replica", 1),
        read("value of 1,000 replicas", MANY).target(Target::AtMost(20.0)).target(Target::Fastest),
        encoded(),
        pn_increment(),
        pn_join().target(Target::Fastest),
        pn_read().target(Target::AtMost(20.0)).target(Target::Fastest),
    ]
}

const FLOOR: &str = "sorted vectors";
const FLOOR_SMALL: &str = "the same, 8-byte ids";

/// What replica number `index` has counted, as one side knows it.
fn count(index: usize, side: usize) -> u64 {
    1_000 + index as u64 * 7 + u64::from(index % 2 == side) * 100
}

fn ours(replicas: usize, side: usize) -> Result<GCounter, String> {
    let mut counter = GCounter::default();
    for index in 0..replicas {
        counter.increment(replica(index), count(index, side)).map_err(|error| error.to_string())?;
    }
    Ok(counter)
}

fn crdts_counter(replicas: usize, side: usize) -> crdts::GCounter<u64> {
    let mut counter = crdts::GCounter::new();
    for (index, actor) in numbers(replicas).into_iter().enumerate() {
        counter.apply(counter.inc_many(actor, count(index, side)));
    }
    counter
}

/// The counter of the actor in the middle.
fn kit_counter(replicas: usize, side: usize) -> crdt_kit::GCounter {
    let actors = numbers(replicas);
    let mut counter = crdt_kit::GCounter::new(actors[replicas / 2]);
    for (index, actor) in actors.into_iter().enumerate() {
        let mut of_actor = crdt_kit::GCounter::new(actor);
        of_actor.increment_by(count(index, side));
        counter.merge(&of_actor);
    }
    counter
}

fn sum(sides: [usize; 2]) -> u64 {
    (0..MANY).map(|index| sides.into_iter().map(|side| count(index, side)).max().unwrap_or(0)).sum()
}

fn increment(work: &str, among: usize) -> Row {
    Row::new(G_COUNTER, work, Unit::Time)
        .ours(move || {
            let (counter, me) = (ours(among, 0)?, replica(among / 2));
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || counter.clone(),
                    |counter| (0..CALLS).for_each(|_| drop(black_box(&mut *counter).increment(me, 1))),
                ))
            })
        })
        .peer("crdts", move || {
            let (counter, me) = (crdts_counter(among, 0), numbers(among)[among / 2]);
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || counter.clone(),
                    |counter| {
                        for _ in 0..CALLS {
                            let counter = black_box(&mut *counter);
                            counter.apply(counter.inc(me));
                        }
                    },
                ))
            })
        })
        .peer("crdt-kit", move || {
            let counter = kit_counter(among, 0);
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || counter.clone(),
                    |counter| (0..CALLS).for_each(|_| black_box(&mut *counter).increment()),
                ))
            })
        })
        .peer("abyo-crdt", move || {
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || abyo_crdt::Counter::new(1),
                    |counter| {
                        (0..CALLS).for_each(|_| {
                            let _ = black_box(&mut *counter).increment(1);
                        });
                    },
                ))
            })
        })
        .target(Target::Fastest)
}

/// As [`increment`], by libraries that return something, which is kept.
fn increment_kept() -> Row {
    Row::new(G_COUNTER, "increment, one replica, delta kept", Unit::Time)
        .ours(|| {
            let me = replica(0);
            sampler(move |meter| {
                Ok(meter.time(Batch::of_calls(CALLS), GCounter::default, |counter| {
                    for _ in 0..CALLS {
                        drop(black_box(black_box(&mut *counter).increment(me, 1)));
                    }
                }))
            })
        })
        .peer("crdts", || {
            let me = numbers(1)[0];
            sampler(move |meter| {
                Ok(meter.time(Batch::of_calls(CALLS), crdts::GCounter::new, |counter| {
                    for _ in 0..CALLS {
                        let counter = black_box(&mut *counter);
                        let operation = black_box(counter.inc(me));
                        counter.apply(operation);
                    }
                }))
            })
        })
        .peer("abyo-crdt", || {
            sampler(|meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || abyo_crdt::Counter::new(1),
                    |counter| {
                        for _ in 0..CALLS {
                            black_box(black_box(&mut *counter).increment(1));
                        }
                    },
                ))
            })
        })
        .target(Target::Fastest)
}

fn join() -> Row {
    let inputs = Batch::of_inputs(8);
    Row::new(G_COUNTER, "join, 1,000 replicas with the same 1,000", Unit::Time)
        .ours(move || {
            let (left, right) = (ours(MANY, 0)?, ours(MANY, 1)?);
            ensure(left.clone().joined(&right).value() == u128::from(sum([0, 1])), "value after the join")?;
            sampler(move |meter| Ok(meter.time(inputs, || left.clone(), |left| left.join(&right))))
        })
        .peer("crdts", move || {
            let (left, right) = (crdts_counter(MANY, 0), crdts_counter(MANY, 1));
            let mut both = left.clone();
            both.merge(right.clone());
            ensure(both.read() == sum([0, 1]).into(), "value after the join")?;
            sampler(move |meter| {
                let make = || (left.clone(), Some(right.clone()));
                Ok(meter.time(inputs, make, |(left, right)| right.take().map(|right| left.merge(right))))
            })
        })
        .peer("crdt-kit", move || {
            let (left, right) = (kit_counter(MANY, 0), kit_counter(MANY, 1));
            let mut both = left.clone();
            both.merge(&right);
            ensure(both.value() == sum([0, 1]), "value after the join")?;
            sampler(move |meter| Ok(meter.time(inputs, || left.clone(), |left| left.merge(&right))))
        })
        .floor(FLOOR, move || {
            let (left, right) = (slots(MANY, replica, 0), slots(MANY, replica, 1));
            sampler(move |meter| {
                Ok(meter.time(inputs, || left.clone(), |left| *left = floors::merged(left, &right)))
            })
        })
        .floor(FLOOR_SMALL, move || {
            let ids = numbers(MANY);
            let (left, right) = (slots(MANY, |index| ids[index], 0), slots(MANY, |index| ids[index], 1));
            sampler(move |meter| {
                Ok(meter.time(inputs, || left.clone(), |left| *left = floors::merged(left, &right)))
            })
        })
}

/// The counter as a vector sorted by id.
fn slots<K: Ord>(replicas: usize, id: impl Fn(usize) -> K, side: usize) -> Vec<(K, u64)> {
    let mut slots: Vec<(K, u64)> = (0..replicas).map(|index| (id(index), count(index, side))).collect();
    slots.sort_unstable();
    slots
}

/// Each side knows 1,000 replicas that the other has not heard of.
fn join_of_strangers() -> Row {
    let inputs = Batch::of_inputs(8);
    let half = |side: usize| (0..2 * MANY).filter(move |index| index % 2 == side);
    Row::new(G_COUNTER, "join, 1,000 replicas with 1,000 others", Unit::Time)
        .ours(move || {
            let of = |side| -> Result<GCounter, String> {
                let mut counter = GCounter::default();
                for index in half(side) {
                    counter.increment(replica(index), 5).map_err(|error| error.to_string())?;
                }
                Ok(counter)
            };
            let (left, right) = (of(0)?, of(1)?);
            ensure(left.clone().joined(&right).value() == 10 * MANY as u128, "value after the join")?;
            sampler(move |meter| Ok(meter.time(inputs, || left.clone(), |left| left.join(&right))))
        })
        .peer("crdts", move || {
            let ids = numbers(2 * MANY);
            let of = |side| {
                let mut counter = crdts::GCounter::new();
                half(side).for_each(|index| counter.apply(counter.inc_many(ids[index], 5)));
                counter
            };
            let (left, right) = (of(0), of(1));
            sampler(move |meter| {
                let make = || (left.clone(), Some(right.clone()));
                Ok(meter.time(inputs, make, |(left, right)| right.take().map(|right| left.merge(right))))
            })
        })
        .peer("crdt-kit", move || {
            let ids = numbers(2 * MANY);
            let of = |side| {
                let mut counter = crdt_kit::GCounter::new(ids[side]);
                for index in half(side) {
                    let mut one = crdt_kit::GCounter::new(ids[index]);
                    one.increment_by(5);
                    counter.merge(&one);
                }
                counter
            };
            let (left, right) = (of(0), of(1));
            sampler(move |meter| Ok(meter.time(inputs, || left.clone(), |left| left.merge(&right))))
        })
        .floor(FLOOR, move || {
            let of = |side: usize| {
                let mut slots: Vec<_> = half(side).map(|index| (replica(index), 5_u64)).collect();
                slots.sort_unstable();
                slots
            };
            let (left, right) = (of(0), of(1));
            sampler(move |meter| {
                Ok(meter.time(inputs, || left.clone(), |left| *left = floors::merged(left, &right)))
            })
        })
}

fn read(work: &str, among: usize) -> Row {
    Row::new(G_COUNTER, work, Unit::Time)
        .ours(move || {
            let counter = ours(among, 0)?;
            sampler(move |meter| Ok(meter.time_of(100, || black_box(&counter).value())))
        })
        .peer("crdts", move || {
            let counter = crdts_counter(among, 0);
            sampler(move |meter| Ok(meter.time_of(100, || black_box(&counter).read())))
        })
        .peer("crdt-kit", move || {
            let counter = kit_counter(among, 0);
            sampler(move |meter| Ok(meter.time_of(100, || black_box(&counter).value())))
        })
}

fn encoded() -> Row {
    Row::new(G_COUNTER, "bytes, 1,000 replicas", Unit::Bytes)
        .ours(|| constant(super::encode_ours(&ours(MANY, 0)?).len()))
        .peer("crdts", || constant(super::encode(&crdts_counter(MANY, 0))?.len()))
        .peer("crdt-kit", || constant(super::encode(&kit_counter(MANY, 0))?.len()))
}

fn pn_ours(side: usize) -> Result<PnCounter, String> {
    let mut counter = PnCounter::default();
    for index in 0..MANY {
        counter.increment(replica(index), count(index, side)).map_err(|error| error.to_string())?;
        counter.decrement(replica(index), 3).map_err(|error| error.to_string())?;
    }
    Ok(counter)
}

fn pn_crdts(side: usize) -> crdts::PNCounter<u64> {
    let mut counter = crdts::PNCounter::new();
    for (index, actor) in numbers(MANY).into_iter().enumerate() {
        counter.apply(counter.inc_many(actor, count(index, side)));
        counter.apply(counter.dec_many(actor, 3));
    }
    counter
}

/// It counts by one only, so the counts are smaller.
fn pn_kit(side: usize) -> crdt_kit::PNCounter {
    let actors = numbers(MANY);
    let mut counter = crdt_kit::PNCounter::new(actors[MANY / 2]);
    for (index, actor) in actors.into_iter().enumerate() {
        let mut of_actor = crdt_kit::PNCounter::new(actor);
        (0..2 + index % 2 + side).for_each(|_| of_actor.increment());
        of_actor.decrement();
        counter.merge(&of_actor);
    }
    counter
}

fn pn_increment() -> Row {
    Row::new(PN_COUNTER, "increment and decrement, one replica", Unit::Time)
        .ours(|| {
            let me = replica(0);
            sampler(move |meter| {
                Ok(meter.time(Batch::of_calls(2 * CALLS), PnCounter::default, |counter| {
                    for _ in 0..CALLS {
                        drop(black_box(&mut *counter).increment(me, 1));
                        drop(black_box(&mut *counter).decrement(me, 1));
                    }
                }))
            })
        })
        .peer("crdts", || {
            sampler(|meter| {
                Ok(meter.time(Batch::of_calls(2 * CALLS), crdts::PNCounter::new, |counter| {
                    for _ in 0..CALLS {
                        let counter = black_box(&mut *counter);
                        counter.apply(counter.inc(1_u64));
                        let counter = black_box(&mut *counter);
                        counter.apply(counter.dec(1));
                    }
                }))
            })
        })
        .peer("crdt-kit", || {
            sampler(|meter| {
                Ok(meter.time(
                    Batch::of_calls(2 * CALLS),
                    || crdt_kit::PNCounter::new(1),
                    |counter| {
                        for _ in 0..CALLS {
                            black_box(&mut *counter).increment();
                            black_box(&mut *counter).decrement();
                        }
                    },
                ))
            })
        })
        .target(Target::Fastest)
}

fn pn_join() -> Row {
    let inputs = Batch::of_inputs(8);
    Row::new(PN_COUNTER, "join, 1,000 replicas with the same 1,000", Unit::Time)
        .ours(move || {
            let (left, right) = (pn_ours(0)?, pn_ours(1)?);
            let value = i128::from(sum([0, 1])) - 3 * MANY as i128;
            ensure(left.clone().joined(&right).value() == value, "value after the join")?;
            sampler(move |meter| Ok(meter.time(inputs, || left.clone(), |left| left.join(&right))))
        })
        .peer("crdts", move || {
            let (left, right) = (pn_crdts(0), pn_crdts(1));
            sampler(move |meter| {
                let make = || (left.clone(), Some(right.clone()));
                Ok(meter.time(inputs, make, |(left, right)| right.take().map(|right| left.merge(right))))
            })
        })
        .peer("crdt-kit", move || {
            let (left, right) = (pn_kit(0), pn_kit(1));
            sampler(move |meter| Ok(meter.time(inputs, || left.clone(), |left| left.merge(&right))))
        })
}

fn pn_read() -> Row {
    Row::new(PN_COUNTER, "value of 1,000 replicas", Unit::Time)
        .ours(|| {
            let counter = pn_ours(0)?;
            sampler(move |meter| Ok(meter.time_of(100, || black_box(&counter).value())))
        })
        .peer("crdts", || {
            let counter = pn_crdts(0);
            sampler(move |meter| Ok(meter.time_of(100, || black_box(&counter).read())))
        })
        .peer("crdt-kit", || {
            let counter = pn_kit(0);
            sampler(move |meter| Ok(meter.time_of(100, || black_box(&counter).value())))
        })
}
