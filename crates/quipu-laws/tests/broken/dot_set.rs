//! An add-wins set, written for being read, with room for one mistake.

use std::collections::{BTreeMap, BTreeSet};

use quipu_laws::{Past, Replica, Subject};

/// Who made an add, and its number there.
type Dot = (Replica, u32);

/// What is wrong with a [`DotSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    None,
    /// A join keeps an element that both sides have, with all its dots, although one side removed some of them.
    KeepsWhatBothHave,
    /// A join of several elements takes in the other context before it comes to the last of them.
    AdvancedContext,
    /// The newest dot of a replica counts as not seen: `>=` for `>`.
    GreaterOrEqual,
    /// Seeing a dot counts as having seen all before it, although deltas may come out of order.
    NoGaps,
    /// A remove's delta claims all that the remover has seen, not what it removes.
    RemoveClaimsAll,
    /// After a loss of everything a node goes on under its old name.
    SameNameAfterLoss,
    /// What a replica lacks is computed without what was removed.
    NewsWithoutRemovals,
    /// Encoding forgets what was seen and is not alive.
    EncodesTheLiving,
    /// Removed elements are dropped from the context, to save space.
    ForgetsTheRemoved,
}

/// The mistakes as numbers, since a constant parameter cannot be of a type of ours.
pub(crate) const MISTAKES: [Mistake; 10] = [
    Mistake::None,
    Mistake::KeepsWhatBothHave,
    Mistake::AdvancedContext,
    Mistake::GreaterOrEqual,
    Mistake::NoGaps,
    Mistake::RemoveClaimsAll,
    Mistake::SameNameAfterLoss,
    Mistake::NewsWithoutRemovals,
    Mistake::EncodesTheLiving,
    Mistake::ForgetsTheRemoved,
];

#[derive(Clone, Debug)]
pub(crate) struct DotSet<const MISTAKE: usize> {
    replica: Replica,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    alive: BTreeMap<u8, BTreeSet<Dot>>,
    seen: BTreeSet<Dot>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Add(u8),
    Remove(u8),
}

use Operation::{Add, Remove};

impl<const MISTAKE: usize> DotSet<MISTAKE> {
    const IS: Mistake = MISTAKES[MISTAKE];

    fn next_dot(&self) -> Dot {
        let mine = self.state.seen.iter().filter(|(replica, _)| *replica == self.replica);
        (self.replica, mine.map(|(_, number)| *number).max().unwrap_or(0) + 1)
    }

    fn has_seen(state: &State, dot: Dot) -> bool {
        match Self::IS {
            Mistake::NoGaps => state.seen.iter().any(|seen| seen.0 == dot.0 && seen.1 >= dot.1),
            Mistake::GreaterOrEqual => state.seen.iter().any(|seen| seen.0 == dot.0 && seen.1 > dot.1),
            _ => state.seen.contains(&dot),
        }
    }

    fn join(&mut self, other: &State) {
        let ours = self.state.clone();
        let mut seen_here = ours.clone();
        let elements: BTreeSet<u8> = ours.alive.keys().chain(other.alive.keys()).copied().collect();
        for element in elements {
            let nothing = BTreeSet::new();
            let mine = ours.alive.get(&element).unwrap_or(&nothing);
            let theirs = other.alive.get(&element).unwrap_or(&nothing);
            let both = Self::IS == Mistake::KeepsWhatBothHave && !mine.is_empty() && !theirs.is_empty();
            let live = |dot: &Dot| match (mine.contains(dot), theirs.contains(dot)) {
                (true, false) => both || !Self::has_seen(other, *dot),
                (false, true) => both || !Self::has_seen(&seen_here, *dot),
                (here, there) => here && there,
            };
            let kept: BTreeSet<Dot> = mine.union(theirs).copied().filter(live).collect();
            if kept.is_empty() {
                self.state.alive.remove(&element);
            } else {
                self.state.alive.insert(element, kept);
            }
            if Self::IS == Mistake::AdvancedContext {
                seen_here.seen.extend(&other.seen);
            }
        }
        self.state.seen.extend(&other.seen);
    }

