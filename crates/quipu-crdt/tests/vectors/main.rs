//! The test vectors in `vectors/`: every script leads to the states that are written down, in both encodings.
//!
//! `QUIPU_VECTORS=write cargo test -p quipu-crdt --all-features --test vectors` writes them anew.

mod perform;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use perform::{Perform, run_by_name};
use quipu_crdt::{ReplicaId, wire};
use serde_json::{Value, json};

/// Runs a script on one type and returns what its result file must say.
fn run<T: Perform>(steps: &[&str]) -> Vec<Value> {
    let mut replicas: BTreeMap<ReplicaId, T> = BTreeMap::new();
    let mut deltas: Vec<T> = Vec::new();
    let mut results = Vec::new();
    for step in steps {
        let (who, what) = step.split_once(' ').unwrap_or_else(|| panic!("`{step}` says nothing to do"));
        let who: ReplicaId = who.parse().unwrap_or_else(|error| panic!("`{step}`: {error}"));
        let mut result = json!({ "step": step });
        if let Some(sources) = what.strip_prefix("< ") {
            for source in sources.split(' ') {
                let source = match source.parse::<usize>() {
                    Ok(number) => deltas[number - 1].clone(),
                    Err(_) => replicas[&source.parse().expect("a change's number or a replica")].clone(),
                };
                replicas.entry(who).or_default().join(&source);
            }
        } else {
            let words: Vec<&str> = what.split(' ').collect();
            let delta = replicas.entry(who).or_default().perform(who, &words);
            result["delta"] = both_encodings(&delta);
            deltas.push(delta);
        }
        result["state"] = both_encodings(&replicas[&who]);
        results.push(result);
    }
    results
}

/// Encodes, and decodes again on the way.
fn both_encodings<T: Perform>(state: &T) -> Value {
    let bytes = wire::encode(state);
    let back = wire::decode::<T>(&bytes);
    assert_eq!(back.as_ref(), Ok(state), "bytes do not come back");
    let json = serde_json::to_value(state).expect("has a JSON form");
    let text = json.to_string();
    assert_eq!(&serde_json::from_str::<T>(&text).expect("JSON comes back"), state, "{text}");
    json!({ "json": json, "bytes": hex(&bytes) })
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("four bits");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

#[test]
fn every_script_leads_to_the_states_written_down() {
    let write = std::env::var("QUIPU_VECTORS").is_ok_and(|what| what == "write");
    let mut scripts: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    scripts.sort();
    for script in &scripts {
        let text = fs::read_to_string(script).expect("readable");
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let name = lines.next().expect("the first line names the type");
        let result = run_by_name(name, &lines.collect::<Vec<_>>());
        let steps: Vec<String> = result.iter().map(Value::to_string).collect();
        let result = format!("{{\"type\":\"{name}\",\"steps\":[\n{}\n]}}\n", steps.join(",\n"));
        let path = script.with_extension("json");
        if write {
            fs::write(&path, &result).expect("can be written");
        } else {
            let known = fs::read_to_string(&path).unwrap_or_default();
            assert!(known == result, "{}: the states are not those written down\n{result}", path.display());
        }
    }
    println!("{} scripts", scripts.len());
    assert_eq!(scripts.len(), perform::NAMES.len(), "one script for each type");
}

/// What the encodings of a type must be able to do.
trait Encodings: wire::Encoded + PartialEq + Debug {}

impl<T: wire::Encoded + PartialEq + Debug> Encodings for T {}
