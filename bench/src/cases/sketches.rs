//! `HyperLogLog`: how many different elements there are, estimated.

use std::hash::BuildHasherDefault;
use std::hint::black_box;

use cardinality_estimator::CardinalityEstimator;
use hyperloglogplus::{HyperLogLog as _, HyperLogLogPF, HyperLogLogPlus};
use quipu_crdt::{HyperLogLog, Lattice};
use wyhash::WyHash;

use crate::measure::Batch;
use crate::row::{Row, Sampler, Target, Unit, ensure, sampler};

pub(crate) const HYPER_LOG_LOG: &str = "HyperLogLog";

pub(crate) const NOTES: &str = "\
Precision 12 for all: 4,096 registers, a standard error of 1.6 %. At 11, the default of quipu, cardinality-estimator (1.0.3) cannot \
be compared: the coefficient -7.8e-03 has lost a sign in its table of corrections and is -7.8e03, so that it estimates nothing \
right while registers are empty. Elements are numbers; quipu returns the delta of each add. The first 100 are added to a sketch \
that is made within the measured time. hyperloglogplus hashes with wyhash here, as cardinality-estimator does; \"plus\" is its sparse \
type with bias correction, \"pf\" the plain one, which has 32 bits of hash and no sparse form. The error is the root of the mean \
square over seeds 0 to 29: up to 1.4 standard errors is chance.";

const PRECISION: u8 = 12;
const ERROR_AT_MOST: f64 = 1.4 * 100.0 * Ours::STANDARD_ERROR;

/// A sketch of any of the libraries.
trait Sketch: Clone + 'static {
    fn new() -> Self;
    fn add(&mut self, element: u64);
    fn merge(&mut self, other: &Self);
    fn estimate(&mut self) -> f64;
}

type Ours = HyperLogLog<PRECISION>;
type Estimator = CardinalityEstimator<u64, WyHash, { PRECISION as usize }, 6>;
type Plus = HyperLogLogPlus<u64, BuildHasherDefault<WyHash>>;
type Plain = HyperLogLogPF<u64, BuildHasherDefault<WyHash>>;

impl Sketch for Ours {
    fn new() -> Self {
        Self::default()
    }

    fn add(&mut self, element: u64) {
        self.add_number(element);
    }

    fn merge(&mut self, other: &Self) {
        self.join(other);
    }

    fn estimate(&mut self) -> f64 {
        Ours::estimate(self)
    }
}

impl Sketch for Estimator {
    fn new() -> Self {
        Self::default()
    }

    fn add(&mut self, element: u64) {
        self.insert(&element);
    }

    fn merge(&mut self, other: &Self) {
        CardinalityEstimator::merge(self, other);
    }

    fn estimate(&mut self) -> f64 {
        CardinalityEstimator::estimate(self) as f64
    }
}

/// The two types of hyperloglogplus have the same methods and no trait for merging.
macro_rules! sketch_of_hyperloglogplus {
    ($type:ty, $make:ident) => {
        impl Sketch for $type {
            fn new() -> Self {
                $make::new(PRECISION, BuildHasherDefault::default())
                    .expect("the precision is within its bounds")
            }

            fn add(&mut self, element: u64) {
                self.insert(&element);
            }

            fn merge(&mut self, other: &Self) {
                $make::merge(self, other).expect("both have the same precision");
            }

            fn estimate(&mut self) -> f64 {
                self.count()
            }
        }
    };
}

sketch_of_hyperloglogplus!(Plus, HyperLogLogPlus);
sketch_of_hyperloglogplus!(Plain, HyperLogLogPF);

