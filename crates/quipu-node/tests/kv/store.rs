//! The services: a store of one of three characters, and the timestamp oracle.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use quipu_node::{Answer, KvError, KvRequest, Rng, Service, Value};

type State = Arc<BTreeMap<Value, Value>>;

/// How many states Maelstrom's seq-kv keeps.
const KEPT: u64 = 32;

/// Which state an operation that changes nothing may run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Character {
    /// The newest.
    Linearizable,
    /// One drawn between the caller's last and the newest, wrapped at 32 as in Maelstrom.
    Maelstrom,
    /// The oldest that the caller may see: its last.
    Oldest,
    /// One of the last 32, whatever the caller has seen: worse than anything lawful.
    Backward,
}

pub(crate) struct Store {
    character: Character,
    states: VecDeque<State>,
    newest: u64,
    seen: BTreeMap<String, u64>,
    timestamps: u64,
    rng: Rng,
}

impl Store {
    pub(crate) fn new(character: Character, prefilled: Option<&Value>, rng: Rng) -> Self {
        let nodes = (0..3).flat_map(|node| [format!("slot-n{node}"), format!("total-n{node}")]);
        let keys = nodes.chain(["counter", "chain", "lock"].map(str::to_owned));
        let first: BTreeMap<Value, Value> = match prefilled {
            Some(value) => keys.map(|key| (Value::from(key.as_str()), value.clone())).collect(),
            None => BTreeMap::new(),
        };
        let states = VecDeque::from([State::new(first)]);
        Self { character, states, newest: 0, seen: BTreeMap::new(), timestamps: 0, rng }
    }

    pub(crate) fn serve(
        &mut self,
        caller: &str,
        service: Service,
        request: &KvRequest,
    ) -> Result<Answer, KvError> {
        if service == Service::LinTso {
            self.timestamps += 1;
            return Ok(Answer::Timestamp(self.timestamps - 1));
        }
        let picked = self.pick(caller);
        let state = Arc::clone(&self.states[self.place(picked)]);
        let (result, changed) = apply(&state, request);
        if changed.is_none() {
            self.seen.insert(caller.to_owned(), picked);
            return result;
        }
        let newest = &self.states[self.place(self.newest)];
        let (result, changed) = apply(newest, request);
        let successor = Arc::new(changed.unwrap_or_else(|| BTreeMap::clone(newest)));
        self.push(successor);
        self.seen.insert(caller.to_owned(), self.newest);
        result
    }

    fn pick(&mut self, caller: &str) -> u64 {
        let seen = self.seen.get(caller).copied().unwrap_or(0);
        match self.character {
            Character::Linearizable => self.newest,
            Character::Maelstrom => seen + self.rng.below(self.newest - seen + 1),
            Character::Oldest => seen,
            Character::Backward => self.newest - self.rng.below(self.newest.min(KEPT - 1) + 1),
        }
    }

    /// Where a state stands.
    fn place(&self, index: u64) -> usize {
        usize::try_from(index % self.states.len() as u64).expect("below a length")
    }

    fn push(&mut self, state: State) {
        self.newest += 1;
        // Maelstrom's ring: the state with index i stands at i modulo 32. The others keep all states.
        if self.character == Character::Maelstrom && self.newest >= KEPT {
            let place = self.place(self.newest);
            self.states[place] = state;
        } else {
            self.states.push_back(state);
        }
    }
}

/// The result of a request, and the new state if it changes anything.
fn apply(
    state: &BTreeMap<Value, Value>,
    request: &KvRequest,
) -> (Result<Answer, KvError>, Option<BTreeMap<Value, Value>>) {
    let put = |key: &Value, value: &Value| {
        (state.get(key) != Some(value)).then(|| {
            let mut changed = state.clone();
            changed.insert(key.clone(), value.clone());
            changed
        })
    };
    match request {
        KvRequest::Read { key } => {
            (state.get(key).cloned().map(Answer::Value).ok_or(KvError::KeyDoesNotExist), None)
        }
        KvRequest::Write { key, value } => (Ok(Answer::Written), put(key, value)),
        KvRequest::CompareAndSwap { key, from, to, create_if_not_exists } => match state.get(key) {
            Some(there) if there == from => (Ok(Answer::Swapped), put(key, to)),
            None if *create_if_not_exists => (Ok(Answer::Swapped), put(key, to)),
            Some(_) => (Err(KvError::PreconditionFailed), None),
            None => (Err(KvError::KeyDoesNotExist), None),
        },
        KvRequest::Timestamp => (Err(KvError::Refused("not here".into())), None),
    }
}
