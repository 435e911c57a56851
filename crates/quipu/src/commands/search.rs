//! `quipu search`: is a counter over seq-kv right in every short execution, whatever the store lawfully answers?

use std::fmt::Write;

use clap::Args;
use quipu_harness::search::{
    Bounds, Census, OPERATIONS_MAX, Property, Rule, Searched, Verdict, search, unlucky_seed,
};
use quipu_node::nodes::{Fence, NodeKind, Settings};
use serde_json::{Value as Json, json};

use super::search_rows::{ROWS, Row};
use crate::exit::Exit;
use crate::node_flags::{NodeFlags, SettingFlags, node_parser};
use crate::terminal::{LiveLine, Paint, present, say};

/// Go through every short execution of a counter over seq-kv: right within the bounds, or the shortest counterexample.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SearchCommand {
    /// Which built-in node [default: all counters over seq-kv, as a table]
    #[arg(long, value_parser = node_parser())]
    node: Option<NodeKind>,
    /// Which answers of seq-kv are lawful: all that the definition of sequential consistency allows, or those of
    /// Maelstrom's store [definition, maelstrom] [default: one after the other]
    #[arg(long, value_name = "RULE")]
    store: Option<Rule>,
    /// Number of nodes, each with one client
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=3))]
    nodes: u8,
    /// Client operations in all, at most: every program of so many adds and reads is tried
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=OPERATIONS_MAX as i64))]
    operations: u8,
    /// Questions to the services that are given up in an execution, at most; they may still be carried out, or not
    #[arg(long, default_value_t = 0, value_name = "N")]
    lose: u8,
    /// Timers that fire in an execution, at most
    #[arg(long, default_value_t = 2, value_name = "N")]
    timers: u8,
    /// lossy, cas, keys: the store holds 0 under every key in the beginning
    #[arg(long)]
    from_zero: bool,
    /// How often a loop of a node tries again before it gives up
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    attempts: u32,
    /// Give up after so many states
    #[arg(long, default_value_t = 50_000_000, value_name = "N")]
    states: u64,
    #[command(flatten)]
    settings: SettingFlags,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
The nodes are the real ones. Whatever is on its way may arrive next; wherever the store may answer one thing or another,
the search goes both ways. chain must be linearizable; a read of the others must show every add that was acknowledged
before it began. What is told is the shortest counterexample: fewest client operations, then fewest steps.

Examples:
  quipu search
  quipu search --node cas --fence identity --from-zero --store maelstrom
  quipu search --node locked --store definition
  quipu search --node chain --nodes 3 --operations 3 --attempts 1
  quipu search --node cas --fence fresh --blind-retry --lose 1 --operations 3

Exit codes: 0 right within the bounds (of all: each as it is claimed to be), 1 wrong, 2 more states than allowed,
254 wrong usage, 255 crash.";

/// A node, over one rule of the store.
struct Case {
    label: String,
    kind: NodeKind,
    settings: Settings,
    rule: Rule,
    from_zero: bool,
}

/// A case and what came out.
struct Outcome {
    case: Case,
    verdict: Verdict,
    census: Census,
    seconds: f64,
}

impl SearchCommand {
    pub(crate) fn run(self) -> Result<u8, Exit> {
        match self.node {
            Some(kind) => self.run_one(kind),
            None if self.from_zero || self.settings != SettingFlags::default() => {
                Err(Exit::usage("settings are those of one node: say which with --node"))
            }
            None => self.run_all(),
        }
    }

    fn run_one(&self, kind: NodeKind) -> Result<u8, Exit> {
        if !kind.serves().contains(&"g-counter") {
            return Err(Exit::usage(format!("--node: {kind} is no counter")));
        }
        if self.from_zero && !matches!(kind, NodeKind::Lossy | NodeKind::Cas | NodeKind::Keys) {
            return Err(Exit::usage(format!("--from-zero: {kind} keeps more than a number under its keys")));
        }
        self.settings.check(kind)?;
        let label = self.settings.label(kind);
        let mut outcomes = Vec::new();
        for rule in self.rules() {
            let settings = self.settings.settings();
            let case = Case { label: label.clone(), kind, settings, rule, from_zero: self.from_zero };
            let outcome = self.search(case)?;
            if !self.json {
                self.print(&outcome);
            }
            outcomes.push(outcome);
        }
        self.print_json(&outcomes)?;
        Ok(outcomes.iter().map(Outcome::exit_code).fold(0, worse))
    }

