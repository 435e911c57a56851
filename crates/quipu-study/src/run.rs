//! One run: users, faults and the simulated nodes of one mechanism; what comes out is a history.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use quipu_node::{Rng, Time};
use quipu_sim::{Fault, Sim};

use crate::load::{Load, Pace, Zipf};
use crate::mechanism::Mechanism;
use crate::meter::{Meter, Tally};
use crate::request::{Operation, Outcome};
use crate::setup::Setup;

/// All that a run follows from.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The variable of the study.
    pub mechanism: Mechanism,
    /// The machines.
    pub setup: Setup,
    /// The users and the faults.
    pub load: Load,
    /// Chance.
    pub seed: u64,
    /// Whether to count bytes; it costs time.
    pub weigh: bool,
}

/// An operation that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Whose.
    pub client: u32,
    /// At which node.
    pub node: u16,
    /// What was asked.
    pub operation: Operation,
    /// When it was asked.
    pub invoked: Time,
    /// When it was answered, or given up.
    pub ended: Time,
    /// With what.
    pub outcome: Outcome,
}

/// What a run leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// All operations of users, in the order in which they ended.
    pub done: Vec<Done>,
    /// The final reads, one of each counter at each user node.
    pub finals: Vec<Done>,
    /// When users began.
    pub began: Time,
    /// When the last of them stopped beginning.
    pub stopped: Time,
    /// What the nodes counted.
    pub tally: Tally,
    /// Messages between nodes until the users stopped.
    pub messages: u64,
    /// Bytes that arrived at nodes until the users stopped; 0 unless asked for.
    pub bytes: u64,
    /// How much each counter held at the beginning.
    pub stock: i64,
}

impl Plan {
    /// Carries the run out.
    pub fn run(&self) -> History {
        let meter = Meter::default();
        let (mechanism, setup, weigh) = (self.mechanism, self.setup.clone(), self.weigh);
        let for_nodes = meter.clone();
        let make = Box::new(move || mechanism.node(&setup, &for_nodes, weigh));
        let mut rng = Rng::new(self.seed);
        let sim = Sim::new(self.setup.world(), rng.next_u64(), make);
        let users = Users {
            zipf: Zipf::new(self.load.keys, self.load.zipf),
            nodes: self.setup.user_nodes(),
            load: &self.load,
            sim,
            rng,
            open: BTreeMap::new(),
            due: BinaryHeap::new(),
            done: Vec::new(),
            messages: 0,
        };
        users.run(&meter)
    }
}

/// The users of a run, while it goes on.
struct Users<'a> {
    load: &'a Load,
    zipf: Zipf,
    nodes: Vec<u16>,
    sim: Sim,
    rng: Rng,
    /// Operations without an answer, by number.
    open: BTreeMap<i64, Done>,
    due: BinaryHeap<Reverse<(Time, Due)>>,
    done: Vec<Done>,
    /// How many operations were begun.
    messages: i64,
}

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// The fault of this number.
    Fault(usize),
    /// A user asks.
    Ask(u32),
    /// A user gives an operation up.
    GiveUp(i64),
}

/// After this span without an answer a user gives up; nodes answer earlier, if they answer at all.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

