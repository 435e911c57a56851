//! The port over etcd, version 3.
//!
//! Each operation is one transaction of etcd's own: it is done or not done. A key of the port is `quipu/kv/KEY`. etcd answers
//! changes only once they are durable on a majority, and reads only after it has made sure to be up to date.
//!
//! etcd has no atomic addition. A lease is a key that is bound to one of etcd's leases and goes with it; the revision at which
//! it was created is the fencing token. A lease of etcd is asked for once in half its time, not for each lock.
//!
//! Errors: etcd says with a code why it did nothing. Codes that a broken connection, a proxy or a server that is going down
//! give as well leave it open.

mod wire;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prost::Message;
use quipu_node::{Kv, KvError, Rng, Value};
use tokio::time::Instant;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

use self::wire::{
    Compare, DeleteRangeRequest, KeyValue, LeaseGrantRequest, LeaseGrantResponse, PutRequest, PutResponse,
    RangeRequest, RangeResponse, Request, Response, TxnRequest, TxnResponse,
};
use crate::codec;
use crate::deadline::Deadline;
use crate::engine::EngineKind;
use crate::failure::described;
use crate::lease::{self, Token, before_change};
use crate::mechanism::{Mechanisms, Own, not_offered};
use crate::sessions::{Borrowed, Sessions};
use crate::settings::Settings;

/// A client of an etcd server.
#[derive(Clone)]
pub struct Etcd {
    shared: Arc<Shared>,
}

struct Shared {
    endpoint: Endpoint,
    sessions: Sessions<Grpc<Channel>>,
    rng: Mutex<Rng>,
    deadline: Duration,
    lease: Duration,
    granted: Mutex<Option<Granted>>,
}

/// A lease of etcd's that locks may be bound to.
#[derive(Clone, Copy)]
struct Granted {
    id: i64,
    /// Until when it lasts long enough for another lock.
    fresh_until: Instant,
}

const RANGE: &str = "/etcdserverpb.KV/Range";
const PUT: &str = "/etcdserverpb.KV/Put";
const TXN: &str = "/etcdserverpb.KV/Txn";
const LEASE_GRANT: &str = "/etcdserverpb.Lease/LeaseGrant";

impl Etcd {
    /// A client of the server at `etcd://HOST:PORT`.
    ///
    /// # Errors
    /// [`KvError::Refused`] if `url` is of another form, or nobody answers there within the deadline. Nothing was changed.
    pub async fn connect(url: &str, settings: &Settings) -> Result<Self, KvError> {
        let refused =
            |error: &dyn std::fmt::Display| KvError::Refused(format!("not a URL of etcd: {error}").into());
        let address =
            url.strip_prefix("etcd://").ok_or_else(|| refused(&"it does not begin with etcd://"))?;
        let endpoint = Endpoint::from_shared(format!("http://{}", address.trim_end_matches('/')))
            .map_err(|error| refused(&error))?
            .tcp_nodelay(true);
        let shared = Shared {
            endpoint,
            sessions: Sessions::new(settings.connections),
            rng: Mutex::new(Rng::new(settings.seed)),
            deadline: settings.deadline,
            lease: settings.lease,
            granted: Mutex::new(None),
        };
        let this = Self { shared: Arc::new(shared) };
        // Connecting alone proves little: a server that is starting listens before it serves.
        match this.get(b"quipu/kv/").await {
            Ok(_) => Ok(this),
            Err(error) => Err(before_change(error)),
        }
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.shared.deadline)
    }

    async fn session(&self, deadline: Deadline) -> Result<Borrowed<'_, Grpc<Channel>>, KvError> {
        let open = Box::pin(async {
            let channel = self.shared.endpoint.connect().await;
            channel.map(Grpc::new).map_err(|error| KvError::Refused(described(&error).into()))
        });
        deadline.unsent(self.shared.sessions.take(|_| true, open)).await
    }

    async fn call<Q, A>(&self, path: &'static str, request: Q) -> Result<A, KvError>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        let deadline = self.deadline();
        let mut borrowed = self.session(deadline).await?;
        let session = &mut borrowed.session;
        let mut request = tonic::Request::new(request);
        // The server gives up at the same time: what it has not begun by then it never will.
        request.set_timeout(self.shared.deadline);
        // In a box, since the client library's future is large and a call may be one of several in another.
        let answer = deadline.sent(Box::pin(async {
            session.ready().await.map_err(|error| KvError::Refused(described(&error).into()))?;
            let codec = ProstCodec::<Q, A>::default();
            let answer = session.unary(request, PathAndQuery::from_static(path), codec).await;
            answer.map(tonic::Response::into_inner).map_err(failure)
        }));
        let answer = answer.await;
        borrowed.keep_after(answer)
    }

    async fn get(&self, key: &[u8]) -> Result<Option<KeyValue>, KvError> {
        let range = RangeRequest { key: key.to_vec() };
        let answer: RangeResponse = self.call(RANGE, range).await?;
        Ok(answer.kvs.into_iter().next())
    }

    async fn transact(&self, request: TxnRequest) -> Result<TxnResponse, KvError> {
        self.call(TXN, request).await
    }

    /// Reads, then writes on condition that the key was not changed since.
    async fn add_at_revision(&self, key: &str, delta: i64) -> Result<(), KvError> {
        let key = data(key);
        let there = self.get(&key).await.map_err(before_change)?;
        let (sum, revision) = match &there {
            Some(there) => (codec::decode_int(&there.value).map_err(before_change)?, there.mod_revision),
            None => (0, 0),
        };
        let value = codec::encode(&codec::sum(sum, delta)?.into())?.into_bytes();
        let condition = Compare::mod_revision(&key, revision);
        let put = Request::Put(PutRequest { key, value, lease: 0 });
        held(&self.transact(TxnRequest::when(condition, put)).await?)
    }

    /// A lease of etcd's with at least half its time left.
    async fn granted(&self) -> Result<i64, KvError> {
        let now = Instant::now();
        let granted = *self.shared.granted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(granted) = granted.filter(|granted| granted.fresh_until > now) {
            return Ok(granted.id);
        }
        // etcd counts in seconds.
        let seconds = self.shared.lease.as_secs_f64().ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of seconds, far below the bound")]
        let ttl = seconds as i64;
        let answer: LeaseGrantResponse = self.call(LEASE_GRANT, LeaseGrantRequest { ttl }).await?;
        let fresh_until = now + self.shared.lease / 2;
        let granted = Granted { id: answer.id, fresh_until };
        *self.shared.granted.lock().unwrap_or_else(PoisonError::into_inner) = Some(granted);
        Ok(answer.id)
    }
}

