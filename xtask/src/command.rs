//! Running one program and saying plainly how it ended.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// Cargo itself: the one that runs this chore, so that its toolchain is kept.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// Runs a command with its output shown; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = status(command)?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", shown(command))) }
}

/// How a program ended, and what it printed on both streams.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) printed: String,
}

/// Runs a command with its output kept; an error, with that output, unless its exit code is one of `expected`.
pub(crate) fn run_quietly(command: &mut Command, expected: &[i32]) -> Result<Ended, String> {
    command.stdin(Stdio::null());
    let output = command.output().map_err(|error| cannot_run(command, &error))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let printed = format!("{out}{err}");
    match output.status.code() {
        Some(code) if expected.contains(&code) => Ok(Ended { code, printed }),
        _ => Err(format!(
            "{printed}`{}` ended with {}, expected exit code {expected:?}",
            shown(command),
            output.status,
        )),
    }
}

/// True if the program can be run at all: `program --version` succeeds.
pub(crate) fn answers_version(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command as one would type it, without quoting.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![file_name(command.get_program())];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

fn status(command: &mut Command) -> Result<ExitStatus, String> {
    command.stdin(Stdio::null());
    command.status().map_err(|error| cannot_run(command, &error))
}

fn cannot_run(command: &Command, error: &std::io::Error) -> String {
    format!("cannot run `{}`: {error}", shown(command))
}

fn file_name(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}
