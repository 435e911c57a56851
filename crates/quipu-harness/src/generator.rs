//! What clients do: the mix of operations of each workload.

use quipu_node::Rng;

use crate::operation::Action;
use crate::workload::Workload;

/// How many different elements are added and removed: few, so that operations meet.
const ELEMENTS: u64 = 10;

/// What the cart is filled with.
const PRODUCTS: [&str; 4] = ["apples", "bread", "cheese", "dates"];

/// Makes a workload's operations, one after the other.
#[derive(Clone, Debug)]
pub struct Generator {
    workload: Workload,
    rng: Rng,
    /// Numbers what must never be the same twice.
    made: u64,
}

impl Generator {
    /// The operations of `workload` that belong to `rng`'s seed.
    pub const fn new(workload: Workload, rng: Rng) -> Self {
        Self { workload, rng, made: 0 }
    }

    /// The next operation.
    pub fn next_action(&mut self) -> Action {
        match self.workload {
            Workload::Echo => Action::Echo(format!("Please echo {}", self.rng.below(128))),
            Workload::UniqueIds => Action::Generate,
            Workload::Broadcast => self.element_or_read(Action::Broadcast),
            Workload::GSet => self.element_or_read(Action::AddElement),
            Workload::PnCounter => self.delta_or_read(),
            // Negative deltas are dropped, not redrawn: a third of what remains are adds.
            Workload::GCounter => loop {
                match self.delta_or_read() {
                    Action::Add(delta) if delta < 0 => {}
                    action => break action,
                }
            },
            Workload::OrSet => match self.rng.below(20) {
                0..8 => Action::Read,
                8..15 => Action::AddElement(self.rng.below(ELEMENTS)),
                _ => Action::RemoveElement(self.rng.below(ELEMENTS)),
            },
            Workload::MvRegister => match self.rng.below(20) {
                0..10 => Action::Read,
                draw => Action::Write { value: self.next_number(), blind: draw >= 17 },
            },
            Workload::Cart => self.shopping(),
            Workload::BoundedCounter => self.trading(),
            Workload::Text => self.editing(),
        }
    }

    fn element_or_read(&mut self, add: fn(u64) -> Action) -> Action {
        if self.rng.below(2) == 0 { add(self.next_number()) } else { Action::Read }
    }

    #[expect(clippy::cast_possible_wrap, reason = "below 10")]
    fn delta_or_read(&mut self) -> Action {
        if self.rng.below(2) == 0 { Action::Add(self.rng.below(10) as i64 - 5) } else { Action::Read }
    }

    fn shopping(&mut self) -> Action {
        let draw = self.rng.below(40);
        if draw < 18 {
            return Action::Read;
        }
        let product = PRODUCTS[self.rng.index(PRODUCTS.len())].to_owned();
        match draw {
            18..30 => Action::AddItem { product, quantity: 1 + self.rng.below(3) },
            30..34 => Action::SetQuantity { product, quantity: self.rng.below(5) },
            34..39 => Action::RemoveItem(product),
            _ => Action::Checkout,
        }
    }

    /// A little less comes in than is wanted, so that the stock is short most of the time.
    #[expect(clippy::cast_possible_wrap, reason = "below 11")]
    fn trading(&mut self) -> Action {
        match self.rng.below(20) {
            0..8 => Action::Read,
            8..11 => Action::Add(1 + self.rng.below(10) as i64),
            _ => Action::Add(-1 - self.rng.below(3) as i64),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "up to 1000")]
    fn editing(&mut self) -> Action {
        let draw = self.rng.below(20);
        if draw < 8 {
            return Action::Read;
        }
        let (at, length) = (self.rng.below(1001) as u16, 1 + self.rng.below(3));
        if draw >= 15 {
            return Action::Delete { at, length };
        }
        let text: String = (0..length).filter_map(|_| character(self.next_number())).collect();
        // Nothing is left that was never inserted.
        if text.is_empty() { Action::Read } else { Action::Insert { at, text } }
    }

    const fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made - 1
    }
}

/// Characters to insert, each once: letters and digits first, then what is longer in UTF-8, then in UTF-16 too.
const CHARACTERS: [(u32, u32); 7] = [
    ('a' as u32, 26),
    ('A' as u32, 26),
    ('0' as u32, 10),
    (0x4E00, 20_000),
    (0x2_0000, 42_000),
    (0xF_0000, 65_000),
    (0x10_0000, 65_000),
];

/// The character of this number; none beyond the last.
fn character(mut number: u64) -> Option<char> {
    for (first, count) in CHARACTERS {
        match u32::try_from(number) {
            Ok(offset) if offset < count => return char::from_u32(first + offset),
            _ => number = number.saturating_sub(count.into()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_character_is_another_one() {
        let total: u32 = CHARACTERS.iter().map(|(_, count)| count).sum();
        let all: BTreeSet<char> = (0..total.into()).filter_map(character).collect();
        assert_eq!(all.len(), total as usize);
        assert_eq!(character(total.into()), None);
        assert_eq!((character(0), character(61)), (Some('a'), Some('9')));
    }
}
