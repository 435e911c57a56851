//! The port over Redis, and over what speaks its protocol and runs Lua.
//!
//! A key of the port is `quipu:kv:KEY`, its value the text. Compare-and-swap and all that leases need are scripts, which Redis
//! carries out in one step. Where the server says why it failed, nothing was done; a connection that ends without an answer
//! leaves it open.
//!
//! What is acknowledged survives a restart as far as the server's `appendfsync` has it so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quipu_node::{Kv, KvError, Rng, Value};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, RedisError, Script, ScriptInvocation, cmd, pipe};

use crate::codec;
use crate::deadline::Deadline;
use crate::engine::EngineKind;
use crate::lease::{self, Token, before_change};
use crate::mechanism::{Mechanisms, Own, not_offered};
use crate::sessions::{Borrowed, Sessions};
use crate::settings::Settings;

/// A client of a Redis server.
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    sessions: Sessions<MultiplexedConnection>,
    scripts: Scripts,
    rng: Mutex<Rng>,
    deadline: Duration,
    lease: Duration,
}

struct Scripts {
    swap: Script,
    acquire: Script,
    write_fenced: Script,
    release: Script,
}

/// Answers 1: swapped, 0: another value is there, -1: no such key.
const SWAP: &str = "\
local there = redis.call('GET', KEYS[1])
if there == false then
  if ARGV[3] == '0' then return -1 end
elseif there ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2])
return 1";

/// Keys: the lock, the last token given out. Answers the token, or 0 if somebody has the lease.
const ACQUIRE: &str = "\
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local token = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return token";

/// Keys: the value, the last token given out. Answers 1 if no later token than the writer's was given out.
const WRITE_FENCED: &str = "\
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1";

const RELEASE: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1";

impl Redis {
    /// A client of the server at `redis://HOST:PORT`.
    ///
    /// # Errors
    /// [`KvError::Refused`] if `url` is of another form, or nobody answers there within the deadline. Nothing was changed.
    pub async fn connect(url: &str, settings: &Settings) -> Result<Self, KvError> {
        let client = Client::open(url)
            .map_err(|error| KvError::Refused(format!("not a URL of Redis: {error}").into()))?;
        let scripts = Scripts {
            swap: Script::new(SWAP),
            acquire: Script::new(ACQUIRE),
            write_fenced: Script::new(WRITE_FENCED),
            release: Script::new(RELEASE),
        };
        let shared = Shared {
            client,
            sessions: Sessions::new(settings.connections),
            scripts,
            rng: Mutex::new(Rng::new(settings.seed)),
            deadline: settings.deadline,
            lease: settings.lease,
        };
        let this = Self { shared: Arc::new(shared) };
        this.session(this.deadline()).await?.keep();
        Ok(this)
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.shared.deadline)
    }

    async fn session(&self, deadline: Deadline) -> Result<Borrowed<'_, MultiplexedConnection>, KvError> {
        let open = async {
            // The deadline of the call covers both.
            let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
            // Boxed: it is large, and seldom needed.
            let connecting = self.shared.client.get_multiplexed_async_connection_with_config(&config);
            Box::pin(connecting).await.map_err(|error| KvError::Refused(error.to_string().into()))
        };
        deadline.unsent(self.shared.sessions.take(|_| true, open)).await
    }

    async fn command<T: redis::FromRedisValue>(&self, command: &Cmd) -> Result<T, KvError> {
        let deadline = self.deadline();
        let mut borrowed = self.session(deadline).await?;
        let session = &mut borrowed.session;
        let answer = deadline.sent(async { command.query_async(session).await.map_err(failure) }).await;
        borrowed.keep_after(answer)
    }

    async fn script(&self, script: &ScriptInvocation<'_>) -> Result<i64, KvError> {
        let deadline = self.deadline();
        let mut borrowed = self.session(deadline).await?;
        let session = &mut borrowed.session;
        let answer = deadline.sent(async { script.invoke_async(session).await.map_err(failure) }).await;
        borrowed.keep_after(answer)
    }

    /// `WATCH` and read, then write in a transaction that is dropped if the key was touched between.
    async fn add_watching(&self, key: &str, delta: i64) -> Result<(), KvError> {
        let key = data(key);
        let deadline = self.deadline();
        let mut borrowed = self.session(deadline).await?;
        let session = &mut borrowed.session;
        let increased = deadline.unsent(async {
            let mut read = pipe();
            read.cmd("WATCH").arg(&key).ignore().cmd("GET").arg(&key);
            let (there,): (Option<Vec<u8>>,) = read.query_async(session).await.map_err(failure)?;
            let sum = there.map_or(Ok(0), |text| codec::decode_int(&text))?;
            codec::encode(&codec::sum(sum, delta)?.into())
        });
        let increased = increased.await.map_err(before_change)?;
        let written: Result<Option<()>, KvError> = deadline
            .sent(async {
                let mut write = pipe();
                write.atomic().cmd("SET").arg(&key).arg(&increased).ignore();
                write.query_async(session).await.map_err(failure)
            })
            .await;
        match borrowed.keep_after(written)? {
            Some(()) => Ok(()),
            None => Err(KvError::PreconditionFailed),
        }
    }
}

