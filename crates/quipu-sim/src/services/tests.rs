use super::replay::{Done, cas, create, explains, read, write};
use super::*;

const N0: Endpoint = Endpoint::Node(0);
const N1: Endpoint = Endpoint::Node(1);

fn services(model: SeqKvModel, seed: u64) -> Services {
    Services::new(model, Rng::new(seed))
}

/// Asks a store and returns the integer that it answers.
fn int(services: &mut Services, service: Service, caller: Endpoint, key: &str) -> Option<i64> {
    match services.handle(service, caller, &read(key), Intent::Unknown).answer {
        Some(Ok(Answer::Value(value))) => value.as_int().map(|int| i64::try_from(int).unwrap()),
        _ => None,
    }
}

fn seq(services: &mut Services, caller: Endpoint, request: &KvRequest) -> Result<Answer, KvError> {
    services.handle(Service::SeqKv, caller, request, Intent::Unknown).answer.unwrap()
}

/// `seq-kv` after `count` writes by n0.
fn after_writes(model: SeqKvModel, seed: u64, count: i64) -> Services {
    let mut services = services(model, seed);
    for value in 1..=count {
        seq(&mut services, N0, &write("x", value)).unwrap();
    }
    services
}

fn share(trials: u64, mut happens: impl FnMut(u64) -> bool) -> f64 {
    (0..trials).filter(|seed| happens(*seed)).count() as f64 / trials as f64
}

/// All that n1 reads until it meets the newest of `count` writes.
fn reads_until_newest(model: SeqKvModel, seed: u64, count: i64) -> Vec<i64> {
    let mut services = after_writes(model, seed, count);
    let mut values = Vec::new();
    while values.last() != Some(&count) {
        values.push(int(&mut services, Service::SeqKv, N1, "x").unwrap_or(0));
        assert!(values.len() < 1000, "the newest state is met at last");
    }
    values
}

#[test]
fn every_model_is_found_by_its_name() {
    for model in [SeqKvModel::Maelstrom, SeqKvModel::Strict, SeqKvModel::Adversary] {
        assert_eq!(model.to_string().parse(), Ok(model));
    }
    assert!("lenient".parse::<SeqKvModel>().is_err());
}

#[test]
fn a_first_read_after_100_foreign_writes_is_current_in_4_of_100() {
    let current = share(20_000, |seed| {
        let mut services = after_writes(SeqKvModel::Maelstrom, seed, 100);
        int(&mut services, Service::SeqKv, N1, "x") == Some(100)
    });
    assert!((current - 4.0 / 101.0).abs() < 0.005, "{current}");
}

#[test]
fn it_takes_about_five_reads_to_meet_the_newest_state() {
    let reads: usize = (0..2000).map(|seed| reads_until_newest(SeqKvModel::Maelstrom, seed, 100).len()).sum();
    let mean = reads as f64 / 2000.0;
    assert!((4.0..6.0).contains(&mean), "{mean}");
}

/// Twelve reads in a row by n1, after `count` writes.
fn session(model: SeqKvModel, seed: u64, count: i64) -> Vec<i64> {
    let mut services = after_writes(model, seed, count);
    (0..12).map(|_| int(&mut services, Service::SeqKv, N1, "x").unwrap_or(0)).collect()
}

#[test]
fn readers_far_behind_go_back_in_time_as_often_as_in_the_original() {
    for (count, expected) in [(31, 0.0), (40, 0.18), (100, 0.45), (300, 0.70)] {
        let backwards = share(4000, |seed| !session(SeqKvModel::Maelstrom, seed, count).is_sorted());
        assert!((backwards - expected).abs() < 0.03, "{backwards} after {count} writes");
    }
}

#[test]
fn a_strict_store_never_goes_back_in_time() {
    let backwards = share(500, |seed| !session(SeqKvModel::Strict, seed, 100).is_sorted());
    assert!(backwards <= 0.0, "{backwards}");
}

#[test]
fn a_write_never_written_before_makes_the_next_read_current() {
    for seed in 0..2000 {
        let mut services = after_writes(SeqKvModel::Maelstrom, seed, 20);
        seq(&mut services, N1, &write("fence", 1)).unwrap();
        assert_eq!(int(&mut services, Service::SeqKv, N1, "x"), Some(20));
    }
}

#[test]
fn a_write_of_what_an_old_state_holds_may_be_acknowledged_and_lost() {
    let lost = share(5000, |seed| {
        let mut services = services(SeqKvModel::Maelstrom, seed);
        seq(&mut services, N0, &write("x", 1)).unwrap();
        seq(&mut services, N0, &write("x", 2)).unwrap();
        // Three states, of which one holds 1 already.
        let served = services.handle(Service::SeqKv, N1, &write("x", 1), Intent::Unknown);
        assert_eq!(served.answer, Some(Ok(Answer::Written)));
        !served.observation.unwrap().changed
    });
    assert!((lost - 1.0 / 3.0).abs() < 0.03, "{lost}");
}

