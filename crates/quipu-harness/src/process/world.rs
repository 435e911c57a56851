//! The one loop of a world of child processes.
//!
//! It waits for the next of: something a child did, a message that is due on the network, the moment the runner asked
//! for. Everything else follows from that in this one thread, so nothing here is locked.

use std::collections::{BTreeMap, VecDeque};
use std::fs::OpenOptions;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use quipu_maelstrom::{Init, ReplyShape, encode_init, encode_request};
use quipu_node::{NodeId, Request, Rng, Time};
use quipu_sim::{Endpoint, Fault, Network, NetworkStats, Services, TraceEvent, TraceKind};

use super::children::{ChildEvent, ChildEventKind, ChildProcess, Tail};
use super::clients::{Clients, Open};
use super::clock::Clock;
use super::mistakes::{MistakeBook, quoted};
use super::routing::text;
use super::start::{ProcessConfig, StartError};
use crate::mistake::{Mistake, MistakeKind};
use crate::world::{Arrival, World};

/// So many events of children may wait to be looked at. Then their threads wait, and in the end the children. Few, so
/// that a node which floods its stdout does not keep the others waiting.
const EVENTS_WAITING_MAX: usize = 16;

/// After a failed set-up, so long is listened to what else the nodes have to say: it may explain the failure.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Child processes in real time. Dropping it kills them.
#[derive(Debug)]
pub struct ProcessWorld {
    pub(super) config: ProcessConfig,
    pub(super) clock: Clock,
    pub(super) nodes: Vec<Node>,
    events: Receiver<ChildEvent>,
    tell: SyncSender<ChildEvent>,
    pub(super) network: Network<Arc<str>>,
    pub(super) services: Services,
    pub(super) clients: Clients,
    /// Nodes that have not answered `init` yet, and until when they may.
    pub(super) initialising: BTreeMap<u16, Time>,
    pub(super) arrivals: VecDeque<Arrival>,
    pub(super) mistakes: MistakeBook,
    exits: Vec<Exit>,
    pub(super) trace: Vec<TraceEvent>,
}

/// A node's place: the process that runs now, if one does, and its lives so far.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) process: Option<ChildProcess>,
    paused: bool,
    pub(super) lives: Vec<Life>,
}

#[derive(Debug)]
pub(super) struct Life {
    began: Time,
    /// Lines on stdout so far.
    pub(super) lines: u64,
    /// Not heard any more, as in Maelstrom.
    pub(super) deaf: bool,
    killed: bool,
}

/// The end of a process that nobody had killed.
#[derive(Debug)]
struct Exit {
    node: u16,
    status: Option<ExitStatus>,
    lived: Duration,
    tail: Arc<Tail>,
}

impl ProcessWorld {
    /// Starts all nodes and initialises them at the same time; each has 10 s to answer.
    ///
    /// # Errors
    /// If one of them does not; then all are killed.
    pub fn start(config: ProcessConfig) -> Result<Self, StartError> {
        let (tell, events) = sync_channel(EVENTS_WAITING_MAX);
        let mut rng = Rng::new(config.seed);
        let network = Network::new(config.network.clone(), rng.fork());
        let mut services = Services::new(config.seq_kv, rng.fork());
        services.set_observing(config.trace);
        let mut world = Self {
            nodes: (0..config.node_count).map(|_| Node::default()).collect(),
            config,
            clock: Clock::start(),
            events,
            tell,
            network,
            services,
            clients: Clients::default(),
            initialising: BTreeMap::new(),
            arrivals: VecDeque::new(),
            mistakes: MistakeBook::default(),
            exits: Vec::new(),
            trace: Vec::new(),
        };
        for node in 0..world.config.node_count {
            world.start_node(node)?;
        }
        world.await_inits()?;
        Ok(world)
    }

    /// Ids of the processes that run now, by node; for whoever wants to watch them.
    pub fn process_ids(&self) -> Vec<Option<u32>> {
        self.nodes.iter().map(|node| node.process.as_ref().map(ChildProcess::id)).collect()
    }

    fn await_inits(&mut self) -> Result<(), StartError> {
        let mut failed = false;
        while !self.initialising.is_empty() && !failed {
            let until = self.initialising.values().min().copied().unwrap_or_default();
            self.turn(until);
            failed = self.mistakes.has(MistakeKind::NoInitOk) || !self.exits.is_empty();
        }
        if !failed {
            return Ok(());
        }
        let until = self.clock.now() + LAST_WORDS;
        while self.clock.now() < until {
            self.turn(until);
        }
        self.stop_all();
        Err(StartError::NoInitOk { mistakes: self.mistakes.list() })
    }

