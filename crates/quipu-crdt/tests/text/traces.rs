//! The recorded editing sessions of `tests/traces`, read.

use std::path::Path;

/// At a character, so many are deleted and a text is inserted.
pub(crate) struct Patch {
    pub(crate) at: usize,
    pub(crate) deleted: usize,
    pub(crate) inserted: String,
}

/// What one user did at once.
pub(crate) struct Transaction {
    /// The numbers of the transactions that this one had seen last. Empty in sequential traces.
    pub(crate) parents: Vec<usize>,
    pub(crate) agent: usize,
    pub(crate) patches: Vec<Patch>,
}

pub(crate) struct Trace {
    pub(crate) end: String,
    pub(crate) agents: usize,
    pub(crate) transactions: Vec<Transaction>,
}

/// Reads `tests/traces/<name>.json.gz`.
pub(crate) fn read(name: &str) -> Trace {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/traces/{name}.json.gz"));
    let packed = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let json: serde_json::Value = serde_json::from_slice(&gunzip(&packed)).expect("the trace is JSON");
    let number =
        |value: &serde_json::Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
    let patch = |value: &serde_json::Value| Patch {
        at: number(&value[0]),
        deleted: number(&value[1]),
        inserted: value[2].as_str().expect("a text").to_owned(),
    };
    let transaction = |value: &serde_json::Value| Transaction {
        parents: value["parents"].as_array().map(|all| all.iter().map(number).collect()).unwrap_or_default(),
        agent: value["agent"].as_u64().map_or(0, |agent| usize::try_from(agent).expect("small")),
        patches: value["patches"].as_array().expect("patches").iter().map(patch).collect(),
    };
    Trace {
        end: json["endContent"].as_str().expect("a text").to_owned(),
        agents: json["numAgents"].as_u64().map_or(1, |count| usize::try_from(count).expect("small")),
        transactions: json["txns"].as_array().expect("transactions").iter().map(transaction).collect(),
    }
}

fn gunzip(packed: &[u8]) -> Vec<u8> {
    // A gzip file of these traces: ten bytes of header, the file's name and a zero, the data, eight bytes of checksum.
    let name = packed[10..].iter().position(|byte| *byte == 0).expect("a name in the header");
    let data = &packed[10 + name + 1..packed.len() - 8];
    miniz_oxide::inflate::decompress_to_vec(data).expect("the trace is whole")
}
