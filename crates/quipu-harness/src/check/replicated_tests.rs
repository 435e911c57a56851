//! Histories of sets with removal, registers, carts, stocks and texts, with a known verdict.

use std::sync::Arc;

use quipu_node::{Change, ChangeKind, Time, Value};

use super::{Validity, check};
use crate::operation::{Action, Operation, Outcome, Returned};
use crate::options::Options;
use crate::workload::Workload;

/// Operations one after the other, 10 ms each; the last ones are final reads.
#[derive(Default)]
struct History(Vec<Operation>);

impl History {
    fn then(mut self, node: u16, action: Action, outcome: Outcome) -> Self {
        let at = 10 * self.0.len() as u64;
        self.0.push(Operation {
            worker: u32::from(node),
            process: u32::from(node),
            node,
            action,
            is_final: false,
            invoked: Time::from_millis(at),
            completed: Time::from_millis(at + 5),
            outcome,
        });
        self
    }

    fn ends(self, node: u16, returned: Returned) -> Self {
        let mut history = self.then(node, Action::Read, Outcome::Ok(returned));
        history.0.last_mut().unwrap().is_final = true;
        history
    }

    /// The verdict on the workload, and the kinds of what is wrong.
    fn judged(&self, workload: Workload) -> (Validity, Vec<&'static str>) {
        let options = Options { workload, node_count: 2, concurrency: 2, ..Options::default() };
        let checked = check(&options, &self.0);
        (checked.workload().validity, checked.workload().kinds.clone())
    }

    fn assert_valid(&self, workload: Workload) {
        assert_eq!(self.judged(workload), (Validity::Valid, vec![]));
    }

    fn assert_wrong(&self, workload: Workload, kind: &str) {
        let (verdict, kinds) = self.judged(workload);
        assert_eq!(verdict, Validity::Invalid);
        assert!(kinds.iter().any(|found| found.contains(kind)), "{kinds:?}");
    }

    /// True if the reads are what their own nodes' changes make them.
    fn own_changes_are_shown(&self, workload: Workload) -> bool {
        let options = Options { workload, node_count: 2, concurrency: 2, ..Options::default() };
        let checked = check(&options, &self.0);
        checked.reads.iter().find(|check| check.name == "own-changes").unwrap().violations == 0
    }
}

fn lost() -> Outcome {
    Outcome::Info("no answer within 5 s".into())
}

fn refused() -> Outcome {
    Outcome::Fail("cannot decide here".into())
}

fn done() -> Outcome {
    Outcome::Ok(Returned::Nothing)
}

fn changed(added: &[&str], removed: &[&str]) -> Outcome {
    let names = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
    let change = Change { kind: ChangeKind::Add, added: names(added), removed: names(removed) };
    Outcome::Ok(Returned::Changed(change))
}

fn elements(elements: &[u64]) -> Returned {
    Returned::Elements(elements.iter().map(|element| Value::from(*element)).collect())
}

#[test]
fn an_element_is_there_exactly_if_an_add_of_it_was_not_seen_by_a_remove() {
    let (add, remove) = (Action::AddElement(1), Action::RemoveElement(1));
    let added = || History::default().then(0, add.clone(), changed(&["a"], &[]));
    added().ends(1, elements(&[1])).assert_valid(Workload::OrSet);
    added().ends(1, elements(&[])).assert_wrong(Workload::OrSet, "add is lost");
    added().ends(0, elements(&[1])).ends(1, elements(&[])).assert_wrong(Workload::OrSet, "differ");
    let removed = |seen: &[&str]| added().then(1, remove.clone(), changed(&[], seen));
    removed(&["a"]).ends(1, elements(&[])).assert_valid(Workload::OrSet);
    removed(&["a"]).ends(1, elements(&[1])).assert_wrong(Workload::OrSet, "came back");
    removed(&[]).ends(1, elements(&[1])).assert_valid(Workload::OrSet);
    removed(&[]).ends(1, elements(&[])).assert_wrong(Workload::OrSet, "add is lost");
    added()
        .then(1, add.clone(), changed(&["a"], &[]))
        .ends(0, elements(&[1]))
        .assert_wrong(Workload::OrSet, "one name");
    added().ends(0, elements(&[1, 2])).assert_wrong(Workload::OrSet, "nobody had added");
}

