//! Of many swaps from one value exactly one succeeds.

use std::sync::Arc;

use quipu_node::{Kv, KvError, Value};

use super::{Keys, PATIENT, Subject, ensure, expect, unexpected};

const CLIENTS: i64 = 8;
const ROUNDS: i64 = 20;

pub(super) async fn check<S: Subject>(subject: &S, keys: &Keys) -> Result<(), String> {
    let mut engines = Vec::new();
    for _ in 0..CLIENTS {
        engines.push(Arc::new(subject.connect(PATIENT).await.map_err(unexpected("connect"))?));
    }
    for round in 0..ROUNDS {
        // Half of the rounds begin without a key: then whoever creates it is the one.
        let key = keys.key(round);
        let creates = round % 2 == 0;
        let from = if creates { Value::Null } else { Value::from(-1_i64) };
        if !creates {
            expect("write", &Ok(()), &engines[0].write(&key, from.clone()).await)?;
        }
        let mut swaps = tokio::task::JoinSet::new();
        for (client, engine) in (0..CLIENTS).zip(&engines) {
            let (engine, key, from) = (engine.clone(), key.clone(), from.clone());
            swaps.spawn(async move {
                (client, engine.compare_and_swap(&key, from, client.into(), creates).await)
            });
        }
        let mut winners = Vec::new();
        while let Some(ended) = swaps.join_next().await {
            match ended.map_err(|error| error.to_string())? {
                (client, Ok(())) => winners.push(client),
                (_, Err(KvError::PreconditionFailed)) => {}
                (client, other) => return Err(format!("round {round}, client {client}: {other:?}")),
            }
        }
        ensure(winners.len() == 1, || format!("round {round}: {winners:?} all swapped from one value"))?;
        expect("what the winner wrote", &Ok(winners[0]), &engines[0].read_int(&key).await)?;
    }
    Ok(())
}
