//! Which lessons were given on this machine: one name a line, in the user's folder for state.
//!
//! It is a help for people and nothing else: where there is no such folder, or it cannot be written, nothing is noted and
//! nothing fails.

use std::collections::BTreeSet;
use std::env::var_os;
use std::fs;
use std::path::{Path, PathBuf};

/// The file of the lessons given; none if they are not to be noted.
pub(super) struct Progress(Option<PathBuf>);

impl Progress {
    /// In `$XDG_STATE_HOME/quipu`, or `~/.local/state/quipu`.
    pub(super) fn of_user(wanted: bool) -> Self {
        let given = var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let state = given.or_else(|| Some(Path::new(&var_os("HOME")?).join(".local/state")));
        Self(state.filter(|_| wanted).map(|state| state.join("quipu").join("lessons")))
    }

    /// The names of the lessons given.
    pub(super) fn done(&self) -> BTreeSet<String> {
        let text = self.0.as_ref().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Notes a lesson whose every claim was shown.
    pub(super) fn note(&self, name: &str) {
        let Some(path) = &self.0 else { return };
        let mut done = self.done();
        if done.insert(name.to_owned()) {
            let names: Vec<&str> = done.iter().map(String::as_str).collect();
            let text = names.join("\n") + "\n";
            // A list that cannot be kept is no reason to fail a lesson.
            let _ = path.parent().map(fs::create_dir_all);
            let _ = fs::write(path, text);
        }
    }
}
