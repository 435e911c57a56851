//! Step `readme`: the program that the README offers for copying compiles in a fresh crate, runs, and says what it should.

use std::fs;
use std::path::Path;

use crate::command::{cargo, run_quietly};

/// How the program in the README begins.
const BEGINS: &str = "```rust\nuse quipu_crdt::";

/// What the program must print: whom to ask for what is not to be had here.
const SAYS: &str = "ask alice@1 (10)";

/// A crate as a reader would make it. A workspace of its own, so that this one does not adopt it.
const MANIFEST: &str = "\
[package]
name = \"shop\"
version = \"0.1.0\"
edition = \"2024\"

[dependencies]
quipu-crdt = { path = \"../../crates/quipu-crdt\", features = [\"wire\"] }

[workspace]
";

/// Copies the program out of the README into a fresh crate and runs it.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let readme = root.join("README.md");
    let text = fs::read_to_string(&readme).map_err(|error| format!("{}: {error}", readme.display()))?;
    let program = program_in(&text).ok_or("the README has no program that begins with `use quipu_crdt::`")?;
    let folder = root.join("target/readme");
    let written = fs::create_dir_all(folder.join("src"))
        .and_then(|()| fs::write(folder.join("Cargo.toml"), MANIFEST))
        .and_then(|()| fs::write(folder.join("src/main.rs"), program));
    written.map_err(|error| format!("{}: {error}", folder.display()))?;
    let ended = run_quietly(cargo(&folder).args(["run", "--quiet"]), &[0])?;
    if ended.printed.contains(SAYS) {
        Ok(())
    } else {
        Err(format!("{}the README's program does not say `{SAYS}`", ended.printed))
    }
}

fn program_in(readme: &str) -> Option<&str> {
    let from = readme.find(BEGINS)? + "```rust\n".len();
    let length = readme[from..].find("```")?;
    Some(&readme[from..from + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_what_stands_between_the_fences() {
        let readme =
            "text\n```rust\nuse other::X;\n```\n```rust\nuse quipu_crdt::Y;\nfn main() {}\n```\nmore";
        assert_eq!(program_in(readme), Some("use quipu_crdt::Y;\nfn main() {}\n"));
        assert_eq!(program_in("no program"), None);
    }
}
