//! Sequential consistency as it is defined: is there one order of all operations that explains every answer?
//!
//! The order keeps each caller's own: an operation that was answered before another was asked stands before it. What was
//! asked and has no answer (yet) may stand anywhere behind what its caller knew, or nowhere.
//!
//! The search tries operations in turn on one state of the store. What is explained where it stands and can change nothing
//! anywhere (a read, a refusal) is put into the order at once: it can stand no better later. Only the others are tried in
//! every order; among them a write of what is there already, which might do more elsewhere.

use std::collections::BTreeSet;

use super::NODES_MAX;
use super::actors::{Ask, Fate};
use super::words::Map;

/// The operations of each caller.
pub(super) type Sessions<'a> = [&'a [Ask]];

/// An operation: whose, and which of its caller's.
pub(super) type Operation = (usize, usize);

/// An order that explains every answer, if there is one, of a store that holds `first` in the beginning.
pub(super) fn explanation(sessions: &Sessions<'_>, first: &Map) -> Option<Vec<Operation>> {
    let mut search = Search { sessions, order: Vec::new(), tried: BTreeSet::new() };
    search.go([0; NODES_MAX], *first).then_some(search.order)
}

struct Search<'a> {
    sessions: &'a Sessions<'a>,
    order: Vec<Operation>,
    tried: BTreeSet<(Placed, Map)>,
}

/// For each caller a bit for each operation that is in the order.
type Placed = [u64; NODES_MAX];

impl Search<'_> {
    fn go(&mut self, mut placed: Placed, map: Map) -> bool {
        let before = self.order.len();
        if self.settle(&mut placed, &map) {
            return true;
        }
        if self.tried.insert((placed, map)) {
            for (session, asks) in self.sessions.iter().enumerate() {
                for (index, ask) in asks.iter().enumerate() {
                    let Some(next) = change(ask, index, placed[session], &map) else { continue };
                    let mut placed = placed;
                    placed[session] |= 1 << index;
                    self.order.push((session, index));
                    if self.go(placed, next) {
                        return true;
                    }
                    self.order.pop();
                }
            }
        }
        self.order.truncate(before);
        false
    }

    /// Places every answered operation that is explained here and changes nothing here or elsewhere; true if all answers are
    /// explained.
    fn settle(&mut self, placed: &mut Placed, map: &Map) -> bool {
        loop {
            let (mut moved, mut open) = (false, false);
            for (session, asks) in self.sessions.iter().enumerate() {
                for (index, ask) in asks.iter().enumerate() {
                    let (Fate::Answered(said), Some(asked)) = (ask.fate, ask.asked) else { continue };
                    if placed[session] >> index & 1 == 1 {
                        continue;
                    }
                    let held = map[usize::from(asked.key)];
                    let settles = asked.judge(held) == (said, held) && !asked.is_write();
                    if settles && ask.after & !placed[session] == 0 {
                        placed[session] |= 1 << index;
                        self.order.push((session, index));
                        moved = true;
                    } else {
                        open = true;
                    }
                }
            }
            if !open || !moved {
                return !open;
            }
        }
    }
}

/// The state after an operation that may stand here, if it changes something or is a write.
fn change(ask: &Ask, index: usize, placed: u64, map: &Map) -> Option<Map> {
    let asked = ask.asked?;
    if placed >> index & 1 == 1 || ask.after & !placed != 0 {
        return None;
    }
    let held = map[usize::from(asked.key)];
    let (said, put) = asked.judge(held);
    let stands = match ask.fate {
        Fate::Answered(answer) => answer == said && (put != held || asked.is_write()),
        Fate::Open | Fate::Lost => put != held,
    };
    let mut next = *map;
    next[usize::from(asked.key)] = put;
    stands.then_some(next)
}
