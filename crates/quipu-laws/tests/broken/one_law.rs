//! For each law a type that breaks this one and, as far as can be seen, no other: without the law it would pass.

use std::collections::BTreeSet;

use quipu_laws::{Failure, Law, Past, Replica, Settings, Subject, Weights, check};

/// All laws, in an order that this file uses.
const LAWS: [Law; 18] = [
    Law::Specification,
    Law::EqualKnowledge,
    Law::DeltaIsTheChange,
    Law::NoDeltaNoChange,
    Law::Inflationary,
    Law::Commutative,
    Law::Associative,
    Law::Idempotent,
    Law::BottomIsNeutral,
    Law::NoNews,
    Law::Difference,
    Law::Includes,
    Law::Recode,
    Law::DeltasMakeTheState,
    Law::Convergence,
    Law::OfItsOwn,
    Law::NoPanic,
    Law::Oracle,
];

/// A set of dots that breaks the law of this number.
#[derive(Clone, Debug)]
struct Breaks<const LAW: usize> {
    replica: Replica,
    dots: Dots,
    /// Whatever should not be part of the state; what it means depends on the law.
    mark: u8,
}

type Dots = BTreeSet<(Replica, u8)>;

const NO_MARK: u8 = u8::MAX;

impl<const LAW: usize> Breaks<LAW> {
    const BROKEN: Law = LAWS[LAW];

    fn number_of(&self, replica: Replica) -> u8 {
        self.dots.iter().filter(|dot| dot.0 == replica).map(|dot| dot.1).max().unwrap_or(0)
    }

    /// The first one to be known of stays: which one that is depends on who asks.
    fn keep_first_mark(&mut self, other: u8) {
        if self.mark == NO_MARK {
            self.mark = other;
        }
    }

    /// Each of three marks beats one of the others.
    fn keep_stronger_mark(&mut self, other: u8) {
        if self.mark == NO_MARK || (other != NO_MARK && other == (self.mark + 1) % 3) {
            self.mark = other;
        }
    }
}

impl<const LAW: usize> Subject for Breaks<LAW> {
    type Operation = ();
    type Delta = Dots;
    type View = usize;

    const PULLS: bool = !matches!(Self::BROKEN, Law::Convergence);

    fn new(replica: Replica) -> Self {
        Self { replica, dots: Dots::new(), mark: NO_MARK }
    }

    fn alphabet() -> Vec<()> {
        vec![()]
    }

    fn edit(&mut self, (): &()) -> Option<Dots> {
        let dot = (self.replica, self.number_of(self.replica) + 1);
        assert!(Self::BROKEN != Law::NoPanic || dot.1 < 3, "three is too many");
        let delta = Dots::from([dot]);
        self.receive(&delta);
        match Self::BROKEN {
            Law::DeltaIsTheChange => Some(Dots::new()),
            Law::NoDeltaNoChange => None,
            _ => Some(delta),
        }
    }

    fn receive(&mut self, delta: &Dots) {
        let author = delta.first().map_or(NO_MARK, |dot| dot.0.node);
        let in_order = delta.iter().all(|dot| dot.1 == self.number_of(dot.0) + 1);
        match Self::BROKEN {
            Law::DeltasMakeTheState if !in_order => return,
            Law::Inflationary => self.dots.clear(),
            Law::NoNews if delta.is_empty() => self.dots.clear(),
            Law::EqualKnowledge => self.mark = self.mark.wrapping_add(1),
            Law::Commutative | Law::Convergence => self.keep_first_mark(author),
            Law::Associative => self.keep_stronger_mark(author),
            _ => {}
        }
        self.dots.extend(delta);
    }

    fn pull(&mut self, other: &Self) {
        match Self::BROKEN {
            Law::Idempotent if self.dots == other.dots && !self.dots.is_empty() => {
                self.mark = self.mark.wrapping_add(1);
            }
            Law::EqualKnowledge => {
                self.mark = self.mark.wrapping_add(1).max(other.mark.wrapping_add(1)).wrapping_sub(1);
            }
            Law::BottomIsNeutral if other.dots.is_empty() && self.dots.len() > 1 => self.dots.clear(),
            Law::Commutative => self.keep_first_mark(other.mark),
            Law::Associative => self.keep_stronger_mark(other.mark),
            _ => {}
        }
        self.dots.extend(&other.dots);
    }

