//! The mutants that no test can notice, and why: `docs/mutants.md`, which people write and this reads.
//!
//! A line like this one stands for all mutants of that file that make this change on such a line:
//!
//! ```text
//! - `crates/quipu-crdt/src/ranges.rs`: `replace < with <= in doubling` at `while bound < len {`
//! ```

use std::collections::BTreeMap;

/// What a mutant is known by: file, change, and the text of its line. Not the line's number, which changes with what is
/// above.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) file: String,
    pub(crate) change: String,
    pub(crate) line: String,
}

impl Key {
    /// As it stands in the list.
    pub(crate) fn shown(&self) -> String {
        format!("- `{}`: `{}` at `{}`", self.file, self.change, self.line)
    }

    fn read(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("- `")?;
        let (file, rest) = rest.split_once("`: `")?;
        let (change, rest) = rest.split_once("` at `")?;
        Some(Self { file: file.into(), change: change.into(), line: rest.strip_suffix('`')?.into() })
    }
}

/// The list: each mutant with the heading that it stands under.
pub(crate) fn read(text: &str) -> BTreeMap<Key, String> {
    let (mut known, mut heading) = (BTreeMap::new(), String::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix('#') {
            title.trim_start_matches('#').trim().clone_into(&mut heading);
        } else if let Some(key) = Key::read(line) {
            known.insert(key, heading.clone());
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole question, whether no test notices, takes hours; this one is asked every time.
    #[test]
    fn every_line_that_is_explained_is_in_its_file() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let page = std::fs::read_to_string(root.join("docs/mutants.md")).unwrap();
        let known = read(&page);
        assert_eq!(
            known.len(),
            page.lines().filter(|line| line.starts_with("- `")).count(),
            "one line, one change"
        );
        for key in known.keys() {
            let text = std::fs::read_to_string(root.join(&key.file)).unwrap_or_default();
            assert!(text.lines().any(|line| line.trim() == key.line), "no longer there: {}", key.shown());
        }
    }

    #[test]
    fn what_is_shown_is_what_is_read() {
        let key = Key { file: "a.rs".into(), change: "replace < with <=".into(), line: "a < b".into() };
        let text = format!("# Known\n\n## Same\n\nwords\n{}\n", key.shown());
        assert_eq!(read(&text), BTreeMap::from([(key, "Same".to_owned())]));
    }
}
