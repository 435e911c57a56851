//! One row of the comparison, and rows as a table, as JSON and as CSV.

use std::fmt;
use std::fmt::Write as _;

use quipu_engines::measure::{Measured, Verdict};
use quipu_engines::{EngineKind, Mechanism};
use serde_json::json;

use crate::terminal::Paint;

/// An engine, and how it was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) kind: EngineKind,
    /// Whether it acknowledges only what is on disk; none where that is its own affair.
    pub(super) fsync: Option<bool>,
}

/// A mechanism on an engine with so many clients.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) setting: Setting,
    pub(super) mechanism: Mechanism,
    pub(super) clients: u16,
    /// One for each round; in the end in the order of goodput.
    pub(super) runs: Vec<Measured>,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fsync {
            Some(fsync) => write!(f, "{}, fsync {}", self.name, if fsync { "on" } else { "off" }),
            None => f.write_str(&self.name),
        }
    }
}

impl Row {
    /// The run that is told: the median by goodput.
    pub(super) fn run(&self) -> &Measured {
        &self.runs[self.runs.len() / 2]
    }

    /// What a person is told about the count.
    pub(super) fn verdict(&self) -> String {
        let wrong = self.runs.iter().find(|run| run.verdict() != Verdict::Right).unwrap_or(self.run());
        match wrong.verdict() {
            Verdict::Right => "right".to_owned(),
            Verdict::Lost(lost) => format!("LOST {lost} of {}", wrong.acknowledged),
            Verdict::TooMany(more) => format!("{more} TOO MANY"),
        }
    }

    /// Whether the count was right in every round.
    pub(super) fn is_right(&self) -> bool {
        self.runs.iter().all(|run| run.verdict() == Verdict::Right)
    }
}

/// Goodput in relation to compare-and-swap without pauses, in the same setting with as many clients.
pub(super) fn ratio_to_swap(rows: &[Row], row: &Row) -> Option<f64> {
    let is_base = |base: &&Row| {
        base.mechanism == Mechanism::Swap && base.clients == row.clients && base.setting == row.setting
    };
    let base = rows.iter().find(is_base)?.run().goodput();
    (base > 0.0).then(|| row.run().goodput() / base)
}

pub(super) fn millis(span: std::time::Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// For the terminal; each setting a block.
pub(super) fn table(rows: &[Row]) -> String {
    let paint = Paint::of_stdout();
    let mut text = String::new();
    let mut last: Option<&Setting> = None;
    for row in rows {
        if last != Some(&row.setting) {
            let gap = if last.is_some() { "\n" } else { "" };
            // Writing into a string cannot fail, here and below.
            let _ = writeln!(text, "{gap}{}", paint.bold(&row.setting.to_string()));
            text.push_str(
                "mechanism          clients  goodput /s  x swap    p50 ms    p99 ms  retries/add  final count\n",
            );
            last = Some(&row.setting);
        }
        let run = row.run();
        let ratio = ratio_to_swap(rows, row).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let _ = writeln!(
            text,
            "{:<18} {:>7} {:>11.0} {ratio:>7} {:>9.2} {:>9.2} {:>12.2}  {}",
            row.mechanism,
            row.clients,
            run.goodput(),
            millis(run.latency(0.5)),
            millis(run.latency(0.99)),
            run.retries_per_add(),
            row.verdict(),
        );
    }
    if let Some(lossy) = rows.iter().find(|row| !row.mechanism.keeps_count() && !row.is_right()) {
        let _ = writeln!(
            text,
            "\n{} reads the sum and writes it back: of two that read the same, one is lost. It is fast and wrong.",
            lossy.mechanism
        );
    }
    text.trim_end().to_owned()
}

pub(super) fn csv(rows: &[Row]) -> String {
    let mut text =
        "engine,fsync,mechanism,clients,goodput_per_s,goodput_least,goodput_most,times_swap,p50_ms,p99_ms,\
         retries_per_add,acknowledged,unknown,given_up,count,right\n"
            .to_owned();
    for row in rows {
        let run = row.run();
        let goodput = |run: Option<&Measured>| run.map_or(0.0, Measured::goodput);
        let fsync = row.setting.fsync.map_or("", |fsync| if fsync { "on" } else { "off" });
        let ratio = ratio_to_swap(rows, row).map_or(String::new(), |ratio| format!("{ratio:.3}"));
        let _ = writeln!(
            text,
            "{},{fsync},{},{},{:.1},{:.1},{:.1},{ratio},{:.3},{:.3},{:.3},{},{},{},{},{}",
            row.setting.name,
            row.mechanism,
            row.clients,
            run.goodput(),
            goodput(row.runs.first()),
            goodput(row.runs.last()),
            millis(run.latency(0.5)),
            millis(run.latency(0.99)),
            run.retries_per_add(),
            run.acknowledged,
            run.unknown,
            run.given_up,
            run.count,
            row.is_right(),
        );
    }
    text
}

pub(super) fn json(rows: &[Row]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let run = row.run();
            json!({
                "engine": row.setting.name,
                "fsync": row.setting.fsync,
                "mechanism": row.mechanism.name(),
                "clients": row.clients,
                "goodput_per_second": run.goodput(),
                "goodput_of_each_round": row.runs.iter().map(Measured::goodput).collect::<Vec<_>>(),
                "times_swap": ratio_to_swap(rows, row),
                "p50_ms": millis(run.latency(0.5)),
                "p99_ms": millis(run.latency(0.99)),
                "retries_per_add": run.retries_per_add(),
                "acknowledged": run.acknowledged,
                "unknown": run.unknown,
                "given_up": run.given_up,
                // Text, since a sum over clients may be beyond what readers of JSON keep exactly.
                "count": run.count.to_string(),
                "right": row.is_right(),
            })
        })
        .collect();
    format!("{:#}", json!({ "rows": rows }))
}