    /// Nothing, so that only the laws can say something; or too little, for the specification to say it.
    fn view(&self) -> usize {
        if Self::BROKEN == Law::Specification { self.dots.len().min(2) } else { 0 }
    }

    fn specification(past: Past<'_, ()>) -> usize {
        if Self::BROKEN == Law::Specification { past.iter().count() } else { 0 }
    }

    /// An oracle that counts to two only.
    fn as_the_oracle_says(&self) -> Result<(), String> {
        let wrong = Self::BROKEN == Law::Oracle && self.dots.len() > 2;
        if wrong { Err("two, says the oracle".into()) } else { Ok(()) }
    }

    fn same(&self, other: &Self) -> bool {
        self.dots == other.dots && self.mark == other.mark
    }

    fn recode(&self) -> Result<Self, String> {
        if Self::BROKEN == Law::Recode { Err("no such encoding".into()) } else { Ok(self.clone()) }
    }

    fn news_for(&self, other: &Self) -> Option<Dots> {
        match Self::BROKEN {
            Law::Difference => Some(Dots::new()),
            Law::NoNews => Some(self.dots.difference(&other.dots).copied().collect()),
            _ => None,
        }
    }

    fn includes(&self, other: &Self) -> Option<bool> {
        (Self::BROKEN == Law::Includes).then_some(self.dots.len() >= other.dots.len())
    }

    fn own_laws(&self, _: &Self) -> Result<(), String> {
        if Self::BROKEN == Law::OfItsOwn { Err("no two states are alike".into()) } else { Ok(()) }
    }
}

/// The failure that executions of these steps lead to within a hundred executions.
fn failure<const LAW: usize>(weights: Weights) -> Failure {
    let settings = Settings { weights, executions: 100, ..Settings::default() };
    check::<Breaks<LAW>>(&settings).expect_err("breaks a law")
}

fn assert_found<const LAW: usize>(weights: Weights) {
    let failure = failure::<LAW>(weights);
    assert_eq!(failure.law, LAWS[LAW], "{failure}");
}

/// Only edits: replicas know nothing of one another until the laws join them.
fn edits() -> Weights {
    Weights {
        edit: 1,
        pull: 0,
        deliver: 0,
        group: 0,
        news: 0,
        recode: 0,
        restart: 0,
        restore: 0,
        partition: 0,
    }
}

#[test]
fn each_law_of_steps_finds_what_breaks_it() {
    assert_found::<0>(Weights::default());
    assert_found::<1>(Weights { deliver: 4, ..edits() });
    assert_found::<2>(Weights::default());
    assert_found::<3>(Weights::default());
    assert_found::<4>(Weights::default());
    assert_found::<12>(Weights::default());
    assert_found::<16>(Weights::default());
    assert_found::<17>(Weights::default());
}

#[test]
fn each_law_of_states_finds_what_breaks_it() {
    assert_found::<5>(edits());
    assert_found::<6>(edits());
    assert_found::<7>(edits());
    assert_found::<8>(edits());
    assert_found::<9>(edits());
    assert_found::<10>(edits());
    assert_found::<11>(edits());
    assert_found::<15>(edits());
}

#[test]
fn each_law_of_the_end_finds_what_breaks_it() {
    assert_found::<13>(edits());
    assert_found::<14>(edits());
}

#[test]
fn the_laws_on_states_can_be_left_out() {
    let settings =
        Settings { weights: edits(), laws_on_states: false, executions: 10, ..Settings::default() };
    check::<Breaks<15>>(&settings).expect("a law of its own is a law of two states");
}

#[test]
fn a_failure_tells_a_short_story() {
    let story = failure::<0>(Weights::default()).to_string();
    let lines: Vec<&str> = story.lines().collect();
    assert_eq!(lines[0], "broken: a replica shows what its history says");
    assert!(lines[1].starts_with("  it shows 2, its history says 3"), "{story}");
    // Three operations that come together somewhere: three edits of one replica are the shortest way.
    assert!(lines[2].starts_with("after these steps (3, shrunk from "), "{story}");
    assert!(lines.last().unwrap().contains("QUIPU_LAWS_SEED="), "{story}");
}

#[test]
fn the_seed_of_a_failure_leads_there_again() {
    let first = failure::<0>(Weights::default());
    let settings = Settings { seed: first.seed.unwrap(), executions: 1, ..Settings::default() };
    let again = check::<Breaks<0>>(&settings).unwrap_err();
    assert_eq!((again.story, again.detail), (first.story, first.detail));
}
