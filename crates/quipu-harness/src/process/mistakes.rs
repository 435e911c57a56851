//! The book of mistakes: what each node did wrong, counted, with the first few examples.

use std::collections::BTreeMap;

use crate::mistake::{Mistake, MistakeKind};

/// So many examples of each kind are kept for each node.
const EXAMPLES_MAX: usize = 5;

/// Quoted text is cut after so many characters.
const QUOTED_CHARS: usize = 300;

/// All mistakes of a run so far.
#[derive(Debug, Default)]
pub(super) struct MistakeBook {
    entries: BTreeMap<(u16, MistakeKind), Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    count: u64,
    examples: Vec<String>,
}

impl MistakeBook {
    /// Counts a mistake. The example is put into words only if it will be kept.
    pub(super) fn note(&mut self, node: u16, kind: MistakeKind, example: impl FnOnce() -> String) {
        let entry = self.entries.entry((node, kind)).or_default();
        entry.count += 1;
        if entry.examples.len() < EXAMPLES_MAX {
            entry.examples.push(example());
        }
    }

    /// True if somebody made a mistake of this kind.
    pub(super) fn has(&self, kind: MistakeKind) -> bool {
        self.entries.keys().any(|(_, made)| *made == kind)
    }

    /// The mistakes by node, then by kind.
    pub(super) fn list(&self) -> Vec<Mistake> {
        let mistake = |(&(node, kind), entry): (&(u16, MistakeKind), &Entry)| Mistake {
            node: format!("n{node}"),
            kind,
            count: entry.count,
            examples: entry.examples.clone(),
        };
        self.entries.iter().map(mistake).collect()
    }
}

/// A text that may be long or hold anything, fit to stand in a sentence.
pub(super) fn quoted(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    let mut quoted: String = text.chars().take(QUOTED_CHARS).flat_map(visible).collect();
    if text.chars().nth(QUOTED_CHARS).is_some() {
        quoted.push_str("...");
    }
    quoted
}

/// Control characters would garble a terminal.
fn visible(character: char) -> impl Iterator<Item = char> {
    let escaped = character.is_control().then(|| character.escape_default());
    let plain = escaped.is_none().then_some(character);
    escaped.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_counted_and_the_first_examples_are_kept() {
        let mut book = MistakeBook::default();
        for number in 0..100 {
            book.note(1, MistakeKind::Garbage, || format!("line {number}"));
        }
        book.note(0, MistakeKind::Exited, || "exit status: 1".into());
        let list = book.list();
        assert_eq!((&*list[0].node, list[0].count), ("n0", 1));
        assert_eq!((list[1].count, list[1].examples.len()), (100, EXAMPLES_MAX));
        assert_eq!(
            list[1].to_string(),
            "n1 printed a line on stdout that is not a JSON object (100 times): line 0"
        );
    }

    #[test]
    fn quoted_text_is_short_and_harmless() {
        assert_eq!(quoted("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb");
        assert_eq!(quoted(&"é".repeat(400)).chars().count(), QUOTED_CHARS + 3);
    }
}
