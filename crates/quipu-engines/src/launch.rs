//! Debian's engines as ordinary processes: on a free port of the loopback address, in a folder of their own, for as long as
//! somebody holds them.
//!
//! # Invariants
//! - Dropped, an engine is ended and its folder removed; also when its owner panics. If its owner is killed, the kernel ends
//!   it, and only the folder stays. **The thread that starts or restarts an engine must live as long as it is to run**, since
//!   that is whom the kernel watches.
//! - Only processes started here are ended, by their handle.
//! - Nothing is installed without being announced.
//!
//! PostgreSQL refuses to be run by an administrator: there it runs as `postgres`, or as `nobody`.

mod commands;
mod packages;

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::chown;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use quipu_node::KvError;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use self::commands::{Place, User};
use crate::engine::{Engine, EngineKind};
use crate::settings::Settings;

pub use self::packages::{ensure_installed, obeys_fsync, version};

/// A running engine.
#[derive(Debug)]
pub struct Launched {
    kind: EngineKind,
    fsync: bool,
    place: Place,
    folder: TempDir,
    child: Child,
}

/// Why an engine does not run.
#[derive(Debug)]
pub enum LaunchError {
    /// A program is not there; the Debian packages that bring it.
    Missing(&'static str, &'static str),
    /// It is no program: memory.
    NoProgram,
    /// The system refused something.
    System(String, io::Error),
    /// A program ended that should not have, or did not do what it should; what it had to say.
    Failed(String),
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(program, packages) => {
                write!(f, "{program} is missing; the Debian packages that bring it: {packages}")
            }
            Self::NoProgram => f.write_str("memory is no program to start"),
            Self::System(what, error) => write!(f, "{what}: {error}"),
            Self::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for LaunchError {}

/// How long an engine may take to answer, and to end.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);
const ENDS_WITHIN: Duration = Duration::from_secs(10);

impl Launched {
    /// Starts an engine, which may not answer yet: see [`Launched::ready`]. With `fsync` it acknowledges only what is on disk, as
    /// far as it can be told to.
    pub fn start(kind: EngineKind, fsync: bool) -> Result<Self, LaunchError> {
        let folder = tempfile::Builder::new().prefix("quipu-engine-").tempdir();
        let folder = folder.map_err(|error| LaunchError::System("a temporary folder".to_owned(), error))?;
        let user = if kind == EngineKind::Postgres { User::who_may_serve()? } else { None };
        if let Some(user) = &user {
            let handed_over = chown(folder.path(), Some(user.id), Some(user.group));
            handed_over.map_err(|error| LaunchError::System(format!("a folder for {}", user.name), error))?;
        }
        let place =
            Place { data: folder.path().join("data"), port: free_port()?, second_port: free_port()?, user };
        for mut preparation in commands::preparations(kind, &place)? {
            run(&mut preparation)?;
        }
        let child = spawn(kind, fsync, &place, &folder)?;
        Ok(Self { kind, fsync, place, folder, child })
    }

    /// Waits until it answers; a client.
    pub async fn ready(&mut self, settings: &Settings) -> Result<Engine, LaunchError> {
        let give_up = tokio::time::Instant::now() + ANSWERS_WITHIN;
        loop {
            match Engine::connect(&self.url(), settings).await {
                Ok(engine) => return Ok(engine),
                Err(error) => self.still_starting(&error, tokio::time::Instant::now() >= give_up)?,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Where it can be reached: `redis://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        self.url_at(self.address())
    }

    /// The same through another address, as of a proxy.
    pub fn url_at(&self, address: SocketAddr) -> String {
        match self.kind {
            EngineKind::Postgres => format!("postgres://{}@{address}/postgres", commands::ROLE),
            other => format!("{other}://{address}"),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.place.port).into()
    }

    /// Which engine it is.
    pub const fn kind(&self) -> EngineKind {
        self.kind
    }

    /// Ends it as a crash would, and starts it again on the same data and port.
    pub fn restart(&mut self) -> Result<(), LaunchError> {
        self.end();
        self.child = spawn(self.kind, self.fsync, &self.place, &self.folder)?;
        Ok(())
    }

    /// Without a word where that is possible; PostgreSQL's many processes are told to drop everything, which leaves its data as
    /// a crash does.
    fn end(&mut self) {
        // Each of these fails only where it has ended already.
        if self.kind == EngineKind::Postgres {
            let _ = kill_process(Pid::from_child(&self.child), Signal::QUIT);
            if ended_within(&mut self.child, ENDS_WITHIN) {
                return;
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn still_starting(&mut self, error: &KvError, time_is_up: bool) -> Result<(), LaunchError> {
        let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
        if !ended && !time_is_up {
            return Ok(());
        }
        let how = if ended { "ended by itself" } else { "does not answer" };
        Err(LaunchError::Failed(format!("{} {how}: {error}\n{}", self.kind, self.last_words())))
    }

    /// The end of what it has printed.
    fn last_words(&self) -> String {
        let printed = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        let printed = String::from_utf8_lossy(&printed);
        let lines: Vec<_> = printed.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        self.end();
    }
}

/// What an engine prints goes here, beside its data.
const LOG: &str = "printed";

fn spawn(kind: EngineKind, fsync: bool, place: &Place, folder: &TempDir) -> Result<Child, LaunchError> {
    let system = |error| LaunchError::System(format!("start {kind}"), error);
    let log = File::options().create(true).append(true).open(folder.path().join(LOG)).map_err(system)?;
    let mut command = commands::serve(kind, fsync, place)?;
    command.stdin(Stdio::null()).stdout(log.try_clone().map_err(system)?).stderr(log);
    command.spawn().map_err(system)
}

/// Runs a program to its end.
fn run(command: &mut Command) -> Result<(), LaunchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| LaunchError::System(program.clone(), error))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = String::from_utf8_lossy(&output.stderr);
    Err(LaunchError::Failed(format!("{program} ended with {}: {}", output.status, printed.trim())))
}

/// A port that nobody listens on. Somebody else may take it before the engine does; then it says so and ends.
fn free_port() -> Result<u16, LaunchError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(|error| LaunchError::System("a free port".to_owned(), error))
}

#[expect(clippy::disallowed_methods, reason = "a process is waited for in real time")]
fn ended_within(child: &mut Child, span: Duration) -> bool {
    let give_up = Instant::now() + span;
    while Instant::now() < give_up {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Ok(Some(_)) => return true,
            Err(_) => return false,
        }
    }
    false
}
