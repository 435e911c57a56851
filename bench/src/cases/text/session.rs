//! Recorded editing sessions.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use flate2::bufread::GzDecoder;
use serde::Deserialize;

/// Sessions of one author at a time, with the short ones first; those after them are left out of a quick run.
pub(crate) const SEQUENTIAL_SHORT: [&str; 2] = ["friendsforever_flat", "sveltecomponent"];
pub(crate) const SEQUENTIAL_LONG: [&str; 3] = ["rustcode", "seph-blog1", "automerge-paper"];
/// Sessions of two authors who type at the same time.
pub(crate) const CONCURRENT: [&str; 2] = ["friendsforever", "clownschool"];

/// A recorded session.
pub(crate) struct Session {
    /// What was done, each transaction after those it knew.
    pub(crate) transactions: Vec<Transaction>,
    /// The text in the end.
    pub(crate) end: String,
}

/// What one author did at once.
#[derive(Deserialize)]
pub(crate) struct Transaction {
    /// The author.
    #[serde(default)]
    pub(crate) agent: usize,
    /// The transactions that the author had seen last.
    #[serde(default)]
    pub(crate) parents: Vec<usize>,
    /// One after the other.
    pub(crate) patches: Vec<Patch>,
}

/// At this character, so many characters go and these come.
#[derive(Deserialize)]
pub(crate) struct Patch(pub(crate) usize, pub(crate) usize, pub(crate) String);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded {
    end_content: String,
    txns: Vec<Transaction>,
}

impl Session {
    /// Reads the session of this name. Every character that is not ASCII becomes `_`, so that characters, bytes and UTF-16
    /// units have the same positions and each library can use its own.
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        let file = find(name)?;
        let cannot = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", file.display());
        let reader = BufReader::new(File::open(&file).map_err(|error| cannot(&error))?);
        let recorded: Recorded = serde_json::from_reader(BufReader::new(GzDecoder::new(reader)))
            .map_err(|error| cannot(&error))?;
        let mut transactions = recorded.txns;
        for Patch(_, _, text) in transactions.iter_mut().flat_map(|transaction| &mut transaction.patches) {
            *text = ascii(text);
        }
        Ok(Self { transactions, end: ascii(&recorded.end_content) })
    }

    /// Who takes part: 0 up to this number, without it.
    pub(crate) fn authors(&self) -> usize {
        self.transactions.iter().map(|transaction| transaction.agent + 1).max().unwrap_or(1)
    }
}

fn ascii(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii() { letter } else { '_' }).collect()
}

fn find(name: &str) -> Result<PathBuf, String> {
    let folder = std::env::var_os("QUIPU_TRACES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/quipu-crdt/tests/traces"),
        PathBuf::from,
    );
    let inside =
        ["", "sequential", "concurrent"].map(|part| folder.join(part).join(format!("{name}.json.gz")));
    inside.into_iter().find(|path| path.exists()).ok_or_else(|| {
        format!("no recorded session {name} in {}; QUIPU_TRACES names the folder", folder.display())
    })
}
