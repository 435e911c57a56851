use quipu_node::Rng;

use super::super::replay::{Done, cas, create, explains, read, write};
use super::*;

const N0: Endpoint = Endpoint::Node(0);
const N1: Endpoint = Endpoint::Node(1);
const N2: Endpoint = Endpoint::Node(2);

/// An adversary, and everything it was asked and answered.
struct Recorded {
    store: Adversary,
    done: Vec<(Place, Done)>,
}

impl Recorded {
    fn new() -> Self {
        Self { store: Adversary::new(), done: Vec::new() }
    }

    fn ask(
        &mut self,
        caller: Endpoint,
        request: &KvRequest,
        intent: Intent,
    ) -> Option<Result<Answer, KvError>> {
        let decision = self.store.decide(caller, request, intent)?;
        let done = Done {
            serial: self.done.len(),
            caller,
            request: request.clone(),
            answer: decision.answer.clone(),
        };
        self.done.push((decision.place, done));
        Some(decision.answer)
    }

    fn does(&mut self, caller: Endpoint, request: &KvRequest) -> Result<Answer, KvError> {
        self.ask(caller, request, Intent::Unknown).expect("without debts, everything is answered")
    }

    fn reads(&mut self, caller: Endpoint, key: &str) -> Option<i64> {
        match self.does(caller, &read(key)) {
            Ok(Answer::Value(value)) => value.as_int().map(|int| i64::try_from(int).unwrap()),
            _ => None,
        }
    }

    /// Holds the store to its promise: its own order explains every answer.
    fn check(mut self) -> Result<(), String> {
        self.done.sort_by_key(|(place, _)| self.store.order.label(*place));
        explains(&self.done.into_iter().map(|(_, done)| done).collect::<Vec<_>>())
    }
}

#[test]
fn every_answer_is_explained_by_one_order_of_all_operations() {
    for seed in 0..3000 {
        let mut rng = Rng::new(seed);
        let mut store = Recorded::new();
        let (callers, keys, values) = (2 + rng.below(3), 1 + rng.below(3), 2 + rng.below(6));
        for step in 0..rng.below(60) {
            let caller = Endpoint::Node(u16::try_from(rng.below(callers)).unwrap());
            let key = ["a", "b", "c"][rng.index(usize::try_from(keys).unwrap())];
            let mut value =
                || i64::try_from(if rng.chance(0.2) { 1000 + step } else { rng.below(values) }).unwrap();
            let (from, to) = (value(), value());
            let request = match rng.below(4) {
                0 => read(key),
                1 => write(key, to),
                2 => create(key, from, to),
                _ => cas(key, from, to),
            };
            store.does(caller, &request).ok();
        }
        assert_eq!(store.check(), Ok(()), "seed {seed}");
    }
}

/// A client of a lock: takes it, reads or also writes, gives it back. One step at a time.
struct Locker {
    me: Endpoint,
    adds: bool,
    step: u8,
    sum: i64,
    attempts: u32,
}

impl Locker {
    fn go_on(&mut self, store: &mut Recorded) {
        let intent = if self.adds { Intent::Unknown } else { Intent::ReadsOnly };
        match self.step {
            0 => {
                self.attempts += 1;
                assert!(self.attempts < 150, "the lock is taken at last");
                let taken = store.ask(self.me, &cas("lock", 0, 1), intent);
                self.step = u8::from(taken == Some(Ok(Answer::Swapped)));
            }
            1 => {
                self.sum = match store.ask(self.me, &read("sum"), intent).unwrap() {
                    Ok(Answer::Value(value)) => i64::try_from(value.as_int().unwrap()).unwrap(),
                    _ => 0,
                };
                self.step = if self.adds { 2 } else { 3 };
            }
            2 => {
                store.ask(self.me, &write("sum", self.sum + 1), intent).unwrap().unwrap();
                self.step = 3;
            }
            _ => {
                let given_back = store.ask(self.me, &cas("lock", 1, 0), intent).unwrap();
                assert_eq!(given_back, Ok(Answer::Swapped));
                self.attempts = 0;
                self.step = 0;
            }
        }
    }
}

