//! Counts are right by every mechanism that promises it; what does not promise it counts no more than there was.

use std::sync::Arc;

use super::{Keys, PATIENT, Subject, ensure, unexpected};
use crate::counter::Counter;
use crate::mechanism::{Mechanism, Mechanisms};

const WRITERS: usize = 4;
const ADDS: i64 = 25;

pub(super) async fn check<S: Subject>(subject: &S, keys: &Keys) -> Result<(), String> {
    let mut engines = Vec::new();
    for _ in 0..WRITERS {
        engines.push(Arc::new(subject.connect(PATIENT).await.map_err(unexpected("connect"))?));
    }
    for mechanism in Mechanism::all(engines[0].own()) {
        let key = keys.key(mechanism);
        let expected = i128::from(ADDS) * WRITERS as i128;
        add_at_once(&engines, &key, mechanism).await?;
        let counter = Counter::new(key, mechanism, 0, 0);
        let count = counter.read(&*engines[0], WRITERS).await.map_err(unexpected("read"))?;
        let holds = if mechanism.keeps_count() { count == expected } else { (1..=expected).contains(&count) };
        ensure(holds, || format!("{mechanism}: {expected} were added, the count is {count}"))?;
    }
    Ok(())
}

async fn add_at_once<E: Mechanisms>(
    engines: &[Arc<E>],
    key: &str,
    mechanism: Mechanism,
) -> Result<(), String> {
    let mut writers = tokio::task::JoinSet::new();
    for (writer, engine) in engines.iter().enumerate() {
        let engine = engine.clone();
        let mut counter = Counter::new(key, mechanism, writer, writer as u64).with_patience(PATIENT);
        writers.spawn(async move {
            for _ in 0..ADDS {
                counter.add(&*engine, 1).await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.map_err(|error| error.to_string())?.map_err(unexpected(mechanism.name()))?;
    }
    Ok(())
}
