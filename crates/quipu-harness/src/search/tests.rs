//! The parts of the search against something simpler, or against the services of the simulator.

use std::collections::{BTreeMap, BTreeSet};

use quipu_node::{Answer, KvError, KvRequest, Rng, Service, Value};
use quipu_sim::{Endpoint, Intent, SeqKvModel, Services};

use super::actors::{Ask, Fate};
use super::definition::explanation;
use super::program::Program;
use super::store::Store;
use super::words::{Asked, KEYS_MAX, Map, Said, Words};
use super::{NODES_MAX, unlucky_seed};

/// A store without keys.
const EMPTY: Map = [None; KEYS_MAX];

/// A request about one of two keys and three values.
fn request(rng: &mut Rng) -> KvRequest {
    let mut value = || Value::from(rng.below(3));
    let (from, to) = (value(), value());
    let key = Value::from(if rng.chance(0.7) { "x" } else { "y" });
    match rng.below(3) {
        0 => KvRequest::Read { key },
        1 => KvRequest::Write { key, value: to },
        _ => KvRequest::CompareAndSwap { key, from, to, create_if_not_exists: rng.chance(0.5) },
    }
}

fn ask(
    services: &mut Services,
    service: Service,
    node: usize,
    request: &KvRequest,
) -> Result<Answer, KvError> {
    let caller = Endpoint::Node(u16::try_from(node).expect("few nodes"));
    services.handle(service, caller, request, Intent::Unknown).answer.expect("it knows such requests")
}

/// What was said, in small numbers: among what can be said at all.
fn said(words: &Words, asked: Asked, answer: &Result<Answer, KvError>, values: &[Asked]) -> Said {
    let held = values.iter().filter_map(|other| other.puts()).map(Some).chain([None]);
    let mut possible = held.map(|held| asked.judge(held).0);
    possible
        .find(|said| words.answer(*said) == *answer)
        .expect("an answer made of values that were asked for")
}

#[test]
fn a_request_comes_to_what_the_simulated_services_make_of_it() {
    let mut rng = Rng::new(1);
    for _ in 0..200 {
        let mut services = Services::new(SeqKvModel::Maelstrom, rng.fork());
        let (mut words, mut held) = (Words::default(), BTreeMap::new());
        for _ in 0..20 {
            let request = request(&mut rng);
            let asked = words.asked(&request).expect("few words");
            assert_eq!(words.request(asked), request);
            let (said, put) = asked.judge(held.get(&asked.key).copied());
            assert_eq!(words.answer(said), ask(&mut services, Service::LinKv, 0, &request), "{request}");
            if let Some(put) = put {
                held.insert(asked.key, put);
            }
        }
    }
}

#[test]
fn every_answer_of_the_simulated_store_is_among_those_of_maelstroms_rule() {
    let mut rng = Rng::new(2);
    for run in 0..400 {
        let mut services = Services::new(SeqKvModel::Strict, rng.fork());
        let (mut words, mut all) = (Words::default(), Vec::new());
        // More than one, for a write says the same whether or not it changed something.
        let mut stores = BTreeSet::from([Store::default()]);
        let mut asked_by = [0; NODES_MAX];
        for _ in 0..25 {
            let node = rng.index(NODES_MAX);
            let request = request(&mut rng);
            let asked = words.asked(&request).expect("few words");
            all.push(asked);
            let answer = ask(&mut services, Service::SeqKv, node, &request);
            let said = said(&words, asked, &answer, &all);
            let question = (u8::try_from(node).expect("few nodes"), asked_by[node]);
            asked_by[node] += 1;
            let ways = stores.iter().flat_map(|store| store.ways(question, asked, false, &EMPTY));
            stores = ways.filter(|way| way.said == said).map(|way| way.after).collect();
            assert!(!stores.is_empty(), "run {run}: {request}: {answer:?}");
        }
    }
}

/// Callers that ask one question after another, of a store that answers as this model does.
fn sessions(model: SeqKvModel, callers: usize, questions: usize, rng: &mut Rng) -> Vec<Vec<Ask>> {
    let mut services = Services::new(model, rng.fork());
    let (mut words, mut all) = (Words::default(), Vec::new());
    let mut sessions = vec![Vec::new(); callers];
    for _ in 0..questions {
        let caller = rng.index(callers);
        let request = request(rng);
        let asked = words.asked(&request).expect("few words");
        all.push(asked);
        let answer = ask(&mut services, Service::SeqKv, caller, &request);
        let fate = Fate::Answered(said(&words, asked, &answer, &all));
        let after = (1 << sessions[caller].len()) - 1;
        sessions[caller].push(Ask::made_up(asked, after, fate));
    }
    sessions
}