    fn start_node(&mut self, node: u16) -> Result<(), StartError> {
        let name = Endpoint::Node(node).to_string();
        let place = &mut self.nodes[usize::from(node)];
        let life = place.lives.len();
        let path = self.config.logs.join(format!("{name}.log"));
        let log =
            OpenOptions::new().create(true).append(life > 0).write(true).truncate(life == 0).open(&path);
        let log = log.map_err(|error| StartError::Log { path, error })?;
        let echo = self.config.echo_stderr.then_some(name);
        place.process = Some(ChildProcess::start(&self.config.launch, node, life, log, echo, &self.tell)?);
        place.paused = false;
        let began = self.clock.now();
        place.lives.push(Life { began, lines: 0, deaf: false, killed: false });
        self.send_init(node, began, life);
        Ok(())
    }

    /// The client that initialises node i has number i, as in Maelstrom.
    fn send_init(&mut self, node: u16, now: Time, life: usize) {
        let client = u32::from(node);
        let msg_id = i64::try_from(life + 1).unwrap_or(i64::MAX);
        let nodes = (0..self.config.node_count).map(|other| NodeId::new(Endpoint::Node(other).to_string()));
        let init = Init { node: NodeId::new(Endpoint::Node(node).to_string()), nodes: nodes.collect() };
        let open = Open { node, msg_id, shape: ReplyShape::Init, request: None, asked: now };
        self.clients.ask(client, open);
        self.initialising.insert(node, now + self.config.init_within);
        self.send(now, Endpoint::Client(client), Endpoint::Node(node), text(&encode_init(&init, msg_id)));
    }

    /// Does what is due; if nothing was, waits for one event, at most until `until`.
    fn turn(&mut self, until: Time) {
        let now = self.clock.now();
        self.expire_inits(now);
        let mut idle = now < until;
        while let Some(passage) = self.network.poll(now) {
            self.take_passage(now, passage);
            idle = false;
        }
        if !idle {
            return;
        }
        let inits = self.initialising.values().min().copied();
        let due = [Some(until), self.network.next_due(), inits].into_iter().flatten().min().unwrap_or(until);
        // This world keeps a sender itself, so an error can only mean that the time is over.
        if let Ok(event) = self.events.recv_timeout(due.since(now)) {
            self.take_event(event);
        }
    }

    fn expire_inits(&mut self, now: Time) {
        while let Some((&node, _)) = self.initialising.iter().find(|(_, deadline)| **deadline <= now) {
            self.initialising.remove(&node);
            let within = self.config.init_within.as_secs_f64();
            self.mistakes
                .note(node, MistakeKind::NoInitOk, || format!("no answer to init within {within} s"));
        }
    }

    fn take_event(&mut self, event: ChildEvent) {
        let ChildEvent { node, life, kind } = event;
        match kind {
            ChildEventKind::Lines(bytes) => {
                let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
                for line in bytes.split(|byte| *byte == b'\n') {
                    self.take_line(node, life, &String::from_utf8_lossy(line));
                }
            }
            // Half a line of a node that was killed is nobody's mistake.
            ChildEventKind::LastLine(line) => {
                if !self.nodes[usize::from(node)].lives[life].killed {
                    self.take_line(node, life, &String::from_utf8_lossy(&line));
                }
            }
            ChildEventKind::Ended => self.take_end(node, life),
        }
    }

    /// A process has ended. If nobody had killed it, that is its own doing.
    fn take_end(&mut self, node: u16, life: usize) {
        let now = self.clock.now();
        let place = &mut self.nodes[usize::from(node)];
        if place.lives[life].killed || place.lives.len() != life + 1 {
            return;
        }
        let Some(mut process) = place.process.take() else { return };
        let lived = now.since(place.lives[life].began);
        let status = process.exit_status();
        self.exits.push(Exit { node, status, lived, tail: process.tail() });
        self.initialising.remove(&node);
        self.network.set_down(node, true);
        self.happened(now, node, TraceKind::Crashed, "exited by itself");
    }

    fn kill_node(&mut self, node: u16) {
        let now = self.clock.now();
        if !self.stop_node(node) {
            return;
        }
        self.initialising.remove(&node);
        self.network.set_down(node, true);
        self.happened(now, node, TraceKind::Crashed, "killed");
    }

    /// Kills a node's process; false if there was none, or it had ended by itself a moment ago.
    fn stop_node(&mut self, node: u16) -> bool {
        let place = &mut self.nodes[usize::from(node)];
        let Some(process) = &mut place.process else { return false };
        if process.exit_status().is_some() {
            let life = place.lives.len() - 1;
            self.take_end(node, life);
            return false;
        }
        process.kill();
        place.process = None;
        if let Some(life) = place.lives.last_mut() {
            life.killed = true;
        }
        true
    }

