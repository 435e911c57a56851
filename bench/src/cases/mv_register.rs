//! The multi-value register.

use std::hint::black_box;

use crdt_kit::Crdt;
use crdts::{CmRDT, CvRDT, MVReg};
use quipu_crdt::{Causal, Lattice, MvRegister};

use super::ids::{numbers, replica};
use crate::measure::Batch;
use crate::row::{Row, Target, Unit, constant, ensure, sampler};

pub(crate) const MV_REGISTER: &str = "Multi-value register";

pub(crate) const NOTES: &str = "\
Values are numbers. Each sibling was written by a replica of its own that had seen nothing; no replica wrote on both sides. \
A write replaces the one value there is; what it returns is dropped. abyo-crdt has no such register. Sizes: postcard for all, with two bytes in front for quipu that say what it is.";

const CALLS: usize = 1_000;

type Ours = Causal<MvRegister<u64>>;
type Kit = crdt_kit::MVRegister<u64>;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        write(),
        join("join, 2 siblings a side", 2, 32),
        join("join, 16 siblings a side", 16, 16),
        join("join, 128 siblings a side", 128, 4),
        bytes(),
    ]
}

/// Siblings of the replicas with these numbers.
fn ours(writers: std::ops::Range<usize>) -> Result<Ours, String> {
    let mut register = Ours::default();
    for index in writers {
        let written =
            Ours::default().write(replica(index), index as u64).map_err(|error| error.to_string())?;
        register.join(&written);
    }
    Ok(register)
}

fn crdts_register(writers: std::ops::Range<usize>) -> MVReg<u64, u64> {
    let (actors, mut register) = (numbers(writers.end), MVReg::new());
    for index in writers {
        let empty = MVReg::new();
        register.apply(empty.write(index as u64, empty.read_ctx().derive_add_ctx(actors[index])));
    }
    register
}

fn kit_register(writers: std::ops::Range<usize>) -> Kit {
    let actors = numbers(writers.end);
    let mut register = Kit::new(actors[writers.start]);
    for index in writers {
        let mut written = Kit::new(actors[index]);
        written.set(index as u64);
        register.merge(&written);
    }
    register
}

fn write() -> Row {
    Row::new(MV_REGISTER, "write", Unit::Time)
        .ours(|| {
            let (start, me) = (ours(0..1)?, replica(0));
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || start.clone(),
                    |register| {
                        (0..CALLS as u64).for_each(|value| drop(register.write(me, value)));
                    },
                ))
            })
        })
        .peer("crdts", || {
            let (start, me) = (crdts_register(0..1), numbers(1)[0]);
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || start.clone(),
                    |register| {
                        for value in 0..CALLS as u64 {
                            let register = black_box(&mut *register);
                            register.apply(register.write(value, register.read_ctx().derive_add_ctx(me)));
                        }
                    },
                ))
            })
        })
        .peer("crdt-kit", || {
            let start = kit_register(0..1);
            sampler(move |meter| {
                Ok(meter.time(
                    Batch::of_calls(CALLS),
                    || start.clone(),
                    |register| {
                        (0..CALLS as u64).for_each(|value| black_box(&mut *register).set(value));
                    },
                ))
            })
        })
        .target(Target::Fastest)
}

fn join(work: &str, siblings: usize, inputs: usize) -> Row {
    let batch = Batch::of_inputs(inputs);
    Row::new(MV_REGISTER, work, Unit::Time)
        .ours(move || {
            let (left, right) = (ours(0..siblings)?, ours(siblings..2 * siblings)?);
            ensure(left.clone().joined(&right).len() == 2 * siblings, "the join")?;
            sampler(move |meter| Ok(meter.time(batch, || left.clone(), |left| left.join(&right))))
        })
        .peer("crdts", move || {
            let (left, right) = (crdts_register(0..siblings), crdts_register(siblings..2 * siblings));
            let mut both = left.clone();
            both.merge(right.clone());
            ensure(both.read().val.len() == 2 * siblings, "the join")?;
            sampler(move |meter| {
                let make = || (left.clone(), Some(right.clone()));
                Ok(meter.time(batch, make, |(left, right)| right.take().map(|right| left.merge(right))))
            })
        })
        .peer("crdt-kit", move || {
            let (left, right) = (kit_register(0..siblings), kit_register(siblings..2 * siblings));
            let mut both = left.clone();
            both.merge(&right);
            ensure(both.values().len() == 2 * siblings, "the join")?;
            sampler(move |meter| Ok(meter.time(batch, || left.clone(), |left| left.merge(&right))))
        })
        .target(Target::Fastest)
}

fn bytes() -> Row {
    Row::new(MV_REGISTER, "bytes, 16 siblings", Unit::Bytes)
        .ours(|| constant(super::encode_ours(&ours(0..16)?).len()))
        .peer("crdts", || constant(super::encode(&crdts_register(0..16))?.len()))
        .peer("crdt-kit", || constant(super::encode(&kit_register(0..16))?.len()))
}
