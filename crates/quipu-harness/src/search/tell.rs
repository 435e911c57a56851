//! An execution as a story, in the words of the stories of simulated runs.

use std::fmt::Display;

use quipu_node::{KvRequest, Service};
use quipu_sim::{Change, Endpoint, Observation};

use super::actors::Ask;
use super::definition::{Operation, explanation};
use super::store::Question;
use super::words::{Said, ValueId};
use super::world::{Global, Step, World};
use super::{Counterexample, Rule, Unsearchable};
use crate::story::place;

/// Tells how an execution went that is wrong.
pub(super) fn tell(
    world: &mut World<'_, '_>,
    path: &[Step],
    complaint: String,
) -> Result<Counterexample, Unsearchable> {
    let mut states = vec![world.first()?];
    for step in path {
        let before = states[states.len() - 1];
        let next = world.next(&before)?;
        let after = next.into_iter().find(|(possible, _)| possible == step).map(|(_, after)| after);
        states.push(after.expect("the path was made of possible steps"));
    }
    let end = states[states.len() - 1];
    let teller = Teller { world, end, order: order(world, &end) };
    let mut story = Vec::new();
    let mut told = Vec::new();
    for (step, pair) in path.iter().zip(states.windows(2)) {
        story.extend(teller.sentence(*step, &pair[0], &told));
        story.extend(teller.replies(step.node(), &pair[0], &pair[1]));
        if let Step::Answer(question, _) = step {
            told.push(*question);
        }
    }
    let operations = world.locals(&end).iter().map(|local| local.invoked).sum();
    let order = teller.order.iter().map(|operation| teller.line(*operation)).collect();
    Ok(Counterexample { operations, steps: path.len(), story, order, complaint })
}

/// The order that explains the answers at the end, where one is needed.
fn order(world: &World<'_, '_>, end: &Global) -> Vec<Operation> {
    let locals = world.locals(end);
    let sessions: Vec<&[Ask]> = locals.iter().map(|local| local.asks.as_slice()).collect();
    match world.rule {
        Rule::Definition => explanation(&sessions, &world.held).unwrap_or_default(),
        Rule::Maelstrom => Vec::new(),
    }
}

struct Teller<'t, 'w, 'a> {
    world: &'t World<'w, 'a>,
    end: Global,
    order: Vec<Operation>,
}

