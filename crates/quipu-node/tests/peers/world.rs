//! A small world for gossiping nodes: virtual time, latency, loss, duplication, cuts, kills, a disk that takes time.
//!
//! Everything follows from the seed; tests name theirs, so that a failure replays by running the test again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use quipu_node::{
    Effect, Event, Identity, Node, NodeId, PeerMessage, REPLY_WITHIN, Record, Reply, ReplyTo, Request, Rng,
    Seat, Time, Timer,
};

/// How the links behave.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    pub(crate) mean: Duration,
    pub(crate) exponential: bool,
    pub(crate) loss: f64,
    pub(crate) duplicate: f64,
}

impl Network {
    pub(crate) fn constant(millis: u64) -> Self {
        Self { mean: Duration::from_millis(millis), exponential: false, loss: 0.0, duplicate: 0.0 }
    }

    pub(crate) fn exponential(millis: u64) -> Self {
        Self { exponential: true, ..Self::constant(millis) }
    }

    pub(crate) fn with_faults(self, loss: f64, duplicate: f64) -> Self {
        Self { loss, duplicate, ..self }
    }
}

enum Happening {
    Arrival { from: usize, to: usize, message: PeerMessage },
    Timer { node: usize, boot: u64, timer: Timer },
    Durable { node: usize, boot: u64 },
}

struct Place {
    seat: Option<Seat>,
    boot: u64,
    disk: Vec<Record>,
    /// Effects that wait for a record to be durable; the first is that `Persist`.
    held: Vec<Effect>,
}

pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) network: Network,
    pub(crate) sync_takes: Duration,
    /// Messages from the first to the second vanish.
    pub(crate) cut: BTreeSet<(usize, usize)>,
    /// How many messages nodes have sent one another.
    pub(crate) sent: u64,
    pub(crate) trace: Vec<(Time, usize, usize, PeerMessage)>,
    pub(crate) replies: BTreeMap<i64, (Time, Reply)>,
    make: Box<dyn Fn() -> Box<dyn Node>>,
    nodes: Arc<[NodeId]>,
    places: Vec<Place>,
    agenda: BTreeMap<(Time, u64), Happening>,
    happenings: u64,
    requests: i64,
    rng: Rng,
}

