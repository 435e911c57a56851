//! The engine is restarted in the middle of the run.
//!
//! Writers add by every mechanism that keeps its count, before, during and after. They keep their clients, which have to find
//! back by themselves. Afterwards each count is what was acknowledged, plus at most what nobody knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Keys, PATIENT, Subject, ensure, unexpected};
use crate::counter::Counter;
use crate::mechanism::{Mechanism, Mechanisms};

const WRITERS: usize = 2;
const DEADLINE: Duration = Duration::from_secs(1);

/// So many additions are acknowledged before the restart, and by each writer after it.
const BEFORE: u64 = 100;
const AFTER: u64 = 10;

/// How long either may take.
const WITHIN: Duration = Duration::from_secs(40);

/// What one mechanism's writers were told.
#[derive(Debug, Default)]
struct Told {
    acknowledged: AtomicU64,
    unknown: AtomicU64,
}

pub(super) async fn check<S: Subject>(subject: &S, keys: &Keys) -> Result<(), String> {
    let observer = subject.connect(PATIENT).await.map_err(unexpected("connect"))?;
    let mechanisms = Mechanism::all(observer.own()).into_iter().filter(|mechanism| mechanism.keeps_count());
    let counters: Vec<_> =
        mechanisms.map(|mechanism| (mechanism, keys.key(mechanism), Arc::<Told>::default())).collect();
    let mut writers = JoinSet::new();
    let mut progress = Vec::new();
    for (mechanism, key, told) in &counters {
        for writer in 0..WRITERS {
            let engine = subject.connect(DEADLINE).await.map_err(unexpected("connect"))?;
            let counter = Counter::new(key, *mechanism, writer, writer as u64).with_patience(DEADLINE);
            let own = Arc::new(AtomicU64::new(0));
            progress.push((*mechanism, own.clone()));
            writers.spawn(write(engine, counter, told.clone(), own));
        }
    }
    until(|| acknowledged(&counters) >= BEFORE, || "no writer gets on".to_owned()).await?;
    subject.restart().await?;
    for (mechanism, own) in &progress {
        let at_restart = own.load(Ordering::SeqCst);
        let gets_on = || own.load(Ordering::SeqCst) >= at_restart + AFTER;
        until(gets_on, || format!("{mechanism}: a writer does not get on after the restart")).await?;
    }
    writers.shutdown().await;
    for (mechanism, key, told) in &counters {
        let count = count(&observer, key, *mechanism).await?;
        let acknowledged = i128::from(told.acknowledged.load(Ordering::SeqCst));
        // Each writer was stopped in the middle of an addition, of which nobody knows either.
        let most = acknowledged + i128::from(told.unknown.load(Ordering::SeqCst)) + WRITERS as i128;
        let least = if subject.survives_restart() { acknowledged } else { 1 };
        ensure((least..=most).contains(&count), || {
            format!("{mechanism}: {acknowledged} acknowledged, at most {most} made, the count is {count}")
        })?;
    }
    Ok(())
}

async fn write(engine: impl Mechanisms, mut counter: Counter, told: Arc<Told>, own: Arc<AtomicU64>) {
    loop {
        match counter.add(&engine, 1).await {
            Ok(_) => {
                told.acknowledged.fetch_add(1, Ordering::SeqCst);
                own.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => {
                if !error.is_definite() {
                    told.unknown.fetch_add(1, Ordering::SeqCst);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// The observer was connected before the restart, too: its first calls may meet the old connection.
async fn count(observer: &impl Mechanisms, key: &str, mechanism: Mechanism) -> Result<i128, String> {
    let counter = Counter::new(key, mechanism, 0, 0);
    let give_up = Instant::now() + WITHIN;
    loop {
        match counter.read(observer, WRITERS).await {
            Ok(count) => return Ok(count),
            Err(error) if Instant::now() >= give_up => return Err(format!("{mechanism}: {error}")),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn acknowledged(counters: &[(Mechanism, String, Arc<Told>)]) -> u64 {
    counters.iter().map(|(_, _, told)| told.acknowledged.load(Ordering::SeqCst)).sum()
}

async fn until(holds: impl Fn() -> bool, breach: impl Fn() -> String) -> Result<(), String> {
    let give_up = Instant::now() + WITHIN;
    while !holds() {
        ensure(Instant::now() < give_up, &breach)?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
