//! What the words of a script do to each type.

use quipu_crdt::text::Offset;
use quipu_crdt::{
    AmountCounter, BoundedCounter, Cart, Causal, Document, DwFlag, EwFlag, GCounter, GSet, HybridClock,
    HyperLogLog, Json, Lattice, LwwRegister, MvRegister, OrMap, OrSet, Overflow, PnCounter, ReplicaId,
    ResettableCounter, RwSet, Step, Text, Unit, VersionVector, WindowedCounter,
};
use serde_json::Value;

use crate::{Encodings, run};

/// A type that scripts can change.
pub(crate) trait Perform: Lattice + Encodings {
    /// Makes the change that the words describe and returns its delta.
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self;
}

/// The names of the types in scripts.
pub(crate) const NAMES: [&str; 19] = [
    "version-vector",
    "g-counter",
    "pn-counter",
    "g-set",
    "or-set",
    "mv-register",
    "bounded-counter",
    "resettable-counter",
    "ew-flag",
    "dw-flag",
    "rw-set",
    "lww-register",
    "windowed-counter",
    "amount-counter",
    "hyper-log-log",
    "or-map",
    "cart",
    "document",
    "text",
];

pub(crate) fn run_by_name(name: &str, steps: &[&str]) -> Vec<Value> {
    match name {
        "version-vector" => run::<VersionVector>(steps),
        "g-counter" => run::<GCounter>(steps),
        "pn-counter" => run::<PnCounter>(steps),
        "g-set" => run::<GSet<String>>(steps),
        "or-set" => run::<Causal<OrSet<String>>>(steps),
        "mv-register" => run::<Causal<MvRegister<String>>>(steps),
        "bounded-counter" => run::<BoundedCounter>(steps),
        "resettable-counter" => run::<Causal<ResettableCounter>>(steps),
        "ew-flag" => run::<Causal<EwFlag>>(steps),
        "dw-flag" => run::<Causal<DwFlag>>(steps),
        "rw-set" => run::<Causal<RwSet<String>>>(steps),
        "lww-register" => run::<LwwRegister<String>>(steps),
        "windowed-counter" => run::<WindowedCounter<10, 3, 1>>(steps),
        "amount-counter" => run::<AmountCounter<Euro>>(steps),
        "hyper-log-log" => run::<HyperLogLog<6, 7>>(steps),
        "or-map" => run::<Causal<OrMap<String, OrSet<String>>>>(steps),
        "cart" => run::<Causal<Cart<String>>>(steps),
        "document" => run::<Causal<Document>>(steps),
        "text" => run::<Text>(steps),
        other => panic!("no type is named {other}"),
    }
}

fn unknown(words: &[&str]) -> ! {
    panic!("this type cannot do `{}`", words.join(" "))
}

fn number<T: std::str::FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| panic!("`{word}` is no number that fits here"))
}

impl Perform for VersionVector {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["next"] => Self::up_to(self.next_dot(replica).expect("there is one")),
            _ => unknown(words),
        }
    }
}

impl Perform for GCounter {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["increment", amount] => self.increment(replica, number(amount)).expect("fits"),
            _ => unknown(words),
        }
    }
}

impl Perform for PnCounter {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["increment", amount] => self.increment(replica, number(amount)).expect("fits"),
            ["decrement", amount] => self.decrement(replica, number(amount)).expect("fits"),
            _ => unknown(words),
        }
    }
}

impl Perform for BoundedCounter {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        let id = |word: &str| word.parse().unwrap_or_else(|error| panic!("`{word}`: {error}"));
        match words {
            ["increment", amount] => self.increment(replica, number(amount)).expect("fits"),
            ["decrement", amount] => self.decrement(replica, number(amount)).expect("held"),
            ["give", to, amount] => self.transfer(replica, id(to), number(amount)).expect("held"),
            ["inherit", old] => self.inherit(id(old), replica).expect("two lives of one node"),
            _ => unknown(words),
        }
    }
}

impl Perform for GSet<String> {
    fn perform(&mut self, _: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["insert", element] => self.insert((*element).to_owned()),
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<OrSet<String>> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", element] => self.add(replica, (*element).to_owned()).expect("fits"),
            ["remove", element] => self.remove(replica, &(*element).to_owned()),
            ["clear"] => self.clear(replica),
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<MvRegister<String>> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["write", value] => self.write(replica, (*value).to_owned()).expect("fits"),
            ["clear"] => self.clear(replica),
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<ResettableCounter> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", step] => self.add(replica, number(step)).expect("fits"),
            ["reset"] => self.reset(replica),
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<EwFlag> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["enable"] => self.enable(replica).expect("fits"),
            ["disable"] => self.disable(replica),
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<DwFlag> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["enable"] => self.enable(replica).expect("fits"),
            ["disable"] => self.disable(replica).expect("fits"),
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<RwSet<String>> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", element] => self.add(replica, (*element).to_owned()).expect("fits"),
            ["remove", element] => self.remove(replica, (*element).to_owned()).expect("fits"),
            _ => unknown(words),
        }
    }
}

