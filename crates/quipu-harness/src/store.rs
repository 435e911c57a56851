//! The folder of a run: results, history, the run itself, node logs and the page.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use quipu_sim::{Endpoint, TraceEvent, TraceKind};

use crate::operation::{Operation, write_history};

/// A folder that can be written, found out before the run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// A folder or a file in it that cannot be written.
#[derive(Debug)]
pub struct StoreError {
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write to {}: {}; choose another folder with --out", self.path.display(), self.error)
    }
}

impl std::error::Error for StoreError {}

impl RunFolder {
    /// Makes the folder if need be, and writes and removes a file in it to see that it can be written.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let folder = Self { path: path.to_path_buf() };
        let probe = path.join(".writable");
        let tried = fs::create_dir_all(folder.node_logs())
            .and_then(|()| File::create(&probe))
            .and_then(|_| fs::remove_file(&probe));
        tried.map_err(|error| StoreError { path: path.to_path_buf(), error })?;
        Ok(folder)
    }

    /// Tells whether the folder could be made and written to, and leaves nothing behind.
    pub fn check(path: &Path) -> Result<(), StoreError> {
        // An empty path has no metadata; the parent of a plain name is the current folder.
        let ancestors =
            path.ancestors().map(|path| if path == Path::new("") { Path::new(".") } else { path });
        let there = ancestors.into_iter().find(|path| path.symlink_metadata().is_ok());
        let probe = there.unwrap_or(path).join(".writable");
        let tried = File::create(&probe).and_then(|_| fs::remove_file(&probe));
        tried.map_err(|error| StoreError { path: path.to_path_buf(), error })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the nodes' logs are.
    pub fn node_logs(&self) -> PathBuf {
        self.path.join("node-logs")
    }

    /// Writes one file as a whole.
    pub fn write(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.put(name, |out| out.write_all(text.as_bytes()))
    }

    /// Writes `history.jsonl`.
    pub fn write_history(&self, history: &[Operation]) -> Result<(), StoreError> {
        self.put("history.jsonl", |out| write_history(history, out))
    }

    /// Writes a log for each built-in node: what it received and sent. Child processes write their own, on stderr.
    pub fn write_node_logs(&self, trace: &[TraceEvent], node_count: u16) -> Result<(), StoreError> {
        for node in 0..node_count {
            let me = Endpoint::Node(node);
            self.put(&format!("node-logs/{me}.log"), |out| {
                for event in trace.iter().filter(|event| event.from == me || event.to == me) {
                    writeln!(
                        out,
                        "{} {:<10} {} -> {}  {}",
                        event.at,
                        name(&event.kind),
                        event.from,
                        event.to,
                        event.label
                    )?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn put(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let attempt = || {
            let mut out = BufWriter::new(File::create(&path)?);
            write(&mut out)?;
            out.flush()
        };
        attempt().map_err(|error| StoreError { path: path.clone(), error })
    }
}

/// What happened, in a word.
const fn name(kind: &TraceKind) -> &'static str {
    match kind {
        TraceKind::Sent => "sent",
        TraceKind::Received => "received",
        TraceKind::Duplicated => "duplicated",
        TraceKind::Lost(_) => "lost",
        TraceKind::Unwanted => "unwanted",
        TraceKind::Observed(_) => "observed",
        TraceKind::Crashed => "crashed",
        TraceKind::Restarted => "restarted",
        TraceKind::Paused => "paused",
        TraceKind::Resumed => "resumed",
        TraceKind::Fault => "fault",
    }
}
