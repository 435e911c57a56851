//! All that can happen next, at any moment of an execution.

use std::collections::BTreeMap;

use super::actors::{Actors, Fate, Input, Local, LocalId};
use super::definition::explanation;
use super::program::Program;
use super::property::{Before, Property, acknowledged};
use super::store::{Question, Store, Way};
use super::words::{Asked, Map, Said};
use super::{Bounds, NODES_MAX, OPERATIONS_MAX, Rule, Searched, Unsearchable};

/// A state of the whole: what each node was handed, what the services have done, what was over when what began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Global {
    pub(super) locals: [LocalId; NODES_MAX],
    pub(super) store: u32,
    pub(super) before: Before,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A node's client makes its next request.
    Request(u8),
    /// A service carries a question out and says this, from that state of Maelstrom's store.
    CarryOut(Question, Said, u8),
    /// The same, and the answer arrives at once.
    Serve(Question, Said, u8),
    /// An answer arrives; by the definition, it is given only now.
    Answer(Question, Said),
    /// A question is given up.
    GiveUp(Question),
    /// A node's first timer fires.
    Timer(u8),
}

impl Step {
    /// The node that it is about.
    pub(super) const fn node(self) -> u8 {
        match self {
            Self::Request(node) | Self::Timer(node) => node,
            Self::CarryOut(question, ..)
            | Self::Serve(question, ..)
            | Self::Answer(question, _)
            | Self::GiveUp(question) => question.0,
        }
    }
}

/// The world of one program: the nodes, the services, the clients.
pub(super) struct World<'w, 'a> {
    pub(super) actors: &'w mut Actors<'a>,
    pub(super) program: &'w Program,
    pub(super) bounds: &'w Bounds,
    pub(super) rule: Rule,
    pub(super) property: Property,
    /// What the store holds in the beginning.
    pub(super) held: Map,
    stores: Vec<Store>,
    store_numbers: BTreeMap<Store, u32>,
    explained: BTreeMap<[LocalId; NODES_MAX], bool>,
}

