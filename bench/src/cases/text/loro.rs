//! `loro`: history and state beside each other (Fugue, replayed).

use loro::{ExportMode, LoroDoc};

use super::library::Library;
use super::session::Patch;

pub(crate) struct Loro;

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Library for Loro {
    const NAME: &'static str = "loro";
    type Document = LoroDoc;

    fn new(author: usize) -> Result<LoroDoc, String> {
        let doc = LoroDoc::new();
        doc.set_peer_id(author as u64 + 1).map_err(words)?;
        Ok(doc)
    }

    fn edit(doc: &mut LoroDoc, patches: &[Patch]) -> Result<(), String> {
        let text = doc.get_text("text");
        for Patch(position, deleted, inserted) in patches {
            if *deleted > 0 {
                text.delete(*position, *deleted).map_err(words)?;
            }
            if !inserted.is_empty() {
                text.insert(*position, inserted).map_err(words)?;
            }
        }
        doc.commit();
        Ok(())
    }

    fn edit_for_others(doc: &mut LoroDoc, patches: &[Patch]) -> Result<Vec<u8>, String> {
        let before = doc.oplog_vv();
        Self::edit(doc, patches)?;
        doc.export(ExportMode::updates(&before)).map_err(words)
    }

    fn receive(doc: &mut LoroDoc, change: &[u8]) -> Result<(), String> {
        doc.import(change).map(drop).map_err(words)
    }

    fn text(doc: &LoroDoc) -> String {
        doc.get_text("text").to_string()
    }

    fn save(doc: &LoroDoc) -> Result<Vec<u8>, String> {
        doc.export(ExportMode::Snapshot).map_err(words)
    }

    fn load(bytes: &[u8]) -> Result<LoroDoc, String> {
        LoroDoc::from_snapshot(bytes).map_err(words)
    }

    fn history(doc: &LoroDoc) -> Result<Vec<u8>, String> {
        doc.export(ExportMode::all_updates()).map_err(words)
    }

    fn replay(bytes: &[u8]) -> Result<LoroDoc, String> {
        let doc = LoroDoc::new();
        doc.import(bytes).map_err(words)?;
        Ok(doc)
    }

    fn full(doc: &LoroDoc, _changes: &[Vec<u8>]) -> Result<Vec<u8>, String> {
        let (saved, history) = (Self::save(doc)?, Self::history(doc)?);
        Ok(if saved.len() < history.len() { saved } else { history })
    }

    fn compact(doc: &LoroDoc) -> Result<Vec<u8>, String> {
        doc.export(ExportMode::state_only(None)).map_err(words)
    }
}