    fn run_all(&self) -> Result<u8, Exit> {
        if !self.json {
            say(format!("{}; loops of {} attempts", self.bounds(), self.attempts));
            let columns = self.rules().into_iter().map(|rule| match rule {
                Rule::Definition => " by the definition |",
                Rule::Maelstrom => " on Maelstrom's store |",
            });
            let columns: Vec<_> = columns.collect();
            say(format!("\n| counter |{}\n|---|{}", columns.concat(), "---|".repeat(columns.len())));
        }
        let (mut code, mut outcomes) = (0, Vec::new());
        for row in ROWS {
            let words: Vec<_> = row.node.iter().map(|word| (*word).to_owned()).collect();
            let node = NodeFlags::from_words(&words).map_err(Exit::crash)?;
            let (kind, settings) =
                node.kind_and_settings().ok_or_else(|| Exit::crash("a row without a node"))?;
            let mut line = format!("| {} |", row.name);
            for rule in self.rules() {
                // The swap from a sum to itself needs one that is there.
                let from_zero = settings.fence == Fence::Identity;
                let (label, settings) = (words[1..].join(" "), settings.clone());
                let case = Case { label, kind, settings, rule, from_zero };
                let outcome = self.search(case)?;
                let as_claimed = self.is_as_claimed(row, &outcome);
                let _ = write!(
                    line,
                    " {}{} |",
                    outcome.in_short(),
                    if as_claimed { "" } else { " (NOT AS CLAIMED)" }
                );
                code = worse(
                    code,
                    match outcome.verdict {
                        Verdict::GivenUp => 2,
                        _ => u8::from(!as_claimed),
                    },
                );
                outcomes.push(outcome);
            }
            if !self.json {
                say(line);
            }
        }
        self.print_json(&outcomes)?;
        Ok(code)
    }

    fn rules(&self) -> Vec<Rule> {
        self.store.map_or_else(|| vec![Rule::Definition, Rule::Maelstrom], |rule| vec![rule])
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            nodes: self.nodes.into(),
            operations: self.operations.into(),
            lose: self.lose,
            timers: self.timers,
            states: self.states,
        }
    }

    fn search(&self, case: Case) -> Result<Outcome, Exit> {
        let settings = Settings { attempts: self.attempts, ..case.settings.clone() };
        let mut seeds = vec![1];
        if settings.fence == Fence::Random {
            seeds.push(unlucky_seed());
        }
        let make = || case.kind.build(&settings);
        let searched = Searched {
            make: &make,
            rule: case.rule,
            property: property(case.kind),
            held: case.from_zero.then_some(0),
            seeds: &seeds,
        };
        let mut line = LiveLine::new();
        let started = present();
        let result = search(&searched, &self.bounds(), &mut |so_far| {
            line.tell(|| {
                let Census { operations, states, .. } = so_far;
                format!("{}, {}: programs of {operations} operations, {states} states", case.label, case.rule)
            });
        });
        line.finish();
        let (verdict, census) = result.map_err(|error| Exit::usage(format!("{}: {error}", case.label)))?;
        Ok(Outcome { case, verdict, census, seconds: started.elapsed().as_secs_f64() })
    }

    /// True unless the outcome contradicts what is claimed of the row. Bounds that are too small contradict nothing.
    fn is_as_claimed(&self, row: &Row, outcome: &Outcome) -> bool {
        let right = row.is_right(outcome.case.rule, self.lose);
        match outcome.verdict {
            Verdict::Right => right || self.operations < 3 || self.nodes < 2 || self.lose > 0,
            Verdict::Wrong(_) => !right,
            Verdict::GivenUp => true,
        }
    }

    fn print(&self, outcome: &Outcome) {
        let Outcome { case, verdict, census, seconds } = outcome;
        say(Paint::of_stdout().bold(&format!("{} over seq-kv, {}", case.label, in_words(case.rule))));
        say(format!("bounds       {}; loops of {} attempts", self.bounds(), self.attempts));
        say(format!("demanded     {}", demanded(case.kind)));
        match verdict {
            Verdict::Right => say(format!("right        all {} executions", grouped(census.executions))),
            Verdict::Wrong(found) => say(format!(
                "wrong        after {} client operations, in {} steps; nothing shorter is wrong\n\n{found}",
                found.operations, found.steps
            )),
            Verdict::GivenUp => say("unknown      there are more states than --states allows"),
        }
        if census.unanswered > 0 {
            say(format!("UNANSWERED   {} of them end with a request forgotten", grouped(census.unanswered)));
        }
        if census.cut > 0 {
            say(format!("cut          {} of them ended when no more timers might fire", grouped(census.cut)));
        }
        say(format!(
            "searched     {} programs, {} states, {} sums read; {seconds:.1} s\n",
            grouped(census.programs.into()),
            grouped(census.states.into()),
            grouped(census.reads.into())
        ));
    }

    fn print_json(&self, outcomes: &[Outcome]) -> Result<(), Exit> {
        if !self.json {
            return Ok(());
        }
        let document = json!({
            "nodes": self.nodes,
            "operations": self.operations,
            "lose": self.lose,
            "timers": self.timers,
            "attempts": self.attempts,
            "results": outcomes.iter().map(Outcome::to_json).collect::<Vec<_>>(),
        });
        say(serde_json::to_string_pretty(&document).map_err(Exit::crash)?);
        Ok(())
    }
}