impl World {
    pub(crate) fn new<N: Node + 'static>(
        count: usize,
        seed: u64,
        network: Network,
        make: impl Fn() -> N + 'static,
    ) -> Self {
        let nodes: Arc<[NodeId]> = (0..count).map(|node| NodeId::new(format!("n{node}"))).collect();
        let place = |_| Place { seat: None, boot: 0, disk: Vec::new(), held: Vec::new() };
        let mut world = Self {
            now: Time::ZERO,
            network,
            sync_takes: Duration::ZERO,
            cut: BTreeSet::new(),
            sent: 0,
            trace: Vec::new(),
            replies: BTreeMap::new(),
            make: Box::new(move || Box::new(make())),
            nodes,
            places: (0..count).map(place).collect(),
            agenda: BTreeMap::new(),
            happenings: 0,
            requests: 0,
            rng: Rng::new(seed),
        };
        (0..count).for_each(|node| world.start(node));
        world
    }

    /// Starts a node, or starts it again with what is on its disk.
    pub(crate) fn start(&mut self, node: usize) {
        let boot = self.rng.next_u64() >> 1;
        let identity = Identity { me: self.nodes[node].clone(), nodes: Arc::clone(&self.nodes), boot };
        let seat = Seat::new((self.make)(), identity, self.rng.fork());
        let place = &mut self.places[node];
        (place.seat, place.boot) = (Some(seat), boot);
        let recovered = place.disk.clone();
        self.step(node, Event::Start { recovered });
    }

    /// Kills a node: what was not durable is gone, and so is what waited for it.
    pub(crate) fn kill(&mut self, node: usize) {
        self.places[node].seat = None;
        self.places[node].held.clear();
    }

    /// Hands a request to a node; returns the number under which the reply is found.
    pub(crate) fn request(&mut self, node: usize, request: Request) -> i64 {
        self.requests += 1;
        let deadline = self.now + REPLY_WITHIN;
        let from = ReplyTo { client: "c0".into(), msg_id: self.requests, deadline };
        self.step(node, Event::Request { from, request });
        self.requests
    }

    /// Hands a request to a node that answers at once.
    pub(crate) fn ask(&mut self, node: usize, request: Request) -> Reply {
        let number = self.request(node, request);
        self.replies.get(&number).expect("an answer at once").1.clone()
    }

    /// Hands a peer's message to a node, as if it had arrived.
    pub(crate) fn deliver(&mut self, from: usize, to: usize, message: PeerMessage) {
        let from = self.nodes[from].clone();
        self.step(to, Event::Peer { from, message });
    }

    /// Puts records on a node's disk, as if it had persisted them.
    pub(crate) fn put_on_disk(&mut self, node: usize, records: Vec<Vec<u8>>) {
        self.places[node].disk.extend(records.into_iter().map(Record));
    }

    pub(crate) fn boot(&self, node: usize) -> u64 {
        self.places[node].boot
    }

    pub(crate) fn count(&self) -> usize {
        self.places.len()
    }

    /// Cuts all links between the nodes below `border` and the others.
    pub(crate) fn cut_at(&mut self, border: usize) {
        for a in 0..border {
            for b in border..self.count() {
                self.cut.extend([(a, b), (b, a)]);
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((time, _), happening) = entry.remove_entry();
            self.now = time;
            self.happen(happening);
        }
        self.now = end;
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival { from, to, message } if !self.cut.contains(&(from, to)) => {
                self.deliver(from, to, message);
            }
            Happening::Timer { node, boot, timer } if self.places[node].boot == boot => {
                self.step(node, Event::Timer(timer));
            }
            Happening::Durable { node, boot } if self.places[node].boot == boot => self.became_durable(node),
            _ => {}
        }
    }

    fn step(&mut self, node: usize, event: Event) {
        let mut effects = Vec::new();
        let Some(seat) = &mut self.places[node].seat else { return };
        seat.step(self.now, event, &mut effects);
        self.carry_out(node, effects);
    }

    fn carry_out(&mut self, node: usize, effects: Vec<Effect>) {
        for effect in effects {
            // A timer is no promise to anyone: it need not wait for the disk.
            let held = !self.places[node].held.is_empty() && !matches!(effect, Effect::SetTimer { .. });
            if held {
                self.places[node].held.push(effect);
            } else {
                self.carry_out_one(node, effect);
            }
        }
    }

    fn carry_out_one(&mut self, node: usize, effect: Effect) {
        let boot = self.places[node].boot;
        match effect {
            Effect::Persist(_) => {
                self.places[node].held.push(effect);
                self.plan(self.sync_takes, Happening::Durable { node, boot });
            }
            Effect::Send { to, message } => {
                let to = self.nodes.iter().position(|name| *name == to).expect("a node");
                self.transmit(node, to, &message);
            }
            Effect::Reply { to, reply } => {
                let twice = self.replies.insert(to.msg_id, (self.now, reply));
                assert!(twice.is_none(), "a request was answered twice");
            }
            Effect::SetTimer { after, timer } => self.plan(after, Happening::Timer { node, boot, timer }),
            Effect::Ask { .. } => panic!("these nodes ask no service"),
        }
    }

    fn became_durable(&mut self, node: usize) {
        let mut held = std::mem::take(&mut self.places[node].held).into_iter();
        if let Some(Effect::Persist(record)) = held.next() {
            self.places[node].disk.push(record);
        }
        self.carry_out(node, held.collect());
    }

    fn transmit(&mut self, from: usize, to: usize, message: &PeerMessage) {
        self.sent += 1;
        self.trace.push((self.now, from, to, message.clone()));
        let copies = if self.rng.chance(self.network.duplicate) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.rng.chance(self.network.loss) {
                let mean = self.network.mean;
                let latency = if self.network.exponential { self.rng.exponential(mean) } else { mean };
                self.plan(latency, Happening::Arrival { from, to, message: message.clone() });
            }
        }
    }

    fn plan(&mut self, after: Duration, happening: Happening) {
        self.happenings += 1;
        self.agenda.insert((self.now + after, self.happenings), happening);
    }
}
