//! What each operation does, and the class of error it ends with.

use std::sync::Arc;
use std::time::Duration;

use quipu_node::{Kv, KvError, Value};
use tokio::time::timeout;

use super::{Keys, PATIENT, Subject, ensure, expect, unexpected};
use crate::mechanism::{Mechanism, Mechanisms, Own};
use crate::wire::Wire;

pub(super) async fn check<S: Subject>(subject: &S, keys: &Keys) -> Result<(), String> {
    let engine = subject.connect(PATIENT).await.map_err(unexpected("connect"))?;
    reads_and_writes(&engine, keys).await?;
    swaps(&engine, keys).await?;
    values(&engine, keys).await?;
    distinct_keys(&engine, keys).await?;
    refusals(&engine, keys).await?;
    own_mechanisms(&engine, keys).await?;
    deadline(subject, keys).await
}

async fn reads_and_writes(engine: &impl Mechanisms, keys: &Keys) -> Result<(), String> {
    let key = keys.key("write");
    expect("read without a key", &Err(KvError::KeyDoesNotExist), &engine.read(&key).await)?;
    expect("read_int_or without a key", &Ok(7), &engine.read_int_or(&key, 7).await)?;
    expect("write", &Ok(()), &engine.write(&key, 5_i64.into()).await)?;
    expect("read", &Ok(5_i64.into()), &engine.read(&key).await)?;
    expect("write over it", &Ok(()), &engine.write(&key, "five".into()).await)?;
    expect("read again", &Ok("five".into()), &engine.read(&key).await)?;
    let malformed = engine.read_int(&key).await;
    ensure(matches!(malformed, Err(KvError::Malformed(_))), || format!("read_int of text: {malformed:?}"))
}

async fn swaps(engine: &impl Mechanisms, keys: &Keys) -> Result<(), String> {
    let key = keys.key("swap");
    let swap = async |from: Value, to: Value, create| engine.compare_and_swap(&key, from, to, create).await;
    let (one, two) = (Value::from(1_i64), Value::from(2_i64));
    let absent = swap(one.clone(), two.clone(), false).await;
    expect("swap without a key", &Err(KvError::KeyDoesNotExist), &absent)?;
    expect("and nothing was made", &Err(KvError::KeyDoesNotExist), &engine.read(&key).await)?;
    expect("swap that creates", &Ok(()), &swap(Value::Null, one.clone(), true).await)?;
    let exists = swap(Value::Null, two.clone(), true).await;
    expect("creating once more", &Err(KvError::PreconditionFailed), &exists)?;
    let other = swap(Value::Float(1.0), two.clone(), false).await;
    expect("swap from 1.0 where 1 is", &Err(KvError::PreconditionFailed), &other)?;
    let never = swap(Value::Float(f64::NAN), two.clone(), false).await;
    expect("swap from no number", &Err(KvError::PreconditionFailed), &never)?;
    expect("and 1 is still there", &Ok(one.clone()), &engine.read(&key).await)?;
    expect("swap", &Ok(()), &swap(one.clone(), two.clone(), false).await)?;
    let again = swap(one.clone(), two.clone(), false).await;
    expect("the same swap again", &Err(KvError::PreconditionFailed), &again)?;
    expect("swap from a value to itself", &Ok(()), &swap(two.clone(), two.clone(), true).await)?;
    let one_entry = |number: i64| Value::map([("b", Value::from(number)), ("a", Value::Null)]);
    expect("swap to a map", &Ok(()), &swap(two, one_entry(1), false).await)?;
    let reordered = Value::map([("a", Value::Null), ("b", one)]);
    expect("swap from the same map", &Ok(()), &swap(reordered, one_entry(2), false).await)?;
    expect("read the map", &Ok(one_entry(2)), &engine.read(&key).await)
}

/// Every kind of value comes back the same.
async fn values(engine: &impl Mechanisms, keys: &Keys) -> Result<(), String> {
    let key = keys.key("value");
    let list: Arc<[Value]> = [Value::Null, 1_i64.into(), "x".into()].into();
    let values = [
        Value::Null,
        Value::Bool(true),
        0_i64.into(),
        i64::MIN.into(),
        i64::MAX.into(),
        u64::MAX.into(),
        Value::Float(0.1),
        Value::Float(-0.0),
        Value::Float(1e300),
        "".into(),
        "a\u{0}b\n\"ключ\" \u{1f600}".into(),
        Value::text("long ".repeat(2000)),
        Value::List(list.clone()),
        Value::map([("", Value::List(list)), ("inner", Value::map([("x", Value::Bool(false))]))]),
    ];
    for value in values {
        expect("write a value", &Ok(()), &engine.write(&key, value.clone()).await)?;
        expect("read it", &Ok(value.clone()), &engine.read(&key).await)?;
        let same = engine.compare_and_swap(&key, value.clone(), value, false).await;
        expect("swap it for itself", &Ok(()), &same)?;
    }
    Ok(())
}

