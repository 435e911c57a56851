//! The world: nodes, network, services, disks and one clock that jumps from event to event.
//!
//! A world is a value and a run is a function of its seed: the order of simultaneous events included. Each part draws
//! from a generator of its own (network, services, boot numbers, every node), so that one more draw in one of them
//! changes nothing in the others.
//!
//! Clients are not simulated here; whoever drives the world sends requests and takes the replies ([`Sim::request`],
//! [`Sim::run_until`]).

mod agenda;
mod place;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quipu_node::{
    Answer, Effect, Event, KvError, KvRequest, Node, NodeId, PeerMessage, QuestionId, Reply, ReplyTo,
    Request, Rng, Service, Time,
};

use crate::endpoint::Endpoint;
use crate::faults::Fault;
use crate::network::{Envelope, LossCause, Network, NetworkConfig, Passage};
use crate::network_stats::NetworkStats;
use crate::services::{SeqKvModel, Services};
use crate::trace::{TraceEvent, TraceKind};
use agenda::{Agenda, Errand, Task};
use place::Place;

/// What a world is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct SimConfig {
    /// How many nodes: n0, n1, ...
    pub nodes: u16,
    /// What the network is like while no fault is active.
    pub network: NetworkConfig,
    /// How `seq-kv` uses its freedom.
    pub seq_kv: SeqKvModel,
    /// How long it takes until a persisted record is durable.
    pub disk_sync: Duration,
    /// Whether to keep a trace. It costs time and memory.
    pub trace: bool,
}

impl Default for SimConfig {
    /// Three nodes, Maelstrom's `seq-kv`, a disk that syncs in 1 ms, no trace.
    fn default() -> Self {
        Self {
            nodes: 3,
            network: NetworkConfig::default(),
            seq_kv: SeqKvModel::default(),
            disk_sync: Duration::from_millis(1),
            trace: false,
        }
    }
}

/// A reply that has reached its client.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientReply {
    /// Which client.
    pub client: u32,
    /// Which node answered.
    pub node: u16,
    /// The number the client gave its request.
    pub msg_id: i64,
    /// The answer.
    pub reply: Reply,
}

/// A reply that a node gave after its deadline, and that the world therefore dropped.
#[derive(Clone, Debug, PartialEq)]
pub struct LateReply {
    /// Which node was late.
    pub node: u16,
    /// The client that did not get the reply.
    pub client: u32,
    /// Which of its requests.
    pub msg_id: i64,
    /// How long after the deadline.
    pub late_by: Duration,
}

/// A simulated cluster.
pub struct Sim {
    config: SimConfig,
    now: Time,
    network: Network<Message>,
    services: Services,
    boots: Rng,
    make: Box<dyn Fn() -> Box<dyn Node> + Send>,
    names: Arc<[NodeId]>,
    places: Vec<Place>,
    agenda: Agenda,
    clients: BTreeMap<u32, Arc<str>>,
    late: Vec<LateReply>,
    trace: Vec<TraceEvent>,
    /// Kept between steps for its memory.
    effects: Vec<Effect>,
}

/// What travels in this world's network.
#[derive(Clone, Debug, PartialEq)]
enum Message {
    Request { msg_id: i64, request: Request },
    Reply { msg_id: i64, reply: Reply },
    Peer(PeerMessage),
    Ask { question: QuestionId, life: u32, request: KvRequest },
    Answer { question: QuestionId, life: u32, result: Result<Answer, KvError> },
}

impl Sim {
    /// A cluster of nodes made by `make`, all started at time zero. Everything that happens follows from `seed` and
    /// from what the caller does at which time.
    pub fn new(config: SimConfig, seed: u64, make: Box<dyn Fn() -> Box<dyn Node> + Send>) -> Self {
        let mut rng = Rng::new(seed);
        let network = Network::new(config.network.clone(), rng.fork());
        let mut services = Services::new(config.seq_kv, rng.fork());
        services.set_observing(config.trace);
        let boots = rng.fork();
        let names = (0..config.nodes).map(|node| NodeId::new(format!("n{node}"))).collect();
        let places = (0..config.nodes).map(|_| Place::new(rng.fork())).collect();
        let mut sim = Self {
            config,
            now: Time::ZERO,
            network,
            services,
            boots,
            make,
            names,
            places,
            agenda: Agenda::default(),
            clients: BTreeMap::new(),
            late: Vec::new(),
            trace: Vec::new(),
            effects: Vec::new(),
        };
        for node in 0..sim.config.nodes {
            sim.start(node);
        }
        sim
    }

