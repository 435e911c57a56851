//! Bytes of a state: against replicas, and against replicas that come and go; and the table of two counters and a register.

use std::time::Duration;

use quipu_crdt::{BoundedCounter, Causal, GCounter, Lattice, NodeName, OrSet, PnCounter, ReplicaId, wire};

use super::{Section, Sweeps};
use crate::load::Load;
use crate::mechanism::Mechanism;
use crate::plot::{Axes, Line, lines};
use crate::setup::Setup;
use crate::table::{Table, one};

/// What each replica has done in the states that are weighed.
const ADDS: u64 = 1000;

fn replica(number: u64, life: u64) -> ReplicaId {
    // Incarnations are random numbers of 63 bits in a real node, and take as much room.
    let random = (number * 1_000_003 + life + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 1;
    ReplicaId::new(NodeName::new(&format!("n{number}")), random)
}

/// The bytes of the three counters, each changed by replicas in so many lives of each.
fn counters(replicas: u64, lives: u64) -> [u64; 3] {
    let (mut grow, mut both, mut bounded) =
        (GCounter::default(), PnCounter::default(), BoundedCounter::default());
    for number in 0..replicas {
        for life in 0..lives {
            let id = replica(number, life);
            // Such sums are far below 2^64, so that none of these fails.
            let _ = grow.increment(id, ADDS);
            let _ = both.increment(id, ADDS);
            let _ = both.decrement(id, ADDS / 2);
            let _ = bounded.increment(id, ADDS);
            let _ = bounded.transfer(id, replica((number + 1) % replicas.max(2), life), ADDS / 4);
        }
    }
    [wire::encode(&grow).len(), wire::encode(&both).len(), wire::encode(&bounded).len()].map(|len| len as u64)
}

/// The bytes of a set from which all but ten of the elements that ever were have been removed, and of a naive one that keeps
/// a mark for each.
fn sets(changes: u64) -> [u64; 2] {
    let mut set: Causal<OrSet<u64>> = Causal::default();
    for element in 0..changes {
        let id = replica(element % 3, 0);
        // Both can fail only when a replica's numbers are used up.
        let _ = set.add(id, element);
        if element >= 10 {
            set.remove(id, &(element - 10));
        }
    }
    // Two-phase: each element ever added and each ever removed, both in full.
    let marks: Vec<u64> = (0..changes).chain(0..changes.saturating_sub(10)).collect();
    let naive = postcard::to_allocvec(&marks).map_or(0, |bytes| bytes.len());
    [wire::encode(&set).len() as u64, naive as u64]
}

pub(super) fn and_registers(sweeps: &mut Sweeps<'_>) -> Section {
    sweeps.begin("space");
    let mut table = Table::new(
        "space-counters",
        "Bytes of one counter on the wire, against replicas and lives of each (a life is an identity used up).",
        &["replicas", "lives of each", "G-Counter", "PN-Counter", "bounded counter", "a number"],
    );
    let mut churn: Vec<Vec<(f64, f64)>> = vec![Vec::new(); 3];
    for (replicas, lives) in [(1, 1), (3, 1), (5, 1), (9, 1), (50, 1), (5, 2), (5, 10), (5, 50), (5, 200)] {
        let bytes = counters(replicas, lives);
        let mut row = vec![replicas.into(), lives.into()];
        row.extend(bytes.map(Into::into));
        row.push(8.into());
        table.row(row);
        if replicas == 5 {
            for (line, bytes) in churn.iter_mut().zip(bytes) {
                line.push(((replicas * lives) as f64, bytes as f64));
            }
        }
    }
    let mut set_table = Table::new(
        "space-sets",
        "Bytes of a set of ten live elements, against the elements that ever were.",
        &["ever added", "OR-Set, causal context", "two-phase set with tombstones"],
    );
    for changes in [10, 100, 1000, 10_000] {
        let [causal, naive] = sets(changes);
        set_table.row(vec![changes.into(), causal.into(), naive.into()]);
    }
    let names = ["G-Counter", "PN-Counter", "bounded counter"];
    let drawn = names.iter().zip([1, 3, 6]).zip(churn);
    let drawn: Vec<Line> = drawn.map(|((name, colour), points)| Line::new(*name, colour, points)).collect();
    let axes = Axes {
        title: "Size of one counter against identities that ever changed it",
        x: "identities (five replicas, 1 to 200 lives each)",
        y: "bytes",
        log_x: true,
        log_y: true,
        ..Axes::default()
    };
    Section {
        id: "space",
        title: "Space, and two counters beside a register",
        text: vec![
            "A replicated counter has a slot for every identity that ever changed it, and never gives one up. With a fixed set \
             of replicas that is a few bytes each. With identities that come and go it grows without end, which is why a \
             node that knows it has forgotten nothing keeps its identity, and one that does not may not. A set with a causal \
             context is different: what was removed leaves nothing but a range of numbers."
                .into(),
        ],
        pictures: vec![lines(
            "space",
            "Bytes of a counter grow in proportion to the identities that ever changed it.",
            &axes,
            &drawn,
        )],
        tables: vec![registers(sweeps), table, set_table],
    }
}

/// G-Counter, PN-Counter and shared register by measured dimensions. The register is the number at the home, written by
/// read, compute, write; and, next to it, by compare-and-swap.
fn registers(sweeps: &mut Sweeps<'_>) -> Table {
    let mut table = Table::new(
        "counters-and-register",
        "The same counter as G-Counter, PN-Counter and shared register, measured: five replicas, 20 ms apart, 16 users on one \
         counter.",
        &["dimension", "G-Counter", "PN-Counter", "register, read then write", "register, compare-and-swap"],
    );
    let setup = Setup::default();
    let operations = sweeps.operations(4000);
    let contended = Load { keys: 1, operations, ..Load::default() };
    let mut measured = Vec::new();
    // A G-Counter's node does what a PN-Counter's does when nothing is taken: one half of the slots stays empty.
    for mechanism in [Mechanism::CrdtDelta, Mechanism::Blind, Mechanism::Optimistic] {
        measured.push(sweeps.look(mechanism, &setup, &contended, true));
    }
    let [replicated, blind, swapped] = &measured[..] else { return table };
    let samples = [replicated, replicated, blind, swapped];
    let mut add = |name: &str, of: &dyn Fn(&super::Sample) -> f64| {
        let mut row = vec![name.into()];
        row.extend(samples.iter().map(|sample| one(of(sample))));
        table.row(row);
    };
    add("adds per second", &|sample| sample.speed.goodput);
    add("p50 ms", &|sample| sample.speed.latency_ms(0.5));
    add("p99 ms", &|sample| sample.speed.latency_ms(0.99));
    add("acknowledged adds lost, %", &|sample| {
        100.0 * sample.verdict.lost as f64 / sample.verdict.accepted.max(1) as f64
    });
    add("attempts per add", &|sample| {
        let attempts = sample.history.tally.attempts;
        if attempts == 0 { 1.0 } else { attempts as f64 / sample.verdict.accepted.max(1) as f64 }
    });
    add("messages per add", &|sample| sample.history.messages as f64 / sample.verdict.accepted.max(1) as f64);
    let [grow, both, _] = counters(5, 1);
    table.row(vec!["bytes of the state".into(), grow.into(), both.into(), 8.into(), 8.into()]);
    let (grow_apart, both_apart) = taking();
    table.row(vec!["can take away".into(), grow_apart.into(), both_apart.into(), "yes".into(), "yes".into()]);
    let served = served_in_partition(sweeps, &setup);
    let mut row = vec!["adds served at a node cut off from the home, %".into(), one(served[0])];
    row.extend(served.map(one));
    table.row(row);
    table
}

/// Whether each counter is smaller after something was taken from it: found by trying.
fn taking() -> (&'static str, &'static str) {
    let id = replica(0, 0);
    let mut both = PnCounter::default();
    let shrunk = both.increment(id, 2).is_ok() && both.decrement(id, 1).is_ok() && both.value() == 1;
    let (mut grow, mut other) = (GCounter::default(), GCounter::default());
    let _ = (grow.increment(id, 2), other.increment(id, 1));
    // Writing a smaller number into the slot is undone by the next join.
    other.join(&grow);
    let undone = other.value() == grow.value();
    (if undone { "no: a join undoes it" } else { "yes" }, if shrunk { "yes" } else { "no" })
}

fn served_in_partition(sweeps: &mut Sweeps<'_>, setup: &Setup) -> [f64; 3] {
    use quipu_sim::{Fault, Partition};
    let load = Load {
        keys: 1,
        pace: crate::Pace::Open(Duration::from_millis(500)),
        operations: usize::MAX,
        duration: Duration::from_secs(6),
        faults: vec![(Duration::ZERO, Fault::Partition(Partition::isolating(&[4], 5)))],
        ..Load::default()
    };
    [Mechanism::CrdtDelta, Mechanism::Blind, Mechanism::Optimistic].map(|mechanism| {
        let sample = sweeps.look(mechanism, setup, &load, false);
        let (mut begun, mut served) = (0.0, 0.0);
        for done in sample.history.done.iter().filter(|done| done.node == 4) {
            begun += 1.0;
            served += f64::from(u8::from(matches!(done.outcome, crate::Outcome::Done(_))));
        }
        100.0 * served / f64::max(begun, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_grow_with_identities_and_a_set_does_not_with_what_was_removed() {
        let (few, many) = (counters(5, 1), counters(5, 100));
        assert!(many.iter().zip(few).all(|(many, few)| *many > 50 * few), "{few:?} {many:?}");
        let ([few, _], [many, naive]) = (sets(100), sets(10_000));
        assert!(many < few + 20 && naive > 20_000, "{few} {many} {naive}");
    }
}
