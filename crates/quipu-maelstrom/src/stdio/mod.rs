//! The stdin/stdout world: one process, one node, messages as lines.
//!
//! A thread reads stdin into blocks of whole lines. One loop waits for the next block or for the next thing that is
//! due (a timer, the end of a question's time), hands everything to the [`Session`], and writes what came of it when
//! no input is waiting: under load many answers leave in one write, and a single answer leaves at once.
//!
//! Only this module reads the clock; the session is told the time, and is tested without one.
//!
//! What is left out: a limit on the length of a line. Whoever started the process is trusted that far.

mod input;
mod session;

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use quipu_node::{Identity, Node, Time};

use input::Block;
pub use session::Session;

/// So much output leaves even while more input is waiting.
const OUTPUT_BYTES_MAX: usize = 1 << 16;

/// So long may output and log wait while more input is waiting: an answer must not be held up by a flood of lines to
/// which there is no answer.
const OUTPUT_WAITS_MAX: Duration = Duration::from_millis(10);

/// Runs a node on stdin and stdout until stdin ends, as Maelstrom wants it. `make` builds the node once `init` has told
/// who it is.
///
/// Nothing but messages is ever written to stdout; what is wrong with the input is logged to stderr. The exit code is 0
/// when stdin has ended, and 1 when stdout can no longer be written.
pub fn serve(make: impl FnOnce(&Identity) -> Box<dyn Node>) -> ExitCode {
    serve_seeded(None, make)
}

/// Like [`serve`], with a seed for the node's randomness instead of one from the operating system.
///
/// The node's name is mixed in, so that nodes started alike draw differently. A node that is restarted with the same
/// seed has the same boot number, against the promise of [`Identity::boot`]: for experiments without restarts only.
pub fn serve_seeded(seed: Option<u64>, make: impl FnOnce(&Identity) -> Box<dyn Node>) -> ExitCode {
    let session = Session::new(make, seed.unwrap_or_else(seed_of_process), seed.is_some());
    match run(io::stdin(), io::stdout().lock(), io::stderr(), session) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads us any more: there is nobody to complain to either.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Runs a session over any input and output until the input ends, in real time.
///
/// # Errors
/// Those of writing the output. Reading errors count as the end of the input.
pub fn run<M>(
    input: impl Read + Send + 'static,
    mut output: impl Write,
    mut log: impl Write,
    mut session: Session<M>,
) -> io::Result<()>
where
    M: FnOnce(&Identity) -> Box<dyn Node>,
{
    let clock = Clock::start();
    let blocks = input::read_in_background(input, clock);
    let mut flushed = clock.now();
    loop {
        match next_block(&blocks, clock, &session) {
            Wake::Input(block) => {
                for line in block.lines() {
                    session.line(block.arrived, clock.now(), line);
                    if session.output().len() >= OUTPUT_BYTES_MAX {
                        flush(&mut session, &mut output, &mut log)?;
                    }
                }
                if session.has_output() && clock.now().since(flushed) >= OUTPUT_WAITS_MAX {
                    flush(&mut session, &mut output, &mut log)?;
                    flushed = clock.now();
                }
            }
            Wake::Due => session.advance(clock.now()),
            Wake::Idle => flush(&mut session, &mut output, &mut log)?,
            Wake::End => return flush(&mut session, &mut output, &mut log),
        }
    }
}

/// Why the loop goes on.
enum Wake {
    Input(Block),
    Due,
    /// Nothing to do at once, and output is waiting.
    Idle,
    End,
}

fn next_block<M>(blocks: &Receiver<Block>, clock: Clock, session: &Session<M>) -> Wake
where
    M: FnOnce(&Identity) -> Box<dyn Node>,
{
    match blocks.try_recv() {
        Ok(block) => return Wake::Input(block),
        Err(TryRecvError::Disconnected) => return Wake::End,
        Err(TryRecvError::Empty) => {}
    }
    let now = clock.now();
    let due = session.next_due();
    if due.is_some_and(|due| due <= now) {
        return Wake::Due;
    }
    if session.has_output() {
        return Wake::Idle;
    }
    match due {
        None => blocks.recv().map_or(Wake::End, Wake::Input),
        Some(due) => match blocks.recv_timeout(due.since(now)) {
            Ok(block) => Wake::Input(block),
            Err(RecvTimeoutError::Timeout) => Wake::Due,
            Err(RecvTimeoutError::Disconnected) => Wake::End,
        },
    }
}

fn flush<M>(session: &mut Session<M>, output: &mut impl Write, log: &mut impl Write) -> io::Result<()>
where
    M: FnOnce(&Identity) -> Box<dyn Node>,
{
    if !session.log().is_empty() {
        // A log that cannot be written must not stop the node.
        let _ = log.write_all(session.log().as_bytes());
        session.log().clear();
    }
    output.write_all(session.output())?;
    session.output().clear();
    output.flush()
}

/// The process's clock: monotonic, from zero.
#[derive(Clone, Copy, Debug)]
struct Clock {
    origin: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this world is the clock")]
    fn start() -> Self {
        Self { origin: Instant::now() }
    }

    fn now(self) -> Time {
        Time::ZERO + self.origin.elapsed()
    }
}

/// 64 bits from the operating system, by way of the hash keys the standard library draws there.
fn seed_of_process() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
