//! Advice: from an application's numbers and its invariant to a mechanism, what it will cost, and, where the cheap choice is
//! forbidden, the shortest story in which it breaks.

mod search;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use search::{Search, look_for};

use crate::law::{Prediction, predict};
use crate::load::{Load, Zipf};
use crate::mechanism::Mechanism;
use crate::setup::Setup;

/// What must always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// Nothing that was acknowledged is lost; no more.
    None,
    /// A user sees the own changes.
    ReadYourWrites,
    /// A counter is never below zero.
    NonNegative,
    /// A name is given to one alone.
    Uniqueness,
    /// Of all who try, one wins.
    ExactlyOneWinner,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::None, Self::ReadYourWrites, Self::NonNegative, Self::Uniqueness, Self::ExactlyOneWinner];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ReadYourWrites => "read-your-writes",
            Self::NonNegative => "non-negative",
            Self::Uniqueness => "uniqueness",
            Self::ExactlyOneWinner => "exactly-one-winner",
        }
    }

    /// Whether a mechanism keeps it.
    pub const fn is_kept_by(self, mechanism: Mechanism) -> bool {
        match (mechanism, self) {
            (Mechanism::Blind | Mechanism::LockUnfenced, _) => false,
            // If users stay at their node; the advice says so.
            (Mechanism::CrdtFull | Mechanism::CrdtDelta, _) => {
                matches!(self, Self::None | Self::ReadYourWrites)
            }
            (Mechanism::Escrow, _) => !matches!(self, Self::Uniqueness | Self::ExactlyOneWinner),
            _ => true,
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Invariant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|invariant| invariant.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there is no invariant `{name}`; there are: {names}")
        })
    }
}

/// An application's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// How many nodes.
    pub replicas: u16,
    /// From one of them to another and back.
    pub round_trip: Duration,
    /// Users who ask at the same time.
    pub clients: u32,
    /// The share of all operations that the hottest counter has, from 0 to 1.
    pub hot_share: f64,
    /// The share of reads, from 0 to 1.
    pub reads: f64,
    /// Whether both sides of a partition must be served.
    pub survives_partition: bool,
    /// How long a record takes to become durable; zero: nothing has to be.
    pub fsync: Duration,
    /// What must always hold.
    pub invariant: Invariant,
}

/// A mechanism, and what is to be expected of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub mechanism: Mechanism,
    /// Whether it keeps the invariant.
    pub keeps_invariant: bool,
    /// Whether both sides of a partition are served.
    pub serves_both_sides: bool,
    /// What its law says of changes.
    pub changes: Prediction,
    /// Mean time of a read.
    pub read_ms: f64,
    /// Changes and reads done per second.
    pub operations: f64,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// All mechanisms, in the order of [`Mechanism::ALL`].
    pub candidates: Vec<Candidate>,
    /// The cheapest of those that do all that is asked for; none if there is none.
    pub choice: Option<Candidate>,
    /// What to take if not both sides can be served; none if there is a choice.
    pub next_best: Option<Candidate>,
    /// If the cheapest mechanism of all is forbidden: the search for the reason.
    pub refutation: Option<Search>,
    /// The same search of what was chosen instead, if it can be searched.
    pub confirmation: Option<Search>,
}

impl Application {
    /// The advice for it.
    pub fn advise(&self) -> Advice {
        let candidates: Vec<Candidate> =
            Mechanism::ALL.into_iter().map(|mechanism| self.candidate(mechanism)).collect();
        let best = |fits: &dyn Fn(&Candidate) -> bool| {
            let able = candidates.iter().filter(|candidate| candidate.keeps_invariant && fits(candidate));
            // Of equals the last: deltas, not full states.
            able.filter(|candidate| candidate.mechanism != Mechanism::CrdtFull)
                .max_by(|a, b| a.operations.total_cmp(&b.operations).then(b.mechanism.cmp(&a.mechanism)))
                .copied()
        };
        let choice = best(&|candidate| candidate.serves_both_sides || !self.survives_partition);
        let next_best = if choice.is_none() { best(&|_| true) } else { None };
        let taken = choice.or(next_best).map(|candidate| candidate.mechanism);
        let cheap_is_forbidden =
            !self.invariant.is_kept_by(Mechanism::CrdtDelta) || self.invariant == Invariant::ReadYourWrites;
        Advice {
            choice,
            next_best,
            refutation: cheap_is_forbidden.then(|| look_for(self.invariant, None)),
            confirmation: taken
                .filter(|_| cheap_is_forbidden)
                .map(|taken| look_for(self.invariant, Some(taken))),
            candidates,
        }
    }

