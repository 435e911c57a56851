//! Gossip: how a joinable state spreads over all nodes, through loss, duplication, reordering, partitions and restarts.
//!
//! One engine for every type that is a [`quipu_crdt::Lattice`]; the nodes `gossip`, `g-set` and `broadcast` are thin
//! faces of it. Two mechanisms, each of which would reach convergence on links that heal:
//!
//! 1. **Push, acknowledged.** A change goes to the neighbours of the [`Overlay`] at once, or, if a push went out just
//!    before, at the end of the flush span together with all that came in meanwhile. A node passes on only what was news
//!    to it, and not to whom it came from. Deltas are numbered in a bounded log; each peer acknowledges positions; what is
//!    not acknowledged is sent again, with back-off. A peer that is new, restarted, or further behind than the log
//!    reaches gets the full state.
//! 2. **Anti-entropy.** In each round a random peer gets a fingerprint of the state. If it has the same, a receipt comes
//!    back, and that was all. If not, it sends what it thinks is lacking, and gets in return what *it* lacks. This
//!    repairs whatever the pushes could not: a node that crashed before it passed something on, a hub out of reach, a
//!    neighbour who is given in one direction only. Rounds come often while a neighbour does not answer, seldom while
//!    nothing changes, and are put off while pushes are keeping everyone busy.
//!
//! *Why nothing can go wrong with messages*: each carries a state, and joining is idempotent and commutative, so loss costs
//! time, duplication costs nothing, and order does not matter. The only thing that must never be wrong is the belief
//! that a peer *has* something. It rests on receipts alone; see [`link`] and [`log`] for the two invariants.
//!
//! *Why no operation waits*: the node answers from its own state. All waiting is the engine's, all of it bounded.
//!
//! *Cost.* A change at a star of n nodes: one message to the hub, at most n - 2 from it, shared by all changes of one
//! flush span; receipts ride on pushes where they can. Between equal nodes: a digest and a receipt now and then.
//!
//! *Left out:* membership (all nodes are known from the start) and authentication (a peer is believed).

mod alarm;
mod fingerprint;
mod link;
mod log;
mod settings;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

pub use settings::{GossipSettings, Overlay};
pub use wire::{GossipState, Receipt, Replicated};

use crate::message::PeerMessage;
use crate::node::{Cx, NodeId, Timer};
use crate::time::Time;
use alarm::Alarm;
use link::Link;
use log::DeltaLog;

/// Rounds in a row that may be put off because deltas keep arriving.
const PUT_OFF: u32 = 4;

/// A replicated state and all that it takes to spread it.
///
/// A node hands in its start, its peers' messages and its timers, changes the state through [`Gossip::update`], and calls
/// [`Gossip::settle`] once, at the end of every step: only there are messages sent (but for answers), so that whatever
/// the node persisted or replied stands before them.
#[derive(Debug)]
pub struct Gossip<S> {
    settings: GossipSettings,
    state: S,
    log: DeltaLog<S>,
    /// One per node, in the order of all nodes; the node's own is not used.
    links: Vec<Link>,
    numbers: BTreeMap<NodeId, usize>,
    me: usize,
    neighbours: Vec<usize>,
    /// There may be something that neighbours have not been sent.
    push_wanted: bool,
    /// No push before.
    push_from: Time,
    /// No link has anything due before.
    links_from: Time,
    rounds: Rounds,
    flush_alarm: Alarm,
    retry_alarm: Alarm,
    round_alarm: Alarm,
}

/// When the next round of anti-entropy is due, and why.
#[derive(Debug, Default)]
struct Rounds {
    due: Time,
    interval: Duration,
    /// The state has changed since the last round was due.
    moved: bool,
    put_off: u32,
}

impl<S: Replicated> Gossip<S> {
    /// Gossip of the empty state. Does nothing before [`Gossip::start`].
    pub fn new(settings: GossipSettings) -> Self {
        let atom = Duration::from_millis(1);
        let settings = GossipSettings {
            interval: settings.interval.max(atom),
            retry_after: settings.retry_after.max(atom),
            retry_at_most: settings.retry_at_most.max(atom),
            ..settings
        };
        Self {
            settings,
            state: S::default(),
            log: DeltaLog::new(settings.buffer),
            links: Vec::new(),
            numbers: BTreeMap::new(),
            me: 0,
            neighbours: Vec::new(),
            push_wanted: false,
            push_from: Time::ZERO,
            links_from: Time::ZERO,
            rounds: Rounds { interval: settings.interval, ..Rounds::default() },
            flush_alarm: Alarm::default(),
            retry_alarm: Alarm::default(),
            round_alarm: Alarm::default(),
        }
    }

