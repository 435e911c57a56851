//! What is demanded of the answers, at every moment of an execution.

use quipu_node::Reply;

use super::OPERATIONS_MAX;
use super::actors::{Local, Operation};
use super::program::Program;

/// What is demanded of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// A read shows every add that was acknowledged before it began, and of the others any part. So one that begins when
    /// all adds are acknowledged shows the sum of all.
    CompleteReads,
    /// All operations, reads and adds, take effect one at a time between their beginning and their end.
    Linearizable,
}

/// For each operation, by number, the operations that were acknowledged before it began, a bit for each.
pub(super) type Before = [u8; OPERATIONS_MAX];

/// An operation as far as it has come.
#[derive(Clone, Copy, Debug)]
struct Made {
    operation: Operation,
    outcome: Outcome,
    before: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Has not begun, or certainly did not happen.
    None,
    /// Under way, or its client does not know.
    Open,
    Added,
    Read(i128),
}

/// The operations of whose end those that begin now may know.
pub(super) fn acknowledged(program: &Program, locals: &[&Local], property: Property, next: Operation) -> u8 {
    let counts = |operation: Operation| match property {
        Property::CompleteReads => next == Operation::Read && operation != Operation::Read,
        Property::Linearizable => true,
    };
    let mut bits = 0;
    for (number, (node, index, operation)) in program.operations().enumerate() {
        let acknowledged = matches!(outcome(locals[node], index), Outcome::Added | Outcome::Read(_));
        bits |= u8::from(acknowledged && counts(operation)) << number;
    }
    bits
}

/// What is wrong with the answers given so far, in a sentence.
pub(super) fn complaint(
    program: &Program,
    locals: &[&Local],
    before: Before,
    property: Property,
) -> Option<String> {
    let made: Vec<Made> = (program.operations().zip(before))
        .map(|((node, index, operation), before)| Made {
            operation,
            outcome: outcome(locals[node], index),
            before,
        })
        .collect();
    match property {
        Property::CompleteReads => (0..made.len()).find_map(|number| incomplete(program, &made, number)),
        Property::Linearizable if linearizable(&made) => None,
        Property::Linearizable => {
            Some("no order of these operations that keeps real time makes a counter show this".into())
        }
    }
}

fn outcome(local: &Local, index: usize) -> Outcome {
    match local.replies.get(index) {
        None => Outcome::None,
        Some(Some(Reply::Error { kind, .. })) if kind.is_definite() => Outcome::None,
        Some(Some(Reply::AddOk)) => Outcome::Added,
        Some(Some(Reply::Counter(sum))) => Outcome::Read(*sum),
        Some(_) => Outcome::Open,
    }
}

/// How many reads were answered with a sum.
pub(super) fn sums_read(locals: &[&Local]) -> u64 {
    let replies = locals.iter().flat_map(|local| &local.replies);
    replies.filter(|reply| matches!(reply, Some(Reply::Counter(_)))).count() as u64
}

/// A read that lacks what it must show, or shows what nobody has added.
fn incomplete(program: &Program, made: &[Made], number: usize) -> Option<String> {
    let Outcome::Read(sum) = made[number].outcome else { return None };
    let (mut must, mut may) = (0, vec![0]);
    for (bit, other) in made.iter().enumerate() {
        let Operation::Add(delta) = other.operation else { continue };
        let delta = i128::from(delta);
        if made[number].before >> bit & 1 == 1 {
            must += delta;
        } else if other.outcome != Outcome::None {
            may.extend(may.clone().iter().map(|part| part + delta));
        }
    }
    if may.iter().any(|part| must + part == sum) {
        return None;
    }
    may.sort_unstable();
    let acceptable: Vec<String> = may.iter().map(|part| (must + part).to_string()).collect();
    let (node, ..) = program.operations().nth(number)?;
    let all = if may.len() == 1 { ", begun after every add was acknowledged," } else { "" };
    Some(format!("the read{all} is wrong: n{node} read {sum}; acceptable: {}", acceptable.join(", ")))
}

/// True if one order of the operations explains all answers and keeps real time.
fn linearizable(made: &[Made]) -> bool {
    let must = (0..made.len()).filter(|bit| matches!(made[*bit].outcome, Outcome::Added | Outcome::Read(_)));
    let must = must.fold(0, |bits, bit| bits | 1_u8 << bit);
    go(made, must, 0, 0)
}

fn go(made: &[Made], must: u8, done: u8, sum: i128) -> bool {
    if must & !done == 0 {
        return true;
    }
    made.iter().enumerate().any(|(bit, next)| {
        if done >> bit & 1 == 1 || next.before & !done != 0 {
            return false;
        }
        let after = match (next.operation, next.outcome) {
            (Operation::Add(delta), Outcome::Added | Outcome::Open) => sum + i128::from(delta),
            (Operation::Read, Outcome::Read(shown)) if shown == sum => sum,
            _ => return false,
        };
        go(made, must, done | 1 << bit, after)
    })
}
