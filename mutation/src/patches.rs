//! Known bugs as patch files: read, applied to a copy of the files they touch, and turned into other bodies of functions.
//!
//! A patch is a text for people, a line `---`, and a unified diff from the root of the repository. Its first line is its
//! title; lines `Source: ..` and `Explore: ..` say where the bug comes from and which exploration should meet it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::weave::{Body, bodies};

/// A known bug.
#[derive(Clone, Debug)]
pub(crate) struct Patch {
    /// What switches it on.
    pub(crate) number: u32,
    /// The file's name without its ending.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) source: String,
    /// Arguments of `quipu explore`.
    pub(crate) explore: Vec<String>,
    /// What went wrong, in plain words.
    pub(crate) story: String,
    diff: String,
}

/// Where the numbers of each folder's patches begin: above all mutants.
const FOLDERS: [(&str, u32); 2] = [("museum", 15_000), ("proofs/planted", 15_500)];

/// All patches there are. Both kinds go into one build, whichever of them is asked about.
pub(crate) struct Patches {
    pub(crate) museum: Vec<Patch>,
    pub(crate) planted: Vec<Patch>,
}

impl Patches {
    /// Reads them, in the order of their names.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let [museum, planted] = FOLDERS.map(|(folder, first)| read(&root.join(folder), first));
        Ok(Self { museum: museum?, planted: planted? })
    }

    /// What they make of the bodies of functions, with their numbers, by file.
    pub(crate) fn bodies(
        &self,
        root: &Path,
        scratch: &Path,
    ) -> Result<BTreeMap<String, Vec<(u32, Body)>>, String> {
        let mut all: BTreeMap<String, Vec<(u32, Body)>> = BTreeMap::new();
        for patch in self.museum.iter().chain(&self.planted) {
            for (file, bodies) in patch.bodies(root, scratch)? {
                all.entry(file).or_default().extend(bodies.into_iter().map(|body| (patch.number, body)));
            }
        }
        Ok(all)
    }
}

fn read(folder: &Path, first: u32) -> Result<Vec<Patch>, String> {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        paths.push(entry.map_err(cannot)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "patch"));
    paths.sort();
    let mut patches = Vec::new();
    for (number, path) in (first..).zip(paths) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(cannot)?;
        patches
            .push(parse(number, name.clone(), &text).ok_or(format!("{name}: not a text, `---` and a diff"))?);
    }
    Ok(patches)
}

fn parse(number: u32, name: String, text: &str) -> Option<Patch> {
    let (head, diff) = text.split_once("\n---\n")?;
    let field = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim();
    let is_story = |line: &&str| !["Source:", "Explore:"].iter().any(|key| line.starts_with(key));
    let mut lines = head.lines().filter(is_story);
    let title = lines.next()?.trim().to_owned();
    let story: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    Some(Patch {
        number,
        name,
        title,
        source: field("Source:").to_owned(),
        explore: field("Explore:").split_whitespace().map(str::to_owned).collect(),
        story: story.join(" "),
        diff: diff.to_owned(),
    })
}

impl Patch {
    fn files(&self) -> impl Iterator<Item = &str> {
        self.diff.lines().filter_map(|line| line.strip_prefix("+++ b/")).map(str::trim)
    }

    /// Applies the patch to copies of the files it touches, below `scratch`; what it makes of their functions, by file.
    fn bodies(&self, root: &Path, scratch: &Path) -> Result<BTreeMap<String, Vec<Body>>, String> {
        let folder = scratch.join(&self.name);
        let cannot = |error: std::io::Error| format!("{}: {error}", self.name);
        let mut texts = BTreeMap::new();
        for file in self.files() {
            let text = fs::read_to_string(root.join(file)).map_err(cannot)?;
            let copy = folder.join(file);
            fs::create_dir_all(copy.parent().unwrap_or(&folder)).map_err(cannot)?;
            fs::write(&copy, &text).map_err(cannot)?;
            texts.insert(file.to_owned(), text);
        }
        let diff = folder.join("diff");
        fs::write(&diff, &self.diff).map_err(cannot)?;
        let mut git = Command::new("git");
        // Outside of any repository `git apply` is a plain tool that changes files.
        git.current_dir(&folder)
            .env("GIT_CEILING_DIRECTORIES", scratch)
            .args(["apply", "--recount"])
            .arg(&diff);
        let output = git.output().map_err(cannot)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "{}: the code has changed, and the patch no longer applies:\n{said}",
                self.name
            ));
        }
        let mut all = BTreeMap::new();
        for (file, text) in texts {
            let patched = fs::read_to_string(folder.join(&file)).map_err(cannot)?;
            let bodies =
                bodies(&text, &patched).map_err(|error| format!("{}: {file}: {error}", self.name))?;
            if bodies.is_empty() {
                return Err(format!("{}: {file} is as it was", self.name));
            }
            all.insert(file, bodies);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code that changes takes its patches with it, or this names the one that was left behind.
    #[test]
    fn every_patch_applies_to_the_code_as_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let scratch = std::env::temp_dir().join(format!("quipu-patches-{}", std::process::id()));
        let patches = Patches::read(root).unwrap();
        assert!(patches.museum.len() >= 12 && !patches.planted.is_empty());
        let bodies = patches.bodies(root, &scratch);
        fs::remove_dir_all(&scratch).unwrap();
        bodies.unwrap();
    }

    #[test]
    fn a_patch_is_a_text_for_people_and_a_diff() {
        let text = "A title\nSource: somebody, issue 1\nExplore: -w or-set --seeds 5\n\nWhat went\nwrong.\n---\n--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n";
        let patch = parse(7, "01-x".into(), text).unwrap();
        assert_eq!(
            (&*patch.title, &*patch.source, &*patch.story),
            ("A title", "somebody, issue 1", "What went wrong.")
        );
        assert_eq!((patch.explore.len(), patch.files().collect::<Vec<_>>()), (4, vec!["x.rs"]));
        assert!(parse(8, "02-y".into(), "no diff").is_none());
    }
}
