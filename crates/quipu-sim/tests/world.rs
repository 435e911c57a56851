//! What the world promises its nodes, and that a run is a function of its seed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quipu_node::{
    Answer, Cx, Event, KvError, KvRequest, Node, PeerMessage, Record, Reply, Request, Service, Time, Timer,
    Value,
};
use quipu_sim::{
    Distribution, Endpoint, Fault, Latency, NetworkConfig, Partition, SeqKvModel, Sim, SimConfig, TraceEvent,
    TraceKind,
};

fn ms(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn sim<N: Node + 'static>(config: SimConfig, seed: u64, make: fn() -> N) -> Sim {
    Sim::new(config, seed, Box::new(move || Box::new(make())))
}

fn traced() -> SimConfig {
    SimConfig { trace: true, ..SimConfig::default() }
}

/// A diary: every add is persisted before it is acknowledged; a read tells how many entries there are.
#[derive(Default)]
struct Diary(usize);

impl Node for Diary {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { recovered } => self.0 = recovered.len(),
            Event::Request { from, request: Request::Add(_) } => {
                self.0 += 1;
                cx.persist(Record(vec![1]));
                cx.reply(from, Reply::AddOk);
            }
            Event::Request { from, .. } => cx.reply(from, Reply::Counter(self.0 as i128)),
            _ => {}
        }
    }
}

fn disk(sync_ms: u64) -> SimConfig {
    let network = NetworkConfig { hop: Duration::ZERO, ..NetworkConfig::default() };
    SimConfig { network, disk_sync: Duration::from_millis(sync_ms), ..SimConfig::default() }
}

fn restart(sim: &mut Sim) {
    sim.inject(&Fault::Kill(vec![0]));
    sim.inject(&Fault::Restart(vec![0]));
}

/// How many entries n0's diary has.
fn entries(sim: &mut Sim) -> Reply {
    sim.request(99, 0, 1, Request::Read);
    sim.run_until(sim.now() + Duration::from_secs(1)).expect("the diary answers").reply
}

#[test]
fn what_follows_a_persist_waits_until_it_is_durable() {
    let mut sim = sim(disk(10), 1, Diary::default);
    sim.request(0, 0, 1, Request::Add(1));
    sim.run_until(ms(2));
    sim.request(1, 0, 1, Request::Read);
    let first = sim.run_until(ms(100)).unwrap();
    assert_eq!((first.client, sim.now()), (0, ms(10)));
    // The read was pushed later than the persist, so it waited as well.
    let second = sim.run_until(ms(100)).unwrap();
    assert_eq!((second.client, sim.now()), (1, ms(10)));
}

#[test]
fn a_crash_drops_the_unsynced_tail_and_what_waited_for_it() {
    let mut sim = sim(disk(10), 1, Diary::default);
    sim.request(0, 0, 1, Request::Add(1));
    sim.run_until(ms(5));
    sim.request(0, 0, 2, Request::Add(1));
    assert_eq!(sim.run_until(ms(12)).unwrap().msg_id, 1);
    restart(&mut sim);
    assert_eq!(sim.run_until(ms(100)), None, "the second add was never durable, so never acknowledged");
    assert_eq!(entries(&mut sim), Reply::Counter(1));
}

#[test]
fn a_dead_node_hears_nothing_and_the_restarted_one_is_new() {
    let mut sim = sim(traced(), 1, Diary::default);
    sim.inject(&Fault::Kill(vec![0]));
    sim.request(0, 0, 1, Request::Read);
    assert_eq!(sim.run_until(ms(100)), None);
    sim.inject(&Fault::Restart(vec![0]));
    assert_eq!(sim.run_until(ms(200)), None, "what came while it was dead is lost");
    assert_eq!(entries(&mut sim), Reply::Counter(0));
    let kinds: Vec<TraceKind> = sim.take_trace().into_iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&TraceKind::Crashed) && kinds.contains(&TraceKind::Restarted));
}

#[test]
fn a_fault_that_does_not_apply_changes_nothing() {
    let mut sim = sim(traced(), 1, Diary::default);
    for fault in [Fault::Restart(vec![0]), Fault::Resume(vec![0]), Fault::Kill(vec![9]), Fault::Pause(vec![])]
    {
        sim.inject(&fault);
    }
    assert!(sim.take_trace().iter().all(|event| event.kind == TraceKind::Fault));
    assert_eq!(entries(&mut sim), Reply::Counter(0));
}

/// Ticks every 10 ms and answers a read with the number of ticks and the time.
#[derive(Default)]
struct Clock(i64);

impl Node for Clock {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => cx.set_timer(Duration::from_millis(10), Timer::Round(0)),
            Event::Timer(timer) => {
                self.0 += 1;
                cx.set_timer(Duration::from_millis(10), timer);
            }
            Event::Request { from, .. } => {
                let now = i64::try_from(cx.now().as_nanos() / 1_000_000).expect("a short run");
                let fields = Value::List(vec![self.0.into(), now.into()].into());
                cx.reply(from, Reply::Custom { kind: "clock_ok".into(), fields });
            }
            _ => {}
        }
    }
}