impl Teller<'_, '_, '_> {
    /// What a step says, if it says something that the others do not.
    fn sentence(&self, step: Step, before: &Global, told: &[Question]) -> Option<String> {
        let node = step.node();
        Some(match step {
            Step::Request(_) => {
                let index = self.world.locals(before)[usize::from(node)].invoked;
                let operation = self.world.program.clients[usize::from(node)][index];
                format!("c{node} asks n{node}: {}", operation.request())
            }
            Step::CarryOut(question, said, state) | Step::Serve(question, said, state) => {
                let (service, _) = self.question(question);
                let from =
                    if service == Service::SeqKv { self.state_of(before, state) } else { String::new() };
                let heard = self.is_awaited(before, question);
                self.exchange(question, said, &from, heard)
            }
            Step::Answer(question, said) => {
                if self.world.store(before).has_carried_out(question) {
                    return None;
                }
                let from = self.place_in_order(question, told);
                self.exchange(question, said, &from, true)
            }
            Step::GiveUp(question) => {
                let (service, request) = self.question(question);
                format!("n{node} has asked {service}: {request}, and waits no longer for an answer")
            }
            Step::Timer(_) => format!("n{node} has paused, and goes on"),
        })
    }

    fn exchange(&self, question: Question, said: Said, from: &str, heard: bool) -> String {
        let (service, request) = self.question(question);
        let answer = match self.world.actors.words.answer(said) {
            Ok(answer) => answer.to_string(),
            Err(error) => format!("error: {error}"),
        };
        let node = question.0;
        if heard {
            format!("n{node} asks {service}: {request}, and is answered {answer}{from}")
        } else {
            format!("what n{node} had asked {service} arrives late: {request}; the answer is {answer}{from}")
        }
    }

    /// What a node has answered by a step.
    fn replies(&self, node: u8, before: &Global, after: &Global) -> Vec<String> {
        let (before, after) = (self.world.locals(before), self.world.locals(after));
        let (before, after) = (before[usize::from(node)], after[usize::from(node)]);
        let known = |index: usize| before.replies.get(index).is_some_and(Option::is_some);
        let new = after.replies.iter().enumerate().filter(|(index, _)| !known(*index));
        new.filter_map(|(_, reply)| Some(format!("n{node} has answered c{node}: {}", reply.as_ref()?)))
            .collect()
    }

    fn ask(&self, question: Question) -> &Ask {
        let local = self.world.actors.local(self.end.locals[usize::from(question.0)]);
        &local.asks[usize::from(question.1)]
    }

    fn question(&self, question: Question) -> (Service, KvRequest) {
        match self.ask(question).asked {
            Some(asked) => (Service::SeqKv, self.world.actors.words.request(asked)),
            None => (Service::LinTso, KvRequest::Timestamp),
        }
    }

    fn is_awaited(&self, before: &Global, (node, index): Question) -> bool {
        let local = self.world.actors.local(before.locals[usize::from(node)]);
        local.asks[usize::from(index)].is_open()
    }

    /// Which state of Maelstrom's store an answer is from.
    fn state_of(&self, before: &Global, state: u8) -> String {
        let store = self.world.store(before);
        let newest = store.newest();
        let changes = store.changes.iter().map(|change| (usize::from(change.by), change.key, change.to));
        let missed = self.changes(changes).split_off(usize::from(state.min(newest)));
        place(&Observation {
            picked: state.into(),
            newest: newest.max(state).into(),
            missed,
            changed: state > newest,
        })
    }

    /// Where an answer stands in the order that explains all, among what was told before it: which changes it lacks.
    fn place_in_order(&self, question: Question, told: &[Question]) -> String {
        let is_this = |operation: &Operation| same(*operation, question);
        let Some(here) = self.order.iter().position(is_this) else { return String::new() };
        let mut map = self.world.held;
        let (mut changes, mut behind) = (Vec::new(), Vec::new());
        let mut picked = 0;
        for (index, operation) in self.order.iter().enumerate() {
            let local = self.world.actors.local(self.end.locals[operation.0]);
            let Some(asked) = local.asks[operation.1].asked else { continue };
            let held = &mut map[usize::from(asked.key)];
            let (_, put) = asked.judge(*held);
            let Some(to) = put.filter(|_| put != *held) else { continue };
            *held = put;
            let is_told = index == here || told.iter().any(|told| same(*operation, *told));
            picked += u64::from(is_told && index <= here);
            behind.push(is_told && index > here);
            changes.push((operation.0, asked.key, to));
        }
        let all = self.changes(changes.into_iter()).into_iter().zip(behind);
        let missed: Vec<Change> = all.filter(|(_, behind)| *behind).map(|(change, _)| change).collect();
        let newest = picked + missed.len() as u64;
        place(&Observation { picked, newest, missed, changed: false })
    }

    /// Changes, each with what was there before.
    fn changes(&self, changes: impl Iterator<Item = (usize, u8, ValueId)>) -> Vec<Change> {
        let words = &self.world.actors.words;
        let mut held = self.world.held.map(|held| held.map(|held| words.spelt(held).clone()));
        let change = |(state, (by, key, to)): (u64, (usize, u8, ValueId))| {
            let to = words.spelt(to).clone();
            let by = Endpoint::Node(u16::try_from(by).unwrap_or_default());
            let from = held[usize::from(key)].replace(to.clone());
            Change { state, by, key: words.key_spelt(key).clone(), from, to }
        };
        (1..).zip(changes).map(change).collect()
    }

    /// An operation of the order in a line.
    fn line(&self, (node, index): Operation) -> String {
        let question = (u8::try_from(node).unwrap_or_default(), u8::try_from(index).unwrap_or_default());
        let (_, request) = self.question(question);
        let answer: Box<dyn Display> = match self.ask(question).said() {
            None => Box::new("not answered (yet)"),
            Some(said) => match self.world.actors.words.answer(said) {
                Ok(answer) => Box::new(answer),
                Err(error) => Box::new(error),
            },
        };
        format!("n{node}: {request}: {answer}")
    }
}

fn same(operation: Operation, question: Question) -> bool {
    operation == (usize::from(question.0), usize::from(question.1))
}
