//! The page about real engines: ratios first, one picture, all figures as CSV. What it says in words is computed from the rows.

use std::fmt::Write as _;
use std::time::Duration;

use quipu_engines::{EngineKind, Mechanism, Own};
use quipu_study::plot;

use super::row::{Row, Setting, csv, millis, ratio_to_swap};

/// The page.
pub(super) const PAGE: &str = "engines.md";
const CSV: &str = "csv/engines.csv";
const SVG: &str = "svg/engines.svg";

/// The columns of the picture, where a lock is whichever the engine has.
const SHOWN: [&[Mechanism]; 6] = [
    &[Mechanism::ReadModifyWrite],
    &[Mechanism::Swap],
    &[Mechanism::Own(Own::Optimistic)],
    &[Mechanism::Own(Own::RowLock), Mechanism::Own(Own::Lease)],
    &[Mechanism::Own(Own::AtomicAdd)],
    &[Mechanism::KeyPerWriter],
];
const TITLES: [&str; 6] =
    ["read-mod.-write", "swap", "optimistic", "row lock, lease", "atomic add", "key per writer"];

/// The files of the report, with their paths in its folder.
pub(super) fn files(
    rows: &[Row],
    span: Duration,
    rounds: u16,
    versions: &[String],
    busy: Option<&str>,
) -> [(&'static str, String); 3] {
    [(PAGE, page(rows, &how(span, rounds, versions, busy))), (CSV, csv(rows)), (SVG, picture(rows))]
}

fn page(rows: &[Row], how: &str) -> String {
    let mut text = String::from("# The same counter on real engines\n\n");
    text.push_str(how);
    text.push_str("## In short\n\n");
    for sentence in findings(rows) {
        let _ = writeln!(text, "- {sentence}");
    }
    let most = most_clients(rows);
    let _ = write!(
        text,
        "\n![Goodput with {most} clients, in relation to compare-and-swap on the same engine.]({SVG})\n\n\
         *Goodput with {most} clients, in relation to compare-and-swap on the same engine; red: the count is wrong. \
         All figures: [{CSV}]({CSV}).*\n\n"
    );
    text.push_str("## Figures\n\n");
    let mut settings: Vec<&Setting> = Vec::new();
    for row in rows {
        if !settings.contains(&&row.setting) {
            settings.push(&row.setting);
        }
    }
    for setting in settings {
        text.push_str(&block(rows, setting));
    }
    text.trim_end().to_owned() + "\n"
}

fn how(span: Duration, rounds: u16, versions: &[String], busy: Option<&str>) -> String {
    let rounds = if rounds == 1 { "one round".to_owned() } else { format!("the median of {rounds} rounds") };
    let built = if cfg!(debug_assertions) { "without optimization" } else { "with optimization" };
    let busy = busy.map_or(String::new(), |load| format!(" The load average just before was {load}."));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let versions: Vec<_> = versions.iter().map(|version| format!("`{version}`")).collect();
    format!(
        "Made by `quipu compare --engine all --out DIR`. Measured in real time, once, on a machine of {cores} cores that the \
         engine shares with its clients: **read the ratios, not the numbers**, and none of them to more than two digits. Each \
         cell is {:.1} s of a closed loop over loopback, each client with a connection of its own, all on one counter; \
         {rounds}. The clients were built {built}.{busy} A single server of each: {}. Goodput is what was acknowledged in time. With fsync on, \
         PostgreSQL, Redis (`appendfsync always`) and etcd acknowledge what is on disk; NATS before 2.10 cannot be told to, and \
         acknowledges what it has handed to the system.\n\n",
        span.as_secs_f64(),
        versions.join(", "),
    )
}

/// Sentences whose figures come from the rows.
fn findings(rows: &[Row]) -> Vec<String> {
    let most = most_clients(rows);
    let mut sentences = Vec::new();
    let lossy = |row: &&Row| row.mechanism == Mechanism::ReadModifyWrite;
    let lost = |clients: u16| {
        let rows = rows.iter().filter(lossy).filter(|row| row.clients == clients);
        range(rows.map(|row| row.run().share_lost() * 100.0), 0)
    };
    let fewest = rows.iter().map(|row| row.clients).min().unwrap_or(0);
    if let (Some(few), Some(many)) = (lost(fewest), lost(most)) {
        sentences.push(format!(
            "Read-modify-write **loses** {few} % of what it acknowledges with {fewest} clients and {many} % with {most}. \
             It is fast, and wrong on every engine."
        ));
    }
    let wrong = rows.iter().filter(|row| row.mechanism.keeps_count() && !row.is_right()).count();
    let promise = rows.iter().filter(|row| row.mechanism.keeps_count()).count();
    sentences.push(format!(
        "Of {promise} cells whose mechanism promises a right count, {} have one in every round.",
        promise - wrong
    ));
    let ratios = |mechanism: Mechanism| {
        let rows_of_it = rows.iter().filter(|row| row.mechanism == mechanism && row.clients == most);
        range(rows_of_it.filter_map(|row| ratio_to_swap(rows, row)), 1)
    };
    if let Some(range) = ratios(Mechanism::KeyPerWriter) {
        sentences.push(format!(
            "A key per writer carries {range} times what compare-and-swap on one key carries, with {most} clients."
        ));
    }
    if let Some(range) = ratios(Mechanism::PatientSwap) {
        sentences.push(format!(
            "Pausing after a conflict makes compare-and-swap {range} times as fast, with {most} clients."
        ));
    }
    sentences.extend(growth(rows, fewest, most));
    sentences.extend(price_of_fsync(rows, most));
    sentences
}

/// What more clients do to each mechanism.
fn growth(rows: &[Row], fewest: u16, most: u16) -> Vec<String> {
    let of = |mechanism: Mechanism| {
        let grown = rows.iter().filter(move |row| row.mechanism == mechanism && row.clients == most);
        let ratios = grown.filter_map(|row| {
            let same = |other: &&Row| {
                other.clients == fewest && other.mechanism == mechanism && other.setting == row.setting
            };
            Some(row.run().goodput() / rows.iter().find(same)?.run().goodput())
        });
        range(ratios, 2)
    };
    let mut sentences = Vec::new();
    if fewest != most
        && let (Some(swap), Some(own)) = (of(Mechanism::Swap), of(Mechanism::KeyPerWriter))
    {
        sentences.push(format!(
            "Going from {fewest} to {most} clients multiplies the goodput of compare-and-swap by {swap}, and that of a key per \
             writer by {own}."
        ));
    }
    let postgres = |mechanism: Mechanism| {
        let is_it = |row: &&Row| {
            row.setting.kind == EngineKind::Postgres
                && row.setting.fsync != Some(false)
                && row.mechanism == mechanism
                && row.clients == most
        };
        rows.iter().find(is_it).map(|row| row.run().goodput())
    };
    if let (Some(add), Some(own)) =
        (postgres(Mechanism::Own(Own::AtomicAdd)), postgres(Mechanism::KeyPerWriter))
    {
        sentences.push(format!(
            "Even PostgreSQL's own `v = v + 1` is one row that all wait for: a key per writer carries {:.1} times as much, with \
             {most} clients.",
            own / add
        ));
    }
    sentences
}

fn price_of_fsync(rows: &[Row], clients: u16) -> Option<String> {
    let on = rows.iter().filter(|row| row.setting.fsync == Some(true) && row.clients == clients);
    let gains = on.filter(|row| row.mechanism == Mechanism::KeyPerWriter).filter_map(|row| {
        let without = |other: &&Row| {
            other.setting.fsync == Some(false)
                && other.setting.name == row.setting.name
                && other.mechanism == row.mechanism
                && other.clients == clients
        };
        let gain = rows.iter().find(without)?.run().goodput() / row.run().goodput();
        Some(format!("{} {gain:.1}", row.setting.name))
    });
    let gains: Vec<_> = gains.collect();
    (!gains.is_empty()).then(|| {
        format!(
            "Not waiting for the disk multiplies the goodput of a key per writer by: {}. What is acknowledged may then be gone \
             after a power cut.",
            gains.join(", ")
        )
    })
}

/// One setting as a table.
fn block(rows: &[Row], setting: &Setting) -> String {
    let mut text = format!("### {setting}\n\n");
    text.push_str(
        "| mechanism | clients | x swap | goodput /s | p50 ms | p99 ms | retries/add | final count |\n",
    );
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
    for row in rows.iter().filter(|row| row.setting == *setting) {
        let run = row.run();
        let ratio = ratio_to_swap(rows, row).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let _ = writeln!(
            text,
            "| {} | {} | {ratio} | {:.0} | {:.2} | {:.2} | {:.2} | {} |",
            row.mechanism,
            row.clients,
            run.goodput(),
            millis(run.latency(0.5)),
            millis(run.latency(0.99)),
            run.retries_per_add(),
            row.verdict(),
        );
    }
    text.push('\n');
    text
}

fn picture(rows: &[Row]) -> String {
    let most = most_clients(rows);
    let settings: Vec<&Setting> = EngineKind::REAL
        .iter()
        .filter_map(|kind| rows.iter().map(|row| &row.setting).find(|setting| setting.kind == *kind))
        .collect();
    let cells: Vec<Vec<(String, usize)>> = settings
        .iter()
        .map(|setting| SHOWN.iter().map(|mechanisms| cell(rows, setting, mechanisms, most)).collect())
        .collect();
    let names: Vec<String> = settings.iter().map(|setting| setting.kind.to_string()).collect();
    let title =
        format!("Goodput with {most} clients on one counter: adds a second, and times compare-and-swap");
    let columns = TITLES.map(str::to_owned);
    plot::map("engines", "", (title.as_str(), "", ""), (columns.as_slice(), names.as_slice()), &cells).svg
}

/// Green: four times compare-and-swap and more; blue: at least as much; orange: less; red: a wrong count.
fn cell(rows: &[Row], setting: &Setting, mechanisms: &[Mechanism], clients: u16) -> (String, usize) {
    const NONE: usize = 8;
    let is_it =
        |row: &&Row| row.setting == *setting && row.clients == clients && mechanisms.contains(&row.mechanism);
    let Some(row) = rows.iter().find(is_it) else { return ("not offered".to_owned(), NONE) };
    let ratio = ratio_to_swap(rows, row).unwrap_or(0.0);
    let colour = match ratio {
        _ if !row.is_right() => 4,
        4.0.. => 6,
        0.995.. => 1,
        _ => 3,
    };
    let wrong = if row.is_right() { "" } else { ", wrong" };
    let goodput = row.run().goodput();
    let short =
        if goodput >= 1000.0 { format!("{:.1} k", goodput / 1000.0) } else { format!("{goodput:.0}") };
    (format!("{short}/s, x {ratio:.1}{wrong}"), colour)
}

fn most_clients(rows: &[Row]) -> u16 {
    rows.iter().map(|row| row.clients).max().unwrap_or(0)
}

/// `2.1 to 9.3`, or one number where there is but one.
fn range(values: impl Iterator<Item = f64>, decimals: usize) -> Option<String> {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        (least, most) = (least.min(value), most.max(value));
    }
    let (from, to) = (format!("{least:.decimals$}"), format!("{most:.decimals$}"));
    match least.is_finite() {
        false => None,
        true if from == to => Some(from),
        true => Some(format!("{from} to {to}")),
    }
}
