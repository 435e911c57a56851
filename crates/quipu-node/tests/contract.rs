//! The parts that every node and every world stands on: talks, the client, open questions, values, randomness.

use std::time::Duration;

use quipu_node::nodes::{Call, Fence, NodeKind, PerRequest, Remedy, Settings};
use quipu_node::{
    Answer, Effect, Event, Identity, Kv, KvClient, KvError, NodeId, OpenQuestions, QuestionId, Reply,
    ReplyTo, Request, Rng, Seat, Service, Time, Value, all,
};

fn seat<H, F>(handler: H) -> Seat
where
    H: Fn(Call, Request) -> F + Send + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let me = NodeId::new("n0");
    let identity = Identity { me: me.clone(), nodes: [me].into(), boot: 1 };
    Seat::new(Box::new(PerRequest::new(handler)), identity, Rng::new(1))
}

fn ask(seat: &mut Seat, now: Time) -> Vec<Effect> {
    let from = ReplyTo { client: "c1".into(), msg_id: 1, deadline: now + Duration::from_secs(4) };
    step(seat, now, Event::Request { from, request: Request::Read })
}

fn step(seat: &mut Seat, now: Time, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    seat.step(now, event, &mut effects);
    effects
}

fn answer(question: u64, value: i64) -> Event {
    Event::Answer { question: QuestionId(question), result: Ok(Answer::Value(value.into())) }
}

fn replies(effects: &[Effect]) -> Vec<Reply> {
    let reply = |effect: &Effect| match effect {
        Effect::Reply { reply, .. } => Some(reply.clone()),
        _ => None,
    };
    effects.iter().filter_map(reply).collect()
}

#[test]
fn questions_asked_side_by_side_go_out_together_and_may_be_answered_in_any_order() {
    let mut seat = seat(|call, _| async move {
        let kv = KvClient::seq_kv(call.line, Duration::from_secs(1));
        let read = all(["a", "b", "c"].map(|key| kv.read_int(key))).await;
        let digits = read.into_iter().fold(0, |sum, digit| sum * 10 + i128::from(digit.unwrap()));
        Reply::Counter(digits)
    });
    assert_eq!(ask(&mut seat, Time::ZERO).len(), 3);
    assert!(step(&mut seat, Time::ZERO, answer(3, 3)).is_empty());
    assert!(step(&mut seat, Time::ZERO, answer(1, 1)).is_empty());
    let effects = step(&mut seat, Time::ZERO, answer(2, 2));
    assert_eq!(replies(&effects), [Reply::Counter(123)]);
}

#[test]
fn a_second_or_unknown_answer_is_ignored() {
    let mut seat = seat(|call, _| async move {
        let kv = KvClient::seq_kv(call.line, Duration::from_secs(1));
        let sum = kv.read_int("a").await.unwrap() + kv.read_int("b").await.unwrap();
        Reply::Counter(sum.into())
    });
    ask(&mut seat, Time::ZERO);
    assert!(step(&mut seat, Time::ZERO, answer(99, 7)).is_empty());
    assert_eq!(step(&mut seat, Time::ZERO, answer(1, 1)).len(), 1);
    assert!(step(&mut seat, Time::ZERO, answer(1, 50)).is_empty());
    assert_eq!(replies(&step(&mut seat, Time::ZERO, answer(2, 2))), [Reply::Counter(3)]);
}

#[test]
fn a_pause_ends_with_its_own_timer_and_no_other() {
    let mut seat = seat(|call, _| async move {
        call.line.pause(Duration::from_millis(5)).await;
        Reply::AddOk
    });
    let effects = ask(&mut seat, Time::ZERO);
    let [Effect::SetTimer { after, timer }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*after, Duration::from_millis(5));
    assert!(step(&mut seat, Time::ZERO, Event::Timer(quipu_node::Timer::Retry(1))).is_empty());
    assert_eq!(replies(&step(&mut seat, Time::from_millis(5), Event::Timer(*timer))), [Reply::AddOk]);
}

#[test]
#[should_panic(expected = "awaited something that is not its line")]
fn a_talk_that_awaits_something_else_is_found_out_at_once() {
    let mut seat = seat(|_, _| async move {
        std::future::pending::<()>().await;
        Reply::AddOk
    });
    ask(&mut seat, Time::ZERO);
}

