//! The port over PostgreSQL: one table, `quipu_kv`, of keys and values as text.
//!
//! Each operation of the port is one statement, so one transaction: it is done or not done, and where the server says why it
//! failed it was not done. Below is what else may come: a connection that ends without an answer, and the codes with which a
//! server that is shutting down ends it. Then nobody knows.
//!
//! The deadline is also the server's `statement_timeout`: what has not been carried out by then never will be.

use std::sync::Arc;
use std::time::Duration;

use quipu_node::{Kv, KvError, Value, all};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, IsolationLevel, NoTls, Row, Statement};

use crate::codec;
use crate::deadline::Deadline;
use crate::engine::EngineKind;
use crate::lease::before_change;
use crate::mechanism::{Mechanisms, Own, not_offered};
use crate::sessions::{Borrowed, Sessions};
use crate::settings::Settings;

/// A client of a PostgreSQL server.
#[derive(Clone)]
pub struct Postgres {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    sessions: Sessions<Session>,
    deadline: Duration,
}

/// A connection with its statements prepared.
struct Session {
    client: Client,
    read: Statement,
    write: Statement,
    swap: Statement,
    swap_or_create: Statement,
    add: Statement,
    lock: Statement,
    create: Statement,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS quipu_kv (key text PRIMARY KEY, value text NOT NULL)";
const READ: &str = "SELECT value FROM quipu_kv WHERE key = $1";
const WRITE: &str =
    "INSERT INTO quipu_kv (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2";
/// Two columns: whether it was swapped, and whether there was such a key.
const SWAP: &str = "WITH swapped AS (UPDATE quipu_kv SET value = $3 WHERE key = $1 AND value = $2 RETURNING 1) \
     SELECT EXISTS (SELECT FROM swapped), EXISTS (SELECT FROM quipu_kv WHERE key = $1)";
const SWAP_OR_CREATE: &str = "INSERT INTO quipu_kv AS kv (key, value) VALUES ($1, $3) \
     ON CONFLICT (key) DO UPDATE SET value = $3 WHERE kv.value = $2";
const ADD: &str = "INSERT INTO quipu_kv AS kv (key, value) VALUES ($1, ($2::bigint)::text) \
     ON CONFLICT (key) DO UPDATE SET value = (kv.value::bigint + $2)::text";
const LOCK: &str = "SELECT value FROM quipu_kv WHERE key = $1 FOR UPDATE";
const CREATE: &str = "INSERT INTO quipu_kv (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

const STATEMENTS: [&str; 7] = [READ, WRITE, SWAP, SWAP_OR_CREATE, ADD, LOCK, CREATE];

impl Postgres {
    /// A client of the server at `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
    ///
    /// # Errors
    /// [`KvError::Refused`] if `url` is of another form, or nobody answers there within the deadline. Nothing was changed but
    /// for the table of all keys, which is made where it is missing.
    pub async fn connect(url: &str, settings: &Settings) -> Result<Self, KvError> {
        let mut config: Config = url
            .parse()
            .map_err(|error| KvError::Refused(format!("not a URL of PostgreSQL: {error}").into()))?;
        let timeout = format!("-c statement_timeout={}", settings.deadline.as_millis().max(1));
        config.options(timeout).connect_timeout(settings.deadline);
        let sessions = Sessions::new(settings.connections);
        let shared = Shared { config, sessions, deadline: settings.deadline };
        let this = Self { shared: Arc::new(shared) };
        let deadline = Deadline::after(settings.deadline);
        this.session(deadline).await?.keep();
        Ok(this)
    }

    async fn session(&self, deadline: Deadline) -> Result<Borrowed<'_, Session>, KvError> {
        let Shared { sessions, config, .. } = &*self.shared;
        let is_usable = |session: &Session| !session.client.is_closed();
        // Boxed: it is large, and seldom needed.
        let open = async { Box::pin(Session::open(config)).await };
        deadline.unsent(sessions.take(is_usable, open)).await
    }

