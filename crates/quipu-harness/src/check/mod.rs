//! What a history is worth: Maelstrom's own checks, and the checks of every read beside them.

mod acceptable;
mod bounded_counter;
mod cart;
mod counter;
mod finals;
mod ledger;
mod mv_register;
mod or_set;
mod reads;
#[cfg(test)]
mod replicated_tests;
mod set;
mod simple;
#[cfg(test)]
mod tests;
mod text;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

pub use acceptable::AcceptableSums;
pub use reads::{ReadCheck, Violation};
pub use simple::Stats;

use crate::operation::Operation;
use crate::options::Options;
use crate::workload::Workload;

/// The verdict of a check or of a whole run; the worst part decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Validity {
    /// Everything that was checked is right.
    Valid,
    /// Too little was seen to tell.
    Unknown,
    /// Something is wrong.
    Invalid,
}

impl Validity {
    /// Valid if `good`, otherwise invalid.
    pub const fn of(good: bool) -> Self {
        if good { Self::Valid } else { Self::Invalid }
    }

    /// As Maelstrom writes it: true, false or "unknown".
    pub fn to_json(self) -> Json {
        match self {
            Self::Valid => json!(true),
            Self::Invalid => json!(false),
            Self::Unknown => json!("unknown"),
        }
    }

    /// The sentence at the end of a run, Maelstrom's own.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Valid => "Everything looks good! ヽ(‘ー`)ノ",
            Self::Unknown => "Errors occurred during analysis, but no anomalies found. ಠ~ಠ",
            Self::Invalid => "Analysis invalid! (ﾉಥ益ಥ）ﾉ ┻━┻",
        }
    }

    /// The process's exit code: 0 valid, 1 invalid, 2 unknown.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Unknown => 2,
        }
    }
}

/// One check's verdict and its findings.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The check's name in the results.
    pub name: &'static str,
    /// Its verdict.
    pub validity: Validity,
    /// What it found, as it stands in the results.
    pub details: Map<String, Json>,
    /// One sentence for people, if there is something to say.
    pub sentence: Option<String>,
    /// The kinds of failure, each in a few words, where the check tells them itself.
    pub kinds: Vec<&'static str>,
}

impl Finding {
    fn new(name: &'static str, validity: Validity, details: Json, sentence: Option<String>) -> Self {
        let Json::Object(details) = details else { unreachable!("details are always written as an object") };
        Self { name, validity, details, sentence, kinds: Vec::new() }
    }

    /// The finding as it stands in the results.
    pub fn to_json(&self) -> Json {
        let mut details = self.details.clone();
        details.insert("valid?".into(), self.validity.to_json());
        Json::Object(details)
    }
}

/// All findings about a history.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What Maelstrom checks: operation counts, availability, and the workload's own checker.
    pub findings: Vec<Finding>,
    /// What we check beyond it: every read, and that no final read is missing.
    pub reads: Vec<ReadCheck>,
    /// Numbers of operations by function and outcome.
    pub stats: Stats,
    /// Maelstrom's verdict.
    pub maelstrom: Validity,
    /// The verdict that counts: Maelstrom's, and with `strict` that of the read checks too.
    pub verdict: Validity,
    /// The kinds of failure, each in a few words; empty if the verdict is not invalid.
    pub kinds: Vec<&'static str>,
}

/// Checks a whole history.
pub fn check(options: &Options, history: &[Operation]) -> Checked {
    let stats = Stats::of(history);
    let mut findings = vec![stats.finding(), simple::availability(options, &stats)];
    findings.push(match options.workload {
        Workload::GCounter | Workload::PnCounter => counter::finding(history),
        Workload::GSet | Workload::Broadcast => set::finding(history),
        Workload::OrSet => or_set::finding(history),
        Workload::MvRegister => mv_register::finding(history),
        Workload::Cart => cart::finding(history),
        Workload::BoundedCounter => bounded_counter::finding(history),
        Workload::Text => text::finding(history),
        Workload::UniqueIds => simple::unique_ids(history),
        Workload::Echo => simple::echo(history),
    });
    let reads = reads::check(options, history);
    let maelstrom = findings.iter().map(|finding| finding.validity).max().unwrap_or(Validity::Unknown);
    let strict = Validity::of(reads.iter().all(|check| check.violations == 0));
    let verdict = if options.strict { maelstrom.max(strict) } else { maelstrom };
    let kinds = kinds(options, history, &findings, &reads);
    Checked { findings, reads, stats, maelstrom, verdict, kinds }
}

/// Names what failed, so that failures can be counted by kind and shrunk without turning into others.
fn kinds(
    options: &Options,
    history: &[Operation],
    findings: &[Finding],
    reads: &[ReadCheck],
) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for finding in findings.iter().filter(|finding| finding.validity == Validity::Invalid) {
        kinds.extend(&finding.kinds);
        kinds.extend(kind(options.workload, finding.name, history));
    }
    if options.strict {
        kinds.extend(reads.iter().filter(|check| check.violations > 0).map(|check| match check.name {
            "bounds" => "a read shows what was never added",
            "read-your-writes" => "a read lacks its own node's acknowledged writes",
            "own-changes" => "a read is not what its own node's acknowledged changes make it",
            "monotonic" => "a read goes back behind an earlier one of its node",
            _ => "a final read is missing",
        }));
    }
    kinds
}

/// The kind of failure that a finding of this name is, for checks that have one kind only.
fn kind(workload: Workload, finding: &str, history: &[Operation]) -> Option<&'static str> {
    Some(match (finding, workload) {
        ("stats", _) => "a kind of operation never succeeded",
        ("availability", _) => "too few operations succeeded",
        (_, Workload::GCounter | Workload::PnCounter) => counter::kind(history),
        (_, Workload::GSet | Workload::Broadcast) => "elements lost",
        (_, Workload::UniqueIds) => "an id made twice",
        (_, Workload::Echo) => "wrong echo",
        _ => return None,
    })
}

impl Checked {
    /// The workload's own finding.
    pub fn workload(&self) -> &Finding {
        self.findings.last().expect("check() always adds the workload's finding")
    }
}
