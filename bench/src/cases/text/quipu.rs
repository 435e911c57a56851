//! Ours: runs in a tree (`FugueMax`), a state and its deltas of one type.

use quipu_crdt::text::{Offset, Text};
use quipu_crdt::{Lattice, ReplicaId};

use super::super::ids::replica;
use super::library::Library;
use super::session::Patch;
use crate::row::OURS;

pub(crate) struct Quipu;

pub(crate) struct Document {
    text: Text,
    me: ReplicaId,
}

impl Document {
    /// Shows each patch's deltas to `delta`.
    fn edit(&mut self, patches: &[Patch], mut delta: impl FnMut(Text)) -> Result<(), String> {
        for Patch(position, deleted, inserted) in patches {
            let at = Offset::Chars(*position);
            if *deleted > 0 {
                let end = Offset::Chars(position + deleted);
                delta(self.text.delete(self.me, at..end).map_err(|error| error.to_string())?);
            }
            if !inserted.is_empty() {
                delta(self.text.insert(self.me, at, inserted).map_err(|error| error.to_string())?);
            }
        }
        Ok(())
    }
}

impl Library for Quipu {
    const NAME: &'static str = OURS;
    type Document = Document;

    fn new(author: usize) -> Result<Document, String> {
        Ok(Document { text: Text::default(), me: replica(author) })
    }

    fn edit(document: &mut Document, patches: &[Patch]) -> Result<(), String> {
        document.edit(patches, drop)
    }

    fn edit_for_others(document: &mut Document, patches: &[Patch]) -> Result<Vec<u8>, String> {
        let mut all = Text::default();
        document.edit(patches, |delta| all.join(&delta))?;
        encode(&all)
    }

    fn receive(document: &mut Document, change: &[u8]) -> Result<(), String> {
        document.text.join(&decode(change)?);
        Ok(())
    }

    fn text(document: &Document) -> String {
        document.text.to_string()
    }

    fn save(document: &Document) -> Result<Vec<u8>, String> {
        encode(&document.text)
    }

    fn load(bytes: &[u8]) -> Result<Document, String> {
        Ok(Document { text: decode(bytes)?, me: replica(98) })
    }

    fn compact(document: &Document) -> Result<Vec<u8>, String> {
        encode(&document.text.without_deleted_text())
    }
}

fn encode(text: &Text) -> Result<Vec<u8>, String> {
    crate::cases::encode(text)
}

fn decode(bytes: &[u8]) -> Result<Text, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}