#[test]
fn locks_taken_in_the_past_are_explained_too_and_make_reads_stale() {
    let mut stale = 0;
    for seed in 0..500 {
        let mut rng = Rng::new(seed);
        let mut store = Recorded::new();
        store.does(N0, &create("lock", 0, 0)).unwrap();
        let locker =
            |number| Locker { me: Endpoint::Node(number), adds: false, step: 0, sum: 0, attempts: 0 };
        let mut lockers = [locker(0), locker(1), locker(2)];
        let (mut written, mut turn) = (0, 0);
        for _ in 0..200 {
            // Mostly without contention: who is refused is brought up to date.
            turn = if rng.chance(0.8) { turn } else { rng.index(3) };
            let locker = &mut lockers[turn];
            if locker.step == 0 {
                locker.adds = rng.chance(0.5);
            }
            let known = written;
            locker.go_on(&mut store);
            match (locker.step, locker.adds) {
                (3, false) => stale += u32::from(locker.sum < known),
                (3, true) => {
                    assert_eq!(locker.sum, written, "seed {seed}: an add under the lock is never lost");
                    written += 1;
                }
                _ => {}
            }
        }
        for locker in &mut lockers {
            while locker.step != 0 {
                locker.go_on(&mut store);
            }
        }
        assert_eq!(store.check(), Ok(()), "seed {seed}");
    }
    assert!(stale > 500, "only {stale} stale reads");
}

#[test]
fn in_debt_what_cannot_be_placed_in_the_past_is_not_done() {
    let mut store = Recorded::new();
    for caller in [N0, N1] {
        store.does(caller, &create("lock", 0, 0)).unwrap();
    }
    for request in [cas("lock", 0, 1), read("sum"), write("sum", 5), cas("lock", 1, 0)] {
        store.does(N0, &request).ok();
    }
    assert_eq!(store.ask(N1, &cas("lock", 0, 1), Intent::ReadsOnly), Some(Ok(Answer::Swapped)));
    assert_eq!(store.reads(N1, "sum"), None, "the sum is not there yet");
    assert_eq!(store.ask(N1, &write("sum", 7), Intent::ReadsOnly), None);
    assert_eq!(store.ask(N1, &cas("lock", 1, 2), Intent::ReadsOnly), None);
    assert_eq!(store.does(N1, &cas("lock", 1, 0)), Ok(Answer::Swapped));
    assert_eq!(store.does(N1, &write("sum", 7)), Ok(Answer::Written));
    assert_eq!(store.check(), Ok(()));
}

/// One node has added; does a read on another, after `fence`, miss it?
fn misses_an_add(fence: &[KvRequest]) -> bool {
    let mut store = Recorded::new();
    for (caller, slot) in [(N0, "n0"), (N1, "n1")] {
        store.does(caller, &create(slot, 0, 0)).unwrap();
        store.does(caller, &create("fence", 0, 0)).unwrap();
    }
    store.reads(N1, "n0");
    store.does(N0, &cas("n0", 0, 5)).unwrap();
    for request in fence {
        store.does(N1, request).unwrap();
    }
    let seen = store.reads(N1, "n0");
    assert_eq!(store.check(), Ok(()));
    seen != Some(5)
}

#[test]
fn no_write_nor_swap_on_another_key_makes_the_next_read_fresh() {
    let fences: [&[KvRequest]; 5] = [
        &[],
        &[write("fence", 77)],
        &[write("fence", 0)],
        &[cas("n1", 0, 0)],
        &[cas("n1", 0, 3), cas("n1", 3, 4)],
    ];
    for fence in fences {
        assert!(misses_an_add(fence), "{fence:?}");
    }
}

#[test]
fn a_change_that_nobody_saw_before_it_was_overwritten_does_not_count() {
    let mut store = Recorded::new();
    store.reads(N1, "sum");
    store.does(N0, &write("sum", 5)).unwrap();
    store.does(N0, &write("fence", 1)).unwrap();
    store.does(N1, &write("fence", 2)).unwrap();
    assert_eq!(store.reads(N1, "sum"), None, "n1's fence may stand before n0's, which overwrote it");
    assert_eq!(store.check(), Ok(()));
}

