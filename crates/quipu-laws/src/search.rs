//! All executions up to a bound, not a sample of them.
//!
//! A node's state is named by *who it is and which operations it knows of*, each operation by the state it was made in.
//! States with one name must be equal; that is a law, checked whenever a second way leads to a name. So each join,
//! edit and delivery between two names is carried out once, and the search over all executions is a search over small
//! numbers. It goes by the number of deliveries, so each execution is met with the fewest it needs.
//!
//! Every pair of replicas that can exist at the same time is held against the laws of two, every global state is joined
//! in all orders, and each result is held against the specification.
//!
//! *Left out:* symmetry between replicas. Their ids are ordered, and a type may break ties by that order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::check::explain;
use crate::law::{Broken, Law};
use crate::laws::{self, joined, received};
use crate::step::Step;
use crate::{Delivery, Failure, History, Operations, Record, Replica, Settings, Subject};

/// How far the search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many replicas there are, 2 or 3.
    pub replicas: u8,
    /// How many operations are made, at any of them.
    pub operations: u8,
    /// How often a replica joins the state of another, or a delta. At the end all join all, in all orders, and free.
    pub deliveries: u8,
    /// How often a replica loses everything and comes back as a new one.
    pub restarts: u8,
    /// How many operations of the alphabet are tried, the first ones; all if there are no more.
    pub kinds: usize,
}

impl Bounds {
    /// Three replicas, so many operations of all kinds, so many deliveries, and no restart.
    pub const fn new(operations: u8, deliveries: u8) -> Self {
        Self { replicas: 3, operations, deliveries, restarts: 0, kinds: usize::MAX }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { replicas, operations, deliveries, restarts, .. } = self;
        write!(
            f,
            "{replicas} replicas, {operations} operations, {deliveries} deliveries, {restarts} restarts"
        )
    }
}

/// What the search has been through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// The bounds it kept to.
    pub bounds: Bounds,
    /// How many operations each edit could choose from.
    pub alphabet: usize,
    /// Global states: what was done, and who knows what.
    pub states: u64,
    /// Steps between them.
    pub transitions: u64,
    /// States of single replicas.
    pub replica_states: u64,
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bounds, alphabet, states, transitions, replica_states } = self;
        write!(
            f,
            "all executions of {bounds}, {alphabet} kinds of operation: {states} states, {transitions} \
             transitions, {replica_states} states of a replica"
        )
    }
}

/// Goes through all executions within the bounds.
///
/// # Errors
/// The first [`Failure`] met, shrunk.
pub fn exhaust<S: Subject>(bounds: Bounds) -> Result<Census, Failure> {
    let mut search = Search::<S>::new(bounds);
    search.run().map_err(|(path, broken)| search.failure(&path, broken))?;
    Ok(Census {
        bounds,
        alphabet: search.alphabet.len(),
        states: search.met.len() as u64,
        transitions: search.transitions,
        replica_states: search.locals.len() as u64,
    })
}

/// The number of a replica's state in [`Search::locals`].
type LocalId = u32;
/// The number of an operation in [`Search::operations`]. What an operation had seen has smaller numbers.
type MadeId = u32;
/// A set of operations, in order.
type Knowledge = Vec<MadeId>;

/// A replica in one of its states.
struct Local<S> {
    replica: Replica,
    knowledge: Knowledge,
    state: S,
}

/// An operation made in one state of one replica.
struct Made<D> {
    author: LocalId,
    after: LocalId,
    choice: usize,
    delta: Option<D>,
    /// What a receiver of the delta knows of.
    stands_for: Knowledge,
}

const REPLICAS_MAX: usize = 3;

/// What was done, by the number of the set of operations, and the state of each replica.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Global {
    done: u32,
    locals: [LocalId; REPLICAS_MAX],
}

#[derive(Clone, Copy)]
enum Action {
    Edit { node: usize, made: MadeId },
    Pull { node: usize, from: usize },
    Deliver { node: usize, made: MadeId },
    Restart { node: usize },
}

/// How a global state was met first.
#[derive(Clone, Copy)]
struct Met {
    global: Global,
    /// Its predecessor's place in [`Search::met`], and the step from there.
    from: Option<(u32, Action)>,
}

