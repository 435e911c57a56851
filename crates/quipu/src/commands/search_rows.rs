//! The counters over seq-kv that `quipu search` goes through, and what is claimed of each.

use quipu_harness::search::Rule;

/// A node with its settings, and on which stores it is claimed to be right.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The words that make it on the command line.
    pub(super) node: &'static [&'static str],
    right: Right,
}

/// Where a counter is right.
#[derive(Clone, Copy)]
enum Right {
    Nowhere,
    /// On Maelstrom's store as long as no answer is lost.
    OnMaelstromsUnlessLost,
    OnMaelstroms,
    Everywhere,
}

impl Row {
    /// True if it is claimed to be right where that many answers are lost.
    pub(super) const fn is_right(&self, rule: Rule, lose: u8) -> bool {
        match self.right {
            Right::Nowhere => false,
            Right::OnMaelstromsUnlessLost => matches!(rule, Rule::Maelstrom) && lose == 0,
            Right::OnMaelstroms => matches!(rule, Rule::Maelstrom),
            Right::Everywhere => true,
        }
    }
}

const fn row(name: &'static str, node: &'static [&'static str], right: Right) -> Row {
    Row { name, node, right }
}

pub(super) const ROWS: &[Row] = &[
    row("read, add, write", &["--node", "lossy"], Right::Nowhere),
    row("CAS loop, plain read", &["--node", "cas"], Right::Nowhere),
    row("CAS loop, identity CAS as read check", &["--node", "cas", "--fence", "identity"], Right::Nowhere),
    row("CAS loop, constant written before read", &["--node", "cas", "--fence", "constant"], Right::Nowhere),
    row("CAS loop, random 0..99 before read", &["--node", "cas", "--fence", "random"], Right::Nowhere),
    row("CAS loop, fresh value before read", &["--node", "cas", "--fence", "fresh"], Right::OnMaelstroms),
    row("key per node, plain reads", &["--node", "keys"], Right::Nowhere),
    row(
        "key per node, fresh value before reads",
        &["--node", "keys", "--fence", "fresh"],
        Right::OnMaelstromsUnlessLost,
    ),
    row(
        "lock in the store, no fencing",
        &["--node", "locked", "--no-fencing"],
        Right::OnMaelstromsUnlessLost,
    ),
    row("lock in the store", &["--node", "locked"], Right::OnMaelstroms),
    row("slots without the swap before reads", &["--node", "slots", "--without", "barrier"], Right::Nowhere),
    row("own key by CAS, then the others' (slots)", &["--node", "slots"], Right::OnMaelstroms),
    row("chain without tags", &["--node", "chain", "--without", "tags"], Right::Nowhere),
    row("tagged CAS chain, reads by CAS (chain)", &["--node", "chain"], Right::Everywhere),
];