impl Perform for LwwRegister<String> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            // A clock of its own each time: what matters is the register's own timestamp.
            ["set", value, "at", now] => self
                .set(replica, &mut HybridClock::new(u64::MAX), number(now), (*value).into())
                .expect("no bound"),
            _ => unknown(words),
        }
    }
}

impl Perform for WindowedCounter<10, 3, 1> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", amount, "at", time] => {
                self.add(replica, number(time), number(amount), u64::MAX).expect("fits").into_delta()
            }
            _ => unknown(words),
        }
    }
}

/// The unit of the scripts.
pub(crate) enum Euro {}

impl Unit for Euro {
    const CODE: &'static str = "EUR";
    const SCALE: u8 = 2;
}

impl Perform for AmountCounter<Euro> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", amount] => self.add(replica, amount.parse().expect("an amount")).expect("fits"),
            _ => unknown(words),
        }
    }
}

impl Perform for HyperLogLog<6, 7> {
    fn perform(&mut self, _: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", element] => self.add(element.as_bytes()),
            // The delta is that of all of them together.
            ["add-numbers", first, "to", last] => {
                let mut delta = Self::default();
                (number::<u64>(first)..=number(last))
                    .for_each(|element| delta.join(&self.add_number(element)));
                delta
            }
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<OrMap<String, OrSet<String>>> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", key, element] => self
                .update(replica, (*key).to_owned(), |set, writer| set.add(writer, (*element).to_owned()))
                .expect("fits"),
            ["take", key, element] => self
                .update(replica, (*key).to_owned(), |set, writer| {
                    Ok::<_, Overflow>(set.remove(writer, &(*element).to_owned()))
                })
                .expect("removes"),
            ["remove", key] => self.remove(replica, &(*key).to_owned()),
            ["clear"] => self.clear(replica),
            _ => unknown(words),
        }
    }
}

impl Perform for Causal<Cart<String>> {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["add", product, quantity] => self.add(replica, (*product).to_owned(), number(quantity)),
            ["set", product, quantity] => self.set_quantity(replica, (*product).to_owned(), number(quantity)),
            ["note", product, note] => self.set_note(replica, (*product).to_owned(), (*note).to_owned()),
            ["remove", product] => Ok(self.remove(replica, &(*product).to_owned())),
            ["checkout"] => self.checkout(replica),
            _ => unknown(words),
        }
        .expect("fits")
    }
}

impl Perform for Causal<Document> {
    /// A path is written with dots: `list.0`. A value is JSON without spaces, or `counter`.
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        let path: Vec<Step<'_>> =
            words.get(1).map_or_else(Vec::new, |path| path.split('.').map(step).collect());
        match words {
            ["set", _, "counter"] => self.set(replica, &path, Json::Counter(0)),
            ["set", _, value] => self.set(replica, &path, json(value)),
            ["insert", _, value] => self.insert(replica, &path, json(value)),
            ["remove", _] => self.remove(replica, &path),
            ["increment", _, by] => self.increment(replica, &path, number(by)),
            _ => unknown(words),
        }
        .expect("the script is right")
    }
}

fn step(word: &str) -> Step<'_> {
    word.parse().map_or(Step::Key(word), Step::At)
}

fn json(word: &str) -> Json {
    fn of(value: Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(bool) => Json::from(bool),
            Value::Number(number) => Json::from(number.as_i64().expect("scripts know integers alone")),
            Value::String(text) => Json::from(text.as_str()),
            Value::Array(items) => Json::List(items.into_iter().map(of).collect()),
            Value::Object(fields) => {
                Json::Object(fields.into_iter().map(|(key, value)| (key, of(value))).collect())
            }
        }
    }
    of(serde_json::from_str(word).unwrap_or_else(|error| panic!("`{word}`: {error}")))
}

impl Perform for Text {
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self {
        match words {
            ["insert", at, text] => self.insert(replica, Offset::Chars(number(at)), text),
            ["delete", from, to] => {
                self.delete(replica, Offset::Chars(number(from))..Offset::Chars(number(to)))
            }
            _ => unknown(words),
        }
        .expect("the script is right")
    }
}
