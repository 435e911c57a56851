//! What the nodes do: their real code, run once for each history of inputs.
//!
//! A node is deterministic, so what it does next is a function of what it has been handed so far. Histories are kept as a
//! tree, each with all that follows from it: the questions asked, the replies given. The search handles their numbers,
//! and calls the node itself only where a history is met for the first time.
//!
//! Each node has a clock of its own, which moves only when one of its timers fires or one of its questions is given up:
//! nothing is assumed about how fast clocks are beside one another.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu_node::{
    Effect, Event, Identity, KvError, KvRequest, Node, NodeId, QuestionId, REPLY_WITHIN, Reply, ReplyTo,
    Request, Rng, Seat, Service, Time, Timer,
};

use super::Unsearchable;
use super::words::{Asked, Said, Words};

/// A node's history of inputs, by number.
pub(super) type LocalId = u32;

/// What a node is handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    Start,
    /// The next request of the node's client.
    Request(Operation),
    /// The answer to the question of that index.
    Answer(u8, Said),
    /// No answer to the question of that index.
    GiveUp(u8),
    /// The first of the timers.
    Timer,
}

/// What a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Add(i64),
    Read,
}

/// A question to a service.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    question: QuestionId,
    deadline: Time,
    /// What is asked of the store; none is the next timestamp.
    pub(super) asked: Option<Asked>,
    /// The questions to the store that the node had the answers of when it asked this, a bit for each.
    pub(super) after: u64,
    pub(super) fate: Fate,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    Answered(Said),
    /// Given up. It may still be carried out, at any time.
    Lost,
}

/// What follows from a node's history.
pub(super) struct Local {
    node: usize,
    from: Option<(LocalId, Input)>,
    now: Time,
    pub(super) asks: Vec<Ask>,
    timers: Vec<(Time, Timer)>,
    /// How many requests came.
    pub(super) invoked: usize,
    /// The replies, in the order of the requests.
    pub(super) replies: Vec<Option<Reply>>,
    /// How many questions were given up.
    pub(super) lost: u8,
    /// How many timers have fired.
    pub(super) fired: u8,
    /// The node itself, until another history goes on from here.
    seat: Option<Seat>,
}

/// The histories of all nodes. All draw the same numbers, those of one seed.
pub(super) struct Actors<'a> {
    make: &'a dyn Fn() -> Box<dyn Node>,
    names: Arc<[NodeId]>,
    seed: u64,
    pub(super) words: Words,
    locals: Vec<Local>,
    next: BTreeMap<(LocalId, Input), LocalId>,
}

impl<'a> Actors<'a> {
    pub(super) fn new(make: &'a dyn Fn() -> Box<dyn Node>, nodes: usize, seed: u64) -> Self {
        let names = (0..nodes).map(|node| NodeId::new(format!("n{node}"))).collect();
        Self { make, names, seed, words: Words::default(), locals: Vec::new(), next: BTreeMap::new() }
    }

    pub(super) fn local(&self, id: LocalId) -> &Local {
        &self.locals[id as usize]
    }

    /// A node that has just started.
    pub(super) fn start(&mut self, node: usize) -> Result<LocalId, Unsearchable> {
        let known = (0..).zip(&self.locals).find(|(_, local)| local.node == node && local.from.is_none());
        if let Some((id, _)) = known {
            return Ok(id);
        }
        let local = Local {
            node,
            from: None,
            now: Time::ZERO,
            asks: Vec::new(),
            timers: Vec::new(),
            invoked: 0,
            replies: Vec::new(),
            lost: 0,
            fired: 0,
            seat: None,
        };
        let mut seat = self.seat(node);
        let local = self.handed(local, Input::Start, &mut seat)?;
        self.insert(Local { seat: Some(seat), ..local })
    }

    /// The history that goes on with `input`.
    pub(super) fn step(&mut self, id: LocalId, input: Input) -> Result<LocalId, Unsearchable> {
        if let Some(known) = self.next.get(&(id, input)) {
            return Ok(*known);
        }
        let mut seat = match self.locals[id as usize].seat.take() {
            Some(seat) => seat,
            None => self.again(id),
        };
        let before = self.local(id);
        let local = Local {
            from: Some((id, input)),
            asks: before.asks.clone(),
            timers: before.timers.clone(),
            replies: before.replies.clone(),
            seat: None,
            ..*before
        };
        let local = self.handed(local, input, &mut seat)?;
        let next = self.insert(Local { seat: Some(seat), ..local })?;
        self.next.insert((id, input), next);
        Ok(next)
    }

    fn insert(&mut self, local: Local) -> Result<LocalId, Unsearchable> {
        let id = LocalId::try_from(self.locals.len()).map_err(|_| Unsearchable::TooManyHistories)?;
        self.locals.push(local);
        Ok(id)
    }

    /// The node with all that it has been handed in this history, again.
    fn again(&self, id: LocalId) -> Seat {
        let mut path = Vec::new();
        let mut at = id;
        while let Some((before, input)) = self.local(at).from {
            path.push((before, input, self.local(at).now));
            at = before;
        }
        let mut seat = self.seat(self.local(id).node);
        let mut effects = Vec::new();
        seat.step(Time::ZERO, self.event(self.local(at), Input::Start), &mut effects);
        for (before, input, now) in path.into_iter().rev() {
            seat.step(now, self.event(self.local(before), input), &mut effects);
        }
        seat
    }

