//! Which mutants did not compile the last time, and which functions could not stay `const`, so that a second build of the same
//! code takes one round and changes no file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::list::Mutant;

/// What is kept beside the copy.
pub(crate) struct Memory {
    path: PathBuf,
    plain_path: PathBuf,
    /// By file: a hash of its text, for what is remembered counts for that text alone.
    hashes: BTreeMap<String, u64>,
}

impl Memory {
    pub(crate) fn of(root: &Path, tree: &Path, mutants: &[Mutant]) -> Result<Self, String> {
        let mut hashes = BTreeMap::new();
        for mutant in mutants {
            if !hashes.contains_key(&mutant.file) {
                let path = root.join(&mutant.file);
                let bytes =
                    fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                hashes.insert(mutant.file.clone(), hash(&bytes));
            }
        }
        let [path, plain_path] = ["unviable.txt", "plain.txt"].map(|name| tree.with_file_name(name));
        Ok(Self { path, plain_path, hashes })
    }

    /// Lines by file, with which to begin. One that is there for nothing does no harm.
    pub(crate) fn recall_plain(&self) -> BTreeMap<String, Vec<usize>> {
        let text = fs::read_to_string(&self.plain_path).unwrap_or_default();
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (file, line) in text.lines().filter_map(|line| line.split_once('\t')) {
            places.entry(file.to_owned()).or_default().extend(line.parse::<usize>());
        }
        places
    }

    /// The numbers of those that did not compile, and why.
    pub(crate) fn recall(&self, mutants: &[Mutant]) -> BTreeMap<u32, String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let known: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.rsplit_once('\t')).collect();
        let reason = |mutant| known.get(&*self.line(mutant)).map(|why| (*why).to_owned());
        (1..).zip(mutants).filter_map(|(number, mutant)| Some((number, reason(mutant)?))).collect()
    }

    pub(crate) fn keep(
        &self,
        mutants: &[Mutant],
        unviable: &BTreeMap<u32, String>,
        plain: &BTreeMap<String, Vec<usize>>,
    ) -> Result<(), String> {
        let line = |(number, why): (&u32, &String)| {
            Some(format!(
                "{}\t{}\n",
                self.line(mutants.get(*number as usize - 1)?),
                why.replace(['\t', '\n'], " ")
            ))
        };
        let text: String = unviable.iter().filter_map(line).collect();
        let places =
            plain.iter().flat_map(|(file, lines)| lines.iter().map(move |line| format!("{file}\t{line}\n")));
        let written = fs::write(&self.path, text)
            .and_then(|()| fs::write(&self.plain_path, places.collect::<String>()));
        written.map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }

    fn line(&self, mutant: &Mutant) -> String {
        format!("{:016x}\t{}", self.hashes[&mutant.file], mutant.name)
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