    /// The lock lasts from the read to the commit: others wait, and none has to try again.
    async fn add_in_row_lock(&self, key: &str, delta: i64) -> Result<(), KvError> {
        let deadline = Deadline::after(self.shared.deadline);
        let mut borrowed = self.session(deadline).await?;
        let session = &mut borrowed.session;
        let begun = deadline.unsent(async { session.client.transaction().await.map_err(refused) });
        let transaction = begun.await?;
        let zero = codec::encode(&Value::from(0_i64))?;
        let prepared = deadline.unsent(async {
            let mut row = transaction.query_opt(&session.lock, &[&key]).await.map_err(refused)?;
            if row.is_none() {
                transaction.execute(&session.create, &[&key, &zero]).await.map_err(refused)?;
                row = transaction.query_opt(&session.lock, &[&key]).await.map_err(refused)?;
            }
            let sum = stored_int(row.as_ref())?;
            let increased = codec::encode(&codec::sum(sum, delta)?.into())?;
            transaction.execute(&session.write, &[&key, &increased]).await.map_err(refused)
        });
        prepared.await.map_err(before_change)?;
        deadline.sent(async { transaction.commit().await.map_err(conflict_or_failure) }).await?;
        borrowed.keep();
        Ok(())
    }

    /// Nothing is locked; the server refuses the commit if another's came between.
    async fn add_serializable(&self, key: &str, delta: i64) -> Result<(), KvError> {
        let deadline = Deadline::after(self.shared.deadline);
        let mut borrowed = self.session(deadline).await?;
        let session = &mut borrowed.session;
        let prepared = deadline.unsent(async {
            let begin = session.client.build_transaction().isolation_level(IsolationLevel::Serializable);
            let transaction = begin.start().await.map_err(refused)?;
            let row = transaction.query_opt(&session.read, &[&key]).await.map_err(conflict_or_refusal)?;
            let increased = codec::encode(&codec::sum(stored_int(row.as_ref())?, delta)?.into())?;
            transaction.execute(&session.write, &[&key, &increased]).await.map_err(conflict_or_refusal)?;
            Ok(transaction)
        });
        let result = match prepared.await {
            Ok(transaction) => {
                deadline.sent(async { transaction.commit().await.map_err(conflict_or_failure) }).await
            }
            Err(error) => Err(before_change(error)),
        };
        // After a conflict the server has rolled back, and the connection is as good as new.
        if matches!(result, Ok(()) | Err(KvError::PreconditionFailed)) {
            borrowed.keep();
        }
        result
    }
}

impl Session {
    async fn open(config: &Config) -> Result<Self, KvError> {
        let (client, connection) = config.connect(NoTls).await.map_err(refused)?;
        // It ends when the client is dropped; what it has to say about that, each call is told.
        tokio::spawn(connection);
        if let Err(error) = client.prepare(READ).await {
            if error.code() != Some(&SqlState::UNDEFINED_TABLE) {
                return Err(refused(error));
            }
            create_table(&client).await?;
        }
        // All in one round trip.
        let prepared = all(STATEMENTS.map(|sql| client.prepare(sql))).await;
        let prepared: Result<Vec<Statement>, _> = prepared.into_iter().collect();
        let prepared: Result<[Statement; STATEMENTS.len()], _> = prepared.map_err(refused)?.try_into();
        let [read, write, swap, swap_or_create, add, lock, create] =
            prepared.map_err(|_| KvError::Refused("not every statement was prepared".into()))?;
        Ok(Self { client, read, write, swap, swap_or_create, add, lock, create })
    }
}

/// Several clients may do so at once, and all but one be told that it is there already.
async fn create_table(client: &Client) -> Result<(), KvError> {
    match client.batch_execute(TABLE).await {
        Err(error)
            if !matches!(
                error.code(),
                Some(&SqlState::UNIQUE_VIOLATION | &SqlState::DUPLICATE_TABLE | &SqlState::DUPLICATE_OBJECT)
            ) =>
        {
            Err(refused(error))
        }
        _ => Ok(()),
    }
}

