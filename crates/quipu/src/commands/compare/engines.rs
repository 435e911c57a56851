//! `quipu compare --engine`: the same counter on real engines, by each mechanism that they offer.

mod report;
mod row;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use quipu_engines::launch::{Launched, ensure_installed, obeys_fsync, version};
use quipu_engines::measure::{Load, Measured, measure};
use quipu_engines::{Engine, EngineKind, KvError, Mechanism, Memory, Settings, block_on};

use self::row::{Row, Setting};
use super::write;
use crate::exit::Exit;
use crate::terminal::{Steps, complain, say};

/// Flags that are about engines.
#[derive(Args, Debug)]
pub(super) struct EngineFlags {
    /// On a real engine, in real time: postgres, redis, etcd, nats, all, or the URL of one's own; may be
    /// repeated. Debian's engines are installed if missing, started on free loopback ports, and stopped
    #[arg(long = "engine", value_name = "ENGINE|URL")]
    engines: Vec<String>,
    /// How many clients add at the same time; several numbers, several runs
    #[arg(long, value_delimiter = ',', default_values_t = [8, 64], value_parser = clap::value_parser!(u16).range(1..=128))]
    clients: Vec<u16>,
    /// How long each run lasts
    #[arg(long, default_value_t = 2.0, value_parser = seconds)]
    seconds: f64,
    /// Whether an engine that is started here acknowledges only what is on disk: on, off, both
    #[arg(long, default_value = "both")]
    fsync: Fsync,
    /// How often everything is run; the median by goodput is told
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=99))]
    rounds: u16,
    /// Print the figures as JSON
    #[arg(long, requires = "engines", conflicts_with = "csv")]
    json: bool,
    /// Print the figures as CSV
    #[arg(long, requires = "engines")]
    csv: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Fsync {
    On,
    Off,
    Both,
}

/// What is to be measured.
#[derive(Clone, Debug)]
enum Target {
    /// Started here.
    Started(EngineKind),
    /// Somebody's own.
    Own(String),
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.05..=600.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds from 0.05 to 600".to_owned()),
    }
}

/// The seed of the pauses between attempts.
const SEED: u64 = 1;

impl EngineFlags {
    pub(super) fn are_given(&self) -> bool {
        !self.engines.is_empty()
    }

    pub(super) fn run(&self, out: Option<&Path>, quick: bool) -> Result<(), Exit> {
        let targets = self.targets()?;
        let started: Vec<_> = targets.iter().filter_map(Target::kind_to_start).collect();
        ensure_installed(&started, &mut |line| complain(line)).map_err(Exit::crash)?;
        let span = Duration::from_secs_f64(if quick { self.seconds.min(0.3) } else { self.seconds });
        let mut rows = Rows { all: Vec::new(), bar: Steps::new(self.runs(&targets)), done: 0 };
        for round in 0..self.rounds {
            for target in &targets {
                for setting in self.settings(target) {
                    self.measure_one(&mut rows, target, &setting, span, round)?;
                }
            }
        }
        rows.bar.finish();
        for row in &mut rows.all {
            row.runs.sort_by(|a, b| a.goodput().total_cmp(&b.goodput()));
        }
        self.tell(&rows.all, span, out)
    }

    fn tell(&self, rows: &[Row], span: Duration, out: Option<&Path>) -> Result<(), Exit> {
        if let Some(folder) = out {
            let kinds: BTreeSet<EngineKind> = rows.iter().map(|row| row.setting.kind).collect();
            let versions: Vec<String> = kinds.into_iter().filter_map(version).collect();
            for (path, content) in report::files(rows, span, self.rounds, &versions) {
                write(&folder.join(path), &content)?;
            }
            say(format!("{} cells; the page is {}", rows.len(), folder.join(report::PAGE).display()));
        } else if self.json {
            say(row::json(rows));
        } else if self.csv {
            say(row::csv(rows).trim_end());
        } else {
            say(row::table(rows));
        }
        Ok(())
    }

    fn targets(&self) -> Result<Vec<Target>, Exit> {
        let mut targets = Vec::new();
        for name in &self.engines {
            if name == "all" {
                targets.extend(EngineKind::REAL.map(Target::Started));
            } else if name.contains("://") {
                EngineKind::of_url(name).map_err(|error| Exit::usage(format!("--engine: {error}")))?;
                targets.push(Target::Own(name.clone()));
            } else {
                let kind = name.parse().map_err(|error| Exit::usage(format!("--engine: {error}")))?;
                targets.push(Target::Started(kind));
            }
        }
        Ok(targets)
    }