#[test]
fn a_swap_refused_by_the_newest_state_leaves_a_duplicate_state() {
    // N1 stands on the first state, where the swap matches; a later one makes the newest refuse it.
    for seed in 0..200 {
        let mut services = services(SeqKvModel::Maelstrom, seed);
        seq(&mut services, N0, &write("x", 1)).unwrap();
        seq(&mut services, N0, &write("x", 2)).unwrap();
        let served = services.handle(Service::SeqKv, N1, &cas("x", 1, 3), Intent::Unknown);
        let observation = served.observation.unwrap();
        if observation.newest == 3 {
            assert_eq!(served.answer, Some(Err(KvError::PreconditionFailed)));
            assert!(!observation.changed);
            assert_eq!(int(&mut services, Service::SeqKv, N1, "x"), Some(2), "the caller is up to date");
            return;
        }
    }
    panic!("the swap never matched an old state");
}

#[test]
fn every_answer_of_a_strict_store_is_explained_by_the_order_of_its_states() {
    for seed in 0..1000 {
        let mut rng = Rng::new(seed);
        let mut services = services(SeqKvModel::Strict, seed);
        let mut done = Vec::new();
        for serial in 0..200 {
            let caller = Endpoint::Node(u16::try_from(rng.below(3)).unwrap());
            let key = ["a", "b", "c"][rng.index(3)];
            let (from, to) = (i64::try_from(rng.below(4)).unwrap(), i64::try_from(rng.below(4)).unwrap());
            let request = match rng.below(5) {
                0 => write(key, to),
                1 => create(key, from, to),
                2 => cas(key, from, to),
                _ => read(key),
            };
            let served = services.handle(Service::SeqKv, caller, &request, Intent::Unknown);
            let state = served.observation.unwrap().picked;
            done.push((state, Done { serial, caller, request, answer: served.answer.unwrap() }));
        }
        // What made a state came before everything that saw it.
        done.sort_by_key(|(state, done)| (*state, done.serial));
        let order: Vec<Done> = done.into_iter().map(|(_, done)| done).collect();
        assert_eq!(explains(&order), Ok(()), "seed {seed}");
    }
}

#[test]
fn an_observation_tells_what_the_state_lacked() {
    for seed in 0..100 {
        let mut services = after_writes(SeqKvModel::Maelstrom, seed, 3);
        let served = services.handle(Service::SeqKv, N1, &read("x"), Intent::Unknown);
        let observation = served.observation.unwrap();
        assert_eq!(observation.newest, 3);
        let states: Vec<u64> = observation.missed.iter().map(|change| change.state).collect();
        assert_eq!(states, (observation.picked + 1..=3).collect::<Vec<_>>());
        if observation.picked == 1 {
            assert_eq!(observation.to_string(), "state 1 of 3; missed 2 changes, last: x 2 -> 3 by n0");
        }
    }
}

#[test]
fn looking_on_changes_no_answer() {
    let run = |observing| {
        let mut services = services(SeqKvModel::Maelstrom, 9);
        services.set_observing(observing);
        let mut rng = Rng::new(1);
        (0..500)
            .map(|step| {
                let caller = Endpoint::Node(u16::try_from(rng.below(3)).unwrap());
                let request = if rng.chance(0.4) { write("x", step) } else { read("x") };
                seq(&mut services, caller, &request)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn lin_kv_is_one_map_and_the_oracle_counts() {
    let mut services = services(SeqKvModel::Maelstrom, 1);
    let mut ask = |service, caller, request: &KvRequest| {
        services.handle(service, caller, request, Intent::Unknown).answer
    };
    assert_eq!(ask(Service::LinKv, N0, &read("x")), Some(Err(KvError::KeyDoesNotExist)));
    assert_eq!(ask(Service::LinKv, N0, &create("x", 0, 1)), Some(Ok(Answer::Swapped)));
    assert_eq!(ask(Service::LinKv, N1, &cas("x", 0, 2)), Some(Err(KvError::PreconditionFailed)));
    assert_eq!(ask(Service::LinKv, N1, &read("x")), Some(Ok(Answer::Value(1i64.into()))));
    assert_eq!(ask(Service::LinTso, N0, &KvRequest::Timestamp), Some(Ok(Answer::Timestamp(0))));
    assert_eq!(ask(Service::LinTso, N1, &KvRequest::Timestamp), Some(Ok(Answer::Timestamp(1))));
}

#[test]
fn a_service_does_not_answer_what_it_does_not_know() {
    for model in [SeqKvModel::Maelstrom, SeqKvModel::Strict, SeqKvModel::Adversary] {
        let mut services = services(model, 1);
        for (service, request) in [
            (Service::SeqKv, KvRequest::Timestamp),
            (Service::LinKv, KvRequest::Timestamp),
            (Service::LwwKv, KvRequest::Timestamp),
            (Service::LinTso, read("x")),
        ] {
            assert_eq!(services.handle(service, N0, &request, Intent::Unknown).answer, None);
        }
    }
}

#[test]
fn lww_kv_shows_a_caller_its_own_write_about_every_second_time() {
    let mut services = services(SeqKvModel::Maelstrom, 5);
    let mut value = 0;
    let own = share(5000, |_| {
        value += 1;
        services.handle(Service::LwwKv, N0, &write("x", value), Intent::Unknown);
        int(&mut services, Service::LwwKv, N0, "x") == Some(value)
    });
    assert!((0.45..0.65).contains(&own), "{own}");
}

#[test]
fn lww_kv_does_not_create_by_swapping() {
    let mut services = services(SeqKvModel::Maelstrom, 5);
    let answer = services.handle(Service::LwwKv, N0, &create("x", 0, 1), Intent::Unknown).answer;
    assert_eq!(answer, Some(Err(KvError::KeyDoesNotExist)));
}
