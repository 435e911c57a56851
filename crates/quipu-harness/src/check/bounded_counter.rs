//! The stock: what was acknowledged adds up, nothing is sold that is not there, and no read ever shows less than nothing.

use std::cmp::Reverse;

use serde_json::json;

use super::counter::{acceptable, shown as json_of, words};
use super::finals::{self, Problem};
use super::{AcceptableSums, Finding};
use crate::operation::Operation;

const OVERSOLD: &str = "more was sold than there was";
const NEGATIVE: &str = "a read shows a stock below zero";
const WRONG: &str = "a final read is not the sum of what was acknowledged";

pub(super) fn finding(history: &[Operation]) -> Finding {
    let sums = acceptable(history);
    let of_all = oversold(history).into_iter().chain(negative(history)).collect();
    let mut finding = finals::finding(
        history,
        Operation::counter,
        |value| json_of(*value),
        |value| judge(&sums, *value),
        of_all,
    );
    let intervals: Vec<_> =
        sums.intervals().iter().map(|(from, to)| [json_of(*from), json_of(*to)]).collect();
    finding.details.insert("acceptable".into(), json!(intervals));
    finding
}

fn judge(sums: &AcceptableSums, value: i128) -> Vec<Problem> {
    let text = || format!("shows {value}; acceptable: {}", words(sums));
    let wrong = (!sums.contains(value)).then(|| Problem { kind: WRONG, text: text() });
    wrong.into_iter().collect()
}

/// The first sale by whose acknowledgement more was sold than could have come in: all restocking that was asked for by
/// then and did not fail.
fn oversold(history: &[Operation]) -> Option<Problem> {
    let mut moves: Vec<_> = history
        .iter()
        .filter_map(|op| Some((op, op.delta()?)))
        .filter(|(op, delta)| op.is_ok() || (*delta > 0 && op.is_unknown()))
        .map(|(op, delta)| (if delta > 0 { op.invoked } else { op.completed }, Reverse(delta), op))
        .collect();
    moves.sort_by_key(|(at, delta, _)| (*at, *delta));
    let mut stock = 0_i128;
    moves.into_iter().find_map(|(_, Reverse(delta), op)| {
        stock += i128::from(delta);
        let text = || {
            format!(
                "n{} acknowledged a sale of {}, and by then {} too many were sold",
                op.node, -delta, -stock
            )
        };
        (stock < 0).then(|| Problem { kind: OVERSOLD, text: text() })
    })
}

fn negative(history: &[Operation]) -> Option<Problem> {
    let below = history.iter().find_map(|op| Some((op, op.counter().filter(|value| *value < 0)?)));
    below.map(|(op, value)| Problem { kind: NEGATIVE, text: format!("n{} read {value}", op.node) })
}
