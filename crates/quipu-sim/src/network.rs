//! The network: queues, latency, loss and partitions, without a clock of its own.
//!
//! The idea is Maelstrom's. Each destination has a queue ordered by deadline (sending time plus latency) and one
//! reader. The reader takes the head, *then* asks whether a partition stands between, *then* waits for the
//! deadline. So a message is judged by the partitions of the moment it is picked up, and a slow message picked up
//! early holds back faster ones behind it. Messages with a client at either end have no latency; partitions only
//! ever stand between nodes.
//!
//! Two worlds drive it, the simulator and the one of child processes: both hand in the time, ask
//! [`Network::next_due`] when something will happen, and [`Network::poll`] for what has happened.
//!
//! What Maelstrom's command line cannot do and this can: lose, duplicate and reorder messages between nodes, and
//! between nodes and services; and a short processing time per delivery ([`NetworkConfig::hop`]), which in virtual
//! time stands for what a real run spends in pipes and processes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::time::Duration;

use quipu_node::{Rng, Service, Time};

use crate::endpoint::Endpoint;
use crate::inbox::{Inbox, Queued};
use crate::latency::Latency;
use crate::network_stats::NetworkStats;

/// What a network is like while no fault is active.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkConfig {
    /// Latency of messages without a client at either end.
    pub latency: Latency,
    /// Probability that a message without a client at either end is lost.
    pub loss: f64,
    /// Probability that such a message arrives a second time. The copy wanders for up to 120 ms (60 in the mean)
    /// before it queues, so that it is often late.
    pub duplicate: f64,
    /// Probability that such a message wanders likewise before it queues, so that later ones overtake it.
    pub reorder: f64,
    /// Mean processing time added to each delivery, drawn evenly between half and one and a half of it. It delays
    /// without limiting throughput and keeps the order of arrival. Zero in real time, where it comes by itself.
    pub hop: Duration,
    /// Messages on their way from different senders do not wait for one another: each travels by itself, and meets the
    /// destination's reader, and a partition, when it arrives. Not Maelstrom's network; a wide-area one.
    pub apart: bool,
}

impl Default for NetworkConfig {
    /// No latency, no losses, and hops of 1 ms: a local read takes about 2 ms, as it does in a real run.
    fn default() -> Self {
        let hop = Duration::from_millis(1);
        Self { latency: Latency::default(), loss: 0.0, duplicate: 0.0, reorder: 0.0, hop, apart: false }
    }
}

/// A message under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<P> {
    /// The message's number, from 1 in order of sending. A duplicate has the number of its original.
    pub id: u64,
    /// Who sent it.
    pub from: Endpoint,
    /// Whom it is for.
    pub to: Endpoint,
    /// When it was sent.
    pub sent_at: Time,
    /// True for the copy that duplication made.
    pub copy: bool,
    /// What it says.
    pub payload: P,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Passage<P> {
    /// It is handed to its destination now.
    Delivered(Envelope<P>),
    /// It will never arrive.
    Lost {
        /// The message.
        envelope: Envelope<P>,
        /// Why.
        cause: LossCause,
    },
}

/// Why a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossCause {
    /// A partition stood between when the message was picked up.
    Partition,
    /// Chance ([`NetworkConfig::loss`]).
    Loss,
    /// The destination was dead, or died with the message in its queue.
    Down,
    /// There is nobody of that name.
    NoSuchNode,
}

/// A network between nodes, clients and services; `P` is what messages say.
///
/// Sending and polling cost a logarithm of the number of messages under way.
#[derive(Debug)]
pub struct Network<P> {
    config: NetworkConfig,
    rng: Rng,
    slow: bool,
    blocked: BTreeSet<(u16, u16)>,
    nodes: Vec<Inbox<P>>,
    services: [Inbox<P>; Service::ALL.len()],
    clients: BTreeMap<u32, Inbox<P>>,
    moves: BinaryHeap<Reverse<Move>>,
    wandering: BTreeMap<u64, Queued<P>>,
    /// What was lost and when, not told yet.
    lost: VecDeque<(Time, Envelope<P>, LossCause)>,
    sent: u64,
    order: u64,
    stats: NetworkStats,
}

/// Something the network does at a set time. The order number makes simultaneous moves follow the order in which
/// they came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Move {
    at: Time,
    order: u64,
    to: Endpoint,
    /// Moves of an earlier life of the inbox are void.
    life: u32,
    kind: MoveKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MoveKind {
    /// A wandering message joins the queue.
    Queue,
    /// The deadline of the message the reader holds.
    Ready,
    /// A message that was processed arrives.
    Arrive,
}

