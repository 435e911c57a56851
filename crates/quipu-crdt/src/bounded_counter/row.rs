//! What one replica has done with rights. Only the replica changes its row, and it only grows.

use alloc::collections::BTreeMap;
use core::fmt;

use crate::slots::{Count, Slots};
use crate::{Lattice, ReplicaId};

#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) created: u64,
    pub(super) consumed: u64,
    /// To whom, and how much in all. Never to itself.
    pub(super) given: Slots<Count>,
}

impl Row {
    /// What is left of the rights if nobody else gave any: below 0 if the row lives on what others gave.
    pub(super) fn alone(&self) -> i128 {
        i128::from(self.created) - i128::from(self.consumed) - self.given.total().cast_signed()
    }

    /// Enters into everybody's rights what this row, which is `owner`'s, does to them.
    pub(super) fn book(&self, owner: ReplicaId, balances: &mut BTreeMap<ReplicaId, i128>) {
        *balances.entry(owner).or_default() += self.alone();
        for (to, Count(amount)) in self.given.iter() {
            *balances.entry(to).or_default() += i128::from(amount);
        }
    }
}

impl Lattice for Row {
    fn join(&mut self, other: &Self) {
        self.created = self.created.max(other.created);
        self.consumed = self.consumed.max(other.consumed);
        self.given.join(&other.given);
    }

    fn includes(&self, other: &Self) -> bool {
        self.created >= other.created && self.consumed >= other.consumed && self.given.includes(&other.given)
    }

    /// The whole row or nothing: a row without what it gave away would show rights that are gone.
    fn difference(&self, known: &Self) -> Self {
        if known.includes(self) { Self::default() } else { self.clone() }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} -{}", self.created, self.consumed)?;
        self.given.iter().try_for_each(|(to, Count(amount))| write!(f, " {to}:{amount}"))
    }
}

/// The laws for every order of the numbers, on rows that no single replica has too: a join only compares.
#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::NodeName;

    fn laws(a: &Row, b: &Row, c: &Row) {
        let ab = a.clone().joined(b);
        assert_eq!(ab, b.clone().joined(a));
        assert_eq!(ab.clone().joined(c), a.clone().joined(&b.clone().joined(c)));
        assert_eq!(a.clone().joined(a), *a);
        assert_eq!(a.includes(b), ab == *a);
        assert_eq!(b.clone().joined(&a.difference(b)), ab);
        assert_eq!(a.difference(b).is_bottom(), b.includes(a));
    }

    type Shape = fn(u64, u64, [ReplicaId; 2]) -> Row;

    /// Three rows of two numbers each; six numbers from 0 to 6 show every weak order of six, absent ones included.
    #[test]
    fn the_laws_hold_for_every_order_of_the_numbers() {
        let [n1, n2] = ["n1", "n2"].map(|name| ReplicaId::new(NodeName::new(name), 1));
        let shapes: [Shape; 4] = [
            |created, consumed, _| Row { created, consumed, ..Row::default() },
            |created, gift, [n1, _]| Row { created, given: Slots::of(n1, Count(gift)), ..Row::default() },
            |consumed, gift, [n1, _]| Row { consumed, given: Slots::of(n1, Count(gift)), ..Row::default() },
            |one, two, [n1, n2]| {
                let given = Slots::of(n1, Count(one)).joined(&Slots::of(n2, Count(two)));
                Row { given, ..Row::default() }
            },
        ];
        let mut cases = 0;
        for shape in shapes {
            for code in 0..7_u64.pow(6) {
                let number = |place: u32| code / 7_u64.pow(place) % 7;
                let [a, b, c] = [0, 2, 4].map(|at| shape(number(at), number(at + 1), [n1, n2]));
                laws(&a, &b, &c);
                cases += 1;
            }
        }
        std::println!("{cases} orders of a bounded counter's rows");
        assert_eq!(cases, 4 * 117_649);
    }
}
