//! The crate `crdt-kit`: a set, a register and a sequence, by merge and by the deltas between two states.

use std::collections::BTreeSet;

use crdt_kit::{Crdt, DeltaCrdt, MVRegister, MVRegisterDelta, ORSet, Rga, RgaDelta};
use quipu_laws::{Delivery, Past, Replica, Subject};

use crate::letters::{self, Edit};

/// What can be done to a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetEdit {
    Add(u8),
    Remove(u8),
    /// `compact_tombstones`, documented as safe at any time.
    Compact,
}

/// The observed-remove set; with `COMPACTS`, its tombstones are compacted now and then.
#[derive(Clone)]
pub(crate) struct Set<const COMPACTS: bool>(ORSet<u8>);

impl<const COMPACTS: bool> Subject for Set<COMPACTS> {
    type Operation = SetEdit;
    type Delta = ();
    type View = BTreeSet<u8>;

    const DELIVERY: Delivery = Delivery::Never;

    fn new(replica: Replica) -> Self {
        Self(ORSet::new(replica.number()))
    }

    fn alphabet() -> Vec<SetEdit> {
        let mut alphabet = vec![SetEdit::Add(1), SetEdit::Remove(1)];
        alphabet.extend(COMPACTS.then_some(SetEdit::Compact));
        alphabet
    }

    fn further() -> Vec<SetEdit> {
        vec![SetEdit::Add(2), SetEdit::Remove(2)]
    }

    fn edit(&mut self, operation: &SetEdit) -> Option<()> {
        match operation {
            SetEdit::Add(element) => self.0.insert(*element),
            SetEdit::Remove(element) => {
                self.0.remove(element);
            }
            SetEdit::Compact => {
                self.0.compact_tombstones();
            }
        }
        Some(())
    }

    fn receive(&mut self, (): &()) {}

    fn pull(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    fn view(&self) -> BTreeSet<u8> {
        self.0.iter().copied().collect()
    }

    fn specification(past: Past<'_, SetEdit>) -> BTreeSet<u8> {
        let standing = past.iter().filter_map(|(id, record)| {
            let SetEdit::Add(element) = record.operation else { return None };
            (!past.seen_by(id, |later| *later == SetEdit::Remove(element))).then_some(element)
        });
        standing.collect()
    }
}

/// The multi-value register, exchanged by deltas between two states.
#[derive(Clone)]
pub(crate) struct Register(MVRegister<u8>);

impl Subject for Register {
    type Operation = u8;
    type Delta = MVRegisterDelta<u8>;
    type View = Vec<u8>;

    const DELIVERY: Delivery = Delivery::CausalOnce;

    fn new(replica: Replica) -> Self {
        Self(MVRegister::new(replica.number()))
    }

    fn alphabet() -> Vec<u8> {
        vec![1, 2]
    }

    fn edit(&mut self, value: &u8) -> Option<Self::Delta> {
        let before = self.0.clone();
        self.0.set(*value);
        Some(self.0.delta(&before))
    }

    fn receive(&mut self, delta: &Self::Delta) {
        self.0.apply_delta(delta);
    }

    fn pull(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    fn view(&self) -> Vec<u8> {
        self.0.values().into_iter().copied().collect()
    }

    /// The values whose writes no later write had seen, each once.
    fn specification(past: Past<'_, u8>) -> Vec<u8> {
        let standing = past.iter().filter(|(id, _)| !past.seen_by(*id, |_| true));
        let values: BTreeSet<u8> = standing.map(|(_, record)| record.operation).collect();
        values.into_iter().collect()
    }

    fn news_for(&self, other: &Self) -> Option<Self::Delta> {
        Some(self.0.delta(&other.0))
    }
}

/// The sequence; with `DELTAS`, exchanged by deltas between two states.
#[derive(Clone)]
pub(crate) struct Sequence<const DELTAS: bool> {
    replica: Replica,
    inserted: usize,
    letters: Rga<char>,
}

impl<const DELTAS: bool> Subject for Sequence<DELTAS> {
    type Operation = Edit;
    type Delta = RgaDelta<char>;
    type View = BTreeSet<char>;

    const DELIVERY: Delivery = if DELTAS { Delivery::CausalOnce } else { Delivery::Never };

    fn new(replica: Replica) -> Self {
        Self { replica, inserted: 0, letters: Rga::new(replica.number()) }
    }

    fn alphabet() -> Vec<Edit> {
        letters::alphabet()
    }

    fn further() -> Vec<Edit> {
        letters::further()
    }

    fn edit(&mut self, edit: &Edit) -> Option<Self::Delta> {
        let before = self.letters.clone();
        match edit {
            Edit::Insert(place) => {
                let letter = letters::letter(self.replica, self.inserted);
                let place = place % (self.letters.len() + 1);
                self.letters.insert_at(place, letter).expect("within");
                self.inserted += 1;
                assert_eq!(self.letters.get(place), Some(&letter), "a letter is where it was put");
            }
            Edit::Remove(rank) => {
                let letter = letters::chosen(*rank, &self.view())?;
                let place = self.letters.iter().position(|other| *other == letter).expect("there");
                self.letters.remove(place).expect("within");
            }
        }
        Some(self.letters.delta(&before))
    }

    fn receive(&mut self, delta: &Self::Delta) {
        self.letters.apply_delta(delta);
    }

    fn pull(&mut self, other: &Self) {
        self.letters.merge(&other.letters);
    }

    fn view(&self) -> BTreeSet<char> {
        self.letters.iter().copied().collect()
    }

    fn specification(past: Past<'_, Edit>) -> BTreeSet<char> {
        letters::specification(past)
    }

    fn same(&self, other: &Self) -> bool {
        self.letters.to_vec() == other.letters.to_vec()
    }

    fn news_for(&self, other: &Self) -> Option<Self::Delta> {
        DELTAS.then(|| self.letters.delta(&other.letters))
    }

    fn picture(&self) -> String {
        format!("{:?}", self.letters.iter().collect::<String>())
    }
}