    /// Begins, with what was recovered from an earlier life; and asks a neighbour at once whether it knows more.
    pub fn start(&mut self, cx: &mut Cx<'_>, recovered: &S) {
        self.numbers = cx.nodes().iter().cloned().zip(0..).collect();
        self.links = cx.nodes().iter().map(|_| Link::default()).collect();
        self.me = self.numbers.get(cx.me()).copied().unwrap_or(0);
        self.neighbours = self.settings.overlay.neighbours(self.me, cx.nodes(), None);
        self.rounds.due = cx.now() + self.settings.interval.mul_f64(0.5 + 0.5 * cx.rng().fraction());
        if !recovered.is_bottom() {
            self.state.join(recovered);
            self.note(None, recovered);
        }
        if let Some(neighbour) = cx.rng().pick(&self.neighbours).copied() {
            self.send_digest(cx, neighbour);
        }
    }

    /// Takes note of the topology that a client gives. It counts under [`Overlay::Given`] only.
    pub fn topology(&mut self, cx: &mut Cx<'_>, topology: &BTreeMap<NodeId, Vec<NodeId>>) {
        self.neighbours = self.settings.overlay.neighbours(self.me, cx.nodes(), Some(topology));
        for peer in &self.neighbours {
            // What went to it as no neighbour was sent without a second try.
            self.links[*peer].sent = self.links[*peer].acked();
        }
        self.push_wanted = true;
    }

    /// The state, as far as known here.
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// Changes the state; `change` returns the delta of what it did. If it fails, it must have changed nothing.
    pub fn update<E>(&mut self, change: impl FnOnce(&mut S) -> Result<S, E>) -> Result<(), E> {
        let delta = change(&mut self.state)?;
        if !delta.is_bottom() {
            self.note(None, &delta);
        }
        Ok(())
    }

    /// Takes a peer's message; one that does not concern gossip, or comes from nobody known, changes nothing. Returns what
    /// the state has gained, if anything.
    pub fn peer(&mut self, cx: &mut Cx<'_>, from: &NodeId, message: PeerMessage) -> Option<S> {
        let peer = self.numbers.get(from).copied().filter(|peer| *peer != self.me)?;
        match message {
            PeerMessage::GossipDelta { boot, base, upto, state, pull, receipt } => {
                self.meet(peer, boot);
                if let Some(receipt) = receipt {
                    self.on_receipt(cx, peer, receipt);
                }
                let state = S::from_wire(state)?;
                let news = self.take_in(peer, &state);
                self.owe(cx, peer, Receipt { of: boot, base, upto });
                if pull {
                    self.answer_pull(cx, peer, &state);
                }
                news
            }
            PeerMessage::GossipReceipt { boot, receipt } => {
                self.meet(peer, boot);
                self.on_receipt(cx, peer, receipt);
                None
            }
            PeerMessage::GossipDigest { boot, upto, fingerprint } => {
                self.meet(peer, boot);
                self.on_digest(cx, peer, Receipt { of: boot, base: 0, upto }, fingerprint);
                None
            }
            PeerMessage::RightsWanted { .. } | PeerMessage::Custom { .. } => None,
        }
    }

