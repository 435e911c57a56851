//! The key-value port: what can be asked of a service, what can come back, and the typed client.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::message::{ErrorKind, Reply};
use crate::talk::Line;
use crate::time::Time;
use crate::value::Value;

/// The services that Maelstrom offers, by what they promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// A sequentially consistent key-value store: each caller sees one order, but perhaps an old state of it.
    SeqKv,
    /// A linearizable key-value store.
    LinKv,
    /// A last-writer-wins, eventually consistent key-value store.
    LwwKv,
    /// A timestamp oracle: numbers that only go up, each given out once.
    LinTso,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SeqKv, Self::LinKv, Self::LwwKv, Self::LinTso];

    /// The name on the network.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SeqKv => "seq-kv",
            Self::LinKv => "lin-kv",
            Self::LwwKv => "lww-kv",
            Self::LinTso => "lin-tso",
        }
    }

    /// The service of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What can be asked of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvRequest {
    /// The value under a key. Answer: [`Answer::Value`].
    Read {
        /// The key.
        key: Value,
    },
    /// Puts a value under a key, whatever was there. Answer: [`Answer::Written`].
    Write {
        /// The key.
        key: Value,
        /// The new value.
        value: Value,
    },
    /// Puts `to` under a key that holds `from`. Answer: [`Answer::Swapped`].
    CompareAndSwap {
        /// The key.
        key: Value,
        /// The value that must be there.
        from: Value,
        /// The new value.
        to: Value,
        /// Puts `to` also under a key that does not exist.
        create_if_not_exists: bool,
    },
    /// The next timestamp; [`Service::LinTso`] only. Answer: [`Answer::Timestamp`].
    Timestamp,
}

/// What a service answers when it did what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The value read.
    Value(Value),
    /// The write was done.
    Written,
    /// The swap was done.
    Swapped,
    /// A timestamp.
    Timestamp(u64),
}

/// Why an operation on a service has no result, sorted by what the caller may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvError {
    /// The key does not exist. The operation did not happen.
    KeyDoesNotExist,
    /// The value differs from the expected one. The operation did not happen; read again.
    PreconditionFailed,
    /// The service refused for another reason. The operation did not happen.
    Refused(Arc<str>),
    /// No answer came in time, or an answer that leaves it open: **the operation may have happened**, and may
    /// still happen. Doing it again may do it twice.
    Unknown(Arc<str>),
    /// The answer, or the stored value, is not of the form it should have. A read did no harm; anything else is to
    /// be treated like [`KvError::Unknown`].
    Malformed(Arc<str>),
}

impl KvError {
    /// True if the operation definitely did not happen and never will.
    pub const fn is_definite(&self) -> bool {
        matches!(self, Self::KeyDoesNotExist | Self::PreconditionFailed | Self::Refused(_))
    }
}

impl fmt::Display for KvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyDoesNotExist => f.write_str("key does not exist"),
            Self::PreconditionFailed => f.write_str("precondition failed"),
            Self::Refused(text) => write!(f, "refused: {text}"),
            Self::Unknown(text) => write!(f, "outcome unknown: {text}"),
            Self::Malformed(text) => write!(f, "malformed: {text}"),
        }
    }
}

impl std::error::Error for KvError {}

impl From<KvError> for Reply {
    /// The answer to a client whose request came down to one operation that ended so: definite if the operation
    /// definitely did not happen. Texts are for people.
    fn from(error: KvError) -> Self {
        let kind = if error.is_definite() { ErrorKind::TemporarilyUnavailable } else { ErrorKind::Crash };
        Self::error(kind, error.to_string())
    }
}

impl fmt::Display for KvRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { key } => write!(f, "read {key}"),
            Self::Write { key, value } => write!(f, "write {key} = {value}"),
            Self::CompareAndSwap { key, from, to, .. } => write!(f, "cas {key} {from} -> {to}"),
            Self::Timestamp => f.write_str("ts"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "read_ok {value}"),
            Self::Written => f.write_str("write_ok"),
            Self::Swapped => f.write_str("cas_ok"),
            Self::Timestamp(timestamp) => write!(f, "ts_ok {timestamp}"),
        }
    }
}

/// A key-value store that answers later: the port behind which seq-kv, the simulator and real engines look alike.
///
/// Every call ends: with a result or, after the store's own deadline, with [`KvError::Unknown`].
pub trait Kv: Sync {
    /// The value under `key`.
    fn read(&self, key: &str) -> impl Future<Output = Result<Value, KvError>> + Send;

    /// Puts `value` under `key`, whatever was there.
    fn write(&self, key: &str, value: Value) -> impl Future<Output = Result<(), KvError>> + Send;

    /// Puts `to` under `key` if it holds `from`, or, with `create_if_not_exists`, if there is no such key.
    fn compare_and_swap(
        &self,
        key: &str,
        from: Value,
        to: Value,
        create_if_not_exists: bool,
    ) -> impl Future<Output = Result<(), KvError>> + Send;