async fn distinct_keys(engine: &impl Mechanisms, keys: &Keys) -> Result<(), String> {
    let long = "k".repeat(150);
    let names = ["", "a", "A", "a b", "a.b", "a.*", ">", "a/b", "%", "=", "ключ", "'; --", long.as_str()];
    for (number, name) in (0_i64..).zip(names) {
        expect("write", &Ok(()), &engine.write(&keys.key(name), number.into()).await)?;
    }
    for (number, name) in (0_i64..).zip(names) {
        expect(&format!("key `{name}`"), &Ok(number), &engine.read_int(&keys.key(name)).await)?;
    }
    Ok(())
}

/// What cannot be stored is refused before anything happens.
async fn refusals(engine: &impl Mechanisms, keys: &Keys) -> Result<(), String> {
    let key = keys.key("refused");
    expect("write", &Ok(()), &engine.write(&key, 1_i64.into()).await)?;
    for value in [Value::Float(f64::NAN), Value::Float(f64::NEG_INFINITY), Value::Int(i128::MIN)] {
        let written = engine.write(&key, value.clone()).await;
        ensure(matches!(written, Err(KvError::Refused(_))), || format!("write of {value}: {written:?}"))?;
        let swapped = engine.compare_and_swap(&key, 1_i64.into(), value.clone(), true).await;
        ensure(matches!(swapped, Err(KvError::Refused(_))), || format!("swap to {value}: {swapped:?}"))?;
    }
    expect("and nothing happened", &Ok(1), &engine.read_int(&key).await)
}

/// What is offered adds; what is not is refused; neither adds to what is no number, nor beyond 64 bits.
async fn own_mechanisms(engine: &impl Mechanisms, keys: &Keys) -> Result<(), String> {
    for own in [Own::AtomicAdd, Own::Optimistic, Own::RowLock, Own::Lease] {
        let name = Mechanism::Own(own).name();
        let key = keys.key(name);
        let first = engine.attempt(own, &key, -3).await;
        if !engine.own().contains(&own) {
            ensure(matches!(first, Err(KvError::Refused(_))), || format!("{name}, not offered: {first:?}"))?;
            continue;
        }
        expect(name, &Ok(()), &first)?;
        expect(name, &Ok(()), &engine.attempt(own, &key, 45).await)?;
        expect(name, &Ok(42), &engine.read_int(&key).await)?;
        for there in [Value::from(i64::MAX - 1), "text".into(), Value::Float(1.5), Value::Null] {
            expect("write", &Ok(()), &engine.write(&key, there.clone()).await)?;
            let added = engine.attempt(own, &key, 2).await;
            ensure(matches!(added, Err(KvError::Refused(_))), || format!("{name} to {there}: {added:?}"))?;
            expect("and nothing happened", &Ok(there), &engine.read(&key).await)?;
        }
    }
    Ok(())
}

/// An engine that says nothing is waited for until the deadline and hardly longer.
async fn deadline<S: Subject>(subject: &S, keys: &Keys) -> Result<(), String> {
    const DEADLINE: Duration = Duration::from_millis(500);
    let wire = Wire::default();
    let engine = subject.connect_over(&wire, DEADLINE).await.map_err(unexpected("connect"))?;
    wire.hold_after(0);
    let key = keys.key("silence");
    let mechanisms: Vec<_> = engine.own().to_vec();
    for turn in 0..mechanisms.len() + 3 {
        let call = async {
            match turn {
                0 => engine.read(&key).await.map(|_| ()),
                1 => engine.write(&key, 1_i64.into()).await,
                2 => engine.compare_and_swap(&key, 1_i64.into(), 2_i64.into(), true).await,
                own => engine.attempt(mechanisms[own - 3], &key, 1).await,
            }
        };
        // Twice the deadline and more, for a busy machine.
        let limit = DEADLINE * 2 + Duration::from_millis(500);
        let outcome = timeout(limit, call).await;
        let outcome = outcome.map_err(|_| format!("call {turn} on a silent engine took over {limit:?}"))?;
        let ended = matches!(outcome, Err(KvError::Unknown(_) | KvError::Refused(_)));
        ensure(ended, || format!("call {turn} on a silent engine: {outcome:?}"))?;
    }
    wire.pass();
    Ok(())
}
