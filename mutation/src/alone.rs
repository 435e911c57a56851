//! `mutants --alone`: what cannot be switched, one build for each.
//!
//! A constant, and the type of a function that says only what it returns can do, are settled when the program is compiled. So
//! each of these mutants is put into a copy of its own, compiled without optimization, and the test programs are asked one after the
//! other: the unit tests, the programs that name the type, and then all others, the smallest first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::compile::{self, Plan};
use crate::list::Mutant;
use crate::mutants::{Case, Wanted};
use crate::run::{Ended, Suite};
use crate::verdict::{Verdict, Verdicts};
use crate::weave::{Changes, mutated, weave};

/// Numbers of mutants that cannot be switched.
pub(crate) fn apart(root: &Path, mutants: &[Mutant]) -> Result<BTreeSet<u32>, String> {
    let mut by_file: BTreeMap<&str, Vec<(u32, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in (1..).zip(mutants) {
        by_file.entry(&mutant.file).or_default().push((number, mutant));
    }
    let mut apart = BTreeSet::new();
    for (file, mutants) in by_file {
        let changes = Changes { mutants: &mutants, ..Changes::default() };
        let woven = weave(&read(&root.join(file))?, changes).map_err(|error| format!("{file}: {error}"))?;
        apart.extend(woven.apart);
    }
    Ok(apart)
}

/// Tries each, and keeps what became of it.
pub(crate) fn look(wanted: &Wanted, cases: &[&Case<'_>], verdicts: &mut Verdicts) -> Result<(), String> {
    let tree = wanted.scratch.join("alone/tree");
    for (index, case) in cases.iter().enumerate() {
        println!("{}/{} {}: {}", index + 1, cases.len(), case.mutant.place(), case.key.change);
        let verdict = judge(&wanted.root, &tree, case.mutant)?;
        println!("    {verdict}");
        verdicts.put(&case.key, case.order, verdict)?;
    }
    Ok(())
}

fn judge(root: &Path, tree: &Path, mutant: &Mutant) -> Result<Verdict, String> {
    let package = &mutant.package;
    let mut plan = Plan { packages: vec![package.clone()], is_alone: true, ..Plan::default() };
    // What an earlier mutant changed is as it was again after this.
    compile::copy(root, tree)?;
    let path = tree.join(&mutant.file);
    let text = mutated(&read(&path)?, mutant);
    fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    if !compile::check(tree, &plan)?.is_empty() {
        return Ok(Verdict::Unviable);
    }
    for targets in rounds(root, mutant)? {
        plan.targets = targets;
        // Some constants are looked at only when code is generated for their use.
        let Ok(programs) = compile::tests(tree, &plan) else { return Ok(Verdict::Unviable) };
        for program in programs {
            let limit = if SLOW.contains(&&*program.name) { MOST_SECONDS.1 } else { MOST_SECONDS.0 };
            match Suite::run_whole(tree, &program, limit)? {
                Ended::Passed => {}
                Ended::Failed => return Ok(Verdict::Caught(program.name)),
                Ended::Endless => return Ok(Verdict::Endless(program.name)),
            }
        }
    }
    Ok(Verdict::Survived)
}

/// What takes minutes without optimization, and is asked last.
const SLOW: [&str; 2] = ["laws", "oracle"];

/// Processor seconds that a program may take, several times what it takes where nothing is wrong; and one of the slow.
const MOST_SECONDS: (u64, u64) = (200, 2_000);

/// The test programs, one each round: those that name the type first, and then what compiles fast.
fn rounds(root: &Path, mutant: &Mutant) -> Result<Vec<Vec<String>>, String> {
    let folder = root.join("crates").join(&mutant.package).join("tests");
    let types: Vec<String> = mutant.file.split(['/', '.']).map(type_name).collect();
    let mut programs = Vec::new();
    for path in entries(&folder)? {
        let is_program =
            path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").exists();
        if let Some(name) = path.file_stem().filter(|_| is_program) {
            let text = source(&path)?;
            let is_near = types.iter().any(|name| text.contains(&**name));
            let name = name.to_string_lossy().into_owned();
            programs.push((SLOW.contains(&&*name), !is_near, text.len(), name));
        }
    }
    programs.sort();
    let names = programs.into_iter().map(|(.., name)| name);
    Ok(std::iter::once("lib".to_owned()).chain(names).map(|name| vec![name]).collect())
}

/// The name of the type that a module is probably about: `OrSet` for `or_set`.
fn type_name(module: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    module.split('_').filter(|word| word.is_ascii() && !word.is_empty()).map(capital).collect()
}

/// The text of a program: that of a file, or of all files of a folder.
fn source(path: &Path) -> Result<String, String> {
    if path.is_dir() {
        return entries(path)?.iter().map(|path| source(path)).collect();
    }
    if path.extension().is_some_and(|ending| ending == "rs") { read(path) } else { Ok(String::new()) }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let cannot = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    fs::read_dir(folder).map_err(cannot)?.map(|entry| Ok(entry.map_err(cannot)?.path())).collect()
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_after_its_type() {
        assert_eq!(["or_set", "text", "", "mod_"].map(type_name), ["OrSet", "Text", "", "Mod"]);
    }
}
