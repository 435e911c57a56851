//! A node under study: how it is made, what it is called, and how to get it on the command line.

use std::fmt;
use std::sync::Arc;

use quipu_harness::world::MakeNode;
use quipu_node::Node;
use quipu_node::nodes::{NodeKind, Settings};

use crate::toys::{Rule, Told};

/// A node under study.
#[derive(Clone)]
pub struct Specimen {
    /// What it is called in figures and pictures.
    pub label: String,
    /// The words that choose it on the command line; none for a node that lives in a lesson only.
    pub words: Option<String>,
    /// True if it says the same again and again, and only the first time counts.
    pub(crate) repeats: bool,
    pub(crate) make: MakeNode,
}

impl fmt::Debug for Specimen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Specimen").field("label", &self.label).finish_non_exhaustive()
    }
}

impl Specimen {
    /// A built-in node with changed settings; `flags` are the words that change them on the command line.
    pub(crate) fn built_in(kind: NodeKind, flags: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        let label = format!("{kind} {flags}").trim_end().to_owned();
        let words = Some(format!("--node {label}"));
        Self { label, words, repeats: false, make: Arc::new(move || kind.build(&settings)) }
    }

    /// A built-in node as it is.
    pub(crate) fn plain(kind: NodeKind) -> Self {
        Self::built_in(kind, "", |_| {})
    }

    /// A node of the lesson's own that tells its whole state, again and again.
    pub(crate) fn telling<R: Rule + 'static>(
        label: &str,
        make: impl Fn() -> Told<R> + Send + Sync + 'static,
    ) -> Self {
        Self { repeats: true, ..Self::own(label, make) }
    }

    /// A node of the lesson's own.
    pub(crate) fn own<N: Node + 'static>(label: &str, make: impl Fn() -> N + Send + Sync + 'static) -> Self {
        Self {
            label: label.to_owned(),
            words: None,
            repeats: false,
            make: Arc::new(move || Box::new(make())),
        }
    }
}
