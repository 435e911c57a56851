//! The cart: the quantity of a product is the sum of the additions that no later operation had seen.
//!
//! Setting a quantity, removing and checking out take away what they have seen, and nothing else; setting adds its own
//! number. Additions and removals at the same time therefore both count: what was added survives, what was seen goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::finals::{self, NAMED_TWICE, Problem};
use super::ledger::{Entries, Fate, Ledger, View, named_twice};
use super::reads::ReadCheck;
use super::{AcceptableSums, Finding};
use crate::operation::{Action, Operation, Outcome, Returned};

const LOST: &str = "an acknowledged addition is lost";
const BACK: &str = "a removed line came back, or counts twice";
const BETWEEN: &str = "a quantity is no sum of additions";
const STRANGE: &str = "a product is shown that nobody had added";

type Lines = BTreeMap<Arc<str>, u64>;

fn ledger(history: &[Operation]) -> Ledger<Arc<str>> {
    let mut entries = Entries::new(history);
    // Under which product each name stands, for a checkout, which removes under all.
    let mut products: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    let amount = |quantity: u64| i64::try_from(quantity).unwrap_or(i64::MAX);
    for (index, op) in history.iter().enumerate().filter(|(_, op)| op.is_ok() || op.is_unknown()) {
        let (product, quantity) = match &op.action {
            Action::AddItem { product, quantity } | Action::SetQuantity { product, quantity } => {
                (product, *quantity)
            }
            _ => continue,
        };
        let product = Arc::<str>::from(product.as_str());
        let names = op.change().map_or(&[][..], |change| &change.added);
        for name in names {
            entries.make(index, Arc::clone(&product), Some(Arc::clone(name)), amount(quantity));
            products.entry(Arc::clone(name)).or_default().push(Arc::clone(&product));
        }
        if op.is_unknown() {
            entries.make(index, product, None, amount(quantity));
        }
    }
    for (index, op) in history.iter().enumerate() {
        if let Some(change) = op.change().filter(|_| !matches!(op.action, Action::AddItem { .. })) {
            for name in change.removed.iter() {
                for product in products.get(name).into_iter().flatten() {
                    entries.remove(index, Arc::clone(product), Arc::clone(name));
                }
            }
        }
        if op.is_unknown() {
            match &op.action {
                Action::SetQuantity { product, .. } | Action::RemoveItem(product) => {
                    entries.may_remove(index, Some(product.as_str().into()));
                }
                Action::Checkout => entries.may_remove(index, None),
                _ => {}
            }
        }
    }
    entries.close()
}

fn shown(op: &Operation) -> Option<Lines> {
    match &op.outcome {
        Outcome::Ok(Returned::Lines(lines)) => Some(lines.clone()),
        _ => None,
    }
}

pub(super) fn finding(history: &[Operation]) -> Finding {
    let ledger = ledger(history);
    let twice = named_twice(history);
    let of_all = twice.iter().take(1).map(|name| Problem {
        kind: NAMED_TWICE,
        text: format!("{} changes were given a name that another has, e.g. {name}", twice.len()),
    });
    let judge = |lines: &Lines| problems(&ledger, lines, View::End);
    finals::finding(history, shown, |lines| json!(lines), judge, of_all.collect())
}

/// What is wrong with a read that shows these lines.
fn problems(ledger: &Ledger<Arc<str>>, lines: &Lines, view: View<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut products = BTreeSet::new();
    for (product, fates) in ledger.fates(view) {
        products.insert(product);
        let (mut certain, mut open) = (0_i128, Vec::new());
        for (amount, fate) in fates {
            match fate {
                Fate::There => certain += i128::from(amount),
                Fate::Open => open.push(amount),
                Fate::Gone => {}
            }
        }
        let quantity = i128::from(lines.get(product).copied().unwrap_or(0));
        let sums = AcceptableSums::new(certain, &open);
        if sums.contains(quantity) {
            continue;
        }
        let (least, most) = (certain, certain + open.iter().copied().map(i128::from).sum::<i128>());
        let kind = if quantity < least {
            LOST
        } else if quantity > most {
            BACK
        } else {
            BETWEEN
        };
        let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
        problems.push(Problem {
            kind,
            text: format!("shows {quantity} {product}; what was added and not removed is {range}"),
        });
    }
    if let Some(stranger) = lines.keys().find(|product| !products.contains(product)) {
        problems.push(Problem { kind: STRANGE, text: format!("shows {stranger}, which nobody had added") });
    }
    problems
}

/// Every read: what its node acknowledged, and nothing that nobody had added by then.
pub(super) fn reads(history: &[Operation]) -> Vec<ReadCheck> {
    let ledger = ledger(history);
    let mut check = ReadCheck::new("own-changes");
    for (index, read) in history.iter().enumerate() {
        if let Some(lines) = shown(read) {
            let problem = problems(&ledger, &lines, View::Read(read)).into_iter().next();
            check.note(index, problem.map(|problem| format!("n{} {}", read.node, problem.text)));
        }
    }
    vec![check]
}
