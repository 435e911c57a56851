//! A counter that keeps its sum in `seq-kv`, to start from: it loses updates, and its reads may be old.

use std::process::ExitCode;
use std::time::Duration;

use quipu_maelstrom::{Call, Kv, KvClient, KvError, PerRequest, Reply, Request, failure, serve};

const KEY: &str = "sum";

async fn answer(call: Call, request: Request) -> Reply {
    let store = KvClient::seq_kv(call.line, Duration::from_millis(800)).until(call.deadline);
    let outcome = match request {
        Request::Add(delta) => add(&store, delta).await.map(|()| Reply::AddOk),
        Request::Read => sum(&store).await.map(|sum| Reply::Counter(sum.into())),
        other => return Reply::not_served(&other),
    };
    outcome.unwrap_or_else(|error| failure(&error))
}

/// Between the read and the write another node may write. `store.compare_and_swap(KEY, from, to, create)` is one way out.
async fn add(store: &KvClient, delta: i64) -> Result<(), KvError> {
    let before = sum(store).await?;
    store.write(KEY, before.saturating_add(delta).into()).await
}

/// A read changes nothing, so the store may answer it from the past.
async fn sum(store: &KvClient) -> Result<i64, KvError> {
    match store.read_int(KEY).await {
        Err(KvError::KeyDoesNotExist) => Ok(0),
        other => other,
    }
}

fn main() -> ExitCode {
    serve(|_| Box::new(PerRequest::new(answer)))
}
