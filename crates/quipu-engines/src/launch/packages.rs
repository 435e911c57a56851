//! The programs, and the Debian packages that bring them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::LaunchError;
use crate::engine::EngineKind;

/// A program that is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    Initdb,
    Postgres,
    Redis,
    Etcd,
    Nats,
}

impl Program {
    /// Those of an engine.
    const fn of(kind: EngineKind) -> &'static [Self] {
        match kind {
            EngineKind::Memory => &[],
            EngineKind::Postgres => &[Self::Initdb, Self::Postgres],
            EngineKind::Redis => &[Self::Redis],
            EngineKind::Etcd => &[Self::Etcd],
            EngineKind::Nats => &[Self::Nats],
        }
    }

    /// Its name, and the Debian packages that bring it.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Initdb => ("initdb", "postgresql"),
            Self::Postgres => ("postgres", "postgresql"),
            Self::Redis => ("redis-server", "redis-server"),
            Self::Etcd => ("etcd", "etcd-server etcd-client"),
            Self::Nats => ("nats-server", "nats-server"),
        }
    }
}

/// Debian keeps each version of PostgreSQL's programs in a folder of its own, off the search path.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// Where a program is.
pub(super) fn find(program: Program) -> Result<PathBuf, LaunchError> {
    let (name, packages) = program.names();
    let path = env::var_os("PATH").unwrap_or_default();
    // Servers often are where only an administrator's search path leads.
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/bin")]);
    let folders: Vec<_> = match program {
        Program::Initdb | Program::Postgres => postgres_folders().into_iter().chain(folders).collect(),
        Program::Redis | Program::Etcd | Program::Nats => folders.collect(),
    };
    let found = folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    found.ok_or(LaunchError::Missing(name, packages))
}

/// The newest version first. `initdb` and `postgres` must be of one version, so they come before the search path.
fn postgres_folders() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(Path::new(POSTGRES_VERSIONS)) else { return Vec::new() };
    let version = |name: String| name.parse::<u32>().ok().map(|version| (version, name));
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut versions: Vec<_> = names.filter_map(version).collect();
    versions.sort_unstable();
    versions.iter().rev().map(|(_, name)| Path::new(POSTGRES_VERSIONS).join(name).join("bin")).collect()
}

/// Whether it can be told to wait for the disk, or not to. NATS cannot, before version 2.10.
pub const fn obeys_fsync(kind: EngineKind) -> bool {
    matches!(kind, EngineKind::Postgres | EngineKind::Redis | EngineKind::Etcd)
}

/// What an engine's program says about its version, if it is there.
pub fn version(kind: EngineKind) -> Option<String> {
    let program = find(*Program::of(kind).last()?).ok()?;
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    printed.lines().next().map(str::to_owned)
}

/// Makes sure that the programs of these engines are there: announces what is missing, and installs it with `apt-get`, through
/// `sudo` where there is one. What `apt-get` prints goes to stderr.
pub fn ensure_installed(kinds: &[EngineKind], announce: &mut dyn FnMut(&str)) -> Result<(), LaunchError> {
    let mut packages: Vec<&str> = Vec::new();
    for program in kinds.iter().flat_map(|kind| Program::of(*kind)) {
        if let Err(LaunchError::Missing(name, names)) = find(*program) {
            announce(&format!("{name} is missing, will install the Debian packages: {names}"));
            packages.extend(names.split(' ').filter(|name| !packages.contains(name)).collect::<Vec<_>>());
        }
    }
    if packages.is_empty() {
        return Ok(());
    }
    let install = [&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat();
    apt(&["update"]).and_then(|()| apt(&install)).map_err(|error| {
        LaunchError::Failed(format!("{error}; please install by hand: {}", packages.join(" ")))
    })
}

fn apt(arguments: &[&str]) -> Result<(), LaunchError> {
    let mut command = if is_there("sudo") {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"]);
        sudo
    } else {
        Command::new("apt-get")
    };
    // Run level 1 keeps Debian from starting the service: what is wanted is the program.
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
    let status = command.status().map_err(|error| LaunchError::System("apt-get".to_owned(), error))?;
    if status.success() {
        return Ok(());
    }
    Err(LaunchError::Failed(format!("apt-get {} ended with {status}", arguments.join(" "))))
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