impl Kv for Redis {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        let there: Option<Vec<u8>> = self.command(cmd("GET").arg(data(key))).await?;
        codec::decode(&there.ok_or(KvError::KeyDoesNotExist)?)
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        self.command(cmd("SET").arg(data(key)).arg(codec::encode(&value)?)).await
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        from: Value,
        to: Value,
        create_if_not_exists: bool,
    ) -> Result<(), KvError> {
        // What cannot be stored stands nowhere: then nothing equals it.
        let (from, to) = (codec::encode(&from).unwrap_or_default(), codec::encode(&to)?);
        let mut swap = self.shared.scripts.swap.prepare_invoke();
        swap.key(data(key)).arg(from).arg(to).arg(i32::from(create_if_not_exists));
        match self.script(&swap).await? {
            1 => Ok(()),
            0 => Err(KvError::PreconditionFailed),
            _ => Err(KvError::KeyDoesNotExist),
        }
    }
}

impl Mechanisms for Redis {
    fn own(&self) -> &'static [Own] {
        EngineKind::Redis.own()
    }

    async fn attempt(&self, own: Own, key: &str, delta: i64) -> Result<(), KvError> {
        match own {
            Own::AtomicAdd => self.command::<i64>(cmd("INCRBY").arg(data(key)).arg(delta)).await.map(|_| ()),
            Own::Optimistic => self.add_watching(key, delta).await,
            Own::Lease => lease::add(self, self.deadline(), &self.shared.rng, key, delta).await,
            Own::RowLock => Err(not_offered(own)),
        }
    }

    async fn acquire(&self, key: &str) -> Result<Option<Token>, KvError> {
        let mut acquire = self.shared.scripts.acquire.prepare_invoke();
        let milliseconds = u64::try_from(self.shared.lease.as_millis()).unwrap_or(u64::MAX);
        acquire.key(lock(key)).key(fence(key)).arg(milliseconds);
        let token = self.script(&acquire).await?;
        Ok(u64::try_from(token).ok().filter(|token| *token > 0).map(Token))
    }

    async fn write_fenced(&self, key: &str, token: Token, value: Value) -> Result<(), KvError> {
        let mut write = self.shared.scripts.write_fenced.prepare_invoke();
        write.key(data(key)).key(fence(key)).arg(token.0).arg(codec::encode(&value)?);
        if self.script(&write).await? == 1 { Ok(()) } else { Err(KvError::PreconditionFailed) }
    }

    async fn release(&self, key: &str, token: Token) -> Result<(), KvError> {
        let mut release = self.shared.scripts.release.prepare_invoke();
        release.key(lock(key)).arg(token.0);
        self.script(&release).await.map(|_| ())
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("deadline", &self.shared.deadline).finish_non_exhaustive()
    }
}

fn data(key: &str) -> String {
    format!("quipu:kv:{key}")
}

fn lock(key: &str) -> String {
    format!("quipu:lock:{key}")
}

fn fence(key: &str) -> String {
    format!("quipu:fence:{key}")
}

/// What the server says was not done; anything else leaves it open.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn failure(error: RedisError) -> KvError {
    let text = error.to_string().into();
    match error.code() {
        Some(_) => KvError::Refused(text),
        None => KvError::Unknown(text),
    }
}
