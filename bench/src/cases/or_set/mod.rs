//! The add-wins set.

use crdt_kit::{Crdt, DeltaCrdt};
use crdts::{CmRDT, CvRDT, Orswot};
use quipu_crdt::{Lattice, wire};

use super::floors::joined;
use super::ids::{elements, numbers, replica};
use crate::measure::Batch;
use crate::row::{Row, Target, Unit, constant, ensure, sampler};

mod states;

use states::{Abyo, Kit, Ours};

pub(crate) const OR_SET: &str = "OR-Set";

pub(crate) const NOTES: &str = "\
Elements are random numbers of 64 bits. Adds are made by one replica, into a set in which each replica has added one element \
before. The sets that are joined were built by 3 replicas; then one of them added 1 % new elements and removed 1 % of the old \
ones. The delta is the join of those changes' deltas; for crdts the same as operations, for crdt-kit the delta that it makes \
of both whole states, for abyo-crdt the part of the log that is new. crdt-kit keeps a tombstone for each removed add, \
abyo-crdt all operations. Floor: two vectors sorted by element, merged by the same rule; it can be neither changed nor asked. \
Sizes and times of encoding: postcard for all, with three bytes in front for quipu that say what it is; \"beside the payload\" is what is left of the bytes without the elements' own.";

const TEN: usize = 10_000;
const HUNDRED: usize = 100_000;
const FLOOR: &str = "sorted vectors";

pub(crate) fn rows() -> Vec<Row> {
    vec![
        add("add, building 10,000, 3 replicas in the context", TEN, 3),
        add("add, building 100,000, 3 replicas in the context", HUNDRED, 3),
        add("add, building 10,000, 100 replicas in the context", TEN, 100),
        add("add, building 100,000, 100 replicas in the context", HUNDRED, 100),
        full_join("full join, 10,000 elements, 1 % new and 1 % removed", TEN),
        full_join("full join, 100,000 elements, 1 % new and 1 % removed", HUNDRED)
            .target(Target::AtMost(1e6))
            .long(),
        identical("full join of equal sets, 10,000 elements", TEN),
        identical("full join of equal sets, 100,000 elements", HUNDRED).target(Target::AtMost(1_000.0)),
        delta_join("join of just that delta, 10,000 elements", TEN),
        delta_join("join of just that delta, 100,000 elements", HUNDRED).target(Target::AtMost(0.3e6)).long(),
        contains(),
        bytes(),
        overhead(),
        encode(),
        decode(),
    ]
}

fn add(work: &str, count: usize, among: usize) -> Row {
    let batch = Batch::of_calls(count);
    Row::new(OR_SET, work, Unit::Time)
        .ours(move || {
            let (start, new, me) = (states::started_ours(among)?, elements(count), replica(0));
            sampler(move |meter| {
                Ok(meter.time(
                    batch,
                    || start.clone(),
                    |set| {
                        new.iter().for_each(|element| drop(set.add(me, *element)));
                    },
                ))
            })
        })
        .peer("crdts", move || {
            let (start, new, me) = (states::started_crdts(among), elements(count), numbers(1)[0]);
            sampler(move |meter| {
                Ok(meter.time(
                    batch,
                    || start.clone(),
                    |set| {
                        for element in &new {
                            set.apply(set.add(*element, set.read_ctx().derive_add_ctx(me)));
                        }
                    },
                ))
            })
        })
        .peer("crdt-kit", move || {
            let (start, new) = (states::started_kit(among), elements(count));
            sampler(move |meter| {
                Ok(meter.time(
                    batch,
                    || start.clone(),
                    |set| {
                        new.iter().for_each(|element| set.insert(*element));
                    },
                ))
            })
        })
        .peer("abyo-crdt", move || {
            let (start, new) = (states::started_abyo(among), elements(count));
            sampler(move |meter| {
                Ok(meter.time(
                    batch,
                    || start.clone(),
                    |set| {
                        new.iter().for_each(|element| drop(set.add(*element)));
                    },
                ))
            })
        })
        .target(Target::Fastest)
}