impl Kv for Etcd {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        let there = self.get(&data(key)).await?;
        codec::decode(&there.ok_or(KvError::KeyDoesNotExist)?.value)
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        let value = codec::encode(&value)?.into_bytes();
        self.call::<_, PutResponse>(PUT, PutRequest { key: data(key), value, lease: 0 }).await.map(|_| ())
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        from: Value,
        to: Value,
        create_if_not_exists: bool,
    ) -> Result<(), KvError> {
        // What cannot be stored stands nowhere: then nothing equals it.
        let from = codec::encode(&from).unwrap_or_default();
        let key = data(key);
        let put =
            Request::Put(PutRequest { key: key.clone(), value: codec::encode(&to)?.into_bytes(), lease: 0 });
        let look = Request::Range(RangeRequest { key: key.clone() });
        let otherwise = if create_if_not_exists {
            let absent = Compare::create_revision(&key, 0);
            Request::Txn(TxnRequest::when(absent, put.clone()).otherwise(look))
        } else {
            look
        };
        let swap = TxnRequest::when(Compare::value(&key, from.as_bytes()), put).otherwise(otherwise);
        swapped(&self.transact(swap).await?)
    }
}

impl Mechanisms for Etcd {
    fn own(&self) -> &'static [Own] {
        EngineKind::Etcd.own()
    }

    async fn attempt(&self, own: Own, key: &str, delta: i64) -> Result<(), KvError> {
        match own {
            Own::Optimistic => self.add_at_revision(key, delta).await,
            Own::Lease => lease::add(self, self.deadline(), &self.shared.rng, key, delta).await,
            Own::AtomicAdd | Own::RowLock => Err(not_offered(own)),
        }
    }

    async fn acquire(&self, key: &str) -> Result<Option<Token>, KvError> {
        let lease = self.granted().await?;
        let key = lock(key);
        let absent = Compare::create_revision(&key, 0);
        let put = Request::Put(PutRequest { key, value: b"held".to_vec(), lease });
        let answer = self.transact(TxnRequest::when(absent, put)).await?;
        let revision = answer.header.map_or(0, |header| header.revision);
        Ok(answer.succeeded.then(|| Token(u64::try_from(revision).unwrap_or(0))))
    }

    async fn write_fenced(&self, key: &str, token: Token, value: Value) -> Result<(), KvError> {
        let value = codec::encode(&value)?.into_bytes();
        let condition = Compare::create_revision(&lock(key), created(token));
        let put = Request::Put(PutRequest { key: data(key), value, lease: 0 });
        held(&self.transact(TxnRequest::when(condition, put)).await?)
    }

    async fn release(&self, key: &str, token: Token) -> Result<(), KvError> {
        let key = lock(key);
        let condition = Compare::create_revision(&key, created(token));
        let delete = Request::Delete(DeleteRangeRequest { key });
        self.transact(TxnRequest::when(condition, delete)).await.map(|_| ())
    }
}

impl std::fmt::Debug for Etcd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Etcd").field("deadline", &self.shared.deadline).finish_non_exhaustive()
    }
}

fn data(key: &str) -> Vec<u8> {
    format!("quipu/kv/{key}").into_bytes()
}

fn lock(key: &str) -> Vec<u8> {
    format!("quipu/lock/{key}").into_bytes()
}

/// The revision that a token stands for; none that can be, for a token of another engine.
fn created(token: Token) -> i64 {
    i64::try_from(token.0).unwrap_or(-1)
}

fn held(answer: &TxnResponse) -> Result<(), KvError> {
    if answer.succeeded { Ok(()) } else { Err(KvError::PreconditionFailed) }
}

/// What a swap came to: done at once, done in the inner transaction, or what a look at the key says.
fn swapped(answer: &TxnResponse) -> Result<(), KvError> {
    if answer.succeeded {
        return Ok(());
    }
    match answer.responses.first().and_then(|op| op.response.as_ref()) {
        Some(Response::Txn(inner)) => swapped(inner),
        Some(Response::Range(range)) if range.kvs.is_empty() => Err(KvError::KeyDoesNotExist),
        Some(Response::Range(_)) => Err(KvError::PreconditionFailed),
        _ => Err(KvError::Malformed("a swap was answered without saying what is there".into())),
    }
}

/// Codes with which etcd refuses before it has proposed anything.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn failure(status: Status) -> KvError {
    let text = format!("{}: {}", status.code(), status.message()).into();
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Unauthenticated => KvError::Refused(text),
        _ => KvError::Unknown(text),
    }
}