#[test]
fn a_paused_node_takes_nothing_while_time_moves_on() {
    let mut sim = sim(SimConfig::default(), 1, Clock::default);
    sim.run_until(ms(55));
    sim.inject(&Fault::Pause(vec![0]));
    sim.request(0, 0, 1, Request::Read);
    assert_eq!(sim.run_until(ms(3000)), None);
    sim.inject(&Fault::Resume(vec![0]));
    let Reply::Custom { fields, .. } = sim.run_until(ms(3100)).unwrap().reply else {
        panic!("a clock's reply");
    };
    // The request came before the sixth tick was due, and is taken before it; but by then it is late.
    assert_eq!(fields, Value::List(vec![5i64.into(), 3000i64.into()].into()));
    sim.request(0, 0, 2, Request::Read);
    let Reply::Custom { fields, .. } = sim.run_until(ms(3009)).unwrap().reply else {
        panic!("a clock's reply");
    };
    assert_eq!(fields, Value::List(vec![6i64.into(), 3001i64.into()].into()));
}

#[test]
fn a_reply_after_the_deadline_is_dropped_and_counted() {
    let mut sim = sim(SimConfig::default(), 1, Diary::default);
    sim.run_until(ms(1));
    sim.request(7, 0, 3, Request::Add(1));
    let slow = SimConfig { disk_sync: Duration::from_secs(5), ..SimConfig::default() };
    let mut late = Sim::new(slow, 1, Box::new(|| Box::new(Diary::default())));
    late.request(7, 0, 3, Request::Add(1));
    assert!(sim.run_until(ms(9000)).is_some());
    assert_eq!(sim.late_replies(), []);
    assert_eq!(late.run_until(ms(9000)), None);
    let reply = &late.late_replies()[0];
    assert_eq!(
        (reply.node, reply.client, reply.msg_id, reply.late_by),
        (0, 7, 3, Duration::from_millis(500))
    );
}

#[test]
fn a_request_is_answered_at_most_once() {
    struct Twice;
    impl Node for Twice {
        fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
            if let Event::Request { from, .. } = event {
                cx.reply(from.clone(), Reply::AddOk);
                cx.reply(from, Reply::AddOk);
            }
        }
    }
    let mut sim = sim(traced(), 1, || Twice);
    sim.request(0, 0, 1, Request::Read);
    assert!(sim.run_until(ms(100)).is_some());
    assert_eq!(sim.run_until(ms(100)), None);
    assert!(sim.take_trace().iter().any(|event| event.kind == TraceKind::Unwanted));
}

/// Asks what it is told to ask and answers with what came of it; counts the answers to all its questions.
struct Asker {
    open: Vec<(quipu_node::QuestionId, quipu_node::ReplyTo)>,
    answers: Arc<Mutex<Vec<Result<Answer, KvError>>>>,
}

impl Node for Asker {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                // A timestamp is unknown to seq-kv, which then does not answer.
                let question = if request == Request::Read {
                    KvRequest::Write { key: "x".into(), value: Value::from(1i64) }
                } else {
                    KvRequest::Timestamp
                };
                let id = cx.ask(Service::SeqKv, question, Duration::from_millis(500));
                self.open.push((id, from));
            }
            Event::Answer { question, result } => {
                self.answers.lock().expect("one thread").push(result);
                let index = self.open.iter().position(|(id, _)| *id == question).expect("asked once");
                let (_, from) = self.open.remove(index);
                cx.reply(from, Reply::AddOk);
            }
            _ => {}
        }
    }
}

#[test]
fn every_question_is_answered_exactly_once_whatever_the_network_does() {
    for (loss, duplicate) in [(0.0, 0.0), (0.3, 0.0), (0.0, 1.0), (0.2, 0.5)] {
        let answers = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&answers);
        let network = NetworkConfig { loss, duplicate, ..NetworkConfig::default() };
        let config = SimConfig { network, ..SimConfig::default() };
        let make =
            move || -> Box<dyn Node> { Box::new(Asker { open: Vec::new(), answers: Arc::clone(&shared) }) };
        let mut sim = Sim::new(config, 4, Box::new(make));
        for msg_id in 0..200 {
            let request = if msg_id % 10 == 0 { Request::Generate } else { Request::Read };
            sim.request(0, 0, msg_id, request);
        }
        let mut replies = 0;
        while sim.run_until(ms(5000)).is_some() {
            replies += 1;
        }
        let answers = answers.lock().unwrap();
        let unknown = answers.iter().filter(|result| matches!(result, Err(KvError::Unknown(_)))).count();
        assert_eq!((replies, answers.len()), (200, 200));
        assert!(unknown >= 20 && (loss > 0.0) == (unknown > 20), "{unknown} timed out at {loss}");
    }
}

