//! Sequential conversations with a service, written as they read and run inside a node's own step.
//!
//! A **talk** is an `async fn` that takes its inputs by value and a [`Line`] to ask on, and returns a value. The
//! node keeps it, hands it each answer, and polls it in the same synchronous step with a waker that does nothing:
//! there is no executor, nothing to wake, spawn or lock, and no node state is touched across an await. To the world
//! a talk is invisible; it sees the same effects as from a hand-written state machine.
//!
//! What is left out on purpose: a talk may await its line and nothing else (it panics otherwise, rather than hang).

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::kv::{Answer, KvError, KvRequest, Service};
use crate::node::{Cx, Effect, QuestionId, Timer};
use crate::rng::Rng;
use crate::time::Time;

/// The talks a node has open. `T` is what a talk returns, normally all that the node needs to apply its result.
///
/// Start one with [`Talks::start`]; pass every [`crate::Event::Answer`] to [`Talks::answer`] and every
/// [`Timer::Talk`] to [`Talks::timer`]. Each returns what a talk came to if it ended just then.
pub struct Talks<T> {
    open: BTreeMap<u64, Talk<T>>,
    asked: BTreeMap<QuestionId, u64>,
    started: u64,
}

struct Talk<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
    line: Line,
}

/// A talk's end of the conversation: ask, pause, look at the clock, draw. Clones are the same line.
#[derive(Clone)]
pub struct Line {
    shared: Arc<Mutex<Exchange>>,
}

/// What passes between a talk and its node. One open question is the rule; several are for asking in parallel.
#[derive(Debug)]
struct Exchange {
    now: Time,
    rng: Rng,
    asked: u64,
    outgoing: Vec<(u64, Outgoing)>,
    open: BTreeMap<QuestionId, u64>,
    arrived: BTreeMap<u64, Result<Answer, KvError>>,
}

#[derive(Debug)]
enum Outgoing {
    Ask { service: Service, request: KvRequest, timeout: Duration },
    Pause(Duration),
}

impl<T> Talks<T> {
    /// No talks yet.
    pub const fn new() -> Self {
        Self { open: BTreeMap::new(), asked: BTreeMap::new(), started: 0 }
    }

    /// Starts a talk, and returns what it came to if it ended without asking anything.
    pub fn start<F>(&mut self, cx: &mut Cx<'_>, talk: impl FnOnce(Line) -> F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let line = Line::new(cx.now(), cx.rng().fork());
        let future: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(talk(line.clone()));
        self.started += 1;
        self.poll(cx, self.started, Talk { future, line })
    }

    /// Hands an answer to the talk that asked; returns what the talk came to if it has ended.
    pub fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        question: QuestionId,
        result: Result<Answer, KvError>,
    ) -> Option<T> {
        let id = self.asked.remove(&question)?;
        let talk = self.open.remove(&id)?;
        talk.line.deliver(question, result);
        self.poll(cx, id, talk)
    }

    /// Ends the pause that a [`Timer::Talk`] was set for; returns what the talk came to if it has ended.
    pub fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Option<T> {
        match timer {
            // A pause is a question that only the clock answers; what the answer says does not matter.
            Timer::Talk(question) => self.answer(cx, question, Ok(Answer::Written)),
            _ => None,
        }
    }

    /// How many talks are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// True if no talk is open.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn poll(&mut self, cx: &mut Cx<'_>, id: u64, mut talk: Talk<T>) -> Option<T> {
        talk.line.lock().now = cx.now();
        let polled = talk.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        match polled {
            Poll::Ready(result) => {
                // Questions asked in parallel and not waited for: their answers find no talk and are ignored.
                for question in talk.line.forget_open() {
                    self.asked.remove(&question);
                }
                Some(result)
            }
            Poll::Pending => {
                talk.line.dispatch(cx, |question| {
                    self.asked.insert(question, id);
                });
                assert!(talk.line.is_waiting(), "a talk awaited something that is not its line");
                self.open.insert(id, talk);
                None
            }
        }
    }
}

impl<T> Default for Talks<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Talks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Talks")
            .field("open", &self.open.len())
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl Line {
    /// Asks a service. The question is on its way once the talk awaits anything; several may be open at once:
    /// make them all, then await one after the other.
    pub fn ask(
        &self,
        service: Service,
        request: KvRequest,
        timeout: Duration,
    ) -> impl Future<Output = Result<Answer, KvError>> + Send + use<> {
        self.put(Outgoing::Ask { service, request, timeout })
    }

    /// Waits for a span.
    pub async fn pause(&self, span: Duration) {
        // The answer carries nothing: that it came is all.
        let _ = self.put(Outgoing::Pause(span)).await;
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.lock().now
    }

    /// A random number below `bound`, from this talk's own generator.
    pub fn random_below(&self, bound: u64) -> u64 {
        self.lock().rng.below(bound)
    }

    fn new(now: Time, rng: Rng) -> Self {
        let exchange = Exchange {
            now,
            rng,
            asked: 0,
            outgoing: Vec::new(),
            open: BTreeMap::new(),
            arrived: BTreeMap::new(),
        };
        Self { shared: Arc::new(Mutex::new(exchange)) }
    }

    fn put(&self, outgoing: Outgoing) -> Asked {
        let mut exchange = self.lock();
        exchange.asked += 1;
        let ticket = exchange.asked;
        exchange.outgoing.push((ticket, outgoing));
        drop(exchange);
        Asked { line: self.clone(), ticket }
    }

    /// Turns what the talk asked into effects, and tells the node which question numbers are its own.
    fn dispatch(&self, cx: &mut Cx<'_>, mut on_question: impl FnMut(QuestionId)) {
        let mut exchange = self.lock();
        for (ticket, outgoing) in std::mem::take(&mut exchange.outgoing) {
            let question = match outgoing {
                Outgoing::Ask { service, request, timeout } => cx.ask(service, request, timeout),
                Outgoing::Pause(after) => {
                    let question = cx.next_question();
                    cx.effects.push(Effect::SetTimer { after, timer: Timer::Talk(question) });
                    question
                }
            };
            exchange.open.insert(question, ticket);
            on_question(question);
        }
    }

    fn deliver(&self, question: QuestionId, result: Result<Answer, KvError>) {
        let mut exchange = self.lock();
        if let Some(ticket) = exchange.open.remove(&question) {
            exchange.arrived.insert(ticket, result);
        }
    }

    fn forget_open(&self) -> Vec<QuestionId> {
        std::mem::take(&mut self.lock().open).into_keys().collect()
    }

    fn is_waiting(&self) -> bool {
        !self.lock().open.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Exchange> {
        // Only one thread ever holds a talk; the mutex is there because futures over real engines must be `Send`.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

/// The answer to one question, when it comes.
struct Asked {
    line: Line,
    ticket: u64,
}

impl Future for Asked {
    type Output = Result<Answer, KvError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.line.lock().arrived.remove(&self.ticket) {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        }
    }
}