#[test]
fn a_bounded_client_waits_no_longer_than_its_deadline_and_then_asks_nothing_more() {
    let mut seat = seat(|call, _| async move {
        let until = Time::from_millis(300);
        let kv = KvClient::seq_kv(call.line, Duration::from_secs(1)).until(until);
        let _ = kv.read("a").await;
        let refused = kv.read("b").await;
        assert!(matches!(refused, Err(KvError::Refused(_))), "{refused:?}");
        // In any case, though: with a grace.
        let _ = kv.with_grace(Duration::from_millis(20)).read("c").await;
        Reply::AddOk
    });
    let timeouts = |effects: &[Effect]| match effects {
        [Effect::Ask { timeout, .. }] => *timeout,
        other => panic!("{other:?}"),
    };
    assert_eq!(timeouts(&ask(&mut seat, Time::from_millis(100))), Duration::from_millis(200));
    let effects = step(&mut seat, Time::from_millis(300), answer(1, 1));
    assert_eq!(timeouts(&effects), Duration::from_millis(20));
}

#[test]
fn an_open_question_is_answered_once_or_expires_once() {
    let mut open = OpenQuestions::default();
    open.insert(QuestionId(1), Time::from_millis(10));
    open.insert(QuestionId(2), Time::from_millis(5));
    assert_eq!(open.next_deadline(), Some(Time::from_millis(5)));
    assert!(open.remove(QuestionId(1)));
    assert!(!open.remove(QuestionId(1)));
    assert_eq!(open.pop_expired(Time::from_millis(4)), None);
    assert_eq!(open.pop_expired(Time::from_millis(5)), Some(QuestionId(2)));
    assert_eq!(open.pop_expired(Time::from_millis(50)), None);
}

#[test]
fn values_are_equal_by_type_and_value() {
    assert_eq!(Value::Int(1), Value::from(1_i64));
    assert_ne!(Value::Int(1), Value::Float(1.0));
    assert_ne!(Value::Null, Value::Bool(false));
    let [one, two] = [("a", 1_i64), ("b", 2)].map(|(key, value)| (key, Value::from(value)));
    assert_eq!(Value::map([one.clone(), two.clone()]), Value::map([two, one]));
    assert_eq!(Value::Float(f64::NAN), Value::Float(f64::NAN));
}

#[test]
fn equal_seeds_draw_alike_and_a_fork_does_not_move_its_parent() {
    let [mut one, mut two] = [Rng::new(5), Rng::new(5)];
    let mut fork = one.fork();
    two.fork();
    for _ in 0..10 {
        fork.next_u64();
    }
    assert_eq!(one.next_u64(), two.next_u64());
    assert_eq!((Rng::new(1).below(0), Rng::new(1).pick::<u8>(&[])), (0, None));
    let mean = Duration::from_millis(10);
    let draws: Vec<f64> = (0..10_000).map(|_| one.exponential(mean).as_secs_f64()).collect();
    let average = draws.iter().sum::<f64>() / draws.len() as f64;
    assert!((0.0095..0.0105).contains(&average), "{average}");
}

#[test]
fn names_are_read_as_they_are_written_and_unknown_ones_list_the_known() {
    for kind in NodeKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
        assert!(!kind.serves().is_empty());
        kind.build(&Settings::default());
    }
    for fence in Fence::ALL {
        assert_eq!(fence.name().parse(), Ok(fence));
    }
    for remedy in Remedy::ALL {
        assert_eq!(remedy.name().parse(), Ok(remedy));
    }
    for service in Service::ALL {
        assert_eq!(Service::from_name(service.name()), Some(service));
    }
    let error = "chian".parse::<NodeKind>().unwrap_err().to_string();
    assert!(error.contains("`chian`") && error.contains("slots, chain"), "{error}");
}

#[test]
fn an_error_tells_the_client_whether_it_may_have_happened() {
    let definite = |error: KvError| match Reply::from(error) {
        Reply::Error { kind, .. } => kind.is_definite(),
        other => panic!("{other:?}"),
    };
    assert!(definite(KvError::PreconditionFailed));
    assert!(definite(KvError::Refused("no".into())));
    assert!(!definite(KvError::Unknown("timeout".into())));
    assert!(!definite(KvError::Malformed("odd".into())));
}