    /// The ways in which an engine is started; one where there is nothing to choose.
    fn settings(&self, target: &Target) -> Vec<Setting> {
        let (name, kind) = match target {
            Target::Started(kind) => (kind.name().to_owned(), *kind),
            Target::Own(url) => {
                (without_password(url), EngineKind::of_url(url).unwrap_or(EngineKind::Memory))
            }
        };
        let of = |fsync| Setting { name: name.clone(), kind, fsync };
        match (target, self.fsync) {
            (Target::Started(kind), Fsync::Both) if obeys_fsync(*kind) => {
                vec![of(Some(true)), of(Some(false))]
            }
            (Target::Started(kind), fsync) if obeys_fsync(*kind) => vec![of(Some(fsync == Fsync::On))],
            _ => vec![of(None)],
        }
    }

    fn runs(&self, targets: &[Target]) -> u64 {
        let groups = targets.iter().flat_map(|target| self.settings(target));
        let mechanisms = groups.map(|setting| Mechanism::all(setting.kind.own()).len() as u64);
        mechanisms.sum::<u64>() * self.clients.len() as u64 * u64::from(self.rounds)
    }

    /// One engine in one setting: started, measured by each mechanism with each number of clients, ended.
    fn measure_one(
        &self,
        rows: &mut Rows,
        target: &Target,
        setting: &Setting,
        span: Duration,
        round: u16,
    ) -> Result<(), Exit> {
        // One connection for each client: what a client waits for is the engine, not another client.
        let client = Settings { connections: 1, seed: SEED, ..Settings::default() };
        let (url, _running) = match target {
            Target::Own(url) => (url.clone(), None),
            Target::Started(EngineKind::Memory) => ("memory://".to_owned(), None),
            Target::Started(kind) => {
                let mut engine = Launched::start(*kind, setting.fsync != Some(false)).map_err(Exit::crash)?;
                wait(engine.ready(&client))?.map_err(Exit::crash)?;
                (engine.url(), Some(engine))
            }
        };
        // A store in memory is shared by those who have it, not found by its address.
        let memory = Memory::new(&client);
        let connect = || async {
            if setting.kind == EngineKind::Memory {
                return Ok(Engine::from(memory.clone()));
            }
            Engine::connect(&url, &client).await
        };
        for clients in &self.clients {
            for mechanism in Mechanism::all(setting.kind.own()) {
                rows.bar.tell(rows.done, || format!("{setting} {mechanism} {clients} clients"));
                let load = Load {
                    key: format!("compare-{}-{round}-{mechanism}-{clients}", std::process::id()),
                    mechanism,
                    clients: usize::from(*clients),
                    span,
                    seed: SEED,
                };
                let measured = wait(measure(&load, connect))?;
                let measured = measured
                    .map_err(|error: KvError| Exit::crash(format!("{setting}, {mechanism}: {error}")))?;
                rows.add(setting, mechanism, *clients, measured);
            }
        }
        Ok(())
    }
}

/// What has been measured so far.
struct Rows {
    all: Vec<Row>,
    bar: Steps,
    done: u64,
}

impl Rows {
    fn add(&mut self, setting: &Setting, mechanism: Mechanism, clients: u16, measured: Measured) {
        self.done += 1;
        let of_this =
            |row: &&mut Row| row.setting == *setting && row.mechanism == mechanism && row.clients == clients;
        match self.all.iter_mut().find(of_this) {
            Some(row) => row.runs.push(measured),
            None => {
                self.all.push(Row { setting: setting.clone(), mechanism, clients, runs: vec![measured] });
            }
        }
    }
}

impl Target {
    const fn kind_to_start(&self) -> Option<EngineKind> {
        match self {
            Self::Started(kind) => Some(*kind),
            Self::Own(_) => None,
        }
    }
}

fn wait<F: Future>(future: F) -> Result<F::Output, Exit> {
    block_on(future).map_err(|error| Exit::crash(format!("the runtime: {error}")))
}

/// A URL as it may be shown.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(without_password("postgres://me:secret@db:5432/x"), "postgres://db:5432/x");
        assert_eq!(without_password("redis://127.0.0.1:6379"), "redis://127.0.0.1:6379");
    }
}