    fn candidate(&self, mechanism: Mechanism) -> Candidate {
        let setup =
            Setup { replicas: self.replicas, fsync: self.fsync, ..Setup::default() }.apart(self.round_trip);
        let keys = 1024;
        let load =
            Load { keys, zipf: exponent(keys, self.hot_share), clients: self.clients, ..Load::default() };
        let hops = 2e3 * setup.hop.as_secs_f64();
        let remote = !mechanism.is_local() && self.replicas > 1;
        let read_ms = hops + if remote { 1e3 * self.round_trip.as_secs_f64() + hops } else { 0.0 };
        // Users who read are not in the way of those who change; how many those are depends on how long both take.
        let writes = 1.0 - self.reads;
        let mut changes = predict(mechanism, &setup, &load);
        for _ in 0..20 {
            let changing = writes * changes.latency_ms;
            let share = changing / (changing + self.reads * read_ms).max(1e-9);
            let clients_there = (f64::from(self.clients) * share).round().max(1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most `self.clients`"
            )]
            let clients = clients_there as u32;
            changes = predict(mechanism, &setup, &Load { clients, ..load.clone() });
        }
        let cycle = writes * changes.latency_ms + self.reads * read_ms;
        Candidate {
            mechanism,
            keeps_invariant: self.invariant.is_kept_by(mechanism),
            serves_both_sides: mechanism.is_local(),
            changes,
            read_ms,
            operations: 1e3 * f64::from(self.clients) / cycle.max(1e-9),
        }
    }
}

/// The exponent at which the hottest of so many keys has this share.
fn exponent(keys: u64, share: f64) -> f64 {
    let (mut low, mut high) = (0.0, 12.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if Zipf::new(keys, middle).probabilities()[0] < share { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(invariant: Invariant) -> Application {
        Application {
            replicas: 5,
            round_trip: Duration::from_millis(80),
            clients: 64,
            hot_share: 0.1,
            reads: 0.5,
            survives_partition: false,
            fsync: Duration::ZERO,
            invariant,
        }
    }

    fn chosen(application: &Application) -> Option<Mechanism> {
        application.advise().choice.map(|choice| choice.mechanism)
    }

    #[test]
    fn each_invariant_gets_the_cheapest_mechanism_that_keeps_it() {
        assert_eq!(chosen(&application(Invariant::None)), Some(Mechanism::CrdtDelta));
        assert_eq!(chosen(&application(Invariant::ReadYourWrites)), Some(Mechanism::CrdtDelta));
        assert_eq!(chosen(&application(Invariant::NonNegative)), Some(Mechanism::Escrow));
        assert_eq!(chosen(&application(Invariant::Uniqueness)), Some(Mechanism::Leader));
        assert_eq!(chosen(&application(Invariant::ExactlyOneWinner)), Some(Mechanism::Leader));
    }

    #[test]
    fn no_mechanism_serves_both_sides_and_has_one_winner() {
        let advice =
            Application { survives_partition: true, ..application(Invariant::ExactlyOneWinner) }.advise();
        assert_eq!(advice.choice, None);
        assert_eq!(advice.next_best.map(|choice| choice.mechanism), Some(Mechanism::Leader));
    }

    #[test]
    fn the_share_of_the_hottest_counter_is_found_again() {
        for share in [0.01, 0.2, 0.9] {
            let found = Zipf::new(1024, exponent(1024, share)).probabilities()[0];
            assert!((found - share).abs() < 1e-6, "{share}: {found}");
        }
    }

    #[test]
    fn where_the_cheap_choice_is_forbidden_there_is_a_story_and_none_for_what_is_advised() {
        for (invariant, steps) in [
            (Invariant::NonNegative, 2),
            (Invariant::Uniqueness, 2),
            (Invariant::ExactlyOneWinner, 2),
            (Invariant::ReadYourWrites, 2),
        ] {
            let advice = application(invariant).advise();
            let refutation = advice.refutation.unwrap();
            assert_eq!(refutation.story.len(), steps + 1, "{invariant}: {:?}", refutation.story);
            let confirmation = advice.confirmation.unwrap();
            assert!(confirmation.story.is_empty() && confirmation.schedules > 100, "{confirmation:?}");
        }
        assert_eq!(application(Invariant::None).advise().refutation, None);
    }
}
