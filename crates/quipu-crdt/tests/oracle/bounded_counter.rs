//! The bounded counter: what is in stock, and who may take how much of it.

use std::collections::BTreeMap;

use quipu_crdt::{BoundedCounter, ReplicaId};
use quipu_laws::Replica;
use quipu_oracle::{Shape, Value};

use crate::twin::{Question, Twin, assert_as_its_twin, call, equal, id_of, number, through_json, value};

/// What can be done to a stock.
#[derive(Clone, Debug)]
pub(crate) enum Stock {
    Create(u64),
    Take(u64),
    /// Hands rights to a node in its first life.
    Give(u8, u64),
}

use Stock::{Create, Give, Take};

fn rows(counter: &BoundedCounter) -> Value {
    type Row = (u64, u64, BTreeMap<ReplicaId, u64>);
    let rows: BTreeMap<ReplicaId, Row> = through_json(counter);
    let rows = rows.into_iter().map(|(replica, (created, consumed, given))| {
        let given = given.into_iter().map(|(to, amount)| (number(to), amount));
        (number(replica), ((created, consumed), given.collect::<Vec<_>>()))
    });
    value(rows.collect::<Vec<_>>())
}

impl Twin for BoundedCounter {
    type Operation = Stock;

    const NAME: &'static str = "bounded_counter";

    const CAN_REFUSE: bool = true;

    fn alphabet() -> Vec<Stock> {
        vec![Create(2), Take(1), Give(1, 1)]
    }

    fn further() -> Vec<Stock> {
        vec![
            Create(0),
            Create(5),
            Take(3),
            Take(0),
            Give(0, 1),
            Give(0, 2),
            Give(2, 2),
            Give(2, 0),
            Give(1, 3),
        ]
    }

    fn edit(&mut self, replica: ReplicaId, operation: &Stock) -> Option<Self> {
        match *operation {
            Create(amount) => self.increment(replica, amount).ok(),
            Take(amount) => self.decrement(replica, amount).ok(),
            Give(node, amount) => {
                self.transfer(replica, id_of(Replica { node, incarnation: 1 }), amount).ok()
            }
        }
    }

    fn question(replica: ReplicaId, operation: &Stock) -> Question {
        let replica = value(number(replica));
        match *operation {
            Create(amount) => Question("increment", vec![replica, value(amount)]),
            Take(amount) => Question("decrement", vec![replica, value(amount)]),
            Give(node, amount) => {
                let to = id_of(Replica { node, incarnation: 1 });
                Question("transfer", vec![replica, value(number(to)), value(amount)])
            }
        }
    }

    fn agrees(&self, twin: &Value) -> Result<(), String> {
        equal(&rows(self), twin)
    }

    /// The value; and the rights of each replica must be the twin's.
    fn view(&self) -> Value {
        let nodes = (0..3).map(|node| id_of(Replica { node, incarnation: 1 }));
        for replica in self.replicas().chain(nodes) {
            let rights = call("bounded_counter_rights", &[value(number(replica)), rows(self)]);
            assert_eq!(Ok(self.rights(replica)), u128::read(&rights), "the rights of {replica}");
        }
        value(self.value())
    }
}

#[test]
fn a_bounded_counter_is_as_its_twin() {
    assert_as_its_twin::<BoundedCounter>(1000);
}
