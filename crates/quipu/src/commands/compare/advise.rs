//! `quipu compare advise`: which mechanism, at which cost, and why not the cheapest.

use std::time::Duration;

use clap::Args;
use quipu_study::advise::{Advice, Application, Candidate, Invariant, Search};

use crate::terminal::{Paint, say};

/// From an application's numbers and its invariant to the mechanism to take.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct AdviseCommand {
    /// What must always hold: none, read-your-writes, non-negative, uniqueness, exactly-one-winner
    #[arg(long, default_value = "none")]
    invariant: Invariant,
    /// Nodes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=99))]
    replicas: u16,
    /// Round trip between nodes
    #[arg(long, default_value_t = 20, value_name = "MS", value_parser = clap::value_parser!(u64).range(..=10_000))]
    round_trip: u64,
    /// Users who ask at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    clients: u32,
    /// Share of operations that the hottest counter has
    #[arg(long, default_value_t = 10, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    hot_share: u8,
    /// Share of reads
    #[arg(long, default_value_t = 50, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    reads: u8,
    /// Both sides of a partition must be served
    #[arg(long)]
    survive_partition: bool,
    /// Time of an fsync before each acknowledgement; 0: nothing is made durable
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = clap::value_parser!(u64).range(..=10_000))]
    fsync: u64,
}

const EXAMPLES: &str = "\
Costs are predicted by the laws that `quipu compare` holds against its measurements. Where the cheapest mechanism is
forbidden, all schedules of two nodes are searched, shortest first, for one that shows why.

Examples:
  quipu compare advise --invariant exactly-one-winner --round-trip 80
  quipu compare advise --invariant non-negative --hot-share 40 --clients 256 --fsync 5";

impl AdviseCommand {
    pub(crate) fn run(&self) {
        let application = Application {
            replicas: self.replicas,
            round_trip: Duration::from_millis(self.round_trip),
            clients: self.clients,
            hot_share: f64::from(self.hot_share) / 100.0,
            reads: f64::from(self.reads) / 100.0,
            survives_partition: self.survive_partition,
            fsync: Duration::from_millis(self.fsync),
            invariant: self.invariant,
        };
        let advice = application.advise();
        tell_choice(&application, &advice);
        tell_costs(&advice);
        if let Some(refutation) = &advice.refutation {
            tell_search(refutation, application.invariant);
        }
        if let Some(confirmation) = &advice.confirmation {
            tell_search(confirmation, application.invariant);
        }
    }
}

fn tell_choice(application: &Application, advice: &Advice) {
    let paint = Paint::of_stdout();
    let cost = |candidate: &Candidate| {
        format!(
            "{:.1} ms a change, {:.1} ms a read, {:.0} operations a second in all",
            candidate.changes.latency_ms, candidate.read_ms, candidate.operations
        )
    };
    match (&advice.choice, &advice.next_best) {
        (Some(choice), _) => {
            say(paint.bold(&format!("Take: {}", choice.mechanism.title())));
            say(format!("Predicted: {}.", cost(choice)));
            if application.invariant == Invariant::ReadYourWrites && choice.mechanism.is_local() {
                say(
                    "On one condition: a user is always sent to the same node. See below for one who is not.",
                );
            }
        }
        (None, Some(next)) => {
            say(paint
                .bold(&format!("None: nothing keeps `{}` and serves both sides.", application.invariant)));
            say(format!(
                "Serving the side of the home alone, take: {}. Predicted: {}.",
                next.mechanism.title(),
                cost(next)
            ));
        }
        (None, None) => say(paint.bold("None of the mechanisms keeps this.")),
    }
}

fn tell_costs(advice: &Advice) {
    say("");
    say("mechanism            change ms  read ms  operations /s  attempts  invariant  both sides served");
    for candidate in &advice.candidates {
        let kept = if candidate.keeps_invariant { "kept" } else { "broken" };
        let sides = if candidate.serves_both_sides { "yes" } else { "no" };
        say(format!(
            "{:<20} {:>9.1} {:>8.1} {:>14.0} {:>9.2}  {kept:<9}  {sides}",
            candidate.mechanism.title(),
            candidate.changes.latency_ms,
            candidate.read_ms,
            candidate.operations,
            candidate.changes.attempts,
        ));
    }
}

fn tell_search(search: &Search, invariant: Invariant) {
    say("");
    if search.story.is_empty() {
        say(format!(
            "Searched {}: none of {} schedules of up to {} steps breaks `{invariant}`.",
            search.subject, search.schedules, search.steps
        ));
        return;
    }
    say(format!(
        "Searched {}: `{invariant}` breaks. The shortest of {} schedules tried that does it:",
        search.subject, search.schedules
    ));
    for (number, step) in (1..).zip(&search.story) {
        say(format!("  {number}. {step}"));
    }
}
