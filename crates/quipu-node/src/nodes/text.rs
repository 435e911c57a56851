//! `text`: a text that everybody edits, gossiped.

use std::sync::Arc;

use quipu_crdt::Text;
use quipu_crdt::text::{Offset, TextError};

use super::replica::{Records, Replica};
use super::settings::Settings;
use crate::message::ErrorKind;
use crate::{Cx, Event, Node, Reply, Request};

/// A text that is edited at every node, in every partition: a [`Text`] spread by [`crate::Gossip`].
///
/// Places are counted in characters, in the text as this node has it. A place that is not there is refused. What is
/// acknowledged is durable, together with what it was typed into: after a crash, all that this node has ever
/// acknowledged is in its place again, before any peer is heard.
#[derive(Debug)]
pub struct TextNode {
    text: Replica<Text>,
}

impl TextNode {
    /// An empty text.
    pub fn new(settings: &Settings) -> Self {
        Self { text: Replica::new(settings, Records::WithGround) }
    }

    fn request(&mut self, cx: &mut Cx<'_>, request: &Request) -> Reply {
        let changed = match request {
            Request::Insert { position, text } => self.insert(cx, *position, text),
            Request::Delete { position, length } => self.delete(cx, *position, *length),
            Request::Read => Ok(Reply::Text(self.text.state().to_string().into())),
            other => return Reply::not_served(other),
        };
        changed.unwrap_or_else(|error| refusal(&error))
    }

    fn insert(&mut self, cx: &mut Cx<'_>, position: u64, text: &str) -> Result<Reply, TextError> {
        self.text.change(cx, |state, me| state.insert(me, place(position), text))?;
        let shown = self.text.state().to_string();
        Ok(inserted(shown.chars(), position, text.chars().count()))
    }

    fn delete(&mut self, cx: &mut Cx<'_>, position: u64, length: u64) -> Result<Reply, TextError> {
        let shown = self.text.state().to_string();
        let range = place(position)..place(position.saturating_add(length));
        self.text.change(cx, |state, me| state.delete(me, range))?;
        Ok(deleted(shown.chars(), position, length))
    }
}

impl Node for TextNode {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = self.request(cx, &request);
                cx.reply(from, reply);
            }
            other => self.text.step(cx, other),
        }
        self.text.settle(cx);
    }
}

fn place(position: u64) -> Offset {
    Offset::Chars(count(position))
}

/// A number of characters; more than there is room for is as much beyond the end as what was asked.
pub(super) fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The answer to an insertion of so many characters, from the text that it has led to.
pub(super) fn inserted(mut shown: impl Iterator<Item = char>, position: u64, length: usize) -> Reply {
    let after = count(position).checked_sub(1).and_then(|index| shown.by_ref().nth(index));
    Reply::Inserted { after, before: shown.nth(length) }
}

/// The answer to a deletion, from the text as it was before.
pub(super) fn deleted(shown: impl Iterator<Item = char>, position: u64, length: u64) -> Reply {
    let text: String = shown.skip(count(position)).take(count(length)).collect();
    Reply::Deleted(Arc::from(text))
}

/// The answer to an edit that cannot be made.
fn refusal(error: &TextError) -> Reply {
    let kind = match error {
        TextError::OutOfRange { .. } => ErrorKind::PreconditionFailed,
        _ => ErrorKind::Abort,
    };
    Reply::error(kind, error.to_string())
}