/// A message that wanders does so for a span evenly drawn around this mean.
const WANDERING_MEAN: Duration = Duration::from_millis(60);

/// How much longer latencies are on a slow network.
const SLOW_SCALE: u32 = 10;

impl<P: Clone> Network<P> {
    /// A network without faults. All its chance comes from `rng`.
    pub fn new(config: NetworkConfig, rng: Rng) -> Self {
        Self {
            config,
            rng,
            slow: false,
            blocked: BTreeSet::new(),
            nodes: Vec::new(),
            services: std::array::from_fn(|_| Inbox::default()),
            clients: BTreeMap::new(),
            moves: BinaryHeap::new(),
            wandering: BTreeMap::new(),
            lost: VecDeque::new(),
            sent: 0,
            order: 0,
            stats: NetworkStats::default(),
        }
    }

    /// Sends a message and returns its number. Losses, too, are told by [`Network::poll`].
    pub fn send(&mut self, now: Time, from: Endpoint, to: Endpoint, payload: P) -> u64 {
        self.sent += 1;
        self.stats.count_sent(from, to);
        let envelope = Envelope { id: self.sent, from, to, sent_at: now, copy: false, payload };
        if from.is_client() || to.is_client() {
            self.order += 1;
            self.queue(now, Queued { deadline: now, order: self.order, envelope });
            return self.sent;
        }
        if self.rng.chance(self.config.duplicate) {
            let copy = Envelope { copy: true, ..envelope.clone() };
            self.wander(now, copy);
        }
        if self.rng.chance(self.config.loss) {
            self.lost.push_back((now, envelope, LossCause::Loss));
        } else if self.rng.chance(self.config.reorder) {
            self.wander(now, envelope);
        } else {
            let queued = self.with_latency(now, envelope);
            if self.config.apart && queued.deadline > now {
                self.travel(queued.deadline, queued);
            } else {
                self.queue(now, queued);
            }
        }
        self.sent
    }

    /// When to [`Network::poll`] next: the moment may already have passed. None if nothing is under way.
    pub fn next_due(&self) -> Option<Time> {
        match self.lost.front() {
            Some((at, ..)) => Some(*at),
            None => self.moves.peek().map(|next| next.0.at),
        }
    }

    /// The next thing that has happened by `now`; ask again until there is none.
    pub fn poll(&mut self, now: Time) -> Option<Passage<P>> {
        loop {
            if let Some((_, envelope, cause)) = self.lost.pop_front() {
                return Some(Passage::Lost { envelope, cause });
            }
            if self.moves.peek()?.0.at > now {
                return None;
            }
            let Reverse(next) = self.moves.pop()?;
            if let Some(envelope) = self.carry_out(now, next) {
                self.stats.count_received(envelope.from, envelope.to);
                return Some(Passage::Delivered(envelope));
            }
        }
    }

    /// From now on the node `receiver` hears nothing from the node `sender`.
    pub fn block(&mut self, receiver: u16, sender: u16) {
        self.blocked.insert((receiver, sender));
    }

    /// Ends all partitions. What was lost stays lost.
    pub fn heal(&mut self) {
        self.blocked.clear();
    }

