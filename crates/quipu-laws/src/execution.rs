//! Runs a script, keeps the record of who knows what, and holds every step against the laws.

use std::collections::BTreeMap;

use crate::law::{Broken, Law, demand};
use crate::laws::{self, joined, received};
use crate::step::Step;
use crate::{Delivery, History, OperationId, Operations, Random, Record, Replica, Subject};

/// A state, and the operations it knows of.
#[derive(Clone)]
struct Known<S> {
    state: S,
    visible: Operations,
}

/// A node: the replica it is now, and all its states so far, the newest last.
struct Seat<S> {
    replica: Replica,
    now: Known<S>,
    past: Vec<Known<S>>,
}

struct Message<D> {
    delta: D,
    /// The node that made it.
    from: u8,
    id: OperationId,
    stands_for: Operations,
}

/// What was checked, for the report.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) edits: u64,
    pub(crate) states: u64,
}

pub(crate) struct Execution<S: Subject> {
    history: History<S::Operation>,
    seats: Vec<Seat<S>>,
    messages: BTreeMap<u32, Message<S::Delta>>,
    /// Every state that came up, the states that single deltas make among them.
    reached: Vec<Known<S>>,
    bottom: S,
    partition: Option<u8>,
}

impl<S: Subject> Execution<S> {
    pub(crate) fn new(replicas: u8) -> Self {
        let seat = |node| {
            let replica = Replica::first(node);
            let now = Known { state: S::new(replica), visible: Operations::NONE };
            Seat { replica, past: vec![now.clone()], now }
        };
        Self {
            history: History::new(),
            seats: (0..replicas).map(seat).collect(),
            messages: BTreeMap::new(),
            reached: Vec::new(),
            bottom: S::new(Replica::first(replicas)),
            partition: None,
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally { edits: self.history.iter().count() as u64, states: self.reached.len() as u64 }
    }

    /// How the state of a node looks now, as a story shows it.
    pub(crate) fn picture(&self, node: u8) -> String {
        self.seats[usize::from(node)].now.state.picture()
    }

    /// Takes one step, or none if there is nothing to do.
    pub(crate) fn step(&mut self, step: &Step<S::Operation>) -> Result<(), Broken> {
        match step {
            Step::Edit { .. } if self.history.is_full() => Ok(()),
            Step::Edit { node, operation, tag } => self.edit(*node, operation, *tag),
            Step::Pull { node, from } => self.pull(*node, *from),
            Step::Deliver { node, tag } => self.deliver(*node, *tag),
            Step::Group { node, tags } => self.group(*node, *tags),
            Step::News { node, from } => self.news(*node, *from),
            Step::Recode { node } => self.recode(*node),
            Step::Restart { node } => self.come_back(*node, None),
            Step::Restore { node, back } => {
                let past = &self.seats[usize::from(*node)].past;
                let saved = past[past.len().saturating_sub(usize::from(*back) + 1)].clone();
                self.come_back(*node, Some(saved))
            }
            Step::Partition { side } => {
                self.partition = Some(*side);
                Ok(())
            }
            Step::Heal => {
                self.partition = None;
                Ok(())
            }
        }
    }

    fn edit(&mut self, node: u8, operation: &S::Operation, tag: u32) -> Result<(), Broken> {
        let seat = &mut self.seats[usize::from(node)];
        let before = seat.now.clone();
        let delta = seat.now.state.edit(operation);
        let record = Record {
            replica: seat.replica,
            operation: operation.clone(),
            seen: before.visible,
            told: delta.is_some(),
        };
        let id = self.history.push(record);
        seat.now.visible.insert(id);
        let after = seat.now.clone();
        match delta {
            None => laws::equal(Law::NoDeltaNoChange, &after.state, &before.state)?,
            Some(delta) => {
                let delta = S::recode_delta(&delta).map_err(|detail| Broken { law: Law::Recode, detail })?;
                if S::DELIVERY != Delivery::Never {
                    laws::equal(
                        Law::DeltaIsTheChange,
                        &after.state,
                        &received(&self.bottom, &before.state, &delta),
                    )?;
                }
                let stands_for = S::stands_for(&self.history, id, &delta);
                if S::DELIVERY == Delivery::Any {
                    let alone =
                        Known { state: received(&self.bottom, &self.bottom, &delta), visible: stands_for };
                    self.check(&alone)?;
                }
                self.messages.insert(tag, Message { delta, from: node, id, stands_for });
            }
        }
        self.grown(&before, &after)?;
        self.arrive(node)
    }

    fn pull(&mut self, node: u8, from: u8) -> Result<(), Broken> {
        if !self.connected(node, from) {
            return Ok(());
        }
        let source = self.seats[usize::from(from)].now.clone();
        let seat = &mut self.seats[usize::from(node)];
        let before = seat.now.clone();
        seat.now.state.pull(&source.state);
        seat.now.visible = seat.now.visible.union(source.visible);
        let after = seat.now.clone();
        self.grown(&before, &after)?;
        self.arrive(node)
    }

    fn deliver(&mut self, node: u8, tag: u32) -> Result<(), Broken> {
        let Some(message) = self.messages.get(&tag) else { return Ok(()) };
        let seat = &self.seats[usize::from(node)];
        if !self.connected(node, message.from) || !self.may_receive(seat.now.visible, message) {
            return Ok(());
        }
        let before = seat.now.clone();
        let mut after = before.clone();
        after.state.receive(&message.delta);
        after.visible = before.visible.union(message.stands_for);
        self.seats[usize::from(node)].now = after.clone();
        self.grown(&before, &after)?;
        self.arrive(node)
    }

    /// Deltas joined on the way, as far as there are such and they may arrive, and received as one state.
    fn group(&mut self, node: u8, tags: [u32; 3]) -> Result<(), Broken> {
        let visible = self.seats[usize::from(node)].now.visible;
        let named = tags.iter().filter_map(|tag| self.messages.get(tag));
        let messages: Vec<_> = named
            .filter(|message| self.connected(node, message.from) && self.may_receive(visible, message))
            .collect();
        if !S::PULLS || messages.is_empty() {
            return Ok(());
        }
        let (mut group, mut stands_for) = (self.bottom.clone(), Operations::NONE);
        for message in messages {
            group.receive(&message.delta);
            stands_for = stands_for.union(message.stands_for);
        }
        self.check(&Known { state: group.clone(), visible: stands_for })?;
        let seat = &mut self.seats[usize::from(node)];
        let before = seat.now.clone();
        seat.now.state.pull(&group);
        seat.now.visible = visible.union(stands_for);
        let after = seat.now.clone();
        self.grown(&before, &after)?;
        self.arrive(node)
    }

    fn news(&mut self, node: u8, from: u8) -> Result<(), Broken> {
        let source = self.seats[usize::from(from)].now.clone();
        let seat = &mut self.seats[usize::from(node)];
        let Some(news) = source.state.news_for(&seat.now.state).filter(|_| self.connected(node, from)) else {
            return Ok(());
        };
        let news = S::recode_delta(&news).map_err(|detail| Broken { law: Law::Recode, detail })?;
        let seat = &mut self.seats[usize::from(node)];
        seat.now.state.receive(&news);
        seat.now.visible = seat.now.visible.union(source.visible);
        self.arrive(node)
    }

    fn recode(&mut self, node: u8) -> Result<(), Broken> {
        let seat = &mut self.seats[usize::from(node)];
        let recoded = seat.now.state.recode().map_err(|detail| Broken { law: Law::Recode, detail })?;
        laws::equal(Law::Recode, &recoded, &seat.now.state)?;
        seat.now.state = recoded;
        Ok(())
    }

    /// A new replica on the same node, with a saved state or with none. Nothing if the node has had all its lives.
    fn come_back(&mut self, node: u8, saved: Option<Known<S>>) -> Result<(), Broken> {
        let seat = &mut self.seats[usize::from(node)];
        let Some(replica) = seat.replica.next_life() else { return Ok(()) };
        seat.replica = replica;
        let mut now = Known { state: S::new(replica), visible: Operations::NONE };
        if let Some(saved) = saved {
            now.state.pull(&saved.state);
            now.visible = saved.visible;
        }
        seat.now = now;
        self.arrive(node)
    }

    fn connected(&self, one: u8, other: u8) -> bool {
        self.partition.is_none_or(|side| side >> one & 1 == side >> other & 1)
    }

    fn may_receive(&self, visible: Operations, message: &Message<S::Delta>) -> bool {
        let told = |id: &OperationId| self.history.record(*id).told;
        let past: Operations = self.history.record(message.id).seen.iter().filter(told).collect();
        match S::DELIVERY {
            Delivery::Any => true,
            Delivery::Causal => past.is_subset(visible),
            Delivery::CausalOnce => past.is_subset(visible) && !visible.contains(message.id),
            Delivery::Never => false,
        }
    }

    /// What came after knows what was before.
    fn grown(&self, before: &Known<S>, after: &Known<S>) -> Result<(), Broken> {
        if !S::PULLS {
            return Ok(());
        }
        laws::equal(Law::Inflationary, &joined(&self.bottom, &[&after.state, &before.state]), &after.state)?;
        demand(Law::Inflationary, after.state.includes(&before.state) != Some(false), || {
            format!("{} does not include {}", after.state.picture(), before.state.picture())
        })
    }

    /// A node has a new state.
    fn arrive(&mut self, node: u8) -> Result<(), Broken> {
        let seat = &mut self.seats[usize::from(node)];
        seat.past.push(seat.now.clone());
        let now = seat.now.clone();
        self.check(&now)
    }

    /// Holds a state against its history, and against all others with the same knowledge.
    fn check(&mut self, known: &Known<S>) -> Result<(), Broken> {
        laws::specification(&known.state, self.history.past(known.visible))?;
        for other in self.reached.iter().filter(|other| other.visible == known.visible) {
            laws::equal(Law::EqualKnowledge, &known.state, &other.state)?;
        }
        self.reached.push(known.clone());
        Ok(())
    }

    /// The join of all deltas, and a last exchange of everything.
    pub(crate) fn finish(&mut self, random: &mut Random) -> Result<(), Broken> {
        self.all_deltas(random)?;
        self.partition = None;
        if S::PULLS { self.exchange_states() } else { self.exchange_deltas(random) }
    }

    /// The laws on all that was reached.
    pub(crate) fn laws_on_reached(&self) -> Result<(), Broken> {
        let states = &self.reached;
        for (first, Known { state: a, visible }) in states.iter().enumerate() {
            // Strides instead of all triples: forty steps would make half a million.
            let b = &states[(first * 7 + 3) % states.len()];
            let c = &states[(first * 5 + 1) % states.len()].state;
            laws::of_one(a, &self.bottom)?;
            laws::of_two(a, &b.state, &self.bottom)?;
            laws::of_three(a, &b.state, c, &self.bottom)?;
            if S::PULLS {
                let join = joined(&self.bottom, &[a, &b.state]);
                laws::specification(&join, self.history.past(visible.union(b.visible)))?;
            }
        }
        Ok(())
    }

    /// All deltas, in any order, in groups, some twice, make what all states joined make.
    fn all_deltas(&self, random: &mut Random) -> Result<(), Broken> {
        if !S::PULLS || S::DELIVERY != Delivery::Any {
            return Ok(());
        }
        let mut left: Vec<&Message<S::Delta>> = self.messages.values().collect();
        let (mut whole, mut group) = (self.bottom.clone(), self.bottom.clone());
        while !left.is_empty() {
            let choice = random.below(left.len());
            let taken = if random.one_in(5) { left[choice] } else { left.swap_remove(choice) };
            group.receive(&taken.delta);
            if random.one_in(3) {
                whole.pull(&group);
                group = self.bottom.clone();
            }
        }
        whole.pull(&group);
        let mut everything = self.bottom.clone();
        for known in &self.reached {
            everything.pull(&known.state);
        }
        laws::equal(Law::DeltasMakeTheState, &whole, &everything)
    }

    /// Everybody pulls from everybody, twice: afterwards all are equal.
    fn exchange_states(&mut self) -> Result<(), Broken> {
        let count = self.seats.len();
        for _ in 0..2 {
            for node in 0..count {
                for from in (0..count).filter(|from| *from != node) {
                    let source = self.seats[from].now.clone();
                    let now = &mut self.seats[node].now;
                    now.state.pull(&source.state);
                    now.visible = now.visible.union(source.visible);
                }
            }
        }
        self.all_equal()
    }

    /// Everybody receives every delta it may receive, until there is no more.
    fn exchange_deltas(&mut self, random: &mut Random) -> Result<(), Broken> {
        for node in 0..self.seats.len() {
            loop {
                let visible = self.seats[node].now.visible;
                let new = |message: &&Message<S::Delta>| {
                    !message.stands_for.is_subset(visible) && self.may_receive(visible, message)
                };
                let next: Vec<_> = self.messages.values().filter(new).collect();
                if next.is_empty() {
                    break;
                }
                let message = next[random.below(next.len())];
                let now = &mut self.seats[node].now;
                now.state.receive(&message.delta);
                now.visible = visible.union(message.stands_for);
            }
        }
        self.all_equal()
    }

    /// All nodes have the state of the first one, and it is what their history says.
    fn all_equal(&mut self) -> Result<(), Broken> {
        for seat in &self.seats[1..] {
            laws::equal(Law::Convergence, &seat.now.state, &self.seats[0].now.state)?;
        }
        for node in 0..self.seats.len() {
            let now = self.seats[node].now.clone();
            self.check(&now)?;
        }
        Ok(())
    }
}