    /// The integer under `key`; anything else there is [`KvError::Malformed`].
    fn read_int(&self, key: &str) -> impl Future<Output = Result<i64, KvError>> + Send {
        async move {
            let value = self.read(key).await?;
            let int = value.as_int().and_then(|int| i64::try_from(int).ok());
            int.ok_or_else(|| {
                KvError::Malformed(format!("`{key}` holds {value}, not a 64-bit integer").into())
            })
        }
    }

    /// As [`Kv::read_int`], and `default` if there is no such key.
    fn read_int_or(&self, key: &str, default: i64) -> impl Future<Output = Result<i64, KvError>> + Send {
        async move {
            match self.read_int(key).await {
                Err(KvError::KeyDoesNotExist) => Ok(default),
                other => other,
            }
        }
    }
}

/// A source of numbers that only go up, each given out once: the port behind which lin-tso stands.
pub trait Oracle: Sync {
    /// The next number: greater than every one that was given out before this question was asked.
    fn timestamp(&self) -> impl Future<Output = Result<u64, KvError>> + Send;
}

/// Time and chance for the loops that must wait: what a [`Line`] gives them inside a node.
pub trait Clock: Sync {
    /// The present moment.
    fn now(&self) -> Time;

    /// Waits for a span.
    fn pause(&self, span: Duration) -> impl Future<Output = ()> + Send;

    /// A random number below `bound`.
    fn random_below(&self, bound: u64) -> u64;
}

impl Clock for Line {
    fn now(&self) -> Time {
        Self::now(self)
    }

    fn pause(&self, span: Duration) -> impl Future<Output = ()> + Send {
        Self::pause(self, span)
    }

    fn random_below(&self, bound: u64) -> u64 {
        Self::random_below(self, bound)
    }
}

/// Runs futures side by side and returns what each came to, in their order: for questions asked in parallel.
pub async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut pending = false;
        for (future, output) in &mut running {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

/// The typed client of one service: asks on a [`Line`], waits at most `timeout` for each answer, and with
/// [`KvClient::until`] stops asking at a deadline.
#[derive(Clone, Debug)]
pub struct KvClient {
    line: Line,
    service: Service,
    timeout: Duration,
    deadline: Option<Time>,
    grace: Duration,
}

impl KvClient {
    /// A client of `service` that waits at most `timeout` for each answer.
    pub const fn new(line: Line, service: Service, timeout: Duration) -> Self {
        Self { line, service, timeout, deadline: None, grace: Duration::ZERO }
    }

    /// A client of the sequentially consistent store.
    pub const fn seq_kv(line: Line, timeout: Duration) -> Self {
        Self::new(line, Service::SeqKv, timeout)
    }

    /// The same client, bounded: it waits for no answer beyond `deadline`, and from then on it asks nothing more but
    /// fails at once with [`KvError::Refused`]. Every loop that ends at a refusal so ends by the deadline.
    pub const fn until(mut self, deadline: Time) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same client, which still asks when its deadline is over, or nearly so, and then waits for `grace`: for what
    /// must be sent in any case, such as the release of a lock.
    pub const fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The next timestamp of the oracle.
    pub async fn timestamp(&self) -> Result<u64, KvError> {
        match self.ask(KvRequest::Timestamp).await? {
            Answer::Timestamp(timestamp) => Ok(timestamp),
            other => Err(unexpected("a timestamp", &other)),
        }
    }

    async fn ask(&self, request: KvRequest) -> Result<Answer, KvError> {
        let left = self.deadline.map_or(self.timeout, |deadline| deadline.since(self.line.now()));
        let patience = left.max(self.grace).min(self.timeout);
        if patience.is_zero() {
            return Err(KvError::Refused("no time was left to ask".into()));
        }
        self.line.ask(self.service, request, patience).await
    }
}

impl Oracle for KvClient {
    fn timestamp(&self) -> impl Future<Output = Result<u64, KvError>> + Send {
        Self::timestamp(self)
    }
}

impl Kv for KvClient {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        match self.ask(KvRequest::Read { key: key.into() }).await? {
            Answer::Value(value) => Ok(value),
            other => Err(unexpected("a value", &other)),
        }
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        match self.ask(KvRequest::Write { key: key.into(), value }).await? {
            Answer::Written => Ok(()),
            other => Err(unexpected("write_ok", &other)),
        }
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        from: Value,
        to: Value,
        create_if_not_exists: bool,
    ) -> Result<(), KvError> {
        let request = KvRequest::CompareAndSwap { key: key.into(), from, to, create_if_not_exists };
        match self.ask(request).await? {
            Answer::Swapped => Ok(()),
            other => Err(unexpected("cas_ok", &other)),
        }
    }
}

fn unexpected(expected: &str, got: &Answer) -> KvError {
    KvError::Malformed(format!("expected {expected}, got {got}").into())
}