impl<'w, 'a> World<'w, 'a> {
    pub(super) fn new(
        actors: &'w mut Actors<'a>,
        program: &'w Program,
        bounds: &'w Bounds,
        searched: &Searched<'_>,
    ) -> Result<Self, Unsearchable> {
        let held = actors.words.map_of(searched.held)?;
        let Searched { rule, property, .. } = *searched;
        let (stores, store_numbers, explained) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { actors, program, bounds, rule, property, held, stores, store_numbers, explained })
    }

    /// All nodes have started, and nothing else has happened.
    pub(super) fn first(&mut self) -> Result<Global, Unsearchable> {
        let mut locals = [0; NODES_MAX];
        for (node, local) in locals.iter_mut().enumerate().take(self.nodes()) {
            *local = self.actors.start(node)?;
        }
        let store = self.number(Store::default());
        Ok(Global { locals, store, before: [0; OPERATIONS_MAX] })
    }

    pub(super) fn nodes(&self) -> usize {
        self.program.clients.len()
    }

    pub(super) fn store(&self, global: &Global) -> &Store {
        &self.stores[global.store as usize]
    }

    pub(super) fn locals(&self, global: &Global) -> Vec<&Local> {
        global.locals[..self.nodes()].iter().map(|local| self.actors.local(*local)).collect()
    }

    /// True if the node has answered its client between these states.
    pub(super) fn has_replied(&self, before: &Global, after: &Global, node: usize) -> bool {
        let replies =
            |global: &Global| self.actors.local(global.locals[node]).replies.iter().flatten().count();
        replies(before) < replies(after)
    }

    /// All that can happen next, and what is then.
    pub(super) fn next(&mut self, global: &Global) -> Result<Vec<(Step, Global)>, Unsearchable> {
        let mut next = Vec::new();
        let spent =
            |count: fn(&Local) -> u8| self.locals(global).iter().map(|local| u32::from(count(local))).sum();
        let (lost, fired): (u32, u32) = (spent(|local| local.lost), spent(|local| local.fired));
        for node in 0..self.nodes() {
            next.extend(self.request(global, node)?);
            let local = self.actors.local(global.locals[node]);
            let open: Vec<u8> = (0..)
                .zip(&local.asks)
                .filter(|(_, ask)| ask.fate == Fate::Open)
                .map(|(index, _)| index)
                .collect();
            let timer = local.has_timer() && fired < u32::from(self.bounds.timers);
            self.carry_out(global, node, &mut next)?;
            for index in open {
                self.answer(global, (byte(node), index), &mut next)?;
                if lost < u32::from(self.bounds.lose) {
                    let question = (byte(node), index);
                    let after = self.handed(global, node, Input::GiveUp(index))?;
                    let store = self.store(global).without_answer(question);
                    next.push((Step::GiveUp(question), Global { store: self.number(store), ..after }));
                }
            }
            if timer {
                next.push((Step::Timer(byte(node)), self.handed(global, node, Input::Timer)?));
            }
        }
        Ok(next)
    }

    fn request(&mut self, global: &Global, node: usize) -> Result<Option<(Step, Global)>, Unsearchable> {
        let local = self.actors.local(global.locals[node]);
        let index = local.invoked;
        let Some(operation) = self.program.clients[node].get(index).copied().filter(|_| !local.is_busy())
        else {
            return Ok(None);
        };
        let mut after = self.handed(global, node, Input::Request(operation))?;
        let number = self.program.number(node, index);
        after.before[number] = acknowledged(self.program, &self.locals(global), self.property, operation);
        Ok(Some((Step::Request(byte(node)), after)))
    }

    /// A service carries out what it was asked, whether or not anybody still waits for the answer.
    fn carry_out(
        &mut self,
        global: &Global,
        node: usize,
        next: &mut Vec<(Step, Global)>,
    ) -> Result<(), Unsearchable> {
        let store = self.store(global).clone();
        let local = self.actors.local(global.locals[node]);
        let at_once = local.awaits_one_answer(self.program.clients[node].len());
        for (index, ask) in (0..).zip(local.asks.clone()) {
            let question = (byte(node), index);
            let awaited = ask.fate == Fate::Open;
            if matches!(ask.fate, Fate::Answered(_)) || store.has_carried_out(question) {
                continue;
            }
            let ways = match ask.asked {
                None => vec![store.timestamp(question, awaited)],
                Some(_) if self.rule == Rule::Definition => continue,
                Some(asked) => store.ways(question, asked, awaited, &self.held),
            };
            for Way { state, said, after } in ways {
                if awaited && at_once {
                    let handed = self.handed(global, node, Input::Answer(index, said))?;
                    let store = self.number(after.without_answer(question));
                    next.push((Step::Serve(question, said, state), Global { store, ..handed }));
                } else {
                    let store = self.number(after);
                    next.push((Step::CarryOut(question, said, state), Global { store, ..*global }));
                }
            }
        }
        Ok(())
    }

    fn answer(
        &mut self,
        global: &Global,
        question: Question,
        next: &mut Vec<(Step, Global)>,
    ) -> Result<(), Unsearchable> {
        let (node, index) = question;
        let on_its_way = self.store(global).answers().find(|(other, _)| *other == question);
        if let Some((_, said)) = on_its_way {
            let after = self.handed(global, usize::from(node), Input::Answer(index, said))?;
            let store = self.store(global).without_answer(question);
            let store = self.number(store);
            next.push((Step::Answer(question, said), Global { store, ..after }));
            return Ok(());
        }
        if self.rule != Rule::Definition {
            return Ok(());
        }
        for said in self.conceivable(global, question) {
            let after = self.handed(global, usize::from(node), Input::Answer(index, said))?;
            if self.is_explained(&after) {
                next.push((Step::Answer(question, said), after));
            }
        }
        Ok(())
    }

    /// The answers that some values could lead to which anybody has asked to put there.
    fn conceivable(&self, global: &Global, (node, index): Question) -> Vec<Said> {
        let ask = &self.actors.local(global.locals[usize::from(node)]).asks[usize::from(index)];
        let Some(asked) = ask.asked else { return Vec::new() };
        if asked.is_write() {
            return vec![Said::Written];
        }
        let locals = self.locals(global);
        let all = locals.iter().flat_map(|local| local.asks.iter().filter_map(|ask| ask.asked));
        let held = all.filter(|other| other.key == asked.key).filter_map(Asked::puts);
        let mut said = vec![asked.judge(self.held[usize::from(asked.key)]).0];
        said.extend(held.map(|held| asked.judge(Some(held)).0));
        said.sort_unstable();
        said.dedup();
        said
    }

    fn is_explained(&mut self, global: &Global) -> bool {
        if let Some(known) = self.explained.get(&global.locals) {
            return *known;
        }
        let explained = {
            let locals = self.locals(global);
            let sessions: Vec<_> = locals.iter().map(|local| local.asks.as_slice()).collect();
            explanation(&sessions, &self.held).is_some()
        };
        self.explained.insert(global.locals, explained);
        explained
    }

    fn handed(&mut self, global: &Global, node: usize, input: Input) -> Result<Global, Unsearchable> {
        let mut after = *global;
        after.locals[node] = self.actors.step(global.locals[node], input)?;
        Ok(after)
    }

    fn number(&mut self, store: Store) -> u32 {
        if let Some(known) = self.store_numbers.get(&store) {
            return *known;
        }
        let number = u32::try_from(self.stores.len()).expect("fewer stores than global states");
        self.stores.push(store.clone());
        self.store_numbers.insert(store, number);
        number
    }
}

fn byte(node: usize) -> u8 {
    u8::try_from(node).expect("at most three nodes")
}
