//! `cargo xtask proofs`: checks every proof, and says of every theorem what it rests on.
//!
//! The files of `proofs/` are compiled in a copy under `target`, from nothing each time: a proof that was checked last
//! week is not a proof that checks. Then Coq is asked what each theorem assumes, the independent checker `coqchk` reads
//! the compiled files again, and the executable specification that the tests use is extracted anew and compared with the
//! committed one.
//!
//! Invariants: a theorem is listed exactly if its file declares it with the keyword `Theorem`; nothing is assumed but
//! functional extensionality; what is left unproved fails the check, whatever it is called.

mod compile;
mod listing;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use crate::command::{run_quietly, shown};
use crate::tools;
use listing::Listed;
use source::{Declared, Source};

/// The programs of Coq that are used; the Debian package `coq` brings them all.
const PROGRAMS: [(&str, &str); 3] = [("coqc", "coq"), ("coqdep", "coq"), ("coqchk", "coq")];

/// How the files are named from within: `From Quipu Require Import Lattice.`
const LIBRARY: [&str; 3] = ["-Q", ".", "Quipu"];

/// What the extraction writes and the tests read, below `proofs/`.
const SPECIFICATION: &str = "specification.json";

/// Checks all proofs; the text is the last line to print.
pub(crate) fn check(root: &Path) -> Result<String, String> {
    tools::ensure_programs(&PROGRAMS)?;
    let sources = read_all(&root.join("proofs"))?;
    let flaws: Vec<String> = sources.iter().flat_map(Source::flaws).collect();
    if !flaws.is_empty() {
        return Err(flaws.join("\n"));
    }
    let folder = copy_to(&root.join("target/proofs"), &sources)?;
    let workers = available_parallelism().map_or(1, usize::from);
    compile::all(&folder, &sources, workers)?;
    let listed = list(&folder, &sources)?;
    print!("{}", listing::shown(&listed));
    let refused = listing::refusals(&listed);
    if !refused.is_empty() {
        return Err(refused.join("\n"));
    }
    recheck(&folder, &sources)?;
    compare(&root.join("proofs"), &folder)?;
    Ok(format!(
        "{} files checked by coqc and coqchk, the extracted specification is the committed one; {}",
        sources.len(),
        listing::summary(&listed)
    ))
}

/// The same as a step of `cargo xtask test`.
pub(crate) fn step(root: &Path) -> Result<(), String> {
    check(root).map(|line| println!("{line}"))
}

/// Checks the proofs and, where the extraction differs from what is committed, takes it over.
pub(crate) fn bless(root: &Path) -> Result<String, String> {
    tools::ensure_programs(&PROGRAMS)?;
    let sources = read_all(&root.join("proofs"))?;
    let folder = copy_to(&root.join("target/proofs"), &sources)?;
    let workers = available_parallelism().map_or(1, usize::from);
    compile::all(&folder, &sources, workers)?;
    let (from, to) = (folder.join(SPECIFICATION), root.join("proofs").join(SPECIFICATION));
    fs::copy(&from, &to).map_err(|error| cannot("copy", &from, &error))?;
    Ok(format!("proofs/{SPECIFICATION} is what the proofs say now"))
}

/// Every `.v` file, in order of names.
fn read_all(folder: &Path) -> Result<Vec<Source>, String> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("list", folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "v"));
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).map_err(|error| cannot("read", path, &error))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Source::new(name, text))
    };
    paths.iter().map(read).collect()
}

/// An empty folder with the sources in it, and nothing of an earlier check.
fn copy_to(folder: &Path, sources: &[Source]) -> Result<PathBuf, String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| cannot("empty", folder, &error))?;
    }
    fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
    for source in sources {
        let path = folder.join(source.file());
        fs::write(&path, source.text()).map_err(|error| cannot("write", &path, &error))?;
    }
    Ok(folder.to_path_buf())
}

/// Asks Coq what each theorem assumes.
fn list(folder: &Path, sources: &[Source]) -> Result<Vec<Listed>, String> {
    let declared: Vec<Declared<'_>> = sources.iter().flat_map(Source::theorems).collect();
    let questions = listing::questions(&declared);
    let path = folder.join("Assumptions.v");
    fs::write(&path, questions).map_err(|error| cannot("write", &path, &error))?;
    let ended = run_quietly(coq("coqc", folder).arg("Assumptions.v"), &[0])?;
    listing::answers(&declared, &ended.printed)
}

/// Lets the independent checker read all compiled files.
fn recheck(folder: &Path, sources: &[Source]) -> Result<(), String> {
    let mut coqchk = coq("coqchk", folder);
    coqchk.arg("-silent").args(sources.iter().map(|source| format!("Quipu.{}", source.name())));
    run_quietly(&mut coqchk, &[0]).map(drop)
}

/// The specification that was just extracted is the committed one, byte for byte.
fn compare(committed: &Path, folder: &Path) -> Result<(), String> {
    let read = |folder: &Path| {
        let path = folder.join(SPECIFICATION);
        fs::read_to_string(&path).map_err(|error| cannot("read", &path, &error))
    };
    let (ours, new) = (read(committed)?, read(folder)?);
    if ours == new {
        return Ok(());
    }
    let line = ours.lines().zip(new.lines()).take_while(|(ours, new)| ours == new).count() + 1;
    Err(format!(
        "proofs/{SPECIFICATION} differs from what the proofs say, from line {line} on; \
         `cargo xtask proofs --bless` takes the new one over"
    ))
}

fn coq(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(LIBRARY);
    command
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

/// A failure of one of Coq's programs, with the command first.
fn failed(command: &Command, message: &str) -> String {
    format!("`{}`: {}", shown(command), message.trim_end())
}
