//! `cargo xtask bench harness`: how fast the simulator, the harness and the shipped counter are, beside their targets.
//!
//! Everything is measured from outside, on the release binaries, as a user meets them: medians of repeated runs, with
//! the machine named. A row that misses its target says so, and the exit code too.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One measurement, as a row of the table.
struct Row {
    what: String,
    median: f64,
    lowest: f64,
    highest: f64,
    unit: &'static str,
    target: Target,
}

/// What a measurement must reach.
#[derive(Clone, Copy)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// Runs every benchmark and prints the table.
pub(crate) fn harness(root: &Path) -> Result<String, String> {
    let quipu = root.join("target/release/quipu");
    let counter = root.join("target/release/maelstrom-counter");
    println!("{}\n", machine());
    let mut rows = Vec::new();
    for node in ["chain", "slots", "gossip"] {
        rows.push(per_seed(&quipu, node)?);
    }
    rows.push(scaling(&quipu)?);
    rows.extend(child_processes(root, &quipu, &counter)?);
    rows.push(high_rate(root, &quipu, &counter)?);
    rows.push(start_up(&counter)?);
    rows.push(throughput(&counter)?);
    print!("{}", table(&rows));
    let missed: Vec<_> = rows.iter().filter(|row| !row.is_met()).map(|row| row.what.as_str()).collect();
    if missed.is_empty() {
        Ok("all targets met".into())
    } else {
        Err(format!("missed: {}", missed.join("; ")))
    }
}

/// Milliseconds per seed of the challenge's test with partitions, in virtual time, on one core.
fn per_seed(quipu: &Path, node: &str) -> Result<Row, String> {
    const SEEDS: u32 = 200;
    let samples = repeated(5, || {
        let wall = explore(quipu, node, SEEDS, 1)?;
        Ok(wall * 1000.0 / f64::from(SEEDS))
    })?;
    let what = format!("20 s g-counter test with partition in virtual time, {node}, one core");
    Ok(Row::new(what, &samples, "ms per seed", Target::AtMost(20.0)))
}

/// How much faster two threads are than one.
fn scaling(quipu: &Path) -> Result<Row, String> {
    let samples = repeated(7, || Ok(explore(quipu, "chain", 400, 1)? / explore(quipu, "chain", 400, 2)?))?;
    Ok(Row::new("explore on two threads against one".into(), &samples, "times as fast", Target::AtLeast(1.6)))
}

/// Wall seconds of an exploration.
fn explore(quipu: &Path, node: &str, seeds: u32, jobs: u32) -> Result<f64, String> {
    let mut command = Command::new(quipu);
    command.args([
        "explore",
        "-w",
        "g-counter",
        "--nemesis",
        "partition",
        "--json",
        "--shrink-runs",
        "0",
        "--node",
        node,
    ]);
    command.args(["--seeds", &seeds.to_string(), "--jobs", &jobs.to_string()]);
    let begin = Instant::now();
    finish(&mut command)?;
    Ok(begin.elapsed().as_secs_f64())
}

/// The 20 s test of child processes at rate 100: wall time beyond load and quiet, and processor time of the harness.
fn child_processes(root: &Path, quipu: &Path, counter: &Path) -> Result<[Row; 2], String> {
    let (mut beyond, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let mut command = program_test(root, quipu, counter, "chain");
        command.args(["--node-count", "3", "--rate", "100", "--time-limit", "20", "--nemesis", "partition"]);
        let begin = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(text)?;
        let mut used = 0.0;
        while child.try_wait().map_err(text)?.is_none() {
            used = processor_seconds(child.id()).unwrap_or(used);
            std::thread::sleep(Duration::from_millis(20));
        }
        beyond.push(begin.elapsed().as_secs_f64() - 30.0);
        processor.push(used);
    }
    let what = "the same with child processes: wall time beyond load and quiet time";
    Ok([
        Row::new(what.into(), &beyond, "s", Target::AtMost(0.5)),
        Row::new("the same: processor time of the harness".into(), &processor, "s", Target::AtMost(1.0)),
    ])
}

