//! The text: every character that was acknowledged and not deleted is there, once, and all reads agree on an order.
//!
//! Clients insert each character once, so that a character names the insertion it comes from. Then the *strong list
//! specification* (Attiya et al., 2016) can be checked to the letter: there is one order of all characters ever inserted,
//! deleted ones among them, that every read and every insertion fits. It exists exactly if "stands before", as any read
//! or reply shows it, never leads back to where it began.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Finding;
use super::finals::{self, Problem};
use super::ledger::{Entries, Fate, Ledger, View};
use super::reads::ReadCheck;
use crate::operation::{Action, Operation, Outcome, Returned};

const LOST: &str = "an acknowledged character is lost";
const BACK: &str = "a deleted character came back";
const STRANGE: &str = "a character is shown twice, or was never inserted";
const ORDER: &str = "two characters stand in two orders";

fn ledger(history: &[Operation]) -> Ledger<char> {
    let mut entries = Entries::new(history);
    let name = |char: char| char.to_string().into();
    for (index, op) in history.iter().enumerate() {
        match (&op.action, &op.outcome) {
            (Action::Insert { text, .. }, Outcome::Ok(_) | Outcome::Info(_)) => {
                text.chars().for_each(|char| entries.make(index, char, Some(name(char)), 0));
            }
            (Action::Delete { .. }, Outcome::Ok(Returned::Deleted(text))) => {
                text.chars().for_each(|char| entries.remove(index, char, name(char)));
            }
            (Action::Delete { .. }, Outcome::Info(_)) => entries.may_remove(index, None),
            _ => {}
        }
    }
    entries.close()
}

fn shown(op: &Operation) -> Option<String> {
    match &op.outcome {
        Outcome::Ok(Returned::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

pub(super) fn finding(history: &[Operation]) -> Finding {
    let ledger = ledger(history);
    let judge = |text: &String| problems(&ledger, text, View::End);
    finals::finding(history, shown, |text| json!(text), judge, disorder(history).into_iter().collect())
}

/// What is wrong with a read that shows this text.
fn problems(ledger: &Ledger<char>, text: &str, view: View<'_>) -> Vec<Problem> {
    let mut shown: Vec<char> = text.chars().collect();
    shown.sort_unstable();
    let mut problems = Vec::new();
    let mut problem = |kind, text| problems.push(Problem { kind, text });
    if shown.array_windows().any(|[one, next]| one == next) {
        problem(STRANGE, "shows a character twice".into());
    }
    if let Some(stranger) = shown.iter().find(|char| !ledger.knows(char)) {
        problem(STRANGE, format!("shows {stranger:?}, which nobody had inserted"));
    }
    // Both are in order: one pass finds which of the characters are shown.
    let mut rest = shown.into_iter().peekable();
    for (char, fate) in ledger.presences(view) {
        while rest.next_if(|shown| shown < char).is_some() {}
        match (fate, rest.peek() == Some(char)) {
            (Fate::There, false) => {
                problem(LOST, format!("lacks {char:?}, which was inserted and not deleted"));
            }
            (Fate::Gone, true) => problem(BACK, format!("shows {char:?}, which was deleted")),
            _ => {}
        }
    }
    problems
}

/// A pair of characters that some reads and insertions, taken together, show in both orders.
fn disorder(history: &[Operation]) -> Option<Problem> {
    let mut pairs: Vec<(char, char)> = Vec::new();
    let mut sorted = 0;
    for op in history {
        // Most pairs have been seen before: now and then they are put in order, so that they never are many.
        if pairs.len() > 2 * sorted + 10_000 {
            pairs.sort_unstable();
            pairs.dedup();
            sorted = pairs.len();
        }
        match (&op.action, &op.outcome) {
            (_, Outcome::Ok(Returned::Text(text))) => pairs.extend(text.chars().zip(text.chars().skip(1))),
            (Action::Insert { text, .. }, Outcome::Ok(Returned::Inserted { after, before })) => {
                let line = || after.iter().copied().chain(text.chars()).chain(*before);
                pairs.extend(line().zip(line().skip(1)));
            }
            _ => {}
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let (one, other) = in_a_circle(&pairs)?;
    let text = format!("{one:?} stands before {other:?}, and by way of others {other:?} before {one:?}");
    Some(Problem { kind: ORDER, text })
}

/// A pair whose second leads back to its first, if there is one. The pairs are in order.
fn in_a_circle(pairs: &[(char, char)]) -> Option<(char, char)> {
    let mut before: BTreeMap<char, usize> = BTreeMap::new();
    for (one, other) in pairs {
        before.entry(*one).or_default();
        *before.entry(*other).or_default() += 1;
    }
    let behind = |one: char| {
        let from = pairs.partition_point(|pair| pair.0 < one);
        pairs[from..].iter().take_while(move |pair| pair.0 == one)
    };
    // Takes away again and again what nothing stands before; what is left stands in a circle, or behind one.
    let mut free: Vec<char> =
        before.iter().filter(|(_, count)| **count == 0).map(|(char, _)| *char).collect();
    while let Some(first) = free.pop() {
        before.remove(&first);
        for (_, next) in behind(first) {
            let count = before.get_mut(next)?;
            *count -= 1;
            if *count == 0 {
                free.push(*next);
            }
        }
    }
    // Going back from one that is left never ends, so it comes to one that was there before.
    let mut seen = BTreeSet::new();
    let mut here = *before.keys().next()?;
    loop {
        let earlier = pairs.iter().find(|(one, other)| *other == here && before.contains_key(one))?.0;
        if !seen.insert(here) {
            return Some((earlier, here));
        }
        here = earlier;
    }
}

/// Every read: what its node acknowledged, and nothing that nobody had inserted by then.
pub(super) fn reads(history: &[Operation]) -> Vec<ReadCheck> {
    let ledger = ledger(history);
    let mut check = ReadCheck::new("own-changes");
    for (index, read) in history.iter().enumerate() {
        if let Some(text) = shown(read) {
            let problem = problems(&ledger, &text, View::Read(read)).into_iter().next();
            check.note(index, problem.map(|problem| format!("n{} {}", read.node, problem.text)));
        }
    }
    vec![check]
}
