//! The cart: the quantity of a product is the sum of the additions, plus the largest of the settings, that no later setting,
//! removal or checkout had seen.
//!
//! Taking away covers what was seen and nothing else. So an addition at the same time survives, no addition is lost, and
//! what is gone stays gone.

use std::collections::BTreeMap;
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

/// What was contributed to each product.
struct Contributions {
    added: Ledger<Arc<str>>,
    set: Ledger<Arc<str>>,
}

/// Under which product a name stands, and which names it stands for beside itself.
#[derive(Default)]
struct Names(BTreeMap<Arc<str>, Named>);

#[derive(Default)]
struct Named {
    products: Vec<Arc<str>>,
    instead_of: Vec<Arc<str>>,
}

impl Names {
    fn of(history: &[Operation]) -> Self {
        let mut names = Self::default();
        for op in history {
            let (Some((product, _)), Some(change)) = (contribution(op), op.change()) else { continue };
            for name in change.added.iter() {
                let entry = names.0.entry(Arc::clone(name)).or_default();
                entry.products.push(Arc::clone(&product));
                // An addition that has replaced others stands for them as well as for itself.
                if matches!(op.action, Action::AddItem { .. }) {
                    entry.instead_of.extend(change.removed.iter().cloned());
                }
            }
        }
        names
    }

    /// All that is gone when `name` is: each with its product.
    fn all_of(&self, name: &Arc<str>) -> Vec<(Arc<str>, Arc<str>)> {
        let mut all = Vec::new();
        let mut open = vec![name];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(named) = self.0.get(name).filter(|_| seen.insert(name)) {
                all.extend(named.products.iter().map(|product| (Arc::clone(product), Arc::clone(name))));
                open.extend(&named.instead_of);
            }
        }
        all
    }
}

/// The product and the number that an operation contributes, if it does.
fn contribution(op: &Operation) -> Option<(Arc<str>, i64)> {
    match &op.action {
        Action::AddItem { product, quantity } | Action::SetQuantity { product, quantity } => {
            Some((product.as_str().into(), i64::try_from(*quantity).unwrap_or(i64::MAX)))
        }
        _ => None,
    }
}

fn contributions(history: &[Operation]) -> Contributions {
    let names = Names::of(history);
    let (mut added, mut set) = (Entries::new(history), Entries::new(history));
    for (index, op) in history.iter().enumerate() {
        if let Some((product, amount)) = contribution(op) {
            let entries = if matches!(op.action, Action::AddItem { .. }) { &mut added } else { &mut set };
            for name in op.change().map_or(&[][..], |change| &change.added) {
                entries.make(index, Arc::clone(&product), Some(Arc::clone(name)), amount);
            }
            if op.is_unknown() {
                entries.make(index, product, None, amount);
            }
        }
        for entries in [&mut added, &mut set] {
            removals(entries, &names, index, op);
        }
    }
    Contributions { added: added.close(), set: set.close() }
}

fn removals(entries: &mut Entries<'_, Arc<str>>, names: &Names, index: usize, op: &Operation) {
    if let Some(change) = op.change().filter(|_| !matches!(op.action, Action::AddItem { .. })) {
        for (product, name) in change.removed.iter().flat_map(|name| names.all_of(name)) {
            entries.remove(index, product, name);
        }
    }
    match &op.action {
        _ if !op.is_unknown() => {}
        Action::SetQuantity { product, .. } | Action::RemoveItem(product) => {
            entries.may_remove(index, Some(product.as_str().into()));
        }
        Action::Checkout => entries.may_remove(index, None),
        _ => {}
    }
}

fn shown(op: &Operation) -> Option<Lines> {
    match &op.outcome {
        Outcome::Ok(Returned::Lines(lines)) => Some(lines.clone()),
        _ => None,
    }
}

pub(super) fn finding(history: &[Operation]) -> Finding {
    let contributions = contributions(history);
    let twice = named_twice(history);
    let of_all = twice.iter().take(1).map(|name| Problem {
        kind: NAMED_TWICE,
        text: format!("{} changes were given a name that another has, e.g. {name}", twice.len()),
    });
    let judge = |lines: &Lines| problems(&contributions, lines, View::End);
    finals::finding(history, shown, |lines| json!(lines), judge, of_all.collect())
}

/// The quantities that a product may have: sums of additions, and the settings one of which comes on top.
#[derive(Default)]
struct Lawful {
    certain: i128,
    open: Vec<i64>,
    /// The largest of the settings that must count.
    least_set: i64,
    /// Those that may.
    open_set: Vec<i64>,
}

impl Lawful {
    fn contains(&self, quantity: i128) -> bool {
        let sums = AcceptableSums::new(self.certain, &self.open);
        let larger = self.open_set.iter().filter(|set| **set > self.least_set);
        let mut settings = larger.chain([&self.least_set]);
        settings.any(|set| sums.contains(quantity - i128::from(*set)))
    }

    fn range(&self) -> (i128, i128) {
        let most: i128 = self.open.iter().copied().map(i128::from).sum();
        let most_set = self.open_set.iter().copied().max().unwrap_or(0).max(self.least_set);
        (self.certain + i128::from(self.least_set), self.certain + most + i128::from(most_set))
    }
}

fn lawful<'a>(contributions: &'a Contributions, view: View<'a>) -> BTreeMap<&'a Arc<str>, Lawful> {
    let mut all: BTreeMap<&Arc<str>, Lawful> = BTreeMap::new();
    for (product, fates) in contributions.added.fates(view) {
        let lawful = all.entry(product).or_default();
        for (amount, fate) in fates {
            match fate {
                Fate::There => lawful.certain += i128::from(amount),
                Fate::Open => lawful.open.push(amount),
                Fate::Gone => {}
            }
        }
    }
    for (product, fates) in contributions.set.fates(view) {
        let lawful = all.entry(product).or_default();
        for (amount, fate) in fates {
            match fate {
                Fate::There => lawful.least_set = lawful.least_set.max(amount),
                Fate::Open => lawful.open_set.push(amount),
                Fate::Gone => {}
            }
        }
    }
    all
}

/// What is wrong with a read that shows these lines.
fn problems(contributions: &Contributions, lines: &Lines, view: View<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let all = lawful(contributions, view);
    for (product, lawful) in &all {
        let quantity = i128::from(lines.get(*product).copied().unwrap_or(0));
        if lawful.contains(quantity) {
            continue;
        }
        let (least, most) = lawful.range();
        let kind = match quantity {
            _ if quantity < least => LOST,
            _ if quantity > most => BACK,
            _ => BETWEEN,
        };
        let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
        let text = format!("shows {quantity} {product}; what was added and not taken out is {range}");
        problems.push(Problem { kind, text });
    }
    if let Some(stranger) = lines.keys().find(|product| !all.contains_key(product)) {
        problems.push(Problem { kind: STRANGE, text: format!("shows {stranger}, which nobody had added") });
    }
    problems
}

/// Every read: what its node acknowledged, and nothing that nobody had added by then.
pub(super) fn reads(history: &[Operation]) -> Vec<ReadCheck> {
    let contributions = contributions(history);
    let mut check = ReadCheck::new("own-changes");
    for (index, read) in history.iter().enumerate() {
        if let Some(lines) = shown(read) {
            let problem = problems(&contributions, &lines, View::Read(read)).into_iter().next();
            check.note(index, problem.map(|problem| format!("n{} {}", read.node, problem.text)));
        }
    }
    vec![check]
}
