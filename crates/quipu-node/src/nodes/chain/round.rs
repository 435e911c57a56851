//! One round: the loop that swaps until a link of this node stands in the chain.

use std::sync::Arc;
use std::time::Duration;

use super::link::Link;
use crate::nodes::batch::Batch;
use crate::nodes::failure::Failure;
use crate::nodes::settings::Remedy;
use crate::{Clock, Kv, KvError, NodeId, Time, Value};

const KEY: &str = "chain";

/// After so many refusals in a row a round makes sure to see the newest state before it swaps again.
const REFUSALS_BEFORE_BARRIER: u32 = 3;

/// If so many rounds of others come between two of a node, it begins at the barrier: the first swaps would be refused.
const FOREIGN_ROUNDS_BEFORE_BARRIER: u64 = 4;

/// From here on a swap takes so long that time is dearer than messages: then the first refusal, and a single foreign
/// round between two of this node, are enough.
const LONG_SWAP: Duration = Duration::from_millis(10);

/// The longest rest between two rounds, whatever the swaps take.
const MAX_REST: Duration = Duration::from_secs(1);

/// The most time that a round asks for before it begins, however slow the store is.
const MAX_ALLOWANCE: Duration = Duration::from_secs(2);

/// What a node remembers between its rounds.
#[derive(Debug)]
pub(super) struct Member {
    me: Arc<str>,
    /// Where the node writes to be carried to the newest state.
    barrier_key: String,
    boot: u64,
    /// How many tags were made up since the start.
    tags: u64,
    /// The number of the last round; none before the node has joined.
    round: Option<u64>,
    /// The last value seen (inner none: there was no such key), or that nothing is known.
    #[expect(clippy::option_option, reason = "nothing known, known to be absent, or known")]
    seen: Option<Option<Link>>,
    /// The last link that this node knows to be its own.
    own: Option<Link>,
    /// Four times the mean number of foreign rounds between two of this node; newer ones weigh more.
    foreign_rounds: u64,
    /// How many other nodes had rounds between the last two of this node.
    foreign_nodes: u32,
    /// How long the store takes to answer; newer answers weigh more.
    answer_takes: Duration,
    without: Option<Remedy>,
}

/// One round under way.
pub(super) struct Round<'a, K, C> {
    pub(super) kv: &'a K,
    pub(super) clock: &'a C,
    pub(super) member: &'a mut Member,
    pub(super) batch: &'a mut Batch,
    pub(super) attempts: u32,
    pub(super) give_up_at: Time,
}

impl Member {
    pub(super) fn new(me: &NodeId, boot: u64, without: Option<Remedy>) -> Self {
        let round = if without == Some(Remedy::Joining) { Some(0) } else { None };
        let barrier_key = format!("{KEY}-{me}");
        Self {
            me: me.to_text(),
            barrier_key,
            boot,
            tags: 0,
            round,
            seen: None,
            own: None,
            foreign_rounds: 0,
            foreign_nodes: 0,
            answer_takes: Duration::ZERO,
            without,
        }
    }

    /// How long to leave the chain to others before the next round: a turn for each of them, drawn by `chance`, a
    /// number below 1,000. Nothing where swaps take no time.
    pub(super) fn rest(&self, chance: u64) -> Duration {
        let turns = self.answer_takes * 2 * self.foreign_nodes.max(1);
        (turns / 2 + turns * u32::try_from(chance).unwrap_or(500) / 1000).min(MAX_REST)
    }

    /// How long so many questions take, one after another, as far as that is known.
    pub(super) fn time_for(&self, questions: u32) -> Duration {
        (self.answer_takes * questions).min(MAX_ALLOWANCE)
    }

    /// Takes note of how long an answer took.
    fn answered(&mut self, took: Duration) {
        self.answer_takes = (self.answer_takes * 3 + took) / 4;
    }

    /// After how many refusals, and with how many foreign rounds between two of its own, a node writes before it reads.
    const fn barrier_thresholds(&self) -> (u32, u64) {
        if self.answer_takes.as_nanos() >= LONG_SWAP.as_nanos() {
            (1, 1)
        } else {
            (REFUSALS_BEFORE_BARRIER, FOREIGN_ROUNDS_BEFORE_BARRIER)
        }
    }

    /// Takes note of a link of this node's own that now stands in the chain.
    fn landed(&mut self, link: &Link, took: Duration) {
        if let Some(own) = &self.own {
            let (rounds, nodes) = link.foreign_since(own, &self.me);
            self.foreign_rounds = (self.foreign_rounds - self.foreign_rounds / 4).saturating_add(rounds);
            self.foreign_nodes = nodes;
        }
        self.answered(took);
        self.own = Some(link.clone());
        self.seen = Some(Some(link.clone()));
    }

