//! The command `cargo xtask bench crdt`. See `help.txt`.
//!
//! ```sh
//! cargo run --release -- --quick counter
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use quipu_bench::measure::{Meter, processor_seconds};
use quipu_bench::row::Row;
use quipu_bench::run::{Plan, measure};
use quipu_bench::{cases, json, table};

const HELP: &str = include_str!("../help.txt");

#[derive(Default)]
struct Options {
    filters: Vec<String>,
    quick: bool,
    rounds: Option<usize>,
    json: Option<PathBuf>,
    list: bool,
    help: bool,
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}; --help tells the options");
            return ExitCode::from(2);
        }
    };
    if options.help {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "-h" | "--help" => options.help = true,
            "--quick" => options.quick = true,
            "--list" => options.list = true,
            "--json" => options.json = Some(value()?.into()),
            "--rounds" => {
                let text = value()?;
                let rounds = text.parse().ok().filter(|rounds| *rounds > 0);
                options.rounds = Some(rounds.ok_or(format!("`{text}` is no number of rounds above 0"))?);
            }
            unknown if unknown.starts_with('-') => return Err(format!("unknown option `{unknown}`")),
            filter => options.filters.push(filter.to_lowercase()),
        }
    }
    Ok(options)
}

/// True if all targets are met.
fn run(options: &Options) -> Result<bool, String> {
    let wanted = |row: &Row| {
        let name = row.name().to_lowercase();
        let named = options.filters.is_empty() || options.filters.iter().any(|filter| name.contains(filter));
        named && !(options.quick && row.is_long)
    };
    let rows: Vec<Row> = cases::all()?.into_iter().filter(wanted).collect();
    if rows.is_empty() {
        return Err("no row matches; --list prints all".into());
    }
    if options.list {
        for row in &rows {
            let libraries: Vec<&str> = row.entries.iter().map(|entry| entry.library).collect();
            println!("{}  [{}]", row.name(), libraries.join(", "));
        }
        return Ok(true);
    }
    let plan = Plan {
        rounds: options.rounds.unwrap_or(if options.quick { 3 } else { 5 }),
        sample_milliseconds: if options.quick { 5.0 } else { 25.0 },
        seconds_at_most: if options.quick { 0.3 } else { 1.5 },
    };
    let measured = measure_all(rows, &plan)?;
    println!("{}; {} rounds\n", machine(), plan.rounds);
    println!("{}", table::render(&cases::GROUPS, &measured));
    if let Some(path) = &options.json {
        let document = format!("{:#}\n", json::document(&plan, &measured));
        std::fs::write(path, document)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    let failed = table::failed(&measured);
    if !failed.is_empty() {
        println!("peers that failed, and are left out there:\n  {}\n", failed.join("\n  "));
    }
    let missed = table::missed(&measured);
    if missed.is_empty() {
        println!("all targets met");
    } else {
        println!("missed {} of the targets:\n  {}", missed.len(), missed.join("\n  "));
    }
    Ok(missed.is_empty())
}

fn measure_all(rows: Vec<Row>, plan: &Plan) -> Result<Vec<quipu_bench::run::Measured>, String> {
    let meter = Meter::new(plan.sample_milliseconds);
    let count = rows.len();
    let mut measured = Vec::with_capacity(count);
    for (index, row) in rows.into_iter().enumerate() {
        let (name, begin) = (row.name(), processor_seconds());
        eprint!("[{:>3}/{count}] {name} ...", index + 1);
        measured.push(measure(row, plan, &meter).map_err(|error| format!("{name}: {error}"))?);
        eprintln!(" {:.1} s", processor_seconds() - begin);
    }
    Ok(measured)
}

/// The processor's name, the number of cores, the system.
fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}