pub(crate) fn rows() -> Vec<Row> {
    let timed = |work: &str| Row::new(HYPER_LOG_LOG, work, Unit::Time).target(Target::WithinBest(1.5));
    let mut rows = vec![
        all(
            timed("add, the first 100"),
            add_first::<Ours>,
            add_first::<Estimator>,
            add_first::<Plus>,
            add_first::<Plain>,
        ),
        all(
            timed("add, after 100,000"),
            add_late::<Ours>,
            add_late::<Estimator>,
            add_late::<Plus>,
            add_late::<Plain>,
        ),
        all(
            timed("merge, 100,000 with 100,000"),
            merge_large::<Ours>,
            merge_large::<Estimator>,
            merge_large::<Plus>,
            merge_large::<Plain>,
        ),
        all(
            timed("merge, 100 with 100"),
            merge_small::<Ours>,
            merge_small::<Estimator>,
            merge_small::<Plus>,
            merge_small::<Plain>,
        ),
        all(
            timed("estimate of 100,000"),
            estimate::<Ours>,
            estimate::<Estimator>,
            estimate::<Plus>,
            estimate::<Plain>,
        ),
    ];
    for (size, words) in [
        (10, "10"),
        (100, "100"),
        (1_000, "1,000"),
        (10_000, "10,000"),
        (100_000, "100,000"),
        (1_000_000, "1,000,000"),
    ] {
        let row = Row::new(HYPER_LOG_LOG, format!("error at {words}"), Unit::Percent)
            .target(Target::AtMost(ERROR_AT_MOST));
        let row = row
            .ours(move || error::<Ours>(size))
            .peer("cardinality-estimator", move || error::<Estimator>(size))
            .peer("hyperloglogplus plus", move || error::<Plus>(size))
            .peer("hyperloglogplus pf", move || error::<Plain>(size));
        rows.push(if size > 100_000 { row.long() } else { row });
    }
    rows
}

type Make = fn() -> Result<Sampler, String>;

fn all(row: Row, ours: Make, estimator: Make, plus: Make, plain: Make) -> Row {
    row.ours(ours)
        .peer("cardinality-estimator", estimator)
        .peer("hyperloglogplus plus", plus)
        .peer("hyperloglogplus pf", plain)
}

/// Element number `index` of a seed.
fn element(seed: u64, index: u64) -> u64 {
    (seed << 40) + index
}

fn sketch<S: Sketch>(seed: u64, size: u64) -> S {
    let mut sketch = S::new();
    (0..size).for_each(|index| sketch.add(element(seed, index)));
    sketch
}

fn add_first<S: Sketch>() -> Result<Sampler, String> {
    sampler(|meter| {
        let batch = Batch { inputs: 20, calls: 100 };
        Ok(meter.time(
            batch,
            || None,
            |made| {
                let mut sketch = S::new();
                (0..100).for_each(|index| sketch.add(black_box(element(1, index))));
                *made = Some(sketch);
            },
        ))
    })
}

fn add_late<S: Sketch>() -> Result<Sampler, String> {
    let start: S = sketch(1, 100_000);
    sampler(move |meter| {
        Ok(meter.time(
            Batch::of_calls(10_000),
            || start.clone(),
            |sketch| {
                (0..10_000).for_each(|index| sketch.add(black_box(element(2, index))));
            },
        ))
    })
}

fn merge<S: Sketch>(size: u64) -> Result<Sampler, String> {
    let (left, right): (S, S) = (sketch(1, size), sketch(2, size));
    let mut both = left.clone();
    both.merge(&right);
    let ratio = both.estimate() / (2 * size) as f64;
    ensure((0.9..1.1).contains(&ratio), "the estimate after the merge")?;
    sampler(move |meter| Ok(meter.time(Batch::of_inputs(8), || left.clone(), |left| left.merge(&right))))
}

fn merge_large<S: Sketch>() -> Result<Sampler, String> {
    merge::<S>(100_000)
}

fn merge_small<S: Sketch>() -> Result<Sampler, String> {
    merge::<S>(100)
}

fn estimate<S: Sketch>() -> Result<Sampler, String> {
    let start: S = sketch(1, 100_000);
    sampler(move |meter| {
        Ok(meter.time(
            Batch::of_calls(100),
            || start.clone(),
            |sketch| {
                for _ in 0..100 {
                    black_box(black_box(&mut *sketch).estimate());
                }
            },
        ))
    })
}

fn error<S: Sketch>(size: u64) -> Result<Sampler, String> {
    const SEEDS: u64 = 30;
    let squares: f64 =
        (0..SEEDS).map(|seed| (sketch::<S>(seed, size).estimate() / size as f64 - 1.0).powi(2)).sum();
    let percent = (squares / SEEDS as f64).sqrt() * 100.0;
    sampler(move |_| Ok(percent))
}
