//! Text: which letters are there, in one order for everybody, and each where it was put.
//!
//! Beside each text goes its plain twin, which must say the same, and an editor's copy, kept up to date by the edits alone
//! that a joined delta is answered with.

use std::collections::BTreeSet;

use quipu_crdt::text::plain::Plain;
use quipu_crdt::text::{Edit, Offset, Unit};
use quipu_crdt::{Lattice, ReplicaId, Text};
use quipu_laws::{Past, Record, Replica, Subject};

use crate::assert_causal_laws;
use crate::kind::{Coded, id_of};

/// What can be done to a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typing {
    /// Insert the replica's next letter at this place, taken modulo what there is.
    Insert(usize),
    /// Delete the letter that this node inserted as number so-and-so in its first life, if it is there.
    Delete(u8, usize),
}

use Typing::{Delete, Insert};

/// Each insertion has a letter of its own; the letters take one, two and three bytes.
fn letter(replica: Replica, number: usize) -> char {
    let first = match replica {
        Replica { node: 0, incarnation: 1 } => 0x61,
        Replica { node: 1, incarnation: 1 } => 0x3b1,
        _ => 0x4e00 + 256 * replica.number(),
    };
    char::from_u32(u32::try_from(first).unwrap() + u32::try_from(number).unwrap()).unwrap()
}

/// The letters of a text. Where operations are missing that others build on, letters may wait for them unseen.
#[derive(Debug)]
pub(crate) struct Letters {
    there: BTreeSet<char>,
    may_wait: bool,
}

impl PartialEq for Letters {
    fn eq(&self, other: &Self) -> bool {
        let (least, most) = if self.may_wait { (other, self) } else { (self, other) };
        if most.may_wait { least.there.is_subset(&most.there) } else { least.there == most.there }
    }
}

/// A replica, its twin and its editor. One that is `FORGETFUL` goes on under its old id when it has lost everything.
#[derive(Clone)]
pub(crate) struct Typist<const FORGETFUL: bool = false> {
    replica: Replica,
    id: ReplicaId,
    text: Text,
    plain: Plain,
    /// What an editor shows that was told only what to change.
    editor: Vec<char>,
}

impl<const FORGETFUL: bool> Typist<FORGETFUL> {
    fn follow(&mut self, edits: &[Edit]) {
        for edit in edits {
            match edit {
                Edit::Insert { at, text } => drop(self.editor.splice(at..at, text.chars())),
                Edit::Delete { at, len } => drop(self.editor.drain(*at..at + len)),
            }
        }
    }

    fn take(&mut self, text: &Text, plain: &Plain) {
        let edits = self.text.apply(text, Unit::Chars);
        self.follow(&edits);
        self.plain.join(plain);
    }

    fn insert(&mut self, place: usize) -> (Text, Plain) {
        let number = usize::try_from(self.text.version().of(self.id)).unwrap();
        let letter = letter(self.replica, number);
        let place = place % (self.editor.len() + 1);
        let delta = self.text.insert(self.id, Offset::Chars(place), &letter.to_string()).unwrap();
        self.editor.insert(place, letter);
        (delta, self.plain.insert(self.id, place, &letter.to_string()).unwrap())
    }

    fn delete(&mut self, letter: char) -> Option<(Text, Plain)> {
        let place = self.editor.iter().position(|other| *other == letter)?;
        self.editor.remove(place);
        let range = Offset::Chars(place)..Offset::Chars(place + 1);
        Some((self.text.delete(self.id, range).unwrap(), self.plain.delete(place..place + 1)))
    }
}

impl<const FORGETFUL: bool> Subject for Typist<FORGETFUL> {
    type Operation = Typing;
    type Delta = (Text, Plain);
    type View = Letters;

    fn new(replica: Replica) -> Self {
        let (text, plain) = (Text::default(), Plain::default());
        let life = if FORGETFUL { Replica { incarnation: 1, ..replica } } else { replica };
        Self { replica, id: id_of(life), text, plain, editor: Vec::new() }
    }

    fn alphabet() -> Vec<Typing> {
        vec![Insert(0), Insert(1), Delete(0, 0)]
    }

    fn further() -> Vec<Typing> {
        let deletions = (0..3).flat_map(|node| (0..4).map(move |number| Delete(node, number)));
        let insertions = [1, 2, 3, 5, 8].into_iter().map(Insert);
        insertions.clone().chain(insertions).chain(deletions).collect()
    }

    fn edit(&mut self, operation: &Typing) -> Option<Self::Delta> {
        match *operation {
            Insert(place) => Some(self.insert(place)),
            Delete(node, number) => self.delete(letter(Replica { node, incarnation: 1 }, number)),
        }
    }

    fn receive(&mut self, (text, plain): &Self::Delta) {
        self.take(text, plain);
    }

    fn pull(&mut self, other: &Self) {
        self.take(&other.text, &other.plain);
    }

    fn view(&self) -> Letters {
        let shown = self.text.to_string();
        assert_eq!(shown, self.plain.to_text(), "the plain twin says otherwise");
        assert_eq!(shown, self.editor.iter().collect::<String>(), "an editor that followed shows otherwise");
        assert_eq!(self.text.len(Unit::Bytes), shown.len());
        assert_eq!(self.text.len(Unit::Utf16), shown.encode_utf16().count());
        Letters { there: shown.chars().collect(), may_wait: false }
    }

    /// The letters that were inserted and not deleted.
    fn specification(past: Past<'_, Typing>) -> Letters {
        let mut there = BTreeSet::new();
        for (id, record) in past.iter() {
            let mine = |earlier: &Record<Typing>| {
                earlier.replica == record.replica && matches!(earlier.operation, Insert(_))
            };
            if matches!(record.operation, Insert(_)) {
                there.insert(letter(record.replica, past.before(id).filter(mine).iter().count()));
            }
        }
        for (_, record) in past.iter().filter(|(_, record)| record.told) {
            if let Delete(node, number) = record.operation {
                there.remove(&letter(Replica { node, incarnation: 1 }, number));
            }
        }
        Letters { there, may_wait: !past.is_causal() }
    }

    fn same(&self, other: &Self) -> bool {
        self.text == other.text && self.plain == other.plain
    }

    fn recode(&self) -> Result<Self, String> {
        Ok(Self { text: self.text.recoded()?, ..self.clone() })
    }

    fn recode_delta((text, plain): &Self::Delta) -> Result<Self::Delta, String> {
        Ok((text.recoded()?, plain.clone()))
    }

    fn news_for(&self, other: &Self) -> Option<Self::Delta> {
        Some((self.text.difference(&other.text), self.plain.difference(&other.plain)))
    }

    fn includes(&self, other: &Self) -> Option<bool> {
        Some(self.text.includes(&other.text))
    }

    /// Letters that two texts show stand in the same order in both.
    fn own_laws(&self, other: &Self) -> Result<(), String> {
        let common = |one: &[char], other: &[char]| -> String {
            one.iter().filter(|letter| other.contains(letter)).collect()
        };
        let (here, there) = (common(&self.editor, &other.editor), common(&other.editor, &self.editor));
        if here == there { Ok(()) } else { Err(format!("{here} here is {there} there")) }
    }

    fn picture(&self) -> String {
        format!("{:?}", self.text.to_string())
    }
}

#[test]
fn a_text_obeys_its_laws() {
    assert_causal_laws::<Typist>("Text");
}