fn slices(sessions: &[Vec<Ask>]) -> Vec<&[Ask]> {
    sessions.iter().map(Vec::as_slice).collect()
}

#[test]
fn the_definition_explains_all_that_the_simulated_stores_say() {
    let mut rng = Rng::new(3);
    for model in [SeqKvModel::Strict, SeqKvModel::Adversary] {
        for run in 0..300 {
            let sessions = sessions(model, 3, 18, &mut rng);
            assert!(explanation(&slices(&sessions), &EMPTY).is_some(), "run {run} of {model}: {sessions:?}");
        }
    }
}

/// Tries every order of all answered operations, and every part of the others among them.
fn explained_by_some_order(sessions: &[&[Ask]], placed: &mut Vec<(usize, usize)>) -> bool {
    let is_placed = |placed: &[_], session, index| placed.contains(&(session, index));
    let all = || {
        let of = |(session, asks): (usize, &&[Ask])| (0..asks.len()).map(move |index| (session, index));
        sessions.iter().enumerate().flat_map(of).collect::<Vec<_>>()
    };
    let ask = |(session, index): (usize, usize)| &sessions[session][index];
    if all().iter().all(|at| ask(*at).said().is_none() || is_placed(placed, at.0, at.1)) {
        let mut held = BTreeMap::new();
        return placed.iter().all(|at| {
            let asked = ask(*at).asked.expect("a question to the store");
            let (said, put) = asked.judge(held.get(&asked.key).copied());
            put.map(|put| held.insert(asked.key, put));
            ask(*at).said().is_none_or(|answer| answer == said)
        });
    }
    all().into_iter().any(|(session, index)| {
        let known = (0..64).filter(|bit| sessions[session][index].after >> bit & 1 == 1);
        if is_placed(placed, session, index)
            || !known.clone().all(|before| is_placed(placed, session, before))
        {
            return false;
        }
        placed.push((session, index));
        let explained = explained_by_some_order(sessions, placed);
        placed.pop();
        explained
    })
}

#[test]
fn the_definition_agrees_with_trying_every_order() {
    let mut rng = Rng::new(4);
    let (mut explained, mut refuted) = (0, 0);
    for run in 0..400 {
        let mut sessions = sessions(SeqKvModel::Maelstrom, 2, 5, &mut rng);
        // What two answers say is exchanged, and one is not known, so that some have no explanation.
        let (mut one, mut other) = (sessions.remove(0), sessions.remove(0));
        if let (Some(first), Some(second)) = (one.last_mut(), other.last_mut()) {
            std::mem::swap(&mut first.fate, &mut second.fate);
        }
        if let Some((first, later)) = one.split_first_mut().filter(|_| run % 2 == 0) {
            first.fate = Fate::Lost;
            for ask in later {
                ask.after &= !1;
            }
        }
        let sessions = [one.as_slice(), other.as_slice()];
        let expected = explained_by_some_order(&sessions, &mut Vec::new());
        assert_eq!(explanation(&sessions, &EMPTY).is_some(), expected, "run {run}: {sessions:?}");
        *(if expected { &mut explained } else { &mut refuted }) += 1;
    }
    assert!(explained > 50 && refuted > 50, "{explained} explained, {refuted} refuted");
}

#[test]
fn programs_are_all_different_and_read_and_add() {
    let counts: Vec<_> = (2..6).map(|operations| Program::all(2, operations).len()).collect();
    // Of two operations: both at one node in either order, or one at each.
    assert_eq!(counts, [3, 12, 36, 90]);
    let programs = Program::all(3, 4);
    for (index, program) in programs.iter().enumerate() {
        assert_eq!(program.clients.iter().map(Vec::len).sum::<usize>(), 4);
        assert!(!programs[..index].contains(program), "{program:?} twice");
    }
}

#[test]
fn the_unlucky_seed_draws_a_number_three_times() {
    let mut rng = Rng::new(unlucky_seed());
    let drawn: Vec<_> = (0..3).map(|_| rng.fork().below(100)).collect();
    assert_eq!(drawn, [drawn[0]; 3]);
}
