//! `automerge`: operations in columns (RGA), a graph of changes named by hashes.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change, ObjId, ObjType, ROOT, ReadDoc};

use super::library::Library;
use super::session::Patch;

pub(crate) struct Automerge;

pub(crate) struct Document {
    // Saving commits what is open, so it wants the document exclusively.
    doc: std::cell::RefCell<AutoCommit>,
    text: ObjId,
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Document {
    fn of(mut doc: AutoCommit) -> Result<Self, String> {
        let text = match doc.get(ROOT, "text").map_err(words)? {
            Some((_, text)) => text,
            None => doc.put_object(ROOT, "text", ObjType::Text).map_err(words)?,
        };
        doc.commit();
        Ok(Self { doc: doc.into(), text })
    }
}

impl Library for Automerge {
    const NAME: &'static str = "automerge";
    const DROPS_DELETED: bool = false;
    const REMOTE_AT_MOST: usize = 1_000;
    type Document = Document;

    /// All begin with the same change, which makes the text.
    fn new(author: usize) -> Result<Document, String> {
        let document = Document::of(AutoCommit::new().with_actor(ActorId::from([255; 4])))?;
        let number = u8::try_from(author).map_err(words)?;
        document.doc.borrow_mut().set_actor(ActorId::from([1, 0, 0, number]));
        Ok(document)
    }

    fn edit(document: &mut Document, patches: &[Patch]) -> Result<(), String> {
        let doc = document.doc.get_mut();
        for Patch(position, deleted, inserted) in patches {
            let deleted = isize::try_from(*deleted).map_err(words)?;
            doc.splice_text(&document.text, *position, deleted, inserted).map_err(words)?;
        }
        doc.commit();
        Ok(())
    }

    fn edit_for_others(document: &mut Document, patches: &[Patch]) -> Result<Vec<u8>, String> {
        Self::edit(document, patches)?;
        let change = document.doc.get_mut().get_last_local_change();
        Ok(change.ok_or("no change was made")?.raw_bytes().to_vec())
    }

    fn receive(document: &mut Document, change: &[u8]) -> Result<(), String> {
        Self::receive_all(document, &[change])
    }

    fn receive_all(document: &mut Document, changes: &[&[u8]]) -> Result<(), String> {
        let changes = changes.iter().map(|change| Change::from_bytes(change.to_vec()));
        let changes = changes.collect::<Result<Vec<_>, _>>().map_err(words)?;
        document.doc.get_mut().apply_changes(changes).map_err(words)
    }

    fn text(document: &Document) -> String {
        document.doc.borrow().text(&document.text).unwrap_or_default()
    }

    fn save(document: &Document) -> Result<Vec<u8>, String> {
        Ok(document.doc.borrow_mut().save())
    }

    fn load(bytes: &[u8]) -> Result<Document, String> {
        Document::of(AutoCommit::load(bytes).map_err(words)?)
    }
}
