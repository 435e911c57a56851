//! What to start for each node, looked at before anything is started.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A program that can be started, as far as one can see without starting it.
#[derive(Clone, Debug)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
}

impl Launch {
    /// A program with its arguments, to run in `directory` with our environment. The program's path is resolved
    /// against the current directory; symbolic links are kept, because some programs look at their own name.
    pub fn new(program: &Path, arguments: Vec<String>, directory: &Path) -> Result<Self, LaunchError> {
        let complain = |problem| LaunchError { program: program.to_path_buf(), problem };
        let found = fs::metadata(program).map_err(|error| {
            complain(match error.kind() {
                io::ErrorKind::NotFound => Problem::Missing,
                _ => Problem::Unreachable(error.to_string()),
            })
        })?;
        if found.is_dir() {
            return Err(complain(Problem::Directory));
        }
        if found.permissions().mode() & 0o111 == 0 {
            return Err(complain(Problem::NotExecutable));
        }
        let unreachable = |error: io::Error| complain(Problem::Unreachable(error.to_string()));
        let directory = absolute(directory).map_err(unreachable)?;
        Ok(Self { program: absolute(program).map_err(unreachable)?, arguments, directory })
    }

    /// Starts the program once, with pipes for all three streams.
    pub(super) fn start(&self) -> Result<Child, LaunchError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        spawn(&mut command).map_err(|error| {
            let problem = match error.raw_os_error() {
                Some(EXEC_FORMAT) => Problem::NotAProgram,
                // The file is there, so what was not found is the program that its first line names.
                _ if error.kind() == io::ErrorKind::NotFound && self.directory.is_dir() => {
                    Problem::NoInterpreter
                }
                _ => Problem::Unreachable(error.to_string()),
            };
            LaunchError { program: self.program.clone(), problem }
        })
    }
}

/// Starts a program. One that was written a moment ago may still be open for writing somewhere, if only in a child of
/// ours that is just starting; then it is tried again, for at most a second.
#[expect(clippy::disallowed_methods, reason = "a world in real time, before the run begins")]
fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 0..50 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
    command.spawn()
}

/// `ENOEXEC`: neither a binary of this machine nor a script with a first line that says who reads it.
const EXEC_FORMAT: i32 = 8;

/// Why a program cannot be started: one clear line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchError {
    /// The program, as it was given.
    pub program: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such file.
    Missing,
    /// It is a directory.
    Directory,
    /// It has no permission to be executed.
    NotExecutable,
    /// The operating system does not know how to run it.
    NotAProgram,
    /// The interpreter named in its first line does not exist.
    NoInterpreter,
    /// Anything else, in the operating system's words.
    Unreachable(String),
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = self.program.display();
        match &self.problem {
            Problem::Missing if self.program.components().count() == 1 => {
                write!(f, "there is no file `{program}` here (programs on the PATH need their full path)")
            }
            Problem::Missing => write!(f, "there is no file `{program}`"),
            Problem::Directory => write!(f, "`{program}` is a directory, not a program"),
            Problem::NotExecutable => {
                write!(f, "`{program}` is not executable (try: chmod +x {program})")
            }
            Problem::NotAProgram => write!(
                f,
                "`{program}` is not a program (a script needs a first line such as #!/usr/bin/env python3)"
            ),
            Problem::NoInterpreter => {
                write!(f, "`{program}` cannot be started: the interpreter in its first line does not exist")
            }
            Problem::Unreachable(error) => write!(f, "`{program}` cannot be started: {error}"),
        }
    }
}

impl std::error::Error for LaunchError {}