    /// Takes a timer; one that is not gossip's, or has gone stale, changes nothing.
    pub fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Flush(number) => self.flush_alarm.fired(number),
            Timer::Retry(number) => self.retry_alarm.fired(number),
            Timer::Round(number) => self.round_alarm.fired(number),
            Timer::Talk(_) | Timer::Deadline(_) => {}
        }
    }

    /// Does what is due and sets the timers. To be called once, at the end of every step.
    pub fn settle(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        if self.push_wanted && now >= self.push_from {
            self.push_all(cx);
        }
        if now >= self.links_from {
            self.tend_links(cx);
        }
        if now >= self.rounds.due && self.links.len() > 1 {
            self.round(cx);
        }
        if self.push_wanted {
            self.flush_alarm.set(cx, self.push_from, Timer::Flush);
        }
        if self.links_from < FAR {
            self.retry_alarm.set(cx, self.links_from, Timer::Retry);
        }
        if self.links.len() > 1 {
            self.round_alarm.set(cx, self.rounds.due, Timer::Round);
        }
    }

    /// Enters a delta that the state already holds into the log.
    fn note(&mut self, source: Option<log::Source>, delta: &S) {
        self.log.append(source, delta);
        self.rounds.moved = true;
        self.push_wanted = true;
    }

    /// The peer speaks in this life. If that is a new one, whatever it had must be sent again.
    fn meet(&mut self, peer: usize, boot: u64) {
        self.push_wanted |= self.links[peer].meet(boot, || self.log.turn());
    }

    /// Joins what a peer sent, and passes on no more than what was news.
    fn take_in(&mut self, peer: usize, state: &S) -> Option<S> {
        let news = state.difference(&self.state);
        if news.is_bottom() {
            return None;
        }
        self.state.join(&news);
        self.note(self.links[peer].as_source(peer), &news);
        Some(news)
    }

    fn on_receipt(&mut self, cx: &mut Cx<'_>, peer: usize, receipt: Receipt) {
        // Of an earlier life of this node, or of positions that never were: not to be believed.
        if receipt.of != cx.boot() || receipt.upto > self.log.head() || receipt.base > receipt.upto {
            return;
        }
        let link = &mut self.links[peer];
        // Pushes were held back while it did not answer.
        self.push_wanted |= link.failures > 0;
        link.has(receipt.base, receipt.upto);
        link.answered(cx.now(), self.settings.retry_after);
    }

    /// Notes that the peer shall have a receipt, and sees to it that it goes out in time.
    fn owe(&mut self, cx: &mut Cx<'_>, peer: usize, receipt: Receipt) {
        let due = cx.now() + self.settings.acknowledge_after;
        if let Some(first) = self.links[peer].owe(receipt, due) {
            send_receipt(cx, peer, first);
        }
        self.links_from = self.links_from.min(due);
    }

    fn on_digest(&mut self, cx: &mut Cx<'_>, peer: usize, receipt: Receipt, theirs: u64) {
        if theirs == self.state.fingerprint() {
            let head = self.log.seal();
            let link = &mut self.links[peer];
            link.has(0, head);
            link.answered(cx.now(), self.settings.retry_after);
            link.take_owed();
            send_receipt(cx, peer, receipt);
        } else {
            let (base, delta) = self.lacking(peer, self.links[peer].acked());
            self.send_delta(cx, peer, base, delta, true);
        }
    }

    /// The peer has sent what it thinks is lacking here and asks for what is lacking there.
    fn answer_pull(&mut self, cx: &mut Cx<'_>, peer: usize, known: &S) {
        self.links[peer].answered(cx.now(), self.settings.retry_after);
        let (base, delta) = self.lacking(peer, self.links[peer].acked());
        let delta = delta.difference(known);
        if delta.is_bottom() {
            let head = self.log.seal();
            self.links[peer].has(base, head);
        } else {
            self.send_delta(cx, peer, base, delta, false);
        }
    }

    /// What a peer lacks who has all up to `base`: from the log, or everything, which is then based on 0.
    fn lacking(&self, peer: usize, base: u64) -> (u64, S) {
        let source = self.links[peer].as_source(peer);
        let delta = if base == 0 { None } else { self.log.since(base, source) };
        delta.map_or_else(|| (0, self.state.clone()), |delta| (base, delta))
    }

    /// Sends all neighbours what they have not been sent. Those that do not answer wait for their retry.
    fn push_all(&mut self, cx: &mut Cx<'_>) {
        self.push_wanted = false;
        let mut pushed = false;
        for index in 0..self.neighbours.len() {
            let peer = self.neighbours[index];
            if self.links[peer].failures == 0 {
                pushed |= self.push(cx, peer);
            }
        }
        // What came from the only one who could be told fills no span.
        if pushed {
            self.push_from = cx.now() + self.settings.flush;
        }
    }

    /// Sends a neighbour what it has not been sent. False if there was nothing to send.
    fn push(&mut self, cx: &mut Cx<'_>, peer: usize) -> bool {
        let head = self.log.seal();
        if self.links[peer].sent >= head {
            return false;
        }
        let (base, delta) = self.lacking(peer, self.links[peer].sent);
        if delta.is_bottom() {
            // All of it came from this very peer.
            self.links[peer].has(base, head);
            self.links[peer].sent = head;
            return false;
        }
        self.send_delta(cx, peer, base, delta, false);
        true
    }

    /// Tries again where nothing was acknowledged, sends receipts that found nothing to ride on, and looks up when the
    /// next of this is due.
    fn tend_links(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        for peer in 0..self.links.len() {
            if self.links[peer].retry_at.is_some_and(|due| due <= now) {
                self.retry(cx, peer);
            }
            if self.links[peer].owed_at().is_some_and(|due| due <= now)
                && let Some(receipt) = self.links[peer].take_owed()
            {
                send_receipt(cx, peer, receipt);
            }
        }
        self.links_from = self.links.iter().filter_map(Link::due).min().unwrap_or(FAR);
    }

    fn retry(&mut self, cx: &mut Cx<'_>, peer: usize) {
        let link = &mut self.links[peer];
        link.retry_at = None;
        if link.acked() < link.sent && self.neighbours.contains(&peer) {
            link.failures = link.failures.saturating_add(1);
            link.sent = link.acked();
            self.push(cx, peer);
            // Rounds with others take over from now on.
            self.rounds.due = self.rounds.due.min(cx.now() + self.settings.interval / 4);
        }
    }

    /// The span until the next try, longer after each failure, and never quite the same at two nodes.
    fn retry_span(&self, cx: &mut Cx<'_>, peer: usize) -> Duration {
        let doublings = self.links[peer].failures.min(16);
        let span = self.settings.retry_after.saturating_mul(1 << doublings);
        let at_most = self.settings.retry_at_most.max(self.settings.retry_after);
        span.min(at_most).mul_f64(0.9 + 0.2 * cx.rng().fraction())
    }

    /// One round of anti-entropy, or its postponement.
    fn round(&mut self, cx: &mut Cx<'_>) {
        let settings = self.settings;
        let cut_off = self.neighbours.iter().any(|peer| self.links[*peer].failures > 0);
        let moved = std::mem::take(&mut self.rounds.moved);
        // While deltas keep arriving, fingerprints differ for the innocent reason that some are on their way.
        let put_off = moved && !cut_off && self.rounds.put_off < PUT_OFF;
        if put_off {
            self.rounds.put_off += 1;
        } else {
            self.rounds.put_off = 0;
            for _ in 0..settings.fanout {
                if let Some(peer) = self.choose_peer(cx) {
                    self.send_digest(cx, peer);
                }
            }
        }
        self.rounds.interval = match (cut_off, moved) {
            (true, _) => settings.interval / 4,
            (false, true) => settings.interval,
            (false, false) => (self.rounds.interval * 2).min(settings.interval * 4),
        };
        self.rounds.due = cx.now() + self.rounds.interval.mul_f64(0.9 + 0.2 * cx.rng().fraction());
    }

    /// A random peer: normally one that answers and is not known to have everything; now and then anyone.
    fn choose_peer(&self, cx: &mut Cx<'_>) -> Option<usize> {
        let peers: Vec<usize> = (0..self.links.len()).filter(|peer| *peer != self.me).collect();
        let answering: Vec<usize> =
            peers.iter().copied().filter(|peer| self.links[*peer].failures == 0).collect();
        let behind: Vec<usize> =
            answering.iter().copied().filter(|peer| self.links[*peer].acked() < self.log.head()).collect();
        let choice = if answering.is_empty() || cx.rng().chance(0.25) {
            peers
        } else if behind.is_empty() {
            answering
        } else {
            behind
        };
        cx.rng().pick(&choice).copied()
    }

    fn send_digest(&mut self, cx: &mut Cx<'_>, peer: usize) {
        let message = PeerMessage::GossipDigest {
            boot: cx.boot(),
            upto: self.log.seal(),
            fingerprint: self.state.fingerprint(),
        };
        // To a neighbour, retries tell better whether it answers.
        if !self.neighbours.contains(&peer) {
            self.links[peer].failures = self.links[peer].failures.saturating_add(1);
        }
        send(cx, peer, message);
    }

    /// Sends a delta with whatever receipt the peer is owed, takes note of how far the peer has been sent, and, for a
    /// neighbour, of when to try again. To others there is no second try: the next round finds what is lacking.
    fn send_delta(&mut self, cx: &mut Cx<'_>, peer: usize, base: u64, delta: S, pull: bool) {
        let upto = self.log.seal();
        let neighbour = self.neighbours.contains(&peer);
        let retry_at = cx.now() + self.retry_span(cx, peer);
        let link = &mut self.links[peer];
        let receipt = link.take_owed();
        link.sent = link.sent.max(upto);
        if neighbour {
            link.retry_at.get_or_insert(retry_at);
            self.links_from = self.links_from.min(retry_at);
        }
        let message =
            PeerMessage::GossipDelta { boot: cx.boot(), base, upto, state: delta.into(), pull, receipt };
        send(cx, peer, message);
    }
}

/// Later than everything.
const FAR: Time = Time::from_nanos(u64::MAX);

fn send_receipt(cx: &mut Cx<'_>, peer: usize, receipt: Receipt) {
    let boot = cx.boot();
    send(cx, peer, PeerMessage::GossipReceipt { boot, receipt });
}

fn send(cx: &mut Cx<'_>, peer: usize, message: PeerMessage) {
    let to = cx.nodes()[peer].clone();
    cx.send(&to, message);
}