    fn seat(&self, node: usize) -> Seat {
        let boot = node as u64 + 1;
        let identity = Identity { me: self.names[node].clone(), nodes: Arc::clone(&self.names), boot };
        Seat::new((self.make)(), identity, Rng::new(self.seed))
    }

    /// The event that an input is to a node with the history `before`.
    fn event(&self, before: &Local, input: Input) -> Event {
        match input {
            Input::Start => Event::Start { recovered: Vec::new() },
            Input::Request(operation) => Event::Request {
                from: ReplyTo {
                    client: format!("c{}", before.node).into(),
                    msg_id: i64::try_from(before.invoked).expect("few requests"),
                    deadline: before.now + REPLY_WITHIN,
                },
                request: operation.request(),
            },
            Input::Answer(index, said) => {
                let question = before.asks[usize::from(index)].question;
                Event::Answer { question, result: self.words.answer(said) }
            }
            Input::GiveUp(index) => {
                let question = before.asks[usize::from(index)].question;
                Event::Answer { question, result: Err(KvError::Unknown("timeout".into())) }
            }
            Input::Timer => Event::Timer(before.timers[0].1),
        }
    }

    /// Hands the input to the node in `seat`, and takes note of all that follows.
    fn handed(&mut self, mut local: Local, input: Input, seat: &mut Seat) -> Result<Local, Unsearchable> {
        let event = self.event(&local, input);
        match input {
            Input::Start => {}
            Input::Request(_) => {
                local.invoked += 1;
                local.replies.push(None);
            }
            Input::Answer(index, said) => local.asks[usize::from(index)].fate = Fate::Answered(said),
            Input::GiveUp(index) => {
                let ask = &mut local.asks[usize::from(index)];
                ask.fate = Fate::Lost;
                local.now = local.now.max(ask.deadline);
                local.lost += 1;
            }
            Input::Timer => {
                local.now = local.now.max(local.timers.remove(0).0);
                local.fired = local.fired.saturating_add(1);
            }
        }
        let mut effects = Vec::new();
        seat.step(local.now, event, &mut effects);
        for effect in effects {
            self.note(&mut local, effect)?;
        }
        Ok(local)
    }

    fn note(&mut self, local: &mut Local, effect: Effect) -> Result<(), Unsearchable> {
        match effect {
            Effect::Ask { question, service, request, timeout } => {
                if local.asks.len() == 64 {
                    return Err(Unsearchable::TooManyQuestions);
                }
                let after = (0..).zip(&local.asks).filter(|(_, ask)| ask.is_known()).map(|(bit, _)| 1 << bit);
                let after = after.sum();
                let asked = match (service, &request) {
                    (Service::LinTso, KvRequest::Timestamp) => None,
                    (Service::SeqKv, request) => Some(self.words.asked(request)?),
                    _ => return Err(Unsearchable::OtherService),
                };
                let deadline = local.now + timeout;
                local.asks.push(Ask { question, deadline, asked, after, fate: Fate::Open });
            }
            Effect::Reply { to, reply } => {
                let index = usize::try_from(to.msg_id).ok();
                match index.and_then(|index| local.replies.get_mut(index)) {
                    Some(place @ None) => *place = Some(reply),
                    _ => return Err(Unsearchable::AnsweredTwice),
                }
            }
            Effect::SetTimer { after, timer } => {
                let due = local.now + after;
                let place = local.timers.partition_point(|(other, _)| *other <= due);
                local.timers.insert(place, (due, timer));
            }
            Effect::Send { .. } | Effect::Persist(_) => return Err(Unsearchable::NotOverAStore),
        }
        Ok(())
    }
}

impl Local {
    /// True if all that the node can be handed next is the answer to its one open question, or none.
    ///
    /// Then it makes no difference to the node how long the answer is on its way; and if its client hears of the end
    /// of an operation earlier, that only demands more of what begins afterwards.
    pub(super) fn awaits_one_answer(&self, requests: usize) -> bool {
        let open = self.asks.iter().filter(|ask| ask.fate == Fate::Open).count();
        open == 1 && self.timers.is_empty() && (self.is_busy() || self.invoked == requests)
    }

    /// True if a timer is set.
    pub(super) fn has_timer(&self) -> bool {
        !self.timers.is_empty()
    }

    /// True if the client waits for a reply.
    pub(super) fn is_busy(&self) -> bool {
        self.replies.last().is_some_and(Option::is_none)
    }
}

impl Ask {
    /// A question that no node has asked.
    #[cfg(test)]
    pub(super) fn made_up(asked: Asked, after: u64, fate: Fate) -> Self {
        Self { question: QuestionId(0), deadline: Time::ZERO, asked: Some(asked), after, fate }
    }

    /// True while the node waits for the answer.
    pub(super) fn is_open(&self) -> bool {
        self.fate == Fate::Open
    }

    /// The answer that the node has.
    pub(super) const fn said(&self) -> Option<Said> {
        match self.fate {
            Fate::Answered(said) => Some(said),
            Fate::Open | Fate::Lost => None,
        }
    }

    /// True for a question to the store whose answer the node has.
    const fn is_known(&self) -> bool {
        matches!(self.fate, Fate::Answered(_)) && self.asked.is_some()
    }
}

impl Operation {
    pub(super) const fn request(self) -> Request {
        match self {
            Self::Add(delta) => Request::Add(delta),
            Self::Read => Request::Read,
        }
    }
}