fn full_join(work: &str, count: usize) -> Row {
    Row::new(OR_SET, work, Unit::Time)
        .ours(move || {
            let base = states::ours(count)?;
            let (changed, delta) = states::changed_ours(&base)?;
            ensure(base.clone().joined(&changed) == changed, "the full join")?;
            ensure(base.clone().joined(&delta) == changed, "the join of the delta")?;
            sampler(move |meter| Ok(meter.time(Batch::ONE, || base.clone(), |set| set.join(&changed))))
        })
        .peer("crdts", move || {
            let base = states::crdts_set(count);
            let (changed, _) = states::changed_crdts(&base, count);
            let mut both = base.clone();
            both.merge(changed.clone());
            ensure(both == changed, "the full join")?;
            sampler(move |meter| {
                let make = || (base.clone(), Some(changed.clone()));
                Ok(meter.time(Batch::ONE, make, |(set, other)| other.take().map(|other| set.merge(other))))
            })
        })
        .peer("crdt-kit", move || {
            let base = states::kit_set(count);
            let changed = states::changed_kit(&base, count);
            sampler(move |meter| {
                let mut length = 0;
                let time = meter.time(
                    Batch::ONE,
                    || base.clone(),
                    |set| {
                        set.merge(&changed);
                        length = set.len();
                    },
                );
                ensure(length == count, "the full join")?;
                Ok(time)
            })
        })
        .peer("abyo-crdt", move || {
            let base = states::abyo_set(count);
            let changed = states::changed_abyo(&base, count);
            let mut both = base.clone();
            both.merge(&changed);
            ensure(both.len() == count, "the full join")?;
            sampler(move |meter| Ok(meter.time(Batch::ONE, || base.clone(), |set| set.merge(&changed))))
        })
        .floor(FLOOR, move || {
            let base = states::flat_set(count);
            let changed = states::changed_flat(&base, count);
            ensure(joined(&base, &changed).elements == changed.elements, "the full join")?;
            sampler(move |meter| Ok(meter.time(Batch::ONE, || (), |()| joined(&base, &changed))))
        })
        .target(Target::Fastest)
}

fn identical(work: &str, count: usize) -> Row {
    Row::new(OR_SET, work, Unit::Time)
        .ours(move || {
            let (base, same) = (states::ours(count)?, states::ours(count)?);
            sampler(move |meter| Ok(meter.time(Batch::ONE, || base.clone(), |set| set.join(&same))))
        })
        .peer("crdts", move || {
            let (base, same) = (states::crdts_set(count), states::crdts_set(count));
            sampler(move |meter| {
                let make = || (base.clone(), Some(same.clone()));
                Ok(meter.time(Batch::ONE, make, |(set, other)| other.take().map(|other| set.merge(other))))
            })
        })
        .peer("crdt-kit", move || {
            let (base, same) = (states::kit_set(count), states::kit_set(count));
            sampler(move |meter| Ok(meter.time(Batch::ONE, || base.clone(), |set| set.merge(&same))))
        })
        .peer("abyo-crdt", move || {
            let (base, same) = (states::abyo_set(count), states::abyo_set(count));
            sampler(move |meter| Ok(meter.time(Batch::ONE, || base.clone(), |set| set.merge(&same))))
        })
        .floor(FLOOR, move || {
            let (base, same) = (states::flat_set(count), states::flat_set(count));
            sampler(move |meter| Ok(meter.time(Batch::ONE, || (), |()| joined(&base, &same))))
        })
        .target(Target::Fastest)
}

fn delta_join(work: &str, count: usize) -> Row {
    Row::new(OR_SET, work, Unit::Time)
        .ours(move || {
            let base = states::ours(count)?;
            let (changed, delta) = states::changed_ours(&base)?;
            ensure(base.clone().joined(&delta) == changed, "the join of the delta")?;
            sampler(move |meter| Ok(meter.time(Batch::ONE, || base.clone(), |set| set.join(&delta))))
        })
        .peer("crdts", move || {
            let base = states::crdts_set(count);
            let (changed, operations) = states::changed_crdts(&base, count);
            let mut both = base.clone();
            operations.iter().for_each(|operation| both.apply(operation.clone()));
            ensure(both == changed, "the operations")?;
            sampler(move |meter| {
                let make = || (base.clone(), operations.clone());
                Ok(meter.time(Batch::ONE, make, |(set, operations)| {
                    operations.drain(..).for_each(|operation| set.apply(operation));
                }))
            })
        })
        .peer("crdt-kit", move || {
            let base = states::kit_set(count);
            let delta = states::changed_kit(&base, count).delta(&base);
            sampler(move |meter| Ok(meter.time(Batch::ONE, || base.clone(), |set| set.apply_delta(&delta))))
        })
        .peer("abyo-crdt", move || {
            let base = states::abyo_set(count);
            let changed = states::changed_abyo(&base, count);
            let operations: Vec<_> = changed.ops_since(base.version()).cloned().collect();
            sampler(move |meter| {
                let make = || (base.clone(), operations.clone());
                Ok(meter.time(Batch::ONE, make, |(set, operations)| {
                    operations.drain(..).for_each(|operation| drop(set.apply(operation)));
                }))
            })
        })
        .target(Target::Fastest)
}

const QUESTIONS: usize = 1_000;

/// Half of what is asked for is there.
fn questions() -> Vec<u64> {
    let mut questions = elements(QUESTIONS / 2);
    questions.extend((0..QUESTIONS as u64 / 2).map(|index| index * 0x9E37_79B9_7F4A_7C15));
    fastrand::Rng::with_seed(3).shuffle(&mut questions);
    questions
}

/// A row that asks `contains` of one of the sets; `asked` is a closure from set and element to the answer.
macro_rules! asking {
    ($make:expr, $contains:expr) => {
        || {
            let (set, questions) = ($make, questions());
            let contains = $contains;
            let found = questions.iter().filter(|question| contains(&set, **question)).count();
            ensure(found == QUESTIONS / 2, "contains")?;
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(QUESTIONS),
                    || (),
                    |()| questions.iter().filter(|question| contains(&set, **question)).count(),
                ))
            })
        }
    };
}

