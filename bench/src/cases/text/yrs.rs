//! `yrs`: a linked list of runs (YATA). Deleted text is dropped at once, its place is kept.

use yrs::updates::decoder::Decode;
use yrs::{
    ClientID, Doc, GetString, Options, ReadTxn, StateVector, Text, TextRef, Transact, TransactionMut, Update,
};

use super::library::Library;
use super::session::Patch;

pub(crate) struct Yrs;

pub(crate) struct Document {
    doc: Doc,
    text: TextRef,
}

impl Document {
    fn new(options: Options) -> Self {
        let doc = Doc::with_options(options);
        let text = doc.get_or_insert_text("text");
        Self { doc, text }
    }

    fn edit(&self, transaction: &mut TransactionMut, patches: &[Patch]) -> Result<(), String> {
        let number = |size: usize| u32::try_from(size).map_err(|error| error.to_string());
        for Patch(position, deleted, inserted) in patches {
            if *deleted > 0 {
                self.text.remove_range(transaction, number(*position)?, number(*deleted)?);
            }
            if !inserted.is_empty() {
                self.text.insert(transaction, number(*position)?, inserted);
            }
        }
        Ok(())
    }
}

impl Library for Yrs {
    const NAME: &'static str = "yrs";
    type Document = Document;

    fn new(author: usize) -> Result<Document, String> {
        Ok(Document::new(Options::with_client_id(ClientID::new(author as u64 + 1))))
    }

    fn edit(document: &mut Document, patches: &[Patch]) -> Result<(), String> {
        document.edit(&mut document.doc.transact_mut(), patches)
    }

    fn edit_for_others(document: &mut Document, patches: &[Patch]) -> Result<Vec<u8>, String> {
        let mut transaction = document.doc.transact_mut();
        document.edit(&mut transaction, patches)?;
        Ok(transaction.encode_update_v1())
    }

    fn receive(document: &mut Document, change: &[u8]) -> Result<(), String> {
        let update = Update::decode_v1(change).map_err(|error| error.to_string())?;
        document.doc.transact_mut().apply_update(update).map_err(|error| error.to_string())
    }

    fn text(document: &Document) -> String {
        document.text.get_string(&document.doc.transact())
    }

    /// The first version of its format: larger than the second, and faster.
    fn save(document: &Document) -> Result<Vec<u8>, String> {
        Ok(document.doc.transact().encode_state_as_update_v1(&StateVector::default()))
    }

    fn load(bytes: &[u8]) -> Result<Document, String> {
        let mut document = Self::new(98)?;
        Self::receive(&mut document, bytes)?;
        Ok(document)
    }

    /// Of a document that was told to keep deleted text.
    fn full(_document: &Document, changes: &[Vec<u8>]) -> Result<Vec<u8>, String> {
        let options = Options { skip_gc: true, ..Options::with_client_id(ClientID::new(99)) };
        let mut document = Document::new(options);
        changes.iter().try_for_each(|change| Self::receive(&mut document, change))?;
        Self::compact(&document)
    }

    fn compact(document: &Document) -> Result<Vec<u8>, String> {
        Ok(document.doc.transact().encode_state_as_update_v2(&StateVector::default()))
    }
}
