//! `diamond-types`: an event graph, replayed where changes are concurrent.

use diamond_types::AgentId;
use diamond_types::list::ListCRDT;
use diamond_types::list::encoding::{ENCODE_FULL, ENCODE_PATCH, EncodeOptions};

use super::library::Library;
use super::session::Patch;

pub(crate) struct DiamondTypes;

pub(crate) struct Document {
    list: ListCRDT,
    agent: AgentId,
}

impl Library for DiamondTypes {
    const NAME: &'static str = "diamond-types";
    type Document = Document;

    fn new(author: usize) -> Result<Document, String> {
        let mut list = ListCRDT::new();
        let agent = list.get_or_create_agent_id(&format!("author{author}"));
        Ok(Document { list, agent })
    }

    fn edit(document: &mut Document, patches: &[Patch]) -> Result<(), String> {
        for Patch(position, deleted, inserted) in patches {
            if *deleted > 0 {
                document.list.delete_without_content(document.agent, *position..*position + *deleted);
            }
            if !inserted.is_empty() {
                document.list.insert(document.agent, *position, inserted);
            }
        }
        Ok(())
    }

    fn edit_for_others(document: &mut Document, patches: &[Patch]) -> Result<Vec<u8>, String> {
        let before = document.list.oplog.local_version();
        Self::edit(document, patches)?;
        Ok(document.list.oplog.encode_from(ENCODE_PATCH, &before))
    }

    fn receive(document: &mut Document, change: &[u8]) -> Result<(), String> {
        document.list.merge_data_and_ff(change).map(drop).map_err(|error| format!("{error:?}"))
    }

    fn text(document: &Document) -> String {
        document.list.branch.content().to_string()
    }

    fn save(document: &Document) -> Result<Vec<u8>, String> {
        Ok(document.list.oplog.encode(ENCODE_FULL))
    }

    fn load(bytes: &[u8]) -> Result<Document, String> {
        let mut list = ListCRDT::load_from(bytes).map_err(|error| format!("{error:?}"))?;
        let agent = list.get_or_create_agent_id("reader");
        Ok(Document { list, agent })
    }

    /// The graph without the text that was ever inserted, and the final text, compressed as the library compresses text.
    fn compact(document: &Document) -> Result<Vec<u8>, String> {
        let graph = EncodeOptions { store_inserted_content: false, ..ENCODE_FULL };
        let mut bytes = document.list.oplog.encode(graph);
        bytes.extend(lz4_flex::compress_prepend_size(Self::text(document).as_bytes()));
        Ok(bytes)
    }
}