#[test]
fn a_fence_whose_old_value_the_writer_has_seen_works() {
    let mut store = Recorded::new();
    store.reads(N1, "sum");
    store.does(N0, &write("sum", 5)).unwrap();
    store.does(N0, &create("fence", 0, 1)).unwrap();
    store.does(N1, &write("fence", 2)).unwrap();
    assert_eq!(store.reads(N1, "sum"), Some(5), "n0 saw that n1 had not written yet");
    assert_eq!(store.check(), Ok(()));
}

#[test]
fn a_refused_swap_brings_the_caller_to_the_newest_state() {
    let mut store = Recorded::new();
    store.does(N0, &create("sum", 0, 0)).unwrap();
    assert_eq!(store.reads(N1, "sum"), None, "the oldest state is empty");
    assert_eq!(store.does(N1, &cas("sum", 7, 8)), Err(KvError::PreconditionFailed));
    for sum in 0..40 {
        store.does(N0, &cas("sum", sum, sum + 1)).unwrap();
    }
    assert_eq!(store.reads(N1, "sum"), Some(0), "as old as lawful");
    assert_eq!(store.does(N1, &cas("sum", 0, 1)), Err(KvError::PreconditionFailed));
    assert_eq!(store.reads(N1, "sum"), Some(40), "after a refusal, the newest");
    assert_eq!(store.check(), Ok(()));
}

#[test]
fn an_old_state_does_not_refuse_twice() {
    let mut store = Recorded::new();
    store.does(N0, &write("lock", 1)).unwrap();
    assert_eq!(store.does(N1, &cas("lock", 0, 1)), Err(KvError::PreconditionFailed));
    store.does(N0, &write("lock", 0)).unwrap();
    assert_eq!(store.does(N1, &cas("lock", 0, 1)), Err(KvError::PreconditionFailed), "out of the past");
    assert_eq!(store.does(N1, &cas("lock", 0, 1)), Ok(Answer::Swapped));
    assert_eq!(store.check(), Ok(()));
}

#[test]
fn a_chain_of_swaps_to_fresh_values_stays_linearizable_and_live() {
    // A value is sum * 1000 + tag; every operation, a read too, ends with a swap to a tag never used.
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let mut store = Recorded::new();
        let (mut sum, mut tag) = (0, 0);
        let mut known: [Option<i64>; 3] = [None; 3];
        let mut in_vain = 0;
        for _ in 0..300 {
            let number = rng.index(3);
            let me = [N0, N1, N2][number];
            let delta = i64::try_from(rng.below(2)).unwrap();
            let from = known[number].unwrap_or(0);
            tag += 1;
            let to = (from / 1000 + delta) * 1000 + tag;
            if let Ok(Answer::Swapped) = store.does(me, &create("chain", from, to)) {
                sum += delta;
                assert_eq!(to / 1000, sum, "seed {seed}: each success sees all earlier ones");
                known[number] = Some(to);
                in_vain = 0;
            } else {
                known[number] = store.reads(me, "chain");
                in_vain += 1;
            }
            assert!(in_vain < 30, "seed {seed}: a refusal, a read and a swap make progress");
        }
        assert!(sum > 50, "seed {seed}");
        assert_eq!(store.check(), Ok(()), "seed {seed}");
    }
}

#[test]
fn an_observation_counts_the_changes_and_names_those_missed() {
    let mut store = Adversary::new();
    for sum in 0..3 {
        store.handle(N0, &create("sum", sum, sum + 1), Intent::Unknown, true);
    }
    let served = store.handle(N1, &read("sum"), Intent::Unknown, true);
    let observation = served.observation.unwrap();
    assert_eq!((observation.picked, observation.newest, observation.changed), (0, 3, false));
    let missed: Vec<String> = observation.missed.iter().map(ToString::to_string).collect();
    assert_eq!(missed, ["sum created as 1 by n0", "sum 1 -> 2 by n0", "sum 2 -> 3 by n0"]);
}