/// A node that uses everything there is: timers, peers, services, the disk and chance.
#[derive(Default)]
struct Busy(i64);

impl Node for Busy {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => {
                self.0 = i64::try_from(cx.boot() % 1000).expect("a small number");
                cx.set_timer(Duration::from_millis(1), Timer::Round(0));
            }
            Event::Timer(timer) => {
                let peers: Vec<_> = cx.peers().cloned().collect();
                if let Some(peer) = cx.rng().pick(&peers).cloned() {
                    cx.send(&peer, PeerMessage::Custom { content: self.0.into() });
                }
                let after = cx.rng().exponential(Duration::from_millis(20));
                cx.set_timer(after, timer);
            }
            Event::Request { from, .. } => {
                self.0 += 1;
                let request = KvRequest::Write { key: "x".into(), value: self.0.into() };
                cx.ask(Service::SeqKv, request, Duration::from_secs(1));
                cx.ask(Service::SeqKv, KvRequest::Read { key: "x".into() }, Duration::from_secs(1));
                cx.persist(Record(vec![0]));
                cx.reply(from, Reply::Counter(self.0.into()));
            }
            _ => {}
        }
    }
}

/// Two seconds of everything, with every kind of fault.
fn everything(seed: u64, seq_kv: SeqKvModel) -> Vec<TraceEvent> {
    let latency = Latency { mean: Duration::from_millis(5), distribution: Distribution::Exponential };
    let network =
        NetworkConfig { latency, loss: 0.02, duplicate: 0.02, reorder: 0.02, ..NetworkConfig::default() };
    let mut sim = sim(SimConfig { network, seq_kv, ..traced() }, seed, Busy::default);
    let faults = [
        Fault::Partition(Partition::isolating(&[2], 3)),
        Fault::Kill(vec![0]),
        Fault::Pause(vec![1]),
        Fault::Slow,
        Fault::Heal,
        Fault::Restart(vec![0]),
        Fault::Resume(vec![1]),
        Fault::Fast,
    ];
    for (step, (now, msg_id)) in (0..2000).step_by(10).zip(0..).enumerate() {
        if step % 20 == 10 {
            sim.inject(&faults[step / 20 % faults.len()]);
        }
        sim.request([0, 1, 2, 3, 4][step % 5], [0, 1, 2][step % 3], msg_id, Request::Read);
        while sim.run_until(ms(now)).is_some() {}
    }
    sim.take_trace()
}

#[test]
fn the_same_seed_gives_the_identical_trace() {
    for seq_kv in [SeqKvModel::Maelstrom, SeqKvModel::Strict, SeqKvModel::Adversary] {
        let first = everything(1, seq_kv);
        assert!(first.len() > 1000, "{}", first.len());
        assert_eq!(first, everything(1, seq_kv));
        assert_ne!(first, everything(2, seq_kv));
    }
}

#[test]
fn a_partition_silences_peers_but_not_the_services() {
    let mut sim = sim(traced(), 1, Busy::default);
    for node in 0..3 {
        sim.inject(&Fault::Partition(Partition::isolating(&[node], 3)));
    }
    for msg_id in 0..20 {
        sim.request(0, 0, msg_id, Request::Read);
        assert!(sim.run_until(sim.now() + Duration::from_secs(1)).is_some());
    }
    let trace = sim.take_trace();
    let received = |from: Endpoint, to: Endpoint| {
        trace
            .iter()
            .filter(|event| event.kind == TraceKind::Received && (event.from, event.to) == (from, to))
            .count()
    };
    assert_eq!(received(Endpoint::Node(1), Endpoint::Node(0)), 0);
    assert_eq!(received(Endpoint::Node(0), Endpoint::Service(Service::SeqKv)), 40);
}

#[test]
fn a_trace_tells_which_state_of_the_store_was_seen() {
    let mut sim = sim(traced(), 1, Busy::default);
    sim.request(0, 0, 1, Request::Read);
    sim.run_until(ms(100));
    let observed: Vec<String> = sim
        .take_trace()
        .into_iter()
        .filter(|event| matches!(event.kind, TraceKind::Observed(_)))
        .map(|event| event.label)
        .collect();
    assert_eq!(observed, ["state 1 of 1", "state 1 of 1"]);
}

#[test]
fn without_a_trace_the_run_is_the_same() {
    let run = |trace| {
        let mut sim = sim(SimConfig { trace, ..SimConfig::default() }, 3, Busy::default);
        let mut replies = Vec::new();
        for msg_id in 0..50 {
            sim.request(0, 0, msg_id, Request::Read);
            replies.extend(sim.run_until(sim.now() + Duration::from_secs(1)).map(|reply| (sim.now(), reply)));
        }
        replies
    };
    assert_eq!(run(false), run(true));
}