    /// Makes the latencies of messages sent from now on ten times as long, or as usual again.
    pub const fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
    }

    /// Holds back all deliveries to a node, or lets them come: those that waited are due at once, in order.
    pub fn set_hold(&mut self, node: u16, hold: bool) {
        let to = Endpoint::Node(node);
        let inbox = self.inbox(to);
        inbox.held = hold;
        let life = inbox.life;
        let overdue: Vec<Time> = if hold { Vec::new() } else { inbox.take_overdue() };
        for at in overdue {
            self.schedule(at, to, life, MoveKind::Arrive);
        }
    }

    /// Loses everything queued for a node: the node has crashed.
    pub fn drop_queue(&mut self, node: u16) {
        let dropped = self.inbox(Endpoint::Node(node)).drop_all();
        self.lost.extend(dropped.into_iter().map(|envelope| (envelope.sent_at, envelope, LossCause::Down)));
    }

    /// Marks a node as dead, whose queue is lost and to which nothing is delivered, or as alive.
    pub fn set_down(&mut self, node: u16, down: bool) {
        if down {
            self.drop_queue(node);
        }
        self.inbox(Endpoint::Node(node)).down = down;
    }

    /// How many messages were sent and received so far.
    pub const fn stats(&self) -> NetworkStats {
        self.stats
    }

    fn carry_out(&mut self, now: Time, next: Move) -> Option<Envelope<P>> {
        if next.kind == MoveKind::Queue {
            let mut queued = self.wandering.remove(&next.order)?;
            queued.deadline = queued.deadline.max(now);
            self.queue(now, queued);
            return None;
        }
        let inbox = self.inbox(next.to);
        if inbox.life != next.life {
            return None;
        }
        if next.kind == MoveKind::Ready {
            let envelope = inbox.picked.take()?;
            self.process(now, envelope);
            self.read(now, next.to);
            return None;
        }
        if inbox.held {
            inbox.overdue += 1;
            return None;
        }
        let down = inbox.down;
        let envelope = inbox.arrive()?;
        if down {
            self.lost.push_back((now, envelope, LossCause::Down));
            return None;
        }
        Some(envelope)
    }

    fn with_latency(&mut self, now: Time, envelope: Envelope<P>) -> Queued<P> {
        let scale = if self.slow { SLOW_SCALE } else { 1 };
        let deadline = now + self.config.latency.draw(scale, &mut self.rng);
        self.order += 1;
        Queued { deadline, order: self.order, envelope }
    }

    /// Lets a message stray before it queues. In the queue it would block the reader, and with it all others.
    fn wander(&mut self, now: Time, envelope: Envelope<P>) {
        let queued = self.with_latency(now, envelope);
        let at = now + self.rng.uniform(WANDERING_MEAN);
        self.travel(at, queued);
    }

    /// Lets a message join its queue at some moment, and be nowhere until then.
    fn travel(&mut self, at: Time, queued: Queued<P>) {
        self.schedule(at, queued.envelope.to, 0, MoveKind::Queue);
        self.wandering.insert(self.order, queued);
    }

    fn queue(&mut self, now: Time, queued: Queued<P>) {
        let to = queued.envelope.to;
        let inbox = self.inbox(to);
        if inbox.picked.is_none() && inbox.queue.is_empty() {
            // The reader is idle, and takes what comes.
            self.pick_up(now, queued.deadline, queued.envelope);
        } else {
            inbox.queue.push(queued);
            self.read(now, to);
        }
    }

    /// The reader of one destination takes what it can take now.
    fn read(&mut self, now: Time, to: Endpoint) {
        loop {
            let inbox = self.inbox(to);
            if inbox.picked.is_some() {
                return;
            }
            let Some(Queued { deadline, envelope, .. }) = inbox.queue.pop() else {
                return;
            };
            self.pick_up(now, deadline, envelope);
        }
    }

    /// The reader judges a message by the partitions of this moment, and waits for its deadline.
    fn pick_up(&mut self, now: Time, deadline: Time, envelope: Envelope<P>) {
        let to = envelope.to;
        if self.is_blocked(envelope.from, to) {
            self.lost.push_back((now, envelope, LossCause::Partition));
        } else if deadline <= now {
            self.process(now, envelope);
        } else {
            let inbox = self.inbox(to);
            inbox.picked = Some(envelope);
            let life = inbox.life;
            self.schedule(deadline, to, life, MoveKind::Ready);
        }
    }

    /// The reader is done with a message; it arrives once it is processed, never before one read earlier.
    fn process(&mut self, now: Time, envelope: Envelope<P>) {
        let to = envelope.to;
        let hop = self.config.hop / 2 + self.rng.uniform(self.config.hop / 2);
        let inbox = self.inbox(to);
        let at = inbox.last_arrival.max(now + hop);
        inbox.last_arrival = at;
        inbox.arriving.push_back((at, envelope));
        let life = inbox.life;
        self.schedule(at, to, life, MoveKind::Arrive);
    }

    fn schedule(&mut self, at: Time, to: Endpoint, life: u32, kind: MoveKind) {
        self.order += 1;
        self.moves.push(Reverse(Move { at, order: self.order, to, life, kind }));
    }

    fn is_blocked(&self, from: Endpoint, to: Endpoint) -> bool {
        match (from, to) {
            (Endpoint::Node(sender), Endpoint::Node(receiver)) => {
                !self.blocked.is_empty() && self.blocked.contains(&(receiver, sender))
            }
            _ => false,
        }
    }

    fn inbox(&mut self, of: Endpoint) -> &mut Inbox<P> {
        match of {
            Endpoint::Node(number) => {
                let number = usize::from(number);
                if number >= self.nodes.len() {
                    self.nodes.resize_with(number + 1, Inbox::default);
                }
                &mut self.nodes[number]
            }
            Endpoint::Service(service) => &mut self.services[service as usize],
            Endpoint::Client(number) => self.clients.entry(number).or_default(),
        }
    }
}