    fn add(&mut self, element: u8) -> State {
        let dot = self.next_dot();
        let replaced = self.state.alive.insert(element, BTreeSet::from([dot])).unwrap_or_default();
        self.state.seen.insert(dot);
        let mut delta = State::default();
        delta.alive.insert(element, BTreeSet::from([dot]));
        delta.seen = replaced;
        delta.seen.insert(dot);
        delta
    }

    fn remove(&mut self, element: u8) -> State {
        let removed = self.state.alive.remove(&element).unwrap_or_default();
        if Self::IS == Mistake::ForgetsTheRemoved {
            self.state.seen.retain(|dot| !removed.contains(dot));
        }
        let claims_all = Self::IS == Mistake::RemoveClaimsAll;
        // The living stay alive at whoever receives this; what was removed does not.
        let alive = if claims_all { self.state.alive.clone() } else { BTreeMap::new() };
        State { alive, seen: if claims_all { self.state.seen.clone() } else { removed } }
    }
}

impl<const MISTAKE: usize> Subject for DotSet<MISTAKE> {
    type Operation = Operation;
    type Delta = State;
    type View = BTreeSet<u8>;

    fn new(mut replica: Replica) -> Self {
        if Self::IS == Mistake::SameNameAfterLoss {
            replica.incarnation = 1;
        }
        Self { replica, state: State::default() }
    }

    fn alphabet() -> Vec<Operation> {
        vec![Add(1), Remove(1), Add(2)]
    }

    fn further() -> Vec<Operation> {
        vec![Remove(2), Add(3)]
    }

    fn edit(&mut self, operation: &Operation) -> Option<State> {
        Some(match operation {
            Add(element) => self.add(*element),
            Remove(element) => self.remove(*element),
        })
    }

    fn receive(&mut self, delta: &State) {
        self.join(delta);
    }

    fn pull(&mut self, other: &Self) {
        self.join(&other.state);
    }

    fn view(&self) -> BTreeSet<u8> {
        self.state.alive.keys().copied().collect()
    }

    fn specification(past: Past<'_, Operation>) -> BTreeSet<u8> {
        let standing = past.standing(|later, earlier| match earlier {
            Add(element) => matches!(later, Add(other) | Remove(other) if other == element),
            Remove(_) => false,
        });
        let adds = past.iter().filter(|(id, _)| standing.contains(*id));
        adds.filter_map(|(_, record)| if let Add(element) = record.operation { Some(element) } else { None })
            .collect()
    }

    fn same(&self, other: &Self) -> bool {
        self.state == other.state
    }

    fn recode(&self) -> Result<Self, String> {
        let mut copy = self.clone();
        if Self::IS == Mistake::EncodesTheLiving {
            copy.state.seen = copy.state.alive.values().flatten().copied().collect();
        }
        Ok(copy)
    }

    fn news_for(&self, other: &Self) -> Option<State> {
        let State { alive, seen } = &self.state;
        let unknown =
            |dots: &BTreeSet<Dot>| -> BTreeSet<Dot> { dots.difference(&other.state.seen).copied().collect() };
        let mut news = State { alive: BTreeMap::new(), seen: unknown(seen) };
        for (element, dots) in alive {
            let dots = unknown(dots);
            if !dots.is_empty() {
                news.alive.insert(*element, dots);
            }
        }
        if Self::IS != Mistake::NewsWithoutRemovals {
            let alive_here = |dot: &Dot| alive.values().any(|dots| dots.contains(dot));
            let there = other.state.alive.values().flatten().copied();
            news.seen.extend(there.filter(|dot| seen.contains(dot) && !alive_here(dot)));
        }
        Some(news)
    }

    fn picture(&self) -> String {
        format!("{:?} seen {:?}", self.state.alive, self.state.seen)
    }
}
