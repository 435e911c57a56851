//! A small deterministic world: virtual time, nodes, a store, a lossy network between them, clients that record.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quipu_node::nodes::{NodeKind, Settings};
use quipu_node::{
    Effect, Event, Identity, KvError, KvRequest, NodeId, OpenQuestions, QuestionId, REPLY_WITHIN, Reply,
    ReplyTo, Request, Rng, Seat, Service, Time, Value,
};

use crate::store::{Character, Store};

/// What one run is made of. A run is a function of this and a seed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) kind: NodeKind,
    pub(crate) settings: Settings,
    pub(crate) character: Character,
    pub(crate) nodes: usize,
    /// Client operations a second, over all nodes.
    pub(crate) rate: u32,
    pub(crate) seconds: u64,
    /// Mean one-way latency between nodes and services, exponential; zero is zero.
    pub(crate) latency: Duration,
    /// Probability that a message between node and service is lost.
    pub(crate) loss: f64,
    /// Probability that a request to a service comes a second time, 60 ms later on the mean.
    pub(crate) duplicate: f64,
    /// Kills and restarts of random nodes.
    pub(crate) kills: usize,
    /// Pauses of random nodes, of 2 to 3.5 s.
    pub(crate) pauses: usize,
    /// What is added, drawn evenly.
    pub(crate) deltas: &'static [i64],
    /// What stands under every key from the beginning, if anything.
    pub(crate) prefilled: Option<Value>,
}

impl Plan {
    pub(crate) fn stock(kind: NodeKind) -> Self {
        Self {
            kind,
            settings: Settings::default(),
            character: Character::Maelstrom,
            nodes: 3,
            rate: 100,
            seconds: 20,
            latency: Duration::ZERO,
            loss: 0.0,
            duplicate: 0.0,
            kills: 0,
            pauses: 0,
            deltas: &[0, 1, 2, 3, 4],
            prefilled: None,
        }
    }

    pub(crate) fn run(&self, seed: u64) -> Run {
        World::new(self.clone(), seed).run()
    }
}

/// A client operation as its client saw it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) node: usize,
    pub(crate) request: Request,
    pub(crate) invoked: Time,
    pub(crate) ended: Option<(Time, Reply)>,
    pub(crate) last: bool,
}

/// What came of a run.
pub(crate) struct Run {
    pub(crate) operations: Vec<Operation>,
    /// Messages between nodes and services, both ways, up to the final reads.
    pub(crate) messages: u64,
    /// Answers that came after their deadline.
    pub(crate) late_replies: usize,
}

enum Happening {
    Invoke { node: usize, last: bool },
    ToNode { node: usize, boot: u64, event: Event },
    ToStore { node: usize, boot: u64, question: QuestionId, service: Service, request: KvRequest },
    Expire { node: usize, boot: u64 },
    Kill(usize),
    Restart(usize),
    Pause(usize, Duration),
    Resume(usize),
}

struct Place {
    name: NodeId,
    seat: Option<Seat>,
    boot: u64,
    open: OpenQuestions,
    paused: bool,
    inbox: Vec<Event>,
}

struct World {
    plan: Plan,
    now: Time,
    scheduled: BTreeMap<(Time, u64), Happening>,
    count: u64,
    places: Vec<Place>,
    store: Store,
    network: Rng,
    clients: Rng,
    boots: u64,
    run: Run,
}

impl World {
    fn new(plan: Plan, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let names: Vec<NodeId> = (0..plan.nodes).map(|index| NodeId::new(format!("n{index}"))).collect();
        let place = |name| Place {
            name,
            seat: None,
            boot: 0,
            open: OpenQuestions::default(),
            paused: false,
            inbox: Vec::new(),
        };
        Self {
            store: Store::new(plan.character, plan.prefilled.as_ref(), rng.fork()),
            network: rng.fork(),
            clients: rng.fork(),
            places: names.into_iter().map(place).collect(),
            plan,
            now: Time::ZERO,
            scheduled: BTreeMap::new(),
            count: 0,
            boots: 0,
            run: Run { operations: Vec::new(), messages: 0, late_replies: 0 },
        }
    }

    fn run(mut self) -> Run {
        for node in 0..self.plan.nodes {
            self.start(node);
        }
        let end = Duration::from_secs(self.plan.seconds);
        let mean = Duration::from_secs(1) / self.plan.rate;
        let mut at = self.clients.uniform(mean);
        while at < end {
            let node = self.clients.index(self.plan.nodes);
            self.schedule(at, Happening::Invoke { node, last: false });
            at += self.clients.uniform(mean);
        }
        for _ in 0..self.plan.kills {
            let (node, at) = (self.clients.index(self.plan.nodes), self.clients.uniform(end / 2));
            self.schedule(at, Happening::Kill(node));
            let back = at + self.clients.uniform(Duration::from_millis(500));
            self.schedule(back, Happening::Restart(node));
        }
        for _ in 0..self.plan.pauses {
            let (node, at) = (self.clients.index(self.plan.nodes), self.clients.uniform(end / 2));
            let span = Duration::from_secs(2) + self.clients.uniform(Duration::from_millis(750));
            self.schedule(at, Happening::Pause(node, span));
        }
        for node in 0..self.plan.nodes {
            let quiet = Duration::from_secs(10);
            self.schedule(end + quiet, Happening::Invoke { node, last: true });
        }
        while let Some(((at, _), happening)) = self.scheduled.pop_first() {
            self.now = at;
            self.handle(happening);
        }
        self.run
    }

    fn schedule(&mut self, after: Duration, happening: Happening) {
        self.count += 1;
        self.scheduled.insert((self.now + after, self.count), happening);
    }

    fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Invoke { node, last } => self.invoke(node, last),
            Happening::ToNode { node, boot, event } if self.places[node].boot == boot => {
                self.deliver(node, event);
            }
            Happening::ToStore { node, boot, question, service, request } => {
                let caller = self.places[node].name.clone();
                let result = self.store.serve(caller.as_str(), service, &request);
                self.carry(|| Happening::ToNode {
                    node,
                    boot,
                    event: Event::Answer { question, result: result.clone() },
                });
            }
            Happening::Expire { node, boot } if self.places[node].boot == boot => self.expire(node),
            Happening::Kill(node) => {
                self.places[node].seat = None;
                self.places[node].boot = 0;
                self.places[node].inbox.clear();
            }
            Happening::Restart(node) if self.places[node].seat.is_none() => self.start(node),
            // For a life that is over, or a node that is up already.
            Happening::ToNode { .. } | Happening::Expire { .. } | Happening::Restart(_) => {}
            Happening::Pause(node, span) => {
                self.places[node].paused = true;
                self.schedule(span, Happening::Resume(node));
            }
            Happening::Resume(node) => {
                self.places[node].paused = false;
                for event in std::mem::take(&mut self.places[node].inbox) {
                    self.deliver(node, event);
                }
                self.expire(node);
            }
        }
    }

    fn start(&mut self, node: usize) {
        self.boots += 1;
        let nodes: Arc<[NodeId]> = self.places.iter().map(|place| place.name.clone()).collect();
        let identity = Identity { me: self.places[node].name.clone(), nodes, boot: self.boots };
        let built = self.plan.kind.build(&self.plan.settings);
        let rng = self.clients.fork();
        let place = &mut self.places[node];
        place.boot = self.boots;
        place.open = OpenQuestions::default();
        place.paused = false;
        place.seat = Some(Seat::new(built, identity, rng));
        self.deliver(node, Event::Start { recovered: Vec::new() });
    }

    fn invoke(&mut self, node: usize, last: bool) {
        let request = if last || self.clients.chance(2.0 / 3.0) {
            Request::Read
        } else {
            Request::Add(*self.clients.pick(self.plan.deltas).expect("some delta"))
        };
        let number = self.run.operations.len();
        self.run.operations.push(Operation {
            node,
            request: request.clone(),
            invoked: self.now,
            ended: None,
            last,
        });
        if self.places[node].seat.is_some() {
            let msg_id = i64::try_from(number).expect("few operations");
            let from = ReplyTo { client: "c1".into(), msg_id, deadline: self.now + REPLY_WITHIN };
            self.deliver(node, Event::Request { from, request });
        }
    }

    fn deliver(&mut self, node: usize, event: Event) {
        let place = &mut self.places[node];
        if place.paused {
            place.inbox.push(event);
            return;
        }
        if matches!(&event, Event::Answer { question, .. } if !place.open.remove(*question)) {
            return;
        }
        let mut effects = Vec::new();
        if let Some(seat) = &mut place.seat {
            seat.step(self.now, event, &mut effects);
        }
        for effect in effects {
            self.carry_out(node, effect);
        }
    }

    fn expire(&mut self, node: usize) {
        if self.places[node].paused {
            return;
        }
        while let Some(question) = self.places[node].open.pop_expired(self.now) {
            // The contract's answer to a question whose time is over; opened again so that `deliver` passes it on.
            self.places[node].open.insert(question, self.now);
            let result = Err(KvError::Unknown("timeout".into()));
            self.deliver(node, Event::Answer { question, result });
        }
    }

    fn carry_out(&mut self, node: usize, effect: Effect) {
        let boot = self.places[node].boot;
        match effect {
            Effect::Ask { question, service, request, timeout } => {
                self.places[node].open.insert(question, self.now + timeout);
                self.schedule(timeout, Happening::Expire { node, boot });
                self.carry(|| Happening::ToStore { node, boot, question, service, request: request.clone() });
            }
            Effect::SetTimer { after, timer } => {
                self.schedule(after, Happening::ToNode { node, boot, event: Event::Timer(timer) });
            }
            Effect::Reply { to, reply } => self.end(&to, reply),
            Effect::Send { .. } | Effect::Persist(_) => panic!("no counter over a store sends or persists"),
        }
    }

    /// Carries a message between a node and a service: once, not at all, or twice.
    fn carry(&mut self, message: impl Fn() -> Happening) {
        self.run.messages += 1;
        if !self.network.chance(self.plan.loss) {
            let latency = self.network.exponential(self.plan.latency);
            let happening = message();
            self.schedule(latency, happening);
        }
        if self.network.chance(self.plan.duplicate) {
            let latency = self.network.exponential(Duration::from_millis(60));
            let happening = message();
            self.schedule(latency, happening);
        }
    }

    fn end(&mut self, to: &ReplyTo, reply: Reply) {
        if self.now > to.deadline {
            self.run.late_replies += 1;
            return;
        }
        let operation = &mut self.run.operations[usize::try_from(to.msg_id).expect("given out by `invoke`")];
        assert!(operation.ended.is_none(), "answered twice: {operation:?}");
        operation.ended = Some((self.now, reply));
    }
}

impl Run {
    /// Messages between nodes and the store per client operation.
    pub(crate) fn messages_per_operation(&self) -> f64 {
        self.messages as f64 / self.operations.len() as f64
    }
}

/// The integer that a read was answered with.
pub(crate) fn value(operation: &Operation) -> Option<i128> {
    match &operation.ended {
        Some((_, Reply::Counter(value))) => Some(*value),
        _ => None,
    }
}
