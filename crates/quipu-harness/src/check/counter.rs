//! Maelstrom's counter check: every successful final read is an acceptable sum.

use serde_json::json;

use super::{AcceptableSums, Finding, Validity};
use crate::operation::{Operation, Outcome};

/// The sums that a final read may show.
pub(super) fn acceptable(history: &[Operation]) -> AcceptableSums {
    let adds = || history.iter().filter_map(|op| op.delta().map(|delta| (delta, &op.outcome)));
    let definite =
        adds().filter(|(_, outcome)| matches!(outcome, Outcome::Ok(_))).map(|(delta, _)| i128::from(delta));
    let indeterminate: Vec<_> =
        adds().filter(|(_, outcome)| matches!(outcome, Outcome::Info(_))).map(|(delta, _)| delta).collect();
    AcceptableSums::new(definite.sum(), &indeterminate)
}

pub(super) fn finding(history: &[Operation]) -> Finding {
    let acceptable = acceptable(history);
    let finals: Vec<_> = history
        .iter()
        .filter(|op| op.is_final)
        .filter_map(|op| op.counter().map(|value| (op, value)))
        .collect();
    let wrong: Vec<_> = finals.iter().filter(|(_, value)| !acceptable.contains(*value)).collect();
    let intervals: Vec<_> =
        acceptable.intervals().iter().map(|(from, to)| [shown(*from), shown(*to)]).collect();
    let sentence = (!wrong.is_empty()).then(|| {
        let list: Vec<_> = wrong.iter().map(|(op, value)| format!("n{} read {value}", op.node)).collect();
        let of = if finals.len() == 1 {
            "the final read is".into()
        } else {
            format!("{} of {} final reads are", wrong.len(), finals.len())
        };
        format!("{of} wrong: {}; acceptable: {}", list.join(", "), words(&acceptable))
    });
    let details = json!({
        "acceptable": intervals,
        "final-reads": finals.iter().map(|(_, value)| shown(*value)).collect::<Vec<_>>(),
        "errors": wrong
            .iter()
            .map(|(op, value)| json!({ "node": format!("n{}", op.node), "process": op.process, "value": shown(*value) }))
            .collect::<Vec<_>>(),
    });
    Finding::new("workload", Validity::of(wrong.is_empty()), details, sentence)
}

/// A value as JSON: beyond 64 bits as text rather than rounded.
pub(super) fn shown(value: i128) -> serde_json::Value {
    i64::try_from(value).map_or_else(|_| json!(value.to_string()), |int| json!(int))
}

/// The intervals as a person would write them, the first few of many.
pub(super) fn words(acceptable: &AcceptableSums) -> String {
    let intervals = acceptable.intervals();
    let mut list: Vec<_> = intervals
        .iter()
        .take(5)
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from} to {to}") })
        .collect();
    if intervals.len() > list.len() {
        list.push(format!("and {} more", intervals.len() - list.len()));
    }
    list.join(", ")
}

/// What kind of wrong the final reads are.
pub(super) fn kind(history: &[Operation]) -> &'static str {
    let acceptable = acceptable(history);
    let least = acceptable.intervals().first().map_or(0, |(from, _)| *from);
    let most = acceptable.intervals().last().map_or(0, |(_, to)| *to);
    let finals: Vec<_> = history.iter().filter(|op| op.is_final).filter_map(Operation::counter).collect();
    let agree = finals.windows(2).all(|pair| pair[0] == pair[1]);
    if finals.iter().any(|value| *value > most) {
        "counted twice: a final read shows too much"
    } else if finals.iter().any(|value| *value < least) {
        if agree && finals.len() > 1 {
            "lost updates: all final reads agree on too little"
        } else {
            "stale: a final read shows too little"
        }
    } else {
        "a final read is between two acceptable values"
    }
}