    fn restart_node(&mut self, node: u16) {
        if self.nodes[usize::from(node)].process.is_some() {
            return;
        }
        self.network.set_down(node, false);
        self.happened(self.clock.now(), node, TraceKind::Restarted, "started again");
        if let Err(error) = self.start_node(node) {
            // It was started before; if the program has gone meanwhile, the node stays dead.
            self.network.set_down(node, true);
            self.mistakes.note(node, MistakeKind::NoInitOk, || format!("not started again: {error}"));
        }
    }

    fn set_paused(&mut self, node: u16, paused: bool) {
        let place = &mut self.nodes[usize::from(node)];
        let Some(process) = &place.process else { return };
        if place.paused == paused {
            return;
        }
        place.paused = paused;
        if paused {
            process.pause();
        } else {
            process.resume();
        }
        let (kind, word) =
            if paused { (TraceKind::Paused, "paused") } else { (TraceKind::Resumed, "resumed") };
        self.happened(self.clock.now(), node, kind, word);
    }

    /// Kills all nodes, and puts the ends of those that had ended by themselves into the book.
    fn stop_all(&mut self) {
        // Not until there is none: a node that floods its stdout always has one more.
        for _ in 0..EVENTS_WAITING_MAX {
            match self.events.try_recv() {
                Ok(event) => self.take_event(event),
                Err(_) => break,
            }
        }
        for node in 0..self.config.node_count {
            self.stop_node(node);
        }
        for exit in std::mem::take(&mut self.exits) {
            self.mistakes.note(exit.node, MistakeKind::Exited, || exit.to_string());
        }
    }

    fn happened(&mut self, at: Time, node: u16, kind: TraceKind, word: &str) {
        if self.config.trace {
            let place = Endpoint::Node(node);
            self.trace.push(TraceEvent { at, id: 0, from: place, to: place, kind, label: word.to_owned() });
        }
    }
}

impl World for ProcessWorld {
    fn now(&self) -> Time {
        self.clock.now()
    }

    fn request(&mut self, client: u32, node: u16, msg_id: i64, request: &Request, shape: ReplyShape) {
        let now = self.clock.now();
        let open = Open { node, msg_id, shape, request: Some(request.clone()), asked: now };
        self.clients.ask(client, open);
        let body = text(&encode_request(request, msg_id));
        self.send(now, Endpoint::Client(client), Endpoint::Node(node), body);
    }

    fn close_client(&mut self, client: u32) {
        self.clients.close(client, self.clock.now());
    }

    fn run_until(&mut self, until: Time) -> Option<Arrival> {
        loop {
            self.turn(until);
            if let Some(arrival) = self.arrivals.pop_front() {
                return Some(arrival);
            }
            if self.clock.now() >= until {
                return None;
            }
        }
    }

    fn inject(&mut self, fault: &Fault) {
        let now = self.clock.now();
        if self.config.trace {
            let nobody = Endpoint::Node(0);
            let label = fault.to_string();
            self.trace.push(TraceEvent {
                at: now,
                id: 0,
                from: nobody,
                to: nobody,
                kind: TraceKind::Fault,
                label,
            });
        }
        match fault {
            Fault::Partition(partition) => {
                for (receiver, sender) in partition.cuts() {
                    self.network.block(receiver, sender);
                }
            }
            Fault::Heal => self.network.heal(),
            Fault::Kill(nodes) => nodes.iter().for_each(|node| self.kill_node(*node)),
            Fault::Restart(nodes) => nodes.iter().for_each(|node| self.restart_node(*node)),
            Fault::Pause(nodes) => nodes.iter().for_each(|node| self.set_paused(*node, true)),
            Fault::Resume(nodes) => nodes.iter().for_each(|node| self.set_paused(*node, false)),
            Fault::Slow => self.network.set_slow(true),
            Fault::Fast => self.network.set_slow(false),
        }
    }

    fn network_stats(&self) -> NetworkStats {
        self.network.stats()
    }

    fn take_trace(&mut self) -> Vec<TraceEvent> {
        std::mem::take(&mut self.trace)
    }

    fn finish(&mut self) -> Vec<Mistake> {
        self.stop_all();
        self.mistakes.list()
    }
}

impl std::fmt::Display for Exit {
    /// How a process ended, after how long, and its last words.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.status {
            Some(status) => status.fmt(f)?,
            None => f.write_str("unknown status")?,
        }
        write!(f, " after {:.1} s", self.lived.as_secs_f64())?;
        let lines = self.tail.lines();
        if lines.is_empty() {
            return f.write_str("; nothing on stderr");
        }
        write!(f, "; last on stderr:")?;
        for line in lines {
            write!(f, "\n    {}", quoted(&line))?;
        }
        Ok(())
    }
}
