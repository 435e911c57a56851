//! The order of arrival changes a float sum; fixed point does not care.

use quipu_crdt::{Amount, AmountCounter, Lattice, NodeName, Overflow, ReplicaId, Unit};
use quipu_node::Rng;

use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report, Story};
use crate::sketch::Sketch;

/// Euros and cents.
enum Eur {}

impl Unit for Eur {
    const CODE: &'static str = "EUR";
    const SCALE: u8 = 2;
}

const REPLICAS: usize = 3;
const AMOUNTS: u16 = 20;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(1000);
    let differ = lab.count("float sums: replicas that differ", seeds, |seed| {
        let orders = orders(seed);
        let sums = orders.each_ref().map(|order| float_sum(order));
        sums.iter().any(|sum| sum.to_bits() != sums[0].to_bits())
    });
    let wrong = lab.count("float sums: replicas that are not what was paid", seeds, |seed| {
        let orders = orders(seed);
        let exact = exact_sum(&orders[0]);
        orders.iter().any(|order| float_sum(order).to_bits() != (exact as f64 / 100.0).to_bits())
    });
    let mut overflow = None;
    let fixed = lab.count("fixed point: replicas that differ, or are not what was paid", seeds, |seed| {
        let orders = orders(seed);
        let exact = exact_sum(&orders[0]);
        orders.iter().any(|order| match joined(order) {
            Ok(sum) => sum.minor() != i128::from(exact),
            Err(error) => {
                overflow = Some(LessonError(error.to_string()));
                true
            }
        })
    });
    if let Some(error) = overflow {
        return Err(error);
    }
    let smallest = smallest();
    let (picture, remedy_picture) = stories(smallest)?;
    Ok(Report {
        problem: problem(),
        failure: vec![
            Block::text("Added up as 64-bit floats:"),
            Block::Rate(differ.clone()),
            Block::Rate(wrong.clone()),
            Block::text(
                "The smallest amounts that show it, found by trying all triples of tenths below one:",
            ),
            Block::Story(picture),
        ],
        idea: idea(),
        remedy: vec![
            Block::text("The same payments in the same orders, as an `AmountCounter` of cents:"),
            Block::Rate(fixed.clone()),
            Block::Story(remedy_picture),
        ],
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Two replicas of a float sum have received the same updates. Are they equal?",
                format!(
                    "Not in general: with {AMOUNTS} payments in different orders, {} of the runs ended with replicas that \
                     differ; with cents {} of {} did.",
                    differ.percent(),
                    fixed.hits,
                    fixed.trials
                ),
            ),
            Question::new(
                "The error is tiny. Why care?",
                format!(
                    "Because states are compared: by digests, by tests, by auditors. {} of the float runs had a replica \
                     that was not bit for bit what was paid.",
                    wrong.percent()
                ),
            ),
        ],
        claims: vec![Claim::happens(&differ), Claim::happens(&wrong), Claim::never(&fixed)],
    })
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![format!(
        "{AMOUNTS} payments of up to 100 euros reach {REPLICAS} replicas, each in another order. Every replica adds \
             them up. They all know the same payments: do they all show the same sum?"
    )]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "A tenth is no float. Each addition rounds, and how much it rounds depends on what was there before: float \
         addition is commutative, but not associative. So a float sum breaks a law of the join, and replicas that know \
         the same differ for ever, by amounts too small for a test that rounds and large enough for one that compares."
            .into(),
        "Count the smallest unit in whole numbers, and say in the type which unit it is. Whole numbers add up in any \
         order. What does not fit is an error and not a wrap, and a division says where the remainder goes."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Let your PN-Counter take amounts in minor units. Refuse what does not fit into 64 bits."
            .into(),
        judge: "-w pn-counter --node-count 3 --rate 100 --time-limit 5 --quiet-time 5",
    }
}

/// A payment: who made it, and how many cents.
type Payment = (u16, i64);

/// The payments in the order in which each replica gets them.
fn orders(seed: u64) -> [Vec<Payment>; REPLICAS] {
    let mut rng = Rng::new(seed);
    let mut payments: Vec<Payment> =
        (0..AMOUNTS).map(|payer| (payer, cents(1 + rng.below(10_000)))).collect();
    std::array::from_fn(|_| {
        rng.shuffle(&mut payments);
        payments.clone()
    })
}

fn cents(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn exact_sum(payments: &[Payment]) -> i64 {
    payments.iter().map(|(_, cents)| cents).sum()
}

fn float_sum(payments: &[Payment]) -> f64 {
    payments.iter().fold(0.0, |sum, (_, cents)| sum + *cents as f64 / 100.0)
}

/// The sum of a replica that the payments reach in this order, each as the delta of its payer.
fn joined(payments: &[Payment]) -> Result<Amount<Eur>, Overflow> {
    let mut sum = AmountCounter::<Eur>::default();
    for (payer, cents) in payments {
        let payer = ReplicaId::new(NodeName::new(&format!("payer{payer}")), 1);
        let delta = AmountCounter::default().add(payer, Amount::from_minor(i128::from(*cents)))?;
        sum.join(&delta);
    }
    Ok(sum.value())
}

/// Three tenths whose float sum depends on the order; the first in the order of counting.
fn smallest() -> [Payment; 3] {
    let tenths = || (1..10).map(|tenth| 10 * tenth);
    let triples =
        tenths().flat_map(|a| tenths().flat_map(move |b| tenths().map(move |c| [(0, a), (1, b), (2, c)])));
    let depends =
        |[a, b, c]: &[Payment; 3]| float_sum(&[*a, *b, *c]).to_bits() != float_sum(&[*c, *b, *a]).to_bits();
    triples.into_iter().find(depends).unwrap_or([(0, 10), (1, 20), (2, 30)])
}

fn stories([a, b, c]: [Payment; 3]) -> Result<(Story, Story), LessonError> {
    let orders = [[a, b, c], [c, b, a]];
    let mut sketch = Sketch::new();
    for (node, order) in (0_u16..).zip(orders) {
        for (_, cents) in order {
            sketch.asks(node, &format!("add {}", cents as f64 / 100.0), "ok");
        }
    }
    let sums = orders.map(|order| float_sum(&order));
    sketch.asks(0, "read", &sums[0].to_string());
    let why = format!("n0 shows {} and n1 shows {}, of the same payments", sums[0], sums[1]);
    sketch.asks_wrongly(1, "read", &sums[1].to_string(), &why);
    let wrong = sketch.story("The same payments in two orders, as floats");
    let mut sketch = Sketch::new();
    for (node, order) in (0_u16..).zip(orders) {
        for (_, cents) in order {
            sketch.asks(node, &format!("add {}", Amount::<Eur>::from_minor(cents.into())), "ok");
        }
        let sum = joined(&order).map_err(|error| LessonError(error.to_string()))?;
        sketch.asks(node, "read", &sum.to_string());
    }
    sketch.note("So: whole numbers do not care about the order.");
    Ok((wrong, sketch.story("The same payments in the same orders, in cents")))
}
