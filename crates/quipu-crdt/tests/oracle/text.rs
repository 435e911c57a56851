//! Text.
//!
//! The twin keeps a tree: each character has a parent and a side. The text keeps origins: each character stands between two
//! others. What a character's left origin is in the tree can be told if its right one is there; where that has not arrived
//! yet, it is left out of the comparison.

use quipu_crdt::text::{Offset, Unit};
use quipu_crdt::{ReplicaId, Text};
use quipu_oracle::{Shape, Value};
use serde::Deserialize;

use crate::twin::{Question, Twin, assert_as_its_twin, number, through_json, value};

/// What can be done to a text. Places beyond the end are the end.
#[derive(Clone, Debug)]
pub(crate) enum Typing {
    Insert(u64, &'static str),
    Delete(u64, u64),
}

use Typing::{Delete, Insert};

type Id = (u64, u64);

/// A character: its id, itself, its right origin, and its left one.
type Letter = (Id, u64, Option<Id>, Left);

/// The left origin of a character; `None` is the beginning of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Left {
    Origin(Option<Id>),
    /// It cannot be told yet.
    Untold,
}

/// As a text is written for people.
#[derive(Deserialize)]
struct Written {
    runs: Vec<Run>,
    deleted: Vec<(ReplicaId, u64, u64)>,
}

#[derive(Deserialize)]
struct Run {
    id: (ReplicaId, u64),
    left: Option<(ReplicaId, u64)>,
    right: Option<(ReplicaId, u64)>,
    text: String,
}

fn id((replica, counter): (ReplicaId, u64)) -> Id {
    (number(replica), counter)
}

/// Each character of a run but the first stands behind the one before it.
fn letters_of(run: &Run) -> impl Iterator<Item = Letter> {
    let (replica, first) = id(run.id);
    let (left, right) = (run.left.map(id), run.right.map(id));
    (first..).zip(run.text.chars()).map(move |(counter, letter)| {
        let left = if counter == first { left } else { Some((replica, counter - 1)) };
        ((replica, counter), u64::from(letter), right, Left::Origin(left))
    })
}

/// A character of the twin: the character, its parent, and its side.
struct Node(u64, Option<Id>, Side);

/// On which side of its parent a character stands; on the right with its right origin, `None` for the end of the text.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right(Option<Id>),
}

fn node(value: &Value) -> Node {
    let Some(("Node", [letter, parent, side])) = value.parts() else { panic!("{value} is not a node") };
    let side = match side.parts() {
        Some(("LeftOf", [])) => Side::Left,
        Some(("RightOf", [origin])) => Side::Right(Option::read(origin).unwrap()),
        _ => panic!("{side} is not a side"),
    };
    Node(u64::read(letter).unwrap(), Option::read(parent).unwrap(), side)
}

/// The characters and the deleted ids of a twin.
fn parts(twin: &Value) -> (Vec<(Id, Node)>, Vec<Id>) {
    let Some(("Text", [inserted, deleted])) = twin.parts() else { panic!("{twin} is not a text") };
    let inserted = Vec::<(Id, Value)>::read(inserted).unwrap();
    (inserted.iter().map(|(id, value)| (*id, node(value))).collect(), Vec::read(deleted).unwrap())
}

/// What stands to the left of a character when it was put there: its parent, if it is a right child; if it is a left child,
/// what stood to the left of its parent, which may not be there.
fn left_origin(nodes: &[(Id, Node)], Node(_, parent, side): &Node) -> Left {
    if let Side::Right(_) = side {
        return Left::Origin(*parent);
    }
    match nodes.iter().find(|(id, _)| Some(*id) == *parent) {
        Some((_, parent)) => left_origin(nodes, parent),
        None => Left::Untold,
    }
}

impl Twin for Text {
    type Operation = Typing;

    const NAME: &'static str = "text";

    fn alphabet() -> Vec<Typing> {
        vec![Insert(0, "a"), Insert(1, "b"), Delete(0, 1)]
    }

    fn further() -> Vec<Typing> {
        vec![
            Insert(0, "cd"),
            Insert(2, "e"),
            Insert(3, "fgh"),
            Insert(9, "ö"),
            Insert(9, "語i"),
            Insert(1, "j"),
            Delete(1, 1),
            Delete(2, 2),
            Delete(0, 0),
        ]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Typing) -> Option<Self> {
        let end = self.len(Unit::Chars);
        let place = |at: u64| usize::try_from(at).unwrap().min(end);
        match *operation {
            Insert(at, text) => self.insert(replica, Offset::Chars(place(at)), text).ok(),
            Delete(at, count) => {
                self.delete(replica, Offset::Chars(place(at))..Offset::Chars(place(at + count))).ok()
            }
        }
    }

    fn question(replica: ReplicaId, operation: &Typing) -> Question {
        match *operation {
            Insert(at, text) => {
                let letters: Vec<u64> = text.chars().map(u64::from).collect();
                Question("insert", vec![value(number(replica)), value(at), value(letters)])
            }
            Delete(at, count) => Question("delete", vec![value(at), value(count)]),
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        let written: Written = through_json(self);
        let mut letters: Vec<Letter> = written.runs.iter().flat_map(letters_of).collect();
        let ranges = written.deleted.iter();
        let gone: Vec<Id> = ranges
            .flat_map(|(replica, first, end)| (*first..*end).map(|counter| (number(*replica), counter)))
            .collect();
        let (nodes, twin_gone) = parts(twin);
        let twin_letters: Vec<Letter> = nodes
            .iter()
            .map(|(id, node)| {
                let Node(letter, parent, side) = node;
                let right = if let Side::Right(origin) = side { origin } else { parent };
                (*id, *letter, *right, left_origin(&nodes, node))
            })
            .collect();
        for ((_, _, _, left), (_, _, _, twin_left)) in letters.iter_mut().zip(&twin_letters) {
            if *twin_left == Left::Untold {
                *left = Left::Untold;
            }
        }
        if (&letters, &gone) == (&twin_letters, &twin_gone) {
            return Ok(());
        }
        Err(format!("the text is {letters:?} less {gone:?}, by the twin {twin_letters:?} less {twin_gone:?}"))
    }

    fn view(&self) -> Value {
        let text = self.to_string();
        assert_eq!(text.chars().count(), self.len(Unit::Chars));
        value(text.chars().map(u64::from).collect::<Vec<_>>())
    }
}

#[test]
fn a_text_is_as_its_twin() {
    assert_as_its_twin::<Text>(300);
}
