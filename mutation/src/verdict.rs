//! What became of each mutant, kept on disk so that an interrupted run can go on.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::known::Key;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A test failed: this one.
    Caught(String),
    /// This test did not come to an end.
    Endless(String),
    /// It is no Rust, or has no type.
    Unviable,
    /// It is part of something constant, or of a type that is not written down, and must be tried alone.
    Apart,
    /// No test runs the code.
    Unreached,
    /// All tests that run the code passed.
    Survived,
}

impl Verdict {
    /// True if the tests did not notice.
    pub(crate) fn is_missed(&self) -> bool {
        matches!(self, Self::Unreached | Self::Survived)
    }

    fn read(words: &str) -> Option<Self> {
        Some(match words.split_once(' ').unwrap_or((words, "")) {
            ("caught", test) => Self::Caught(test.to_owned()),
            ("endless", test) => Self::Endless(test.to_owned()),
            ("unviable", _) => Self::Unviable,
            ("apart", _) => Self::Apart,
            ("unreached", _) => Self::Unreached,
            ("survived", _) => Self::Survived,
            _ => return None,
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caught(test) => write!(f, "caught {test}"),
            Self::Endless(test) => write!(f, "endless {test}"),
            Self::Unviable => f.write_str("unviable"),
            Self::Apart => f.write_str("apart"),
            Self::Unreached => f.write_str("unreached"),
            Self::Survived => f.write_str("survived"),
        }
    }
}

/// Verdicts by mutant; of several that are known by the same, by their order.
pub(crate) struct Verdicts {
    path: PathBuf,
    pub(crate) all: BTreeMap<(Key, usize), Verdict>,
}

impl Verdicts {
    /// Those that are on disk.
    pub(crate) fn load(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let all = text.lines().filter_map(read_line).collect();
        Self { path, all }
    }

    pub(crate) fn get(&self, key: &Key, order: usize) -> Option<&Verdict> {
        self.all.get(&(key.clone(), order))
    }

    /// Keeps a verdict, on disk too.
    pub(crate) fn put(&mut self, key: &Key, order: usize, verdict: Verdict) -> Result<(), String> {
        self.all.insert((key.clone(), order), verdict);
        let lines = self.all.iter().map(|((key, order), verdict)| {
            format!("{}\t{}\t{}\t{order}\t{verdict}\n", key.file, key.change, key.line)
        });
        let text: String = lines.collect();
        fs::write(&self.path, text).map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }
}

fn read_line(line: &str) -> Option<((Key, usize), Verdict)> {
    let parts: Vec<&str> = line.split('\t').collect();
    let [file, change, line, order, verdict] = parts[..] else { return None };
    let key = Key { file: file.into(), change: change.into(), line: line.into() };
    Some(((key, order.parse().ok()?), Verdict::read(verdict)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_is_read_as_it_was_written() {
        let test = || "laws: a test".to_owned();
        let all = [
            Verdict::Caught(test()),
            Verdict::Endless(test()),
            Verdict::Unviable,
            Verdict::Apart,
            Verdict::Unreached,
            Verdict::Survived,
        ];
        for verdict in all {
            let line = format!("a.rs\treplace\tx < y\t2\t{verdict}");
            assert_eq!(read_line(&line).map(|(_, verdict)| verdict), Some(verdict));
        }
    }
}