struct Search<S: Subject> {
    bounds: Bounds,
    alphabet: Vec<S::Operation>,
    bottom: S,
    locals: Vec<Local<S>>,
    local_ids: BTreeMap<(Knowledge, Replica), LocalId>,
    operations: Vec<Made<S::Delta>>,
    /// The sets of operations done, by number.
    done: Vec<Knowledge>,
    done_ids: BTreeMap<Knowledge, u32>,
    /// What is known of joins, edits and deliveries already carried out.
    joins: BTreeMap<(LocalId, LocalId), LocalId>,
    edits: BTreeMap<(LocalId, usize), MadeId>,
    deliveries: BTreeMap<(LocalId, MadeId), LocalId>,
    /// Triples of states that were joined in all orders.
    triples: BTreeSet<[LocalId; REPLICAS_MAX]>,
    met: Vec<Met>,
    seen: BTreeSet<Global>,
    transitions: u64,
}

/// What went wrong, and the way there.
type Stop = (Vec<Action>, Broken);

impl<S: Subject> Search<S> {
    fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            alphabet: S::alphabet().into_iter().take(bounds.kinds).collect(),
            bottom: S::new(Replica::first(bounds.replicas)),
            locals: Vec::new(),
            local_ids: BTreeMap::new(),
            operations: Vec::new(),
            done: vec![Vec::new()],
            done_ids: BTreeMap::from([(Vec::new(), 0)]),
            joins: BTreeMap::new(),
            edits: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            triples: BTreeSet::new(),
            met: Vec::new(),
            seen: BTreeSet::new(),
            transitions: 0,
        }
    }

    fn run(&mut self) -> Result<(), Stop> {
        let mut first = Global { done: 0, locals: [0; REPLICAS_MAX] };
        for node in 0..self.bounds.replicas {
            let replica = Replica::first(node);
            let local = self.local(replica, Vec::new(), S::new(replica));
            first.locals[usize::from(node)] = local.map_err(|broken| (Vec::new(), broken))?;
        }
        let mut level = vec![Met { global: first, from: None }];
        for deliveries in 0..=self.bounds.deliveries {
            let mut next = Vec::new();
            while let Some(met) = level.pop() {
                if !self.seen.insert(met.global) {
                    continue;
                }
                let place = u32::try_from(self.met.len()).expect("fewer states than fit into memory");
                self.met.push(met);
                self.judge(met.global).map_err(|broken| (self.path(place), broken))?;
                self.edit_and_restart(place, &mut level)?;
                if deliveries < self.bounds.deliveries {
                    self.deliver(place, &mut next)?;
                }
            }
            level = next;
        }
        Ok(())
    }

    /// Joins all replicas in all orders.
    fn judge(&mut self, global: Global) -> Result<(), Broken> {
        if !S::PULLS || !self.triples.insert(global.locals) {
            return Ok(());
        }
        let count = usize::from(self.bounds.replicas);
        for first in 0..count {
            for step in 1..count {
                let order = (0..count).map(|index| (first + index * step) % count);
                let order: Vec<usize> = order.collect();
                let mut all = global.locals[order[0]];
                for node in &order[1..] {
                    all = self.join(all, global.locals[*node])?;
                }
                let pair = self.join(global.locals[order[1]], global.locals[order[count - 1]])?;
                self.join(global.locals[order[0]], pair)?;
            }
        }
        Ok(())
    }

    fn edit_and_restart(&mut self, place: u32, level: &mut Vec<Met>) -> Result<(), Stop> {
        let global = self.met[place as usize].global;
        for node in 0..usize::from(self.bounds.replicas) {
            let local = global.locals[node];
            if self.done[global.done as usize].len() < usize::from(self.bounds.operations) {
                for choice in 0..self.alphabet.len() {
                    let made = self.edit(local, choice).map_err(|broken| {
                        let made = MadeId::try_from(self.operations.len() - 1).expect("few");
                        (self.path_and(place, Action::Edit { node, made }), broken)
                    })?;
                    let mut next = global;
                    next.locals[node] = self.operations[made as usize].after;
                    next.done = self.done_and(global.done, made);
                    self.go(place, Action::Edit { node, made }, next, level);
                }
            }
            let lives: u32 = (0..usize::from(self.bounds.replicas))
                .map(|node| u32::from(self.locals[global.locals[node] as usize].replica.incarnation) - 1)
                .sum();
            if lives < u32::from(self.bounds.restarts) {
                let replica = self.locals[local as usize].replica.next_life().expect("few restarts");
                let fresh = self
                    .local(replica, Vec::new(), S::new(replica))
                    .map_err(|broken| (self.path_and(place, Action::Restart { node }), broken))?;
                let mut next = global;
                next.locals[node] = fresh;
                self.go(place, Action::Restart { node }, next, level);
            }
        }
        Ok(())
    }

    fn deliver(&mut self, place: u32, next_level: &mut Vec<Met>) -> Result<(), Stop> {
        let global = self.met[place as usize].global;
        for node in 0..usize::from(self.bounds.replicas) {
            let local = global.locals[node];
            let mut ways: Vec<(Action, Result<LocalId, Broken>)> = Vec::new();
            if S::PULLS {
                for from in (0..usize::from(self.bounds.replicas)).filter(|from| *from != node) {
                    ways.push((Action::Pull { node, from }, self.join(local, global.locals[from])));
                }
            }
            for made in self.done[global.done as usize].clone() {
                if self.may_receive(local, made) {
                    ways.push((Action::Deliver { node, made }, self.receive(local, made)));
                }
            }
            for (action, after) in ways {
                let after = after.map_err(|broken| (self.path_and(place, action), broken))?;
                let mut next = global;
                next.locals[node] = after;
                if after != local {
                    self.go(place, action, next, next_level);
                }
            }
        }
        Ok(())
    }

    fn go(&mut self, place: u32, action: Action, global: Global, level: &mut Vec<Met>) {
        self.transitions += 1;
        if !self.seen.contains(&global) {
            level.push(Met { global, from: Some((place, action)) });
        }
    }

    fn join(&mut self, a: LocalId, b: LocalId) -> Result<LocalId, Broken> {
        if let Some(join) = self.joins.get(&(a, b)) {
            return Ok(*join);
        }
        let (left, right) = (&self.locals[a as usize], &self.locals[b as usize]);
        laws::of_two(&left.state, &right.state, &self.bottom)?;
        let mut state = left.state.clone();
        state.pull(&right.state);
        let (replica, knowledge) = (left.replica, union(&left.knowledge, &right.knowledge));
        let join = self.local(replica, knowledge, state)?;
        self.joins.insert((a, b), join);
        Ok(join)
    }

    fn edit(&mut self, local: LocalId, choice: usize) -> Result<MadeId, Broken> {
        if let Some(made) = self.edits.get(&(local, choice)) {
            return Ok(*made);
        }
        let made = MadeId::try_from(self.operations.len()).expect("few");
        let before = &self.locals[local as usize];
        let (replica, knowledge) = (before.replica, union(&before.knowledge, &[made]));
        let before = before.state.clone();
        let mut after = before.clone();
        let delta = after.edit(&self.alphabet[choice]);
        self.operations.push(Made {
            author: local,
            after: local,
            choice,
            delta: delta.clone(),
            stands_for: Vec::new(),
        });
        match &delta {
            Some(delta) if S::DELIVERY != Delivery::Never => {
                laws::equal(Law::DeltaIsTheChange, &after, &received(&self.bottom, &before, delta))?;
            }
            Some(_) => {}
            None => laws::equal(Law::NoDeltaNoChange, &after, &before)?,
        }
        if S::PULLS {
            laws::equal(Law::Inflationary, &joined(&self.bottom, &[&after, &before]), &after)?;
        }
        if let Some(delta) = &delta {
            self.operations[made as usize].stands_for = self.stands_for(&knowledge, delta);
        }
        self.operations[made as usize].after = self.local(replica, knowledge, after)?;
        self.edits.insert((local, choice), made);
        Ok(made)
    }

    /// What the delta of the last of these operations stands for.
    fn stands_for(&self, knowledge: &[MadeId], delta: &S::Delta) -> Knowledge {
        let (history, numbers) = self.history(knowledge);
        let last = history.iter().last().map(|(id, _)| id).expect("this operation at least");
        let stands_for = S::stands_for(&history, last, delta);
        let named = history.iter().zip(numbers);
        named.filter(|((id, _), _)| stands_for.contains(*id)).map(|(_, made)| made).collect()
    }

    fn may_receive(&self, local: LocalId, made: MadeId) -> bool {
        let operation = &self.operations[made as usize];
        let known = |id: &MadeId| self.locals[local as usize].knowledge.binary_search(id).is_ok();
        let told = |id: &&MadeId| self.operations[**id as usize].delta.is_some();
        let past = || self.locals[operation.author as usize].knowledge.iter().filter(told).all(known);
        operation.delta.is_some()
            && match S::DELIVERY {
                Delivery::Any => true,
                Delivery::Causal => past(),
                Delivery::CausalOnce => past() && !known(&made),
                Delivery::Never => false,
            }
    }

    fn receive(&mut self, local: LocalId, made: MadeId) -> Result<LocalId, Broken> {
        if let Some(after) = self.deliveries.get(&(local, made)) {
            return Ok(*after);
        }
        let (before, operation) = (&self.locals[local as usize], &self.operations[made as usize]);
        let delta = operation.delta.as_ref().expect("only what has a delta is delivered");
        let mut state = before.state.clone();
        state.receive(delta);
        let (replica, knowledge) = (before.replica, union(&before.knowledge, &operation.stands_for));
        let after = self.local(replica, knowledge, state)?;
        self.deliveries.insert((local, made), after);
        Ok(after)
    }

    /// The number of a replica's state. A new one is held against the laws, a known one against its first form.
    fn local(&mut self, replica: Replica, knowledge: Knowledge, state: S) -> Result<LocalId, Broken> {
        let key = (knowledge, replica);
        if let Some(known) = self.local_ids.get(&key) {
            laws::equal(Law::EqualKnowledge, &state, &self.locals[*known as usize].state)?;
            return Ok(*known);
        }
        let (knowledge, _) = &key;
        let lowest = (knowledge.clone(), Replica { node: 0, incarnation: 0 });
        if let Some(((same, _), twin)) = self.local_ids.range(lowest..).next()
            && same == knowledge
        {
            laws::equal(Law::EqualKnowledge, &state, &self.locals[*twin as usize].state)?;
        }
        let (history, numbers) = self.history(knowledge);
        let known = |made: &MadeId| knowledge.binary_search(made).is_ok();
        let visible =
            history.iter().zip(&numbers).filter(|(_, made)| known(made)).map(|((id, _), _)| id).collect();
        laws::specification(&state, history.past(visible))?;
        laws::of_one(&state, &self.bottom)?;
        let id = LocalId::try_from(self.locals.len()).expect("fewer than fit into memory");
        self.locals.push(Local { replica, knowledge: knowledge.clone(), state });
        self.local_ids.insert(key, id);
        Ok(id)
    }

    /// These operations and all that they had seen, as a history, with the number of each here.
    fn history(&self, knowledge: &[MadeId]) -> (History<S::Operation>, Knowledge) {
        let mut all: BTreeSet<MadeId> = BTreeSet::new();
        let mut new: Vec<MadeId> = knowledge.to_vec();
        while let Some(made) = new.pop() {
            if all.insert(made) {
                new.extend(&self.locals[self.operations[made as usize].author as usize].knowledge);
            }
        }
        let mut history = History::new();
        let mut ids = BTreeMap::new();
        for made in &all {
            let operation = &self.operations[*made as usize];
            let author = &self.locals[operation.author as usize];
            let seen: Operations = author.knowledge.iter().map(|made| ids[made]).collect();
            let told = operation.delta.is_some();
            let operation = self.alphabet[operation.choice].clone();
            ids.insert(*made, history.push(Record { replica: author.replica, operation, seen, told }));
        }
        (history, all.into_iter().collect())
    }

    fn done_and(&mut self, done: u32, made: MadeId) -> u32 {
        let all = union(&self.done[done as usize], &[made]);
        let next = u32::try_from(self.done.len()).expect("fewer than fit into memory");
        let id = *self.done_ids.entry(all.clone()).or_insert(next);
        if id == next {
            self.done.push(all);
        }
        id
    }

    fn path(&self, place: u32) -> Vec<Action> {
        let mut path = Vec::new();
        let mut at = self.met[place as usize];
        while let Some((from, action)) = at.from {
            path.push(action);
            at = self.met[from as usize];
        }
        path.reverse();
        path
    }

    fn path_and(&self, place: u32, action: Action) -> Vec<Action> {
        let mut path = self.path(place);
        path.push(action);
        path
    }

    /// The story of a path. It is run again as a script, since that is what can be shrunk.
    fn failure(&self, path: &[Action], broken: Broken) -> Failure {
        let steps: Vec<_> = path.iter().map(|action| self.step(*action)).collect();
        let settings = Settings { replicas: self.bounds.replicas, ..Settings::default() };
        let story = explain::<S>(steps.clone(), &settings, None, self.met.len() as u64);
        if story.law != Law::NoPanic || broken.law == Law::NoPanic {
            return story;
        }
        Failure {
            law: broken.law,
            detail: broken.detail,
            story: steps.iter().map(ToString::to_string).collect(),
            ..story
        }
    }

    fn step(&self, action: Action) -> Step<S::Operation> {
        let node = |node: usize| u8::try_from(node).expect("few");
        match action {
            Action::Edit { node: at, made } => {
                let operation = self.alphabet[self.operations[made as usize].choice].clone();
                Step::Edit { node: node(at), operation, tag: made }
            }
            Action::Pull { node: at, from } => Step::Pull { node: node(at), from: node(from) },
            Action::Deliver { node: at, made } => Step::Deliver { node: node(at), tag: made },
            Action::Restart { node: at } => Step::Restart { node: node(at) },
        }
    }
}

fn union(a: &[MadeId], b: &[MadeId]) -> Knowledge {
    let all: BTreeSet<MadeId> = a.iter().chain(b).copied().collect();
    all.into_iter().collect()
}