    fn fresh_tag(&mut self) -> Value {
        self.tags += 1;
        Value::text(format!("{}-{:x}-{}", self.me, self.boot, self.tags))
    }
}

impl<K: Kv, C: Clock> Round<'_, K, C> {
    /// Joins the chain if that has not been done, then carries the batch out; returns the sum.
    pub(super) async fn run(mut self) -> Result<i64, Failure> {
        let last = match self.member.round {
            Some(last) => last,
            None => self.extend(None).await.map_err(Failure::of_read)?.last(&self.member.me),
        };
        self.member.round = Some(last);
        if self.batch.is_empty() {
            return Ok(0);
        }
        self.member.round = Some(last + 1);
        Ok(self.extend(Some(last + 1)).await?.sum())
    }

    /// Swaps until a link with the batch in it, as this `round` of the node, stands in the chain; without a round, a
    /// link that adds nothing. Returns that link, or a later one.
    async fn extend(&mut self, round: Option<u64>) -> Result<Link, Failure> {
        // True once a swap was sent whose outcome is not known.
        let mut unsettled = false;
        // True from a refusal until the chain was looked at. A refusal may be that of a second copy of the swap, sent by
        // the network, after the first has landed: what is learnt next shows the round then.
        let mut refused = false;
        let mut refusals = 0;
        let (many_refusals, many_foreign) = self.member.barrier_thresholds();
        if self.member.foreign_rounds >= 4 * many_foreign {
            refusals = many_refusals;
            self.member.seen = None;
        }
        let mut last_error = KvError::Refused("no attempt was allowed".into());
        for _ in 0..self.attempts {
            let base = match self.member.seen.take() {
                Some(base) => base,
                None => self
                    .learn(refusals >= many_refusals)
                    .await
                    .map_err(|error| Failure::after(error, unsettled || refused))?,
            };
            if let Some(done) = base.as_ref().filter(|base| self.is_done(base, round)) {
                self.member.seen = Some(base.clone());
                return Ok(done.clone());
            }
            let sent = self.clock.now();
            // A swap that is cut off by the deadline leaves unsettled what could still be done in the next round.
            if !unsettled && sent + self.member.time_for(2) > self.give_up_at {
                self.member.seen = Some(base);
                return Err(Failure::NotDone("others swapped first until no time was left".into()));
            }
            let next = self.link_after(base.as_ref(), round, unsettled);
            match self.swap(base, &next).await {
                Ok(()) => {
                    self.member.landed(&next, self.clock.now().since(sent));
                    return Ok(next);
                }
                Err(error @ KvError::Refused(_)) => return Err(Failure::after(error, unsettled)),
                Err(error) => {
                    refused = error.is_definite();
                    unsettled |= !refused;
                    refusals += u32::from(refused);
                    last_error = error;
                }
            }
        }
        Err(Failure::after(last_error, unsettled || refused))
    }

    /// True if the chain up to `base` has the round in it: it was carried out although no answer said so.
    fn is_done(&self, base: &Link, round: Option<u64>) -> bool {
        let settles = self.member.without != Some(Remedy::Settling);
        settles && round.is_some_and(|round| base.last(&self.member.me) >= round)
    }

    fn link_after(&mut self, base: Option<&Link>, round: Option<u64>, unsettled: bool) -> Link {
        let sum = base.map_or(0, Link::sum);
        if self.member.without == Some(Remedy::Tags) {
            let round = round.filter(|_| !self.batch.adds.is_empty());
            let sum = if round.is_some() { self.batch.apply(sum, unsettled) } else { sum };
            return Link::after(base, sum, &self.member.me, round, Value::Null);
        }
        let sum = if round.is_some() { self.batch.apply(sum, unsettled) } else { sum };
        let tag = self.member.fresh_tag();
        Link::after(base, sum, &self.member.me, round, tag)
    }

    async fn swap(&self, base: Option<Link>, next: &Link) -> Result<(), KvError> {
        let create = base.is_none();
        let from = base.map_or(Value::Null, |base| base.value().clone());
        self.kv.compare_and_swap(KEY, from, next.value().clone(), create).await
    }

    /// Reads a value at least as new as the last one seen here, as far as the store has it so.
    async fn learn(&mut self, barrier: bool) -> Result<Option<Link>, KvError> {
        let mut last = KvError::Refused("no attempt was allowed".into());
        for _ in 0..self.attempts {
            if barrier {
                let tag = self.member.fresh_tag();
                // If this fails, the read is perhaps stale and the swap refused: no harm.
                let _ = self.kv.write(&self.member.barrier_key, tag).await;
            }
            let sent = self.clock.now();
            let read = self.kv.read(KEY).await;
            self.member.answered(self.clock.now().since(sent));
            match read {
                Ok(value) => return Link::parse(value).map(Some),
                Err(KvError::KeyDoesNotExist) => return Ok(None),
                Err(error @ KvError::Unknown(_)) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}
