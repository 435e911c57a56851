//! The built `quipu`, as a person or a script meets it: exit codes, what is printed where, and the files it leaves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(feature = "engines")]
mod engines;
mod exploring;
mod learning;
mod programs;
mod searching;
mod usage;
mod virtual_runs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value as Json;

/// A folder of its own for each test, in which its commands run; removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("quipu-cli-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Runs `quipu` with these words, parted by blanks.
    fn quipu(&self, words: &str) -> Ended {
        let words: Vec<_> = words.split_whitespace().collect();
        run(env!("CARGO_BIN_EXE_quipu"), &words, &self.0)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What came of a command.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// Stdout as the one JSON document that it is.
    fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The rest of the line of the summary that begins with `name`.
    fn line(&self, name: &str) -> &str {
        let mut lines = self.stdout.lines();
        let found = lines.find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("no line `{name}` in {self:?}")).trim()
    }
}

fn run(program: &str, words: &[&str], directory: &Path) -> Ended {
    let output = Command::new(program).args(words).current_dir(directory).output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
