//! Replicated texts: `y-octo` by its updates, `abyo-crdt` by merge and by operations.

use std::collections::BTreeSet;

use abyo_crdt::TextOp;
use quipu_laws::{Delivery, Past, Replica, Subject};
use y_octo::{Doc, Text};

use crate::letters::{self, Edit};

/// A document of `y-octo` with one text.
pub(crate) struct YOcto {
    replica: Replica,
    inserted: usize,
    document: Doc,
}

impl YOcto {
    fn text(&self) -> Text {
        self.document.get_or_create_text("text").expect("a text")
    }

    fn update(&mut self, update: &[u8]) {
        self.document.apply_update_from_binary_v1(update).expect("an update that it wrote itself");
    }
}

impl Clone for YOcto {
    /// A document that is loaded from what this one writes. Its own `clone` is a second handle.
    fn clone(&self) -> Self {
        let mut copy = Self { inserted: self.inserted, ..Self::new(self.replica) };
        copy.update(&self.document.encode_update_v1().expect("encodes"));
        copy
    }
}

impl Subject for YOcto {
    type Operation = Edit;
    type Delta = Vec<u8>;
    type View = BTreeSet<char>;

    const DELIVERY: Delivery = Delivery::CausalOnce;

    fn new(replica: Replica) -> Self {
        Self { replica, inserted: 0, document: Doc::with_client(replica.number()) }
    }

    fn alphabet() -> Vec<Edit> {
        letters::alphabet()
    }

    fn further() -> Vec<Edit> {
        letters::further()
    }

    fn edit(&mut self, edit: &Edit) -> Option<Vec<u8>> {
        let before = self.document.get_state_vector();
        let mut text = self.text();
        let shown = text.to_string();
        match edit {
            Edit::Insert(place) => {
                let letter = letters::letter(self.replica, self.inserted);
                let place = place % (shown.chars().count() + 1);
                text.insert(place as u64, letter).expect("within");
                self.inserted += 1;
                assert_eq!(self.text().to_string().chars().nth(place), Some(letter), "where it was put");
            }
            Edit::Remove(rank) => {
                let letter = letters::chosen(*rank, &shown.chars().collect())?;
                let place = shown.chars().position(|other| other == letter).expect("there");
                text.remove(place as u64, 1).expect("within");
            }
        }
        Some(self.document.encode_state_as_update_v1(&before).expect("encodes"))
    }

    fn receive(&mut self, delta: &Vec<u8>) {
        self.update(delta);
    }

    fn pull(&mut self, other: &Self) {
        let known = self.document.get_state_vector();
        let update = other.document.encode_state_as_update_v1(&known).expect("encodes");
        self.update(&update);
    }

    fn view(&self) -> BTreeSet<char> {
        self.text().to_string().chars().collect()
    }

    fn specification(past: Past<'_, Edit>) -> BTreeSet<char> {
        letters::specification(past)
    }

    fn same(&self, other: &Self) -> bool {
        self.text().to_string() == other.text().to_string()
    }

    fn picture(&self) -> String {
        format!("{:?}", self.text().to_string())
    }
}

/// The text of `abyo-crdt`.
#[derive(Clone)]
pub(crate) struct Abyo {
    replica: Replica,
    inserted: usize,
    text: abyo_crdt::Text,
}

impl Subject for Abyo {
    type Operation = Edit;
    type Delta = TextOp;
    type View = BTreeSet<char>;

    const DELIVERY: Delivery = Delivery::Causal;

    fn new(replica: Replica) -> Self {
        Self { replica, inserted: 0, text: abyo_crdt::Text::new(replica.number()) }
    }

    fn alphabet() -> Vec<Edit> {
        letters::alphabet()
    }

    fn further() -> Vec<Edit> {
        letters::further()
    }

    fn edit(&mut self, edit: &Edit) -> Option<TextOp> {
        let shown = self.text.as_string();
        match edit {
            Edit::Insert(place) => {
                let letter = letters::letter(self.replica, self.inserted);
                let place = place % (shown.chars().count() + 1);
                let operation = self.text.insert(place, letter);
                self.inserted += 1;
                assert_eq!(self.text.as_string().chars().nth(place), Some(letter), "where it was put");
                Some(operation)
            }
            Edit::Remove(rank) => {
                let letter = letters::chosen(*rank, &shown.chars().collect())?;
                let place = shown.chars().position(|other| other == letter).expect("there");
                Some(self.text.delete(place))
            }
        }
    }

    fn receive(&mut self, delta: &TextOp) {
        self.text.apply(delta.clone()).expect("in causal order");
    }

    fn pull(&mut self, other: &Self) {
        self.text.merge(&other.text);
    }

    fn view(&self) -> BTreeSet<char> {
        self.text.as_string().chars().collect()
    }

    fn specification(past: Past<'_, Edit>) -> BTreeSet<char> {
        letters::specification(past)
    }

    fn same(&self, other: &Self) -> bool {
        self.text.as_string() == other.text.as_string()
    }

    fn picture(&self) -> String {
        format!("{:?}", self.text.as_string())
    }
}