fn contains() -> Row {
    Row::new(OR_SET, "contains, 100,000 elements", Unit::Time)
        .ours(asking!(states::ours(HUNDRED)?, |set: &Ours, element: u64| set.contains(&element)))
        .peer(
            "crdts",
            asking!(states::crdts_set(HUNDRED), |set: &Orswot<u64, u64>, element: u64| set
                .contains(&element)
                .val),
        )
        .peer("crdt-kit", asking!(states::kit_set(HUNDRED), |set: &Kit, element: u64| set.contains(&element)))
        .peer(
            "abyo-crdt",
            asking!(states::abyo_set(HUNDRED), |set: &Abyo, element: u64| set.contains(&element)),
        )
        .target(Target::Fastest)
}

fn bytes() -> Row {
    Row::new(OR_SET, "bytes, 100,000 elements", Unit::Bytes)
        .ours(|| constant(super::encode_ours(&states::ours(HUNDRED)?).len()))
        .peer("crdts", || constant(super::encode(&states::crdts_set(HUNDRED))?.len()))
        .peer("crdt-kit", || constant(super::encode(&states::kit_set(HUNDRED))?.len()))
        .peer("abyo-crdt", || constant(super::encode(&states::abyo_set(HUNDRED))?.len()))
        .target(Target::Fastest)
}

fn overhead() -> Row {
    let each = |bytes: Vec<u8>| -> Result<_, String> {
        let payload = elements(HUNDRED).iter().map(super::encode).sum_of_lengths()?;
        let overhead = (bytes.len() as f64 - payload as f64) / HUNDRED as f64;
        sampler(move |_| Ok(overhead))
    };
    Row::new(OR_SET, "bytes per element beside the payload, 100,000 elements", Unit::BytesEach)
        .ours(move || each(super::encode_ours(&states::ours(HUNDRED)?)))
        .peer("crdts", move || each(super::encode(&states::crdts_set(HUNDRED))?))
        .peer("crdt-kit", move || each(super::encode(&states::kit_set(HUNDRED))?))
        .peer("abyo-crdt", move || each(super::encode(&states::abyo_set(HUNDRED))?))
        .target(Target::Fastest)
        .target(Target::AtMost(4.0))
}

trait Lengths {
    fn sum_of_lengths(self) -> Result<usize, String>;
}

impl<I: Iterator<Item = Result<Vec<u8>, String>>> Lengths for I {
    fn sum_of_lengths(mut self) -> Result<usize, String> {
        self.try_fold(0, |sum, bytes| Ok(sum + bytes?.len()))
    }
}

fn encode() -> Row {
    Row::new(OR_SET, "encode, 100,000 elements", Unit::Time)
        .ours(|| {
            let set = states::ours(HUNDRED)?;
            sampler(move |meter| Ok(meter.time_of(1, || super::encode_ours(&set))))
        })
        .peer("crdts", || encoding(states::crdts_set(HUNDRED)))
        .peer("crdt-kit", || encoding(states::kit_set(HUNDRED)))
        .peer("abyo-crdt", || encoding(states::abyo_set(HUNDRED)))
        .target(Target::Fastest)
}

fn encoding(set: impl serde::Serialize + 'static) -> Result<crate::row::Sampler, String> {
    sampler(move |meter| Ok(meter.time_of(1, || super::encode(&set))))
}

fn decode() -> Row {
    Row::new(OR_SET, "decode, 100,000 elements", Unit::Time)
        .ours(|| {
            let set = states::ours(HUNDRED)?;
            let bytes = super::encode_ours(&set);
            ensure(wire::decode(&bytes) == Ok(set), "decoded")?;
            sampler(move |meter| {
                Ok(meter.time_of(1, || wire::decode::<Ours>(std::hint::black_box(&bytes)).is_ok()))
            })
        })
        .peer("crdts", || decoding(&states::crdts_set(HUNDRED), |set, other| set == other))
        .peer("crdt-kit", || decoding(&states::kit_set(HUNDRED), |set, other| set == other))
        .peer("abyo-crdt", || decoding(&states::abyo_set(HUNDRED), |set, other| set.len() == other.len()))
        .target(Target::Fastest)
}

fn decoding<S>(set: &S, is_equal: impl Fn(&S, &S) -> bool) -> Result<crate::row::Sampler, String>
where
    S: serde::Serialize + serde::de::DeserializeOwned,
{
    let bytes = super::encode(set)?;
    let back: S = postcard::from_bytes(&bytes).map_err(|error| error.to_string())?;
    ensure(is_equal(set, &back), "decoded")?;
    sampler(move |meter| {
        Ok(meter.time_of(1, || postcard::from_bytes::<S>(std::hint::black_box(&bytes)).is_ok()))
    })
}