#[test]
fn what_had_no_answer_may_have_happened_to_a_set_or_not() {
    let (add, remove) = (Action::AddElement(1), Action::RemoveElement(1));
    let added = || History::default().then(0, add.clone(), changed(&["a"], &[]));
    for shown in [elements(&[1]), elements(&[])] {
        added().then(1, remove.clone(), lost()).ends(1, shown.clone()).assert_valid(Workload::OrSet);
        History::default().then(0, add.clone(), lost()).ends(1, shown.clone()).assert_valid(Workload::OrSet);
        // The add without an answer has replaced "a" by "b", and the remove has seen that alone.
        let replaced = added().then(0, add.clone(), lost()).then(1, remove.clone(), changed(&[], &["b"]));
        replaced.ends(1, shown).assert_valid(Workload::OrSet);
    }
    added().then(0, add.clone(), lost()).ends(1, elements(&[])).assert_wrong(Workload::OrSet, "add is lost");
    History::default()
        .then(0, add, refused())
        .ends(1, elements(&[1]))
        .assert_wrong(Workload::OrSet, "nobody");
}

#[test]
fn a_node_shows_what_it_has_acknowledged_itself() {
    let (add, remove) = (Action::AddElement(1), Action::RemoveElement(1));
    let read = |node, history: History, shown: &[u64]| {
        history.then(node, Action::Read, Outcome::Ok(elements(shown)))
    };
    let added = || History::default().then(0, add.clone(), changed(&["a"], &[]));
    assert!(read(0, added(), &[1]).own_changes_are_shown(Workload::OrSet));
    assert!(!read(0, added(), &[]).own_changes_are_shown(Workload::OrSet));
    assert!(read(1, added(), &[]).own_changes_are_shown(Workload::OrSet), "it need not have arrived");
    let removed = || added().then(1, remove.clone(), changed(&[], &["a"]));
    assert!(!read(1, removed(), &[1]).own_changes_are_shown(Workload::OrSet));
    for shown in [&[1][..], &[]] {
        assert!(
            read(0, removed(), shown).own_changes_are_shown(Workload::OrSet),
            "the remove may have arrived"
        );
    }
}

fn siblings(values: &[u64]) -> Returned {
    let values = values.iter().map(|value| Value::from(*value)).collect();
    Returned::Siblings { values, context: Value::map([("n0@1", Value::Null)]) }
}

#[test]
fn a_value_is_replaced_by_those_alone_who_have_read_it() {
    let write = |value| Action::Write { value, blind: false };
    let written = |shown: &[u64]| {
        History::default()
            .then(0, write(1), changed(&["a"], &[]))
            .then(1, Action::Read, Outcome::Ok(siblings(shown)))
            .then(1, write(2), changed(&["b"], &["a"]))
    };
    written(&[1]).ends(0, siblings(&[2])).assert_valid(Workload::MvRegister);
    written(&[1]).ends(0, siblings(&[1, 2])).assert_wrong(Workload::MvRegister, "came back");
    written(&[]).ends(0, siblings(&[1, 2])).assert_valid(Workload::MvRegister);
    written(&[]).ends(0, siblings(&[2])).assert_wrong(Workload::MvRegister, "write is lost");
    written(&[]).ends(0, siblings(&[1, 2, 3])).assert_wrong(Workload::MvRegister, "nobody had written");
    // Without a context the node says what it has replaced.
    let blind = |outcome| {
        let write = Action::Write { value: 2, blind: true };
        History::default()
            .then(0, Action::Write { value: 1, blind: true }, changed(&["a"], &[]))
            .then(1, write, outcome)
    };
    blind(changed(&["b"], &["a"])).ends(0, siblings(&[2])).assert_valid(Workload::MvRegister);
    blind(changed(&["b"], &[])).ends(0, siblings(&[2])).assert_wrong(Workload::MvRegister, "write is lost");
    for shown in [&[1][..], &[2], &[1, 2]] {
        blind(lost()).ends(0, siblings(shown)).assert_valid(Workload::MvRegister);
    }
}

#[test]
fn nothing_is_sold_that_is_not_there() {
    let workload = Workload::BoundedCounter;
    let stocked = || History::default().then(0, Action::Add(3), done());
    let count = Returned::Counter;
    stocked().then(1, Action::Add(-3), done()).ends(0, count(0)).assert_valid(workload);
    stocked().then(1, Action::Add(-4), refused()).ends(0, count(3)).assert_valid(workload);
    stocked().then(1, Action::Add(-3), done()).ends(0, count(3)).assert_wrong(workload, "not the sum");
    let twice = stocked().then(1, Action::Add(-2), done()).then(0, Action::Add(-2), done());
    twice.ends(0, count(-1)).assert_wrong(workload, "more was sold");
    // It was sold before it came in.
    let early = History::default().then(1, Action::Add(-1), done()).then(0, Action::Add(1), done());
    early.ends(0, count(0)).assert_wrong(workload, "more was sold");
    let perhaps = History::default().then(0, Action::Add(1), lost()).then(1, Action::Add(-1), done());
    perhaps.ends(0, count(0)).assert_valid(workload);
    let negative = stocked().then(0, Action::Read, Outcome::Ok(count(-1)));
    negative.ends(0, count(3)).assert_wrong(workload, "below zero");
}

