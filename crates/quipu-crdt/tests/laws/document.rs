//! The JSON-like document: what stands at each place, conflicts included.
//!
//! Lists are compared by how many items they have: that all replicas show them in one order is a law of its own, and where
//! insertions go is tested beside the type.

use std::collections::{BTreeMap, BTreeSet};

use quipu_crdt::{Causal, Document, Json, ReplicaId, path};
use quipu_laws::Past;

use crate::assert_causal_laws;
use crate::kind::{Kind, Of};

/// What can be done at one of the places `a` and `b` of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Int(&'static str, i64),
    Object(&'static str),
    List(&'static str),
    Counter(&'static str),
    Remove(&'static str),
    /// In the object there, the field `x`.
    Field(&'static str, i64),
    RemoveField(&'static str),
    /// In the list there, a first item.
    Item(&'static str),
    /// The counter there, by one.
    Increment(&'static str),
}

use Write::{Counter, Field, Increment, Int, Item, List, Object, Remove, RemoveField};

impl Write {
    fn place(&self) -> &'static str {
        match self {
            Int(place, _)
            | Field(place, _)
            | Object(place)
            | List(place)
            | Counter(place)
            | Remove(place)
            | RemoveField(place)
            | Item(place)
            | Increment(place) => place,
        }
    }

    /// A place takes with it all that is in it; a field only what was written to the field.
    fn undoes(&self, earlier: &Self) -> bool {
        let whole = matches!(self, Int(..) | Object(_) | List(_) | Counter(_) | Remove(_));
        let field = matches!(self, Field(..) | RemoveField(_)) && matches!(earlier, Field(..));
        self.place() == earlier.place() && (whole || field)
    }
}

/// What stands at one place: side by side, because replicas may write different kinds at the same time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    ints: BTreeSet<i64>,
    /// The values of the field `x`.
    object: Option<BTreeSet<i64>>,
    items: Option<usize>,
    counter: Option<i128>,
}

type View = BTreeMap<String, Place>;

/// *A place holds what no received assignment or removal of it, or of one around it, had seen; a container is there if its
/// assignment is left, or something in it.*
fn view(past: Past<'_, Write>) -> View {
    let mut view = View::new();
    for id in past.filter(|record| record.told).standing(Write::undoes).iter() {
        let operation = &past.record(id).operation;
        if matches!(operation, Remove(_) | RemoveField(_)) {
            continue;
        }
        let place = view.entry(operation.place().to_owned()).or_default();
        match *operation {
            Int(_, int) => _ = place.ints.insert(int),
            Object(_) => _ = place.object.get_or_insert_default(),
            Field(_, int) => _ = place.object.get_or_insert_default().insert(int),
            List(_) => _ = place.items.get_or_insert_default(),
            Item(_) => *place.items.get_or_insert_default() += 1,
            Counter(_) => _ = place.counter.get_or_insert_default(),
            Increment(_) => *place.counter.get_or_insert_default() += 1,
            Remove(_) | RemoveField(_) => {}
        }
    }
    view
}

fn should_be_refused(before: &View, operation: &Write) -> bool {
    let place = before.get(operation.place());
    match operation {
        Int(..) | Object(_) | List(_) | Counter(_) => false,
        Remove(_) => place.is_none(),
        Field(..) => place.is_none_or(|place| place.object.is_none()),
        RemoveField(_) => place.is_none_or(|place| place.object.as_ref().is_none_or(BTreeSet::is_empty)),
        Item(_) => place.is_none_or(|place| place.items.is_none()),
        Increment(_) => place.is_none_or(|place| place.counter.is_none()),
    }
}

fn ints(json: &Json) -> BTreeSet<i64> {
    match json {
        Json::Int(int) => BTreeSet::from([*int]),
        Json::Conflict(values) => values.iter().flat_map(ints).collect(),
        other => panic!("only integers are written here, not {other:?}"),
    }
}

fn read(json: &Json, place: &mut Place) {
    match json {
        Json::Conflict(values) => values.iter().for_each(|value| read(value, place)),
        Json::Object(fields) => place.object = Some(fields.values().flat_map(ints).collect()),
        Json::List(items) => place.items = Some(items.len()),
        Json::Counter(value) => place.counter = Some(*value),
        int => place.ints.extend(ints(int)),
    }
}

impl Kind for Causal<Document> {
    type Operation = Write;
    type View = View;

    fn alphabet() -> Vec<Write> {
        vec![Object("a"), Field("a", 1), Remove("a")]
    }

    fn further() -> Vec<Write> {
        let at_a = [Int("a", 1), Int("a", 2), List("a"), Counter("a"), Field("a", 2), RemoveField("a")];
        let inside = [Item("a"), Increment("a"), Increment("a")];
        let at_b = [Int("b", 1), Counter("b"), Increment("b"), Remove("b")];
        at_a.into_iter().chain(inside).chain(at_b).collect()
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Write) -> Option<Self> {
        let at = path![operation.place()];
        match *operation {
            Int(_, int) => self.set(replica, &at, int),
            Object(_) => self.set(replica, &at, Json::object()),
            List(_) => self.set(replica, &at, Json::list()),
            Counter(_) => self.set(replica, &at, Json::Counter(0)),
            Remove(_) => self.remove(replica, &at),
            Field(place, int) => self.set(replica, &path![place, "x"], int),
            RemoveField(place) => self.remove(replica, &path![place, "x"]),
            Item(place) => self.insert(replica, &path![place, 0], 7),
            Increment(_) => self.increment(replica, &at, 1),
        }
        .ok()
    }

    fn view(&self) -> View {
        let Json::Object(places) = self.value() else { panic!("the root is an object") };
        let place = |json: &Json| {
            let mut place = Place::default();
            read(json, &mut place);
            place
        };
        places.iter().map(|(key, json)| (key.clone(), place(json))).collect()
    }

    fn specification(past: Past<'_, Write>) -> View {
        for (id, record) in past.iter() {
            let refused = should_be_refused(&view(past.before(id)), &record.operation);
            assert_eq!(record.told, !refused, "{record:?}");
        }
        view(past)
    }
}

#[test]
fn a_document_obeys_its_laws() {
    assert_causal_laws::<Of<Causal<Document>>>("Document");
}
