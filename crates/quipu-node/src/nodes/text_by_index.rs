//! What remains of `text` without [`super::Remedy::Origins`]: edits by number of character, replayed in one order everywhere.
//!
//! Every node has the same edits in the end and so the same text. But an edit is replayed on another text than the one
//! it was made for: what was typed moves to other neighbours, and a deletion takes what nobody meant.

use std::convert::Infallible;

use quipu_crdt::GSet;

use super::replica::{Records, Replica};
use super::settings::Settings;
use super::text::{count, deleted, inserted};
use crate::message::ErrorKind;
use crate::{Cx, Event, Node, Reply, Request, Value};

/// A grow-only set of edits, each with a number that is higher than all that its author knew.
#[derive(Debug)]
pub(super) struct TextByIndex {
    edits: Replica<GSet<Value>>,
}

impl TextByIndex {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { edits: Replica::new(settings, Records::Own) }
    }

    fn request(&mut self, cx: &mut Cx<'_>, request: &Request) -> Reply {
        let shown = self.replay();
        let (end, edit, insert) = match request {
            Request::Insert { position, text } => (*position, Value::Text(text.clone()), Some(text)),
            Request::Delete { position, length } => {
                (position.saturating_add(*length), Value::from(*length), None)
            }
            Request::Read => return Reply::Text(shown.into_iter().collect::<String>().into()),
            other => return Reply::not_served(other),
        };
        if count(end) > shown.len() {
            let text = format!("character {end} is beyond the end at {}", shown.len());
            return Reply::error(ErrorKind::PreconditionFailed, text);
        }
        let (Request::Insert { position, .. } | Request::Delete { position, .. }) = request else {
            return Reply::not_served(request);
        };
        self.put(cx, *position, edit);
        match insert {
            Some(text) => inserted(self.replay().into_iter(), *position, text.chars().count()),
            None => deleted(shown.into_iter(), *position, end - position),
        }
    }

    fn put(&mut self, cx: &mut Cx<'_>, position: u64, edit: Value) {
        let author = Value::from(self.edits.id().to_string().as_str());
        let number = self.edits.state().iter().filter_map(number).max().map_or(1, |last| last + 1);
        let entry = Value::List([Value::Int(number), author, Value::from(position), edit].into());
        let Ok(_) = self.edits.change(cx, |edits, _| Ok::<_, Infallible>(edits.insert(entry)));
    }

    /// The text that the edits make, in the order of their numbers.
    fn replay(&self) -> Vec<char> {
        let mut shown: Vec<char> = Vec::new();
        for edit in self.edits.state() {
            let Value::List(parts) = edit else { continue };
            let [_, _, Value::Int(position), edit] = &**parts else { continue };
            let at = usize::try_from(*position).unwrap_or(0).min(shown.len());
            match edit {
                Value::Text(text) => drop(shown.splice(at..at, text.chars())),
                Value::Int(length) => {
                    let end = at.saturating_add(usize::try_from(*length).unwrap_or(0)).min(shown.len());
                    shown.drain(at..end);
                }
                _ => {}
            }
        }
        shown
    }
}

fn number(edit: &Value) -> Option<i128> {
    match edit {
        Value::List(parts) => parts.first()?.as_int(),
        _ => None,
    }
}

impl Node for TextByIndex {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = self.request(cx, &request);
                cx.reply(from, reply);
            }
            other => self.edits.step(cx, other),
        }
        self.edits.settle(cx);
    }
}
