//! The command lines of the engines.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::LaunchError;
use super::packages::{Program, find};
use crate::engine::EngineKind;

/// Where an engine runs.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) data: PathBuf,
    pub(super) port: u16,
    /// etcd listens to its peers as well, of which it has none here.
    pub(super) second_port: u16,
    /// Whom to run as, if not as whoever starts it.
    pub(super) user: Option<User>,
}

/// An account of the system.
#[derive(Debug)]
pub(super) struct User {
    pub(super) name: &'static str,
    pub(super) id: u32,
    pub(super) group: u32,
}

/// The role with which clients come to PostgreSQL.
pub(super) const ROLE: &str = "quipu";

impl User {
    /// For an engine that an administrator may not run: another account, or none if this is no administrator.
    pub(super) fn who_may_serve() -> Result<Option<Self>, LaunchError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let accounts = std::fs::read_to_string("/etc/passwd");
        let accounts = accounts.map_err(|error| LaunchError::System("the accounts".to_owned(), error))?;
        let found = ["postgres", "nobody"].into_iter().find_map(|name| Self::among(&accounts, name));
        found.map(Some).ok_or_else(|| LaunchError::Failed("no account `postgres` or `nobody`".to_owned()))
    }

    fn among(accounts: &str, name: &'static str) -> Option<Self> {
        let fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let account = fields.into_iter().find(|fields| fields.first() == Some(&name))?;
        Some(Self { name, id: account.get(2)?.parse().ok()?, group: account.get(3)?.parse().ok()? })
    }
}

/// What has to be run to its end before an engine can serve.
pub(super) fn preparations(kind: EngineKind, place: &Place) -> Result<Vec<Command>, LaunchError> {
    if kind != EngineKind::Postgres {
        return Ok(Vec::new());
    }
    let mut initdb = as_user(place, &find(Program::Initdb)?);
    initdb.arg("--pgdata").arg(&place.data);
    initdb.args(["--username", ROLE, "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"]);
    Ok(vec![initdb])
}

/// The engine itself.
pub(super) fn serve(kind: EngineKind, fsync: bool, place: &Place) -> Result<Command, LaunchError> {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let port = place.port.to_string();
    match kind {
        EngineKind::Memory => Err(LaunchError::NoProgram),
        EngineKind::Postgres => {
            let mut command = as_user(place, &find(Program::Postgres)?);
            command.arg("-D").arg(&place.data).args(["-p", &port]);
            for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"] {
                command.args(["-c", setting]);
            }
            if !fsync {
                command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
            }
            Ok(command)
        }
        EngineKind::Redis => {
            let mut command = as_user(place, &find(Program::Redis)?);
            make_folder(&place.data)?;
            command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]);
            command
                .args(["--appendfsync", if fsync { "always" } else { "no" }])
                .arg("--dir")
                .arg(&place.data);
            Ok(command)
        }
        EngineKind::Etcd => {
            let mut command = as_user(place, &find(Program::Etcd)?);
            let (clients, peers) = (url(place.port), url(place.second_port));
            command.arg("--data-dir").arg(&place.data);
            command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
            command.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
            command.args(["--initial-cluster", &format!("default={peers}")]);
            if !fsync {
                command.arg("--unsafe-no-fsync");
            }
            Ok(command)
        }
        EngineKind::Nats => {
            let mut command = as_user(place, &find(Program::Nats)?);
            command.args(["--addr", "127.0.0.1", "--port", &port, "--jetstream", "--store_dir"]);
            command.arg(&place.data);
            Ok(command)
        }
    }
}

fn make_folder(folder: &Path) -> Result<(), LaunchError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| LaunchError::System(format!("make {}", folder.display()), error))
}

/// A program under the account of the place, which the kernel ends when the thread that started it ends.
fn as_user(place: &Place, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some(User { id, group, .. }) = place.user {
        command.args(["--reuid", &id.to_string(), "--regid", &group.to_string(), "--clear-groups"]);
        // The folder it was started in may be closed to that account.
        command.current_dir("/");
    }
    command.arg("--").arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts =
            "root:x:0:0:root:/:/bin/sh\npostgres2:x:7:7::/:\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        let user = User::among(accounts, "postgres").unwrap();
        assert_eq!((user.id, user.group), (101, 104));
        assert!(User::among(accounts, "nobody").is_none());
    }
}
