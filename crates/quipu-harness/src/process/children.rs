//! One child process and the threads that serve its streams.
//!
//! Each stream has a thread of its own, because each may block: stdout is read in blocks of whole lines, stderr goes to
//! the node's log, stdin is written from a queue without end (a paused node must not stop the harness). A fourth thread
//! waits for the process to end. None of them decides anything: all that happens goes as a [`ChildEvent`] to the one
//! loop of the world.
//!
//! Only the direct child is ever signalled, as in Maelstrom: a wrapper script must `exec` its program.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::launch::{Launch, LaunchError};

/// How many bytes one read from stdout may bring: little enough that a node which floods its stdout cannot hold up the
/// others for long.
const BLOCK_BYTES: usize = 1 << 14;

/// How many of the last lines on stderr are kept.
const TAIL_LINES: usize = 20;

/// Longer lines on stderr are cut where they are kept; the log has them whole.
const TAIL_LINE_CHARS: usize = 300;

/// Something that a child process did.
#[derive(Debug)]
pub(super) struct ChildEvent {
    /// The node.
    pub(super) node: u16,
    /// Which start of it, from 0.
    pub(super) life: usize,
    pub(super) kind: ChildEventKind,
}

#[derive(Debug)]
pub(super) enum ChildEventKind {
    /// Whole lines on stdout.
    Lines(Vec<u8>),
    /// Stdout ended in the middle of a line.
    LastLine(Vec<u8>),
    /// The process has ended and can be reaped.
    Ended,
}

/// A process that was started, until it is reaped.
#[derive(Debug)]
pub(super) struct ChildProcess {
    child: Child,
    stdin: Sender<Vec<u8>>,
    tail: Arc<Tail>,
    ended: Option<ExitStatus>,
}

impl ChildProcess {
    /// Starts a node. `name` is for the log lines echoed on our stderr; none echoes nothing.
    pub(super) fn start(
        launch: &Launch,
        node: u16,
        life: usize,
        log: File,
        echo: Option<String>,
        events: &SyncSender<ChildEvent>,
    ) -> Result<Self, LaunchError> {
        let mut child = launch.start()?;
        let (stdin, lines) = channel();
        let tail = Arc::new(Tail::default());
        if let Some(pipe) = child.stdin.take() {
            thread::spawn(move || write_stdin(pipe, &lines));
        }
        if let Some(pipe) = child.stdout.take() {
            let outlet = Outlet { node, life, events: events.clone() };
            thread::spawn(move || read_stdout(pipe, &outlet));
        }
        if let Some(pipe) = child.stderr.take() {
            let tail = Arc::clone(&tail);
            thread::spawn(move || read_stderr(pipe, log, echo.as_deref(), &tail));
        }
        let outlet = Outlet { node, life, events: events.clone() };
        let process = pid(&child);
        thread::spawn(move || wait_for_end(process, &outlet));
        Ok(Self { child, stdin, tail, ended: None })
    }

    /// Queues one line for its stdin. A process that has ended takes no notice.
    pub(super) fn write(&self, line: Vec<u8>) {
        // The writer has gone if the pipe is broken: the process has ended, which is told by another event.
        let _ = self.stdin.send(line);
    }

    /// Kills it at once and waits until it is gone.
    pub(super) fn kill(&mut self) {
        if self.ended.is_none() {
            // Neither can fail for a child that has not been reaped, save for reasons we can do nothing about.
            let _ = self.child.kill();
            self.ended = self.child.wait().ok();
        }
    }

    /// Stops it where it stands.
    pub(super) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(super) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// How it ended, if it has ended by now.
    pub(super) fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Its number in the operating system.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines it wrote on stderr.
    pub(super) fn tail(&self) -> Arc<Tail> {
        Arc::clone(&self.tail)
    }

    fn signal(&self, signal: Signal) {
        // Only while it has not been reaped: after that its number may be another process's.
        if self.ended.is_none() {
            let _ = kill_process(pid(&self.child), signal);
        }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Where a thread tells what happened.
struct Outlet {
    node: u16,
    life: usize,
    events: SyncSender<ChildEvent>,
}

impl Outlet {
    /// False if nobody listens any more.
    fn tell(&self, kind: ChildEventKind) -> bool {
        self.events.send(ChildEvent { node: self.node, life: self.life, kind }).is_ok()
    }
}

fn write_stdin(mut pipe: ChildStdin, lines: &Receiver<Vec<u8>>) {
    while let Ok(mut bytes) = lines.recv() {
        // What has come together is written together.
        while let Ok(more) = lines.try_recv() {
            bytes.extend_from_slice(&more);
        }
        if pipe.write_all(&bytes).is_err() {
            return;
        }
    }
}

fn read_stdout(mut pipe: ChildStdout, outlet: &Outlet) {
    let mut buffer = vec![0; BLOCK_BYTES];
    let mut beginning = Vec::new();
    loop {
        let fresh = match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let Some(last) = fresh.iter().rposition(|byte| *byte == b'\n') else {
            beginning.extend_from_slice(fresh);
            continue;
        };
        let mut lines = std::mem::replace(&mut beginning, fresh[last + 1..].to_vec());
        lines.extend_from_slice(&fresh[..=last]);
        if !outlet.tell(ChildEventKind::Lines(lines)) {
            return;
        }
    }
    if !beginning.is_empty() {
        outlet.tell(ChildEventKind::LastLine(beginning));
    }
}

fn read_stderr(pipe: ChildStderr, mut log: File, echo: Option<&str>, tail: &Tail) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without end is taken in pieces.
        match (&mut reader).take(1 << 20).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {
                // A log that cannot be written any more (full disk) must not stop the node.
                let _ = log.write_all(&line);
                let text = String::from_utf8_lossy(&line);
                let text = text.trim_end_matches(['\n', '\r']);
                if let Some(name) = echo {
                    let _ = writeln!(io::stderr(), "{name}: {text}");
                }
                tail.push(text);
            }
        }
    }
    tail.close();
}

fn wait_for_end(process: Pid, outlet: &Outlet) {
    // Without reaping: until the loop does that, the number stays this process's.
    while let Err(error) = waitid(WaitId::Pid(process), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
        if error != rustix::io::Errno::INTR {
            return;
        }
    }
    outlet.tell(ChildEventKind::Ended);
}

/// The last lines that a process wrote on stderr.
#[derive(Debug, Default)]
pub(super) struct Tail {
    state: Mutex<TailState>,
    closed: Condvar,
}

#[derive(Debug, Default)]
struct TailState {
    lines: VecDeque<String>,
    closed: bool,
}

impl Tail {
    /// The lines. Waits a moment for the end of the stream, which may come a little after the end of the process.
    pub(super) fn lines(&self) -> Vec<String> {
        let wait = Duration::from_millis(300);
        let state = self.closed.wait_timeout_while(self.lock(), wait, |state| !state.closed);
        let (state, _) = state.unwrap_or_else(PoisonError::into_inner);
        state.lines.iter().cloned().collect()
    }

    fn push(&self, line: &str) {
        let mut state = self.lock();
        if state.lines.len() == TAIL_LINES {
            state.lines.pop_front();
        }
        state.lines.push_back(line.chars().take(TAIL_LINE_CHARS).collect());
    }

    fn close(&self) {
        self.lock().closed = true;
        self.closed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, TailState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
