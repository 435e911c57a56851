//! Colour and progress: on a terminal only.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use quipu_harness::check::Validity;

/// Paints what goes to stdout, if stdout is a terminal and `NO_COLOR` is not set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    pub(crate) fn of_stdout() -> Self {
        Self { on: stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn verdict(self, validity: Validity) -> String {
        let code = match validity {
            Validity::Valid => "1;32",
            Validity::Invalid => "1;31",
            Validity::Unknown => "1;33",
        };
        self.wrap(code, validity.sentence())
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.into() }
    }
}

/// Progress over a known number of steps, from any thread: a bar on a terminal, a line now and then elsewhere.
pub(crate) struct Steps {
    bar: ProgressBar,
    line: Mutex<LiveLine>,
    is_terminal: bool,
    total: u64,
}

impl Steps {
    pub(crate) fn new(total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style =
            ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len}, {eta} left  {msg}");
        let bar = bar.with_style(style.expect("the template is a constant that was tried"));
        Self { bar, line: Mutex::new(LiveLine::new()), is_terminal: stderr().is_terminal(), total }
    }

    pub(crate) fn tell(&self, done: u64, message: impl Fn() -> String) {
        if self.is_terminal {
            self.bar.set_position(done);
            self.bar.set_message(message());
        } else {
            let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            line.tell(|| format!("{done} of {}: {}", self.total, message()));
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Prints a line to stdout. A reader that has gone away is no error of ours, and no reason to panic.
pub(crate) fn say(line: impl AsRef<str>) {
    let _ = writeln!(stdout().lock(), "{}", line.as_ref());
}

/// Prints a line to stderr.
pub(crate) fn complain(line: impl AsRef<str>) {
    let _ = writeln!(stderr().lock(), "{}", line.as_ref());
}

/// A line that tells how a run in real time goes on: redrawn on a terminal, one every few seconds elsewhere.
pub(crate) struct LiveLine {
    bar: ProgressBar,
    is_terminal: bool,
    told: Instant,
}

/// Without a terminal, progress is told this often.
const TELL_EVERY: Duration = Duration::from_secs(5);

impl LiveLine {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{spinner} {msg}")
            .expect("the template is a constant that was tried");
        Self { bar: bar.with_style(style), is_terminal: stderr().is_terminal(), told: present() }
    }

    #[expect(clippy::print_stderr, reason = "progress goes to stderr")]
    pub(crate) fn tell(&mut self, message: impl FnOnce() -> String) {
        let every = if self.is_terminal { Duration::from_millis(100) } else { TELL_EVERY };
        if self.told.elapsed() < every {
            return;
        }
        self.told = present();
        if self.is_terminal {
            self.bar.set_message(message());
            self.bar.tick();
        } else {
            eprintln!("{}", message());
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The wall clock, for people only: no run depends on it.
#[expect(clippy::disallowed_methods, reason = "progress is told in real time")]
pub(crate) fn present() -> Instant {
    Instant::now()
}
