//! The path: all lessons in their order.

use crate::lab::{Lab, LessonError};
use crate::lessons as of;
use crate::report::Report;
use crate::skeleton::Skeleton;

/// A lesson: its name, what it is about, and the function that gives it.
#[derive(Clone, Copy, Debug)]
pub struct Lesson {
    /// Its number on the path, from 1.
    pub number: usize,
    /// Its name on the command line and in addresses.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// In one line.
    pub summary: &'static str,
    /// The part of the path that it belongs to.
    pub part: Part,
    /// What its exercise starts from.
    pub skeleton: Skeleton,
    run: fn(&Lab<'_>) -> Result<Report, LessonError>,
}

/// Parts of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Counters in a store that everybody shares.
    Store,
    /// Counters without a store.
    Replicas,
    /// Sets, registers, text, carts.
    Types,
    /// What applications ask for.
    Applications,
}

impl Part {
    /// In the order of the path.
    pub const ALL: [Self; 4] = [Self::Store, Self::Replicas, Self::Types, Self::Applications];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Store => "A counter in a shared store",
            Self::Replicas => "A counter without a store",
            Self::Types => "Sets, registers, text and carts",
            Self::Applications => "What applications ask for",
        }
    }
}

impl Lesson {
    /// Makes the runs and writes the report.
    pub fn give(&self, lab: &Lab<'_>) -> Result<Report, LessonError> {
        (self.run)(lab)
    }
}

/// The lesson of a name or a number.
pub fn find(name_or_number: &str) -> Option<&'static Lesson> {
    let number = name_or_number.parse::<usize>().ok();
    LESSONS.iter().find(|lesson| lesson.name == name_or_number || Some(lesson.number) == number)
}

macro_rules! path {
    ($($number:literal $part:ident $skeleton:ident $module:ident $name:literal $title:literal $summary:literal;)*) => {
        /// All lessons, in the order of the path.
        pub const LESSONS: &[Lesson] = &[$(Lesson {
            number: $number, name: $name, title: $title, summary: $summary, part: Part::$part,
            skeleton: Skeleton::$skeleton, run: of::$module::give,
        }),*];
    };
}

path! {
    1 Store StoreCounter lost_update "lost-update" "Lost update" "read, add, write: two who read the same sum write the same sum";
    2 Store StoreCounter stale_reads "stale-reads" "Stale reads" "a sequentially consistent store may show the past: a toss among remembered states";
    3 Store StoreCounter compare_and_swap "compare-and-swap" "Compare and swap" "nothing is lost any more, and the last read is still old";
    4 Store StoreCounter fences "fences" "Fences that are not enough" "identity swap, lock and fresh write before a definition that allows the past";
    5 Store StoreCounter chain "chain" "The chain" "values that never return make every operation current, on every such store";
    6 Store StoreCounter key_per_node "key-per-node" "A key per node" "no contention, the same old reads, and the swap that is its own barrier";
    7 Replicas PeerCounter g_counter "g-counter" "The G-Counter" "no store: send what you know, not what you did";
    8 Replicas PeerCounter maximum "maximum" "Why a maximum per node loses nothing" "one number and a maximum forget concurrent increments; one per node do not";
    9 Replicas PeerCounter laws "laws" "The three laws" "commutative, associative, idempotent: each broken once";
    10 Replicas PeerCounter pn_counter "pn-counter" "The PN-Counter" "down as well as up, and what happens if only one half is merged";
    11 Replicas PeerCounter gossip "gossip" "Gossip" "the staleness of one tick, and pushing at once";
    12 Replicas StoreCounter retries "retries" "Retries and double counting" "an answer that is lost is not an add that is lost";
    13 Replicas PeerCounter fixed_point "fixed-point" "Floats that do not add up" "the order of arrival changes a float sum; fixed point does not care";
    14 Replicas PeerCounter official "official" "The official workload, ten thousand times" "what a test that passes says, and what ten thousand of them say";
    15 Types Set or_set "or-set" "Sets with removal" "a union brings back what was removed; an OR-Set knows what it has seen";
    16 Types Register mv_register "mv-register" "Registers" "last writer wins means that somebody loses unread";
    17 Types Text text "text" "Text" "indexes, interleaving, RGA and Fugue";
    18 Types Cart cart "cart" "The shopping cart" "lost update, resurrection and OR-Set side by side on one schedule";
    19 Types Set amnesia "amnesia" "Amnesia and incarnations" "a replica that forgot its newest change must not speak under its old name";
    20 Applications PeerCounter read_your_writes "read-your-writes" "Read your writes, four ways" "sticky session, causal token, synchronous replication, linearizable store";
    21 Applications Set unique_viewers "unique-viewers" "Unique viewers" "sums of distinct counts count twice; HyperLogLog joins";
    22 Applications PeerCounter total_views "total-views" "Total views" "sliding windows of event time, late events, and retries";
    23 Applications Stock stock "stock" "Stock that must not go negative" "a check on a replica is a check of the past; rights are not";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_numbered_and_every_name_leads_to_its_lesson() {
        for (index, lesson) in LESSONS.iter().enumerate() {
            assert_eq!(lesson.number, index + 1);
            assert_eq!(find(lesson.name).map(|found| found.number), Some(lesson.number));
            assert_eq!(find(&lesson.number.to_string()).map(|found| found.name), Some(lesson.name));
        }
        assert!(find("0").is_none() && find("no-such-lesson").is_none());
    }

    #[test]
    fn parts_follow_one_another() {
        let place = |lesson: &Lesson| Part::ALL.iter().position(|part| *part == lesson.part);
        assert!(LESSONS.is_sorted_by_key(place));
    }
}