    /// The present moment.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// A client asks a node. It must be answered [`quipu_node::REPLY_WITHIN`] after it arrives; if not, the client
    /// hears nothing. A node that does not exist, or is dead, does not answer either.
    pub fn request(&mut self, client: u32, node: u16, msg_id: i64, request: Request) {
        self.send(Endpoint::Client(client), Endpoint::Node(node), Message::Request { msg_id, request });
    }

    /// Lets time pass until a reply reaches a client, and returns it; the present is that moment. Otherwise until
    /// `until`, and returns nothing.
    pub fn run_until(&mut self, until: Time) -> Option<ClientReply> {
        loop {
            let message = self.network.next_due();
            let errand = self.agenda.next_due();
            let next = [message, errand].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = self.now.max(until);
                return None;
            };
            self.now = self.now.max(next);
            // Of a message and an errand due together, the errand comes first.
            if errand == Some(next) {
                if let Some(errand) = self.agenda.pop() {
                    self.run_errand(errand);
                }
            } else if let Some(passage) = self.network.poll(self.now)
                && let Some(reply) = self.pass(passage)
            {
                return Some(reply);
            }
        }
    }

    /// Makes a fault happen now.
    pub fn inject(&mut self, fault: &Fault) {
        if self.config.trace {
            let nobody = Endpoint::Node(0);
            self.note(0, nobody, nobody, TraceKind::Fault, fault.to_string());
        }
        match fault {
            Fault::Partition(partition) => {
                for (receiver, sender) in partition.cuts() {
                    self.network.block(receiver, sender);
                }
            }
            Fault::Heal => self.network.heal(),
            Fault::Slow => self.network.set_slow(true),
            Fault::Fast => self.network.set_slow(false),
            Fault::Kill(nodes) => self.each(nodes, Self::kill),
            Fault::Restart(nodes) => self.each(nodes, Self::restart),
            Fault::Pause(nodes) => self.each(nodes, Self::pause),
            Fault::Resume(nodes) => self.each(nodes, Self::resume),
        }
    }

    /// How many messages were sent and received so far.
    pub const fn network_stats(&self) -> NetworkStats {
        self.network.stats()
    }

    /// What happened since the last call; always empty unless [`SimConfig::trace`] is set.
    pub fn take_trace(&mut self) -> Vec<TraceEvent> {
        std::mem::take(&mut self.trace)
    }

    /// The replies that came after their deadline so far; each is a mistake of the node.
    pub fn late_replies(&self) -> &[LateReply] {
        &self.late
    }

    fn each(&mut self, nodes: &[u16], change: fn(&mut Self, u16)) {
        for node in nodes {
            if *node < self.config.nodes {
                change(self, *node);
            }
        }
    }

    fn start(&mut self, node: u16) {
        let boot = self.boots.next_u64() >> 1;
        let recovered = self.places[usize::from(node)].seat((self.make)(), &self.names, node, boot);
        self.step(node, Event::Start { recovered });
    }

    fn kill(&mut self, node: u16) {
        if self.places[usize::from(node)].crash() {
            self.note_node(node, TraceKind::Crashed);
            self.network.set_down(node, true);
            self.network.set_hold(node, false);
        }
    }

    fn restart(&mut self, node: u16) {
        if !self.places[usize::from(node)].is_alive() {
            self.note_node(node, TraceKind::Restarted);
            self.network.set_down(node, false);
            self.start(node);
        }
    }

    fn pause(&mut self, node: u16) {
        if self.places[usize::from(node)].pause() {
            self.note_node(node, TraceKind::Paused);
            self.network.set_hold(node, true);
        }
    }

    fn resume(&mut self, node: u16) {
        let Some(missed) = self.places[usize::from(node)].resume() else {
            return;
        };
        self.note_node(node, TraceKind::Resumed);
        self.network.set_hold(node, false);
        // Messages and errands that waited are due in the past, so they come at once, in the order they would have had.
        for (at, task) in missed {
            let life = self.places[usize::from(node)].life();
            self.agenda.push(at, Errand { node, life, task });
        }
    }

    /// Does what is due at one node, unless the node has crashed since; a paused node does it later.
    fn run_errand(&mut self, errand: Errand) {
        let Errand { node, life, task } = errand;
        let place = &mut self.places[usize::from(node)];
        if place.life() != life {
            return;
        }
        let Some(task) = place.take_up(self.now, task) else {
            return;
        };
        match task {
            Task::Timer(timer) => self.step(node, Event::Timer(timer)),
            Task::Synced => {
                let (records, released) = place.disk.synced();
                for effect in released {
                    self.carry_out(node, effect);
                }
                self.step(node, Event::Durable { records });
            }
            Task::Expire => {
                while let Some(question) = self.places[usize::from(node)].questions.pop_expired(self.now) {
                    let result = Err(KvError::Unknown("no answer in time".into()));
                    self.step(node, Event::Answer { question, result });
                }
                self.watch_questions(node, true);
            }
        }
    }

    /// Makes sure that the node is woken when its next question expires; `woken` if it just was.
    fn watch_questions(&mut self, node: u16, woken: bool) {
        let place = &mut self.places[usize::from(node)];
        if let Some(at) = place.next_wake(woken) {
            let life = place.life();
            self.agenda.push(at, Errand { node, life, task: Task::Expire });
        }
    }

    fn step(&mut self, node: u16, event: Event) {
        let mut effects = std::mem::take(&mut self.effects);
        self.places[usize::from(node)].step(self.now, event, &mut effects);
        for effect in effects.drain(..) {
            let disk = &mut self.places[usize::from(node)].disk;
            if let Effect::Persist(record) = effect {
                disk.write(record);
                let life = self.places[usize::from(node)].life();
                self.agenda.push(self.now + self.config.disk_sync, Errand { node, life, task: Task::Synced });
            } else if let Some(effect) = disk.gate(effect) {
                self.carry_out(node, effect);
            }
        }
        self.effects = effects;
    }

    fn carry_out(&mut self, node: u16, effect: Effect) {
        let from = Endpoint::Node(node);
        let life = self.places[usize::from(node)].life();
        match effect {
            Effect::Persist(_) => {}
            Effect::Send { to, message } => match to.as_str().parse() {
                Ok(to) => self.send(from, to, Message::Peer(message)),
                Err(_) => {
                    self.note(0, from, from, TraceKind::Lost(LossCause::NoSuchNode), format!("to {to}"));
                }
            },
            Effect::Reply { to, reply } => self.reply(node, &to, reply),
            Effect::Ask { question, service, request, timeout } => {
                self.places[usize::from(node)].questions.insert(question, self.now + timeout);
                self.watch_questions(node, false);
                self.send(from, Endpoint::Service(service), Message::Ask { question, life, request });
            }
            Effect::SetTimer { after, timer } => {
                self.agenda.push(self.now + after, Errand { node, life, task: Task::Timer(timer) });
            }
        }
    }

    /// Sends a reply that is wanted: in time, and to a request that is open.
    fn reply(&mut self, node: u16, to: &ReplyTo, reply: Reply) {
        let ReplyTo { msg_id, deadline, .. } = *to;
        let Ok(Endpoint::Client(client)) = to.client.parse() else {
            return;
        };
        let open = self.places[usize::from(node)].close_request(client, msg_id);
        let late_by = self.now.since(deadline);
        if open && late_by.is_zero() {
            return self.send(
                Endpoint::Node(node),
                Endpoint::Client(client),
                Message::Reply { msg_id, reply },
            );
        }
        if !late_by.is_zero() {
            self.late.push(LateReply { node, client, msg_id, late_by });
        }
        if self.config.trace {
            let (from, to) = (Endpoint::Node(node), Endpoint::Client(client));
            self.note(0, from, to, TraceKind::Unwanted, reply.to_string());
        }
    }

    fn send(&mut self, from: Endpoint, to: Endpoint, message: Message) {
        let label = if self.config.trace { message.to_string() } else { String::new() };
        if matches!(to, Endpoint::Node(node) if node >= self.config.nodes) {
            return self.note(0, from, to, TraceKind::Lost(LossCause::NoSuchNode), label);
        }
        let id = self.network.send(self.now, from, to, message);
        self.note(id, from, to, TraceKind::Sent, label);
    }

    /// Takes note of what became of a message, and hands it over if it arrived.
    fn pass(&mut self, passage: Passage<Message>) -> Option<ClientReply> {
        let (envelope, kind) = match passage {
            Passage::Delivered(envelope) if envelope.copy => (envelope, TraceKind::Duplicated),
            Passage::Delivered(envelope) => (envelope, TraceKind::Received),
            Passage::Lost { envelope, cause } => (envelope, TraceKind::Lost(cause)),
        };
        let lost = matches!(kind, TraceKind::Lost(_));
        if self.config.trace {
            self.note(envelope.id, envelope.from, envelope.to, kind, envelope.payload.to_string());
        }
        if lost { None } else { self.deliver(envelope) }
    }

    fn deliver(&mut self, envelope: Envelope<Message>) -> Option<ClientReply> {
        let Envelope { id, from, to, payload, .. } = envelope;
        match (from, to, payload) {
            (Endpoint::Node(node), Endpoint::Client(client), Message::Reply { msg_id, reply }) => {
                return Some(ClientReply { client, node, msg_id, reply });
            }
            (Endpoint::Client(client), Endpoint::Node(node), Message::Request { msg_id, request }) => {
                let name = Arc::clone(self.clients.entry(client).or_insert_with(|| from.to_string().into()));
                let reads = request == Request::Read;
                let to = self.places[usize::from(node)].open_request(self.now, name, client, msg_id, reads);
                self.step(node, Event::Request { from: to, request });
            }
            (Endpoint::Node(peer), Endpoint::Node(node), Message::Peer(message)) => {
                let from = self.names[usize::from(peer)].clone();
                self.step(node, Event::Peer { from, message });
            }
            (Endpoint::Node(node), Endpoint::Service(service), Message::Ask { question, life, request }) => {
                self.serve(id, node, service, question, life, &request);
            }
            (_, Endpoint::Node(node), Message::Answer { question, life, result }) => {
                let place = &mut self.places[usize::from(node)];
                if place.life() == life && place.questions.remove(question) {
                    self.step(node, Event::Answer { question, result });
                }
            }
            // A peer's message sent to a service or a client: nobody there understands it.
            _ => {}
        }
        None
    }

    fn serve(
        &mut self,
        id: u64,
        node: u16,
        service: Service,
        question: QuestionId,
        life: u32,
        request: &KvRequest,
    ) {
        let (caller, server) = (Endpoint::Node(node), Endpoint::Service(service));
        // What may be lost may be asked again, and a lock never given back: then nobody can vouch for a caller.
        let reliable = self.config.network.loss <= 0.0;
        let intent = self.places[usize::from(node)].intent(self.now, life, question, reliable);
        let outcome = self.services.handle(service, caller, request, intent);
        if let Some(observation) = outcome.observation {
            let label = observation.to_string();
            self.note(id, server, caller, TraceKind::Observed(observation), label);
        }
        if let Some(result) = outcome.answer {
            self.send(server, caller, Message::Answer { question, life, result });
        }
    }

    fn note_node(&mut self, node: u16, kind: TraceKind) {
        let node = Endpoint::Node(node);
        self.note(0, node, node, kind, String::new());
    }

    fn note(&mut self, id: u64, from: Endpoint, to: Endpoint, kind: TraceKind, label: String) {
        if self.config.trace {
            self.trace.push(TraceEvent { at: self.now, id, from, to, kind, label });
        }
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request { request, .. } => request.fmt(f),
            Self::Reply { reply, .. } => reply.fmt(f),
            Self::Peer(message) => message.fmt(f),
            Self::Ask { request, .. } => request.fmt(f),
            Self::Answer { result: Ok(answer), .. } => answer.fmt(f),
            Self::Answer { result: Err(error), .. } => write!(f, "error: {error}"),
        }
    }
}

impl std::fmt::Debug for Sim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sim").field("now", &self.now).field("config", &self.config).finish_non_exhaustive()
    }
}
