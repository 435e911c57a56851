//! A network may deliver a swap twice: the first copy lands, its answer is lost, and the second copy is refused. The
//! refusal is the only answer the node gets, and it must not take it for the whole truth.

use std::collections::BTreeMap;
use std::time::Duration;

use quipu_node::nodes::{NodeKind, Settings};
use quipu_node::{
    Answer, Effect, Event, Identity, KvError, KvRequest, NodeId, OpenQuestions, QuestionId, REPLY_WITHIN,
    Reply, ReplyTo, Request, Rng, Seat, Time, Timer, Value,
};

/// What the network does just now with questions about the counter's own key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    /// Everything arrives once, and is answered at once.
    Fair,
    /// Nothing arrives.
    Silent,
    /// The next swap arrives twice, and only the answer to the second copy comes back. After it, nothing arrives.
    SwapTwice,
}

struct World {
    key: &'static str,
    mood: Mood,
    now: Time,
    seat: Seat,
    open: OpenQuestions,
    timers: BTreeMap<(Time, u64), Timer>,
    timers_set: u64,
    store: BTreeMap<Value, Value>,
    timestamps: u64,
    replies: BTreeMap<i64, Reply>,
}

impl World {
    fn new(kind: NodeKind, key: &'static str) -> Self {
        let me = NodeId::new("n0");
        let identity = Identity { me: me.clone(), nodes: [me].into(), boot: 1 };
        let mut world = Self {
            key,
            mood: Mood::Fair,
            now: Time::ZERO,
            seat: Seat::new(kind.build(&Settings::default()), identity, Rng::new(1)),
            open: OpenQuestions::default(),
            timers: BTreeMap::new(),
            timers_set: 0,
            store: BTreeMap::new(),
            timestamps: 0,
            replies: BTreeMap::new(),
        };
        world.step(Event::Start { recovered: Vec::new() });
        world
    }

    fn request(&mut self, msg_id: i64, request: Request) {
        let from = ReplyTo { client: "c1".into(), msg_id, deadline: self.now + REPLY_WITHIN };
        self.step(Event::Request { from, request });
    }

    fn step(&mut self, event: Event) {
        let mut effects = Vec::new();
        self.seat.step(self.now, event, &mut effects);
        for effect in effects {
            match effect {
                Effect::Reply { to, reply } => {
                    let earlier = self.replies.insert(to.msg_id, reply);
                    assert_eq!(earlier, None, "{} was answered twice", to.msg_id);
                }
                Effect::Ask { question, request, timeout, .. } => self.ask(question, &request, timeout),
                Effect::SetTimer { after, timer } => {
                    self.timers_set += 1;
                    self.timers.insert((self.now + after, self.timers_set), timer);
                }
                other => panic!("no counter over a store does this: {other:?}"),
            }
        }
    }

    fn ask(&mut self, question: QuestionId, request: &KvRequest, timeout: Duration) {
        let swaps = matches!(request, KvRequest::CompareAndSwap { .. });
        let mood = if self.concerns(request) { self.mood } else { Mood::Fair };
        let result = match mood {
            Mood::SwapTwice if swaps => {
                self.mood = Mood::Silent;
                let _ = self.serve(request);
                Some(self.serve(request))
            }
            Mood::Fair | Mood::SwapTwice => Some(self.serve(request)),
            Mood::Silent => None,
        };
        match result {
            Some(result) => self.step(Event::Answer { question, result }),
            None => self.open.insert(question, self.now + timeout),
        }
    }

    fn concerns(&self, request: &KvRequest) -> bool {
        match request {
            KvRequest::Read { key }
            | KvRequest::Write { key, .. }
            | KvRequest::CompareAndSwap { key, .. } => key.as_text() == Some(self.key),
            KvRequest::Timestamp => false,
        }
    }

    fn serve(&mut self, request: &KvRequest) -> Result<Answer, KvError> {
        match request {
            KvRequest::Read { key } => {
                self.store.get(key).cloned().map(Answer::Value).ok_or(KvError::KeyDoesNotExist)
            }
            KvRequest::Write { key, value } => {
                self.store.insert(key.clone(), value.clone());
                Ok(Answer::Written)
            }
            KvRequest::CompareAndSwap { key, from, to, create_if_not_exists } => {
                match self.store.get(key) {
                    Some(there) if there != from => return Err(KvError::PreconditionFailed),
                    None if !create_if_not_exists => return Err(KvError::KeyDoesNotExist),
                    _ => {}
                }
                self.store.insert(key.clone(), to.clone());
                Ok(Answer::Swapped)
            }
            KvRequest::Timestamp => {
                self.timestamps += 1;
                Ok(Answer::Timestamp(self.timestamps))
            }
        }
    }

    fn pass_time(&mut self, millis: u64) {
        let until = Time::from_millis(millis);
        loop {
            let timer = self.timers.first_key_value().map(|(&(at, _), _)| at);
            let next = timer.into_iter().chain(self.open.next_deadline()).min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = at;
            let event = if timer == Some(at) {
                Event::Timer(self.timers.pop_first().expect("just seen").1)
            } else {
                let question = self.open.pop_expired(at).expect("just seen");
                Event::Answer { question, result: Err(KvError::Unknown("no answer in time".into())) }
            };
            self.step(event);
        }
        self.now = until;
    }
}

#[test]
fn an_add_whose_second_copy_was_refused_is_not_made_again_and_not_denied() {
    for (kind, key, fair_again_at) in [
        (NodeKind::Chain, "chain", 5000),
        (NodeKind::Slots, "slot-n0", 5000),
        (NodeKind::Locked, "counter", 7400),
    ] {
        let mut world = World::new(kind, key);
        // A read that gets nowhere holds up two adds, which are then carried out together.
        world.mood = Mood::Silent;
        world.request(1, Request::Read);
        world.pass_time(1000);
        world.request(2, Request::Add(1));
        world.pass_time(3300);
        world.request(3, Request::Add(10));
        world.pass_time(3900);
        world.mood = Mood::SwapTwice;
        world.pass_time(fair_again_at);
        // `chain` now has time for one more try of the later add.
        world.mood = Mood::Fair;
        world.pass_time(12_000);
        world.request(4, Request::Read);
        world.pass_time(20_000);

        let Some(Reply::Counter(sum)) = world.replies.get(&4) else {
            panic!("{kind}: {:?}", world.replies);
        };
        let adds = [(1, &world.replies[&2]), (10, &world.replies[&3])];
        let acceptable = adds.iter().fold(vec![0], |sums, (delta, reply)| match reply {
            Reply::AddOk => sums.iter().map(|sum| sum + delta).collect(),
            Reply::Error { kind, .. } if kind.is_definite() => sums,
            _ => sums.iter().flat_map(|sum| [*sum, sum + delta]).collect(),
        });
        assert!(acceptable.contains(sum), "{kind} shows {sum}, and had answered {adds:?}");
        assert_ne!(*sum, 0, "{kind}: the swap was never made, which shows nothing");
    }
}
