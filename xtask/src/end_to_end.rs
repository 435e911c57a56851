//! Real processes in real time: the shipped counters, and the nodes of `examples/nodes` in three other languages.
//!
//! Each case says which exit code it must get, so a harness that calls everything valid fails here as well.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{run, run_quietly};

/// A run of `quipu test --bin` and the verdict it must get.
struct Case {
    /// Options of `quipu test`.
    options: &'static str,
    /// The program, from the root of the repository.
    program: &'static str,
    /// What the program is given.
    arguments: &'static str,
    /// The exit code expected: 0 valid, 1 invalid, 255 a node that ended by itself.
    expected: i32,
    /// What must be said: the name of the node's mistake.
    says: &'static str,
}

const COUNTER: &str =
    "-w g-counter --node-count 3 --rate 100 --time-limit 5 --quiet-time 6 --nemesis partition";
const BOTH_WAYS: &str =
    "-w pn-counter --node-count 3 --rate 100 --time-limit 5 --quiet-time 6 --nemesis partition";
const SET: &str = "-w g-set --node-count 3 --rate 50 --time-limit 5 --quiet-time 6 --nemesis partition";
const ALONE: &str = "-w g-counter --node-count 1 --rate 50 --time-limit 5 --quiet-time 1";
/// Long enough for an answer that comes after six seconds, however busy the machine is.
const ALONE_LONGER: &str = "-w g-counter --node-count 1 --rate 50 --time-limit 5 --quiet-time 4";

const CART: &str = "-w cart --node-count 3 --rate 50 --time-limit 5 --quiet-time 6 --nemesis partition";

const CASES: [Case; 13] = [
    Case {
        options: COUNTER,
        program: "target/release/maelstrom-counter",
        arguments: "",
        expected: 0,
        says: "Everything looks good",
    },
    Case {
        options: BOTH_WAYS,
        program: "target/release/quipu",
        arguments: "node gossip",
        expected: 0,
        says: "Everything looks good",
    },
    Case {
        options: CART,
        program: "target/release/quipu",
        arguments: "node cart",
        expected: 0,
        says: "Everything looks good",
    },
    Case {
        options: BOTH_WAYS,
        program: "examples/nodes/gossip_counter.py",
        arguments: "",
        expected: 0,
        says: "Everything looks good",
    },
    Case {
        options: SET,
        program: "examples/nodes/stubborn_set.js",
        arguments: "",
        expected: 0,
        says: "Everything looks good",
    },
    Case { options: COUNTER, program: LONELY, arguments: "", expected: 1, says: "final reads are wrong" },
    Case { options: ALONE, program: LONELY, arguments: "garbage", expected: 0, says: "is not a JSON object" },
    Case {
        options: ALONE,
        program: LONELY,
        arguments: "extra-key",
        expected: 0,
        says: "sent a malformed message",
    },
    Case {
        options: ALONE,
        program: LONELY,
        arguments: "extra-field",
        expected: 0,
        says: "a reply body of the wrong form",
    },
    Case {
        options: ALONE,
        program: LONELY,
        arguments: "float",
        expected: 0,
        says: "a reply body of the wrong form",
    },
    Case {
        options: ALONE,
        program: LONELY,
        arguments: "unknown",
        expected: 0,
        says: "an unknown destination",
    },
    Case {
        options: ALONE_LONGER,
        program: LONELY,
        arguments: "late",
        expected: 0,
        says: "answered a client that had given up",
    },
    Case { options: ALONE, program: LONELY, arguments: "exit", expected: 255, says: "exited by itself" },
];

/// Where the wrong node in C is compiled to.
const LONELY: &str = "target/xtask/lonely_counter";

/// Most of a run is waiting, so this many go side by side; few enough that none keeps another from the processor.
const AT_ONCE: usize = 3;

/// Compiles the node in C, then runs every case.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    compile(root)?;
    let numbered: Vec<(usize, &Case)> = (1..).zip(&CASES).collect();
    for group in numbered.chunks(AT_ONCE) {
        let verdicts = std::thread::scope(|scope| {
            let run = |(number, case): (usize, &'static Case)| scope.spawn(move || case.judge(root, number));
            let running: Vec<_> = group.iter().copied().map(run).collect();
            running.into_iter().map(ended).collect::<Vec<_>>()
        });
        for ((_, case), verdict) in group.iter().zip(verdicts) {
            println!("{} {} ({})", case.program, case.arguments, case.options);
            println!("    {}", verdict?);
        }
    }
    Ok(())
}

fn ended(running: std::thread::ScopedJoinHandle<'_, Result<String, String>>) -> Result<String, String> {
    running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Case {
    /// What was seen, if it is what must be seen.
    fn judge(&self, root: &Path, number: usize) -> Result<String, String> {
        let folder = root.join(format!("target/xtask/end-to-end/{number}"));
        let ended = run_quietly(&mut self.command(root, &folder), &[self.expected])?;
        if !ended.printed.contains(self.says) {
            return Err(format!("{}\nnothing here says `{}`", ended.printed, self.says));
        }
        Ok(format!("exit code {}, and it says `{}`, as it must", ended.code, self.says))
    }

    fn command(&self, root: &Path, folder: &Path) -> Command {
        let mut command = Command::new(root.join("target/release/quipu"));
        command.current_dir(root).arg("test").args(self.options.split(' '));
        command.arg("--out").arg(folder).arg("--bin").arg(root.join(self.program));
        if !self.arguments.is_empty() {
            command.arg("--").args(self.arguments.split(' '));
        }
        command
    }
}

fn compile(root: &Path) -> Result<(), String> {
    let output: PathBuf = root.join(LONELY);
    let folder = root.join("target/xtask");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let mut command = Command::new("cc");
    command.args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"]);
    run(command.arg(output).arg(root.join("examples/nodes/lonely_counter.c")))
}