const fn property(kind: NodeKind) -> Property {
    match kind {
        NodeKind::Chain => Property::Linearizable,
        _ => Property::CompleteReads,
    }
}

fn demanded(kind: NodeKind) -> &'static str {
    match property(kind) {
        Property::Linearizable => {
            "every operation takes effect at one moment between its beginning and its end"
        }
        Property::CompleteReads => {
            "a read shows every add acknowledged before it began, and of the others any part"
        }
    }
}

const fn in_words(rule: Rule) -> &'static str {
    match rule {
        Rule::Definition => "sequentially consistent by the definition",
        Rule::Maelstrom => "as Maelstrom has it",
    }
}

/// The worse of two exit codes: wrong, then unknown, then right.
const fn worse(one: u8, other: u8) -> u8 {
    match (one, other) {
        (1, _) | (_, 1) => 1,
        (2, _) | (_, 2) => 2,
        _ => 0,
    }
}

impl Outcome {
    const fn exit_code(&self) -> u8 {
        match self.verdict {
            Verdict::Right => 0,
            Verdict::Wrong(_) => 1,
            Verdict::GivenUp => 2,
        }
    }

    fn in_short(&self) -> String {
        match &self.verdict {
            Verdict::Right => format!("right: all {} executions", grouped(self.census.executions)),
            Verdict::Wrong(found) => format!("wrong: {} operations, {} steps", found.operations, found.steps),
            Verdict::GivenUp => "unknown: too many states".into(),
        }
    }

    fn to_json(&self) -> Json {
        let Self { case, verdict, census, .. } = self;
        let found = match verdict {
            Verdict::Wrong(found) => json!({
                "operations": found.operations,
                "steps": found.steps,
                "story": found.story,
                "order": found.order,
                "complaint": found.complaint,
            }),
            Verdict::Right | Verdict::GivenUp => Json::Null,
        };
        json!({
            "node": case.label,
            "store": case.rule.to_string(),
            "from-zero": case.from_zero,
            "demanded": demanded(case.kind),
            "verdict": match verdict {
                Verdict::Right => "right",
                Verdict::Wrong(_) => "wrong",
                Verdict::GivenUp => "unknown",
            },
            "programs": census.programs,
            "states": census.states,
            // Beyond what a JSON number is sure to hold.
            "executions": census.executions.to_string(),
            "cut": census.cut.to_string(),
            "unanswered": census.unanswered.to_string(),
            "sums-read": census.reads,
            "counterexample": found,
        })
    }
}

/// A number with commas between thousands.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_at_thousands() {
        let parted = [0, 999, 1000, 12_345, 1_234_567].map(grouped);
        assert_eq!(parted, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn the_worst_verdict_decides() {
        assert_eq!([worse(0, 2), worse(2, 1), worse(1, 0), worse(0, 0)], [2, 1, 1, 0]);
    }
}
