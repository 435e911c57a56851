//! `cola`: an index of the text's runs, which keeps no text; beside it the rope `crop`.

use cola::{Deletion, Insertion, Replica};
use crop::Rope;
use serde::{Deserialize, Serialize};

use super::library::Library;
use super::session::Patch;

pub(crate) struct Cola;

pub(crate) struct Document {
    replica: Replica,
    rope: Rope,
}

#[derive(Serialize, Deserialize)]
enum Message {
    Insert(Insertion, String),
    Delete(Deletion),
}

#[derive(Serialize, Deserialize)]
struct Stored {
    replica: cola::EncodedReplica<'static>,
    text: String,
}

impl Document {
    fn delete(&mut self, position: usize, deleted: usize) -> Deletion {
        self.rope.delete(position..position + deleted);
        self.replica.deleted(position..position + deleted)
    }

    fn insert(&mut self, position: usize, inserted: &str) -> Insertion {
        self.rope.insert(position, inserted);
        self.replica.inserted(position, inserted.len())
    }
}

impl Library for Cola {
    const NAME: &'static str = "cola + crop";
    const HAS_HISTORY: bool = false;
    type Document = Document;

    fn new(author: usize) -> Result<Document, String> {
        // All are forks of one replica: the empty text, too, is somebody's.
        Ok(Document { replica: Replica::new(1, 0).fork(author as u64 + 2), rope: Rope::new() })
    }

    fn edit(document: &mut Document, patches: &[Patch]) -> Result<(), String> {
        for Patch(position, deleted, inserted) in patches {
            if *deleted > 0 {
                document.delete(*position, *deleted);
            }
            if !inserted.is_empty() {
                document.insert(*position, inserted);
            }
        }
        Ok(())
    }

    fn edit_for_others(document: &mut Document, patches: &[Patch]) -> Result<Vec<u8>, String> {
        let mut messages = Vec::new();
        for Patch(position, deleted, inserted) in patches {
            if *deleted > 0 {
                messages.push(Message::Delete(document.delete(*position, *deleted)));
            }
            if !inserted.is_empty() {
                messages.push(Message::Insert(document.insert(*position, inserted), inserted.clone()));
            }
        }
        crate::cases::encode(&messages)
    }

    fn receive(document: &mut Document, change: &[u8]) -> Result<(), String> {
        let messages: Vec<Message> = postcard::from_bytes(change).map_err(|error| error.to_string())?;
        for message in messages {
            match message {
                Message::Insert(insertion, text) => {
                    let offset = document.replica.integrate_insertion(&insertion);
                    document.rope.insert(offset.ok_or("an insertion came too early")?, text);
                }
                Message::Delete(deletion) => {
                    for range in document.replica.integrate_deletion(&deletion).into_iter().rev() {
                        document.rope.delete(range);
                    }
                }
            }
        }
        Ok(())
    }

    fn text(document: &Document) -> String {
        document.rope.to_string()
    }

    fn save(document: &Document) -> Result<Vec<u8>, String> {
        crate::cases::encode(&Stored { replica: document.replica.encode(), text: Self::text(document) })
    }

    fn load(bytes: &[u8]) -> Result<Document, String> {
        let stored: Stored = postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
        let replica = Replica::decode(99, &stored.replica).map_err(|error| error.to_string())?;
        Ok(Document { replica, rope: Rope::from(stored.text) })
    }

    fn compact(document: &Document) -> Result<Vec<u8>, String> {
        Self::save(document)
    }
}
