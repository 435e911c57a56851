//! What the words of a script do to each type.

use quipu_crdt::{
    AmountCounter, BoundedCounter, Causal, DwFlag, EwFlag, GCounter, GSet, HybridClock, HyperLogLog, Lattice,
    LwwRegister, MvRegister, OrSet, PnCounter, ReplicaId, ResettableCounter, RwSet, Unit, VersionVector,
    WindowedCounter,
};
use serde_json::Value;

use crate::{Encodings, run};

/// A type that scripts can change.
pub(crate) trait Perform: Lattice + Encodings {
    /// Makes the change that the words describe and returns its delta.
    fn perform(&mut self, replica: ReplicaId, words: &[&str]) -> Self;
}

/// The names of the types in scripts.
pub(crate) const NAMES: [&str; 15] = [
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
