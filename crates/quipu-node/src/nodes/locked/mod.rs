//! `locked`: a lock in the store, held with a lease around every read and write.
//!
//! The lock is one key: `"free"`, or `{holder, nonce}` with a nonce that is never used again. It is taken by a swap
//! from free to held, and given back by the opposite swap. There are no synchronized clocks, so a record says nothing
//! about time: whoever has looked at the *same* held record for a lease's span of its own time may break it, by a
//! swap from that record to its own. A record that bears the node's own name is taken over at once, for a node does
//! one thing at a time: it is a leftover of a lost answer or of a former life. Waiting backs off, with jitter.
//! A node collects its requests while it waits, and carries them all out under one holding.
//!
//! A lease cannot keep a holder that was paused, or whose message was slow, from going on after the lock was
//! broken. **Fencing** can: the holder draws a token from the timestamp oracle, the data record is
//! `{value, token}`, and a write is a swap from the record that was read, refused if it bears a newer token. With
//! [`Settings::fencing`] off the data is a plain integer, written at the end whatever happened meanwhile, with no look
//! at the clock (a look would only narrow the window): a paused holder overwrites what others did.
//!
//! On Maelstrom's store the swap that takes the lock also carries the holder to the newest state, so its plain read is
//! fresh. By the definition of sequential consistency it may be stale all the same, and so may an unfenced sum be
//! wrong; with fencing the swap on the record keeps adds exact, but a read may still be stale.
//!
//! Left out: fairness between nodes, and renewing a lease.

mod hold;
mod work;

use std::fmt;
use std::time::Duration;

use self::hold::{Acquire, Record, release};
use self::work::Work;
use super::batch::Batch;
use super::failure::Failure;
use super::settings::Settings;
use crate::{Cx, Event, KvClient, Line, Node, Service, Talks, Time};

/// What is sent in any case, even when time is over, is given this long to be answered.
const GRACE: Duration = Duration::from_millis(100);

/// The longest rest between two holdings.
const MAX_REST: Duration = Duration::from_millis(500);

/// The most time that is asked for before the lock is tried for again.
const MAX_ALLOWANCE: Duration = Duration::from_secs(2);

/// The counter behind a lock; see the [module](self).
#[derive(Debug)]
pub struct Locked {
    settings: Settings,
    waiting: Batch,
    /// How many nonces were made up since the start.
    nonces: u64,
    /// When the lock was taken last.
    taken: Time,
    /// How long the work under the lock takes; newer ones weigh more. Who has less time left is not served.
    work_takes: Duration,
    /// Taking the lock, working under it, giving it back, resting: one at a time.
    talks: Talks<Ended>,
}

enum Ended {
    Acquired(Result<Record, Failure>),
    Worked { record: Record, batch: Batch, result: Result<i64, Failure> },
    Released,
    Rested,
}