impl Users<'_> {
    fn run(mut self, meter: &Meter) -> History {
        self.fill();
        let began = self.sim.now();
        let before = self.sim.network_stats().servers.send_count;
        *meter.count() = Tally::default();
        self.plan(began);
        let end = began + self.load.duration;
        let stopped = self.go(end, true);
        let messages = self.sim.network_stats().servers.send_count - before;
        let bytes = meter.count().bytes;
        self.due.retain(|Reverse((_, due))| matches!(due, Due::GiveUp(_)));
        self.go(stopped + GIVE_UP_AFTER, false);
        let done = std::mem::take(&mut self.done);
        let finals = self.read_all();
        let tally = meter.count().clone();
        let stock = self.load.stock;
        History { done, finals, began, stopped, tally, messages, bytes, stock }
    }

    /// Puts the stock of each counter in place, in equal parts at all user nodes, and waits until all know of it.
    fn fill(&mut self) {
        if self.load.stock == 0 {
            return;
        }
        let nodes = self.nodes.clone();
        let share = self.load.stock / i64::try_from(nodes.len()).unwrap_or(1);
        for key in 0..self.load.keys {
            let mut rest = self.load.stock - share * i64::try_from(nodes.len() - 1).unwrap_or(0);
            for node in &nodes {
                self.ask(self.load.clients, *node, Operation::Add { key, change: rest });
                self.go(self.sim.now() + Duration::from_secs(10), false);
                rest = share;
            }
        }
        let settled = self.sim.now() + Duration::from_secs(5);
        while self.sim.run_until(settled).is_some() {}
        self.done.clear();
        self.due.clear();
    }

    fn plan(&mut self, began: Time) {
        for (number, (after, _)) in self.load.faults.iter().enumerate() {
            self.due.push(Reverse((began + *after, Due::Fault(number))));
        }
        for client in 0..self.load.clients {
            let first = match self.load.pace {
                Pace::Closed => Duration::from_millis(1),
                Pace::Open(every) => every / 2,
            };
            let at = began + self.rng.uniform(first);
            self.due.push(Reverse((at, Due::Ask(client))));
        }
    }

    /// Lets time pass until `end`, or until enough operations have ended; without `asking`, until none is open.
    fn go(&mut self, end: Time, asking: bool) -> Time {
        loop {
            let enough = if asking { self.done.len() >= self.load.operations } else { self.open.is_empty() };
            if enough {
                return self.sim.now();
            }
            let next = self.due.peek().map_or(end, |Reverse((at, _))| *at).min(end);
            if let Some(reply) = self.sim.run_until(next) {
                if let Some(done) = self.open.remove(&reply.msg_id) {
                    self.close(done, Outcome::of_reply(&reply.reply), asking);
                }
                continue;
            }
            match self.due.peek() {
                Some(Reverse((at, due))) if *at <= self.sim.now() => {
                    let due = *due;
                    self.due.pop();
                    self.happen(due, asking);
                }
                _ => return self.sim.now(),
            }
            if self.sim.now() >= end {
                return self.sim.now();
            }
        }
    }

    fn happen(&mut self, due: Due, asking: bool) {
        match due {
            Due::Fault(number) => {
                let (_, fault) = &self.load.faults[number];
                self.sim.inject(fault);
            }
            Due::GiveUp(message) => {
                if let Some(done) = self.open.remove(&message) {
                    self.close(done, Outcome::Unknown, asking);
                }
            }
            Due::Ask(client) => {
                let home = usize::try_from(client).unwrap_or(0) % self.nodes.len();
                let node = if self.load.roaming { self.rng.index(self.nodes.len()) } else { home };
                let key = self.zipf.draw(&mut self.rng);
                let operation = if self.rng.chance(self.load.reads) {
                    Operation::Read { key }
                } else {
                    Operation::Add { key, change: self.load.change }
                };
                self.ask(client, self.nodes[node], operation);
                if let Pace::Open(every) = self.load.pace {
                    self.due.push(Reverse((self.sim.now() + every, Due::Ask(client))));
                }
            }
        }
    }

    fn ask(&mut self, client: u32, node: u16, operation: Operation) {
        self.messages += 1;
        let now = self.sim.now();
        self.sim.request(client, node, self.messages, operation.to_request());
        let done = Done { client, node, operation, invoked: now, ended: now, outcome: Outcome::Unknown };
        self.open.insert(self.messages, done);
        self.due.push(Reverse((now + GIVE_UP_AFTER, Due::GiveUp(self.messages))));
    }

    fn close(&mut self, done: Done, outcome: Outcome, asking: bool) {
        let now = self.sim.now();
        self.done.push(Done { ended: now, outcome, ..done });
        if asking && self.load.pace == Pace::Closed {
            // Who finds a counter empty does not ask the same again in no time.
            let pause = if outcome == Outcome::Empty { Duration::from_millis(10) } else { Duration::ZERO };
            self.due.push(Reverse((now + pause, Due::Ask(done.client))));
        }
    }

    /// Heals everything, waits, and reads every counter at every user node.
    fn read_all(&mut self) -> Vec<Done> {
        if self.load.quiet.is_zero() {
            return Vec::new();
        }
        self.sim.inject(&Fault::Heal);
        self.sim.inject(&Fault::Resume(self.nodes.clone()));
        self.due.clear();
        self.open.clear();
        let quiet = self.sim.now() + self.load.quiet;
        while self.sim.run_until(quiet).is_some() {}
        for node in self.nodes.clone() {
            for key in 0..self.load.keys {
                self.ask(self.load.clients, node, Operation::Read { key });
            }
        }
        let end = self.sim.now() + GIVE_UP_AFTER;
        self.go(end, false);
        std::mem::take(&mut self.done)
    }
}
