//! The committed report of `quipu compare` is what the command makes today, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run_quietly;

/// Where the committed report is.
const COMMITTED: &str = "docs/compare";

/// Makes the report anew and compares each of its files with the committed one. What else stands in that folder is not
/// this command's.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let folder = root.join("target/xtask/compare");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    let quipu = root.join("target/release/quipu");
    run_quietly(Command::new(quipu).args(["compare", "--out"]).arg(&folder), &[0])?;
    let files = files_in(&folder)?;
    for file in &files {
        let made = read(&folder.join(file))?;
        let committed = read(&root.join(COMMITTED).join(file))?;
        if made != committed {
            return Err(format!(
                "{COMMITTED}/{} is not what `quipu compare` makes; make it anew with: quipu compare --out {COMMITTED}",
                file.display()
            ));
        }
    }
    println!("{} files of {COMMITTED} are what `quipu compare` makes", files.len());
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// All files below a folder, as paths in it, in the order of their names.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(next) = folders.pop() {
        let below = folder.join(&next);
        let entries =
            fs::read_dir(&below).map_err(|error| format!("cannot list {}: {error}", below.display()))?;
        for entry in entries {
            let entry = entry.map_err(|error| format!("cannot list {}: {error}", below.display()))?;
            let path = next.join(entry.file_name());
            if entry.path().is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}
