//! The final reads of a replicated type against what they must show, and against one another.

use serde_json::{Value as Json, json};

use super::{Finding, Validity};
use crate::operation::Operation;

/// Something that is wrong.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The kind of failure, in a few words.
    pub(super) kind: &'static str,
    /// What is wrong, for people.
    pub(super) text: String,
}

/// Two names for one change: whatever else is wrong may come of it.
pub(super) const NAMED_TWICE: &str = "two changes have one name";

/// What replicas that have received the same changes must never do.
const DIFFERENT: &str = "final reads differ";

/// Judges every final read by itself, compares them with one another, and adds what is wrong with the whole history.
pub(super) fn finding<T: PartialEq>(
    history: &[Operation],
    shown: impl Fn(&Operation) -> Option<T>,
    to_json: impl Fn(&T) -> Json,
    judge: impl Fn(&T) -> Vec<Problem>,
    of_all: Vec<Problem>,
) -> Finding {
    let finals: Vec<(&Operation, T)> =
        history.iter().filter(|op| op.is_final).filter_map(|op| shown(op).map(|shown| (op, shown))).collect();
    let mut problems = Vec::new();
    let mut errors = Vec::new();
    for (op, shown) in &finals {
        let found = judge(shown);
        if !found.is_empty() {
            errors.push(json!({
                "node": format!("n{}", op.node),
                "process": op.process,
                "value": to_json(shown),
            }));
        }
        problems.extend(found.into_iter().map(|problem| Problem {
            text: format!("the final read at n{} {}", op.node, problem.text),
            ..problem
        }));
    }
    problems.extend(of_all);
    if let Some([(one, _), (other, _)]) = finals.array_windows().find(|[(_, one), (_, other)]| one != other) {
        let text = format!("the final reads at n{} and n{} differ", one.node, other.node);
        problems.push(Problem { kind: DIFFERENT, text });
    }
    let sentence = problems.first().map(|first| match problems.len() {
        1 => first.text.clone(),
        count => format!("{}; {} more like that", first.text, count - 1),
    });
    let details = json!({
        "final-reads": finals.iter().map(|(_, shown)| to_json(shown)).collect::<Vec<_>>(),
        "errors": errors,
        "problem-count": problems.len(),
        "problems": problems.iter().take(10).map(|problem| &problem.text).collect::<Vec<_>>(),
    });
    let mut kinds: Vec<_> = problems.iter().map(|problem| problem.kind).collect();
    let mut seen = Vec::new();
    kinds.retain(|kind| {
        !seen.contains(kind) && {
            seen.push(*kind);
            true
        }
    });
    let validity = match (kinds.is_empty(), finals.is_empty()) {
        (false, _) => Validity::Invalid,
        (true, true) => Validity::Unknown,
        (true, false) => Validity::Valid,
    };
    Finding { kinds, ..Finding::new("workload", validity, details, sentence) }
}