impl Locked {
    /// A node that has not started.
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            waiting: Batch::default(),
            nonces: 0,
            taken: Time::ZERO,
            work_takes: Duration::ZERO,
            talks: Talks::new(),
        }
    }

    /// Starts to take the lock, if anything waits and nothing is under way.
    fn start_acquire(&mut self, cx: &mut Cx<'_>) -> Option<Ended> {
        if !self.talks.is_empty() {
            return None;
        }
        let give_up_at = self.waiting.give_up_at(&self.settings)?;
        self.nonces += 1;
        let record = Record::new(cx.me().to_text(), &format!("{:x}-{}", cx.boot(), self.nonces));
        let Settings { question_timeout, lease, .. } = self.settings;
        self.talks.start(cx, |line| async move {
            let kv = KvClient::seq_kv(line.clone(), question_timeout).until(give_up_at);
            Ended::Acquired(Acquire { kv: &kv, clock: &line, lease, give_up_at }.run(record).await)
        })
    }

    /// Carries out all that waits, under the lock.
    fn start_work(&mut self, cx: &mut Cx<'_>, record: Record) -> Option<Ended> {
        let mut late = self.waiting.take_overdue(&self.settings, cx.now() + self.work_takes * 2);
        let no_time = Failure::NotDone("the lock was got too late".into());
        late.answer_adds::<()>(cx, &Err(no_time.clone()));
        late.answer_reads(cx, &Err(no_time));
        let Some(give_up_at) = self.waiting.give_up_at(&self.settings) else {
            return self.start_release(cx, record);
        };
        let mut batch = std::mem::take(&mut self.waiting);
        let settings = self.settings.clone();
        self.talks.start(cx, |line| async move {
            let client = |service| client(&line, service, &settings, give_up_at);
            let (kv, oracle) = (client(Service::SeqKv), client(Service::LinTso));
            let mut work = Work { kv: &kv, batch: &mut batch, attempts: settings.attempts };
            let result = if settings.fencing {
                work.run_fenced(&oracle).await
            } else {
                // The process does not know that it was paused, and writes.
                work.run_unfenced(&kv.clone().with_grace(GRACE)).await
            };
            Ended::Worked { record, batch, result }
        })
    }

    /// Gives the lock back; what waits meanwhile must still be answered in time.
    fn start_release(&mut self, cx: &mut Cx<'_>, record: Record) -> Option<Ended> {
        let patience = cx.now() + self.settings.question_timeout * 2;
        let give_up_at =
            self.waiting.give_up_at(&self.settings).map_or(patience, |first| first.min(patience));
        let settings = self.settings.clone();
        self.talks.start(cx, |line| async move {
            release(&client(&line, Service::SeqKv, &settings, give_up_at).with_grace(GRACE), record).await;
            Ended::Released
        })
    }

    /// Leaves the lock to others for about as long as it was held; whoever has just given it back would always win.
    fn start_rest(&mut self, cx: &mut Cx<'_>) -> Option<Ended> {
        let held = cx.now().since(self.taken).min(MAX_REST);
        let mut rest = held / 2 + held * u32::try_from(cx.rng().below(1000)).unwrap_or(500) / 1000;
        if let Some(give_up_at) = self.waiting.give_up_at(&self.settings) {
            // What waits already must still be answered in time.
            rest = rest.min(give_up_at.since(cx.now()) / 2);
        }
        if rest.is_zero() {
            return Some(Ended::Rested);
        }
        self.talks.start(cx, |line| async move {
            line.pause(rest).await;
            Ended::Rested
        })
    }

    fn finish(&mut self, cx: &mut Cx<'_>, ended: Option<Ended>) {
        let mut next = ended;
        while let Some(ended) = next.take() {
            next = match ended {
                Ended::Acquired(Ok(record)) => {
                    self.taken = cx.now();
                    self.start_work(cx, record)
                }
                Ended::Acquired(Err(failure)) => {
                    let refused = matches!(failure, Failure::NotDone(_)) && self.give_up_is_over(cx.now());
                    let mut overdue = if refused {
                        // What has hardly any time left would only make the next try too short as well.
                        let too_late = cx.now() + (self.work_takes * 4).min(MAX_ALLOWANCE);
                        self.waiting.take_overdue(&self.settings, too_late)
                    } else {
                        std::mem::take(&mut self.waiting)
                    };
                    overdue.answer_adds::<()>(cx, &Err(failure.clone()));
                    overdue.answer_reads(cx, &Err(failure));
                    self.start_acquire(cx)
                }
                Ended::Worked { record, mut batch, result } => {
                    let took = cx.now().since(self.taken).min(MAX_REST);
                    self.work_takes = (self.work_takes + took) / 2;
                    batch.answer_adds(cx, &result);
                    batch.answer_reads(cx, &result.map(i128::from));
                    self.start_release(cx, record)
                }
                Ended::Released => self.start_rest(cx),
                Ended::Rested => self.start_acquire(cx),
            };
        }
    }

    fn give_up_is_over(&self, now: Time) -> bool {
        self.waiting.give_up_at(&self.settings).is_some_and(|give_up_at| give_up_at <= now)
    }
}

impl Node for Locked {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        let ended = match event {
            Event::Request { from, request } => {
                self.waiting.push(cx, from, &request);
                self.start_acquire(cx)
            }
            Event::Answer { question, result } => self.talks.answer(cx, question, result),
            Event::Timer(timer) => self.talks.timer(cx, timer),
            Event::Start { .. } | Event::Peer { .. } | Event::Durable { .. } => None,
        };
        self.finish(cx, ended);
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Acquired(_) => "Acquired",
            Self::Worked { .. } => "Worked",
            Self::Released => "Released",
            Self::Rested => "Rested",
        })
    }
}

fn client(line: &Line, service: Service, settings: &Settings, give_up_at: Time) -> KvClient {
    KvClient::new(line.clone(), service, settings.question_timeout).until(give_up_at)
}