fn lines(quantity: u64) -> Returned {
    Returned::Lines((quantity > 0).then(|| (Arc::from("tea"), quantity)).into_iter().collect())
}

#[test]
fn quantities_add_up_and_the_largest_setting_counts() {
    let workload = Workload::Cart;
    let product = || String::from("tea");
    let add = |quantity| Action::AddItem { product: product(), quantity };
    let set = |quantity| Action::SetQuantity { product: product(), quantity };
    let added =
        || History::default().then(0, add(2), changed(&["a"], &[])).then(1, add(3), changed(&["b"], &[]));
    added().ends(0, lines(5)).assert_valid(workload);
    added().ends(0, lines(3)).assert_wrong(workload, "addition is lost");
    let removed = added().then(0, Action::RemoveItem(product()), changed(&[], &["a"]));
    removed.ends(0, lines(3)).assert_valid(workload);
    let ordered = || added().then(0, Action::Checkout, changed(&["o"], &["a", "b"]));
    ordered().ends(0, lines(0)).assert_valid(workload);
    ordered().ends(0, lines(2)).assert_wrong(workload, "came back");
    let settings = || {
        added().then(0, set(4), changed(&["s"], &["a", "b"])).then(1, set(7), changed(&["t"], &["a", "b"]))
    };
    settings().ends(0, lines(7)).assert_valid(workload);
    settings().ends(0, lines(11)).assert_wrong(workload, "counts twice");
    for quantity in [0, 2, 3, 5] {
        added()
            .then(0, Action::RemoveItem(product()), lost())
            .ends(0, lines(quantity))
            .assert_valid(workload);
    }
    for quantity in [5, 9] {
        added().then(0, add(4), lost()).ends(0, lines(quantity)).assert_valid(workload);
    }
    added().then(0, add(4), lost()).ends(0, lines(7)).assert_wrong(workload, "no sum");
    // One that adds by setting: what it says it replaced goes when it goes.
    let folded = added().then(0, add(1), changed(&["c"], &["a", "b"]));
    folded
        .then(1, Action::RemoveItem(product()), changed(&[], &["c"]))
        .ends(0, lines(0))
        .assert_valid(workload);
}

fn text(shown: &str) -> Returned {
    Returned::Text(shown.into())
}

#[test]
fn a_text_has_every_character_once_and_in_one_order() {
    let workload = Workload::Text;
    let insert = |shown: &str| Action::Insert { at: 0, text: shown.into() };
    let inserted = |after, before| Outcome::Ok(Returned::Inserted { after, before });
    let delete = || Action::Delete { at: 0, length: 1 };
    let typed = || {
        let first = History::default().then(0, insert("ab"), inserted(None, None));
        first.then(1, insert("x"), inserted(Some('a'), Some('b')))
    };
    typed().ends(0, text("axb")).assert_valid(workload);
    typed().ends(0, text("ab")).assert_wrong(workload, "character is lost");
    typed().ends(0, text("abx")).assert_wrong(workload, "two orders");
    typed().ends(0, text("axbx")).assert_wrong(workload, "shown twice");
    typed().ends(0, text("axby")).assert_wrong(workload, "never inserted");
    let deleted = || typed().then(0, delete(), Outcome::Ok(Returned::Deleted("x".into())));
    deleted().ends(0, text("ab")).assert_valid(workload);
    deleted().ends(0, text("axb")).assert_wrong(workload, "came back");
    for shown in ["axb", "ab", ""] {
        typed().then(0, delete(), lost()).ends(0, text(shown)).assert_valid(workload);
    }
    // No two reads disagree about a pair, but all three together do, by way of a character that is deleted in the end.
    let circle = typed()
        .then(0, insert("y"), inserted(Some('b'), None))
        .then(0, Action::Read, Outcome::Ok(text("by")))
        .then(1, Action::Read, Outcome::Ok(text("ya")));
    circle.ends(0, text("axby")).assert_wrong(workload, "two orders");
}