impl Kv for Postgres {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        let deadline = Deadline::after(self.shared.deadline);
        let borrowed = self.session(deadline).await?;
        let Session { client, read, .. } = &borrowed.session;
        let row = deadline.sent(async { client.query_opt(read, &[&key]).await.map_err(failure) }).await;
        let row = borrowed.keep_after(row)?;
        codec::decode(stored(&row.ok_or(KvError::KeyDoesNotExist)?)?.as_bytes())
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        let value = codec::encode(&value)?;
        let deadline = Deadline::after(self.shared.deadline);
        let borrowed = self.session(deadline).await?;
        let Session { client, write, .. } = &borrowed.session;
        let written =
            deadline.sent(async { client.execute(write, &[&key, &value]).await.map_err(failure) }).await;
        borrowed.keep_after(written).map(|_| ())
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
        let deadline = Deadline::after(self.shared.deadline);
        let borrowed = self.session(deadline).await?;
        let Session { client, swap, swap_or_create, .. } = &borrowed.session;
        let swapped = deadline.sent(async {
            if create_if_not_exists {
                let rows = client.execute(swap_or_create, &[&key, &from, &to]).await.map_err(failure)?;
                return Ok((rows > 0, true));
            }
            let row = client.query_one(swap, &[&key, &from, &to]).await.map_err(failure)?;
            Ok((column(&row, 0)?, column(&row, 1)?))
        });
        let swapped = swapped.await;
        match borrowed.keep_after(swapped)? {
            (true, _) => Ok(()),
            (false, true) => Err(KvError::PreconditionFailed),
            (false, false) => Err(KvError::KeyDoesNotExist),
        }
    }
}

impl Mechanisms for Postgres {
    fn own(&self) -> &'static [Own] {
        EngineKind::Postgres.own()
    }

    async fn attempt(&self, own: Own, key: &str, delta: i64) -> Result<(), KvError> {
        match own {
            Own::AtomicAdd => {
                let deadline = Deadline::after(self.shared.deadline);
                let borrowed = self.session(deadline).await?;
                let Session { client, add, .. } = &borrowed.session;
                let added = deadline
                    .sent(async { client.execute(add, &[&key, &delta]).await.map_err(failure) })
                    .await;
                borrowed.keep_after(added).map(|_| ())
            }
            Own::Optimistic => self.add_serializable(key, delta).await,
            Own::RowLock => self.add_in_row_lock(key, delta).await,
            Own::Lease => Err(not_offered(own)),
        }
    }
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("deadline", &self.shared.deadline).finish_non_exhaustive()
    }
}

fn column<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, KvError> {
    row.try_get(index).map_err(|error| KvError::Malformed(error.to_string().into()))
}

fn stored(row: &Row) -> Result<&str, KvError> {
    column(row, 0)
}

fn stored_int(row: Option<&Row>) -> Result<i64, KvError> {
    row.map_or(Ok(0), |row| codec::decode_int(stored(row)?.as_bytes()))
}

/// A failure before any change was sent.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn refused(error: tokio_postgres::Error) -> KvError {
    KvError::Refused(described(&error).into())
}

/// A failure of a statement that is a transaction by itself, or of a commit.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn failure(error: tokio_postgres::Error) -> KvError {
    let text = described(&error).into();
    match error.code() {
        Some(code) if !leaves_open(code) => KvError::Refused(text),
        _ => KvError::Unknown(text),
    }
}

fn conflict_or_failure(error: tokio_postgres::Error) -> KvError {
    if is_conflict(&error) { KvError::PreconditionFailed } else { failure(error) }
}

fn conflict_or_refusal(error: tokio_postgres::Error) -> KvError {
    if is_conflict(&error) { KvError::PreconditionFailed } else { refused(error) }
}

fn is_conflict(error: &tokio_postgres::Error) -> bool {
    let conflicts =
        [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED, &SqlState::UNIQUE_VIOLATION];
    error.code().is_some_and(|code| conflicts.contains(&code))
}

/// Codes after which a transaction may have been committed all the same: of lost connections (08), of a server that ends
/// them (57P0x), and the one that says so.
fn leaves_open(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08") || code.starts_with("57P0") || code == "40003"
}

fn described(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => error.to_string(),
    }
}