/// Operations a second reached with `--rate 5000` and 5 nodes.
fn high_rate(root: &Path, quipu: &Path, counter: &Path) -> Result<Row, String> {
    let samples = repeated(3, || {
        let mut command = program_test(root, quipu, counter, "gossip");
        command.args(["--node-count", "5", "--rate", "5000"]);
        command.args(["--time-limit", "5", "--quiet-time", "1", "--json"]);
        finish(&mut command)?;
        let history = fs::read_to_string(root.join("target/xtask/bench/history.jsonl")).map_err(text)?;
        let invoked = history.lines().filter(|line| line.contains(r#""type":"invoke""#));
        Ok(invoked.filter(|line| !line.contains(r#""final""#)).count() as f64 / 5.0)
    })?;
    Ok(Row::new("--rate 5000 with 5 nodes".into(), &samples, "operations a second", Target::AtLeast(4750.0)))
}

fn program_test(root: &Path, quipu: &Path, counter: &Path, node: &str) -> Command {
    let mut command = Command::new(quipu);
    command.args(["test", "-w", "g-counter", "--seed", "1"]);
    command.arg("--out").arg(root.join("target/xtask/bench"));
    command.arg("--bin").arg(counter_for(root, counter, node));
    command
}

/// A script that starts the counter as `node`, so that the callers can go on adding flags: a program's own arguments
/// must come last.
fn counter_for(root: &Path, counter: &Path, node: &str) -> std::path::PathBuf {
    let path = root.join(format!("target/xtask/counter-{node}.sh"));
    let script = format!("#!/bin/sh\nexec '{}' {node}\n", counter.display());
    let written = fs::create_dir_all(root.join("target/xtask")).and_then(|()| fs::write(&path, script));
    let executable = written
        .and_then(|()| fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)));
    debug_assert!(executable.is_ok(), "the bench then fails with the harness' own message about the program");
    path
}

/// Milliseconds from starting `maelstrom-counter` to its `init_ok`.
fn start_up(counter: &Path) -> Result<Row, String> {
    let samples = repeated(21, || {
        let begin = Instant::now();
        let mut child = node(counter, "chain")?;
        write_line(&mut child, INIT)?;
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().ok_or("no stdout")?).read_line(&mut line).map_err(text)?;
        let took = begin.elapsed().as_secs_f64() * 1000.0;
        end(child)?;
        if line.contains("init_ok") { Ok(took) } else { Err(format!("init was answered with {line}")) }
    })?;
    Ok(Row::new("maelstrom-counter from start to init_ok".into(), &samples, "ms", Target::AtMost(10.0)))
}

const INIT: &str = r#"{"src":"c0","dest":"n0","body":{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0","n1","n2"]}}"#;

/// Requests a second that `gossip` answers through stdin and stdout, half adds and half reads.
fn throughput(counter: &Path) -> Result<Row, String> {
    const REQUESTS: usize = 300_000;
    let samples = repeated(5, || {
        let mut child = node(counter, "gossip")?;
        write_line(&mut child, INIT)?;
        let mut input = child.stdin.take().ok_or("no stdin")?;
        let mut output = BufReader::with_capacity(1 << 20, child.stdout.take().ok_or("no stdout")?);
        let begin = Instant::now();
        let writer =
            std::thread::spawn(move || input.write_all(requests(REQUESTS).as_bytes()).map(|()| input));
        let mut answered = 0;
        let mut line = Vec::new();
        while answered < REQUESTS {
            line.clear();
            if output.read_until(b'\n', &mut line).map_err(text)? == 0 {
                return Err("the node ended early".into());
            }
            answered += usize::from(
                line.windows(11).any(|part| part == b"in_reply_to")
                    && line.windows(4).any(|part| part == b"\"c9\""),
            );
        }
        let took = begin.elapsed().as_secs_f64();
        drop(writer.join().map_err(|_| "the writer panicked")?.map_err(text)?);
        end(child)?;
        Ok(REQUESTS as f64 / took)
    })?;
    Ok(Row::new(
        "maelstrom-counter gossip through stdin and stdout".into(),
        &samples,
        "requests a second",
        Target::AtLeast(100_000.0),
    ))
}

fn requests(count: usize) -> String {
    let mut all = String::with_capacity(count * 80);
    for id in 1..=count {
        let body = if id % 2 == 0 { r#""type":"read""# } else { r#""type":"add","delta":3"# };
        let _ = writeln!(all, r#"{{"src":"c9","dest":"n0","body":{{{body},"msg_id":{id}}}}}"#);
    }
    all
}

fn node(counter: &Path, kind: &str) -> Result<Child, String> {
    Command::new(counter).arg(kind).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(text)
}

fn write_line(child: &mut Child, line: &str) -> Result<(), String> {
    let input = child.stdin.as_mut().ok_or("no stdin")?;
    writeln!(input, "{line}").and_then(|()| input.flush()).map_err(text)
}

fn end(mut child: Child) -> Result<(), String> {
    drop(child.stdin.take());
    let mut rest = Vec::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_end(&mut rest).map_err(text)?;
    }
    child.wait().map(drop).map_err(text)
}

/// Runs to the end; returns what was printed. 0, 1 and 2 are verdicts, all else is a failure.
fn finish(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(text)?;
    match output.status.code() {
        Some(0..=2) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        code => Err(format!("{command:?} ended with {code:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// User and system time that a running process has used, in seconds; its children's is not in it.
fn processor_seconds(id: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The command's name may hold anything; the fields after it are counted from its closing bracket.
    let fields: Vec<_> = stat[stat.rfind(')')? + 2..].split(' ').collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

fn repeated(times: usize, mut measure: impl FnMut() -> Result<f64, String>) -> Result<Vec<f64>, String> {
    (0..times).map(|_| measure()).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn text(error: std::io::Error) -> String {
    error.to_string()
}

/// The processor's name, the number of cores, the system.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{model}, {cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}

impl Row {
    fn new(what: String, samples: &[f64], unit: &'static str, target: Target) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self {
            what,
            median: sorted[sorted.len() / 2],
            lowest: sorted[0],
            highest: sorted[sorted.len() - 1],
            unit,
            target,
        }
    }

    fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(limit) => self.median <= limit,
            Target::AtLeast(limit) => self.median >= limit,
        }
    }
}

fn table(rows: &[Row]) -> String {
    let mut table =
        String::from("| what | median | lowest to highest | target | met |\n|---|---|---|---|---|\n");
    for row in rows {
        let digits = if row.median >= 1000.0 { 0 } else { 2 };
        let target = match row.target {
            Target::AtMost(limit) => format!("at most {limit}"),
            Target::AtLeast(limit) => format!("at least {limit}"),
        };
        let _ = writeln!(
            table,
            "| {} | {:.digits$} {} | {:.digits$} to {:.digits$} | {target} | {} |",
            row.what,
            row.median,
            row.unit,
            row.lowest,
            row.highest,
            if row.is_met() { "yes" } else { "NO" },
        );
    }
    table
}
