//! Plain ropes: what editing costs without replication.

use std::rc::Rc;

use super::session::{Patch, Session};
use crate::measure::Batch;
use crate::row::{Sampler, ensure, sampler};

/// `jumprope`, with its buffer of the last edits.
pub(crate) fn jumprope(session: &Rc<Session>) -> Result<Sampler, String> {
    editing(
        session,
        jumprope::JumpRopeBuf::new,
        |rope, Patch(position, deleted, inserted)| {
            if *deleted > 0 {
                rope.remove(*position..*position + *deleted);
            }
            if !inserted.is_empty() {
                rope.insert(*position, inserted);
            }
        },
        ToString::to_string,
    )
}

/// `crop`.
pub(crate) fn crop(session: &Rc<Session>) -> Result<Sampler, String> {
    editing(
        session,
        crop::Rope::new,
        |rope, Patch(position, deleted, inserted)| {
            rope.replace(*position..*position + *deleted, inserted);
        },
        ToString::to_string,
    )
}

fn editing<R: 'static>(
    session: &Rc<Session>,
    new: fn() -> R,
    edit: fn(&mut R, &Patch),
    text: fn(&R) -> String,
) -> Result<Sampler, String> {
    let session = Rc::clone(session);
    sampler(move |meter| {
        meter.time_checked(
            Batch::ONE,
            new,
            |rope| {
                session.transactions.iter().flat_map(|all| &all.patches).for_each(|patch| edit(rope, patch));
            },
            |rope| ensure(text(rope) == session.end, "the text"),
        )
    })
}
