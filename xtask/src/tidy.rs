//! Rules about the tree that no compiler checks: sizes, words that must not stand in it, front pages.
//!
//! `cargo test` runs them as a test; `cargo xtask tidy` runs them alone. A breach is named with file and line.
//! Left out: what rustfmt and clippy already check.

mod rules;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// Folders at the root that are results, not sources.
const RESULTS: [&str; 3] = [".git", "store", "target"];

/// Endings of the files that are read. Anything else (pictures, data) is not text of ours.
const TEXT: [&str; 12] = ["c", "css", "html", "js", "json", "md", "py", "rs", "sh", "toml", "v", "yml"];

/// Checks the whole tree under `root`; the error lists every breach.
pub(crate) fn check(root: &Path) -> Result<String, String> {
    let files = text_files(root)?;
    let mut breaches = Vec::new();
    for path in &files {
        let text =
            fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
        breaches.extend(rules::of_text(&text).into_iter().map(|breach| breach.at(&name)));
        if path.extension().is_some_and(|ending| ending == "rs") {
            breaches.extend(rules::of_rust(&text).into_iter().map(|breach| breach.at(&name)));
        }
    }
    breaches.extend(front_pages(root)?);
    breaches.extend(lock_files(root)?);
    if breaches.is_empty() {
        Ok(format!("{} files are tidy", files.len()))
    } else {
        breaches.push(format!("{} breaches of tidiness", breaches.len()));
        Err(breaches.join("\n"))
    }
}

/// Every text file under `root`, in order.
fn text_files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders = vec![root.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                // Cargo marks the folders of its results, wherever somebody lets it put them.
                let is_marked = path.join("CACHEDIR.TAG").exists();
                if !is_marked && (folder != root || !RESULTS.contains(&&*name)) {
                    folders.push(path);
                }
            } else if is_text(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_text(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    TEXT.contains(&&*ending) || path.ends_with(".ci/run")
}

/// Every crate begins with a page about itself that shows an example.
fn front_pages(root: &Path) -> Result<Vec<String>, String> {
    let mut breaches = Vec::new();
    let others = ["xtask", "bench", "mutation"].map(|name| root.join(name));
    for folder in entries(&root.join("crates"))?.into_iter().chain(others) {
        let library = folder.join("src/lib.rs");
        let page = if library.exists() { library } else { folder.join("src/main.rs") };
        let text = fs::read_to_string(&page).unwrap_or_default();
        if !rules::is_front_page(&text) {
            let name = page.strip_prefix(root).unwrap_or(&page).display();
            breaches.push(format!("{name}: the crate's front page needs a text with an example in it"));
        }
    }
    Ok(breaches)
}

/// Every locked dependency comes from the public index under its usual name; in each lock file.
fn lock_files(root: &Path) -> Result<Vec<String>, String> {
    let mut breaches = Vec::new();
    for name in ["Cargo.lock", "bench/Cargo.lock", "mutation/Cargo.lock"] {
        let text =
            fs::read_to_string(root.join(name)).map_err(|error| format!("cannot read {name}: {error}"))?;
        breaches.extend(rules::of_lock_file(&text).into_iter().map(|breach| breach.at(name)));
    }
    Ok(breaches)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let cannot = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    let listed = fs::read_dir(folder).map_err(cannot)?;
    listed.map(|entry| entry.map(|entry| entry.path()).map_err(cannot)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_tidy() {
        if let Err(breaches) = super::check(&crate::root()) {
            panic!("{breaches}");
        }
    }
}
