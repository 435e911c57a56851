//! How many requests a second the stdin/stdout world carries, and how soon a node answers `init`.
//!
//! `cargo run --release -p quipu-maelstrom --example throughput [-- REQUESTS]`
//!
//! Starts itself as a child process whose node answers from local state, fills its stdin with adds and reads in equal
//! parts, and counts the answers. Shown are medians of five runs, and the child's processor time, from which follows
//! what one core could do if it had nothing else to carry (the writer and the reader of this measurement share it).

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use quipu_maelstrom::{Cx, Event, Node, Reply, Request, serve};

const RUNS: usize = 5;

/// A counter of one process.
struct LocalCounter {
    sum: i128,
}

impl Node for LocalCounter {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        if let Event::Request { from, request } = event {
            let reply = match request {
                Request::Add(delta) => {
                    self.sum += i128::from(delta);
                    Reply::AddOk
                }
                Request::Read => Reply::Counter(self.sum),
                other => Reply::not_served(&other),
            };
            cx.reply(from, reply);
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    init: Duration,
    wall: Duration,
    processor: Option<Duration>,
}

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some("node") {
        return serve(|_| Box::new(LocalCounter { sum: 0 }));
    }
    let requests = argument.and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let input = input(requests);
    let runs: Vec<Measured> = (0..RUNS).map(|_| measure(&input, requests)).collect();
    report(requests, &runs);
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "the report of a measurement")]
fn report(requests: usize, runs: &[Measured]) {
    let init = median(runs.iter().map(|run| run.init));
    let wall = median(runs.iter().map(|run| run.wall));
    println!("start to init_ok  {:.2} ms", init.as_secs_f64() * 1e3);
    println!("{requests} requests  {:.2} s, {:.0} a second", wall.as_secs_f64(), rate(requests, wall));
    if runs.iter().all(|run| run.processor.is_some()) {
        let processor = median(runs.iter().filter_map(|run| run.processor));
        let per_core = rate(requests, processor);
        println!("processor time    {:.2} s, {per_core:.0} a second and core", processor.as_secs_f64());
    }
}

fn rate(requests: usize, span: Duration) -> f64 {
    requests as f64 / span.as_secs_f64()
}

fn median(spans: impl Iterator<Item = Duration>) -> Duration {
    let mut spans: Vec<Duration> = spans.collect();
    spans.sort();
    spans[spans.len() / 2]
}

fn input(requests: usize) -> Vec<u8> {
    let mut input = Vec::new();
    for number in 0..requests {
        let body = match number % 2 {
            0 => format!(r#""delta":{},"type":"add""#, number % 10),
            _ => r#""type":"read""#.to_owned(),
        };
        let client = number % 10;
        writeln!(
            input,
            r#"{{"id":{number},"src":"c{client}","dest":"n0","body":{{{body},"msg_id":{number}}}}}"#
        )
        .expect("memory takes every write");
    }
    input
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
#[expect(clippy::naive_bytecount, reason = "fast enough by far, and no further dependency")]
fn measure(input: &[u8], requests: usize) -> Measured {
    let started = Instant::now();
    let (mut child, mut answers) = start();
    let init = started.elapsed();
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let before = processor_time(&child);
    let started = Instant::now();
    let processor = thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).and_then(|()| stdin.flush()).map(|()| stdin).ok());
        let mut buffer = vec![0; 1 << 16];
        let mut lines = 0;
        while lines < requests {
            let count = answers.read(&mut buffer).expect("the node answers");
            assert!(count > 0, "the node ended after {lines} answers");
            lines += buffer[..count].iter().filter(|byte| **byte == b'\n').count();
        }
        processor_time(&child).zip(before).map(|(after, before)| after.saturating_sub(before))
    });
    let wall = started.elapsed();
    child.wait().expect("the node ends with its input");
    Measured { init, wall, processor }
}

fn start() -> (Child, BufReader<ChildStdout>) {
    let program = std::env::current_exe().expect("a running program has a path");
    let mut child = Command::new(program)
        .arg("node")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts");
    let init =
        br#"{"src":"c0","dest":"n0","body":{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0"]}}"#;
    let stdin = child.stdin.as_mut().expect("stdin is a pipe");
    stdin.write_all(init).and_then(|()| stdin.write_all(b"\n")).expect("the node reads");
    let mut answers = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
    let mut line = String::new();
    answers.read_line(&mut line).expect("the node answers");
    assert!(line.contains("init_ok"), "{line}");
    (child, answers)
}

/// Processor time of all threads of a process so far, where the operating system tells it.
fn processor_time(child: &Child) -> Option<Duration> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).ok()?;
    let nanos = tasks.map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    nanos.sum::<Option<u64>>().map(Duration::from_nanos)
}
